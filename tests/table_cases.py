"""Tables with other numbers than those that come with the program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tractus import tables


@contextmanager
def stand_in(values: Mapping[str, float]) -> Iterator[None]:
    """These parameters in place of the table for a while."""
    plain = tables._parameters
    tables._parameters = lambda: values  # type: ignore[assignment]
    try:
        yield
    finally:
        tables._parameters = plain


def parameters(**values: float):
    """Some parameters other than those of the table for a while."""
    return stand_in({**tables._parameters(), **values})
