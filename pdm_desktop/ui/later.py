"""A part of the window that is made when somebody first wants to see it: a start does not wait for it."""

from collections.abc import Callable
from functools import cached_property
from typing import Generic, TypeVar

from PySide6.QtWidgets import QWidget

from pdm_desktop.ui.widgets import column

Part = TypeVar("Part", bound=QWidget)


class Later(QWidget, Generic[Part]):
    """The place of a part. `make` is called once."""

    def __init__(self, make: Callable[[], Part]) -> None:
        super().__init__()
        self._make = make

    @cached_property
    def made(self) -> Part:
        """The part, in its place."""
        part = self._make()
        self.setLayout(column(part, gap=0))
        return part

    def setVisible(self, visible: bool) -> None:
        if visible:
            self.made.show()
        super().setVisible(visible)
