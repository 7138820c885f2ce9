"""Answers in a patient file: yes, no or absent, with date and source where they are given."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tractus.errors import InputError, nearest, show
from tractus.files import as_mapping, build, check_keys

FILE = "patient file"


class Answer(BaseModel):
    """An answer with its date (2026-11-01) and who gave it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    answer: bool | None = None
    date: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$")
    source: str | None = Field(default=None, max_length=200)

    @model_validator(mode="after")
    def _real_date(self) -> Answer:
        if self.date:
            try:
                date.fromisoformat(self.date)
            except ValueError:
                raise InputError(f"date {show(self.date)} is no day of the calendar") from None
        return self


Given: TypeAlias = bool | Answer | None


@dataclass(frozen=True)
class Known:
    """A known answer, with where it comes from and its date where one is given."""

    answer: bool
    source: str
    date: str | None = None


def known_answer(given: Given) -> Known | None:
    """What was given in either form, None where it is no answer."""
    if isinstance(given, Answer):
        return (
            None if given.answer is None else Known(given.answer, given.source or FILE, given.date)
        )
    return None if given is None else Known(given, FILE)


def read_answers(raw: object, keys: Collection[str], where: str) -> dict[str, Given]:
    """The answers under `where` in a file. Raises InputError for an unknown key or another form."""
    found = as_mapping(raw, where)
    check_questions(found, keys, where)
    return {key: _read(value, f"{where}, {key}") for key, value in found.items()}


def check_questions(given: Mapping[str, Any], keys: Collection[str], where: str) -> None:
    """Raise InputError for the first key that is not asked."""
    for key in given:
        if key not in keys:
            hint = nearest(key, keys)
            short = hint if hint.startswith("did") else f"nothing of that name is among the {where}"
            raise InputError(f"{where}: unknown key '{key}'; {short}")


def _read(raw: object, where: str) -> Given:
    """true, false, nothing, or one of these with its date and source."""
    if raw is None or isinstance(raw, bool):
        return raw
    if not isinstance(raw, Mapping):
        raise InputError(
            f"{where}: {show(raw)} is not an answer; allowed: true, false, or "
            "{answer: true or false, date: 2026-11-01, source: who said so}"
        )
    check_keys(as_mapping(raw, where), list(Answer.model_fields), where)
    return build(Answer, raw, where)


def agree(key: str, given: Known, fact: Known | None, where: str) -> None:
    """Raise InputError where an answer contradicts what the file says elsewhere."""
    if fact and fact.answer != given.answer:
        raise InputError(
            f"{where}: {key} {str(given.answer).lower()} contradicts the file's own "
            f"{fact.source}; correct one of them"
        )
