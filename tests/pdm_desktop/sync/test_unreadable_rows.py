"""One row of the journal cannot be read: it is put aside and told, and every other file is worked on as before."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.waiting import Stand, WaitingCheckIn
from pdm_desktop.sync.events import EngineEvent, RequestFinished, TroubleMet
from pdm_desktop.sync.facts import Hold
from pdm_desktop.sync.intent import Intent, Kind
from pdm_desktop.sync.journal import open_journal
from pdm_desktop.sync.thread import EngineThread
from server.protocol.vault import File
from tests.pdm_desktop.sync.test_thread import engine_of
from tests.support.client import Client
from tests.support.seat_parts import until

INTENT = "INSERT INTO intents (key, kind, file, path, fields) VALUES "
BAD = {
    "an intent that is cut": INTENT + "('k', 'undo', 'f', 'Jobs/a.nc', '{\"tok')",
    "an intent of a newer version": INTENT + "('k', 'of tomorrow', 'f', 'Jobs/a.nc', '{}')",
    "an intent without its token": INTENT + "('k', 'undo', 'f', 'Jobs/a.nc', '{\"tokem\": 1}')",
    "an intent of a set without its files": INTENT + "('k', 'undo of several files', 'f', 'Jobs/a.nc', '{}')",
    "an intent that is no text": INTENT + "('k', 'undo', 'f', 'Jobs/a.nc', CAST(x'7b22e9227d' AS TEXT))",
    "an intent whose key is no text": INTENT + "(CAST(x'e96b' AS TEXT), 'undo', 'f', 'Jobs/a.nc', '{\"token\": 1}')",
    "a check-in that waits, cut": "INSERT INTO waiting (file, fields) VALUES ('f', '{\"file')",
    "a check-in that waits, no text": "INSERT INTO waiting (file, fields) VALUES ('f', CAST(x'e9' AS TEXT))",
    "a lost check-out, cut": "INSERT INTO lost (file, fields) VALUES ('f', '{\"file')",
}
SET = WaitingCheckIn(
    file="a", vault="v", path="Jobs/a.nc", token=1, base="1.0", asked=datetime(2026, 11, 27, tzinfo=UTC), of_set="s1"
)


def change(journal: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(journal)) as raw:
        raw.execute(statement, values)
        raw.commit()


def set_aside(journal: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(journal)) as raw:
        rows = raw.execute("SELECT of, CAST(fields AS BLOB) FROM aside ORDER BY number").fetchall()
    return [(of, fields.decode(errors="replace")) for of, fields in rows]


def one(file: str, of_set: str | None) -> WaitingCheckIn:
    return replace(SET, file=file, path=f"Jobs/{file}.nc", of_set=of_set)


def is_answer(event: EngineEvent) -> bool:
    return isinstance(event, RequestFinished) or (isinstance(event, TroubleMet) and event.request is not None)


async def got(engine: EngineThread, file: File, events: list[EngineEvent]) -> list[Outcome]:
    """Get the latest of a file by that engine: what came of it."""
    engine.start()
    try:
        engine.submit(requests.GetLatest(files=(file.id,)), {file.id: file.path})
        await until(lambda: any(map(is_answer, events)))
    finally:
        engine.stop()
    done = [event.finished for event in events if isinstance(event, RequestFinished)]
    return [result.outcome for finished in done for result in finished.results]


@pytest.mark.parametrize("bad", BAD)
async def test_one_bad_row_of_the_journal_does_not_stop_the_engine(
    anna: Client, tmp_path: Path, file: File, bad: str
) -> None:
    """SQLite finds nothing wrong with it. It is told once, for its file, and nothing of it goes."""
    journal = tmp_path / "journal.sqlite3"
    (tmp_path / "workspace").mkdir()
    open_journal(journal).close()
    change(journal, BAD[bad])
    told: list[str] = []
    for outcome in (Outcome.DONE, Outcome.UNCHANGED):
        events: list[EngineEvent] = []
        assert await got(engine_of(anna, tmp_path, events.append), file, events) == [outcome], events
        told += [event.trouble.text for event in events if isinstance(event, TroubleMet)]
    (text,) = told
    assert ("Jobs/a.nc" if "intent" in bad else "waited for f ") in text
    assert len(set_aside(journal)) == 1


def test_what_can_be_read_stays_in_its_order(tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite3"
    with closing(open_journal(journal)) as opened:
        opened.put_hold(Hold(file="b", vault="v", path="Jobs/b.nc", token=1), epoch="e")
        for key in ("k1", "k2", "k3"):
            opened.begin(Intent(key=key, kind=Kind.UNDO, file=key, path=key, fields={"token": 1}))
        opened.put_waiting(one("a", None), one("b", None), one("c", None))
    change(journal, "UPDATE intents SET fields = '{' WHERE key = 'k2'")
    change(journal, "UPDATE waiting SET fields = '{' WHERE file = 'b'")
    with closing(open_journal(journal)) as opened:
        assert [each.key for each in opened.unfinished()] == ["k1", "k3"]
        assert [each.file for each in opened.waiting()] == ["a", "c"]
        assert [each.path for each in opened.aside] == ["k2", "Jobs/b.nc"]
        assert {each.stand for each in opened.waiting()} == {Stand.WAITS}, "they are of no set"
    assert set_aside(journal) == [("intents", "{"), ("waiting", "{")]


@pytest.mark.parametrize(
    ("cut", "needy"),
    [('"of_set":"s1"', {"b"}), ('"base"', {"b", "c"}), ('"of_set":null', set())],
    ids=["after its set", "before its set", "of no set"],
)
def test_a_set_of_which_one_cannot_be_read_does_not_go_as_less(tmp_path: Path, cut: str, needy: set[str]) -> None:
    """N15. Where it cannot be seen of which set it was, each set that waits asks its person."""
    journal = tmp_path / "journal.sqlite3"
    with closing(open_journal(journal)) as opened:
        opened.put_waiting(one("a", None if "null" in cut else "s1"), one("b", "s1"), one("c", "s2"), one("d", None))
    with closing(sqlite3.connect(journal)) as raw:
        (fields,) = raw.execute("SELECT fields FROM waiting WHERE file = 'a'").fetchone()
    assert cut in fields
    change(journal, "UPDATE waiting SET fields = ? WHERE file = 'a'", fields[: fields.index(cut) + len(cut)])
    for _ in range(2):
        with closing(open_journal(journal)) as opened:
            assert {each.file for each in opened.waiting() if each.stand is Stand.NEEDS_YOU} == needy
