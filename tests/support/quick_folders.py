"""Folders in memory, for tests that are not about the disk: an fsync costs nothing there.

What a program has written is there for the next one as on a disk, also when it was killed; only the power must stay on.
With `--full` they are on the disk, and so they are where the system keeps no folder in memory or has little room there.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")
LEAST_FREE = 4 << 30
"""Bytes; far more than all tests of a run that are there at the same time."""


@contextmanager
def quick_folder(on_disk: Path, config: pytest.Config) -> Iterator[Path]:
    """A folder in memory, gone at the end of the block; or that one."""
    if config.getoption("--full") or not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < LEAST_FREE:
        yield on_disk
    else:
        with tempfile.TemporaryDirectory(prefix="pdm-test-", dir=MEMORY) as folder:
            yield Path(folder)
