"""What the server may answer of the sample shop's vaults, and the rules that they have."""

from dataclasses import replace

from pdm_desktop.state.store import Store
from server.protocol.calls import VaultUse, VaultUses
from server.protocol.vault_rules import VaultRules

RULES = {
    "production": VaultRules(
        extensions=[".mcam", ".nc", ".pdf", ".step", ".sldprt", ".sldasm"],
        pattern="[0-9]{4}-[a-z0-9-]+[.][a-z]+",
        good=["2210-block-op10.mcam"],
        bad=["block.mcam"],
        comment=True,
        alone=[".sldasm"],
    ),
    "fixtures": VaultRules(max_bytes=500_000_000),
    "archive": VaultRules(counting="administrators"),
}
USES = VaultUses(
    vaults=[
        VaultUse(vault="archive", files=4_812, size=212_400_000_000, default="reader", named=2),
        VaultUse(vault="fixtures", files=1_240, size=18_700_000_000, default="editor", named=0),
        VaultUse(vault="production", files=23_906, size=388_100_000_000, default="editor", named=3),
        VaultUse(vault="tools", files=310, size=1_900_000_000, named=6),
    ]
)
"""As an administrator of the server sees them."""


def administer(store: Store) -> None:
    """Whoever sits there administers every vault, and some of them have rules."""
    store.load_vaults([replace(each, role="administrator", rules=RULES.get(each.id)) for each in store.vaults.values()])
