"""Whether a plan may be made: only after a complete screening that keeps the person with us."""

from __future__ import annotations

from collections.abc import Sequence

from tractus.errors import InputError
from tractus.findings import questions
from tractus.screening import Screening
from tractus.tables import table, text

OPEN = ("allowed", "caution")


class NotPlanned(InputError):
    """No plan can be made; `questions` are the keys that are still unanswered."""

    def __init__(self, message: str, questions: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.questions = tuple(questions)


def check_screened(screening: Screening, lang: str = "en") -> None:
    """Raise NotPlanned unless the screening is complete and neither stops nor refers the person.

    The text of a referral comes first, whatever else is missing.
    """
    if screening.referral:
        urgency = _said("urgency_" + screening.referral["urgency"], lang)
        words = screening.referral["text"]
        raise NotPlanned(f"{urgency}: {words} {_said('plan_refused_referral', lang)}")
    if not screening.complete:
        missing = screening.unanswered
        said = _said("plan_refused_open", lang).format(n=len(missing), keys=", ".join(missing))
        raise NotPlanned(said, missing)
    if not any(v.status in OPEN for v in screening.methods.values()):
        raise NotPlanned(_said("plan_refused_all", lang))


def _said(key: str, lang: str) -> str:
    return next(text(row, lang) for row in table("strings") if row["key"] == key)


def asked(keys: Sequence[str], lang: str) -> list[str]:
    """The questions behind keys, in words."""
    return [f"{key}: {questions()[key].words[lang]}" for key in keys]
