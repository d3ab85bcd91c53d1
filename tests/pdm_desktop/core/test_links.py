"""What is copied as a link is read back as the same vault and path, whatever they are called."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pdm_desktop.core.links import LONGEST, Link, link_in
from server.protocol.limits import NAME_CHARACTERS, PATH_CHARACTERS
from server.protocol.names import checked_path, flaw_of

VAULTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=NAME_CHARACTERS)
PARTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='/<>:"\\|?*'), min_size=1)
PATHS = st.lists(PARTS, max_size=4).map("/".join).filter(lambda path: not path or flaw_of(path) is None)


@given(vault=VAULTS, path=PATHS)
@example(vault="R&D / 50 %", path="Jobs #4/plate+clamp, 100%2F.nc")
@example(vault="Werk Süd", path="Vorrichtung ä ß 日本/ä.nc")
@example(vault="a", path="")
def test_a_link_leads_back_to_what_it_was_made_of(vault: str, path: str) -> None:
    whole = checked_path(path) if path else ""
    text = str(Link(vault=vault, path=whole))
    assert link_in(text) == Link(vault=vault, path=whole)
    assert re.fullmatch(r"pdm://(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+/(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})*", text)


@pytest.mark.parametrize("letter", ["a", "ä", "日", "%"])
def test_the_longest_path_that_a_vault_takes_has_a_link(letter: str) -> None:
    parts = "/".join([letter * 80] * 4)[:PATH_CHARACTERS].strip("/")
    link = Link(vault=letter * NAME_CHARACTERS, path=parts)
    assert flaw_of(parts) is None
    assert len(str(link)) <= LONGEST
    assert link_in(str(link)) == link


def test_a_slash_in_the_name_of_a_vault_is_no_folder() -> None:
    assert str(Link(vault="A/B", path="c.nc")) == "pdm://A%2FB/c.nc"
    assert link_in("pdm://A%2FB/c.nc") == Link(vault="A/B", path="c.nc")
