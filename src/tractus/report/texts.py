"""Report texts in English and Spanish, read from `data/strings.csv` (columns key, en, es)."""

from __future__ import annotations

from functools import cache

from tractus.tables import table, text

LANGUAGES = ("en", "es")


class Texts:
    """The texts of one language: `texts("key", name=value)`."""

    def __init__(self, lang: str, rows: dict[str, str]) -> None:
        self.lang = lang
        self._rows = rows

    def __call__(self, key: str, **values: object) -> str:
        """The text of `key` with its placeholders filled. Raises KeyError for an unknown key."""
        return self._rows[key].format(**values)

    def method(self, identifier: str) -> str:
        """Name of a method or operation; an id without a name is returned in plain words."""
        name = self._rows.get(f"method.{identifier}", "")
        return name or identifier.replace("-", " ").capitalize()


@cache
def texts(lang: str = "en") -> Texts:
    """The texts of `lang` ("en" or "es"). Raises ValueError for another language."""
    if lang not in LANGUAGES:
        raise ValueError(f"language {lang!r} is not one of {', '.join(LANGUAGES)}")
    return Texts(lang, {text(row, "key"): text(row, lang) for row in table("strings")})
