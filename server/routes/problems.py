"""Everything that can go wrong with a call, as `application/problem+json` (RFC 9457)."""

import math
from collections.abc import Mapping

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from server.domain.errors import BadRange, BadRequest, Internal, Invalid, MethodNotAllowed, NotFound, ProblemError
from server.protocol.wire import plain

MEDIA_TYPE = "application/problem+json"


def install(app: FastAPI) -> None:
    """Let the application answer with problems, whatever goes wrong."""
    app.add_exception_handler(ProblemError, _refused)
    app.add_exception_handler(HTTPException, _not_served)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(ClientDisconnect, _gone_away)
    app.add_exception_handler(Exception, _broken)


def answer_to(error: ProblemError, *, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that tells of a problem."""
    told = dict(headers or {})
    if error.retry_after is not None:
        told["Retry-After"] = str(math.ceil(error.retry_after))
    if isinstance(error, BadRange):
        told["Content-Range"] = f"bytes */{error.size}"
    if error.code.status == 401:
        told["WWW-Authenticate"] = "Bearer"
    problem = error.problem()
    return Response(msgspec.json.encode(plain(problem)), problem.status, told, MEDIA_TYPE)


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, ProblemError):
        raise error
    return answer_to(error)


async def _not_served(request: Request, error: Exception) -> Response:
    """An address or a method that no route takes."""
    if not isinstance(error, HTTPException):
        raise error
    match error.status_code:
        case 404:
            return answer_to(NotFound(f"There is nothing at {request.url.path} on this server. Check the address."))
        case 405:
            detail = f"{request.url.path} does not take {request.method}. The calls it takes are in the header Allow."
            return answer_to(MethodNotAllowed(detail), headers=error.headers)
        case _:
            return answer_to(BadRequest(f"The call cannot be read: {error.detail}. Correct it and send it again."))


async def _not_understood(request: Request, error: Exception) -> Response:
    """Something in the address or its query does not fit."""
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    return answer_to(Invalid(f"“{first['loc'][-1]}” in the address does not fit: {first['msg']}. Please correct it."))


async def _gone_away(request: Request, error: Exception) -> Response:
    """Nobody listens any more; the log of the server should not call that its fault."""
    return answer_to(BadRequest("The call broke off before it was complete. Send it again."))


async def _broken(request: Request, error: Exception) -> Response:
    """A fault of our own: it goes on to the server, which logs all of it, and the answer tells nothing of it."""
    return answer_to(Internal())
