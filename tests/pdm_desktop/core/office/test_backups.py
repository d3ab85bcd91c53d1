"""Backups in the words of the window."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pdm_desktop.core.office import backups
from server.protocol.calls import BackupEntry, BackupRun
from tests.support.sample import NOW
from tests.support.sample_keeping import BACKUPS


def made(**ago: float) -> BackupEntry:
    return BackupEntry(folder="E:/b", at=NOW - timedelta(**ago), contents=1)


@pytest.mark.parametrize(
    ("known", "due"),
    [
        ([], True), ([BackupEntry(folder="E:/b")], True), ([made(days=2)], False), ([made(days=2, minutes=1)], True),
        ([made(minutes=-59), made(days=9)], False), ([made(days=-365), made(days=9)], True),
        ([made(days=-365), made(days=1)], False),
    ],
    ids=["none", "not finished", "two days", "older", "by a clock that differs", "ahead", "ahead, and another"],
)  # fmt: skip
def test_a_backup_is_due_after_two_days(known: list[BackupEntry], due: bool) -> None:
    assert backups.is_due(replace(BACKUPS, backups=known), NOW) is due


def test_the_newest_is_the_first_that_is_made() -> None:
    last = made(hours=1)
    assert backups.newest(replace(BACKUPS, backups=[BackupEntry(folder="E:/c"), last, made(hours=9)])) == last


@pytest.mark.parametrize(
    ("entry", "running", "said"),
    [
        (BackupEntry(folder="E:/b"), True, "Being made"),
        (BackupEntry(folder="E:/b"), False, "Not finished"),
        (made(hours=1), False, "Whole"),
        (replace(made(hours=1), lacks=1), False, "Lacks 1 content"),
    ],
    ids=["now", "left", "whole", "lacks"],
)
def test_each_state_has_its_words(entry: BackupEntry, running: bool, said: str) -> None:
    assert backups.state_of(entry, is_running=running) == said


def test_progress_is_told_once_there_is_some() -> None:
    run = BackupRun(begun=NOW, by="Olga Lind", done=1_500, of=3_000)
    assert backups.progress_words(run) == "Olga Lind began a backup: 1,500 of 3,000 contents."
    assert backups.share(run) == 0.5
    assert "database" in backups.progress_words(replace(run, of=0))
    assert backups.share(replace(run, of=0)) == 0.0


def test_what_comes_next_is_said() -> None:
    known = replace(BACKUPS, next=NOW + timedelta(hours=1), kept=7)
    assert backups.next_words(known, NOW) == "The next one begins by itself at 11:42. The newest 7 backups stay."
    assert backups.next_words(replace(known, next=None, kept=1), NOW).startswith("The server begins none by itself.")


def test_the_command_names_both_folders() -> None:
    assert backups.restore_command(BACKUPS, BACKUPS.backups[1]) == (
        'pdm-server restore "E:/PDM backups/backup-2026-11-25T190000Z" --data "D:/pdm-data"'
    )
