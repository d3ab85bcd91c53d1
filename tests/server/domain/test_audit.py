"""The chain of audit records, as pure functions."""

from dataclasses import replace

from server.domain.audit import EMPTY, Entry, Head, Record, chained, first_break
from tests.support.vault_data import START


def chain(length: int) -> list[Record]:
    head, records = EMPTY, []
    for number in range(length):
        records.append(chained(head, Entry(at=START, person="p", action=f"action {number}")))
        head = Head(records[-1].number, records[-1].hash)
    return records


def head_of(records: list[Record]) -> Head:
    return Head(records[-1].number, records[-1].hash) if records else EMPTY


def test_a_sound_chain_has_no_break() -> None:
    for length in (0, 1, 5):
        records = chain(length)
        assert first_break(records, head=head_of(records)) is None


def test_every_field_of_every_record_counts() -> None:
    records = chain(3)
    entry = records[1].entry
    changes = [
        replace(entry, at=START.replace(microsecond=1)),
        replace(entry, person="q"),
        replace(entry, action="x"),
        replace(entry, vault="v"),
        replace(entry, file="f"),
        replace(entry, detail='{"a":1}'),
    ]
    for changed in changes:
        assert first_break([records[0], replace(records[1], entry=changed), records[2]], head=head_of(records)) == 2


def test_a_fork_and_a_swap_are_breaks() -> None:
    records = chain(3)
    fork = chained(Head(1, records[0].hash), Entry(at=START, person="p", action="other"))
    assert first_break([records[0], fork, records[2]], head=head_of(records)) == 3
    assert first_break([records[1], records[0], records[2]], head=head_of(records)) == 1
    assert first_break(records, head=Head(4, "x")) == 4
