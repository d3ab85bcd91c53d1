"""What the tab Locks says of each check-out, which ones are seen, and what is promised when one is taken away."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pdm_desktop.core.office.locks import (
    CSV_HEAD,
    ForceRelease,
    Narrowing,
    csv_row,
    folder_words,
    holder_words,
    mine_to_administer,
    waiters_of,
    where_the_work_is,
)
from server.protocol.calls import LockEntry
from server.protocol.vault import Vault
from tests.support.sample import NOW
from tests.support.sample_locks import LINES, LOCKS, ago

STAYS_ON = "Jan’s edits stay on CAM-03, last seen Mon 15:42. When CAM-03 is online again they are parked on the server"
JANS, _, _, MEIS, LUCAS = LOCKS.locks[:5]
VAULTS = {
    "production": Vault(id="production", name="Production", role="administrator", seq=1),
    "fixtures": Vault(id="fixtures", name="Fixtures", role="editor", seq=1),
    "tools": Vault(id="tools", name="Tool library", role="reader", seq=1),
}


def test_only_locks_of_vaults_that_i_administer_are_seen() -> None:
    assert {each.vault for each in mine_to_administer(LOCKS.locks, VAULTS)} == {"production"}
    readers: dict[str, Vault] = {each: replace(vault, role="reader") for each, vault in VAULTS.items()}
    assert mine_to_administer(LOCKS.locks, readers) == []


@pytest.mark.parametrize(
    ("narrowing", "computers"),
    [
        (Narrowing(), 11),
        (Narrowing(vault="tools"), 1),
        (Narrowing(older=timedelta(days=2)), 2),
        (Narrowing(older=timedelta(hours=8)), 4),
        (Narrowing(offline=True), 2),
        (Narrowing(vault="production", offline=True, older=timedelta(days=2)), 1),
    ],
    ids=["all", "a vault", "two days", "eight hours", "offline", "together"],
)
def test_the_list_is_narrowed(narrowing: Narrowing, computers: int) -> None:
    assert len([each for each in LOCKS.locks if narrowing.takes(each, NOW)]) == computers


def test_a_folder_begins_with_its_vault() -> None:
    assert folder_words(JANS.vault, JANS.path, VAULTS) == "Production › Hydraulics"
    assert folder_words(MEIS.vault, MEIS.path, VAULTS) == "Tool library"


def test_the_holder_is_said_with_computer_age_and_presence() -> None:
    assert holder_words(JANS, NOW) == "Jan Kowalski on CAM-03, since Mon 08:42 (3 d 2 h), offline for 2 d 19 h"
    assert holder_words(MEIS, NOW) == "Mei Tanaka on CAM-01, since yesterday 12:42 (22 h), online"


@pytest.mark.parametrize(
    ("entry", "to", "said"),
    [
        (JANS, None, f"{STAYS_ON} and offered to Jan."),
        (JANS, "Anna Novak", f"{STAYS_ON} and offered to Jan and Anna."),
        (MEIS, None, "What Mei has saved on CAM-01 is parked on the server now and offered to Mei."),
        (
            replace(JANS, last_contact=None),
            None,
            f"{STAYS_ON.replace(', last seen Mon 15:42', '')} and offered to Jan.",
        ),
    ],
    ids=["away", "away, to somebody", "online", "never seen"],
)
def test_it_is_said_where_the_bytes_are(entry: LockEntry, to: str | None, said: str) -> None:
    assert where_the_work_is(entry, NOW, to=to) == said


def test_who_waits_is_found_by_file() -> None:
    assert [each.person for each in waiters_of(LINES.lines, MEIS.file)] == ["Luca Ferri", "Priya Shah"]
    assert waiters_of(LINES.lines, LUCAS.file) == ()


def test_what_is_done_is_said_with_the_names() -> None:
    wish = ForceRelease(
        file=JANS.file, path=JANS.path, holder="Jan Kowalski", token=7, reason="needed for the setup"
    )  # fmt: skip
    assert wish.done == "2210-fixture-plate.sldprt is free. Jan Kowalski is told why, and keeps what was saved."
    assert replace(wish, give_to="Anna Novak").done.startswith("Anna Novak has 2210-fixture-plate.sldprt now.")


def test_a_row_of_the_table_has_exact_times() -> None:
    row = dict(zip(CSV_HEAD, csv_row(replace(LUCAS, edited=ago(minutes=2)), VAULTS, NOW), strict=True))
    assert row == {
        "File": "4502-housing-op20.mcam",
        "Folder": "Production › Aerospace",
        "Holder": "Luca Ferri",
        "Presence": "online",
        "Computer": "CAM-06",
        "Checked out": "2026-11-26T06:52:00+01:00",
        "Why": "",
        "Age in hours": "3.8",
        "Edited": "2026-11-26T10:40:00+01:00",
        "Waiting": "0",
    }
