"""Changes of the workspace are heard of soon; without anybody who tells of them the engine looks again by itself."""

import asyncio
import logging
import os
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from pathlib import Path
from typing import cast

import pytest

from pdm_desktop.core.recovery import Retention
from pdm_desktop.sync.engine import Engine
from pdm_desktop.sync.rounds import MANY, Rounds
from pdm_desktop.sync.watch import NotWatched, SystemWatch, Watch, places_of
from tests.support.sim import InstantLoop
from tests.support.windows_programs import IN_WINE

HOUR = 3600.0


# The operating system's own watch


async def heard(root: Path, act: Callable[[], object], *, of: str) -> set[str]:
    """Do something while the workspace is watched; everything told until one place is."""
    told: set[str] = set()
    async with asyncio.timeout(20), aclosing(SystemWatch().changes(root)) as changes:
        assert await anext(changes) == frozenset(), "first it says that it watches"
        act()
        async for places in changes:
            told |= places
            if of in told:
                break
    return told


@pytest.mark.skipif(IN_WINE, reason="Wine 8 tells nothing of folders that lie deeper, but of those made meanwhile")
async def test_a_save_is_told_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "Production" / "Jobs").mkdir(parents=True)
    file = tmp_path / "Production" / "Jobs" / "a.nc"
    file.write_bytes(b"G0\n")
    told = await heard(tmp_path, lambda: file.write_bytes(b"G1\n"), of="Production/Jobs/a.nc")
    assert told == {"Production/Jobs/a.nc"}


async def test_a_new_folder_is_watched_too_and_a_renamed_one_told_twice(tmp_path: Path) -> None:
    def act() -> None:
        (tmp_path / "old").rename(tmp_path / "new")

    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "a.nc").write_bytes(b"G0\n")
    assert {"old", "new"} <= await heard(tmp_path, act, of="new")


async def test_what_the_program_keeps_for_itself_is_not_told(tmp_path: Path) -> None:
    own = tmp_path / ".pdm-desktop" / "unfinished"
    own.mkdir(parents=True)

    def act() -> None:
        (own / "part").write_bytes(b"G0\n")
        (tmp_path / "a.nc").write_bytes(b"G0\n")

    assert await heard(tmp_path, act, of="a.nc") == {"a.nc"}


async def test_a_workspace_that_goes_away_ends_the_watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Windows tells nothing of it: it is seen at the next look.
    monkeypatch.setattr("pdm_desktop.sync.watch.SURE_EVERY_MS", 500)
    root = tmp_path / "workspace"
    root.mkdir()
    with pytest.raises(NotWatched):
        await heard(root, lambda: root.rename(tmp_path / "away"), of="nothing of the kind")


async def test_what_cannot_be_watched_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotWatched):
        await heard(tmp_path / "nowhere", lambda: None, of="anything")


class Panic(BaseException):
    """As pyo3 raises one of Rust: no Exception."""


@pytest.mark.parametrize("error", [Panic("index out of bounds"), RuntimeError("Already borrowed"), OSError("it ended")])
@pytest.mark.parametrize("begins", [True, False])
async def test_whatever_breaks_in_the_library_ends_the_watch_with_its_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, *, begins: bool
) -> None:
    class Breaking:
        def __init__(self, *_options: object) -> None:
            if not begins:
                raise error

        def watch(self, *_times: object) -> None:
            raise error

    monkeypatch.setattr("pdm_desktop.sync.watch.RustNotify", Breaking)
    with pytest.raises(BaseException, match=str(error)) as met:
        await heard(tmp_path, lambda: None, of="anything")
    assert met.type is NotWatched


def test_places_are_relative_and_of_this_workspace_alone(tmp_path: Path) -> None:
    inside, beside = os.path.join(tmp_path, "Production", "a.nc"), f"{tmp_path}-other"  # noqa: PTH118 - as it is told
    assert places_of({(1, inside), (2, str(tmp_path)), (3, beside)}, tmp_path) == {"Production/a.nc", ""}


def test_a_workspace_may_be_a_whole_drive() -> None:
    """Its name ends with a separator, as that of the root does here."""
    root = Path(Path.cwd().anchor)
    changes = {(2, str(root / "Production" / "a.nc")), (2, str(root / ".pdm-desktop" / "x")), (2, str(root))}
    assert places_of(changes, root) == {"Production/a.nc", ""}


# The rounds, in virtual time


KEPT = Retention(days=7, most_bytes=1_000_000)


