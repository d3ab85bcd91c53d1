"""The audit trail as text: CSV that a spreadsheet reads and never runs, JSON lines that a program reads."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from server.domain.audit_lines import COLUMNS, head_of, lines_of
from server.protocol.calls import AuditRow

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def row(**changed: str) -> AuditRow:
    known = {
        "person": "Anna Nováková", "action": "moved", "words": "moved a file", "vault": "v1",
        "vault_name": "Production", "file": "f1", "path": 'Jobs/plate "A", 2.nc', "detail": '{"path":"a\\nb"}',
        "previous": "0" * 64, "hash": "f" * 64,
    }  # fmt: skip
    return AuditRow(number=7, at=AT, **(known | changed))


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_a_spreadsheet_reads_what_was_written() -> None:
    content = head_of("csv") + lines_of([row()], "csv")
    assert content.startswith("\ufeff".encode()), "else Excel takes it for another encoding"
    assert content.count(b"\r\n") == 2
    head, cells = read(content)
    assert tuple(head) == COLUMNS
    assert cells == [
        "7", "2026-03-02T08:00:00+00:00", "Anna Nováková", "moved", "moved a file", "Production",
        'Jobs/plate "A", 2.nc', "f1", '{"path":"a\\nb"}', "0" * 64, "f" * 64,
    ]  # fmt: skip


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\t", "\r", "\n"], ids=repr)
@pytest.mark.parametrize("field", ["person", "path", "detail", "vault_name"])
def test_no_cell_is_taken_for_a_formula(field: str, beginning: str) -> None:
    evil = f"{beginning}HYPERLINK(1)"
    cells = read(lines_of([row(**{field: evil})], "csv"))[0]
    assert f"'{evil}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]


def test_a_program_gets_one_object_a_line() -> None:
    assert head_of("jsonl") == b""
    lines = lines_of([row(), row(path="=1+1")], "jsonl").splitlines()
    first, second = (json.loads(line) for line in lines)
    assert first["at"] == "2026-03-02T08:00:00Z"
    assert (first["vault"], first["vault_name"], second["path"]) == ("v1", "Production", "=1+1")
