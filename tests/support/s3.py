"""A bucket for tests: a service that speaks S3's protocol on a free port of the loopback, and faults in front of it.

A pytest plugin. `s3` is one service for all tests of a worker; `bucket` is a fresh bucket in it, and `away` the same
behind a line on which things go wrong.
"""

import logging
import socket
import ssl
import struct
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, Thread
from urllib.parse import urlencode

import httpx
import pytest

from server.bucket import bucket_at

KEYS = {"AWS_ACCESS_KEY_ID": "AKIATESTTESTTESTTEST", "AWS_SECRET_ACCESS_KEY": "a-secret-that-nobody-may-read"}
REGION = "us-east-1"
PATIENCE = 30.0
SIGNED = {"Authorization": f"AWS4-HMAC-SHA256 Credential={KEYS['AWS_ACCESS_KEY_ID']}/20260101/{REGION}/s3/aws4_request"}
"""Enough for this service, which looks at no signature."""


class S3:
    """A service with any number of buckets. It lets everybody in."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self._client = httpx.Client(base_url=self.address, headers=SIGNED, trust_env=False, timeout=PATIENCE)

    def bucket(self, *, prefix: str = "shop/pdm", endpoint: str | None = None) -> str:
        """The address of a fresh bucket, as the setting `blobs_url` takes it."""
        name = f"test-{uuid.uuid4().hex}"
        made = self._client.put(f"/{name}")
        assert made.status_code == 200, made.text
        return self.url(name, prefix=prefix, endpoint=endpoint)

    def url(self, bucket: str, *, prefix: str = "shop/pdm", endpoint: str | None = None) -> str:
        """The address of a bucket, there or not."""
        return f"s3://{bucket}/{prefix}?" + urlencode({"endpoint": endpoint or self.address, "region": REGION})

    def objects(self, url: str) -> dict[str, bytes]:
        """Every object of a bucket, by its name below the prefix: as any other program sees it."""
        bucket = bucket_at(url)
        listed = self._client.get(f"/{bucket.name}", params={"list-type": "2"})
        names = [part.partition("</Key>")[0] for part in listed.text.split("<Key>")[1:]]
        assert "<IsTruncated>true" not in listed.text, "more than a page"
        return {name.removeprefix(f"{bucket.prefix}/"): self._get(f"{bucket.name}/{name}") for name in names}

    def put(self, url: str, name: str, content: bytes) -> None:
        """Put an object there, behind the server's back."""
        bucket = bucket_at(url)
        put = self._client.put(f"/{bucket.name}/{bucket.prefix}/{name}", content=content)
        assert put.status_code == 200, put.text

    def remove(self, url: str, name: str) -> None:
        """Remove an object, behind the server's back."""
        bucket = bucket_at(url)
        gone = self._client.delete(f"/{bucket.name}/{bucket.prefix}/{name}")
        assert gone.status_code == 204, gone.text

    def begun(self, url: str) -> int:
        """How many objects are begun and not finished there: what another program does not see, and has to be paid."""
        listed = self._client.get(f"/{bucket_at(url).name}?uploads")
        return listed.text.count("<Upload>")

    def close(self) -> None:
        """Nothing more is asked."""
        self._client.close()

    def _get(self, path: str) -> bytes:
        return self._client.get(f"/{path}").content


@dataclass
class Faults:
    """What goes wrong on the line. It may change at any time; every request is asked for what holds then."""

    target: str
    address: str = ""
    is_refusing: bool = False
    """Connections are closed before anything is said."""
    answers: list[tuple[str, str, int]] = field(default_factory=list)
    """Of a method, a part of the address, and a status with which such a request is answered: once each."""
    cuts: list[tuple[str, str, int]] = field(default_factory=list)
    """Of a method, a part of the address, and after how many bytes of the answer's body it is cut: once each."""
    lost: list[tuple[str, str]] = field(default_factory=list)
    """Of a method and a part of the address: the request arrives, and its answer does not. Once each."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Every request: its method and address."""
    gathering: Barrier | None = None
    """No GET is answered before so many have come."""
    moved: int = 0
    """Bytes of the answers' bodies."""

    def count(self, method: str, part: str = "") -> int:
        """How many such requests there were."""
        return sum(method == each and part in path for each, path in self.asked)


@contextmanager
def service() -> Iterator[S3]:
    """A service that is gone at the end of the block."""
    from moto.server import ThreadedMotoServer  # takes most of a second: only where a bucket is wanted

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        made = S3(server.get_host_and_port()[1])
        yield made
        made.close()
    finally:
        server.stop()


@contextmanager
def faults(target: str, *, tls: ssl.SSLContext | None = None) -> Iterator[Faults]:
    """A line to a service, on which nothing goes wrong at first; it speaks HTTPS if it is told how."""
    made = Faults(target)

    class Line(_Line):
        faults = made

    server = ThreadingHTTPServer(("127.0.0.1", 0), Line)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    made.address = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_address[1]}"
    serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    serving.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        serving.join(PATIENCE)


class _Line(BaseHTTPRequestHandler):
    """One connection through the line."""

    faults: Faults
    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        if self.faults.is_refusing:
            self._break_off()
            return
        super().handle_one_request()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's own name
        """Not to the tests' output."""

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.faults.asked.append((self.command, self.path))
        if self.faults.is_refusing:
            self._break_off()
            return
        status = _once(self.faults.answers, self.command, self.path)
        if status is not None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        gathering = self.faults.gathering
        if gathering is not None and self.command == "GET":
            gathering.wait(PATIENCE)
        there = HTTPConnection(self.faults.target.partition("://")[2], timeout=PATIENCE)
        try:
            there.request(self.command, self.path, body=body, headers=dict(self.headers))
            answer = there.getresponse()
            content = answer.read()
        finally:
            there.close()
        for each in list(self.faults.lost):
            if each[0] == self.command and each[1] in self.path:
                self.faults.lost.remove(each)
                self._break_off()
                return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "content-length", "date", "server"):
                self.send_header(name, value)
        length = answer.getheader("content-length") if self.command == "HEAD" else str(len(content))
        self.send_header("Content-Length", length or "0")
        self.end_headers()
        self.faults.moved += len(content)
        cut = _once(self.faults.cuts, self.command, self.path)
        self.wfile.write(content if cut is None else content[:cut])
        if cut is not None:
            self._break_off()

    def _break_off(self) -> None:
        """End it as a broken network does."""
        self.close_connection = True
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


for _method in ("GET", "PUT", "POST", "DELETE", "HEAD"):
    setattr(_Line, f"do_{_method}", _Line._pass)


def _once(faults: list[tuple[str, str, int]], method: str, path: str) -> int | None:
    for each in list(faults):
        if each[0] == method and each[1] in path:
            faults.remove(each)
            return each[2]
    return None


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """One service for all tests of a worker."""
    with service() as running:
        yield running


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process has the keys of the bucket."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def bucket(s3: S3, keys: None) -> str:
    """The address of a fresh bucket."""
    return s3.bucket()


@pytest.fixture
def line(s3: S3) -> Iterator[Faults]:
    """A line to the service, on which a test lets things go wrong."""
    with faults(s3.address) as made:
        yield made
