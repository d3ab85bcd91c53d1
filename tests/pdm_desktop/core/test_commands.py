"""Which command is possible, and if not, why."""

from dataclasses import replace

import pytest

from pdm_desktop.core.badges import Reader
from pdm_desktop.core.commands import Chosen, Command, possible, why_not
from pdm_desktop.core.copies import LocalCopy
from server.protocol.vault import Lock, Role
from tests.support.facts import copy, lock, revision

ME = Reader(person="Anna Novak", seat="seat-2")
MINE = lock("Anna Novak", seat="seat-2")


def chosen(held: Lock | None = None, local: LocalCopy | None = None, role: Role = "editor") -> Chosen:
    return Chosen(name="plate.nc", head=revision("2.0"), lock=held, local=local, role=role)


@pytest.mark.parametrize(
    ("command", "file", "reason"),
    [
        (Command.CHECK_OUT, chosen(), None),
        (Command.CHECK_OUT, chosen(lock()), "Tomas Ruiz has it."),
        (Command.CHECK_OUT, chosen(MINE), "You have it already."),
        (Command.CHECK_OUT, chosen(lock("Anna Novak")), "You have it on CAM-07."),
        (Command.CHECK_OUT, chosen(role="reader"), "You may read this vault, not change it."),
        (Command.CHECK_IN, chosen(MINE), None),
        (Command.CHECK_IN, chosen(), "It is not checked out."),
        (Command.UNDO_CHECK_OUT, chosen(lock()), "Tomas Ruiz has it."),
        (Command.ADOPT, chosen(lock("Anna Novak")), None),
        (Command.ADOPT, chosen(MINE), "You have it here already."),
        (Command.ADOPT, chosen(lock()), "Tomas Ruiz has it."),
        (Command.GET_LATEST, chosen(), None),
        (Command.GET_LATEST, chosen(local=copy((2, 0))), "You have the newest revision."),
        (Command.GET_LATEST, chosen(local=copy((2, 0), edited=True)), None),
        (
            Command.GET_LATEST,
            chosen(MINE, local=copy((2, 0), edited=True)),
            "You have it checked out; get latest never touches your work.",
        ),
        (Command.GET_LATEST, chosen(MINE), None),
        (Command.GET_LATEST, chosen(MINE, local=copy((2, 0))), None),
        (Command.GET_LATEST, chosen(MINE, local=replace(copy((2, 0), edited=True), missing=True)), None),
        (Command.RENAME, chosen(lock()), "Tomas Ruiz has it."),
        (Command.DELETE, chosen(MINE), None),
        (Command.SHOW_IN_FOLDER, chosen(), "It is not on this computer yet. Get latest brings it."),
        (Command.OPEN, chosen(lock(), role="reader"), None),
    ],
)
def test_a_reason_or_none(command: Command, file: Chosen, reason: str | None) -> None:
    assert why_not(command, [file], reader=ME, known=True) == reason


def test_offline_what_is_here_can_be_opened_and_what_is_mine_waits_to_be_checked_in() -> None:
    for command in Command:
        here = why_not(command, [chosen(MINE, copy((2, 0)))], reader=ME, known=False)
        assert (here is None) is (command in (Command.OPEN, Command.SHOW_IN_FOLDER, Command.CHECK_IN))
    assert why_not(Command.OPEN, [chosen()], reader=ME, known=False) is not None


def test_one_possible_file_makes_a_command_possible() -> None:
    files = [chosen(lock()), chosen()]
    assert why_not(Command.CHECK_OUT, files, reader=ME, known=True) is None
    assert possible(Command.CHECK_OUT, files, reader=ME, known=True) == [files[1]]
    assert why_not(Command.RENAME, files, reader=ME, known=True) == "Select just one file."
    assert why_not(Command.CHECK_OUT, [], reader=ME, known=True) == "Select a file first."
