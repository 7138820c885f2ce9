"""Reports: one self-contained HTML page, the same words on a terminal."""
