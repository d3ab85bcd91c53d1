"""The bar that says that an update is there or needed, and how far it is: in the main window, and at the sign-in."""

from collections.abc import Callable

from pdm_desktop.core.requests import CancelUpdate, InstallUpdate, Request
from pdm_desktop.core.updates import Need, Stage, Update, sentence_of, title_of
from pdm_desktop.ui.messages import MessageBar
from pdm_desktop.ui.theme import Bar
from pdm_desktop.ui.widgets import button

_KINDS = {Need.NONE: Bar.INFO, Need.AVAILABLE: Bar.INFO, Need.REQUIRED: Bar.WARN}


class UpdateBar(MessageBar):
    """Hidden while there is nothing to say. What is only available can be put off until the next start."""

    def __init__(self, update: Callable[[], Update], submit: Callable[[Request], None], *, only_required: bool) -> None:
        """`only_required`: an update that is only available is not said here."""
        self._update = update
        self._submit = submit
        self._only_required = only_required
        self._put_off = ""
        self.act = button("Install…", main=True, press=self._act)
        self.later = button("Later", press=self._later)
        super().__init__(Bar.INFO, self.later, self.act)
        self.refresh()

    def refresh(self) -> None:
        """Say how it is now."""
        update = self._update()
        self.setVisible(self._is_said(update))
        if update.need is Need.NONE:
            return
        self.say(sentence_of(update), strong=title_of(update), kind=_KINDS[update.need])
        self.act.setText(_verb(update))
        self.act.setVisible(update.installer is not None and update.stage not in (Stage.ASKING, Stage.INSTALLING))
        self.later.setText("Later" if update.installer is not None else "Close")
        self.later.setVisible(update.need is Need.AVAILABLE and not update.runs)

    def _is_said(self, update: Update) -> bool:
        match update.need:
            case Need.NONE:
                return False
            case Need.REQUIRED:
                return True
            case Need.AVAILABLE:
                return not self._only_required and (update.runs or update.version != self._put_off)

    def _act(self) -> None:
        is_fetching = self._update().stage is Stage.FETCHING
        self._submit(CancelUpdate() if is_fetching else InstallUpdate())

    def _later(self) -> None:
        self._put_off = self._update().version
        self.refresh()


def _verb(update: Update) -> str:
    match update.stage:
        case Stage.FETCHING:
            return "Cancel"
        case Stage.FAILED:
            return "Try again"
        case _:
            return "Install the update" if update.need is Need.REQUIRED else "Install…"