class Recorded:
    """An engine that only counts what it is asked."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.places: list[frozenset[str]] = []
        self.purged: list[Retention] = []

    async def look_at_mine(self) -> None:
        self.asked["look"] += 1

    async def scan(self) -> None:
        self.asked["scan"] += 1

    async def wait_for_programs(self) -> None:
        self.asked["programs"] += 1
        await asyncio.Event().wait()

    async def look_for_workspace(self) -> None:
        """It is there."""

    async def try_again(self) -> None:
        """What waits for the server is counted by others."""

    async def purge(self, retention: Retention) -> None:
        self.purged.append(retention)

    async def changed(self, places: frozenset[str]) -> None:
        self.places.append(places)


class Told:
    """A watch that tells what it is given, and then ends with an error, ends without a word, or never."""

    def __init__(self, *told: frozenset[str], error: Exception | None = None, ends: bool = False) -> None:
        self.began = 0
        self._told = told
        self._error = error
        self._ends = ends

    async def changes(self, _root: Path) -> AsyncGenerator[frozenset[str], None]:
        self.began += 1
        for each in self._told:
            yield each
        if self._error is not None:
            raise self._error
        if self._ends:
            return
        await asyncio.wait_for(asyncio.Event().wait(), 24 * HOUR)  # the simulated loop wants an end of all waiting


class Lasting(Recorded):
    """One whose looks bring content that is on its way for a day."""

    async def look_at_mine(self) -> None:
        await super().look_at_mine()
        await asyncio.wait_for(asyncio.Event().wait(), 24 * HOUR)

    async def look_for_workspace(self) -> None:
        await asyncio.wait_for(asyncio.Event().wait(), 24 * HOUR)


def after(seconds: float, watch: Watch, engine: Recorded | None = None) -> Recorded:
    """What the engine was asked in so many seconds of rounds."""
    engine = engine or Recorded()

    async def guard(work: Callable[[Engine], Awaitable[None]]) -> None:
        await work(cast("Engine", engine))

    async def run() -> None:
        rounds = Rounds(cast("Engine", engine), watch, Path("/workspace"), retention=KEPT, guard=guard)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await rounds.run()

    with asyncio.Runner(loop_factory=InstantLoop) as runner:
        runner.run(run())
    return engine


def test_changes_are_looked_at_where_they_are_and_nowhere_else() -> None:
    engine = after(1.5, Told(frozenset(), frozenset({"Production/a.nc"}), frozenset({"Production/b.nc"})))
    assert engine.places == [{"Production/a.nc"}, {"Production/b.nc"}]
    assert engine.asked == {"scan": 1, "programs": 1}, "one walk when watching begins"


def test_a_storm_is_one_walk() -> None:
    many = frozenset(f"Production/{number}.nc" for number in range(MANY + 1))
    engine = after(2.5, Told(frozenset(), many))
    assert engine.places == []
    assert engine.asked["scan"] == 2


def test_idle_and_watched_is_a_walk_in_five_minutes() -> None:
    engine = after(HOUR + 1, Told(frozenset()))
    assert engine.asked == {"scan": 1 + 12, "look": 120, "programs": 1}


def test_a_look_that_brings_content_for_hours_keeps_no_walk() -> None:
    engine = after(HOUR + 1, Told(frozenset()), Lasting())
    assert engine.asked == {"scan": 1 + 12, "look": 120, "programs": 1}


def test_every_six_hours_the_recovery_store_is_looked_through() -> None:
    assert after(13 * HOUR, Told(frozenset())).purged == [KEPT, KEPT]


def test_without_a_watch_the_engine_looks_as_often_as_before_and_asks_again() -> None:
    watch = Told(error=NotWatched("the limit of watches is reached"))
    engine = after(HOUR + 1, watch)
    assert engine.asked["look"] == 720
    assert 60 <= engine.asked["scan"] <= 121
    assert watch.began == 61


def test_a_watch_that_ends_is_followed_by_a_walk() -> None:
    assert after(2.5, Told(frozenset(), error=NotWatched("it may have lost something"))).asked["scan"] == 2


def rounds_of(seconds: float, watch: Watch) -> Recorded:
    """The same; rounds that end by an error are a failure of the test."""
    try:
        return after(seconds, watch)
    except ExceptionGroup as broken:
        pytest.fail(f"the rounds have ended: {broken.exceptions}")


def test_an_error_that_nobody_foresaw_in_watching_is_said_and_it_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watch = Told(frozenset(), error=RuntimeError("a fault of the library"))
    with caplog.at_level(logging.INFO, "pdm_desktop"):
        engine = rounds_of(HOUR + 1, watch)
    assert watch.began == 60
    assert engine.asked["scan"] >= 2 * 60, "a walk when watching begins, and one when it ends"
    said = [each.getMessage() for each in caplog.records if each.getMessage().startswith("not watched")]
    assert said[0].endswith('why="RuntimeError: a fault of the library"')
    assert sum(each.exc_info is not None for each in caplog.records) == 1, "and once where it broke"


def test_a_watch_that_ends_without_a_word_is_no_watch_and_tried_again() -> None:
    watch = Told(frozenset(), ends=True)
    engine = rounds_of(HOUR + 1, watch)
    assert watch.began == 60
    assert engine.asked["look"] > 360, "what is checked out here is looked at as often as without a watch"
