"""The life of a real server process: start, stop, kill, restart, what it refuses to start with, and its time-outs."""

import asyncio
import contextlib
import os
import socket
import sqlite3
import ssl
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import trustme

from server.cli.folder import door_of
from server.cli.trouble import Exit
from server.protocol import calls
from tests.support.client import PASSWORD, Client, Refusal, signed_in
from tests.support.fold import Fold
from tests.support.server import RealServer, real_server
from tests.support.waiting import wait_for


async def test_a_stop_sends_1012_finishes_what_runs_and_exits_with_0(tmp_path: Path) -> None:
    with real_server(tmp_path) as server:
        server.add_person("Ada", PASSWORD)
        async with signed_in(server.address, "Ada") as ada, ada.listen() as ear, asyncio.TaskGroup() as tasks:
            await ear.greeted()
            begun, go_on = asyncio.Event(), asyncio.Event()

            async def slowly() -> AsyncIterator[bytes]:
                yield b"first half, "
                begun.set()
                await go_on.wait()
                yield b"second half"

            upload = tasks.create_task(ada.upload(slowly()), name="upload")
            await begun.wait()
            server.ask_to_stop()
            assert (await ear.closed())[0] == 1012
            go_on.set()
            assert (await upload).size == len(b"first half, second half")
        assert server.wait() == 0
        assert not (server.data / "run" / "operator.json").exists()
        assert all(line["level"] in ("info", "debug") for line in server.log_lines)


async def test_an_upload_that_does_not_end_is_cut_at_the_stop_and_leaves_nothing(tmp_path: Path) -> None:
    with real_server(tmp_path, settings={"PDM_STOP_TIMEOUT": "1"}) as server:
        server.add_person("Ada", PASSWORD)
        async with signed_in(server.address, "Ada") as ada:
            line, who = "POST /api/uploads HTTP/1.1\r\nhost: x", f"authorization: Bearer {ada.token}"
            with socket.create_connection(("127.0.0.1", server.port), timeout=30) as endless:
                endless.sendall(f"{line}\r\n{who}\r\ncontent-length: 9\r\n\r\npart".encode())
                wait_for(lambda: any((server.data / "blobs" / "incoming").iterdir()))
                server.ask_to_stop()
                assert server.wait() == 0
        assert not [path for path in (server.data / "blobs").rglob("*") if path.is_file()]


async def test_while_it_drains_it_is_not_ready_and_lets_nobody_new_in(tmp_path: Path) -> None:
    with real_server(tmp_path, flags=("--drain", "30")) as server:
        async with httpx.AsyncClient(base_url=server.address, trust_env=False) as http:
            assert (await http.get("/readyz")).status_code == 200
            server.ask_to_stop()
            async with asyncio.timeout(10):
                while (answer := await http.get("/readyz")).status_code == 200:
                    pass
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
            assert (await http.get("/healthz")).status_code == 200
        server.ask_to_stop()
        assert server.wait() == 0


async def test_a_killed_server_starts_again_and_seats_go_on_where_they_were(tmp_path: Path) -> None:
    with real_server(tmp_path) as server:
        for name in ("Ada", "Ben"):
            server.add_person(name, PASSWORD)
        async with signed_in(server.address, "Ada") as ada, signed_in(server.address, "Ben") as ben:
            vault = await ada.vault()
            added = await ada.add(vault, "Parts/a.nc")
            fold = Fold((await ben.tree(vault)).files, added.seq)
            async with ben.listen() as ear:
                epoch = (await ear.greeted()).epoch
                await ear.resume(**{vault: added.seq})
                held = await ada.check_out(added.file.id)
                await ear.event(seq=held.seq)
                server.kill()
                assert await ear.closed() == (1006, "")
            fold.apply(next(each for each in ear.heard if each.seq == held.seq))
            server.start()
            last = await ada.check_in(held, b"G1 X1\n")
            async with ben.listen() as ear:
                assert (await ear.greeted()).epoch == epoch
                await ear.resume(**{vault: fold.seq})
                await ear.event(seq=last.seq)
            for envelope in ear.heard:
                fold.apply(envelope)
            assert fold.files == (await ben.tree(vault)).files


async def test_a_restart_loses_nothing_that_happened_before_during_or_after(tmp_path: Path) -> None:
    with real_server(tmp_path) as server:
        for name in ("Ada", "Ben"):
            server.add_person(name, PASSWORD)
        async with signed_in(server.address, "Ada") as ada, signed_in(server.address, "Ben") as ben:
            vault = await ada.vault()
            added = await ada.add(vault, "a.nc")
            fold = Fold({}, 0)
            for round_number in range(3):
                async with ben.listen() as ear:
                    await ear.greeted()
                    await ear.resume(**{vault: fold.seq})
                    undone = await ada.undo(await ada.check_out(added.file.id, message=f"round {round_number}"))
                    await ear.event(seq=undone.seq)
                    server.restart()
                    assert (await ear.closed())[0] == 1012
                for envelope in ear.heard:
                    fold.apply(envelope)
            assert fold.files == (await ben.tree(vault)).files


