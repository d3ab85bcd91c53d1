"""Files that programs and systems put beside a person's work for themselves: they are never shown, offered or sent.

The one table of them; `docs/seat.md` shows it.
"""

import re
from fnmatch import translate
from typing import Final

TABLE: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("Microsoft Office, SolidWorks (who has it open)", ("~$*",)),
    ("LibreOffice (who has it open)", (".~lock.*#",)),
    ("AutoCAD (who has it open, automatic save, temporary)", ("*.dwl", "*.dwl2", "*.sv$", "*.ac$", "*.atmp")),
    ("Inventor, TopSolid, CADSTAR and others (who has it open)", ("*.lck", "~*")),
    ("Creo Simulate (while it computes)", ("*.lok",)),
    ("Microsoft Access (who has it open)", ("*.laccdb", "*.ldb")),
    ("Mastercam, SolidWorks, Surfcam and others (temporary, backup)", ("*.tmp", "*.temp", "*.bak", "*-tmp")),
    ("Downloads that are not finished", ("*.part", "*.crdownload", "*.partial")),
    ("Windows and macOS", ("thumbs.db", "ehthumbs.db", "desktop.ini", ".ds_store", "._*")),
)
"""Who makes them, and the patterns of their names in small letters; `*` is any text."""

_PATTERN: Final = re.compile("|".join(translate(each) for _, patterns in TABLE for each in patterns))


def is_ignored(name: str) -> bool:
    """A name that no person gave."""
    return _PATTERN.match(name.lower()) is not None
