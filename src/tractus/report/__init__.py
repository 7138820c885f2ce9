"""Reports: one self-contained HTML page, the same words on a terminal."""

from tractus.report.html import report_html

__all__ = ["report_html"]
