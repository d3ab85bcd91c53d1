"""The figures of a whole server: what happens is counted, and docs/server.md names every one of them."""

import itertools
import re
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from server import log
from server.bus.base import BusFigures
from server.routes.exposition import Exposition, Meters
from server.routes.traffic import Traffic
from server.services.readiness import Reached
from server.services.surroundings import Found, Places
from server.storage.figures import StoreFigures
from server.storage.premises import Room
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.server import RealServer, real_server
from tests.support.server_docs import rows
from tests.support.web import QUIET

FIGURES = rows("figure")
KINDS = ("read", "write", "stream")
OF_THE_PROCESS = re.compile(r"process_\w+")
"""Of prometheus-client itself, and only where there is /proc."""


def full_exposition(*, database_bytes: int = 7) -> Exposition:
    """A server of which every figure is there."""
    traffic = Traffic()
    traffic.calls["GET", "/readyz", "200"] += 1
    traffic.seconds["/readyz"].add(0.01)
    store = StoreFigures()
    store.committed["checked_in"] += 1
    log.lines["info"] += 1
    exposition = Exposition(Meters(traffic=traffic, hub=lambda: QUIET, bus=BusFigures, store=store))
    at = datetime(2026, 3, 5, tzinfo=UTC)
    places = Places(rooms={"data": Room(free=5, total=9)}, database_bytes=database_bytes, certificate_ends=at)
    reached = Reached(database=True, contents=True, bus=False)
    exposition.take(Found(reached=reached, places=places, last_backup=at, open_uploads=4))
    return exposition


def told_by(exposition: Exposition) -> dict[str, Metric]:
    return {each.name: each for each in text_string_to_metric_families(exposition.text().decode())}


def shown(metric: Metric) -> str:
    """The name as it stands in a query."""
    return f"{metric.name}_total" if metric.type == "counter" else metric.name


def labels_of(metric: Metric) -> set[str]:
    named = {label for sample in metric.samples for label in sample.labels}
    return named - {"le"}


@pytest.mark.skipif(sys.platform == "win32", reason="figures of the process come from /proc")
def test_every_figure_is_described_and_every_one_described_is_there() -> None:
    told = {shown(each) for each in told_by(full_exposition()).values()}
    assert told == FIGURES.keys()


def test_what_a_figure_says_and_its_labels_stand_in_the_docs() -> None:
    told = {shown(each): each for each in told_by(full_exposition()).values()}
    ours = {name: each for name, each in told.items() if not OF_THE_PROCESS.fullmatch(name)}
    described = {name: cells for name, cells in FIGURES.items() if not OF_THE_PROCESS.fullmatch(name)}
    assert described == {
        name: [each.type, ", ".join(f"`{label}`" for label in sorted(labels_of(each))), each.documentation]
        for name, each in ours.items()
    }


def test_a_database_elsewhere_has_no_files_here() -> None:
    assert "pdm_database_bytes" not in told_by(full_exposition(database_bytes=0))


def test_two_servers_in_one_process_count_by_themselves() -> None:
    both = [told_by(each)["pdm_changes"] for each in (full_exposition(), full_exposition())]
    assert [[sample.value for sample in each.samples] for each in both] == [[1], [1]]


@contextmanager
def scraped(server: RealServer) -> Iterator[dict[str, float]]:
    """Every sample by its name and labels, as Prometheus would keep it."""
    answer = httpx.get(f"{server.address}/metrics", trust_env=False)
    assert answer.status_code == 200
    yield {
        "/".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def stops_reading(ada: Client, server: RealServer) -> None:
    """Ada is at another seat, too, which reads nothing while events come, until the server has enough of it."""
    with socket.socket() as small:
        small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        small.connect(("127.0.0.1", server.port))
        small.setblocking(False)
        async with signed_in(server.address, "Ada") as other, other.listen(sock=small, max_queue=1) as slow:
            await slow.greeted()
            await slow.resume()
            slow.socket.transport.pause_reading()
            for part in itertools.count():
                await ada.add_set(await ada.vault(), [f"{part}/{number}.nc" for number in range(50)])
                with scraped(server) as now:
                    if now["pdm_slow_readers_closed_total"]:
                        break
            slow.socket.transport.resume_reading()
            assert (await slow.closed())[0] == 4008


async def test_what_happens_on_a_server_is_counted(tmp_path: Path) -> None:
    began = time.monotonic()
    with real_server(tmp_path, settings={"PDM_WAITING_BYTES": "10000", "PDM_SEND_BUFFER": "4096"}) as server:
        server.add_person("Ada", PASSWORD)
        async with signed_in(server.address, "Ada") as ada, ada.listen() as ear:
            await ear.greeted()
            await ear.resume()
            added = await ada.add(await ada.vault(), "a.nc", b"G0 X0\n")
            await ear.event(seq=added.seq)
            held = await ada.check_out(added.file.id)
            await ear.event(seq=held.seq)
            await ada.undo(held)
            await ear.event(seq=held.seq + 1)
            sent = len((await ada.call("GET", f"/vaults/{added.vault}/tree")).content)
            with scraped(server) as now:
                assert now["pdm_seats_connected"] == now["pdm_people_connected"] == now["pdm_arrivals_total"] == 1
                assert now["pdm_events_told_total"] == now["pdm_event_frames_total"] == 3
                changes = [f"pdm_changes_total/{action}" for action in ("added", "checked_out", "undone")]
                assert [now[each] for each in changes] == [1, 1, 1]
                assert now["pdm_http_requests_total/POST//api/files/{file}/checkout/200"] == 1
                assert now["pdm_transfer_bytes_total/up"] > len(b"G0 X0\n")
                assert now["pdm_database_seconds_count/write"] >= 4
                assert 4 <= now["pdm_database_commits_total"] <= now["pdm_database_seconds_count/write"]
                assert now["pdm_database_open/write"] == 0
                assert now["pdm_fanout_seconds_count"] == 3
                assert now["pdm_slow_readers_closed_total"] == now["pdm_hub_failures_total/watch"] == 0
                assert now["pdm_bus_away"] == now["pdm_bus_hints_total/lost"] == 0
                assert now["pdm_log_lines_total/info"] > 0
                assert now["pdm_database_seconds_count/stream"] == 1
                assert now["pdm_transfer_bytes_total/down"] > sent
                took = time.monotonic() - began
                for timed in ("fanout_seconds_sum", *(f"database_seconds_sum/{kind}" for kind in KINDS)):
                    assert 0 < now[f"pdm_{timed}"] <= took, timed
        async with signed_in(server.address, "Ada") as ada:
            await stops_reading(ada, server)
            with scraped(server) as then:
                assert then["pdm_slow_readers_closed_total"] == 1
