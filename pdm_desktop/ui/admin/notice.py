"""What a tab of Administration has to say once: a bar that goes away when it is closed."""

from pdm_desktop.ui.messages import MessageBar
from pdm_desktop.ui.theme import Bar
from pdm_desktop.ui.widgets import tool


class NoticeBar(MessageBar):
    """Hidden until something is said."""

    def __init__(self) -> None:
        close = tool(icon="close", tip="Close this message", press=self.hide)
        super().__init__(Bar.INFO, close)  # type: ignore[arg-type] # a flat button is as good as another
        self.hide()

    def show_words(self, kind: Bar, strong: str, text: str) -> None:
        """Say it."""
        self.say(text, strong=strong, kind=kind)
        self.show()
