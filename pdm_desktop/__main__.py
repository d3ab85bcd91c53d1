"""`python -m pdm_desktop`: the seat."""

import sys
from typing import Any

from pdm_desktop.app.update_words import FLAG


def main() -> int:
    """Run the seat until its person quits, or install an update of it. Returns the exit code."""
    words = sys.argv[1:]
    if words[:1] == [FLAG]:
        return _install_update(words)
    from pdm_desktop.app.options import parse  # not before: what installs an update needs none of all that
    from pdm_desktop.app.start import start

    return start(parse(words))


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
