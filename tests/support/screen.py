"""A screen as a person has it before them: read by its letters (Tesseract), used by mouse and keys (xdotool)."""

import contextlib
import csv
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QImage

from tests.support import desktop

ENLARGED = 3
"""Letters of ten pixels are too small to be read."""
_LARGE = ("-colorspace", "Gray", "-filter", "Lanczos", "-resize", f"{ENLARGED * 100}%")
_CLEAR = (*_LARGE, "-level", "20%,90%")  # small grey letters get edges
SPARSE, BLOCK = "11", "6"
"""How Tesseract looks for text: here and there, or line by line."""
READINGS = ((_CLEAR, SPARSE), (_LARGE, SPARSE), (_CLEAR, BLOCK))
"""Ways to read a picture. Each overlooks something now and then; what one of them has read is there."""
READABLE = 30.0
"""Tesseract's own certainty, of 100, below which a word is no word."""
COLOURED = 60
"""Difference between the strongest and the weakest of red, green and blue from which a pixel is not grey."""
INDENT = 40
"""Pixels by which a cell's text begins right of its column's title at most: there is an icon before it."""
LONGEST = 8
"""Words of a phrase that is looked for, at most."""
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Box:
    """A place on the screen, in pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def middle(self) -> tuple[int, int]:
        """Where one clicks."""
        return self.left + self.width // 2, self.top + self.height // 2

    def is_below(self, title: "Box") -> bool:
        """Whether this is in the column of that title: it begins near it, where icons leave room."""
        return self.top > title.top and title.left <= self.left < title.left + INDENT

    def is_in_row_of(self, other: "Box") -> bool:
        """Whether both are in one row of a table."""
        return abs(self.middle[1] - other.middle[1]) < self.height


@dataclass(frozen=True)
class Word:
    """What was read at one place; `line` is the same for words that were read as one line."""

    text: str
    box: Box
    line: tuple[str, ...]


class Screen:
    """An X display with a window manager, so that windows have frames and can be raised."""

    def __init__(self, display: str, folder: Path) -> None:
        self.display = display
        self._folder = folder
        self._variables = os.environ | {"DISPLAY": display, "OMP_THREAD_LIMIT": "1"}  # or it spins on a busy computer
        self._taken = 0

    def picture(self, name: str = "") -> Path:
        """Take a picture of all of it."""
        self._taken += 1
        path = self._folder / f"{name or f'screen-{self._taken}'}.png"
        self._run("import", "-window", "root", str(path))
        return path

    def words(self) -> list[Word]:
        """Everything that the first way of reading finds."""
        return self._read(self.picture("now"), *READINGS[0])

    def find(self, phrase: str) -> Box | None:
        """Where these words stand beside each other, the first of several places; None: nowhere."""
        return next(iter(self.places(phrase)), None)

    def places(self, phrase: str) -> list[Box]:
        """All of them."""
        return self._in_a_reading(lambda words: _places(phrase, words))

    def cell(self, title: str, phrase: str) -> Box | None:
        """Where these words stand in a table's column of this title; None: nowhere."""

        def below(words: list[Word]) -> list[Box]:
            titles = _places(title, words)
            return [each for each in _places(phrase, words) if any(each.is_below(head) for head in titles)]

        return next(iter(self._in_a_reading(below)), None)

    def wait_for(self, phrase: str, *, timeout: float = PATIENCE_S) -> Box:
        """Where these words stand, once they do. Raises AssertionError with all that can be read."""
        try:
            return desktop.wait_for(lambda: self.find(phrase), f"“{phrase}” on the screen", timeout=timeout)
        except AssertionError as error:
            text = " ".join(each.text for each in self.words())
            raise AssertionError(f"{error}; it says: {text} ({self.picture()})") from None

    def coloured(self, box: Box) -> int:
        """How many pixels there are not grey."""
        image = QImage(str(self.picture("now")))
        colours = [
            image.pixelColor(x, y)
            for x in range(box.left, box.left + box.width)
            for y in range(box.top, box.top + box.height)
        ]
        shares = [(each.red(), each.green(), each.blue()) for each in colours]
        return sum(max(each) - min(each) > COLOURED for each in shares)

    def click(self, phrase: str) -> None:
        """Click these words, once they can be read."""
        x, y = self.wait_for(phrase).middle
        self._run("xdotool", "mousemove", str(x), str(y), "click", "1")

    def type(self, text: str) -> None:
        """Write with the keyboard."""
        self._run("xdotool", "type", "--delay", "20", text)

    def press(self, *keys: str) -> None:
        """Press keys one after the other, such as `Return` or `ctrl+o`."""
        self._run("xdotool", "key", "--delay", "50", *keys)

    def windows(self, title: str) -> list[str]:
        """The windows with this title that can be seen."""
        command = ["xdotool", "search", "--onlyvisible", "--name", f"^{title}$"]
        done = subprocess.run(command, env=self._variables, capture_output=True, text=True, check=False, timeout=60)
        return done.stdout.split()

    def minimize(self, title: str) -> None:
        """Put its windows away, as a person does to see what is below."""
        for window in self.windows(title):
            self._run("xdotool", "windowminimize", window)

    def _in_a_reading(self, look: Callable[[list[Word]], list[Box]]) -> list[Box]:
        """What is found in one picture, by the first way of reading that finds anything."""
        taken = self.picture("now")
        found = (look(self._read(taken, clearer, layout)) for clearer, layout in READINGS)
        return next((each for each in found if each), [])

    def _read(self, taken: Path, clearer: tuple[str, ...], layout: str) -> list[Word]:
        larger = self._folder / "now-larger.png"
        self._run("convert", str(taken), *clearer, str(larger))
        table = self._run("tesseract", str(larger), "-", "--psm", layout, "tsv")
        rows = csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
        return [_word(row) for row in rows if float(row["conf"]) > READABLE and row["text"].strip()]

    def _run(self, *command: str) -> str:
        done = subprocess.run(command, env=self._variables, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout


@contextlib.contextmanager
def screen(folder: Path) -> Iterator[Screen]:
    """A screen as long as the block lasts. Pictures go into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with desktop.x_display(folder) as display:
        variables = os.environ | {"DISPLAY": display, "HOME": str(folder)}
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with desktop.running(["openbox"], variables, **silent):
            yield Screen(display, folder)


def _word(row: dict[str, str]) -> Word:
    left, top, width, height = (int(row[name]) // ENLARGED for name in ("left", "top", "width", "height"))
    line = tuple(row[name] for name in ("block_num", "par_num", "line_num"))
    return Word(row["text"].strip(), Box(left, top, width, height), line)


def _places(phrase: str, words: list[Word]) -> list[Box]:
    """Gaps and capitals are read wrongly now and then: they do not count."""
    wanted = _letters(phrase)
    runs = (
        [each for each in words[at : at + length] if each.line == first.line]
        for at, first in enumerate(words)
        for length in range(1, LONGEST + 1)
    )
    found = [run for run in runs if _letters("".join(each.text for each in run)) == wanted]
    return list(dict.fromkeys(_around([each.box for each in run]) for run in found))  # a short line comes several times


def _letters(text: str) -> str:
    return "".join(text.split()).lower()


def _around(boxes: list[Box]) -> Box:
    left, top = min(each.left for each in boxes), min(each.top for each in boxes)
    right = max(each.left + each.width for each in boxes)
    bottom = max(each.top + each.height for each in boxes)
    return Box(left, top, right - left, bottom - top)
