"""To whom a file of mine may go: those who may edit its vault, and nobody else."""

from PySide6.QtWidgets import QComboBox

from pdm_desktop.core import requests
from pdm_desktop.core.badges import Badge
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.requests import Look, LookAway
from pdm_desktop.state.listing import FileRow
from pdm_desktop.state.office import Reading
from pdm_desktop.ui.handover.hand_over import HandOverDialog
from server.protocol.calls import Request, VaultEditors
from tests.pdm_desktop.ui.conftest import Desk, opened
from tests.support import sample
from tests.support.sample_office import my_lists


def mine(desk: Desk) -> FileRow:
    return next(row for row in desk.store.listing.rows if row.badge is Badge.EDITED)


def tell(desk: Desk, vault: str, *people: str) -> None:
    value = VaultEditors(vault=vault, people=list(people))
    desk.store.read_topic(topics.VAULT_EDITORS, Reading(value=value, query=(("vault", vault),), at=sample.NOW))


def asking(desk: Desk) -> HandOverDialog:
    desk.window.commands.handing.hand_over([mine(desk)])
    dialog = opened(HandOverDialog)
    assert isinstance(dialog, HandOverDialog)
    return dialog


def offered(box: QComboBox) -> list[str]:
    return [box.itemText(place) for place in range(box.count())]


def test_those_who_may_edit_are_offered_and_first_who_is_here(desk: Desk) -> None:
    dialog, vault = asking(desk), mine(desk).vault
    assert desk.asked[-1] == Look(topic=topics.VAULT_EDITORS, query=(("vault", vault),))
    assert offered(dialog.person) == []
    tell(desk, "another", "Luca Ferri")
    assert offered(dialog.person) == []
    dialog.person.setEditText("Lu")
    me = desk.store.reader.person or ""
    tell(desk, vault, "Jan Kowalski", "Luca Ferri", me)
    assert (offered(dialog.person), dialog.to) == (["Luca Ferri", "Jan Kowalski"], "Lu")
    dialog.reject()
    assert LookAway(topic=topics.VAULT_EDITORS) in desk.asked
    tell(desk, vault)


def test_who_may_not_edit_gets_nothing_and_the_button_says_why(desk: Desk) -> None:
    dialog, row = asking(desk), mine(desk)
    tell(desk, row.vault, "Luca Ferri")
    for name, why in (
        ("Priya Shah", "Priya Shah may not edit this vault. Choose somebody of the list."),
        ("", "Say to whom first."),
        ("luca ferri", ""),
    ):
        dialog.person.setEditText(name)
        assert (dialog.main.isEnabled(), dialog.main.toolTip()) == (not why, why)
    dialog.main.click()
    assert requests.Transfer(file=row.file.id, to="luca ferri") in desk.asked


def test_who_asks_stands_first_and_not_who_may_not_edit_any_more(desk: Desk) -> None:
    row = mine(desk)
    asks = Request(
        id="r", file=row.file.id, vault=row.vault, path=row.file.path, token=1, asker="Priya Shah", computer="CAM-05",
        holder=sample.ME, at=sample.NOW,
    )  # fmt: skip
    desk.store.read_topic(topics.MINE, Reading(value=my_lists(requests=[asks]), query=(), at=sample.NOW))
    dialog = asking(desk)
    assert (offered(dialog.person), dialog.to) == (["Priya Shah"], "Priya Shah")
    tell(desk, row.vault, "Anna Novak", "Priya Shah")
    assert (offered(dialog.person), dialog.to) == (["Priya Shah", "Anna Novak"], "Priya Shah")
    tell(desk, row.vault, "Anna Novak")
    assert offered(dialog.person) == ["Anna Novak"]
    assert not dialog.main.isEnabled()
