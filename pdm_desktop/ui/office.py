"""A page that shows lists of the office, kept as they are on the server for as long as it can be seen."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from pdm_desktop.core.office.requests import Look, LookAway, OfficeRequest, Query
from pdm_desktop.core.office.topics import Topic
from pdm_desktop.core.requests import Request
from pdm_desktop.state.store import Store
from pdm_desktop.ui.bridge import Bridge


class OfficePage(QWidget):
    """What every such page shares. A page says its topics, and draws itself in `refresh`.

    `counted`: so many rows are on it now, for who shows that number.
    """

    counted = Signal(int)

    def __init__(
        self,
        store: Store,
        bridge: Bridge,
        submit: Callable[[Request], None],
        clock: Callable[[], datetime],
        topics: Sequence[Topic[Any]],
    ) -> None:
        super().__init__()
        self.store = store
        self.submit = submit
        self.clock = clock
        self._topics = tuple(topics)
        self._looks = False
        bridge.topic.connect(self._take_topic)
        bridge.connection.connect(self._take_connection)
        bridge.made.connect(self._take_made)

    def refresh(self) -> None:
        """Show what the store has now."""

    def query(self, topic: Topic[Any]) -> Query:
        """By what the person narrows a list."""
        return ()

    def made(self, request: OfficeRequest, answer: object) -> None:
        """A wish of the office is done, perhaps this page's."""

    def look_again(self) -> None:
        """Read all lists of the page, as when the person narrows them otherwise."""
        self._looks = True
        for topic in self._topics:
            self.submit(Look(topic=topic, query=self.query(topic)))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self.look_again()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not self._looks:
            return
        self._looks = False
        for topic in self._topics:
            self.submit(LookAway(topic=topic))

    def _take_topic(self, name: str) -> None:
        if self.isVisible() and any(topic.name == name for topic in self._topics):
            self.refresh()

    def _take_connection(self) -> None:
        if self.isVisible() and self.store.connection.known:
            self.look_again()

    def _take_made(self, request: OfficeRequest, answer: object) -> None:
        self.made(request, answer)
