"""All routes, put into one application."""

from fastapi import APIRouter, Depends, FastAPI

from server.routes import (
    access,
    accounts,
    admin,
    audit,
    backups,
    bundles,
    chunks,
    content,
    dashboard,
    entrance,
    files,
    handover,
    health,
    inbox,
    locks,
    messages,
    metrics,
    parked,
    people,
    problems,
    purging,
    refusals,
    releases,
    seats,
    session,
    sets,
    uploads,
    vaults,
    watches,
)
from server.routes.parts import Parts
from server.routes.texts import require_texts

PREFIX = "/api"


def install(app: FastAPI, parts: Parts | None) -> None:
    """Let the application serve every HTTP call of the contract with these parts; without, it is only described."""
    app.state.parts = parts
    problems.install(app)
    api = APIRouter()
    # Sets before files: `set` is no file's id. Else by how often they are called: each path is compared in this order.
    often = (sets, files, content, bundles, uploads, vaults, chunks, session)
    all_of = (
        *often,
        entrance,
        people,
        seats,
        access,
        accounts,
        parked,
        purging,
        locks,
        dashboard,
        inbox,
        messages,
        watches,
        releases,
        audit,
        backups,
        admin,
        handover,
    )
    for each in all_of:
        # The routes themselves, not a router in a router: each level is searched once more for every call.
        api.routes.extend(each.router.routes)
    app.include_router(api, prefix=PREFIX, dependencies=[Depends(require_texts)])
    app.include_router(health.router)
    app.include_router(metrics.router)
    refusals.describe(app, [each.router for each in all_of], prefix=PREFIX)
