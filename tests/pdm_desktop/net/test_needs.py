"""What has to be read: what goes before what, and when it is due again."""

from pdm_desktop.net.needs import EVERYTHING, Need, Needs


def test_a_snapshot_has_all_the_changes_in_it() -> None:
    needs = Needs()
    needs.add("v", Need.CHANGES, 0.0)
    needs.add("v", Need.SNAPSHOT, 0.0)
    needs.add("v", Need.CHANGES, 0.0)
    assert needs.due(0.0) == [("v", Need.SNAPSHOT)]


def test_what_fails_is_due_in_growing_steps_and_keeps_no_other_waiting() -> None:
    needs = Needs()
    needs.add("v", Need.CHANGES, 0.0)
    needs.add("w", Need.SNAPSHOT, 0.0)
    assert not needs.are_late
    needs.failed("v", 0.0)
    assert (needs.due(0.0), needs.next_due(), needs.are_late) == ([("w", Need.SNAPSHOT)], 0.0, True)
    needs.begin("w")
    needs.met("w")
    assert needs.next_due() == 2.0
    needs.failed("v", 2.0)
    assert needs.next_due() == 6.0
    needs.begin("v")
    needs.met("v")
    assert (bool(needs), needs.next_due(), needs.are_late) == (False, None, False)


def test_what_is_asked_for_while_it_is_read_is_read_once_more() -> None:
    needs = Needs()
    needs.add(EVERYTHING, Need.VAULTS, 0.0)
    needs.begin(EVERYTHING)
    needs.add(EVERYTHING, Need.VAULTS, 1.0)
    needs.met(EVERYTHING)
    assert needs.due(1.0) == [(EVERYTHING, Need.VAULTS)]
    needs.begin(EVERYTHING)
    needs.met(EVERYTHING)
    assert not needs


def test_what_takes_long_is_said() -> None:
    needs = Needs()
    needs.add("v", Need.SNAPSHOT, 0.0)
    needs.takes_long("v")
    needs.takes_long("of no need")
    assert needs.are_late


def test_nothing_is_needed_of_a_vault_that_may_not_be_read() -> None:
    needs = Needs()
    needs.add("v", Need.CHANGES, 0.0)
    needs.add("w", Need.CHANGES, 0.0)
    needs.add(EVERYTHING, Need.VAULTS, 0.0)
    needs.keep(["w"])
    assert ("v" in needs, "w" in needs, EVERYTHING in needs) == (False, True, True)
