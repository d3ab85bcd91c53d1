"""A choice among the vaults that I administer, or all of them."""

from collections.abc import Callable

from PySide6.QtWidgets import QComboBox

from pdm_desktop.state.store import Store
from pdm_desktop.ui import theme
from pdm_desktop.ui.bridge import Bridge


class VaultFilter(QComboBox):
    """Follows the vaults as they come and go; the one that is chosen stays so. `changed` hears another choice."""

    def __init__(self, store: Store, bridge: Bridge, changed: Callable[[], object]) -> None:
        super().__init__()
        self._store = store
        self._changed = changed
        self.setAccessibleName("Vault")
        self.setFixedHeight(theme.FIELD)
        self.addItem("All vaults", None)
        self._fill()
        self.currentIndexChanged.connect(lambda _: changed())
        bridge.vaults.connect(self._refill)

    @property
    def vault(self) -> str | None:
        """Its id; None: all of them."""
        chosen: str | None = self.currentData()
        return chosen

    @property
    def vaults(self) -> list[str]:
        """The ids of all that there are to choose from."""
        return [self.itemData(place) for place in range(1, self.count())]

    def takes(self, vault: str) -> bool:
        """Whether what lies in that vault is to be seen."""
        return self.vault in (None, vault)

    def _mine(self) -> list[tuple[str, str]]:
        return [(each.name, each.id) for each in self._store.vaults.values() if each.role == "administrator"]

    def _refill(self) -> None:
        if self._mine() == [(self.itemText(place), self.itemData(place)) for place in range(1, self.count())]:
            return
        self.blockSignals(True)  # it is one change
        self._fill()
        self.blockSignals(False)
        self._changed()

    def _fill(self) -> None:
        chosen = self.vault
        while self.count() > 1:
            self.removeItem(1)
        for name, vault in self._mine():
            self.addItem(name, vault)
        self.setCurrentIndex(max(self.findData(chosen), 0))
