"""The server behind nginx, by the very example of packaging/server: sockets, bodies, and who is who."""

import socket
import ssl
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from blake3 import blake3
from prometheus_client.parser import text_string_to_metric_families
from websockets.exceptions import InvalidStatus

from server.protocol.events import Head
from tests.support.client import PASSWORD, Client, Refusal, signed_in
from tests.support.server import RealServer, real_server
from tests.support.waiting import wait_for

if sys.platform == "win32":
    pytest.skip("nginx stands in front of servers on Linux", allow_module_level=True)

from tests.support.nginx import Nginx, nginx_before

MIB = 2**20
METRICS_TOKEN = "0123456789abcdefghij"
PING_SECONDS = 0.2
SOCKET_SECONDS = 3.0
"""So long nginx keeps a socket on which nothing comes."""


@dataclass(frozen=True)
class Behind:
    """A server, and the nginx in front of it."""

    server: RealServer
    nginx: Nginx

    def sample(self, name: str) -> float:
        """One figure of the server."""
        token = {"Authorization": f"Bearer {METRICS_TOKEN}"}
        answer = httpx.get(f"{self.server.address}/metrics", headers=token, trust_env=False)
        assert answer.status_code == 200
        return next(
            sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
            if "/".join([sample.name, *sample.labels.values()]) == name
        )


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    folder = tmp_path_factory.mktemp("behind")
    settings = {
        "PDM_TRUSTED_PROXIES": "127.0.0.1",
        "PDM_METRICS_TOKEN": METRICS_TOKEN,
        "PDM_PING_INTERVAL": str(PING_SECONDS),
    }
    with real_server(folder / "server", settings=settings) as server:
        for name in ("Ada", "Ben", "Eve"):
            server.add_person(name, PASSWORD)
        with nginx_before(folder / "nginx", [server.port], socket_seconds=SOCKET_SECONDS) as nginx:
            yield Behind(server, nginx)
            assert nginx.spooled == []


@pytest.fixture
async def ada(behind: Behind) -> AsyncIterator[Client]:
    async with signed_in(behind.nginx.address, "Ada", tls=behind.nginx.trusting) as client:
        yield client


async def test_a_socket_outlives_the_time_in_which_nginx_gives_an_idle_one_up(behind: Behind, ada: Client) -> None:
    async with ada.listen() as ear:
        await ear.greeted()
        await ear.resume()
        for _ in range(round(1.2 * SOCKET_SECONDS / PING_SECONDS)):
            await ear.until(Head)
        added = await ada.add(await ada.vault(), "socket.nc")
        await ear.event(seq=added.seq)


async def test_a_socket_with_rarer_pings_is_given_up_by_nginx(behind: Behind, tmp_path: Path) -> None:
    """So the test above says something. nginx does not even wait for a greeting that takes longer (504)."""
    with nginx_before(tmp_path / "nginx", [behind.server.port], socket_seconds=PING_SECONDS / 4) as nginx:
        async with signed_in(nginx.address, "Ada", tls=nginx.trusting) as ada:
            try:
                async with ada.listen() as ear:
                    ended, _ = await ear.closed()
            except InvalidStatus as refused:
                ended = refused.response.status_code
    assert ended in (1006, 504)


async def test_a_large_upload_arrives_while_it_is_still_sent(behind: Behind, ada: Client) -> None:
    content = bytes(MIB) * 24
    before = behind.sample("pdm_transfer_bytes_total/up")

    async def pieces() -> AsyncIterator[bytes]:
        for number in range(24):
            if number == 16:  # nginx holds some, and no more than that
                wait_for(lambda: behind.sample("pdm_transfer_bytes_total/up") - before > 8 * MIB)
                assert behind.nginx.spooled == []
            yield content[number * MIB : (number + 1) * MIB]

    begun = await ada.begin_upload(content)
    assert (await ada.append(begun.id, pieces(), offset=0)).offset == len(content)
    upload = await ada.finish_upload(begun.id, content)
    added = await ada.add_upload(await ada.vault(), "large.mcam", upload)

    hashed, count = blake3(), 0
    async with ada.http.stream("GET", f"/api/files/{added.file.id}/content") as answer:
        assert answer.headers["content-length"] == str(len(content))
        async for piece in answer.aiter_raw():
            if count == 0:  # a reader that takes its time: nginx does not read ahead to its disk
                assert behind.sample("pdm_http_requests_open") >= 1
                assert behind.nginx.spooled == []
            hashed.update(piece)
            count += len(piece)
    assert (count, hashed.hexdigest()) == (len(content), added.file.head.hash)


