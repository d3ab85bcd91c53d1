"""A node runs with what `packaging/requirements/node.txt` pins, which a container installs without anything besides."""

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.client import PASSWORD, signed_in
from tests.support.redis import Redis
from tests.support.s3 import KEYS, S3
from tests.support.server import ROOT, real_server

PINNED = {
    canonicalize_name(name)
    for name in re.findall(
        r"^([a-z0-9.-]+)==",
        (ROOT / "packaging" / "requirements" / "node.txt").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
}
OURS = {"pdm_desktop", "server", "resources", "tests"}
WHERE = packages_distributions()


def missing_of(module: str) -> bool:
    """Whether a module belongs to something that is installed here and would not be there."""
    owners = {canonicalize_name(each) for each in WHERE.get(module, ())}
    return bool(owners) and not owners & PINNED


def test_everything_that_the_server_imports_is_pinned() -> None:
    imported = {
        name.partition(".")[0]
        for path in (ROOT / "server").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    foreign = imported - OURS - sys.stdlib_module_names
    assert {"asyncpg", "redis", "obstore", "fastapi"} <= foreign
    assert [each for each in sorted(foreign) if missing_of(each)] == []


def test_what_is_pinned_has_all_that_it_asks_for() -> None:
    for name in sorted(PINNED & {canonicalize_name(each) for owners in WHERE.values() for each in owners}):
        for wanted in map(Requirement, requires(name) or ()):
            if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
                assert canonicalize_name(wanted.name) in PINNED, f"{name} asks for {wanted}"


HIDING = f"""
import sys
from importlib.metadata import packages_distributions

class Hidden:
    def __init__(self, names):
        self.names = names

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"{{name}} is not pinned", name=name)

pinned = {sorted(PINNED)!r}
sys.meta_path.insert(0, Hidden({{
    module
    for module, owners in packages_distributions().items()
    if not {{owner.lower().replace("_", "-").replace(".", "-") for owner in owners}} & set(pinned)
}}))
"""
"""What Python runs before anything else: whatever is installed here and not pinned cannot be imported."""


@pytest.fixture
def only_pinned(tmp_path: Path) -> dict[str, str]:
    """The environment of a Python that finds nothing else."""
    (tmp_path / "sitecustomize.py").write_text(HIDING, encoding="utf-8")
    environment = {"PYTHONPATH": str(tmp_path)}
    tried = [sys.executable, "-c", "import pytest"]
    hidden = subprocess.run(tried, env=environment, capture_output=True, text=True, check=False)
    assert "pytest is not pinned" in hidden.stderr
    return environment


@pytest.mark.skipif(sys.platform == "win32", reason="Debian's PostgreSQL and Redis run on Linux")
async def test_a_node_serves_with_nothing_but_what_is_pinned(
    tmp_path: Path, postgres_url: str, redis: Redis, s3: S3, only_pinned: dict[str, str]
) -> None:
    shared = {"PDM_DATABASE_URL": postgres_url, "PDM_REDIS_URL": redis.url, "PDM_BLOBS_URL": s3.bucket()}
    with real_server(tmp_path, settings=KEYS | shared | only_pinned) as server:
        server.add_person("Anna Novak", PASSWORD)
        async with signed_in(server.address, "Anna Novak") as client:
            state = await client.add(await client.vault(), "2210.nc", b"G1 X1\n")
            assert await client.content(state.file.id) == b"G1 X1\n"
