"""The pages that explain anatomy and conditions to patients, with pictures drawn by Tractus."""

import tomllib
from collections.abc import Callable, Mapping
from functools import partial

from pages import DOCS, read

from tractus.report import explained

# condition: kind of picture and its view
PICTURES = {
    "herniated-disc": ("herniation", explained.section_picture),
    "bulging-disc": ("bulge", explained.section_picture),
    "disc-degeneration": ("worn", explained.pair_picture),
    "stenosis": ("stenosis", explained.section_picture),
    "displaced-vertebra": ("slip", explained.pair_picture),
}
HEALTHY = {"section": explained.section_picture, "pair": explained.pair_picture}
WORDS = {
    "en": {"section": "A healthy disc from above", "pair": "A healthy disc from the side"},
    "es": {"section": "Un disco sano desde arriba", "pair": "Un disco sano de lado"},
}
NAMES = {"en": "explained.md", "es": "explicado.md"}


def _words() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((DOCS / "explained.toml").read_text(encoding="utf-8"))


def _image(lang: str, name: str, alt: str) -> str:
    return f"![{alt}](images/explained-{lang}-{name}.svg)\n"


def page(lang: str) -> str:
    """One page: spine, disc, conditions, when to seek help, what the program does."""
    words = _words()[lang]
    parts = [f"# {words['title']}\n", f"**{words['badge']}**\n"]
    parts += [f"## {words['urgent_title']}\n", words["urgent"]]
    parts += [_image(lang, "spine", words["spine_alt"]), words["anatomy"]]
    parts += [_image(lang, name, alt) for name, alt in WORDS[lang].items()]
    parts += [words["colours"], f"## {words['conditions']}\n"]
    for row in read("conditions"):
        parts += [f"### {row[lang]}\n", f"{row[f'about_{lang}']}\n"]
        if row["id"] in PICTURES:
            parts.append(_image(lang, row["id"], row[lang].replace('"', "")))
    parts += [f"## {words['more']}\n", words["what"]]
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def _spine(lang: str) -> str:
    return explained.spine_picture(_words()[lang])


def _condition(lang: str, name: str) -> str:
    kind, draw = PICTURES[name]
    row = next(row for row in read("conditions") if row["id"] == name)
    return draw(kind, row[lang])


def _healthy(lang: str, name: str) -> str:
    return HEALTHY[name]("healthy", WORDS[lang][name])


def pages() -> dict[str, Callable[[], str]]:
    """Every page and picture by its place in the folder of the documentation."""
    made: dict[str, Callable[[], str]] = {}
    for lang, place in NAMES.items():
        made[place] = partial(page, lang)
        images = f"images/explained-{lang}-"
        made[f"{images}spine.svg"] = partial(_spine, lang)
        for name in HEALTHY:
            made[f"{images}{name}.svg"] = partial(_healthy, lang, name)
        for name in PICTURES:
            made[f"{images}{name}.svg"] = partial(_condition, lang, name)
    return made
