"""Asking GitLab whose a token is: every answer of the documented API, and that the token goes nowhere else."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from server.auth.gitlab import LONGEST_ANSWER, Gitlab
from server.config import load
from server.domain.entrance import GitlabPerson
from server.domain.errors import ProblemError
from server.protocol.problems import Code
from tests.support.gitlab import BLOCKED, EXPIRED, REVOKED, SHORT, TERMS, Answer, StandIn, person, stand_in

TOKEN = "the-token-of-Sam"
SAM = person(42, "sam.becker", "Sam Becker")
MEMBER = {**SAM, "access_level": 30, "membership_state": "active"}


@pytest.fixture
def gitlab() -> Iterator[StandIn]:
    with stand_in() as made:
        made.people[TOKEN] = SAM
        yield made


async def refused(gitlab: StandIn, *, token: str = TOKEN, **settings: str) -> ProblemError:
    with pytest.raises(ProblemError) as problem:
        await Gitlab(gitlab.url, **settings).owner_of(token)  # type: ignore[arg-type] # all of these are text
    assert TOKEN not in problem.value.detail
    return problem.value


async def test_a_good_token_says_whose_it_is(gitlab: StandIn) -> None:
    asked = Gitlab(gitlab.url)
    assert await asked.owner_of(f" {TOKEN}\n") == GitlabPerson(number=42, username="sam.becker", name="Sam Becker")
    assert (gitlab.asked, gitlab.tokens) == (["/api/v4/user"], [TOKEN])
    assert (asked.host, asked.scope) == (gitlab.url.removeprefix("http://"), "read_user")


@pytest.mark.parametrize(
    ("answer", "status", "code", "words"),
    [
        pytest.param(Answer(401, {"message": "401 Unauthorized"}), 401, "token_refused", "not know", id="unknown"),
        pytest.param(Answer(401, EXPIRED), 401, "token_refused", "has expired", id="expired"),
        pytest.param(Answer(401, REVOKED), 401, "token_refused", "was revoked", id="revoked"),
        pytest.param(Answer(403, SHORT), 403, "gitlab_forbids", "scope read_user", id="without the scope"),
        pytest.param(Answer(403, BLOCKED), 403, "gitlab_forbids", "is blocked there", id="blocked"),
        pytest.param(Answer(403, TERMS), 403, "gitlab_forbids", "in a browser", id="forbidden"),
        pytest.param(
            Answer(200, person(42, "sam.becker", "Sam", state="ldap_blocked")), 403, "gitlab_forbids", "ldap_blocked",
            id="a blocked user",
        ),
        pytest.param(
            Answer(200, person(42, "project_7_bot", "CI", bot=True)), 403, "gitlab_forbids", "not to a person",
            id="the token of a project",
        ),
        pytest.param(Answer(429, headers={"Retry-After": "17"}), 429, "gitlab_busy", "in 17 s", id="too many"),
        pytest.param(Answer(500, b"<html>oops"), 502, "gitlab_trouble", "said 500", id="broken"),
        pytest.param(Answer(503), 502, "gitlab_trouble", "said 503", id="in maintenance"),
        pytest.param(Answer(404), 502, "gitlab_trouble", "no GitLab", id="something else"),
        pytest.param(Answer(200, b"<html>Welcome"), 502, "gitlab_trouble", "no GitLab", id="a portal"),
        pytest.param(Answer(200, {"id": "42"}), 502, "gitlab_trouble", "no GitLab", id="another shape"),
        pytest.param(Answer(200, b" " * (LONGEST_ANSWER + 1)), 502, "gitlab_trouble", "longer", id="endless"),
    ],
)  # fmt: skip
async def test_every_answer_has_its_own_status_and_sentence(
    gitlab: StandIn, answer: Answer, status: int, code: str, words: str
) -> None:
    gitlab.instead = answer
    problem = await refused(gitlab)
    assert (problem.code.status, problem.code.word) == (status, code)
    assert words in problem.detail


async def test_how_long_to_wait_is_told_and_bounded(gitlab: StandIn) -> None:
    for said, told in (("17", 17), ("999999", 3_600), ("0", 1), ("Wed, 21 Oct 2026 07:28:00 GMT", 60)):
        gitlab.instead = Answer(429, headers={"Retry-After": said})
        assert (await refused(gitlab)).retry_after == told


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_the_token_follows_no_redirect_to_another_host(gitlab: StandIn, status: int) -> None:
    with stand_in() as other:
        other.people[TOKEN] = SAM
        gitlab.instead = Answer(status, headers={"Location": f"{other.url}/api/v4/user"})
        problem = await refused(gitlab)
        assert (other.asked, other.tokens) == ([], [])
    assert (problem.code.status, problem.code.word) == (502, "gitlab_trouble")
    assert "no token is sent" in problem.detail


async def test_a_slow_gitlab_is_given_up_in_time(gitlab: StandIn) -> None:
    gitlab.silent = True  # to the end of this test: it never answers
    with pytest.raises(ProblemError) as problem:
        await Gitlab(gitlab.url, patience=0.2).owner_of(TOKEN)
    assert (problem.value.code.status, problem.value.code.word) == (504, "gitlab_slow")


def test_the_patience_is_five_seconds_for_all_of_it() -> None:
    assert Gitlab("https://gitlab.example").patience == 5.0
    assert load(flags={}, environment={}, file=None).gitlab_seconds == 5.0


async def test_one_who_is_to_be_asked_by_a_proxy_is(gitlab: StandIn) -> None:
    """Nothing listens at that port itself."""
    asked = Gitlab("http://127.0.0.1:1", proxy=gitlab.url)
    assert (await asked.owner_of(TOKEN)).number == 42
    assert gitlab.asked == ["/api/v4/user"]


async def test_a_proxy_that_opens_no_way_is_said_and_hears_no_token(gitlab: StandIn) -> None:
    proxy = gitlab.url.replace("http://", "http://me:secret@")
    with pytest.raises(ProblemError, match=r"by the proxy 127\.0\.0\.1") as problem:
        await Gitlab("https://gitlab.example", proxy=proxy).owner_of(TOKEN)
    assert (problem.value.code.status, problem.value.code.word) == (503, "gitlab_away")
    assert "secret" not in problem.value.detail
    assert gitlab.tokens == []


async def test_the_variables_of_the_environment_send_no_token_elsewhere(
    gitlab: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stand_in() as other:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, other.url)
        assert (await Gitlab(gitlab.url).owner_of(TOKEN)).number == 42
        assert other.tokens == []


async def test_a_name_that_nobody_finds_out_keeps_nothing_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's own lookups wait for half a minute, and cannot be ended; files are read in threads as well."""
    found, real = threading.Event(), socket.getaddrinfo

    def look_up(host: str, *more: Any, **named: Any) -> Any:
        if host == "gitlab.example":
            found.wait(60)
        return real("127.0.0.1", *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    asked = Gitlab("https://gitlab.example", patience=0.2)
    try:
        many = await asyncio.gather(*(asked.owner_of(TOKEN) for _ in range(40)), return_exceptions=True)
        assert {getattr(each, "code", each) for each in many} == {Code.GITLAB_SLOW}
        async with asyncio.timeout(10):
            assert await asyncio.to_thread(str, 5) == "5"
    finally:
        found.set()


async def test_a_gitlab_that_is_away_is_said_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens there
        with pytest.raises(ProblemError) as problem:
            await Gitlab(f"http://127.0.0.1:{taken.getsockname()[1]}").owner_of(TOKEN)
    assert (problem.value.code.status, problem.value.code.word) == (503, "gitlab_away")


@pytest.mark.parametrize(
    "token", ["two words", "ключ", "line\nbreak", "nul\x00"], ids=["blank", "letters", "line", "nul"]
)
async def test_what_can_be_no_token_is_not_sent(gitlab: StandIn, token: str) -> None:
    assert (await refused(gitlab, token=token)).code.word == "token_refused"
    assert gitlab.asked == []


@pytest.mark.parametrize(
    ("settings", "path", "what"),
    [
        ({"group": "shop/cam"}, "/api/v4/groups/shop%2Fcam/members/all/42", "groups/shop/cam"),
        ({"group": "7"}, "/api/v4/groups/7/members/all/42", "groups/7"),
        ({"project": "shop/fixtures"}, "/api/v4/projects/shop%2Ffixtures/members/all/42", "projects/shop/fixtures"),
    ],
    ids=["group", "group by number", "project"],
)
async def test_a_membership_is_asked_for_where_it_is_demanded(
    gitlab: StandIn, settings: dict[str, str], path: str, what: str
) -> None:
    gitlab.members[what, 42] = MEMBER
    asked = Gitlab(gitlab.url, **settings)  # type: ignore[arg-type] # all of these are text
    assert (await asked.owner_of(TOKEN)).number == 42
    assert gitlab.asked == ["/api/v4/user", path]
    assert asked.scope == "read_api"


async def test_group_and_project_are_both_demanded(gitlab: StandIn) -> None:
    gitlab.members["groups/shop", 42] = MEMBER
    problem = await refused(gitlab, group="shop", project="shop/fixtures")
    assert (problem.code.word, "project “shop/fixtures”" in problem.detail) == ("gitlab_forbids", True)


@pytest.mark.parametrize(
    "member",
    [
        None,
        {**MEMBER, "access_level": 0},
        {**MEMBER, "membership_state": "awaiting"},
        {**MEMBER, "state": "blocked"},
    ],
    ids=["nobody", "without access", "not yet", "blocked"],
)
async def test_who_is_no_member_does_not_come_in(gitlab: StandIn, member: dict[str, object] | None) -> None:
    if member is not None:
        gitlab.members["groups/shop", 42] = member
    problem = await refused(gitlab, group="shop")
    assert (problem.code.status, problem.code.word) == (403, "gitlab_forbids")
    assert "Only members of the group “shop”" in problem.detail
