"""Build the Windows installer: `python3 packaging/windows/build.py --help`. It needs nothing but Python 3.11."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Make the environment ready and hand over to `develop.installer` in it."""
    sys.path.insert(0, str(ROOT))
    from develop import debian
    from develop.console import Problem
    from develop.environments import Environment, make_ready
    from develop.programs import hand_over, module_command

    try:
        debian.provide(["window", "windows"])
        command = module_command(make_ready(Environment("full")), "develop.installer", sys.argv[1:])
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    return hand_over(command)


if __name__ == "__main__":
    sys.exit(main())
