"""`python -m tractus` is the command `tractus`."""

from tractus.cli import command

if __name__ == "__main__":
    command()
