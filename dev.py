#!/usr/bin/env python3
"""The commands of a fresh checkout: demo, test, faults, bench, run, lock. Needs nothing but Python itself.

Python before 3.11 must still be able to read this file, so that it can say what is missing.
"""

from __future__ import annotations

import sys


def main(arguments: list[str], version: tuple[int, ...] = sys.version_info[:3]) -> int:
    """Run a command and return its exit code; where Python is too old for it, say so."""
    if version < (3, 11):
        have = ".".join(map(str, version))
        sys.stderr.write(f"PDM Desktop needs Python 3.11 or newer; this is {have}.\n")
        sys.stderr.write("Start dev.py with a newer one, for example: python3.11 dev.py\n")
        return 1
    from develop import commands

    return commands.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
