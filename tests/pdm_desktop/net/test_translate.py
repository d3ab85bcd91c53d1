"""Problems of the server and of the network, as people are told."""

import ssl
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx
import msgspec
import pytest

from pdm_desktop.core import errors
from pdm_desktop.net import translate
from server.protocol.problems import Code, Problem
from server.protocol.wire import plain
from tests.support.facts import lock, revision


def problem(code: Code, **more: Any) -> Problem:
    return Problem(status=code.status, code=code.word, title="T", detail="What is so.", **more)


@pytest.mark.parametrize("code", list(Code))
def test_every_problem_has_words_and_a_kind(code: Code) -> None:
    told = translate.from_response(code.status, msgspec.json.encode(plain(problem(code))))
    assert told.text
    assert told.trouble.title
    by_gitlab = code in (Code.GITLAB_TROUBLE, Code.GITLAB_AWAY, Code.GITLAB_SLOW)
    changed_nothing = (code.status < 500 or by_gitlab) and code not in (Code.WRONG_HASH, Code.TOO_MANY_UPLOADS)
    assert isinstance(told, errors.Refused) is changed_nothing


@pytest.mark.parametrize("code", list(Code))
def test_no_code_of_the_server_is_unknown_to_the_seat(code: Code) -> None:
    """What the seat knows nothing of is told as an answer that was not understood, with nothing to do about it."""
    assert type(translate.from_problem(problem(code))) is not errors.BadAnswer, f"say in net/translate what {code} is"


def test_a_code_of_a_newer_server_is_told_by_its_own_words() -> None:
    told = translate.from_problem(Problem(status=418, code="teapot", title="T", detail="It is a teapot."))
    assert (type(told), told.text) == (errors.BadAnswer, "It is a teapot.")


@pytest.mark.parametrize(
    "code",
    [
        Code.BAD_REQUEST,
        Code.FOREIGN_ORIGIN,
        Code.METHOD_NOT_ALLOWED,
        Code.WRONG_OFFSET,
        Code.UNSUPPORTED,
        Code.BAD_RANGE,
        Code.KEY_REUSED,
    ],
)
def test_what_is_wrong_with_the_call_itself_is_no_fault_of_the_person(code: Code) -> None:
    told = translate.from_problem(problem(code))
    assert told.title == "The server did not understand this"
    assert told.text == "The server does not understand what this seat asks of it: “What is so.”"
    assert told.advice is not None
    assert told.advice.startswith("Nothing was changed. Try again.")


def test_the_last_administrator_is_told_why_not() -> None:
    told = translate.from_problem(problem(Code.LAST_ADMINISTRATOR))
    assert type(told) is errors.Refused
    assert told.text == "What is so."


def test_a_held_file_names_holder_computer_time_and_reason() -> None:
    since = datetime.now().astimezone().replace(hour=0, minute=0)
    held = replace(lock(message="Roughing"), since=since)
    told = translate.from_problem(problem(Code.LOCKED, path="a/plate.nc", lock=held))
    assert isinstance(told, errors.Held)
    assert told.text == "Tomas Ruiz has plate.nc on CAM-07 since 00:00: Roughing."
    assert told.lock is not None


def test_an_old_base_carries_the_head() -> None:
    told = translate.from_problem(problem(Code.OLD_BASE, head=revision("2.0")))
    assert isinstance(told, errors.OldBase)
    assert told.head == revision("2.0")


def test_too_many_uploads_pass_by_themselves_and_what_was_asked_has_not_happened() -> None:
    told = translate.from_problem(problem(Code.TOO_MANY_UPLOADS))
    assert isinstance(told, errors.TooManyUploads)
    assert not told.sent
    assert told.text == "What is so."


def test_content_that_has_not_arrived_is_known_from_a_file_that_is_gone() -> None:
    assert type(translate.from_problem(problem(Code.NOT_ARRIVED))) is errors.NotArrived
    assert type(translate.from_problem(problem(Code.GONE))) is errors.Missing


def test_too_many_tries_say_how_long_to_wait_and_nothing_of_the_sign_in() -> None:
    """Who types the old password wrong, to choose a new one, is signed in and stays so."""
    told = translate.from_problem(problem(Code.TOO_MANY, retry_after=4.2))
    assert not isinstance(told, errors.SignInRefused | errors.NotSignedIn)
    assert (told.title, told.text) == ("Too many tries", "What is so.")
    assert told.advice == "Wait 4 s and try again."


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, errors.Stranger), (404, errors.Stranger), (502, errors.ServerBusy), (500, errors.ServerTrouble)],
)
def test_an_answer_of_something_else(status: int, kind: type[errors.Told]) -> None:
    assert type(translate.from_response(status, b"<html>")) is kind


@pytest.mark.parametrize("body", [b'{"detail": "Zeit\xfcberschreitung"}', b"[" * 100_000], ids=["Latin-1", "too deep"])
def test_an_answer_that_cannot_be_decoded_is_told_as_any_other(body: bytes) -> None:
    assert type(translate.from_response(502, body)) is errors.ServerBusy
    with pytest.raises(errors.Stranger), translate.told("https://pdm.example"):
        msgspec.json.decode(body, type=Problem)


def test_no_server_has_certainly_changed_nothing() -> None:
    told = translate.unreachable(httpx.ConnectError("refused"), "https://pdm.example")
    assert isinstance(told, errors.Unreachable)
    assert (told.text, told.sent) == ("No server answers at https://pdm.example.", False)


def test_a_cut_answer_may_have_changed_something() -> None:
    with pytest.raises(errors.Unreachable) as met, translate.told("https://pdm.example"):
        raise httpx.ReadError("cut")
    assert met.value.sent


def test_an_unknown_certificate_is_told_as_such() -> None:
    error = httpx.ConnectError("tls")
    cause = ssl.SSLCertVerificationError(1, "CERTIFICATE_VERIFY_FAILED")
    cause.verify_message = "self-signed certificate"
    error.__cause__ = cause
    told = translate.unreachable(error, "https://pdm.example")
    assert isinstance(told, errors.UnknownCertificate)
    assert "self-signed certificate" in told.text
