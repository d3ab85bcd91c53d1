"""The pictures of the windows of Administration: roles, codes, rules tried, and check-outs that are taken away."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from PySide6.QtWidgets import QWidget

from pdm_desktop.core.office import topics
from pdm_desktop.core.office.vaults import TryRules
from pdm_desktop.core.requests import Request
from pdm_desktop.state.office import Reading
from pdm_desktop.state.store import Store
from pdm_desktop.ui.admin.code import CodeDialog, LinkDialog
from pdm_desktop.ui.admin.people_dialogs import AddPersonDialog
from pdm_desktop.ui.admin.roles import RolesDialog
from pdm_desktop.ui.admin.taking_away import ForceReleaseDialog, HandOverDialog
from pdm_desktop.ui.admin.vault_access import AccessDialog
from pdm_desktop.ui.admin.vault_rules import RulesDialog
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.main_window import MainWindow
from server.domain.vault_rules import flaw_of_name
from server.protocol.calls import OneTimeCode, PersonAccess, TriedName, TriedRules, VaultAccess
from tests.support import sample, sample_locks, sample_people, sample_vaults

Window = Callable[..., MainWindow]
REASON = "Jan is on leave until Monday, and the plate runs today."
TRIED = "2211-lid-op10.nc, lid.nc, 2211-lid.xlsx"
ACCESS = VaultAccess(
    vault="production",
    name="Production",
    default="editor",
    people=[
        PersonAccess(name="Anna Novak", role="editor"),
        PersonAccess(name="Luca Ferri", role="reader", granted="reader"),
        PersonAccess(name="Mei Tanaka", role="administrator", granted="administrator"),
        PersonAccess(name="Nina Weber", role=None, granted="none"),
        PersonAccess(name="Olga Lind", role="administrator", administrator=True),
        PersonAccess(name="Tomas Ruiz", role="editor"),
    ],
)


def administration_windows(window: Window) -> Iterator[tuple[str, QWidget]]:
    """Each over a main window of an administrator."""
    store = sample.store()
    sample_vaults.administer(store)
    parent = window(store)
    nina = next(each for each in sample_people.PEOPLE.people if each.name == "Nina Weber")
    yield "add-person", _shown(AddPersonDialog([], parent))
    yield "roles", _shown(RolesDialog(nina, list(store.vaults.values()), parent))
    code = OneTimeCode(person=nina.name, code="7KQM-2XHD-R4TN", expires=sample.NOW + timedelta(hours=24))
    yield "code", _shown(CodeDialog(code, sample.clock, parent))
    yield "link-to-gitlab", _shown(LinkDialog(replace(nina, gitlab=None), parent))
    yield "vault-access", _access(store, parent)
    yield "vault-rules", _rules(store, parent)
    plate = sample_locks.LOCKS.locks[0]
    waiters = next(line.waiters for line in sample_locks.LINES.lines if line.file == plate.file)
    release = ForceReleaseDialog(plate, waiters, sample.NOW, parent)
    release.reason.setPlainText(REASON)
    yield "force-release", _shown(release)
    given = HandOverDialog(plate, [each.person for each in waiters], sample.NOW, parent)
    given.offer(["Anna Novak", "Jan Kowalski", "Mei Tanaka", "Tomas Ruiz"])
    given.to.setCurrentIndex(0)
    given.reason.setPlainText(REASON)
    yield "hand-over-by-administrator", _shown(given)


def _access(store: Store, parent: QWidget) -> QWidget:
    """Who may do what in a vault, as the server says it."""
    made = AccessDialog(
        store.vaults["production"], store, Bridge(store, parent), lambda _: None, sample.clock, parent
    )  # fmt: skip
    made.show()
    query = (("vault", "production"),)
    store.read_topic(topics.VAULT_ACCESS, Reading(value=ACCESS, query=query, at=sample.NOW))
    made.frame.select("Luca Ferri")
    return made


def _rules(store: Store, parent: QWidget) -> QWidget:
    """Rules, and what the server says of names that are tried."""
    asked: list[Request] = []
    made = RulesDialog(store.vaults["production"], store, Bridge(store, parent), asked.append, parent)
    made.show()
    made.tried.setText(TRIED)
    made._slow.timeout.emit()  # as after the moment without a key
    request = next(each for each in reversed(asked) if isinstance(each, TryRules))
    names = [TriedName(name=each, flaw=flaw_of_name(request.rules, each)) for each in request.names]
    store.made(request, TriedRules(names=names))
    return made


def _shown(window: QWidget) -> QWidget:
    window.show()
    return window
