"""The office of a session: lists that somebody looks at are kept as the server has them, and changes are made."""

import asyncio
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from pdm_desktop import log
from pdm_desktop.app.tasks import Tasks
from pdm_desktop.core.errors import Told
from pdm_desktop.core.office.requests import Look, LookAway, OfficeRequest, Query
from pdm_desktop.core.office.topics import Topic
from pdm_desktop.net.http import Http
from pdm_desktop.net.office import changing, reading
from pdm_desktop.state.office import Reading
from pdm_desktop.state.store import Store
from server.protocol.records import dataclass


@dataclass(slots=True)
class _Shown:
    """A list that somebody looks at."""

    topic: Topic[Any]
    query: Query
    stale: bool = True
    task: asyncio.Task[None] | None = None


class Office:
    """Reads what is looked at, again after whatever may have changed it. On the window's loop."""

    def __init__(
        self,
        store: Store,
        http: Http,
        tasks: Tasks,
        clock: Callable[[], datetime],
        *,
        always: Iterable[Topic[Any]] = (),
    ) -> None:
        """`always`: what is kept as it is on the server, whoever looks; it is read from the first connection on."""
        self._store = store
        self._http = http
        self._tasks = tasks
        self._clock = clock
        self._always = frozenset(each.name for each in always)
        self._shown: dict[str, _Shown] = {each.name: _Shown(each, ()) for each in always}

    def submit(self, request: OfficeRequest) -> None:
        """Do what is asked for; the answer comes through the store."""
        match request:
            case Look(topic=topic, query=query):
                self._look(topic, query)
            case LookAway(topic=topic) if topic.name in self._always:
                """It is kept all the same."""
            case LookAway(topic=topic):
                self._shown.pop(topic.name, None)
            case _:
                self._tasks.start(self._make(request), name=type(request).__name__)

    def hinted(self, name: str) -> None:
        """The server says that this list is another one now."""
        self._read_again(each for each in self._shown.values() if name in each.topic.hears)

    def locks_changed(self) -> None:
        """Somebody locked or released a file."""
        self._read_again(each for each in self._shown.values() if each.topic.hears_locks)

    def vaults_changed(self) -> None:
        """Something happened in a vault."""
        self._read_again(each for each in self._shown.values() if each.topic.hears_events)

    def people_changed(self) -> None:
        """Somebody came or went."""
        self._read_again(each for each in self._shown.values() if each.topic.hears_presence)

    def come_back(self) -> None:
        """Connected again: whatever is shown may be another by now."""
        self._read_again(self._shown.values())

    def _look(self, topic: Topic[Any], query: Query) -> None:
        shown = self._shown.get(topic.name)
        if shown is None or shown.query != query:
            self._shown[topic.name] = shown = _Shown(topic, query)
        shown.stale = True
        self._begin(shown, wait=0.0)

    def _read_again(self, shown: Iterable[_Shown]) -> None:
        for each in list(shown):
            each.stale = True
            self._begin(each, wait=each.topic.gather)

    def _begin(self, shown: _Shown, *, wait: float) -> None:
        if shown.task is None or shown.task.done():
            shown.task = self._tasks.begin(self._keep(shown, wait), name=f"read {shown.topic.name}")

    async def _keep(self, shown: _Shown, wait: float) -> None:
        """Read until nothing happened meanwhile."""
        while shown.stale and self._shown.get(shown.topic.name) is shown:
            await asyncio.sleep(wait)
            shown.stale = False
            await self._read(shown)
            wait = shown.topic.gather

    async def _read(self, shown: _Shown) -> None:
        trouble = None
        try:
            value = await reading.read(self._http, shown.topic, shown.query)
        except Told as told:
            log.note("list not read", topic=shown.topic.name, why=told.text)
            before = self._store.office.known(shown.topic)
            value, trouble = None if before is None or before.query != shown.query else before.value, told.trouble
        if self._shown.get(shown.topic.name) is shown:
            self._store.read_topic(
                shown.topic, Reading(value=value, query=shown.query, at=self._clock(), trouble=trouble)
            )

    async def _make(self, request: OfficeRequest) -> None:
        try:
            answer = await changing.make(self._http, request, uuid.uuid4().hex)
        except Told as told:
            log.note("not done", request=type(request).__name__, why=told.text)
            if request.tells_trouble:
                self._store.raise_trouble(told.trouble, request)
            answer, made = None, False
        else:
            made = True
        # After a refusal too: what was refused is often refused because the list was an old one.
        self._read_again(self._shown[each.name] for each in request.topics if each.name in self._shown)
        if made:
            self._store.made(request, answer)
