"""What each command does, one file per command; their options stand in `cli.py`."""