async def test_a_part_whose_sender_goes_away_keeps_what_has_arrived(behind: Behind, ada: Client) -> None:
    content = bytes(range(256)) * 4 * 1_024
    begun = await ada.begin_upload(content)
    port = httpx.URL(behind.nginx.address).port
    with (
        socket.create_connection(("127.0.0.1", port), timeout=30) as plain,
        behind.nginx.trusting.wrap_socket(plain, server_hostname="127.0.0.1") as cut,
    ):
        head = f"PATCH /api/uploads/{begun.id}?offset=0 HTTP/1.1\r\nhost: x\r\ncontent-length: {len(content)}\r\n"
        cut.sendall(f"{head}authorization: Bearer {ada.token}\r\nx-seat-id: {ada.seat}\r\n\r\n".encode())
        cut.sendall(content[: len(content) // 2])
        wait_for(lambda: behind.sample("pdm_http_requests_open") == 2)  # the part, and whoever asks
    wait_for(lambda: behind.sample("pdm_http_requests_open") == 1)
    here = (await ada.upload_progress(begun.id)).offset
    assert here == len(content) // 2
    assert (await ada.append(begun.id, content[here:], offset=here)).offset == len(content)
    assert (await ada.finish_upload(begun.id, content)).size == len(content)


async def test_tries_to_sign_in_count_for_the_address_of_the_person(behind: Behind) -> None:
    async def statuses(address: str, *, tries: int, says: str | None = None) -> list[int]:
        headers = {} if says is None else {"X-Forwarded-For": says, "Forwarded": f"for={says}"}
        transport = httpx.AsyncHTTPTransport(local_address=address, verify=behind.nginx.trusting)
        async with httpx.AsyncClient(base_url=behind.nginx.address, transport=transport, headers=headers) as http:
            body = {"name": "Eve", "password": "wrong password"}
            return [(await http.post("/api/session", json=body)).status_code for _ in range(tries)]

    assert await statuses("127.0.0.2", tries=6) == [401] * 5 + [429]
    assert await statuses("127.0.0.2", tries=1, says="127.0.0.9") == [429]
    assert await statuses("127.0.0.3", tries=1) == [401]


async def test_a_browser_counts_as_on_the_page_of_its_own_server(behind: Behind) -> None:
    async with httpx.AsyncClient(base_url=behind.nginx.address, verify=behind.nginx.trusting, trust_env=False) as http:
        wish = {"name": "Ben", "password": PASSWORD, "browser": True}
        foreign = await http.post("/api/session", json=wish, headers={"Origin": "https://elsewhere.example"})
        assert (foreign.status_code, foreign.json()["code"]) == (403, "foreign_origin")
        own = await http.post("/api/session", json=wish, headers={"Origin": behind.nginx.address})
        assert own.status_code == 201, own.text
        assert "Secure" in own.headers["set-cookie"]


def test_the_figures_are_not_passed_on_and_plain_http_is_sent_to_https(behind: Behind) -> None:
    refused = httpx.get(f"{behind.nginx.address}/metrics", verify=behind.nginx.trusting, trust_env=False)
    assert (refused.status_code, refused.headers["content-type"]) == (404, "text/html")
    moved = httpx.get(f"http://127.0.0.1:{behind.nginx.plain_port}/docs?a=b", trust_env=False)
    assert (moved.status_code, moved.headers["location"]) == (301, "https://127.0.0.1/docs?a=b")


async def test_calls_go_to_another_node_while_one_is_away(behind: Behind, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        away = held.getsockname()[1]
    with nginx_before(tmp_path / "nginx", [away, behind.server.port]) as nginx:
        async with signed_in(nginx.address, "Ada", tls=nginx.trusting) as ada:
            added = await ada.add(await ada.vault(), "other node.nc")
            assert (await ada.check_out(added.file.id)).file.lock is not None
            async with ada.listen() as ear:
                await ear.greeted()


async def test_a_refusal_comes_through_in_the_words_of_the_server(behind: Behind, ada: Client) -> None:
    with pytest.raises(Refusal) as refused:
        await ada.file("nowhere")
    assert refused.value.problem.code == "not_found"
    with pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(
            socket.create_connection(("127.0.0.1", httpx.URL(behind.nginx.address).port)), server_hostname="127.0.0.1"
        )
