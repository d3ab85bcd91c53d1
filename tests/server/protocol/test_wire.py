"""Messages to bytes and back: every type of both tables, and what is refused."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.protocol import events, wire
from server.protocol.vault import File, Lock, Revision, Vault

NOW = datetime(2026, 3, 5, 10, 42, 7, 250000, tzinfo=UTC)
revisions = st.builds(
    Revision,
    major=st.integers(1, 99),
    minor=st.integers(0, 99),
    size=st.integers(0, 2**40),
    hash=st.text("0123456789abcdef", min_size=64, max_size=64),
    author=st.text(min_size=1, max_size=20),
    at=st.just(NOW),
    comment=st.none() | st.text(max_size=40),
)
locks = st.builds(
    Lock,
    locked_by=st.text(min_size=1, max_size=20),
    seat=st.text("abc123", min_size=1, max_size=8),
    computer=st.text(min_size=1, max_size=20),
    since=st.just(NOW),
    token=st.integers(0, 2**40),
    message=st.none() | st.text(max_size=20),
)
files = st.builds(
    File,
    id=st.text("abc123_", min_size=1, max_size=8),
    path=st.text(min_size=1),
    head=revisions,
    lock=st.none() | locks,
)
for kind, strategy in ((Revision, revisions), (Lock, locks), (File, files)):
    st.register_type_strategy(kind, strategy)
st.register_type_strategy(datetime, st.just(NOW))
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
st.register_type_strategy(
    Vault,
    st.builds(Vault, id=st.text(min_size=1), name=st.text(min_size=1), role=st.just("editor"), seq=st.integers(0)),
)
EVERY = [(name, kind, table) for table in (events.FROM_SERVER, events.FROM_SEAT) for name, kind in table.items()]


@pytest.mark.parametrize(("name", "kind", "table"), EVERY, ids=[name for name, _, _ in EVERY])
@given(data=st.data())
def test_every_message_comes_back_as_it_was(
    name: str, kind: type[Any], table: Mapping[str, type[Any]], data: st.DataObject
) -> None:
    message = data.draw(st.from_type(kind))
    raw = wire.encode(message, timestamp=NOW, vault="v1", seq=7)
    assert wire.decode(raw, table) == wire.Envelope(message=message, timestamp=NOW, vault="v1", seq=7)
    assert msgspec.json.decode(raw)["type"] == name


def test_what_is_none_is_absent_and_keywords_have_their_own_name() -> None:
    moved = events.FolderMoved(from_="a", to="b", by="Anna Novak")
    assert wire.plain(moved) == {"from": "a", "to": "b", "by": "Anna Novak"}
    unlocked = events.FileUnlocked(file="f", path="a.nc", filename="a.nc", by="Anna Novak", why="undone")
    assert "revision" not in wire.plain(unlocked)


def test_an_id_that_looks_like_a_field_keeps_its_name() -> None:
    head = events.Head(vaults={"from": 1, "end_": 2})
    raw = wire.encode(head, timestamp=NOW)
    assert wire.decode(raw, events.FROM_SERVER).message == head


def test_a_message_outside_a_vault_has_no_number() -> None:
    assert set(msgspec.json.decode(wire.encode(events.Ping(), timestamp=NOW))) == {"type", "timestamp", "data"}


def test_data_may_be_absent() -> None:
    raw = b'{"type": "ping", "timestamp": "2026-03-05T10:42:07Z"}'
    assert wire.decode(raw, events.FROM_SEAT).message == events.Ping()


def test_a_type_of_the_other_side_is_unknown() -> None:
    with pytest.raises(wire.UnknownType, match="hello"):
        wire.decode(b'{"type": "hello", "timestamp": "2026-03-05T10:42:07Z", "data": {}}', events.FROM_SEAT)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"type": "ping"}',
        b'{"type": 5, "timestamp": "2026-03-05T10:42:07Z"}',
        b'{"type": "ping", "timestamp": "soon"}',
        b'{"type": "ack", "timestamp": "2026-03-05T10:42:07Z", "data": {"vaults": {"v": "5"}}}',
        b'{"type": "report", "timestamp": "2026-03-05T10:42:07Z", "data": {}}',
        b'{"type": "resume", "timestamp": "2026-03-05T10:42:07Z", "data": {"vaults": [1]}}',
        b'{"a":' * 12_000,
        b'{"type": "ack", "timestamp": "2026-03-05T10:42:07Z", "x": ' + b"[" * 50_000,
    ],
)
def test_what_cannot_be_read_is_malformed(raw: bytes) -> None:
    with pytest.raises(wire.Malformed):
        wire.decode(raw, events.FROM_SEAT)


def test_deep_data_are_refused_or_skipped_as_deep_as_python_goes() -> None:
    raw = b'{"type": "ack", "timestamp": "2026-03-05T10:42:07Z", "data": %s1%s}' % (b'{"a":' * 5_000, b"}" * 5_000)
    try:
        message = wire.decode(raw, events.FROM_SEAT).message
    except wire.Malformed:
        return  # CPython 3.11 and 3.12 go 1,000 levels deep
    assert message == events.Ack()


def test_fields_that_are_new_to_us_are_ignored() -> None:
    raw = b'{"type": "pong", "timestamp": "2026-03-05T10:42:07Z", "data": {"later": 1}, "more": true}'
    assert wire.decode(raw, events.FROM_SERVER).message == events.Pong()


def test_no_field_ends_in_an_underscore_on_the_wire() -> None:
    for _, kind, _ in EVERY:
        assert {each.name for each in fields(kind) if each.name.endswith("_")} <= {"from_"}


def test_every_class_stands_once_in_the_tables() -> None:
    kinds = [kind for _, kind, _ in EVERY]
    assert len(set(kinds)) == len(kinds)
    assert all(wire.type_of(kind) == name for name, one, _ in EVERY for kind in [_example(one)])


def _example(kind: type[Any]) -> Any:
    """An instance without values, enough to ask for its type."""
    return object.__new__(kind)
