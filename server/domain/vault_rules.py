"""What the rules of a vault allow, and whether rules can be rules at all."""

import re
from collections.abc import Iterator

from server.domain.errors import AgainstRule
from server.domain.name_pattern import BadPattern, fits
from server.protocol.names import flaw_of
from server.protocol.set_rule import stem_of
from server.protocol.vault import Vault
from server.protocol.vault_rules import VaultRules, extension_of

_EXTENSION = re.compile(r"\.[^\W_][\w-]*", re.ASCII)
_UNITS = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))


def flaw_of_rules(rules: VaultRules) -> str | None:
    """Why these cannot be the rules of a vault, as a sentence that says what to do, or None."""
    return flaw_of_terms(rules) or next(_flaws_of_examples(rules), None)


def flaw_of_terms(rules: VaultRules) -> str | None:
    """The same, whatever the examples are: rules without this flaw can be tried with names."""
    return _flaw_of_extensions(rules.extensions) or _flaw_of_extensions(rules.alone) or _flaw_of_pattern(rules)


def flaw_of_name(rules: VaultRules, path: str) -> str | None:
    """Which rule a path breaks, and how a good name looks; None when it breaks none. The rules have no flaw."""
    name = path.rpartition("/")[2]
    if rules.extensions and extension_of(name) not in {each.casefold() for each in rules.extensions}:
        return f"“{name}” has another extension than those of this vault ({', '.join(rules.extensions)})" + _like(
            rules, name
        )
    if rules.pattern is not None and not fits(rules.pattern, subject_of(rules, path)):
        return f"“{subject_of(rules, path)}” does not fit this vault's pattern for names ({rules.pattern})" + _like(
            rules, name
        )
    return None


def subject_of(rules: VaultRules, path: str) -> str:
    """What of a path the rules for names look at: a pattern with a slash is about all of it."""
    return path if rules.pattern is not None and "/" in rules.pattern else path.rpartition("/")[2]


def require_name(vault: Vault, path: str, *, before: str | None = None) -> None:
    """The file may have that path; one that was `before` keeps a name that the rules have come after.

    Raises AgainstRule.
    """
    rules = vault.rules
    if rules is None or (before is not None and subject_of(rules, before) == subject_of(rules, path)):
        return
    flaw = flaw_of_name(rules, path)
    if flaw is not None:
        raise AgainstRule(vault.name, flaw, path=path)


def require_size(vault: Vault, path: str, size: int) -> None:
    """So many bytes may come. Raises AgainstRule."""
    limit = None if vault.rules is None else vault.rules.max_bytes
    if limit is not None and size > limit:
        flaw = f"“{path}” has {size_in_words(size)}, and files of this vault have {size_in_words(limit)} at most"
        raise AgainstRule(vault.name, f"{flaw}. Your file stays as it is.", path=path)


def require_comment(vault: Vault, path: str, comment: str | None) -> None:
    """It may be checked in with that comment. Raises AgainstRule."""
    if vault.rules is not None and vault.rules.comment and (comment is None or not comment.strip()):
        flaw = f"a check-in needs a comment that says what has changed, and that of “{path}” has none"
        raise AgainstRule(vault.name, f"{flaw}. Write one, like “New 50 mm face mill”.", path=path)


def counts_as_major(vault: Vault, path: str, *, asked: bool) -> bool:
    """Whether the next revision is a major one. Raises AgainstRule when it may not be."""
    counting = "minor" if vault.rules is None else vault.rules.counting
    if counting == "administrators" and asked and vault.role != "administrator":
        flaw = f"only an administrator makes major revisions, and “{path}” was to be one"
        raise AgainstRule(vault.name, f"{flaw}. Check it in as a minor one.", path=path)
    return asked or counting == "major"


def size_in_words(size: int) -> str:
    """As people say it."""
    for unit, bytes_each in _UNITS:
        if size >= bytes_each:
            return f"{size / bytes_each:.1f} {unit}".replace(".0 ", " ")
    return f"{size} bytes"


def _like(rules: VaultRules, name: str) -> str:
    if rules.good:
        return f". A good name is “{rules.good[0]}”."
    return f". A good name is “{stem_of(name)}{rules.extensions[0]}”." if rules.extensions else "."


def _flaw_of_extensions(extensions: list[str]) -> str | None:
    seen: set[str] = set()
    for each in extensions:
        if not _EXTENSION.fullmatch(each):
            return f"“{each}” is no extension: write a dot and then letters and digits, as in .nc."
        if each.casefold() in seen:
            return f"The extension {each} is named twice. Take one of them out."
        seen.add(each.casefold())
    return None


def _flaw_of_pattern(rules: VaultRules) -> str | None:
    if rules.pattern is None:
        return None
    if not rules.pattern:
        return "The pattern for names is empty. Leave it out, or write .* for every name."
    try:
        fits(rules.pattern, "")
    except BadPattern as bad:
        return f"The pattern “{rules.pattern}” cannot be used: {bad}. Please correct it."
    return None


def _flaws_of_examples(rules: VaultRules) -> Iterator[str]:
    if rules.pattern is not None and not rules.good:
        yield "The pattern has no example. Give a name that fits it: whoever chooses one that does not is shown it."
    for example in rules.good:
        broken = _broken_by(rules, example)
        if broken is not None:
            yield f"The example “{example}” is to be a good name, and {broken}. Correct one of them."
    for example in rules.bad:
        if _broken_by(rules, example) is None:
            yield f"The example “{example}” is to be no good name, and the rules allow it. Correct one of them."


def _broken_by(rules: VaultRules, example: str) -> str | None:
    if flaw_of(example) is not None:
        return "no file can have it"
    if rules.extensions and extension_of(example) not in {each.casefold() for each in rules.extensions}:
        return "its extension is not allowed"
    if rules.pattern is not None and not fits(rules.pattern, subject_of(rules, example)):
        return f"it does not fit the pattern “{rules.pattern}”"
    return None
