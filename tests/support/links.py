"""Symbolic links in tests."""

import sys

import pytest

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a right that few have on Windows")
