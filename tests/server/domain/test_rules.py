"""Small pure rules: roles, revision numbers, and text that people write."""

import pytest

from server.domain.errors import Invalid
from server.domain.permissions import Action, Grant, may, role_in
from server.domain.revisions import FIRST, Number, number_of
from server.domain.text import one_line, optional_line, optional_lines, same_name


def test_nobody_may_do_anything_without_a_role() -> None:
    assert role_in(default=None, grant=None, server_administrator=False) is None
    assert not any(may(None, action) for action in Action)


def test_each_role_includes_the_ones_before_it() -> None:
    allowed = [sum(may(role, action) for action in Action) for role in ("reader", "editor", "administrator")]
    assert allowed == [1, 2, 3]
    assert may("reader", Action.READ)
    assert not may("editor", Action.ADMINISTER)


def test_a_grant_by_name_counts_more_than_the_default_and_may_take_it_away() -> None:
    assert role_in(default="editor", grant=Grant(role="reader"), server_administrator=False) == "reader"
    assert role_in(default="editor", grant=Grant(role=None), server_administrator=False) is None
    assert role_in(default=None, grant=Grant(role=None), server_administrator=True) == "administrator"


def test_numbers_grow_by_minor_or_major() -> None:
    assert (str(FIRST), str(FIRST.next(major=False)), str(Number(5, 7).next(major=True))) == ("1.0", "1.1", "6.0")
    assert Number(2, 10) > Number(2, 9) > Number(1, 99)


@pytest.mark.parametrize("text", ["", "5", "5.", ".2", "5.2.1", "05.2", "5.-1", "a.b", " 5.2", "5.2\n", "1.9999999999"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert number_of(text) is None
    assert number_of("5.2") == Number(5, 2)


def test_text_is_tidied_and_control_characters_are_refused() -> None:
    assert one_line("  Anna\u0308 ", "name") == "Ann\u00e4"
    assert optional_line("   ", "message") is None
    assert optional_line(None, "message") is None
    assert optional_lines(" a\r\nb ", "comment") == "a\nb"
    for wrong in ("a\nb", "a\x00", "a\u0085b"):
        with pytest.raises(Invalid, match="name"):
            one_line(wrong, "name")
    with pytest.raises(Invalid, match="empty"):
        one_line(" ", "name")
    with pytest.raises(Invalid, match="comment"):
        optional_lines("a\x00", "comment")


def test_names_that_people_take_for_one_are_one() -> None:
    assert same_name("ANNA") == same_name("anna")
    assert same_name("Straße") == same_name("STRASSE")
    assert same_name("Anna") != same_name("Anne")
