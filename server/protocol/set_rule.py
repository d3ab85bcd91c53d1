"""A vault's naming rule for sets: which files of a folder belong together, told by their names alone.

A CAM source and the NC programs posted from it have one name and differ by their ending: `2210-block-op10.mcam`,
`2210-block-op10.nc`. A setup sheet may be of one operation or of all operations of a part: `2210-block-setup.pdf`.

The templates are no regular expressions: they have the mark `{part}` and stars, so that none of them takes long.
"""

import re
import unicodedata
from enum import Enum
from typing import Annotated

from server.protocol.bounds import MaxLen
from server.protocol.records import dataclass
from server.protocol.strict import STRICT

PART = "{part}"
"""In a template: the name of the part, which all of its files have in common."""
TEMPLATE_CHARACTERS = 40
STARS = 3
"""Most stars in one template."""
ENDINGS = 12
"""Most endings of one kind."""
ENDING_CHARACTERS = 12

_ENDING = re.compile(r"\.[^\W_][\w-]*", re.ASCII)
_FORBIDDEN = re.compile(r'[<>:"\\|?/\x00-\x1f\x7f]')

Template = Annotated[str, MaxLen(TEMPLATE_CHARACTERS)]
Endings = Annotated[list[Annotated[str, MaxLen(ENDING_CHARACTERS)]], MaxLen(ENDINGS)]


class SetKind(Enum):
    """What a file is in its set; the value is how people say it."""

    SOURCE = "CAM source"
    PROGRAM = "NC program"
    SHEET = "setup sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRule:
    """Which endings are which kind of file, and how names without their ending tell the part. No endings: no sets."""

    __pydantic_config__ = STRICT

    sources: Endings
    programs: Endings
    sheets: Endings
    operation: Template
    """The name of a source or program that is one of several of its part, as `{part}-op*`."""
    sheet: Template
    """The name of a setup sheet, as `{part}-setup*`: of a part, or of one operation in place of the part."""


DEFAULT_RULE = SetRule(
    sources=[".mcam", ".emcam", ".mcx", ".vnc"],
    programs=[".nc", ".tap", ".mpf", ".spf", ".cnc", ".eia", ".min", ".h", ".ngc"],
    sheets=[".pdf", ".html", ".htm", ".txt", ".docx", ".xlsx"],
    operation="{part}-op*",
    sheet="{part}-setup*",
)
"""The rule of a vault that has none of its own."""


def flaw_of_rule(rule: SetRule) -> str | None:
    """What is wrong with a rule, as a sentence that says what to do, or None."""
    return (
        _flaw_of_template("operation", rule.operation)
        or _flaw_of_template("sheet", rule.sheet)
        or _flaw_of_endings(rule)
    )


def kinds_by_ending(rule: SetRule) -> dict[str, SetKind]:
    """What a file is by its ending, which is written in lower case here."""
    return {ending.casefold(): kind for kind, endings in _kinds(rule) for ending in endings}


def stem_of(filename: str) -> str:
    """A file's name without its ending."""
    return filename.rpartition(".")[0] or filename


def name_key(name: str) -> str:
    """Equal for two names that a person takes for the same: NFC and casefold."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def part_of(template: str, stem: str) -> str | None:
    """The part that a name tells by a template, as long as it can be; None when the name is not of that kind."""
    before, mark, after = template.partition(PART)
    if not mark:
        return None
    places = range(len(stem) + 1)
    begin = next((place for place in places if _fits(before, stem[:place])), len(stem))
    end = next((place for place in reversed(places) if _fits(after, stem[place:])), 0)
    return stem[begin:end] or None


def is_named(template: str, part: str, stem: str) -> bool:
    """A name is what the template makes of that part."""
    before, mark, after = template.partition(PART)
    if not mark or part not in stem:
        return False
    places = (place for place in range(len(stem)) if stem.startswith(part, place))
    return any(_fits(before, stem[:place]) and _fits(after, stem[place + len(part) :]) for place in places)


def _fits(pattern: str, text: str) -> bool:
    """A text is what a pattern with stars says. Each piece is looked for once: the time is that of the two lengths."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == first
    *middle, last = rest
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    place, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return True


def _kinds(rule: SetRule) -> tuple[tuple[SetKind, list[str]], ...]:
    return (SetKind.SOURCE, rule.sources), (SetKind.PROGRAM, rule.programs), (SetKind.SHEET, rule.sheets)


def _flaw_of_template(name: str, template: str) -> str | None:
    said = f"“{template}” cannot be the template of the {name}"
    if len(template) > TEMPLATE_CHARACTERS:
        return f"{said}: it has more than {TEMPLATE_CHARACTERS} characters."
    if template.count(PART) != 1:
        return f"{said}: write {PART} once, where the name of the part stands, as in {{part}}-op*."
    rest = template.replace(PART, "")
    if "{" in rest or "}" in rest:
        return f"{said}: {PART} is its only mark. Use * for other text."
    if _FORBIDDEN.search(rest) or any(unicodedata.category(each) in ("Cc", "Cs") for each in rest):
        return f'{said}: no name has any of < > : " \\ | ? / or a control character.'
    if rest.count("*") > STARS:
        return f"{said}: it has more than {STARS} stars."
    if f"*{PART}" in template or f"{PART}*" in template:
        return f"{said}: put something between {PART} and *, or nobody can tell where the part ends."
    return None


def _flaw_of_endings(rule: SetRule) -> str | None:
    seen: dict[str, SetKind] = {}
    for kind, endings in _kinds(rule):
        if len(endings) > ENDINGS:
            return f"There are more than {ENDINGS} endings of the {kind.value}. Leave some out."
        for ending in endings:
            if len(ending) > ENDING_CHARACTERS or not _ENDING.fullmatch(ending):
                return f"“{ending}” is no ending: write a dot and then letters and digits, as in .nc."
            if ending.casefold() in seen:
                return f"The ending {ending} is named twice. A file is of one kind only."
            seen[ending.casefold()] = kind
    return None
