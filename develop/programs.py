"""Starting programs in an environment of the checkout."""

import os
import subprocess
import sys
from collections.abc import Sequence

from develop.checkout import ROOT
from develop.console import Problem
from develop.environments import Environment


def checkout_environment() -> dict[str, str]:
    """Return the variables for programs of this checkout: they import from here, and only from here."""
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "PYTHONPATH"}}
    return {**kept, "PYTHONPATH": str(ROOT)}


def module_command(environment: Environment, module: str, rest: Sequence[str]) -> list[str]:
    """Return the command that runs a module; `-P` keeps the current folder from hiding the checkout's modules."""
    return [environment.program("python"), "-P", "-m", module, *rest]


def hand_over(command: Sequence[str]) -> int:
    """Become the command, or where a process cannot (Windows), run it and return its exit code."""
    if os.name == "posix":
        sys.stdout.flush()
        os.execve(command[0], list(command), checkout_environment())
    with subprocess.Popen(command, env=checkout_environment()) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # the program was told as well and ends in its own time


def tool_environment() -> dict[str, str]:
    """Return the variables for the tools that look at this checkout; what they open is on no screen."""
    return {"QT_QPA_PLATFORM": "offscreen", **checkout_environment()}


def run_tool(environment: Environment, program: str, *arguments: str, accepted: Sequence[int] = (0,)) -> int:
    """Run a program of the environment from the checkout's root. Return its exit code, one of those accepted.

    Raises `Problem` for any other.
    """
    code = subprocess.call([environment.program(program), *arguments], cwd=ROOT, env=tool_environment())
    if code not in accepted:
        raise Problem(f"{program} ended with code {code}; its own words stand above.")
    return code
