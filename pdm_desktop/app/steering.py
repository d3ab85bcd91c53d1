"""What the person wants of all transfers: known while the program runs, and the limits also after that."""

from dataclasses import replace
from pathlib import Path

from pdm_desktop.app.kept import keep_config
from pdm_desktop.config import Config
from pdm_desktop.core.pace import Limits
from pdm_desktop.core.requests import (
    CancelTransfer,
    ClearFinished,
    LimitTransfers,
    PauseAll,
    ResumeAll,
    SteeringRequest,
    TransferRequest,
)
from pdm_desktop.machine import NOTHING_FIXED, Policy
from pdm_desktop.state.store import Store


def kept_limits(known: Config) -> Limits:
    """The limits that are remembered."""
    return Limits(up=known.limit_up, down=known.limit_down)


def take_down(
    store: Store, folder: Path, request: SteeringRequest, policy: Policy = NOTHING_FIXED
) -> TransferRequest | None:
    """Show and remember what is wanted, but for what is fixed; the answer is what an engine has to do for it."""
    match request:
        case ClearFinished():
            store.clear_transfers()
            return None
        case CancelTransfer(transfer=transfer) if any(each.id == transfer for each in store.transfers.over()):
            store.drop_transfer(transfer)
            return None
        case PauseAll() | ResumeAll():
            store.pause_transfers(paused=isinstance(request, PauseAll))
        case LimitTransfers(up=up, down=down):
            keep_config(store, folder, lambda known: _with_own_limits(known, up, down, policy))
            in_force = policy.over(Config(limit_up=up, limit_down=down))
            store.limit_transfers(kept_limits(in_force))
            return LimitTransfers(up=in_force.limit_up, down=in_force.limit_down)
    return request


def _with_own_limits(known: Config, up: float, down: float, policy: Policy) -> Config:
    """A limit that is fixed is nobody's own: when that is over, the person's last one holds again."""
    return replace(
        known,
        limit_up=up if policy.limit_up is None else known.limit_up,
        limit_down=down if policy.limit_down is None else known.limit_down,
    )


def standing(store: Store) -> list[TransferRequest]:
    """What an engine that begins has to know."""
    limits = store.transfers.limits
    wanted: list[TransferRequest] = [LimitTransfers(up=limits.up, down=limits.down)]
    return [*wanted, PauseAll()] if store.transfers.are_paused else wanted
