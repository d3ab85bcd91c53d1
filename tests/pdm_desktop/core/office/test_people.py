"""People in words."""

from datetime import timedelta

import pytest

from pdm_desktop.core.office.messages import acknowledged_words, receivers_words
from pdm_desktop.core.office.people import disable_words, roles_words, way_in_words
from pdm_desktop.core.office.seats import end_words, is_old, place_words
from server.protocol.calls import Account, RoleIn, SeatOf, SentMessage
from server.protocol.vault import Role
from tests.support.facts import NOW


def person(*roles: tuple[str, Role], administrator: bool = False, checked_out: int = 0) -> Account:
    return Account(
        name="Jan", administrator=administrator, disabled=False, checked_out=checked_out,
        roles=[RoleIn(vault=name, name=name, role=role) for name, role in roles],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("account", "said"),
    [
        (person(administrator=True), "Administers the server"),
        (person(), "No role in any vault"),
        (person(("A", "reader")), "Reader of A"),
        (
            person(("A", "reader"), ("B", "editor"), ("C", "administrator"), ("D", "editor")),
            "Administrator of C; editor of B and D; reader of A",
        ),
        (person(*[(name, "editor") for name in "ABCD"]), "Editor of 4 vaults"),
    ],
    ids=["server", "none", "one", "several", "many"],
)
def test_roles_in_words(account: Account, said: str) -> None:
    assert roles_words(account) == said


def test_by_what_somebody_signs_in() -> None:
    plain, new = person(), Account(name="Jan", administrator=False, disabled=False, has_password=False)
    coded = Account(name="Jan", administrator=False, disabled=False, code_until=NOW + timedelta(minutes=30))
    assert [way_in_words(each, NOW) for each in (plain, new)] == ["Password", "Nothing yet"]
    linked = Account(name="Jan", administrator=False, disabled=False, gitlab=7, has_password=False)
    due = Account(name="Jan", administrator=False, disabled=False, gitlab=7, token_due=True)
    assert [way_in_words(each, NOW) for each in (linked, due)] == ["GitLab token", "Password and GitLab token"]
    assert way_in_words(coded, NOW).startswith("One-time code until ")


def test_who_is_disabled_leaves_check_outs_and_that_is_said() -> None:
    assert "checked out" not in disable_words(person())
    assert "1 file stays checked out" in disable_words(person(checked_out=1))
    assert "2 files stay checked out" in disable_words(person(checked_out=2))


@pytest.mark.parametrize(
    ("version", "newest", "old"),
    [
        ("0.3.1", "0.4.0", True),
        ("0.4.0", "0.4.0", False),
        ("0.10.0", "0.9.0", False),
        ("0.3", "", False),
        (None, "1", False),
    ],
)
def test_a_program_is_old_when_a_newer_one_is_known(version: str | None, newest: str, old: bool) -> None:
    assert (
        is_old(SeatOf(id="s", person="Jan", browser=False, online=True, signed_in=True, version=version), newest) is old
    )


def test_a_seat_in_words() -> None:
    seat = SeatOf(id="s", person="Jan", browser=False, online=True, signed_in=True, computer="CAM-3")
    page = SeatOf(id="b", person="Jan", browser=True, online=True, signed_in=True)
    assert [place_words(each) for each in (seat, page)] == ["CAM-3", "Browser"]
    assert end_words(seat, mine=False, here=False).startswith("Jan is signed out there")
    assert end_words(seat, mine=True, here=True).endswith("This is where you are now.")


def test_a_message_in_words() -> None:
    one = SentMessage(id="m", sender="Eva", everybody=False, text="x", at=NOW, receivers=1, acknowledged=0, to="Jan")
    many = SentMessage(id="m", sender="Eva", everybody=True, text="x", at=NOW, receivers=8, acknowledged=3)
    assert [receivers_words(each) for each in (one, many)] == ["Jan", "Everybody"]
    assert [acknowledged_words(each) for each in (one, many)] == ["Not yet", "3 of 8"]
