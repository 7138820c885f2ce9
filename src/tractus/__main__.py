"""`python -m tractus` is the command `tractus`."""

from tractus.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
