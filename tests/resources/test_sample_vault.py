"""The sample vault's files are what their names claim: a CAM program, a machine or a reader would take each of them."""

import csv
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pdm_desktop.core.sets import Folder, Member
from server.protocol.set_rule import DEFAULT_RULE

VAULT = Path(str(files("resources") / "sample_vault"))
FILES = sorted(path for path in VAULT.rglob("*") if path.is_file())


def of_kind(suffix: str) -> list[object]:
    """Return the vault's files of one kind, as parameters with readable names."""
    return [pytest.param(path, id=path.name) for path in FILES if path.suffix == suffix]


def test_the_vault_is_small_and_has_every_kind() -> None:
    assert 15 <= len(FILES) <= 30
    assert sum(path.stat().st_size for path in FILES) < 400_000
    assert {path.suffix for path in FILES} == {".nc", ".step", ".dxf", ".stl", ".pdf", ".html", ".txt", ".csv"}


# NC programs

WORD = re.compile(r"([A-Z])([+-]?(?:\d+\.?\d*|\.\d+))")
PREPARATORY = {0, 1, 2, 3, 4, 17, 21, 28, 40, 43, 49, 53, 54, 80, 81, 83, 84, 85, 90, 91, 94, 98}
MISCELLANEOUS = {3, 5, 6, 8, 9, 30}
ADDRESSES = set("FGHIJMNPQRSTXYZ")


def blocks(path: Path) -> Iterator[dict[str, list[float]]]:
    """Give the words of each block between the two percent signs; fails on anything that is no word."""
    first, *lines, last = path.read_text(encoding="ascii").splitlines()
    assert first == last == "%"
    for line in lines:
        code = re.sub(r"\([^()]*\)", "", line).strip()
        assert not re.sub(WORD, "", code).strip(), line
        words: dict[str, list[float]] = {}
        for address, number in WORD.findall(code):
            words.setdefault(address, []).append(float(number))
        if words:
            yield words


@pytest.mark.parametrize("path", of_kind(".nc"))
def test_a_program_has_legal_words_and_ends_with_m30(path: Path) -> None:
    program = list(blocks(path))
    assert set(program[0]) == {"O"}
    for block in program[1:]:
        assert set(block) <= ADDRESSES
        assert set(block.get("G", [])) <= PREPARATORY
        assert set(block.get("M", [])) <= MISCELLANEOUS
        assert all(len(block[address]) == 1 for address in set(block) - {"G", "M"})
    assert program[-1] == {"M": [30.0]}


@pytest.mark.parametrize("path", of_kind(".nc"))
def test_a_program_cuts_with_a_turning_spindle_and_the_length_of_its_own_tool(path: Path) -> None:
    tool, spindle, offset = 0.0, False, 0.0
    for block in blocks(path):
        codes = block.get("G", [])
        if "T" in block:
            assert not spindle
            tool, offset = block["T"][0], 0.0
        if 43.0 in codes:
            offset = block["H"][0]
        spindle = (spindle or 3.0 in block.get("M", [])) and 5.0 not in block.get("M", [])
        if {1.0, 2.0, 3.0, 81.0, 83.0, 84.0, 85.0} & set(codes):
            assert spindle
            assert 53.0 in codes or offset == tool


@pytest.mark.parametrize("path", of_kind(".nc"))
def test_every_arc_ends_on_its_circle(path: Path) -> None:
    x = y = 0.0
    motion = 0.0
    for block in blocks(path):
        motion = next((code for code in block.get("G", []) if code in {0.0, 1.0, 2.0, 3.0}), motion)
        to_x, to_y = block.get("X", [x])[0], block.get("Y", [y])[0]
        if "I" in block or "J" in block:
            assert motion in {2.0, 3.0}
            centre = x + block.get("I", [0.0])[0], y + block.get("J", [0.0])[0]
            assert math.isclose(math.dist(centre, (x, y)), math.dist(centre, (to_x, to_y)), abs_tol=0.005)
        x, y = to_x, to_y


