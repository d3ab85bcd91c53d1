"""What the seat remembers between two starts."""

from dataclasses import replace
from pathlib import Path

import pytest

from pdm_desktop import config
from pdm_desktop.config import Config, Person

ANNA = Person(server="a", address="https://pdm", name="Anna", seat="one", workspace="/files/PDM")


def test_what_is_saved_is_there_at_the_next_start(tmp_path: Path) -> None:
    known = Config(server="a", name="Anna", people=(ANNA,))
    config.save(tmp_path / "data", known)
    assert config.load(tmp_path / "data") == known
    config.save(tmp_path / "data", replace(known, name="Tomas"))
    assert config.load(tmp_path / "data").name == "Tomas"
    assert [each.name for each in (tmp_path / "data").iterdir()] == [config.FILE]


def test_each_person_at_each_server_is_remembered() -> None:
    others = replace(ANNA, name="Tomas", seat="two"), replace(ANNA, server="b", seat="three")
    known = Config()
    for each in (ANNA, *others):
        known = known.with_person(each)
    assert known.known_person("a", "Anna") == ANNA
    assert known.known_person("a", "Tomas") == others[0]
    assert known.known_person("b", "Anna") == others[1]
    assert known.known_person("b", "Tomas") is None


def test_a_name_in_other_letters_is_the_same_person_and_remembered_once() -> None:
    known = Config().with_person(ANNA)
    assert known.known_person("a", "anna") == ANNA
    moved = replace(ANNA, name="ANNA", workspace="/other")
    assert known.with_person(moved).people == (moved,)


def test_a_server_under_another_address_is_remembered_once() -> None:
    moved = replace(ANNA, address="https://pdm.example")
    known = Config(server="a", name="Anna").with_person(ANNA).with_person(moved)
    assert known.people == (moved,)
    assert (known.last, known.address) == (moved, "https://pdm.example")
    assert (Config().last, Config().address) == (None, "")


@pytest.mark.parametrize("content", [b"", b"no json", b'{"people": 7}', b"\xff\xfe"])
def test_a_file_that_cannot_be_read_means_a_first_start(tmp_path: Path, content: bytes) -> None:
    (tmp_path / config.FILE).write_bytes(content)
    assert config.load(tmp_path) == Config()


def test_there_is_a_first_start(tmp_path: Path) -> None:
    assert config.load(tmp_path / "nowhere") == Config()