async def test_a_revoked_session_is_dead_within_two_seconds_socket_included(tmp_path: Path) -> None:
    with real_server(tmp_path) as server:
        server.add_person("Ada", PASSWORD)
        server.add_person("Ben", PASSWORD)
        async with signed_in(server.address, "Ada") as ada, signed_in(server.address, "Ben") as ben:
            async with ada.listen() as ear, asyncio.timeout(2):
                await ear.greeted()
                await ada.change("DELETE", "/session")
                assert (await ear.closed())[0] == 1008
            assert await _is_signed_out(ada)
            async with ben.listen() as ear:
                await ear.greeted()
                await asyncio.to_thread(server.run, "user", "disable", "Ben")
                async with asyncio.timeout(2):
                    assert (await ear.closed())[0] == 1008
            assert await _is_signed_out(ben)


async def _is_signed_out(client: Client) -> bool:
    with pytest.raises(Refusal) as refusal:
        await client.get("/session", calls.Me)
    return refusal.value.problem.status == 401


async def test_one_check_out_can_be_followed_through_the_log_by_its_seq(tmp_path: Path) -> None:
    with real_server(tmp_path, flags=("--log-file",)) as server:
        server.add_person("Ada", PASSWORD)
        async with signed_in(server.address, "Ada") as ada, ada.listen() as ear:
            await ear.greeted()
            await ear.resume()
            vault = await ada.vault()
            locked = await ada.check_out((await ada.add(vault, "a.nc")).file.id)
            await ear.event(seq=locked.seq)
        server.stop()
        about = [line for line in server.log_lines if (line.get("vault"), line.get("seq")) == (vault, locked.seq)]
        assert {line["event"]: line.get("seats") for line in about} == {"committed": None, "delivered": 1}
        assert (server.data / "logs" / "server.log").read_text(encoding="utf-8") == server.log_text
        assert PASSWORD not in server.log_text
        assert ada.token not in server.log_text


def test_a_folder_or_an_address_in_use_is_said_in_one_sentence(tmp_path: Path) -> None:
    with real_server(tmp_path) as server:
        in_use = server.run("serve", "--port", "0", check=False)
        assert in_use.returncode == Exit.IN_USE
        assert str(server.data) in in_use.stderr
        other = RealServer(tmp_path / "other")
        taken = other.run("serve", "--port", str(server.port), check=False)
        assert taken.returncode == Exit.CANNOT_LISTEN
        assert f"port {server.port}" in taken.stderr
        for ended in (in_use, taken):
            assert "Traceback" not in ended.stderr
            assert ended.stdout == ""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_only_the_servers_account_may_read_how_the_operator_gets_in(tmp_path: Path) -> None:
    with real_server(tmp_path) as server:
        door = server.data / "run" / "operator.json"
        assert stat.S_IMODE(door.stat().st_mode) == 0o600
        assert stat.S_IMODE((server.data / "token.key").stat().st_mode) == 0o600
        told = door_of(server.data / "run")
        assert told is not None
        assert told.address == server.address


