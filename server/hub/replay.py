"""Where a seat that comes back goes on, decided from what it says and what is known."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.protocol.events import Resume
from server.protocol.limits import REPLAY_EVENTS


@dataclass(frozen=True, slots=True)
class Plan:
    """For each vault the seq after which events are sent; those in `resync` begin afresh."""

    start: dict[str, int]
    resync: frozenset[str]


def plan(resume: Resume | None, *, epoch: str, told: Mapping[str, int], heads: Mapping[str, int]) -> Plan:
    """Where each readable vault goes on.

    `told` is each vault's head when the seat was greeted: where a vault begins that the seat says nothing of. `heads`
    are the heads now. A vault that the seat knows from another epoch, or too far back, or beyond its head, begins at
    its head after a `resync`.
    """
    if resume is None:
        return Plan(dict(told), frozenset())
    if resume.epoch is not None and resume.epoch != epoch:
        return Plan(dict(heads), frozenset(heads))
    resync = frozenset(
        vault
        for vault, seq in resume.vaults.items()
        if vault in heads and not max(0, heads[vault] - REPLAY_EVENTS) <= seq <= heads[vault]
    )
    start = {vault: heads[vault] if vault in resync else resume.vaults.get(vault, told[vault]) for vault in heads}
    return Plan(start, resync)
