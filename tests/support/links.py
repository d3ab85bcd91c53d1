"""Symbolic links in tests."""

import os
import tempfile

import pytest


def _can_be_made() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        link = os.path.join(folder, "link")  # noqa: PTH118 - as it is looked at below
        try:
            os.symlink(folder, link, target_is_directory=True)  # noqa: PTH211 - beside the next line
        except OSError:
            return False
        return os.path.islink(link)  # noqa: PTH114 - Wine 8 says that it made one


needs_links = pytest.mark.skipif(
    not _can_be_made(), reason="links need a right that few have on Windows, and Wine 8 makes none"
)
