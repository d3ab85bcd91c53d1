"""The example of several nodes in containers: its parts know each other, and its settings can be used."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from server.config import ENVIRONMENT_PREFIX, Config, load
from server.storage.store_postgres import CONNECTIONS
from tests.support.server import ROOT

FOLDER = ROOT / "packaging" / "server" / "compose"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
NODES = [name for name in SERVICES if name.startswith("node-")]
UPSTREAM = (FOLDER / "upstream.conf").read_text(encoding="utf-8")
ASKED = re.compile(r"\$\{(\w+)(?::[-?][^}]*)?\}")
"""What stands in `.env`, as compose writes it."""


def filled_in(environment: Mapping[str, str]) -> dict[str, str]:
    """As compose would give it, with something for everything that it asks for."""
    return {name: ASKED.sub("a0123456789abcdef0123456789", value) for name, value in environment.items()}


def settings_of(node: str, folder: Path) -> Config:
    environment = filled_in(SERVICES[node]["environment"])
    assert all(name.startswith(ENVIRONMENT_PREFIX) for name in environment)
    assert {name.removeprefix(ENVIRONMENT_PREFIX).lower() for name in environment} <= Config.model_fields.keys()
    return load(flags={"data": folder}, environment=environment, file=None)


@pytest.mark.parametrize("node", NODES)
def test_a_node_starts_with_these_settings_and_finds_what_it_shares(node: str, tmp_path: Path) -> None:
    config = settings_of(node, tmp_path)
    for url in (config.database_url, config.redis_url):
        assert urlsplit(url).hostname in SERVICES[node]["depends_on"]
    assert config.trusted_proxies == SERVICES["proxy"]["networks"]["inside"]["ipv4_address"]
    assert f"    server {node}:{config.port} " in UPSTREAM
    stop = int(SERVICES[node]["stop_grace_period"].removesuffix("s"))
    assert stop >= config.drain + config.stop_timeout + 10


def test_nodes_have_a_folder_of_their_own_and_contents_together() -> None:
    volumes = {node: dict(reversed(each.split(":")) for each in SERVICES[node]["volumes"]) for node in NODES}
    assert {each["/data/blobs"] for each in volumes.values()} == {"contents"}
    assert {each["/data/installers"] for each in volumes.values()} == {"installers"}
    assert len({each["/data"] for each in volumes.values()}) == len(NODES) == 3
    container = (ROOT / "packaging" / "server" / "Containerfile").read_text(encoding="utf-8")
    assert (
        "/data /data/blobs /data/installers" in container
    )  # made there for its account: a new volume takes over whose it is


def test_the_proxy_knows_all_nodes_and_no_others() -> None:
    assert re.findall(r"^    server ([\w-]+):8470 ", UPSTREAM, re.MULTILINE) == NODES
    assert SERVICES["proxy"]["depends_on"] == NODES


def test_files_and_volumes_that_are_named_are_there() -> None:
    build = SERVICES["node-a"]["build"]
    assert (FOLDER / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()
    mounts = [each.split(":") for service in SERVICES.values() for each in service.get("volumes", ())]
    files = [source for source, *_ in mounts if source.startswith(".")]
    assert all((FOLDER / each).is_file() for each in files if each != "./tls")
    assert {source for source, *_ in mounts if not source.startswith(".")} == COMPOSE["volumes"].keys()


def test_secrets_are_asked_for_and_none_is_in_the_example() -> None:
    asked = set(ASKED.findall((FOLDER / "compose.yaml").read_text(encoding="utf-8")))
    assert asked == {"DATABASE_PASSWORD", "BUS_PASSWORD", "METRICS_TOKEN"}
    lines = [line for line in (FOLDER / "example.env").read_text(encoding="utf-8").splitlines() if line[:1].isalpha()]
    assert [line.partition("=")[2] for line in lines] == [""] * len(lines)
    assert {line.partition("=")[0] for line in lines} == asked


def test_the_database_lets_all_nodes_in() -> None:
    [most] = re.findall(r"max_connections=(\d+)", " ".join(SERVICES["database"]["command"]))
    assert int(most) >= len(NODES) * CONNECTIONS + 20
