"""Files as a shop has them, before and after a small edit: what the bytes do when a program saves again.

Everything comes from one seed: the same figures on every run.
"""

import gzip
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy

OPERATIONS = 120
MANY_OPERATIONS = 167
"""What a file of 200 MB has of them."""
POINTS = 25_000
"""Of one operation: eight bytes for each of six numbers."""
ENTITIES = 500_000
LINES = 700_000
PARTS = 60
PART_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Edit:
    """One kind of file, and what is done to it."""

    name: str
    """A word for the figures."""
    what: str
    """The same for people."""
    make: Callable[[Path, Path], None]
    """Writes the file before and after."""


def edits() -> Iterator[Edit]:
    """All of them."""
    for zipped in (False, True):
        kind, name = (".mcam-like, gzipped", "mcam_gzip") if zipped else (".mcam-like, contiguous", "mcam")
        yield Edit(f"{name}_points", f"{kind}: one operation has other points, saved anew", _hdf5(zipped, longer=0))
        yield Edit(f"{name}_longer", f"{kind}: one operation is longer, saved anew", _hdf5(zipped, longer=997))
        yield Edit(f"{name}_in_place", f"{kind}: one operation changed in place", _hdf5_in_place(zipped))
    what = ".mcam-like, contiguous: one operation of 167 is longer, saved anew"
    yield Edit("mcam_large_longer", what, _hdf5(zipped=False, longer=997, operations=MANY_OPERATIONS))
    yield Edit("step_changed", "STEP: 20 entities changed", _step(inserted=0))
    yield Edit("step_renumbered", "STEP: 20 entities inserted, all behind renumbered", _step(inserted=20))
    yield Edit("nc_changed", "NC: 50 lines changed", _nc(renumbered=False))
    yield Edit("nc_renumbered", "NC: 50 lines inserted, all N-words renumbered", _nc(renumbered=True))
    yield Edit("zip_same_program", "zip-like: one member changed, deflated as before", _zip(level=6))
    yield Edit("zip_other_program", "zip-like: one member changed, all deflated otherwise", _zip(level=1))
    yield Edit("gzip_stream", "one gzip stream: 50 lines changed in the text inside", _stream)


def _toolpath(operation: int, version: int = 0, longer: int = 0) -> Any:
    """Points, six numbers each."""
    noise = numpy.random.default_rng([operation, version])
    steps = noise.normal(size=(POINTS + longer, 6)).round(3)
    return numpy.cumsum(steps, axis=0).round(4)


def _write_hdf5(path: Path, zipped: bool, changed: int | None, longer: int, operations: int = OPERATIONS) -> None:
    options: dict[str, Any] = {"compression": "gzip", "chunks": (4096, 6)} if zipped else {}
    with h5py.File(path, "w") as file:
        for number in range(operations):
            group = file.create_group(f"Operations/{number:04}")
            group.attrs["name"] = f"Contour {number}"
            group.attrs["feed"] = 1200.0 + number
            new = number == changed
            points = _toolpath(number, version=int(new), longer=longer if new else 0)
            group.create_dataset("toolpath", data=points, **options)
            group.create_dataset("tool", data=numpy.arange(40) + number)


def _hdf5(zipped: bool, longer: int, operations: int = OPERATIONS) -> Callable[[Path, Path], None]:
    def make(before: Path, after: Path) -> None:
        _write_hdf5(before, zipped, None, 0, operations)
        _write_hdf5(after, zipped, operations // 3, longer, operations)

    return make


def _hdf5_in_place(zipped: bool) -> Callable[[Path, Path], None]:
    def make(before: Path, after: Path) -> None:
        _write_hdf5(before, zipped, None, 0)
        after.write_bytes(before.read_bytes())
        with h5py.File(after, "r+") as file:
            file[f"Operations/{OPERATIONS // 3:04}/toolpath"][...] = _toolpath(OPERATIONS // 3, version=1)

    return make


def _step(inserted: int) -> Callable[[Path, Path], None]:
    def make(before: Path, after: Path) -> None:
        dice = random.Random(3)
        points = [f"({dice.uniform(-500, 500):.6f},{dice.uniform(-500, 500):.6f},{dice.uniform(-500, 500):.6f})"
                  for _ in range(ENTITIES)]  # fmt: skip
        _write_step(before, points)
        places = sorted(dice.sample(range(ENTITIES), 20), reverse=True)
        for place in places:
            if inserted:
                points.insert(place, "(1.,2.,3.)")
            else:
                points[place] = "(1.,2.,3.)"
        _write_step(after, points)

    return make


def _write_step(path: Path, points: list[str]) -> None:
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.write(
            "ISO-10303-21;\nHEADER;\nFILE_NAME('block','2024-05-02T10:00:00',(''),(''),'','','');\nENDSEC;\nDATA;\n"
        )
        for number, point in enumerate(points):
            at = 10 + 2 * number
            file.write(f"#{at}=CARTESIAN_POINT('',{point});\n#{at + 1}=VERTEX_POINT('',#{at});\n")
        file.write("ENDSEC;\nEND-ISO-10303-21;\n")


def _nc_blocks() -> list[str]:
    dice = random.Random(4)
    return [f"G1 X{dice.uniform(-200, 200):.3f} Y{dice.uniform(-200, 200):.3f} Z{dice.uniform(-40, 0):.3f} F1200"
            for _ in range(LINES)]  # fmt: skip


def _nc(renumbered: bool) -> Callable[[Path, Path], None]:
    def make(before: Path, after: Path) -> None:
        dice, blocks = random.Random(5), _nc_blocks()
        _write_nc(before, blocks)
        for place in sorted(dice.sample(range(LINES), 50), reverse=True):
            if renumbered:
                blocks.insert(place, "M1")
            else:
                blocks[place] += " M8"
        _write_nc(after, blocks)

    return make


def _write_nc(path: Path, blocks: list[str]) -> None:
    with path.open("w", encoding="ascii", newline="\r\n") as file:
        file.write("%\nO2210 (BLOCK OP10)\n")
        file.writelines(f"N{10 * number} {block}\n" for number, block in enumerate(blocks, start=1))
        file.write("M30\n%\n")


def _members() -> list[bytes]:
    dice = random.Random(6)
    words = [dice.randbytes(12) for _ in range(4_000)]
    return [b"".join(dice.choices(words, k=PART_BYTES // 12)) for _ in range(PARTS)]


def _zip(level: int) -> Callable[[Path, Path], None]:
    def make(before: Path, after: Path) -> None:
        members = _members()
        _write_zip(before, members, level=6)
        members[PARTS // 3] = members[PARTS // 3][:1000] + b"an edit" + members[PARTS // 3][1000:]
        _write_zip(after, members, level=level)

    return make


def _write_zip(path: Path, members: list[bytes], *, level: int) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as file:
        for number, member in enumerate(members):
            file.writestr(zipfile.ZipInfo(f"Contents/Part{number:03}.bin", (2024, 5, 2, 10, 0, 0)), member,
                          zipfile.ZIP_DEFLATED, level)  # fmt: skip


def _stream(before: Path, after: Path) -> None:
    dice, blocks = random.Random(7), _nc_blocks()
    for path in (before, after):
        path.write_bytes(gzip.compress("\n".join(blocks).encode(), 6, mtime=0))
        for place in dice.sample(range(LINES), 50):
            blocks[place] += " M8"
