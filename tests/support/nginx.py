"""Debian's nginx with the example of packaging/server, on free ports and in a folder of the test."""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import trustme

from tests.support.waiting import wait_for

EXAMPLE: Final = Path(__file__).resolve().parents[2] / "packaging" / "server" / "nginx"
PATIENCE: Final = 60.0
"""Seconds after which an nginx that does not end counts as stuck."""


@dataclass(frozen=True)
class Nginx:
    """A running nginx."""

    address: str
    plain_port: int
    """Where it only says that HTTPS is elsewhere."""
    trusting: ssl.SSLContext
    folder: Path

    @property
    def log_text(self) -> str:
        """What went wrong, in its words."""
        return (self.folder / "error.log").read_text(encoding="utf-8")

    @property
    def spooled(self) -> list[Path]:
        """Bodies that it has put on the disk."""
        return [each for each in (self.folder / "spool").rglob("*") if each.is_file()]


@contextmanager
def nginx_before(folder: Path, nodes: Sequence[int], *, socket_seconds: float = 75) -> Iterator[Nginx]:
    """Nginx in front of the nodes at those ports of the loopback, gone at the end of the block."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert program, "nginx is not installed here. Install Debian's package “nginx-light”: see README.md."
    (folder / "spool").mkdir(parents=True)
    authority = trustme.CA()
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "pdm.pem"))
    port, plain_port = free_ports(2)
    _write(folder, nodes, port=port, plain_port=plain_port, socket_seconds=socket_seconds)
    with ExitStack() as ending:
        process = subprocess.Popen(
            [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        ending.callback(_end, process)
        wait_for(lambda: process.poll() is not None or _answers(port))
        assert process.poll() is None, (folder / "error.log").read_text(encoding="utf-8")
        yield Nginx(f"https://127.0.0.1:{port}", plain_port, trusting, folder)


def _write(folder: Path, nodes: Sequence[int], *, port: int, plain_port: int, socket_seconds: float) -> None:
    """The example with this computer's ports and paths in it, and the main file that a system has of its own."""
    site = (EXAMPLE / "pdm.conf").read_text(encoding="utf-8")
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{plain_port};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("/etc/nginx/tls/pdm.pem", str(folder / "pdm.pem")),
        ("/etc/nginx/tls/pdm.key", str(folder / "pdm.pem")),
        ("proxy_read_timeout 75s;", f"proxy_read_timeout {round(socket_seconds * 1_000)}ms;"),
        ("proxy_send_timeout 75s;", f"proxy_send_timeout {round(socket_seconds * 1_000)}ms;"),
    ):
        assert site.count(old) == 1, old
        site = site.replace(old, new)
    upstream = (EXAMPLE / "upstream.conf").read_text(encoding="utf-8")
    upstream, found = re.subn(
        r"^    server 127\.0\.0\.1:8470 (.*;)$",
        "\n".join(rf"    server 127.0.0.1:{node} \1" for node in nodes),
        upstream,
        flags=re.MULTILINE,
    )
    assert found == 1
    (folder / "pdm.conf").write_text(site, encoding="utf-8")
    (folder / "upstream.conf").write_text(upstream, encoding="utf-8")
    user = "user root;" if os.geteuid() == 0 else ""  # else the workers could not read the test's folder
    spools = "".join(
        f"    {each}_temp_path {folder / 'spool' / each};\n"
        for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = f"""{user}
daemon off;
worker_processes 1;
pid {folder / "nginx.pid"};
events {{ worker_connections 256; }}
http {{
    access_log off;
{spools}    include {folder / "upstream.conf"};
    include {folder / "pdm.conf"};
}}
"""
    (folder / "nginx.conf").write_text(main, encoding="utf-8")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(PATIENCE)
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int) -> list[int]:
    """Held all at once, so that no two are the same."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]
