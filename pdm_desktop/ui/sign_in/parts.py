"""What the pages of the sign-in window are made of."""

from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from pdm_desktop.core.results import Trouble
from pdm_desktop.ui import theme
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import Item, Picture, column, label, pane, row


class Fact(QWidget):
    """An icon and a sentence that show when there is something to say."""

    def __init__(self, icon: str, ink: Tone, *, second: bool = False) -> None:
        super().__init__()
        self.words: QLabel = label("", second=second, wrap=True)
        self._picture = Picture(icon, ink=ink)
        box = row(self._picture, self.words, gap=6)
        box.setStretch(1, 1)
        self.setLayout(box)
        self.hide()

    def say(self, text: str, *, icon: str = "", ink: Tone | None = None) -> None:
        """Show a sentence, beside another icon if one is given."""
        if icon and ink is not None:
            self._picture.show_icon(icon, ink)
        self.words.setText(text)
        self.show()


def page(title: QWidget, note: QWidget, *items: Item, foot: list[Item]) -> QWidget:
    """One page: the product's mark beside a title and a sentence, what is asked, and the buttons."""
    head = row(Picture("mark", theme.ICON_TITLE, Tone.ACCENT), 4, column(title, note, gap=2))
    edge = (theme.EDGE_SIGN_IN, 20, theme.EDGE_SIGN_IN, 18)
    return pane(column(head, 12, *items, None, 4, row(*foot), gap=6, edge=edge))


def text_field(text: str, name: str, *, is_secret: bool = False) -> QLineEdit:
    """A field of one line; what is typed into a secret one cannot be read."""
    made = QLineEdit(text)
    made.setFixedHeight(theme.FIELD_SIGN_IN)
    made.setTextMargins(4, 0, 4, 0)
    made.setAccessibleName(name)
    if is_secret:
        made.setEchoMode(QLineEdit.EchoMode.Password)
    return made


def words_of(text: str, field: QLineEdit) -> QLabel:
    """The words above a field, with its key."""
    made = label(text, strong=True)
    made.setBuddy(field)
    return made


def sentence(trouble: Trouble) -> str:
    """What is so, then what to do."""
    return " ".join(part for part in (trouble.text, trouble.advice) if part)
