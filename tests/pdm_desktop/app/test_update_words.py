"""What is loaded when the program is asked to install an update with an administrator's rights."""

import subprocess
import sys

import pytest

from pdm_desktop.app.update_words import FLAG

LOADED = """
import sys
from pdm_desktop.__main__ import main
try:
    main()
except SystemExit:
    pass
import hashlib
print(sys.modules["_hashlib"], hashlib.sha256(b"").hexdigest()[:8], "PySide6" in sys.modules)
"""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([FLAG, "C:/a.msi", "--sha256", "00"], "None e3b0c442 False"),
        (["--help"], "<module '_hashlib'"),
    ],
)
def test_openssl_stays_out_of_what_has_an_administrators_rights(words: list[str], expected: str) -> None:
    """A variable of the person's names its settings file, and that names libraries to load."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1].startswith(expected)
