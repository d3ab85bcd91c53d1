"""What the window remembers from one start to the next: places and sizes, the scheme, the last reasons."""

from PySide6.QtCore import QByteArray, QSettings

from pdm_desktop.ui.theme import Wish

REASONS = 2
"""So many last reasons of a check-out are offered again."""


class Memory:
    """Typed access to a QSettings file. Values that cannot be read count as never written."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    @property
    def reasons(self) -> list[str]:
        """The last reasons of check-outs, the newest first."""
        kept = self._settings.value("check_out/reasons")
        return [text for text in kept if isinstance(text, str)] if isinstance(kept, list) else []

    def keep_reason(self, reason: str) -> None:
        others = [text for text in self.reasons if text != reason]
        self._settings.setValue("check_out/reasons", [reason, *others][:REASONS])

    @property
    def wish(self) -> Wish:
        """Which scheme the person wants."""
        text = self._text("look/scheme")
        return next((wish for wish in Wish if wish.value == text), Wish.SYSTEM)

    def keep_wish(self, wish: Wish) -> None:
        self._settings.setValue("look/scheme", wish.value)

    @property
    def place(self) -> tuple[str, str]:
        """Vault and folder that were open last."""
        return self._text("place/vault"), self._text("place/folder")

    def keep_place(self, vault: str, folder: str) -> None:
        self._settings.setValue("place/vault", vault)
        self._settings.setValue("place/folder", folder)

    def state(self, name: str) -> QByteArray | None:
        """The kept geometry or state of a widget."""
        kept = self._settings.value(f"window/{name}")
        return kept if isinstance(kept, QByteArray) and not kept.isEmpty() else None

    def keep_state(self, name: str, state: QByteArray) -> None:
        self._settings.setValue(f"window/{name}", state)

    def number(self, name: str, default: int) -> int:
        """A kept number, such as that of the open tab."""
        kept = self._text(f"window/{name}")
        return int(kept) if kept.isdigit() else default

    def keep_number(self, name: str, number: int) -> None:
        self._settings.setValue(f"window/{name}", str(number))

    def _text(self, key: str) -> str:
        kept = self._settings.value(key)
        return kept if isinstance(kept, str) else ""
