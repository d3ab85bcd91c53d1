"""The bar that says what an administrator has told the person, until it is understood."""

from collections.abc import Callable
from datetime import datetime

from pdm_desktop.core import words
from pdm_desktop.core.office.watches import Understand
from pdm_desktop.core.requests import Request
from pdm_desktop.state.store import Store
from pdm_desktop.ui.messages import MessageBar
from pdm_desktop.ui.theme import Bar
from pdm_desktop.ui.widgets import button


class ToldBar(MessageBar):
    """Shows the oldest message that is not understood yet; hidden while there is none."""

    def __init__(self, store: Store, submit: Callable[[Request], None], clock: Callable[[], datetime]) -> None:
        self._store = store
        self._submit = submit
        self._clock = clock
        self._pressed: set[int] = set()
        """Messages whose button was pressed, while the server has not answered yet."""
        self.understood = button("Understood", press=self._understand)
        super().__init__(Bar.INFO, self.understood)
        self.refresh()

    def refresh(self) -> None:
        """Say what there is now."""
        messages = self._store.mine.messages
        self._pressed &= {each.number for each in messages}
        left = [each for each in messages if each.number not in self._pressed]
        self.setVisible(bool(left))
        if not left:
            return
        first, more = left[0], len(left) - 1
        tail = f" ({words.several(more, 'more message', 'more messages')})" if more else ""
        at = words.when(first.at, self._clock())
        self.say(f"{first.text}{tail}", strong=f"Message from {first.by or 'an administrator'}, {at}:")

    def not_done(self, request: object) -> None:
        """A request could not be done: a message that was meant by it shows again."""
        if isinstance(request, Understand):
            self._pressed.discard(request.number)
            self.refresh()

    def _understand(self) -> None:
        left = [each.number for each in self._store.mine.messages if each.number not in self._pressed]
        if left:
            self._pressed.add(left[0])
            self._submit(Understand(number=left[0]))
            self.refresh()