def test_numbers_of_programs_are_unique() -> None:
    numbers = [next(blocks(path))["O"][0] for path in FILES if path.suffix == ".nc"]
    assert len(set(numbers)) == len(numbers)


def test_every_called_tool_is_listed_in_its_program_and_in_the_tool_library() -> None:
    with (VAULT / "Tool library" / "tools.csv").open(newline="") as file:
        library = {int(row["number"]): float(row["diameter_mm"]) for row in csv.DictReader(file, delimiter=";")}
    for path in FILES:
        if path.suffix == ".nc":
            listed = {int(n): float(d) for n, d in re.findall(r"\(T(\d+) D([\d.]+) ", path.read_text())}
            called = {int(block["T"][0]) for block in blocks(path) if "T" in block}
            assert called == set(listed), path.name
            assert listed.items() <= library.items(), path.name


# Models

ENTITY = re.compile(r"^#(\d+)=(.+);$")


def entities(path: Path) -> dict[int, str]:
    """Return the data section of a STEP file by number."""
    data = path.read_text(encoding="ascii").partition("DATA;\n")[2].partition("\nENDSEC;")[0]
    matched = [ENTITY.match(line) for line in data.splitlines()]
    assert all(matched)
    return {int(match[1]): match[2] for match in matched if match}


def references(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"#(\d+)", text)]


@pytest.mark.parametrize("path", of_kind(".step"))
def test_a_model_is_ap214_and_every_reference_resolves(path: Path) -> None:
    text = path.read_text(encoding="ascii")
    assert text.startswith("ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION(")
    assert f"FILE_NAME('{path.name}'" in text
    assert "FILE_SCHEMA(('AUTOMOTIVE_DESIGN { 1 0 10303 214 1 1 1 1 }'));" in text
    assert text.endswith("ENDSEC;\nEND-ISO-10303-21;\n")
    found = entities(path)
    assert list(found) == list(range(1, len(found) + 1))
    assert {number for line in found.values() for number in references(line)} <= set(found)


@pytest.mark.parametrize("path", of_kind(".step"))
def test_a_model_is_one_closed_solid(path: Path) -> None:
    """Every edge of a closed shell is used twice, once in each direction."""
    found = entities(path)
    oriented = [line for line in found.values() if line.startswith("ORIENTED_EDGE")]
    uses = [(references(line)[0], line.endswith(".T.)")) for line in oriented]
    edges = {number for number, line in found.items() if line.startswith("EDGE_CURVE")}
    assert sorted(uses) == sorted((edge, way) for edge in edges for way in (False, True))
    shells = [references(line) for line in found.values() if line.startswith("CLOSED_SHELL")]
    faces = {number for number, line in found.items() if line.startswith("ADVANCED_FACE")}
    assert [set(shell) for shell in shells] == [faces]
    assert sum(line.startswith("MANIFOLD_SOLID_BREP") for line in found.values()) == 1


@pytest.mark.parametrize("path", of_kind(".step"))
def test_every_loop_of_a_model_is_closed(path: Path) -> None:
    found = entities(path)

    def ends(oriented: int) -> list[int]:
        edge = references(found[oriented])[0]
        start, end = references(found[edge])[:2]
        return [start, end] if found[oriented].endswith(".T.)") else [end, start]

    for line in found.values():
        if line.startswith("EDGE_LOOP"):
            way = [ends(number) for number in references(line)]
            assert all(before[1] == after[0] for before, after in pairwise([*way, way[0]]))


@pytest.mark.parametrize("path", of_kind(".stl"))
def test_a_mesh_is_closed_and_its_normals_point_outwards(path: Path) -> None:
    lines = path.read_text(encoding="ascii").splitlines()
    name = lines[0].removeprefix("solid ")
    assert lines[-1] == f"endsolid {name}"
    numbers = [tuple(map(float, line.split()[-3:])) for line in lines if "vertex" in line or "normal" in line]
    facets = [numbers[at : at + 4] for at in range(0, len(numbers), 4)]
    assert len(facets) == sum(line.startswith("facet") for line in lines) > 100
    edges = [(a, b) for _, *corners in facets for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]
    assert len(set(edges)) == len(edges)
    assert {(b, a) for a, b in edges} == set(edges)
    for normal, a, b, c in facets:
        u, v = [q - p for p, q in zip(a, b, strict=True)], [q - p for p, q in zip(a, c, strict=True)]
        cross = (u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0])
        assert math.isclose(sum(p * q for p, q in zip(cross, normal, strict=True)), math.hypot(*cross), rel_tol=1e-4)


