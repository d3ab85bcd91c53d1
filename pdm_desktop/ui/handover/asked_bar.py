"""The bar that says who asks for a file of mine, for as long as there is no answer.

Not every desktop has notices that can be pressed, or a tray: what waits for an answer can always be found here.
"""

from collections.abc import Callable

from pdm_desktop.core import words
from pdm_desktop.core.paths import name_of
from pdm_desktop.state.store import Store
from pdm_desktop.ui.messages import MessageBar
from pdm_desktop.ui.theme import Bar
from pdm_desktop.ui.widgets import button


class AskedBar(MessageBar):
    """Shows the request that waits longest; hidden while there is none."""

    def __init__(self, store: Store, show: Callable[[str], object]) -> None:
        """`show` opens the window of a request, which it gets by its id."""
        self._store = store
        self._show = show
        self.answer = button("Answer…", press=self._open)
        super().__init__(Bar.INFO, self.answer)
        self.refresh()

    def refresh(self) -> None:
        """Say what there is now."""
        waiting = self._store.mine.to_answer
        self.setVisible(bool(waiting))
        if not waiting:
            return
        first, more = waiting[0], len(waiting) - 1
        why = f": {first.text}" if first.text else "."
        tail = f" ({words.several(more, 'more request', 'more requests')})" if more else ""
        self.say(f"asks for {name_of(first.path)}{why}{tail}", strong=first.asker)

    def _open(self) -> None:
        waiting = self._store.mine.to_answer
        if waiting:
            self._show(waiting[0].id)
