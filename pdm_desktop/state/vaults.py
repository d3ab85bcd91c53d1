"""The vaults that I may read, and how far each has come here."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from pdm_desktop.core.link import Step, step
from server.protocol.vault import Vault


class Vaults:
    """By id, in the order of their names."""

    def __init__(self) -> None:
        self._all: dict[str, Vault] = {}
        self._seqs: dict[str, int] = {}

    @property
    def all(self) -> Mapping[str, Vault]:
        """Every one of them."""
        return MappingProxyType(self._all)

    def replace(self, vaults: Iterable[Vault]) -> set[str]:
        """I may read just these. The answer: those that I could read before and may not now."""
        listed = sorted(vaults, key=lambda vault: (vault.name.casefold(), vault.id))
        gone = self._all.keys() - {vault.id for vault in listed}
        self._all = {vault.id: vault for vault in listed}
        for vault in gone:
            self._seqs.pop(vault, None)
        return gone

    def load(self, vault: str, seq: int) -> None:
        """A vault begins anew as it was at this seq."""
        self._seqs[vault] = seq

    def unload(self) -> None:
        """Each of them has to be loaded again."""
        self._seqs = {}

    def seq_of(self, vault: str) -> int | None:
        """The last event applied; None for a vault that was never loaded."""
        return self._seqs.get(vault)

    def advance(self, vault: str, seq: int) -> Step:
        """An event of a vault came. When it is the next one it counts as applied from now on."""
        known = self._seqs.get(vault)
        decision = Step.GAP if known is None else step(known, seq)
        if decision is Step.APPLY:
            self._seqs[vault] = seq
        return decision
