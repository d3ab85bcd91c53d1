"""`python -m pdm_desktop`: the seat."""

import gc
import sys
from collections.abc import Callable
from typing import Any

from pdm_desktop.app.update_words import FLAG


def main(*, began: Callable[[Any], None] = lambda _: None) -> int:
    """Run the seat until its person quits, or install an update of it. Returns the exit code.

    `began` is called with the seat's parts once they are made.
    """
    words = sys.argv[1:]
    if words[:1] == [FLAG]:
        return _install_update(words)
    gc.disable()  # what is loaded stays: a search for garbage among it costs a tenth of the start
    from pdm_desktop.app.options import parse  # not before: what installs an update needs none of all that
    from pdm_desktop.app.start import start

    return start(parse(words), began=began)


def _install_update(words: list[str]) -> int:
    """With an administrator's rights OpenSSL stays away: its settings file may name libraries, and a person's variable
    names that file. `hashlib` has SHA-256 of its own. The launcher drops all such variables; this is the second lock.
    """
    without: dict[str, Any] = sys.modules
    without["_hashlib"] = None
    from pdm_desktop.app import update_install

    return update_install.main(words)


if __name__ == "__main__":
    sys.exit(main())
