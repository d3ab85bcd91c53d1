"""`python -m pdm_desktop`: the seat."""

import sys

from pdm_desktop.app.options import parse
from pdm_desktop.app.start import start


def main() -> int:
    """Run the seat until its person quits. Returns the exit code."""
    return start(parse(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
