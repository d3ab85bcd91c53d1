"""What a person wants of all transfers: shown at once, told to each engine, and the limits remembered."""

from pathlib import Path

import pytest

from pdm_desktop import config
from pdm_desktop.app.steering import kept_limits, standing, take_down
from pdm_desktop.core.pace import Limits
from pdm_desktop.core.requests import CancelTransfer, ClearFinished, LimitTransfers, PauseAll, PauseTransfer, ResumeAll
from pdm_desktop.machine import Policy
from pdm_desktop.state.store import Store
from pdm_desktop.state.transfers import Transfer, TransferState
from tests.support.seat_parts import local_now

LIMITS = LimitTransfers(up=2.5, down=0.0)


@pytest.fixture
def store() -> Store:
    return Store(clock=local_now)


def test_limits_are_shown_remembered_and_told(store: Store, tmp_path: Path) -> None:
    assert take_down(store, tmp_path, LIMITS) == LIMITS
    assert store.transfers.limits == Limits(up=2.5)
    assert kept_limits(config.load(tmp_path)) == Limits(up=2.5)
    assert standing(store) == [LIMITS]


def test_a_pause_of_all_lasts_for_this_run_and_for_every_engine_of_it(store: Store, tmp_path: Path) -> None:
    assert take_down(store, tmp_path, PauseAll()) == PauseAll()
    store.sign_out()
    assert standing(store) == [LimitTransfers(up=0.0, down=0.0), PauseAll()]
    assert take_down(store, tmp_path, ResumeAll()) == ResumeAll()
    assert standing(store) == [LimitTransfers(up=0.0, down=0.0)]
    assert not (tmp_path / config.FILE).exists()


def test_what_is_over_is_only_shown_no_longer(store: Store, tmp_path: Path) -> None:
    for number, state in enumerate((TransferState.STOPPED, TransferState.DONE, TransferState.RUNNING)):
        store.put_transfer(Transfer(id=str(number), file=str(number), path="x", up=True, size=1, state=state))
    assert take_down(store, tmp_path, CancelTransfer(transfer="0")) is None
    assert [one.id for one in store.transfers.all()] == ["1", "2"]
    assert take_down(store, tmp_path, ClearFinished()) is None
    assert [one.id for one in store.transfers.all()] == ["2"]
    assert take_down(store, tmp_path, CancelTransfer(transfer="2")) == CancelTransfer(transfer="2")
    assert take_down(store, tmp_path, PauseTransfer(transfer="2")) == PauseTransfer(transfer="2")


def test_a_limit_that_is_fixed_holds_and_never_becomes_the_persons_own(store: Store, tmp_path: Path) -> None:
    config.save(tmp_path, config.Config(limit_up=1.0))
    asked = LimitTransfers(up=9.0, down=4.0)
    assert take_down(store, tmp_path, asked, Policy(limit_up=2.5)) == LimitTransfers(up=2.5, down=4.0)
    assert store.transfers.limits == Limits(up=2.5, down=4.0)
    assert kept_limits(config.load(tmp_path)) == Limits(up=1.0, down=4.0)
