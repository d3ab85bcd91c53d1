"""The log: what a fault leaves there."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from server import log


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    log.configure(level="info", file=tmp_path / "logs" / "server.log", file_bytes=2_000, files=2)
    yield tmp_path / "logs" / "server.log"
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_fault_is_one_line_that_names_the_place_and_no_values(file: Path) -> None:
    def sign_in(password: str) -> None:
        raise LookupError(f"nobody has {len(password)} letters")

    try:
        sign_in("a secret of hers")
    except LookupError:
        logging.getLogger("uvicorn.error").exception("a fault")
        structlog.get_logger("server").exception("the same fault", seq=5)
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [(line["event"], line.get("seq")) for line in lines] == [("a fault", None), ("the same fault", 5)]
    for line in lines:
        [fault] = line["exception"]
        assert (fault["exc_type"], fault["exc_value"]) == ("LookupError", "nobody has 16 letters")
        assert fault["frames"][-1]["name"] == "sign_in"
    assert "a secret of hers" not in file.read_text(encoding="utf-8")


def test_a_full_file_is_set_aside_and_the_oldest_forgotten(file: Path) -> None:
    for number in range(200):
        structlog.get_logger("server").info("committed", seq=number)
    assert sorted(each.name for each in file.parent.iterdir()) == ["server.log", "server.log.1", "server.log.2"]
    assert all(each.stat().st_size <= 2_000 for each in file.parent.iterdir())
    assert json.loads(file.read_text(encoding="utf-8").splitlines()[-1])["seq"] == 199
