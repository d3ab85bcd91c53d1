"""The store is the fold of the events: whatever comes how often, it shows what a fresh snapshot would."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdm_desktop.core.badges import Badge
from pdm_desktop.core.fold import Numbered, folded, moved_path
from pdm_desktop.core.issues import Conflict, ParkedNeed, WaitingNeed
from pdm_desktop.core.link import Step
from pdm_desktop.core.results import Trouble
from pdm_desktop.state import changes
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.state.changes import Change
from pdm_desktop.state.listing import Kind, View
from pdm_desktop.state.locks import HeldFile
from pdm_desktop.state.snapshot import Snapshot
from pdm_desktop.state.store import Store
from server.protocol import calls
from server.protocol.events import (
    FileAdded,
    FileDeleted,
    FileLocked,
    FileMoved,
    FileRestored,
    FileUnlocked,
    FileUpdated,
    FolderMoved,
    VaultEvent,
)
from server.protocol.vault import File
from tests.support import sample
from tests.support.facts import NOW, copy, file, lock, locked, revision, unlocked
from tests.support.one_row import ME, new_store, with_one_row

FOLDERS = ("", "a", "a/b", "a/b/c", "d")
PEOPLE = (("Anna Novak", "seat-2"), ("Anna Novak", "seat-9"), ("Tomas Ruiz", "seat-7"))


class Truth:
    """A vault as the server would have it, and the events that led there."""

    def __init__(self, chance: random.Random) -> None:
        self.files: dict[str, File] = {}
        self.events: list[Numbered] = []
        self._chance = chance
        self._token = 0

    def step(self) -> None:
        """Something happens."""
        event = self._event()
        if event is None:
            return
        self.events.append(Numbered(vault="v", seq=len(self.events) + 1, event=event))
        known = set(self.files) | ({event.file.id} if isinstance(event, FileAdded | FileRestored) else set())
        after = {each: folded(self.files.get(each), event) for each in known}
        self.files = {each: then for each, then in after.items() if then is not None}

    def counts(self) -> dict[str, int]:
        """How many files are directly in each folder."""
        return Counter(each.folder for each in self.files.values())

    def snapshot(self) -> Snapshot:
        """What the server would answer now."""
        held = [HeldFile(vault="v", file=f.id, path=f.path, lock=f.lock) for f in self.files.values() if f.lock]
        return Snapshot(vault="v", seq=len(self.events), folders=self.counts().items(), locks=held)

    def _event(self) -> VaultEvent | None:
        free = [each for each in self.files.values() if each.lock is None]
        held = [each for each in self.files.values() if each.lock is not None]
        kind = self._chance.randrange(8)
        if kind == 0 or not self.files:
            return FileAdded(file=self._new(), by="Mei Tanaka")
        if kind == 1 and free:
            return self._locked(self._chance.choice(free))
        if kind == 2 and held:
            return self._unlocked(self._chance.choice(held))
        if kind == 3 and held:
            each = self._chance.choice(held)
            return FileUpdated(file=replace(each, head=revision(f"{each.head.major + 1}.0")), by="Mei Tanaka")
        each = self._chance.choice(list(self.files.values()))
        if kind == 4:
            path = self._path(each.id)
            return FileMoved(file=replace(each, path=path), from_=each.path, by="Mei Tanaka")
        if kind == 5 and each.lock is None:
            return FileDeleted(file=each, by="Mei Tanaka")
        if kind == 6:
            return FileRestored(file=self._new(), by="Mei Tanaka")
        source = self._chance.choice([each for each in FOLDERS if each])
        target = self._chance.choice(["e", "d", f"f{len(self.events)}"])
        inside = any(moved_path(each.path, FolderMoved(from_=source, to="", by="")) for each in self.files.values())
        if kind == 7 and inside and source != target:
            return FolderMoved(from_=source, to=target, by="Mei Tanaka")
        return None

    def _new(self) -> File:
        id_ = f"f{len(self.events)}"
        return file(id_, self._path(id_))

    def _path(self, id_: str) -> str:
        folder = self._chance.choice(FOLDERS)
        return f"{folder}/{id_}.nc" if folder else f"{id_}.nc"

    def _locked(self, each: File) -> FileLocked:
        self._token += 1
        person, seat = self._chance.choice(PEOPLE)
        return replace(locked(each.path, person=person, id_=each.id), seat=seat, token=self._token)

    def _unlocked(self, each: File) -> FileUnlocked:
        number = f"{each.head.major}.{each.head.minor + 1}" if self._chance.random() < 0.5 else None
        return unlocked(each.path, id_=each.id, why="checked_in" if number else "undone", number=number)


def loaded(truth: Truth) -> Store:
    store = new_store()
    store.load_vault(truth.snapshot())
    return store


def shown(store: Store, folder: str = "") -> Iterator[object]:
    """Everything that the tree shows."""
    for below in store.folders.children("v", folder):
        yield below
        yield from shown(store, below.path)


def fill(store: Store, truth: Truth, view: View) -> None:
    """Answer a listing from the truth, as the cache does."""
    answer(store, truth, view, store.begin_listing(view))


def answer(store: Store, truth: Truth, view: View, reading: int) -> None:
    me = ME.person
    files = [
        each
        for each in truth.files.values()
        if view.takes("v", each) or (view.kind is Kind.MINE and each.lock and each.lock.locked_by == me)
    ]
    store.load_listing(reading, [("v", each) for each in files], seqs={"v": len(truth.events)})


@given(seed=st.integers(0, 10**9), before=st.integers(0, 30), after=st.integers(0, 30))
def test_the_fold_of_the_events_is_a_fresh_snapshot(seed: int, before: int, after: int) -> None:
    chance = random.Random(seed)
    truth = Truth(chance)
    for _ in range(before):
        truth.step()
    store = loaded(truth)
    for _ in range(after):
        truth.step()
    for each in replayed(truth.events, chance):
        store.apply_event("v", each.seq, each.event)
    fresh = loaded(truth)
    assert store.seq_of("v") == len(truth.events)
    assert list(shown(store)) == list(shown(fresh))
    assert store.folders.get("v", "") == fresh.folders.get("v", "")
    assert store.locks.of_vault("v") == fresh.locks.of_vault("v")
    assert dict(store.folders.direct_files("v")) == truth.counts()


@given(
    seed=st.integers(0, 10**9),
    before=st.integers(0, 30),
    during=st.integers(0, 10),
    after=st.integers(0, 30),
    again=st.booleans(),
    view=st.sampled_from(
        [View(kind=Kind.FOLDER, vault="v", folder=each) for each in FOLDERS]
        + [View(kind=Kind.SEARCH, text="1"), View(kind=Kind.MINE)]
    ),
)
def test_the_table_is_what_the_vault_has(
    seed: int, before: int, during: int, after: int, again: bool, view: View
) -> None:
    chance = random.Random(seed)
    truth = Truth(chance)
    for _ in range(before):
        truth.step()
    store = loaded(truth)
    stale: list[changes.Change] = []
    store.subscribe(lambda change: stale.append(change) if isinstance(change, changes.ListingStale) else None)
    readings = [(store.begin_listing(view), read_by(truth, store, chance.randint(0, during)))]
    if again:  # as by two clicks, or because it was stale while it was read
        readings.append((store.begin_listing(view), read_by(truth, store, chance.randint(0, during))))
    for _ in range(during):
        happen(truth, store)
    chance.shuffle(readings)
    for reading, early in readings:
        answer(store, early, view, reading)
    for _ in range(after):
        happen(truth, store)
    while stale:  # what moved while it was read is read anew
        stale.clear()
        fill(store, truth, store.listing.view)
    fresh = loaded(truth)
    fill(fresh, truth, store.listing.view)
    assert store.listing.rows == fresh.listing.rows


def happen(truth: Truth, store: Store) -> None:
    """The next event of the vault, heard at once."""
    truth.step()
    for each in truth.events[store.seq_of("v") or 0 :]:
        store.apply_event("v", each.seq, each.event)


def read_by(truth: Truth, store: Store, events: int) -> Truth:
    """So many events more, and what the cache has then."""
    for _ in range(events):
        happen(truth, store)
    early = Truth(random.Random(0))
    early.files, early.events = dict(truth.files), list(truth.events)
    return early


def replayed(events: list[Numbered], chance: random.Random) -> Iterator[Numbered]:
    """The events in order, with pieces of what was before said again."""
    for place, event in enumerate(events):
        yield event
        if chance.random() < 0.2:
            yield from events[max(0, place - 3) : place + 1]


def test_a_gap_changes_nothing() -> None:
    truth = Truth(random.Random(1))
    truth.step()
    store = loaded(truth)
    assert store.apply_event("v", 3, locked()) is Step.GAP
    assert store.apply_event("unknown", 1, locked()) is Step.GAP
    assert store.seq_of("v") == 1
    assert len(store.locks) == 0


def test_a_lock_changes_one_row_and_the_counts_above_it() -> None:
    store = with_one_row()
    told: list[changes.Change] = []
    store.subscribe(told.append)
    store.apply_event("v", 1, locked())
    assert told == [
        changes.FolderCountsChanged(vault="v", folders=frozenset({"Jobs", ""})),
        changes.LocksChanged(files=frozenset({"f1"})),
        changes.RowsChanged(files=frozenset({"f1"})),
    ]
    assert store.listing.rows[0].badge is Badge.OTHER


def test_badges_are_unknown_while_offline_and_come_back() -> None:
    store = with_one_row(file(held=lock()))
    store.people_are(["Tomas Ruiz"])
    assert store.listing.rows[0].online is True
    store.connect(Connection(phase=Phase.OFFLINE, since=NOW, detail="No server answers."))
    row = store.listing.rows[0]
    assert (row.badge, row.online) == (Badge.UNKNOWN, None)
    assert row.badge_words.startswith("Unknown: offline; at 14:30: Checked out by Tomas Ruiz")
    assert store.connection.in_step_until == NOW
    store.connect(Connection(phase=Phase.CATCHING_UP, since=NOW, behind=3))
    assert store.connection.in_step_until == NOW
    store.connect(Connection(phase=Phase.IN_STEP, since=NOW))
    assert store.listing.rows[0].badge is Badge.OTHER


def test_a_start_without_a_server_goes_on_from_when_the_cache_was_true() -> None:
    friday = NOW - timedelta(days=3)
    store = Store(clock=lambda: NOW)
    store.connect(Connection(phase=Phase.CONNECTING, since=NOW))
    store.sign_in(ME)
    store.was_true(friday)
    store.connect(Connection(phase=Phase.OFFLINE, since=NOW, detail="No server answers."))
    assert store.connection.in_step_until == friday
    store.sign_in(replace(ME, server_name="another name"))
    assert store.connection.in_step_until == friday
    store.sign_in(replace(ME, person="Somebody else"))
    assert store.connection.in_step_until is None, "that was of what the other one saw"


def test_what_came_while_it_caught_up_is_not_told_as_of_before() -> None:
    store = with_one_row()
    store.connect(Connection(phase=Phase.OFFLINE, since=NOW, in_step_until=NOW - timedelta(days=3)))
    store.connect(Connection(phase=Phase.CATCHING_UP, since=NOW, behind=2))
    store.apply_event("v", 1, locked())
    store.connect(Connection(phase=Phase.OFFLINE, since=NOW, detail="No server answers."))
    row = store.listing.rows[0]
    assert row.file.lock is not None
    assert (store.connection.in_step_until, row.badge_words) == (None, "Unknown: offline")


def test_a_connection_that_was_dead_for_long_says_until_when_it_was_not() -> None:
    friday = NOW - timedelta(days=3)
    store = with_one_row()
    store.connect(Connection(phase=Phase.OFFLINE, since=NOW, in_step_until=friday))
    assert store.connection.in_step_until == friday
    store.connect(Connection(phase=Phase.OFFLINE, since=NOW))
    assert store.connection.in_step_until == friday


def test_presence_changes_only_rows_of_those_people() -> None:
    store = with_one_row(file(held=lock()))
    store.people_are([])
    told: list[changes.Change] = []
    store.subscribe(told.append)
    store.people_came(["Mei Tanaka"])
    assert told == [changes.PeopleChanged()]
    store.people_came(["Tomas Ruiz"])
    assert told[-1] == changes.RowsChanged(files=frozenset({"f1"}))
    store.people_left({"Tomas Ruiz": NOW, "Nobody": NOW}, [])
    assert told[-1] == changes.RowsChanged(files=frozenset({"f1"}))
    assert [(each.name, each.away) for each in store.presence.online()] == [("Mei Tanaka", None), ("Tomas Ruiz", NOW)]
    assert store.presence.away_since("Nobody") is None
    assert store.listing.rows[0].away == NOW
    store.people_left({}, ["Tomas Ruiz"])
    assert store.listing.rows[0].away is None
    store.people_left({"Tomas Ruiz": NOW}, [])
    store.people_went(["Tomas Ruiz"])
    assert [person.name for person in store.presence.online()] == ["Mei Tanaka"]
    store.people_came(["Tomas Ruiz"])
    assert store.presence.away_since("Tomas Ruiz") is None


def test_local_copies_show_as_newer_edited_and_gone() -> None:
    store = with_one_row(file(number="2.0"))
    badges = []
    for local in (copy((1, 0)), copy((2, 0), edited=True)):
        store.put_local("f1", local)
        badges.append(store.listing.rows[0].badge)
    store.load_local({})
    badges.append(store.listing.rows[0].badge)
    assert badges == [Badge.NEWER, Badge.EDITED, Badge.FREE]


@pytest.mark.parametrize(
    ("seat", "badge"), [(ME.seat, Badge.FREE), ("another", Badge.CONFLICT)], ids=["from here", "from another seat"]
)
def test_a_check_in_from_here_is_no_second_version(seat: str, badge: Badge) -> None:
    store = with_one_row()
    store.apply_event("v", 1, replace(locked(person=str(ME.person)), seat=seat))
    store.put_local("f1", copy((1, 0), edited=True))
    store.apply_event("v", 2, unlocked(why="checked_in", number="1.1"))
    assert store.listing.rows[0].badge is badge
    # The workspace has the last word: it was saved again meanwhile.
    store.put_local("f1", copy((1, 1), edited=True))
    assert store.listing.rows[0].badge is Badge.EDITED


def test_a_check_in_from_here_that_keeps_the_file_is_no_second_version() -> None:
    store = with_one_row()
    store.apply_event("v", 1, replace(locked(person=str(ME.person)), seat=str(ME.seat)))
    store.put_local("f1", copy((1, 0), edited=True))
    store.apply_event("v", 2, FileUpdated(file=replace(store.listing.rows[0].file, head=revision("1.1")), by="me"))
    assert store.listing.rows[0].badge is Badge.MINE


def test_another_person_sees_nothing_of_the_one_before() -> None:
    store = with_one_row()
    store.sign_in(replace(ME, administrator=True))
    assert len(store.listing.rows) == 1
    store.sign_in(replace(ME, person="Tomas Ruiz"))
    assert store.listing.rows == []
    assert store.vaults == {}
    store.sign_out("Your sign-in has ended.")
    assert store.account is None
    assert store.connection.detail == "Your sign-in has ended."


def test_a_vault_that_may_not_be_read_any_more_disappears() -> None:
    store = with_one_row(file(held=lock()))
    store.load_vaults([])
    assert store.listing.rows == []
    assert len(store.locks) == 0
    assert store.seq_of("v") is None


def test_answers_of_an_older_view_are_not_shown() -> None:
    store = new_store()
    first, second = View(kind=Kind.SEARCH, text="a"), View(kind=Kind.SEARCH, text="b")
    reading_of_first = store.begin_listing(first)
    reading_of_second = store.begin_listing(second)
    assert not store.load_listing(reading_of_first, [("v", file())], seqs={})
    assert store.listing.loading
    assert store.load_listing(reading_of_second, [], seqs={}, cut_at=500)
    assert (store.listing.rows, store.listing.cut_at) == ([], 500)


def test_a_read_history_grows_with_check_ins() -> None:
    store = with_one_row()
    store.begin_history("f1", more=False)
    store.load_history(calls.History(file="f1", revisions=[revision("1.0")], total=3, cursor="x"), more=False)
    store.load_history(calls.History(file="f1", revisions=[revision("0.9")], total=3), more=True)
    store.apply_event("v", 1, unlocked(why="checked_in", number="1.1"))
    history = store.history["f1"]
    assert [each.number for each in history.revisions] == ["1.1", "1.0", "0.9"]
    assert (history.total, history.cursor, history.loading) == (4, None, False)


def test_notices_results_and_troubles_are_remembered() -> None:
    store = new_store()
    trouble = Trouble(title="T", text="t")
    store.raise_trouble(trouble)
    assert [entry.what for entry in store.activity.entries()] == [trouble]
    assert store.activity.entries()[0].at == NOW


def test_words_follow_the_day() -> None:
    days = [NOW]
    store = Store(clock=lambda: days[-1])
    store.sign_in(ME)
    store.connect(Connection(phase=Phase.IN_STEP, since=NOW))
    view = View(kind=Kind.SEARCH, text="")
    reading = store.begin_listing(view)
    store.load_listing(reading, [("v", file(held=lock()))], seqs={})
    assert "since 10:16" in store.listing.rows[0].badge_words
    days.append(datetime(2026, 6, 19, 0, 1, tzinfo=UTC))
    store.reword()
    assert "since Yesterday 08:16" in store.listing.rows[0].badge_words


def test_what_needs_the_person_is_gathered_from_workspace_queue_and_parked_versions() -> None:
    store, told = sample.store(), list[Change]()
    store.subscribe(told.append)
    store.load_issues([sample.CONFLICT])
    store.load_queue(sample.QUEUE)
    store.load_parked(sample.PARKED[:1])
    kinds = [type(each) for each in store.issues.all]
    assert kinds == [WaitingNeed, Conflict, ParkedNeed]
    assert store.issues.versions_of(sample.CONFLICT.file) == sample.CONFLICT, "the refused check-in is of the same file"
    assert told.count(changes.IssuesChanged()) == 3
    store.load_queue(sample.QUEUE[1:])
    assert told.count(changes.IssuesChanged()) == 3, "nothing else needs anybody"
    store.load_queue(sample.QUEUE[:2])
    store.load_issues([])
    assert [type(each) for each in store.issues.all] == [ParkedNeed]


def test_what_was_known_to_need_the_person_stays_while_offline_and_goes_with_the_sign_out() -> None:
    store = sample.store()
    store.load_queue(sample.QUEUE)
    store.load_parked(sample.PARKED)
    store.connect(Connection(phase=Phase.OFFLINE, since=sample.NOW))
    assert len(store.issues) == 5
    store.sign_out()
    assert (store.issues.all, store.queue, store.parked) == ((), (), ())
