"""`python -m pdm_desktop`: the seat."""

import sys

from pdm_desktop.app import update_install


def main() -> int:
    """Run the seat until its person quits, or install an update of it. Returns the exit code."""
    words = sys.argv[1:]
    if words[:1] == [update_install.FLAG]:
        return update_install.main(words)
    from pdm_desktop.app.options import parse  # not before: what installs an update needs none of all that
    from pdm_desktop.app.start import start

    return start(parse(words))


if __name__ == "__main__":
    sys.exit(main())
