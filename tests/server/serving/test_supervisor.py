"""What systemd is told of a server that starts and stops, and that nobody needs to listen."""

import socket
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("systemd is on Linux", allow_module_level=True)

from server.serving.supervisor import READY, tell_supervisor
from tests.support.server import real_server


def test_a_server_says_when_it_answers_and_when_it_stops(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(tmp_path / "notify"))
        supervisor.settimeout(30)
        with real_server(tmp_path / "server", settings={"NOTIFY_SOCKET": str(tmp_path / "notify")}) as server:
            assert supervisor.recv(100) == b"READY=1"
            assert server.stop() == 0
            assert supervisor.recv(100) == b"STOPPING=1"


def test_an_address_without_a_file_is_understood(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    name = f"pdm-test-{tmp_path.name}-{tmp_path.stat().st_ino}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(f"\0{name}")
        supervisor.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        tell_supervisor(READY)
        assert supervisor.recv(100) == b"READY=1"


@pytest.mark.parametrize("address", ["", "/nowhere/at/all"])
def test_nobody_needs_to_listen(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    heard: list[str] = []
    tell_supervisor(READY)
    heard.append("went on")
    assert heard == ["went on"]
