"""What the seat remembers between two starts."""

from dataclasses import replace
from pathlib import Path

import pytest

from pdm_desktop import config
from pdm_desktop.config import Config


def test_what_is_saved_is_there_at_the_next_start(tmp_path: Path) -> None:
    known, seat = Config(server="https://a", name="Anna").seat_for("https://a")
    config.save(tmp_path / "data", known)
    assert config.load(tmp_path / "data") == known
    assert config.load(tmp_path / "data").seat_for("https://a") == (known, seat)
    config.save(tmp_path / "data", replace(known, name="Tomas"))
    assert config.load(tmp_path / "data").name == "Tomas"
    assert [each.name for each in (tmp_path / "data").iterdir()] == [config.FILE]


def test_each_server_has_a_seat_of_its_own() -> None:
    known, one = Config().seat_for("https://a")
    known, other = known.seat_for("https://b")
    assert one != other
    known, new = known.with_new_seat("https://a")
    assert known.seats == {"https://a": new, "https://b": other}
    assert new != one


@pytest.mark.parametrize("content", [b"", b"no json", b'{"seats": 7}', b"\xff\xfe"])
def test_a_file_that_cannot_be_read_means_a_first_start(tmp_path: Path, content: bytes) -> None:
    (tmp_path / config.FILE).write_bytes(content)
    assert config.load(tmp_path) == Config()


def test_there_is_a_first_start(tmp_path: Path) -> None:
    assert config.load(tmp_path / "nowhere") == Config()
