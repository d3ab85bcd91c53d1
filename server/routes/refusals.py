"""With what each call can be refused, as the API page says it.

Much follows from what a call is: it needs a session, has a body, names something, changes something. The rest stands
in a table. A test holds every refusal of the other tests against it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from server.domain import errors
from server.protocol.problems import Code, Problem
from server.routes.calls import signed_in

MEDIA_TYPE = "application/problem+json"
READING = frozenset({"GET", "HEAD"})

_ADMINISTERS = (Code.FORBIDDEN,)
_GITLAB = (
    Code.TOKEN_REFUSED, Code.GITLAB_FORBIDS, Code.GITLAB_BUSY, Code.GITLAB_TROUBLE, Code.GITLAB_AWAY, Code.GITLAB_SLOW,
    Code.NOT_SET_UP,
)  # fmt: skip
_ENTRANCE = (Code.FOREIGN_ORIGIN, Code.TOO_MANY, Code.FULL)
_TAKES = (Code.NOT_FOUND, Code.LOCKED, Code.GONE)
_GIVES_BACK = (Code.NOT_FOUND, Code.NOT_YOURS, Code.GONE)
_NAMES = (Code.FORBIDDEN_NAME, Code.NAME_TAKEN, Code.AGAINST_RULE)
_READS = (Code.NOT_READY,)
"""The place of the contents may be away."""
_ARRIVED = (Code.NOT_ARRIVED, Code.WRONG_HASH, *_READS)
_DESTINED = (Code.FORBIDDEN, Code.NOT_FOUND, Code.FORBIDDEN_NAME, Code.AGAINST_RULE)
_STORES = (*_GIVES_BACK, *_ARRIVED, Code.OLD_BASE, Code.AGAINST_RULE)
_GROWS = (*_ARRIVED, Code.GONE, Code.WRONG_OFFSET)

SPECIFIC: Mapping[str, tuple[Code, ...]] = MappingProxyType(
    {
        "POST /session": (*_ENTRANCE, Code.WRONG_PASSWORD, Code.SEAT_TAKEN, Code.TOKEN_NEEDED, *_GITLAB),
        "POST /session/token/owner": (*_ENTRANCE, Code.FORBIDDEN, *_GITLAB, Code.NAME_TAKEN, Code.NOT_FOUND),
        "POST /session/token": (
            *_ENTRANCE,
            Code.FORBIDDEN,
            *_GITLAB,
            Code.PASSWORD_EXISTS,
            Code.NAME_TAKEN,
            Code.SEAT_TAKEN,
            Code.NOT_FOUND,
        ),
        "POST /session/code": (
            *_ENTRANCE,
            Code.WRONG_CODE,
            Code.CODE_EXPIRED,
            Code.SEAT_TAKEN,
            Code.TOKEN_NEEDED,
            *_GITLAB,
        ),
        "PUT /session/password": (Code.WRONG_PASSWORD, Code.TOO_MANY),
        "GET /people": _ADMINISTERS,
        "POST /people": (Code.NAME_TAKEN,),
        "DELETE /people/{name}": (Code.LAST_ADMINISTRATOR,),
        "DELETE /people/{name}/administrator": (Code.LAST_ADMINISTRATOR,),
        "PUT /people/{name}/gitlab": (Code.NAME_TAKEN, Code.NOT_SET_UP),
        "PUT /people/{name}/token": (Code.NOT_SET_UP,),
        "GET /seats": _ADMINISTERS,
        "GET /messages": _ADMINISTERS,
        "POST /messages": (Code.NOT_FOUND,),
        "GET /messages/{message}": _ADMINISTERS,
        "GET /admin/server": _ADMINISTERS,
        "GET /audit": (*_ADMINISTERS, Code.NOT_FOUND),
        "GET /audit/verify": _ADMINISTERS,
        "GET /audit/export": (*_ADMINISTERS, Code.NOT_FOUND),
        "GET /backups": _ADMINISTERS,
        "POST /backups": (Code.ALREADY_RUNS, Code.NOT_SET_UP),
        "POST /vaults": (Code.NAME_TAKEN,),
        "GET /vaults/{vault}/access": _ADMINISTERS,
        "GET /vaults/{vault}/editors": (Code.FORBIDDEN,),
        "PUT /vaults/{vault}/name": (Code.NAME_TAKEN,),
        "GET /vaults/{vault}/changes": (Code.TOO_FAR_BEHIND,),
        "POST /vaults/{vault}/folders/move": (Code.LOCKED, *_NAMES),
        "POST /vaults/{vault}/files": (*_NAMES, *_ARRIVED),
        "POST /vaults/{vault}/files/set": (*_NAMES, *_ARRIVED),
        "POST /files/set/checkout": _TAKES,
        "POST /files/set/checkin": _STORES,
        "POST /files/set/undo": _GIVES_BACK,
        "POST /files/set/delete": _TAKES,
        "POST /files/{file}/checkout": _TAKES,
        "POST /files/{file}/checkin": _STORES,
        "POST /files/{file}/undo": _GIVES_BACK,
        "POST /files/{file}/adopt": (*_TAKES, Code.NOT_YOURS),
        "POST /files/{file}/park": _ARRIVED,
        "POST /files/{file}/move": (*_TAKES, *_NAMES),
        "DELETE /files/{file}": _TAKES,
        "POST /files/{file}/restore": _NAMES,
        "POST /files/{file}/ask": (Code.GONE, Code.OTHERWISE),
        "POST /requests/{request}/keep": (Code.OTHERWISE,),
        "DELETE /requests/{request}": (Code.OTHERWISE,),
        "POST /files/{file}/transfer": (*_GIVES_BACK, Code.OTHERWISE),
        "POST /files/{file}/force": (Code.GONE, Code.OTHERWISE),
        "PUT /vaults/{vault}/rules": (Code.OTHERWISE,),
        "PUT /files/{file}/waiting": (Code.GONE, Code.OTHERWISE),
        "GET /files/{file}/content": (Code.BAD_RANGE, *_READS),
        "GET /files/{file}/chunks": _READS,
        "POST /files/{file}/pieces": _READS,
        "POST /files/contents": _READS,
        "GET /locks": (Code.NOT_FOUND,),
        "GET /parked": (*_ADMINISTERS, Code.NOT_FOUND),
        "GET /parked/{parked}/content": (Code.BAD_RANGE, *_READS),
        "POST /parked/{parked}/checkin": _STORES,
        "PUT /watches": (Code.NOT_FOUND,),
        "GET /installer": (Code.NOT_FOUND,),
        "GET /installer/content": (Code.BAD_RANGE, Code.NOT_FOUND),
        "POST /uploads": (Code.WRONG_HASH, *_DESTINED, *_READS),
        "POST /uploads/begin": (Code.TOO_MANY_UPLOADS, *_DESTINED, *_READS),
        "GET /uploads/{upload}": (Code.GONE, Code.NOT_ARRIVED, *_READS),
        "PATCH /uploads/{upload}": (*_GROWS, Code.TOO_LARGE),
        "PATCH /uploads/{upload}/delta": (*_GROWS, Code.TOO_LARGE),
        "POST /uploads/{upload}/finish": _GROWS,
        "GET /readyz": (Code.NOT_READY,),
        "GET /metrics": (Code.NOT_FOUND, Code.NOT_SIGNED_IN),
    }
)
"""Beside what follows from the call itself, by method and path below /api."""


def refusals_of(route: APIRoute) -> frozenset[Code]:
    """The codes of all problems with which the call may be answered, but a fault of the server itself."""
    return frozenset(_general(route)).union(*(SPECIFIC.get(each, ()) for each in names_of(route)))


def names_of(route: APIRoute) -> list[str]:
    """Method and path of a call, as the table has them."""
    return [f"{method} {route.path}" for method in sorted(_methods(route))]


def describe(app: FastAPI, routers: Iterable[APIRouter], *, prefix: str) -> None:
    """Let the API page of the application say them of all calls of these routers, which are below `prefix`."""
    routes = [each for router in routers for each in router.routes if isinstance(each, APIRoute)]
    plainly = app.openapi

    def with_refusals() -> dict[str, Any]:
        if app.openapi_schema is None:
            _add(plainly(), routes, prefix=prefix)
        return app.openapi_schema or {}

    app.openapi = with_refusals  # type: ignore[method-assign]  # as FastAPI's "Extending OpenAPI" does it


def _general(route: APIRoute) -> Iterator[Code]:
    yield Code.NOT_READY  # while the database is away
    changes = not _methods(route) <= READING
    if _needs_session(route.dependant):
        yield from (Code.NOT_SIGNED_IN, Code.FOREIGN_SEAT)
        if changes:
            yield from (Code.FOREIGN_ORIGIN, Code.FORBIDDEN, Code.BAD_REQUEST, Code.KEY_REUSED, Code.FULL)
    if "requestBody" in (route.openapi_extra or {}):
        yield from (Code.BAD_REQUEST, Code.UNSUPPORTED, Code.TOO_LARGE, Code.INVALID)
    if route.dependant.path_params:
        yield from (Code.NOT_FOUND, Code.INVALID)
    if route.dependant.query_params:
        yield Code.INVALID


def _methods(route: APIRoute) -> set[str]:
    return route.methods or set()


def _needs_session(dependant: Dependant) -> bool:
    return any(each.call is signed_in or _needs_session(each) for each in dependant.dependencies)


def _add(page: dict[str, Any], routes: Iterable[APIRoute], *, prefix: str) -> None:
    schema = TypeAdapter(Problem).json_schema(ref_template="#/components/schemas/{model}")
    schemas = page.setdefault("components", {}).setdefault("schemas", {})
    for name, each in schema.pop("$defs", {}).items():
        schemas.setdefault(name, each)
    schemas["Problem"] = schema
    for stale in ("HTTPValidationError", "ValidationError"):
        schemas.pop(stale, None)
    for route in routes:
        calls = page["paths"][f"{prefix}{route.path_format}"]
        for method in _methods(route) & {each.upper() for each in calls}:
            answers = calls[method.lower()]["responses"]
            answers.pop("422", None)
            answers |= _answers(refusals_of(route))


def _answers(codes: Iterable[Code]) -> dict[str, Any]:
    by_status: defaultdict[int, list[Code]] = defaultdict(list)
    for code in sorted(codes, key=lambda each: (each.status, each.word)):
        by_status[code.status].append(code)
    body = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        str(status): {
            "description": "; ".join(f"`{each.word}`: {_TITLES[each]}" for each in of_status),
            "content": body,
        }
        for status, of_status in by_status.items()
    }


def _titles(kind: type[errors.ProblemError]) -> Iterator[tuple[Code, str]]:
    for each in kind.__subclasses__():
        yield from _titles(each)
        yield each.code, each.title


_TITLES: Mapping[Code, str] = MappingProxyType(dict(_titles(errors.ProblemError)))
"""What a person reads first of each problem."""
