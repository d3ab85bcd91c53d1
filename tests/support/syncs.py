"""What a process really asks its disk to keep: each fsync and fdatasync, counted and, if wanted, held up.

syncs = watched_syncs(tmp_path)        # skips the test where that cannot be
with real_server(tmp_path, settings=syncs.environment) as server: ...
with syncs.held():                     # the disk takes its time
    ...
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("syncs.c")


class Syncs:
    """Of every process that has the environment."""

    def __init__(self, library: Path, folder: Path) -> None:
        self._notes = folder / "syncs"
        self._hold = folder / "hold"
        self.environment: Mapping[str, str] = {
            "LD_PRELOAD": str(library),
            "SYNCS_FILE": str(self._notes),
            "SYNCS_HOLD": str(self._hold),
        }
        """With which a process is watched."""

    @property
    def begun(self) -> list[str]:
        """The name of the file of each, in order."""
        return self._noted("begun")

    @property
    def done(self) -> list[str]:
        """Of those that the disk has answered."""
        return self._noted("done")

    @contextmanager
    def held(self) -> Iterator[None]:
        """As long as the block takes, the disk answers none that begins."""
        self._hold.touch()
        try:
            yield
        finally:
            self._hold.unlink()

    def _noted(self, word: str) -> list[str]:
        if not self._notes.exists():
            return []
        lines = self._notes.read_text(encoding="utf-8").splitlines(keepends=True)
        whole = (line.rstrip("\n").partition(" ") for line in lines if line.endswith("\n"))
        return [Path(path).name for found, _, path in whole if found == word]


def watched_syncs(folder: Path) -> Syncs:
    """Compile what watches, into that folder. Skips the test where there is no Linux or no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if sys.platform != "linux" or compiler is None:
        pytest.skip("syncs are watched by a library compiled for Linux: there is no Linux or no C compiler here")
    library = folder / "syncs.so"
    words = ["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run([compiler, *words], check=True)
    return Syncs(library, folder)
