"""What is asked of vaults reaches the server as the call that it is, and is answered as the contract says."""

from pathlib import Path

import pytest

from pdm_desktop.core import errors
from pdm_desktop.core.office import topics
from pdm_desktop.core.office import vaults as asked
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.net.http import Http
from pdm_desktop.net.office.changing import CHANGES, make
from pdm_desktop.net.office.reading import read
from server.protocol import calls
from server.protocol.vault import Vault
from server.protocol.vault_rules import VaultRules
from tests.support.client import PASSWORD, signed_in
from tests.support.seat_parts import http_of
from tests.support.server import real_server

RULES = VaultRules(extensions=[".nc"], comment=True)


async def done(http: Http, request: OfficeRequest) -> object:
    return await make(http, request, repr(request)[:120])


async def test_every_wish_about_vaults_is_made(tmp_path: Path) -> None:
    with real_server(tmp_path) as server:
        server.add_person("Anna", PASSWORD)
        server.add_person("Ada Möller", PASSWORD, administrator=True)
        async with signed_in(server.address, "Ada Möller") as ada:
            http = http_of(ada)
            try:
                made = await done(http, asked.MakeVault(name="Tooling", default="none"))
                assert isinstance(made, Vault)
                named = await done(http, asked.CallVault(vault=made.id, name="Tools"))
                assert isinstance(named, Vault)
                assert named.name == "Tools"
                ruled = await done(http, asked.RuleVault(vault=made.id, rules=RULES))
                assert isinstance(ruled, Vault)
                assert ruled.rules == RULES
                with pytest.raises(errors.Otherwise, match="Ada Möller changed the rules"):
                    await done(http, asked.RuleVault(vault=made.id, rules=VaultRules(), base=VaultRules()))
                tried = await done(http, asked.TryRules(vault=made.id, rules=RULES, names=("a.nc", "a.pdf")))
                assert isinstance(tried, calls.TriedRules)
                assert [each.flaw is None for each in tried.names] == [True, False]
                given = await done(http, asked.GrantRole(vault=made.id, person="Anna", role="reader"))
                assert given == calls.PersonAccess(name="Anna", role="reader", granted="reader")
                back = await done(http, asked.DropRole(vault=made.id, person="Anna"))
                assert back == calls.PersonAccess(name="Anna")
                default = await done(http, asked.SetDefaultRole(vault=made.id, role="editor"))
                assert isinstance(default, calls.VaultAccess)
                assert default.default == "editor"
                assert await done(http, asked.CountUsualRoles(person="Anna", usual=False)) is None
                seen = await read(http, topics.VAULT_ACCESS, (("vault", made.id),))
                assert isinstance(seen, calls.VaultAccess)
                assert {each.name: (each.role, each.usual) for each in seen.people} == {
                    "Ada Möller": ("administrator", True), "Anna": (None, False)
                }  # fmt: skip
                editors = await read(http, topics.VAULT_EDITORS, (("vault", made.id),))
                assert editors == calls.VaultEditors(vault=made.id, people=["Ada Möller"])
                uses = await read(http, topics.VAULT_USES, ())
                assert isinstance(uses, calls.VaultUses)
                assert [each.vault for each in uses.vaults][1] == made.id
                with pytest.raises(errors.Refused, match="no example"):
                    await done(http, asked.RuleVault(vault=made.id, rules=VaultRules(pattern="a+")))
            finally:
                await http.close()


async def test_giving_up_the_own_role_is_said_to_the_server(tmp_path: Path) -> None:
    with real_server(tmp_path) as server:
        server.add_person("Anna", PASSWORD)
        server.add_person("Ada", PASSWORD, administrator=True)
        async with signed_in(server.address, "Ada") as ada, signed_in(server.address, "Anna") as anna:
            vault = await ada.vault()
            await ada.change("PUT", f"/vaults/{vault}/access/Anna", calls.GiveRole(role="administrator"))
            http = http_of(anna)
            try:
                with pytest.raises(errors.Refused, match="could not take that back"):
                    await done(http, asked.DropRole(vault=vault, person="Anna"))
                back = await done(http, asked.DropRole(vault=vault, person="Anna", give_up=True))
                assert back == calls.PersonAccess(name="Anna", role="editor")
            finally:
                await http.close()


def test_every_wish_about_vaults_has_its_call() -> None:
    wishes = {each for each in vars(asked).values() if isinstance(each, type) and issubclass(each, OfficeRequest)}
    assert wishes - {OfficeRequest} - set(CHANGES) == set()
