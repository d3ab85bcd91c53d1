"""The tab Vaults and rules: what it shows, and its windows for rules, roles and names."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QMessageBox

from pdm_desktop.core.office import topics
from pdm_desktop.core.office import vaults as asked
from pdm_desktop.core.office.requests import Look, LookAway
from pdm_desktop.core.results import Trouble
from pdm_desktop.state.office import Reading
from pdm_desktop.ui.admin.vault_access import AccessDialog
from pdm_desktop.ui.admin.vault_names import NewVaultDialog, RenameVaultDialog
from pdm_desktop.ui.admin.vault_rules import RulesDialog
from pdm_desktop.ui.admin.vaults import VaultsPage
from server.protocol.calls import GivenRole, PersonAccess, TriedName, TriedRules, VaultAccess, VaultUse, VaultUses
from server.protocol.vault import Vault
from server.protocol.vault_rules import VaultRules
from tests.pdm_desktop.ui.conftest import Desk, offline, opened
from tests.support import sample

RULES = VaultRules(extensions=[".nc"], comment=True)
VAULT = "production"


def administer(desk: Desk, *, server: bool = True) -> VaultsPage:
    """Come to the tab, as an administrator of the server or of one vault."""
    account = desk.store.account
    assert account is not None
    desk.store.sign_in(replace(account, administrator=server))
    others = [replace(each, role="editor") for each in desk.store.vaults.values() if each.id != VAULT]
    desk.store.load_vaults([*others, replace(desk.store.vaults[VAULT], role="administrator", rules=RULES)])
    desk.window.show_administration("Vaults and rules")
    page = desk.window.administration.page("Vaults and rules")
    assert isinstance(page, VaultsPage)
    use = VaultUse(vault=VAULT, files=12345, size=48_200_000_000, default="reader", named=2)
    desk.store.read_topic(topics.VAULT_USES, Reading(value=VaultUses(vaults=[use]), query=(), at=sample.NOW))
    return page


def press(page: VaultsPage, button: str) -> None:
    page.frame.select(VAULT)
    page.frame.bar.buttons[button].click()


def cells(page: VaultsPage) -> list[str]:
    return [page.frame.model.index(0, each).data().strip() for each in range(5)]


def test_each_vault_says_how_large_it_is_for_whom_and_by_which_rules(desk: Desk) -> None:
    page = administer(desk)
    assert Look(topic=topics.VAULT_USES) in desk.asked
    assert cells(page) == [
        "Production", "12,345", "48.2 GB", "Everybody may read; 2 people by name", "Only .nc; comment needed"
    ]  # fmt: skip
    vaults = [replace(each, rules=None) for each in desk.store.vaults.values()]
    desk.store.load_vaults(vaults)
    assert cells(page)[4] == "No rules"


def test_an_administrator_of_a_vault_sees_it_and_makes_no_new_one(desk: Desk) -> None:
    assert not administer(desk, server=False).new.isVisible()
    tabs = desk.window.administration.tabs
    assert "People" not in [tabs.tabText(each) for each in range(tabs.count())]
    assert administer(desk).new.isVisible()


def test_nothing_is_changed_offline(desk: Desk) -> None:
    page = administer(desk)
    offline(desk)
    assert not page.new.isEnabled()
    page.frame.select(VAULT)
    assert not page.frame.bar.buttons["Rules…"].isEnabled()


def test_a_new_vault_has_a_name_and_a_default(desk: Desk) -> None:
    administer(desk).new.click()
    dialog = opened(NewVaultDialog)
    assert isinstance(dialog, NewVaultDialog)
    assert not dialog.main.isEnabled()
    dialog.name.setText("  Prototypes ")
    dialog.role.setCurrentIndex(3)
    dialog.main.click()
    assert desk.asked[-1] == asked.MakeVault(name="Prototypes", default="none")


def test_a_vault_gets_another_name(desk: Desk) -> None:
    press(administer(desk), "Rename…")
    dialog = opened(RenameVaultDialog)
    assert isinstance(dialog, RenameVaultDialog)
    assert not dialog.main.isEnabled()
    dialog.name.setText("Shop floor")
    dialog.main.click()
    assert desk.asked[-1] == asked.CallVault(vault=VAULT, name="Shop floor")


def rules_dialog(desk: Desk) -> RulesDialog:
    press(administer(desk), "Rules…")
    dialog = opened(RulesDialog)
    assert isinstance(dialog, RulesDialog)
    return dialog


def answer(desk: Desk, tried: TriedRules) -> None:
    """The server has looked at what was tried last."""
    request = next(each for each in reversed(desk.asked) if isinstance(each, asked.TryRules))
    desk.store.made(request, tried)


def test_names_are_tried_while_they_are_typed(desk: Desk) -> None:
    dialog = rules_dialog(desk)
    dialog.pattern.setText("[0-9]{4}-.+")
    dialog.good.setPlainText("2210-block.nc")
    dialog.tried.setText("2211-lid.nc, lid.nc")
    assert not dialog.main.isEnabled()
    dialog._slow.timeout.emit()
    rules = replace(RULES, pattern="[0-9]{4}-.+", good=["2210-block.nc"])
    assert asked.TryRules(vault=VAULT, rules=rules, names=("2211-lid.nc", "lid.nc")) in desk.asked
    names = [TriedName(name="2211-lid.nc"), TriedName(name="lid.nc", flaw="“lid.nc” does not fit.")]
    answer(desk, TriedRules(names=names))
    assert dialog.verdict.text() == "“lid.nc” does not fit."
    flaws = [f"“{each}” does not fit this vault's pattern for names, however long one looks at it." for each in "abcd"]
    answer(desk, TriedRules(names=[TriedName(name=each, flaw=each) for each in flaws]))
    assert dialog.verdict.text().splitlines() == flaws
    assert dialog.height() >= dialog.heightForWidth(dialog.width()), "all of it has room"
    assert dialog.main.isEnabled()
    dialog.main.click()
    saved = asked.RuleVault(vault=VAULT, rules=rules, base=RULES)
    assert desk.asked[-1] == saved
    assert dialog.isVisible(), "what was typed stays until it is saved"
    desk.store.made(saved, None)
    assert not dialog.isVisible()


def ruled_by_somebody_else(desk: Desk, rules: VaultRules) -> None:
    vaults = desk.store.vaults
    desk.store.load_vaults([replace(each, rules=rules) if each.id == VAULT else each for each in vaults.values()])


def test_what_somebody_else_saves_meanwhile_is_shown_and_what_was_typed_stays(desk: Desk) -> None:
    dialog = rules_dialog(desk)
    dialog.pattern.setText("[0-9]{4}-.+")
    ruled_by_somebody_else(desk, now := replace(RULES, extensions=[".nc", ".mcam"], pattern="a+", alone=[".tool"]))
    assert dialog.rules == replace(now, pattern="[0-9]{4}-.+")
    for said in ("Somebody else", "Extensions, Pattern, Checked out alone", "What you typed is kept"):
        assert said in dialog.news.text()
    assert dialog.request.base == now


def test_rules_that_are_refused_stay_in_the_window(desk: Desk) -> None:
    dialog = rules_dialog(desk)
    dialog.pattern.setText("b+")
    dialog._slow.timeout.emit()
    answer(desk, TriedRules(names=[]))
    dialog.main.click()
    sent = desk.asked[-1]
    ruled_by_somebody_else(desk, now := replace(RULES, comment=False))
    assert not dialog.main.isEnabled()
    desk.store.raise_trouble(Trouble(title="Not saved.", text="Olga changed the rules."), sent)
    assert dialog.isVisible()
    assert dialog.rules == replace(now, pattern="b+")
    for said in ("Olga changed the rules.", "Changed: Comment"):
        assert said in dialog.news.text()
    assert dialog.request.base == now


def test_rules_with_a_flaw_are_not_saved_and_say_which(desk: Desk) -> None:
    dialog = rules_dialog(desk)
    dialog.comment.setChecked(False)
    dialog._slow.timeout.emit()
    answer(desk, TriedRules(flaw="The example “x” is to be a good name.", names=[]))
    assert "“x”" in dialog.flaw.text()
    assert not dialog.main.isEnabled()
    dialog.pattern.setText("a.*")
    dialog._slow.timeout.emit()
    answer(desk, TriedRules(names=[]))
    assert not dialog.flaw.isVisible()
    assert dialog.main.isEnabled()


def test_an_answer_to_something_else_says_nothing(desk: Desk) -> None:
    dialog = rules_dialog(desk)
    dialog.pattern.setText("a")
    dialog._slow.timeout.emit()
    early = desk.asked[-1]
    assert isinstance(early, asked.TryRules)
    dialog.pattern.setText("ab")
    desk.store.made(early, TriedRules(names=[]))
    assert not dialog.main.isEnabled()


def test_more_than_the_server_reads_is_said_here(desk: Desk) -> None:
    dialog = rules_dialog(desk)
    dialog.good.setPlainText("\n".join("abcdefghijklmnop"))
    assert "examples" in dialog.flaw.text()
    desk.asked.clear()
    dialog._slow.timeout.emit()
    assert desk.asked == []


def test_a_limit_that_nobody_touched_stays_to_the_byte(desk: Desk) -> None:
    vault = Vault(id="v", name="V", role="administrator", seq=0, rules=VaultRules(max_bytes=1_234_567))
    dialog = RulesDialog(vault, desk.store, desk.bridge, desk.asked.append, desk.window)
    assert dialog.rules == vault.rules
    dialog.largest.setValue(0)
    assert dialog.rules.max_bytes is None
    dialog.largest.setValue(3)
    assert dialog.rules.max_bytes == 3_000_000


def access_dialog(desk: Desk, *, server: bool = True) -> AccessDialog:
    press(administer(desk, server=server), "Who may…")
    dialog = opened(AccessDialog)
    assert isinstance(dialog, AccessDialog)
    people = [
        PersonAccess(name="Anna Novak", role="editor", granted="editor"),
        PersonAccess(name="Jan Kowalski", role="reader"),
        PersonAccess(name=sample.ME, role="administrator", granted="administrator"),
    ]
    value = VaultAccess(vault=VAULT, name="Production", default="reader", people=people)
    desk.store.read_topic(topics.VAULT_ACCESS, Reading(value=value, query=(("vault", VAULT),), at=sample.NOW))
    return dialog


def test_it_is_shown_who_may_what_for_as_long_as_the_window_is_open(desk: Desk) -> None:
    dialog = access_dialog(desk)
    assert Look(topic=topics.VAULT_ACCESS, query=(("vault", VAULT),)) in desk.asked
    model = dialog.frame.model
    assert [model.index(0, each).data() for each in range(3)] == ["Anna Novak", "may edit", "by name"]
    assert dialog.default.currentData() == "reader"
    dialog.accept()
    assert desk.asked[-1] == LookAway(topic=topics.VAULT_ACCESS)


@pytest.mark.parametrize(
    ("button", "role"), [("Let read", "reader"), ("Let edit", "editor"), ("Let administer", "administrator")]
)
def test_a_role_is_given_by_its_button(desk: Desk, button: str, role: GivenRole) -> None:
    dialog = access_dialog(desk)
    dialog.frame.select("Jan Kowalski")
    dialog.frame.bar.buttons[button].click()
    assert desk.asked[-1] == asked.GrantRole(vault=VAULT, person="Jan Kowalski", role=role)


def test_the_default_counts_again_for_who_was_named(desk: Desk) -> None:
    dialog = access_dialog(desk)
    dialog.frame.select("Jan Kowalski")
    entry = next(each for each in dialog.frame.bar.menu().actions() if each.text() == "Use the default")
    assert not entry.isEnabled()
    dialog.frame.select("Anna Novak")
    entry = next(each for each in dialog.frame.bar.menu().actions() if each.text() == "Use the default")
    entry.trigger()
    assert asked.DropRole(vault=VAULT, person="Anna Novak") in desk.asked


def test_another_default_is_set_at_once(desk: Desk) -> None:
    dialog = access_dialog(desk)
    dialog.default.setCurrentIndex(1)
    dialog.default.activated.emit(1)
    assert desk.asked[-1] == asked.SetDefaultRole(vault=VAULT, role="editor")


def test_the_own_role_is_given_up_only_knowingly(desk: Desk) -> None:
    dialog = access_dialog(desk, server=False)
    dialog.frame.select(sample.ME)
    before = list(desk.asked)
    dialog.frame.bar.buttons["Let edit"].click()
    assert desk.asked == before
    box = opened(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "could not take that back" in box.informativeText()
    next(each for each in box.buttons() if each.text() == "Give it up").click()
    assert desk.asked[-1] == asked.GrantRole(vault=VAULT, person=sample.ME, role="editor", give_up=True)
