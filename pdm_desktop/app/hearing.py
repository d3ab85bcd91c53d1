"""What the person wants to hear of: as the server has it, unless an administrator has fixed it on this computer."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pdm_desktop.app.kept import keep_config, read_config
from pdm_desktop.core.errors import Local
from pdm_desktop.core.hearing import Hearing, Rule, rule_of
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.office.watches import ChooseHearing
from pdm_desktop.state.store import Store
from server.protocol.calls import Hearing as Said


class HearingNews:
    """Brings what was read to the notices, and remembers it for a start without a server."""

    def __init__(self, store: Store, data: Path, submit: Callable[[OfficeRequest], None]) -> None:
        self._store = store
        self._data = data
        self._submit = submit
        self._said: Said | None = None
        """What the server said last."""

    def topic_read(self, topic: str) -> None:
        """A list of the office was read."""
        said = self._store.mine.hearing
        if topic != topics.MINE.name or said is None or said == self._said:
            return  # it is read together with what is another now
        self._said = said
        if said.at is None and self._bring_along():
            return
        self._take(said)

    def _bring_along(self) -> bool:
        """The server knows no choice: one that was made on this computer, before servers knew any, is told to it."""
        try:
            here = rule_of(read_config(self._data).notices)
        except Local:
            return False
        if here is Rule.ALL:
            return False
        self._submit(ChooseHearing(rule=here))
        return True

    def _take(self, said: Said) -> None:
        rule, quiet = rule_of(said.rule), tuple(said.quiet)
        before = self._store.hearing
        in_force = before.rule if self._store.fixed.notices else rule
        now = Hearing(rule=in_force, quiet=quiet, quiet_until=before.quiet_until)
        if now != before:
            self._store.hear(now)
        keep_config(self._store, self._data, lambda known: replace(known, notices=rule.value, quiet_hours=quiet))
