"""Pinning: `packaging/requirements/*.txt` from the dependencies in `pyproject.toml`."""

import subprocess
import tempfile
from pathlib import Path

from develop.checkout import OLDEST_PYTHON, ROOT
from develop.console import Problem, say
from develop.environments import Environment, create, require_venv

ENGINES = ("postgres", "redis", "s3")
"""What several nodes share."""
# The extras of pyproject.toml that each list pins, besides what every part needs.
EXTRAS = {
    "server": ("server",),
    "node": ("server", *ENGINES),
    "seat": ("window",),
    "core": ("server", *ENGINES, "dev"),
    "full": ("server", *ENGINES, "dev", "window", "dev-window"),
}


def compile_command(uv: str, name: str, *, upgrade: bool) -> list[str]:
    """Return the command that pins one list: for Linux and Windows, with hashes, without any index's address."""
    extras = [word for extra in EXTRAS[name] for word in ("--extra", extra)]
    options = ["--universal", "--python-version", ".".join(map(str, OLDEST_PYTHON)), "--generate-hashes"]
    silence = ["--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate", "--quiet"]
    target = f"packaging/requirements/{name}.txt"
    command = [uv, "pip", "compile", *options, *silence, *extras, "--output-file", target, "pyproject.toml"]
    return [*command, "--upgrade"] if upgrade else command


def lock(*, upgrade: bool) -> int:
    """Pin the dependencies of `pyproject.toml` again, keeping versions that still fit unless `upgrade`."""
    require_venv()
    with tempfile.TemporaryDirectory() as folder:
        throw_away = Environment("lock", root=Path(folder))
        create(throw_away.folder)
        if subprocess.call([throw_away.program("python"), "-m", "pip", "install", "-qq", "uv"]):
            raise Problem("uv could not be installed; pip says why above. Is there a network connection?")
        for name in EXTRAS:
            say(f"packaging/requirements/{name}.txt")
            if subprocess.call(compile_command(throw_away.program("uv"), name, upgrade=upgrade), cwd=ROOT):
                raise Problem("uv found no versions that fit together; it says why above. Look at pyproject.toml.")
    return 0
