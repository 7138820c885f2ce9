"""From a segmented scan to measured geometry: readers, conventions, measurement, page.

Needs the extra `scan` for reading files; what a scan gives others is in `tractus.geometry`.
"""
