"""The API page says of every call with what it can be refused, and of no call that there is none."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from fastapi.routing import APIRoute

import server.routes
from server.app import create_api
from server.domain import errors
from server.routes.refusals import MEDIA_TYPE, SPECIFIC, names_of, refusals_of


def all_routes() -> list[APIRoute]:
    modules = [import_module(f"{server.routes.__name__}.{each.name}") for each in iter_modules(server.routes.__path__)]
    routers = [module.router for module in modules if hasattr(module, "router")]
    return [route for router in routers for route in router.routes if isinstance(route, APIRoute)]


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    return create_api(None).openapi()


def test_every_line_of_the_table_is_of_a_call_that_there_is() -> None:
    assert SPECIFIC.keys() <= {name for route in all_routes() for name in names_of(route)}


def test_every_call_says_its_refusals_in_the_form_of_problems(page: dict[str, Any]) -> None:
    for path, calls in page["paths"].items():
        for method, call in calls.items():
            refused = {status: each for status, each in call["responses"].items() if int(status) >= 400}
            assert all(list(each["content"]) == [MEDIA_TYPE] for each in refused.values()), f"{method} {path}"
    assert "HTTPValidationError" not in str(page)
    assert {"Problem", "Lock", "Revision"} <= page["components"]["schemas"].keys()


def test_a_check_in_says_all_that_it_can_be_refused_with(page: dict[str, Any]) -> None:
    said = page["paths"]["/api/files/{file}/checkin"]["post"]["responses"]
    assert sorted(said) == ["200", "400", "401", "403", "404", "409", "410", "413", "415", "422", "503", "507"]
    assert said["409"]["description"] == (
        "`not_yours`: You do not hold this file; `old_base`: There is a newer revision"
    )


def test_who_is_not_signed_in_is_told_of_every_call_but_those_that_are_for_everybody() -> None:
    without = {name for route in all_routes() for name in names_of(route) if not _is_guarded(route)}
    assert without == {
        "GET /healthz",
        "GET /readyz",
        "GET /server",
        "POST /session",
        "POST /session/code",
        "POST /session/token",
        "POST /session/token/owner",
        *OF_THE_INSTALLER,
    }


OF_THE_INSTALLER = {"GET /installer", "GET /installer/content", "HEAD /installer/content"}
"""Who is too old to sign in needs a newer seat first."""


def _is_guarded(route: APIRoute) -> bool:
    return errors.NotSignedIn.code in refusals_of(route)
