"""What is in packaging/server fits the program: settings are real, files are there, ports agree, figures exist."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.config import Config, load
from tests.support.server import ROOT, real_server
from tests.support.server_docs import rows

PACKAGING = ROOT / "packaging" / "server"
ONE_NODE, MANY_NODES = (PACKAGING / "systemd" / name for name in ("pdm-server.service", "pdm-server@.service"))
ENVIRONMENT = PACKAGING / "server.env"
CONTAINER = PACKAGING / "Containerfile"


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def all_files() -> list[Path]:
    return [each for each in PACKAGING.rglob("*") if each.is_file()]


@pytest.mark.parametrize("path", all_files(), ids=lambda each: each.name)
def test_every_setting_that_is_named_is_one(path: Path) -> None:
    named = {name.lower() for name in re.findall(r"\bPDM_([A-Z_]+)\b", text_of(path))}
    assert named <= Config.model_fields.keys()


def test_the_example_of_the_environment_can_be_used(tmp_path: Path) -> None:
    lines = [line for line in text_of(ENVIRONMENT).splitlines() if line and not line.startswith("#")]
    environment = dict(line.split("=", 1) for line in lines)
    config = load(flags={"data": tmp_path}, environment=environment, file=None)
    assert (config.host, config.port, config.trusted_proxies) == ("127.0.0.1", 8470, "127.0.0.1")


def sections(unit: Path) -> list[str]:
    """The lines of a unit that say something."""
    return [line for line in text_of(unit).splitlines() if line and not line.startswith(("#", "["))]


def test_both_units_say_the_same_but_for_the_name_of_the_node() -> None:
    one, many = sections(ONE_NODE), sections(MANY_NODES)
    assert [line for line in many if line not in one] == [
        "Description=PDM server, node %i",
        "StateDirectory=pdm-server/%i",
        "Environment=PDM_DATA=/var/lib/pdm-server/%i",
        "EnvironmentFile=/etc/pdm-server/%i.env",
        "WorkingDirectory=/var/lib/pdm-server/%i",
    ]
    assert len(many) == len(one) + 1


def test_a_unit_stops_later_than_the_server_may_take(tmp_path: Path) -> None:
    environment = dict(line.split("=", 1) for line in sections(ENVIRONMENT) if line.startswith("PDM_"))
    config = load(flags={"data": tmp_path}, environment=environment, file=None)
    stop = next(int(line.partition("=")[2]) for line in sections(ONE_NODE) if line.startswith("TimeoutStopSec="))
    assert stop >= config.drain + config.stop_timeout + 10


@pytest.mark.skipif(sys.platform == "win32", reason="systemd runs on Linux")
@pytest.mark.parametrize(("unit", "called"), [(ONE_NODE, ONE_NODE.name), (MANY_NODES, "pdm-server@a.service")])
def test_systemd_finds_nothing_wrong_with_a_unit(tmp_path: Path, unit: Path, called: str) -> None:
    program = shutil.which("systemd-analyze")
    assert program, "systemd-analyze is not installed here. Install Debian's package “systemd”: see README.md."
    here = text_of(unit).replace("/opt/pdm-server/bin/python", sys.executable)
    assert here != text_of(unit)
    (tmp_path / called).write_text(here, encoding="utf-8")
    looked = subprocess.run(
        [program, "verify", "--man=no", str(tmp_path / called)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (looked.returncode, looked.stderr) == (0, "")


def instructions() -> list[tuple[str, str]]:
    """The instructions of the container file: the word, and what stands behind it."""
    joined = text_of(CONTAINER).replace("\\\n", " ")
    lines = [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def of_container(word: str) -> list[str]:
    return [rest for each, rest in instructions() if each == word]


def test_the_container_has_what_it_copies_and_runs_without_rights() -> None:
    sources = [shlex.split(each)[0] for each in of_container("COPY")]
    assert all((ROOT / each).exists() for each in sources)
    requirements = next(ROOT / each for each in sources if each.endswith(".txt"))
    pinned = re.findall(r"^([a-z0-9.-]+)(?:\[[^]]*\])?==", text_of(requirements), re.MULTILINE)
    assert {"fastapi", "asyncpg", "redis", "obstore"} <= set(pinned)
    assert all("--require-hashes" in each for each in of_container("RUN") if "pip install" in each)
    [account] = of_container("USER")
    assert account == "10001:10001"
    [port] = of_container("EXPOSE")
    assert f"PDM_PORT={port}" in " ".join(of_container("ENV"))
    assert int(port) == Config.model_fields["port"].default


def test_what_the_container_copies_is_enough_to_run(tmp_path: Path) -> None:
    for source, target in (shlex.split(each) for each in of_container("COPY")):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
    [entry] = of_container("ENTRYPOINT")
    words: list[str] = yaml.safe_load(entry)
    assert words[0] == "python"
    ran = subprocess.run(
        [sys.executable, "-P", *words[1:], "openapi"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    assert '"/readyz"' in ran.stdout


def test_the_containers_own_look_at_its_health_tells_a_server_from_none(tmp_path: Path) -> None:
    [check] = of_container("HEALTHCHECK")
    words: list[str] = yaml.safe_load(check.partition("CMD")[2].strip())
    assert words[0] == "python"

    def is_healthy(port: int) -> bool:
        looked = subprocess.run(
            [sys.executable, *words[1:]], env={"PDM_PORT": str(port)}, capture_output=True, check=False, timeout=60
        )
        return looked.returncode == 0

    with real_server(tmp_path, flags=("--drain", "60")) as server:
        assert is_healthy(server.port)
        server.ask_to_stop()
        while is_healthy(server.port):
            pass
        assert not is_healthy(1)


ALERTS: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(text_of(PACKAGING / "alerts.yml"))["groups"] for rule in group["rules"]
]
FIGURES = {name: set(re.findall(r"\w+", labels)) for name, (_, labels, _) in rows("figure").items()}
OF_PROMETHEUS = {"up": set[str](), "instance": set[str](), "job": set[str]()}


@pytest.mark.parametrize("alert", ALERTS, ids=lambda each: each["alert"])
def test_an_alert_asks_for_figures_and_labels_that_there_are(alert: dict[str, Any]) -> None:
    found = re.findall(r"\b((?:pdm|process)_\w+|up)\b(?:\{([^}]*)\})?", alert["expr"])
    assert found
    for name, narrowed in found:
        figure = re.sub(r"_bucket$", "", name)
        labels = set(re.findall(r"(\w+)\s*(?:=~|!=|=)", narrowed))
        known = (FIGURES | OF_PROMETHEUS)[figure] | {"instance", "job"}
        assert labels <= known
    said = set(re.findall(r"\$labels\.(\w+)", alert["annotations"]["summary"]))
    assert said <= {"instance"} | {label for name, _ in found for label in FIGURES.get(name, ())}
    assert alert["labels"]["severity"] in ("page", "ticket")
