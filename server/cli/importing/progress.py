"""How far an import is: a bar on a terminal, a line now and then elsewhere, and what was left out."""

import sys
import time
from collections.abc import Callable

from tqdm import tqdm

LINE_SECONDS = 10.0


class Progress:
    """Counts, and shows the counts on standard error."""

    def __init__(self, *, say: Callable[[str], None]) -> None:
        self.imported = 0
        self.bytes = 0
        self.unchanged = 0
        self.left_out = 0
        self._say = say
        self._bar = tqdm(unit=" files", file=sys.stderr, disable=not sys.stderr.isatty(), dynamic_ncols=True)
        self._last_line = time.monotonic()

    def took_in(self, size: int) -> None:
        """One file more is in the vault."""
        self.imported += 1
        self.bytes += size
        self._show()

    def was_there(self) -> None:
        """One file was there already, with the same content."""
        self.unchanged += 1
        self._show()

    def leave_out(self, path: str, why: str) -> None:
        """One file is left out, and named."""
        self.left_out += 1
        with tqdm.external_write_mode(file=sys.stderr):
            self._say(f"Left out: “{path}” {why}.")
        self._show()

    def close(self) -> None:
        """Nothing more comes."""
        self._bar.close()

    def summary(self, vault: str) -> str:
        """The end of the story."""
        return (
            f"{self.imported:,} files ({self.bytes / 1e6:,.1f} MB) imported into {vault},"
            f" {self.unchanged:,} were there already, {self.left_out:,} left out."
        )

    def _show(self) -> None:
        self._bar.update()
        if self._bar.disable and time.monotonic() - self._last_line >= LINE_SECONDS:
            self._last_line = time.monotonic()
            self._say(f"… {self.imported:,} files imported, {self.unchanged:,} were there, {self.left_out:,} left out")
