"""The audit trail in sentences."""

from datetime import UTC, datetime

import pytest

from pdm_desktop.core.office.audit import ExportAudit, detail_words, sentence, verdict
from server.protocol.calls import AuditCheck, AuditRow

NOW = datetime(2026, 11, 26, 10, 42, tzinfo=UTC)
ROW = AuditRow(
    number=48_212, at=NOW, person="Anna Novak", action="moved", words="moved a file", vault="v",
    vault_name="Production", file="f", path="Jobs/cover.nc", detail='{"path":"Jobs/cover.nc","came_from":"Jobs/a.nc"}',
    previous="0" * 64, hash="ab" * 32,
)  # fmt: skip


def test_a_row_is_read_in_sentences() -> None:
    assert sentence(ROW, NOW).splitlines() == [
        "Anna Novak moved a file in Production: Jobs/cover.nc.",
        "Thu 26 Nov 2026 10:42:00, row 48,212.",
        "Written down with it: path Jobs/cover.nc, came from Jobs/a.nc.",
        f"Hash {'ab' * 32}",
    ]


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("{}", ""),
        ('{"administrator":false,"kept":true}', "administrator no, kept yes"),
        ('{"rule":null,"by":{}}', ""),
        ('{"by":{"action":"added","person":"Anna"}}', "by action added; person Anna"),
        ('{"unparked":["a","b"],"files":3}', "unparked a, b, files 3"),
        ("no JSON", "no JSON"),
        ("[1]", "[1]"),
    ],
)
def test_what_was_written_down_is_said_plainly(detail: str, said: str) -> None:
    assert detail_words(detail) == said


def test_a_sound_chain_is_told_from_a_broken_one() -> None:
    strong, text = verdict(AuditCheck(rows=1_200, head="ab"))
    assert strong == "The chain is sound."
    assert "1,200 rows" in text
    assert text.endswith("ab")
    strong, text = verdict(AuditCheck(rows=1, head="ab", first_break=2))
    assert strong == "The chain is broken at row 2."
    assert "The 1 row before it" in text


def test_an_export_says_where_it_is() -> None:
    assert "D:/trail.csv" in ExportAudit(target="D:/trail.csv", kind="csv").done
