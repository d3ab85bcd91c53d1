"""What is said of a folder for local copies."""

import pytest

from pdm_desktop.core.places import Settled, bad_words, full_words, good_words


@pytest.mark.parametrize(
    ("free", "room"),
    [
        pytest.param(412 * 10**9, "412 GB", id="whole gigabytes"),
        pytest.param(412 * 10**9 + 999_999_999, "412 GB", id="never more than there is"),
        pytest.param(4_250_000_000, "4.2 GB", id="few"),
        pytest.param(1_234 * 10**9, "1.2 TB", id="terabytes"),
    ],
)
def test_a_good_folder_is_told_with_its_room(free: int, room: str) -> None:
    assert good_words(free) == f"{room} free; not inside OneDrive: good"


def test_a_full_one_is_told_with_what_is_needed() -> None:
    assert full_words(48_200_000) == "Only 48.2 MB are free there; your files need 1 GB at least."


def test_what_to_do_goes_by_who_has_settled_it() -> None:
    said = {each: bad_words("It is a file.", each) for each in Settled}
    assert said[Settled.FREE] == "It is a file. Choose another one."
    assert said[Settled.FIXED] == "It is a file. Tell your administrator, who has fixed this folder."
    assert len(set(said.values())) == len(Settled)
