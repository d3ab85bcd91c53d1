"""The window that asks how much of the line transfers may take."""

from PySide6.QtWidgets import QDoubleSpinBox, QLabel, QWidget

from pdm_desktop.core.pace import LOWEST, MEGABYTE, Limits
from pdm_desktop.core.requests import LimitTransfers
from pdm_desktop.state.fixed import NOTHING_FIXED, Fixed
from pdm_desktop.ui import theme
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.fixed import show_fixed
from pdm_desktop.ui.widgets import column, label, named, row

MOST = 10_000.0
"""Megabytes a second."""
STEP = 0.5
BITS = 8


class LimitsDialog(Dialog):
    """Asks for the limits of both directions. `request` is the answer."""

    def __init__(self, limits: Limits, parent: QWidget | None = None, *, fixed: Fixed = NOTHING_FIXED) -> None:
        note = "All transfers of a direction share what you set here, also those that run now. 0 means no limit."
        super().__init__(parent, window="Limit transfers", title="Limit transfers", note=note, verb="Set limits")
        self._before = limits
        self.up, up = self._field(limits.up)
        self.down, down = self._field(limits.down)
        to_server = column(named("To the &server", self.up), row(self.up, up, None), gap=theme.GAP_GROUP)
        from_server = column(named("To this &computer", self.down), row(self.down, down, None), gap=theme.GAP_GROUP)
        self.fill(to_server, 4, from_server)
        self.setFixedWidth(440)
        self._begin_at_what_is_free(fixed)

    @property
    def request(self) -> LimitTransfers:
        """What is set."""
        return LimitTransfers(up=round(self.up.value(), 1), down=round(self.down.value(), 1))

    def _begin_at_what_is_free(self, fixed: Fixed) -> None:
        free = []
        for field, is_fixed in ((self.up, fixed.limit_up), (self.down, fixed.limit_down)):
            if is_fixed:
                show_fixed(field)
            else:
                free.append(field)
        if free:
            free[0].setFocus()
            free[0].selectAll()
        else:
            show_fixed(self.main)

    def typed(self) -> bool:
        return (self.request.up, self.request.down) != (self._before.up, self._before.down)

    def _field(self, value: float) -> tuple[QDoubleSpinBox, QLabel]:
        field, bits = QDoubleSpinBox(), label("", second=True)
        field.setDecimals(1)
        field.setRange(0.0, MOST)
        field.setSingleStep(STEP)
        field.setSuffix(" MB/s")
        field.setSpecialValueText("No limit")
        field.setFixedHeight(theme.FIELD)
        field.setMinimumWidth(140)
        field.valueChanged.connect(lambda megabytes: bits.setText(_bits(megabytes)))
        field.setValue(max(value, LOWEST / MEGABYTE) if value > 0 else 0.0)
        bits.setText(_bits(field.value()))
        return field, bits


def _bits(megabytes: float) -> str:
    """The same as lines are sold."""
    return f"{megabytes * BITS:,.1f}".removesuffix(".0") + " Mbit/s" if megabytes > 0 else ""
