"""Where a seat goes on after `resume`."""

import pytest

from server.hub.replay import plan
from server.protocol.events import Resume

HEADS = {"mill": 5_000, "lathe": 7}
TOLD = {"mill": 4_990, "lathe": 7}


@pytest.mark.parametrize(
    ("resume", "start", "resync"),
    [
        (None, TOLD, set()),
        (Resume(), TOLD, set()),
        (Resume(epoch="now"), TOLD, set()),
        (Resume(epoch="now", vaults={"mill": 4_500}), {"mill": 4_500, "lathe": 7}, set()),
        (Resume(vaults={"mill": 4_000, "lathe": 0}), {"mill": 4_000, "lathe": 0}, set()),
        (Resume(vaults={"mill": 3_999}), {"mill": 5_000, "lathe": 7}, {"mill"}),
        (Resume(vaults={"lathe": 8}), {"mill": 4_990, "lathe": 7}, {"lathe"}),
        (Resume(vaults={"lathe": -1}), {"mill": 4_990, "lathe": 7}, {"lathe"}),
        (Resume(vaults={"lathe": 10**30}), {"mill": 4_990, "lathe": 7}, {"lathe"}),
        (Resume(vaults={"secret": 3}), TOLD, set()),
        (Resume(epoch="before", vaults={"lathe": 7}), HEADS, {"mill", "lathe"}),
        (Resume(epoch="before"), HEADS, {"mill", "lathe"}),
    ],
)
def test_each_vault_goes_on_where_it_can(resume: Resume | None, start: dict[str, int], resync: set[str]) -> None:
    decided = plan(resume, epoch="now", told=TOLD, heads=HEADS)
    assert decided.start == start
    assert decided.resync == resync
