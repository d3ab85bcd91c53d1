"""The figures of one server in the text format of Prometheus. No other module knows that library.

Nothing is counted here: each figure is read where it is counted, at the moment at which somebody asks.
"""

import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from server import log
from server.bus.base import BusFigures
from server.hub.figures import Figures
from server.routes.traffic import Traffic
from server.services.surroundings import Found
from server.storage.figures import StoreFigures
from server.version import VERSION

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meters:
    """Where things are counted."""

    traffic: Traffic
    hub: Callable[[], Figures]
    bus: Callable[[], BusFigures]
    store: StoreFigures


class Exposition:
    """All figures of one server, with a registry of its own."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)  # processor time, memory and descriptors, where there is /proc
        self._families = _Families()
        self._registry.register(self._families)

    def take(self, found: Found) -> None:
        """Read every figure at this moment. On the event loop, where they are counted."""
        self._families.taken = (
            InfoMetricFamily("pdm_build", "What runs here.", {"version": VERSION, "python": platform.python_version()}),
            *_of_hub(self._meters.hub()),
            *_of_bus(self._meters.bus()),
            *_of_store(self._meters.store),
            *_of_traffic(self._meters.traffic),
            *_of_surroundings(found),
            _counts("pdm_log_lines", "Lines of the log.", "level", log.lines),
        )

    def text(self) -> bytes:
        """What was taken last, as text. From any thread."""
        return generate_latest(self._registry)


class _Families(Collector):
    """Those that were taken last."""

    def __init__(self) -> None:
        self.taken: tuple[Metric, ...] = ()

    def collect(self) -> tuple[Metric, ...]:
        """All of them."""
        return self.taken


def _of_hub(hub: Figures) -> Iterator[Metric]:
    yield GaugeMetricFamily("pdm_seats_connected", "Seats and browsers connected now.", hub.seats)
    yield GaugeMetricFamily("pdm_people_connected", "People connected now.", hub.people)
    yield CounterMetricFamily("pdm_arrivals", "Connections that were greeted.", hub.arrivals)
    yield CounterMetricFamily("pdm_slow_readers_closed", "Connections closed for what they did not read.", hub.too_slow)
    yield GaugeMetricFamily("pdm_socket_waiting_bytes", "Bytes that wait unread for all sockets.", hub.waiting_bytes)
    yield GaugeMetricFamily(
        "pdm_socket_most_waiting_bytes", "Bytes that wait for the slowest reader.", hub.most_waiting_bytes
    )
    yield CounterMetricFamily("pdm_events_told", "Events of vaults that were told.", hub.events)
    yield CounterMetricFamily("pdm_event_frames", "Events of vaults that were handed to a socket.", hub.frames)
    yield GaugeMetricFamily("pdm_vaults_behind", "Vaults with news that nobody was sent yet.", hub.vaults_behind)
    yield HistogramMetricFamily(
        "pdm_fanout_seconds",
        "From the first to the last socket, for events told at once.",
        buckets=hub.fan_out.up_to(),
        sum_value=hub.fan_out.sum,
    )
    yield _counts("pdm_hub_failures", "Tries of the hub that failed, by what it tried.", "step", hub.step_failures)


def _of_bus(bus: BusFigures) -> Iterator[Metric]:
    hints = {"sent": bus.sent, "received": bus.received, "lost": bus.lost}
    yield _counts("pdm_bus_hints", "Hints between nodes: sent, received, and lost on the way out.", "what", hints)
    yield GaugeMetricFamily("pdm_bus_away", "Whether no hints of other nodes arrive: 1, else 0.", float(bus.away))
    yield CounterMetricFamily("pdm_bus_reconnects", "How often the bus came back.", bus.found_again)


def _of_store(store: StoreFigures) -> Iterator[Metric]:
    yield _counts("pdm_changes", "Changes that were committed, by their action.", "action", store.committed)
    yield CounterMetricFamily("pdm_database_commits", "Commits; changes that wait together share one.", store.commits)
    seconds = HistogramMetricFamily(
        "pdm_database_seconds",
        "Time of a transaction, with its waiting, also for who reads a stream.",
        labels=["kind"],
    )
    open_ones = GaugeMetricFamily("pdm_database_open", "Transactions that wait or are at work.", labels=["kind"])
    for kind, work in (("read", store.reads), ("write", store.writes), ("stream", store.streams)):
        seconds.add_metric([kind], work.seconds.up_to(), work.seconds.sum)
        open_ones.add_metric([kind], work.open)
    yield seconds
    yield open_ones


def _of_traffic(traffic: Traffic) -> Iterator[Metric]:
    calls = CounterMetricFamily(
        "pdm_http_requests", "Calls that ended, by route and status.", labels=["method", "route", "status"]
    )
    for named, count in traffic.calls.items():
        calls.add_metric(named, count)
    yield calls
    seconds = HistogramMetricFamily("pdm_http_request_seconds", "Time of a call, by route.", labels=["route"])
    for route, spread in traffic.seconds.items():
        seconds.add_metric([route], spread.up_to(), spread.sum)
    yield seconds
    yield GaugeMetricFamily("pdm_http_requests_open", "Calls that are under way.", traffic.open)
    both = {"up": traffic.bytes_up, "down": traffic.bytes_down}
    yield _counts("pdm_transfer_bytes", "Bytes of bodies, to the server and from it.", "direction", both)


def _of_surroundings(found: Found) -> Iterator[Metric]:
    answers = GaugeMetricFamily("pdm_reachable", "Whether that answers: 1, else 0.", labels=["part"])
    for part in ("database", "contents", "bus"):
        answers.add_metric([part], float(getattr(found.reached, part)))
    yield answers
    if found.open_uploads is not None:
        yield GaugeMetricFamily("pdm_uploads_open", "Uploads in parts that are not finished.", found.open_uploads)
    if found.last_backup is not None:
        yield GaugeMetricFamily(
            "pdm_last_backup_timestamp_seconds", "When the last backup was made.", found.last_backup.timestamp()
        )
    if found.places is None:
        return
    free = GaugeMetricFamily("pdm_disk_free_bytes", "Room on the disk of that folder.", labels=["folder"])
    total = GaugeMetricFamily("pdm_disk_bytes", "Size of the disk of that folder.", labels=["folder"])
    for folder, room in found.places.rooms.items():
        free.add_metric([folder], room.free)
        total.add_metric([folder], room.total)
    yield free
    yield total
    if found.places.database_bytes:  # of a database elsewhere there are no files here
        yield GaugeMetricFamily("pdm_database_bytes", "Size of the database's files.", found.places.database_bytes)
    if found.places.certificate_ends is not None:
        ends = found.places.certificate_ends.timestamp()
        yield GaugeMetricFamily("pdm_certificate_end_timestamp_seconds", "Until when the certificate is good.", ends)


def _counts(name: str, what: str, label: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, what, labels=[label])
    for value, count in dict(counts).items():
        family.add_metric([value], count)
    return family
