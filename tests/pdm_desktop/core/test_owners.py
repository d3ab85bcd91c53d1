"""Which folder is whose where several people use one computer."""

from dataclasses import replace
from pathlib import PurePath

import pytest

from pdm_desktop.core.owners import Choice, Owner, Seen, choose

PDM = PurePath("files", "PDM")
ANNA = Owner(server="a", address="https://a", person="Anna Novak")
TOMAS = replace(ANNA, person="Tomas")


def beside(mark: str) -> PurePath:
    return PDM.with_name(f"PDM ({mark})")


class Computer:
    """Folders, and whose they are."""

    def __init__(self, owners: dict[PurePath, Owner | None]) -> None:
        self._owners = owners

    def choice(self, who: Owner, *, wanted: PurePath = PDM, others: tuple[PurePath, ...] = ()) -> Choice:
        return choose(wanted, others, beside=PDM, who=who, see=self._see)

    def _see(self, folder: PurePath) -> Seen:
        return Seen(owner=self._owners.get(folder), is_used=folder in self._owners)


@pytest.mark.parametrize("owners", [{}, {PDM: None}, {PDM: ANNA}], ids=["new", "without a mark", "hers"])
def test_what_is_nobody_elses_is_used(owners: dict[PurePath, Owner | None]) -> None:
    assert Computer(owners).choice(ANNA) == Choice(folder=PDM)


def test_somebody_else_gets_a_folder_beside_it_and_is_told() -> None:
    assert Computer({PDM: ANNA}).choice(TOMAS) == Choice(folder=beside("Tomas"), instead_of=(PDM, ANNA))


def test_a_folder_is_found_again_by_whose_it_is_and_not_by_its_name() -> None:
    computer = Computer({PDM: ANNA, beside("Tomas"): ANNA, beside("Eva"): TOMAS})
    there = (beside("Eva"), beside("Tomas"))
    assert computer.choice(TOMAS, others=there) == Choice(folder=beside("Eva"))
    assert computer.choice(ANNA, others=there) == Choice(folder=PDM)


def test_two_people_of_one_name_do_not_share() -> None:
    other = replace(TOMAS, server="b")
    computer = Computer({PDM: ANNA, beside("Tomas"): TOMAS})
    assert computer.choice(other, others=(beside("Tomas"),)).folder == beside("Tomas, 2")


def test_a_folder_with_something_in_it_that_nobody_marked_is_left_alone() -> None:
    computer = Computer({PDM: ANNA, beside("Tomas"): None})
    assert computer.choice(TOMAS, others=(beside("Tomas"),)).folder == beside("Tomas, 2")


def test_case_makes_no_other_person_of_somebody() -> None:
    shouted = replace(ANNA, person="ANNA NOVAK")
    assert Computer({PDM: ANNA}).choice(shouted) == Choice(folder=PDM)


def test_a_server_that_has_moved_is_the_same_server() -> None:
    moved = replace(ANNA, address="https://moved")
    assert Computer({PDM: ANNA}).choice(moved) == Choice(folder=PDM)
    assert Computer({PDM: TOMAS, beside("Anna Novak"): ANNA}).choice(moved, others=(beside("Anna Novak"),)) == Choice(
        folder=beside("Anna Novak")
    )


def test_the_server_is_named_where_both_are_called_the_same() -> None:
    assert ANNA.named_for(TOMAS) == "Anna Novak"
    other = Owner(server="b", address="https://b", person="Anna Novak")
    assert ANNA.named_for(other) == "Anna Novak at https://a"
    here_now = replace(other, address=ANNA.address)
    assert ANNA.named_for(here_now) == "Anna Novak at the server that was at https://a before"