@pytest.mark.parametrize("path", of_kind(".dxf"))
def test_a_sketch_is_r12_with_shapes_on_layers_that_it_declares(path: Path) -> None:
    lines = path.read_text(encoding="ascii").splitlines()
    pairs = [(int(code), value) for code, value in zip(lines[::2], lines[1::2], strict=True)]
    assert (1, "AC1009") in pairs
    assert pairs[-1] == (0, "EOF")
    assert pairs.count((0, "SECTION")) == pairs.count((0, "ENDSEC")) == 3
    at = pairs.index((2, "ENTITIES"))
    declared = {value for (code, value), before in zip(pairs[1:], pairs, strict=False) if before == (0, "LAYER")}
    assert {value for code, value in pairs[at:] if code == 8} <= declared
    assert {value for code, value in pairs[at + 1 :] if code == 0} <= {"LINE", "CIRCLE", "TEXT", "ENDSEC", "EOF"}


# Sheets and tables


@pytest.mark.parametrize("path", of_kind(".pdf"))
def test_a_sheet_has_a_cross_reference_table_that_is_right(path: Path) -> None:
    content = path.read_bytes()
    assert content.startswith(b"%PDF-1.4\n")
    assert content.endswith(b"%%EOF\n")
    start = int(content.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    assert content[start:].startswith(b"xref\n0 ")
    count = int(content[start:].split(b"\n")[1].split()[1])
    rows = content[start:].split(b"\n")[2 : 2 + count]
    assert rows[0] == b"0000000000 65535 f "
    for number, row in enumerate(rows[1:], start=1):
        assert content[int(row[:10]) :].startswith(b"%d 0 obj\n" % number)
    length = int(content.split(b"/Length ")[1].split(b" ")[0])
    stream = content.split(b"stream\n", 1)[1]
    assert stream[length:].startswith(b"\nendstream")


@pytest.mark.parametrize("path", of_kind(".html"))
def test_a_page_is_well_formed(path: Path) -> None:
    text = path.read_text(encoding="utf-8").removeprefix("<!DOCTYPE html>\n")
    root = ElementTree.fromstring(text.replace('<meta charset="utf-8">', ""))  # noqa: S314  the file is our own
    assert root.tag == "html"
    assert len(root.findall(".//tr")) > 5


@pytest.mark.parametrize("path", of_kind(".csv"))
def test_a_table_has_a_heading_and_rows_as_wide_as_it(path: Path) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        heading, *rows = csv.reader(file, delimiter=";")
    assert rows
    assert all(len(row) == len(heading) and all(row) for row in rows)


def test_the_files_are_kept_byte_by_byte() -> None:
    """A checkout on another platform must not change line ends: the PDF counts them."""
    root = VAULT.parents[1]
    assert "resources/sample_vault/** -text" in (root / ".gitattributes").read_text().splitlines()


# Sets


def test_programs_have_their_setup_sheet_by_the_usual_rule() -> None:
    for folder, operations in (("2210 Manifold block", 2), ("4471 Bracket", 2)):
        members = [
            Member(file=path.name, name=path.name, author="Tomas", at=datetime(2026, 3, 2, tzinfo=UTC))
            for path in FILES
            if path.parent.name == folder
        ]
        programs = [member.name for member in members if member.name.endswith(".nc")]
        sheet = next(member.name for member in members if "-setup." in member.name)
        assert len(programs) == operations
        for program in programs:
            assert [each.file for each in Folder(members, DEFAULT_RULE).suggestions([program])] == [sheet]