async def test_with_a_certificate_everything_is_https_and_wss(tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    chain, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(chain, append=True)
    certificate.private_key_pem.write_to_path(key)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with real_server(tmp_path, flags=("--tls-cert", str(chain), "--tls-key", str(key))) as server:
        assert server.address.startswith("https://")
        server.add_person("Ada", PASSWORD)
        assert server.run("user", "list").stdout == "Ada\n"
        async with signed_in(server.address, "Ada", tls=trusting) as ada, ada.listen() as ear:
            await ear.greeted()
            await ear.resume()
            locked = await ada.check_out((await ada.add(await ada.vault(), "a.nc")).file.id)
            await ear.event(seq=locked.seq)


def test_a_request_that_trickles_in_is_ended(tmp_path: Path) -> None:
    settings = {"PDM_HEADER_TIMEOUT": "0.3", "PDM_BODY_TIMEOUT": "0.3"}
    with real_server(tmp_path, settings=settings) as server:
        beginnings = [
            b"",
            b"GET /healthz HTTP/1.1\r\nhost: x\r\n",
            b"POST /api/session HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
        ]
        for beginning in beginnings:
            with socket.create_connection(("127.0.0.1", server.port), timeout=10) as trickle:
                trickle.sendall(beginning)
                assert b" 408 " in _all_of(trickle)
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as idle:
            idle.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
            assert b" 200 " in idle.recv(4_096)
            idle.sendall(b"\r\n")  # an empty line is no request, and must not keep the connection
            assert b" 408 " in _all_of(idle)
        assert httpx.get(f"{server.address}/healthz", trust_env=False).status_code == 200


@pytest.mark.parametrize(
    ("beginning", "rest"),
    [
        (b"GET /", b"a" * 65_536),
        (b"GET / HTTP/1.1\r\nx: ", b"a" * 65_536),
        (b"GET / HTTP/1.1\r\n", b"x: y\r\n" * 10_000),
        (b"POST /api/session HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n", b"x: y\r\n" * 10_000),
    ],
    ids=["address", "field", "fields", "trailers"],
)
def test_a_head_without_end_is_cut_and_costs_no_memory(tmp_path: Path, beginning: bytes, rest: bytes) -> None:
    with real_server(tmp_path) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as endless:
            endless.sendall(beginning)
            sent = 0
            with contextlib.suppress(ConnectionError):
                while sent < 64 * 2**20:
                    endless.sendall(rest)
                    sent += len(rest)
        # What the two systems hold on the way is all that can be sent.
        assert sent < 32 * 2**20
        assert httpx.get(f"{server.address}/healthz", trust_env=False).status_code == 200


async def test_an_answer_that_nobody_takes_is_given_up(tmp_path: Path) -> None:
    with real_server(tmp_path, settings={"PDM_BODY_TIMEOUT": "0.3"}) as server:
        server.add_person("Ada", PASSWORD)
        async with signed_in(server.address, "Ada") as ada:
            content = bytes(32 * 2**20)
            file = (await ada.add(await ada.vault(), "a.nc", content)).file.id
            with socket.create_connection(("127.0.0.1", server.port), timeout=10) as idle:
                head = f"GET /api/files/{file}/content HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {ada.token}\r\n\r\n"
                idle.sendall(head.encode())
                wait_for(lambda: any(line["event"] == "answer_not_taken" for line in server.log_lines))
                with contextlib.suppress(ConnectionError):
                    assert len(_all_of(idle)) < len(content)
            assert await ada.content(file) == content


@pytest.mark.skipif(os.name == "nt", reason="Windows does not count sockets")
def test_more_sockets_than_a_shell_allows_at_first_are_no_trouble(tmp_path: Path) -> None:
    import resource  # not on Windows

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, before[1]))
    server = RealServer(tmp_path)
    try:
        server.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    with contextlib.closing(server), contextlib.ExitStack() as silent:
        for _ in range(200):
            silent.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
        assert httpx.get(f"{server.address}/readyz", trust_env=False).status_code == 200


def _all_of(connection: socket.socket) -> bytes:
    received = b""
    while piece := connection.recv(4_096):
        received += piece
    return received


def test_answers_do_not_tell_what_the_server_is_made_of(tmp_path: Path) -> None:
    with real_server(tmp_path) as server:
        answer = httpx.get(f"{server.address}/healthz", trust_env=False)
        assert "server" not in answer.headers


def test_a_proxys_word_counts_only_if_the_proxy_is_trusted(tmp_path: Path) -> None:
    """Each try names another address. Waits grow, so that the sixth is not the last, however slow this computer is."""

    def is_ever_slowed_down(address: str) -> bool:
        wrong = {"name": "Nobody", "password": "wrong password"}
        return any(
            httpx.post(
                f"{address}/api/session",
                json=wrong,
                headers={"X-Forwarded-For": f"203.0.113.{at}"},
                trust_env=False,
                timeout=30,
            ).status_code
            == 429
            for at in range(20)
        )

    with real_server(tmp_path / "trusted", settings={"PDM_TRUSTED_PROXIES": "127.0.0.1"}) as server:
        assert not is_ever_slowed_down(server.address)
    with real_server(tmp_path / "plain") as server:
        assert is_ever_slowed_down(server.address)


def test_data_of_a_newer_version_is_left_alone_and_said_so(tmp_path: Path) -> None:
    with real_server(tmp_path) as server:
        server.stop()
        with contextlib.closing(sqlite3.connect(server.data / "vault.sqlite3")) as database, database:
            database.execute("UPDATE alembic_version SET version_num = 'of tomorrow'")
        refused = server.run("serve", "--port", "0", check=False)
        assert refused.returncode == Exit.TROUBLE
        assert refused.stderr.startswith("The data were written by a newer version of the server.")
        assert "Traceback" not in refused.stderr


def test_a_data_folder_that_is_damaged_is_said_so(tmp_path: Path) -> None:
    server = RealServer(tmp_path)
    server.data.mkdir()
    (server.data / "vault.sqlite3").write_bytes(b"this is no database " * 1_000)
    refused = server.run("serve", "--port", "0", check=False)
    assert refused.returncode == Exit.TROUBLE
    assert refused.stderr.startswith(f"The data folder {server.data} cannot be used: file is not a database.")
    assert "Traceback" not in refused.stderr
