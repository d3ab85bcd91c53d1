"""The planner, case by case. Its laws over worlds made at random are T1 of the test program (tests/never_lost)."""

from dataclasses import replace

import pytest

from pdm_desktop.core import actions
from pdm_desktop.core.actions import Suspicion
from pdm_desktop.core.planner import plan
from pdm_desktop.core.trees import InJournal, InTheWay, InVault, OnDisk, Tombstone, Views

OLD, HEAD = (1, 0), (1, 1)
CLEAN = OnDisk(size=100, mtime_ns=1_000, writable=False)
READ = replace(CLEAN, hash="old")
KNOWN = InJournal(place="p/1.nc", revision=OLD, hash="old", size=100, mtime_ns=1_000)
SAME = InVault(place="p/1.nc", revision=OLD, hash="old")
NEWER = InVault(place="p/1.nc", revision=HEAD, hash="head")
WORK = replace(CLEAN, mtime_ns=2_000, size=120, hash="work")
LOST = replace(KNOWN, lost=6)


def views(vault: InVault | Tombstone | None, disk: OnDisk | None, journal: InJournal | None = KNOWN) -> Views:
    return Views(vault=vault, disk=disk, journal=journal)


@pytest.mark.parametrize(
    ("seen", "action"),
    [
        (views(SAME, CLEAN), None),
        (views(SAME, replace(CLEAN, writable=True)), actions.SetWritable(yes=False)),
        (views(replace(SAME, token=7), CLEAN, replace(KNOWN, token=7)), actions.SetWritable(yes=True)),
        (views(SAME, replace(CLEAN, mtime_ns=2_000)), actions.Read()),
        (views(SAME, replace(READ, mtime_ns=2_000)), actions.Remember()),
        (views(NEWER, CLEAN), actions.Read()),
        (views(NEWER, READ), actions.Fetch()),
        (views(NEWER, replace(READ, is_open=True)), None),
        (views(NEWER, WORK), None),
        (views(NEWER, replace(WORK, hash="head")), actions.Recognise()),
        (views(replace(SAME, place="q/1.nc"), CLEAN), actions.Move("q/1.nc")),
        (views(replace(SAME, place="q/1.nc"), WORK), None),
        (views(Tombstone(by="Anna"), CLEAN), actions.Read()),
        (views(Tombstone(by="Anna"), READ), actions.PutAside("Anna")),
        (views(Tombstone(by="Anna"), WORK), None),
        (views(Tombstone(by="Anna"), None), actions.Forget()),
        (views(Tombstone(by="Anna"), WORK, replace(KNOWN, token=7)), actions.LetGo()),
        (views(SAME, None), None),
        (views(None, None), None),
        (views(None, READ), None),
        (views(replace(SAME, token=8), CLEAN, replace(KNOWN, token=7)), actions.LetGo()),
        (views(SAME, WORK, replace(KNOWN, token=7)), actions.LetGo()),
        (views(SAME, WORK, LOST), actions.Park()),
        (views(NEWER, WORK, LOST), actions.Park()),
        (views(Tombstone(by="Anna"), WORK, LOST), actions.Park()),
        (views(SAME, replace(WORK, writable=True), LOST), actions.SetWritable(yes=False)),
        (views(NEWER, replace(WORK, hash="head"), LOST), actions.Recognise()),
        (views(SAME, READ, LOST), actions.LeaveNothing()),
        (views(SAME, None, LOST), None),
        (views(None, WORK, LOST), None),
        (views(replace(SAME, token=7), replace(WORK, writable=True), replace(LOST, token=7)), None),
        (views(SAME, replace(WORK, size=0, hash="empty"), LOST), actions.Ask(Suspicion.EMPTY)),
        (replace(views(SAME, WORK, LOST), after_crash=True), actions.Park()),
        (replace(views(SAME, WORK, LOST), is_busy=True), None),
        (views(SAME, replace(WORK, size=0, hash="empty")), actions.Ask(Suspicion.EMPTY)),
        (views(SAME, replace(WORK, mtime_ns=1_000)), actions.Ask(Suspicion.SAME_TIME)),
        (replace(views(SAME, WORK), after_crash=True), actions.Ask(Suspicion.AFTER_CRASH)),
        (replace(views(NEWER, READ), is_busy=True), None),
        (views(NEWER, READ, None), None),
    ],
)
def test_each_case(seen: Views, action: actions.Action | None) -> None:
    assert plan(seen) == action


@pytest.mark.parametrize(
    ("way", "aside", "action"),
    [
        (InTheWay.NOTHING, False, actions.Move("q/1.nc")),
        (InTheWay.NOTHING, True, actions.Move("q/1.nc")),
        (InTheWay.LEAVES, False, actions.StepAside()),
        (InTheWay.LEAVES, True, None),
        (InTheWay.STAYS, False, None),
    ],
)
def test_what_is_in_the_way(way: InTheWay, *, aside: bool, action: actions.Action | None) -> None:
    seen = Views(vault=replace(SAME, place="q/1.nc"), disk=CLEAN, journal=KNOWN, in_the_way=way, is_aside=aside)
    assert plan(seen) == action
