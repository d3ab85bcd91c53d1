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


@pytest.mark.parametrize("content", [b"", b"no json", b"[7]", b"\xff\xfe", b"\xff\xfe{", b'{"name": "\x81"}'])
def test_a_file_of_which_nothing_can_be_read_means_a_first_start_and_is_kept(tmp_path: Path, content: bytes) -> None:
    (tmp_path / config.FILE).write_bytes(content)
    assert config.read(tmp_path) == (Config(), (config.ALL,))
    config.save(tmp_path, Config(name="Anna"))
    assert config.load(tmp_path).name == "Anna"
    assert (tmp_path / config.DAMAGED).read_bytes() == content


BY_HAND = b"""{
  "server": "a", "name": "Anna", "kept": true, "recovery_days": 14.5, "recovery_gb": 7, "limit_up": "fast",
  "people": [
    {"server": "a", "address": "https://pdm", "name": "Anna", "seat": "one", "workspace": "/files/PDM"},
    {"server": "b", "name": 7}
  ]
}"""


def test_one_wrong_value_costs_no_other(tmp_path: Path) -> None:
    (tmp_path / config.FILE).write_bytes(BY_HAND)
    found, wrong = config.read(tmp_path)
    assert found == Config(server="a", name="Anna", kept=True, recovery_gb=7.0, people=(ANNA,))
    assert set(wrong) == {"recovery_days", "limit_up", "people"}
    config.save(tmp_path, found)
    assert config.read(tmp_path) == (found, ())
    assert (tmp_path / config.DAMAGED).is_file(), "what somebody has typed is still there"
    assert (tmp_path / config.DAMAGED).read_bytes() == BY_HAND


@pytest.mark.parametrize("seconds", ["-1", "0.001", "0.99", "3601", "1e300"])
def test_an_interval_that_makes_no_sense_counts_as_not_set_and_is_told(tmp_path: Path, seconds: str) -> None:
    """With it each connection would be cut while its first ping is on the way."""
    (tmp_path / config.FILE).write_text(f'{{"name": "Anna", "ping_interval": {seconds}}}')
    assert config.read(tmp_path) == (Config(name="Anna"), ("ping_interval",))


@pytest.mark.parametrize("seconds", [0, 0.0, 1, 30.0, 3600])
def test_an_interval_that_makes_sense_counts(tmp_path: Path, seconds: float) -> None:
    (tmp_path / config.FILE).write_text(f'{{"ping_interval": {seconds}}}')
    assert config.read(tmp_path) == (Config(ping_interval=seconds), ())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("recovery_days", each) for each in ("0", "-30", "36501", "999999999999")),
        *(("recovery_gb", each) for each in ("0", "-1", "0.0001", "1000001", "1e300")),
    ],
)
def test_a_recovery_store_that_would_keep_nothing_or_cannot_count_is_not_set_and_told(
    tmp_path: Path, name: str, value: str
) -> None:
    """A slip of the hand must not remove all that is older than a day."""
    (tmp_path / config.FILE).write_text(f'{{"name": "Anna", "{name}": {value}}}')
    assert config.read(tmp_path) == (Config(name="Anna"), (name,))


@pytest.mark.parametrize(("days", "gigabytes"), [(1, 0.001), (36_500, 1_000_000)])
def test_a_recovery_store_may_be_small_or_large(tmp_path: Path, days: int, gigabytes: float) -> None:
    (tmp_path / config.FILE).write_text(f'{{"recovery_days": {days}, "recovery_gb": {gigabytes}}}')
    assert config.read(tmp_path) == (Config(recovery_days=days, recovery_gb=gigabytes), ())


def test_the_mark_that_an_editor_puts_before_the_text_does_not_count(tmp_path: Path) -> None:
    config.save(tmp_path, Config(name="Anna"))
    text = (tmp_path / config.FILE).read_bytes()
    (tmp_path / config.FILE).write_bytes(b"\xef\xbb\xbf" + text)
    assert config.read(tmp_path) == (Config(name="Anna"), ())


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_settings_in_another_encoding_of_windows_are_read_whole_and_saved_as_ever(
    tmp_path: Path, encoding: str
) -> None:
    person = replace(ANNA, name="Müller", workspace="D:/Aufträge")
    known = Config(server="a", name="Müller", people=(person,))
    config.save(tmp_path, known)
    usual = (tmp_path / config.FILE).read_bytes()
    (tmp_path / config.FILE).write_bytes(usual.decode().encode(encoding))
    assert config.read(tmp_path) == (known, ())
    config.save(tmp_path, known)
    assert (tmp_path / config.FILE).read_bytes() == usual
    assert not (tmp_path / config.DAMAGED).exists()


def test_there_is_a_first_start(tmp_path: Path) -> None:
    assert config.load(tmp_path / "nowhere") == Config()
