"""Who may do what in a vault, and its rules: for those who administer it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from server.protocol.calls import (
    GiveRole,
    PersonAccess,
    RenameVault,
    SetUsual,
    TriedRules,
    TryRules,
    VaultAccess,
    VaultEditors,
    VaultUses,
)
from server.protocol.vault import Vault
from server.protocol.vault_rules import VaultRules
from server.routes.bodies import answer, body, gives, takes
from server.routes.calls import Here, PathId, Who, settle
from server.services import access, ruling, vaults

router = APIRouter(tags=["access and rules"])

PersonName = Annotated[str, Path(min_length=1, max_length=64)]


@router.get("/administered", responses=gives(VaultUses))
async def administered(parts: Here, session: Who) -> Response:
    """The vaults that I administer: how large each is, and for whom it is there."""
    return answer(await parts.store.read(lambda connection: access.list_uses(connection, session)))


@router.get("/vaults/{vault}/access", responses=gives(VaultAccess))
async def read_access(vault: PathId, parts: Here, session: Who) -> Response:
    """Who may do what in the vault; for those who administer it."""
    return answer(await parts.store.read(lambda connection: access.read_access(connection, session, vault)))


@router.get("/vaults/{vault}/editors", responses=gives(VaultEditors))
async def list_editors(vault: PathId, parts: Here, session: Who) -> Response:
    """Who may change files of the vault, by name; for those who may themselves."""
    return answer(await parts.store.read(lambda connection: access.list_editors(connection, session, vault)))


@router.put("/vaults/{vault}/access/{person}", openapi_extra=takes(GiveRole), responses=gives(PersonAccess))
async def give_role(
    vault: PathId,
    person: PersonName,
    request: Request,
    session: Who,
    wish: Annotated[GiveRole, Depends(body(GiveRole))],
) -> Response:
    """A role for one person, or none at all; it holds at once. For those who administer the vault."""
    return await settle(
        request,
        session,
        wish,
        lambda connection, now: access.give_role(connection, session, vault, person, wish, at=now),
    )


@router.delete("/vaults/{vault}/access/{person}", responses=gives(PersonAccess))
async def take_role_back(
    vault: PathId, person: PersonName, request: Request, session: Who, give_up: bool = False
) -> Response:
    """One person has the vault's default role again; for those who administer the vault."""
    return await settle(
        request,
        session,
        None,
        lambda connection, now: access.take_role_back(connection, session, vault, person, give_up=give_up, at=now),
    )


@router.put("/vaults/{vault}/default", openapi_extra=takes(GiveRole), responses=gives(VaultAccess))
async def set_default(
    vault: PathId, request: Request, session: Who, wish: Annotated[GiveRole, Depends(body(GiveRole))]
) -> Response:
    """The role of everybody whom the vault does not name; for those who administer it."""
    return await settle(
        request, session, wish, lambda connection, now: access.set_default(connection, session, vault, wish, at=now)
    )


@router.put("/vaults/{vault}/name", openapi_extra=takes(RenameVault), responses=gives(Vault))
async def rename_vault(
    vault: PathId, request: Request, session: Who, wish: Annotated[RenameVault, Depends(body(RenameVault))]
) -> Response:
    """Another name for the vault; for those who administer it."""
    return await settle(
        request, session, wish, lambda connection, now: vaults.rename_vault(connection, session, vault, wish, at=now)
    )


@router.put("/vaults/{vault}/rules", openapi_extra=takes(VaultRules), responses=gives(Vault))
async def rule_vault(
    vault: PathId,
    request: Request,
    session: Who,
    wish: Annotated[VaultRules, Depends(body(VaultRules))],
    base: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """What holds for the vault's files from now on, made from the rules with that tag; for those who administer it."""
    return await settle(
        request,
        session,
        wish,
        lambda connection, now: ruling.rule_vault(connection, session, vault, wish, base=base, at=now),
    )


@router.post("/vaults/{vault}/rules/try", openapi_extra=takes(TryRules), responses=gives(TriedRules))
async def try_rules(
    vault: PathId, parts: Here, session: Who, wish: Annotated[TryRules, Depends(body(TryRules))]
) -> Response:
    """What rules would say of names, and whether their own examples hold; nothing is changed."""
    return answer(await parts.store.read(lambda connection: ruling.try_rules(connection, session, vault, wish)))


@router.put("/people/{name}/usual", status_code=204, openapi_extra=takes(SetUsual), responses=gives(None, 204))
async def set_usual(
    name: PersonName, request: Request, session: Who, wish: Annotated[SetUsual, Depends(body(SetUsual))]
) -> Response:
    """Whether the default roles of vaults count for a person; for administrators of the server."""
    return await settle(
        request,
        session,
        wish,
        lambda connection, now: access.set_usual(connection, session, name, usual=wish.usual, at=now),
    )
