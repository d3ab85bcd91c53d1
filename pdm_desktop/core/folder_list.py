"""All folders of a vault with the number of files directly in each, in some 60 bytes a folder.

A vault of a million files may have a quarter of a million folders: an object for each would take more memory than
the whole window. They are one text, in an order in which everything below a folder stands right behind it.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from server.protocol.records import dataclass

BETWEEN = "\x01"
"""Stands for `/`: before all that a name may hold, so that `a/x` comes before `a b`."""
_BETWEEN = BETWEEN.encode()
_END = b"\n"


def ordered(path: str) -> str:
    """A folder's path as the list holds it."""
    return path.replace("/", BETWEEN)


def unordered(path: str) -> str:
    """The path again."""
    return path.replace(BETWEEN, "/")


@dataclass(frozen=True, slots=True)
class Below:
    """Some lines of the list: all that is below one folder."""

    start: int = 0
    """The byte where the first line begins, and the one behind the last."""
    end: int = 0
    first: int = 0
    """The number of the first line."""
    path: int = 0
    """So many bytes of each line are the folder's own path."""


class FolderList:
    """Read it by `below`, from the whole down; as a sequence of pairs it is what it was made of."""

    def __init__(self, paths: bytes, counts: Sequence[int]) -> None:
        """`paths` are `ordered`, in UTF-8 and in the order of their bytes, each with a newline behind it."""
        self._paths = paths
        self._sums = array("q", accumulate(counts, initial=0))

    @classmethod
    def of(cls, folders: Iterable[tuple[str, int]]) -> "FolderList":
        """From paths and numbers in any order."""
        counts = Counter[bytes]()
        for path, files in folders:
            counts[ordered(path).encode()] += files
        lines = sorted(counts)
        return cls(b"".join(line + _END for line in lines), [counts[line] for line in lines])

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Each path with its number of files."""
        start = 0
        for number in range(len(self)):
            end = self._paths.index(_END, start)
            yield unordered(self._paths[start:end].decode()), self._files(number, number + 1)
            start = end + 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FolderList) and (self._paths, self._sums) == (other._paths, other._sums)

    __hash__ = None  # type: ignore[assignment]  # as the language has it for what is only compared

    def __len__(self) -> int:
        return len(self._sums) - 1

    def whole(self) -> tuple[int, int, Below]:
        """The files directly at the top, all files, and all folders."""
        at_top = int(self._paths.startswith(_END))
        return self._files(0, at_top), self._sums[-1], Below(start=at_top, end=len(self._paths), first=at_top)

    def below(self, part: Below) -> Iterator[tuple[str, int, int, Below]]:
        """The folders directly in one: name, files directly in it, all its files, and what is below it."""
        paths, place, number = self._paths, part.start, part.first
        while place < part.end:
            end = paths.index(_END, place)
            between = paths.find(_BETWEEN, place + part.path, end)
            named = end if between < 0 else between
            name, lead = paths[place + part.path : named].decode(), paths[place:named] + _BETWEEN
            own = int(between < 0)  # else it has no files of its own, and this line is of what is below it
            start = end + 1 if own else place
            last = self._behind(lead, start, part.end)
            lines = paths.count(_END, start, last)
            inside = Below(start=start, end=last, first=number + own, path=len(lead))
            yield name, self._files(number, number + own), self._files(number, number + own + lines), inside
            place, number = last, number + own + lines

    def _files(self, first: int, last: int) -> int:
        return self._sums[last] - self._sums[first]

    def _behind(self, lead: bytes, low: int, high: int) -> int:
        """Behind the lines that begin so; they are the first ones from `low` on."""
        paths = self._paths
        while low < high:
            line = paths.rfind(_END, low, (low + high) // 2) + 1 or low
            if paths.startswith(lead, line):
                low = paths.index(_END, line) + 1
            else:
                high = line
        return low
