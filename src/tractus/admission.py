"""Whether a plan may be made: only after a complete screening that keeps the person with us."""

from __future__ import annotations

from collections.abc import Sequence

from tractus.errors import InputError
from tractus.findings import questions
from tractus.screening import Screening

OPEN = ("allowed", "caution")


class NotPlanned(InputError):
    """No plan can be made; `questions` are the keys that are still unanswered."""

    def __init__(self, message: str, questions: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.questions = tuple(questions)


def check_screened(screening: Screening) -> None:
    """Raise NotPlanned unless the screening is complete and neither stops nor refers the person.

    The text of a referral comes first, whatever else is missing.
    """
    if screening.referral:
        urgency = screening.referral["urgency"].upper()
        words = screening.referral["text"]
        raise NotPlanned(f"{urgency}: {words} No plan is made for a person who is referred first")
    if not screening.complete:
        missing = screening.unanswered
        raise NotPlanned(
            f"no plan: {len(missing)} questions of the screening are unanswered "
            f"({', '.join(missing)}); answer them under 'findings' (tractus screen asks them)",
            missing,
        )
    if not any(v.status in OPEN for v in screening.methods.values()):
        raise NotPlanned("no plan: the screening stops or refers every method (tractus screen)")


def asked(keys: Sequence[str], lang: str) -> list[str]:
    """The questions behind keys, in words."""
    return [f"{key}: {questions()[key].words[lang]}" for key in keys]
