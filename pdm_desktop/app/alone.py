"""One program at a time works with a data folder: settings, cache and seat are one, also across a person's sessions."""

from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from pdm_desktop.core.results import Trouble
from pdm_desktop.product import NAME

FILE: Final = "running.lock"


class Alone:
    """Take it before anything of the folder is used, and release it at the end."""

    def __init__(self, data: Path) -> None:
        self._place = data / FILE
        self._lock = FileLock(self._place, thread_local=False)

    def take(self) -> bool:
        """No other program works with the folder from now on; False: one does. Raises OSError."""
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            return False
        return True

    def release(self) -> None:
        """Others may work with it."""
        self._lock.release()

    def why_not(self) -> Trouble:
        """Who works with it, for the person who has started another one."""
        from pdm_desktop.sync.holders import program_using  # nothing of the engine is loaded before the first paint

        who = program_using(self._place)
        return Trouble(
            title=f"{NAME} runs already",
            text=f"It runs in another session of yours at this computer{f': {who}' if who else ''}.",
            advice="Quit it there, or sign out of that session; then start it here.",
        )
