"""First sign-ins by a token of GitLab, and one-time codes, over HTTP."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from server.auth.codes import plain
from server.auth.gitlab import Gitlab
from server.auth.throttle import FREE_FOR_ADDRESS, FREE_FOR_PERSON
from server.bus.base import ChangedHint, SessionHint
from server.storage.tables import person as person_table
from tests.support.gitlab import Answer, StandIn, person, stand_in
from tests.support.waiting import wait_for
from tests.support.web import PASSWORD, Seat, Web, WebSettings, running

TOKEN = "the-token-of-Sam"
OTHERS = "the-token-of-Mei"
NEW = "a password of Sam's own"
SEAT = {"id": "seat-1", "computer": "CAM-1", "system": "Windows 11", "version": "0.1.0"}


@dataclass
class Shop:
    """A server with a GitLab, and Ada who administers it."""

    web: Web
    gitlab: StandIn
    ada: Seat

    def post(self, path: str, **body: object) -> httpx.Response:
        with self.web.client() as client:
            return client.post(f"/api{path}", json=body)

    def by_token(self, token: str = TOKEN, password: str = NEW, **more: object) -> httpx.Response:
        return self.post("/session/token", gitlab_token=token, password=password, **more)

    def by_password(self, name: str = "sam.becker", password: str = NEW, **more: object) -> httpx.Response:
        return self.post("/session", name=name, password=password, **more)

    def account(self, name: str = "sam.becker") -> dict[str, Any]:
        people = self.ada.get("/people").json()["people"]
        return next(each for each in people if each["name"] == name)

    def code(self, name: str) -> str:
        answer = self.ada.change(f"/people/{name}/code")
        assert answer.status_code == 201, answer.text
        code: str = answer.json()["code"]
        return code

    def set(self, name: str, **values: object) -> None:
        """As no call can."""
        statement = update(person_table).where(person_table.c.name == name).values(**values)
        self.web.run(self.web.parts.store.write(lambda connection: connection.execute(statement)))


def shop_of(web: Web, gitlab: StandIn) -> Shop:
    web.add_person("Ada", administrator=True)
    gitlab.people[TOKEN] = person(42, "sam.becker", "Sam Becker")
    gitlab.people[OTHERS] = person(43, "mei.tanaka", "Mei Tanaka")
    return Shop(web, gitlab, web.seat("Ada"))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with stand_in() as gitlab, running(tmp_path, gitlab=Gitlab(gitlab.url, patience=60)) as web:
        for name in ("Anna", "Ben"):
            web.add_person(name)
        made = shop_of(web, gitlab)
        yield made
        made.ada.client.close()


def code_of(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code")


def test_the_server_says_which_gitlab_it_asks(shop: Shop) -> None:
    with shop.web.client() as client:
        told = client.get("/api/server").json()
    assert (told["gitlab_host"], told["gitlab_scope"]) == (shop.gitlab.url.removeprefix("http://"), "read_user")
    assert told["password_least"] == 8


def test_the_first_sign_in_is_by_token_and_the_next_by_password_with_gitlab_away(shop: Shop) -> None:
    owner = shop.post("/session/token/owner", gitlab_token=TOKEN)
    assert (owner.status_code, owner.json()) == (
        200, {"person": "sam.becker", "called": "Sam Becker", "has_password": False},
    )  # fmt: skip
    first = shop.by_token(seat=SEAT)
    assert (first.status_code, first.json()["person"], first.json()["seat"]) == (201, "sam.becker", "seat-1")
    assert shop.account()["gitlab"] == 42
    assert ChangedHint("people") in shop.web.hints
    asked = len(shop.gitlab.asked)
    shop.gitlab.instead = Answer(500)
    again = shop.by_password(seat=SEAT)
    assert (again.status_code, again.json()["person"]) == (201, "sam.becker")
    assert len(shop.gitlab.asked) == asked


def test_whose_a_token_is_changes_nothing(shop: Shop) -> None:
    before = shop.web.dump()
    assert shop.post("/session/token/owner", gitlab_token=TOKEN).status_code == 200
    assert shop.web.dump() == before


def test_the_token_is_nowhere_in_the_store(shop: Shop) -> None:
    assert shop.by_token(seat=SEAT).status_code == 201
    shop.ada.change("/people/sam.becker/token", {"wanted": True}, method="PUT")
    assert shop.by_password(gitlab_token=TOKEN).status_code == 201
    assert TOKEN not in repr(shop.web.dump())
    for file in (each for each in shop.web.folder.rglob("*") if each.is_file()):
        assert TOKEN.encode() not in file.read_bytes(), file


def test_a_token_never_takes_the_place_of_a_password(shop: Shop) -> None:
    assert shop.by_token().status_code == 201
    before = shop.web.dump()
    again = shop.by_token(password="another password")
    assert code_of(again) == (409, "password_exists")
    assert "one-time code" in again.json()["detail"]
    assert shop.web.dump() == before
    assert shop.post("/session/token/owner", gitlab_token=TOKEN).json()["has_password"] is True
    assert shop.by_password().status_code == 201


def test_people_are_matched_by_the_number_and_never_by_the_name(shop: Shop) -> None:
    assert shop.by_token().status_code == 201
    shop.gitlab.people[TOKEN] = person(42, "sam.becker-married", "Sam B.")
    owner = shop.post("/session/token/owner", gitlab_token=TOKEN).json()
    assert (owner["person"], owner["has_password"]) == ("sam.becker", True)
    shop.gitlab.people[OTHERS] = person(43, "sam.becker", "Somebody else")
    before = shop.web.dump()
    for answer in (shop.by_token(OTHERS), shop.post("/session/token/owner", gitlab_token=OTHERS)):
        assert code_of(answer) == (409, "name_taken")
    assert shop.web.dump() == before


@pytest.mark.parametrize("username", ["anna", "ANNA", "server"], ids=["as it is", "in capitals", "the operator"])
def test_a_person_of_the_same_name_is_not_taken_over(shop: Shop, username: str) -> None:
    shop.gitlab.people[TOKEN] = person(42, username, "Another Anna")
    before = shop.web.dump()
    refused = shop.by_token()
    assert code_of(refused) == (409, "name_taken")
    assert "account 42" in refused.json()["detail"]
    assert shop.web.dump() == before


def test_a_name_that_is_too_long_for_every_other_call_makes_no_person(shop: Shop) -> None:
    """GitLab allows 255 characters. By no call could such a person be named, nor ever sign in again."""
    shop.gitlab.people[TOKEN] = person(42, "s" * 65, "Sam Becker")
    before = shop.web.dump()
    for answer in (shop.by_token(), shop.post("/session/token/owner", gitlab_token=TOKEN)):
        assert code_of(answer) == (422, "invalid")
        assert "link it to account 42" in answer.json()["detail"]
    assert shop.web.dump() == before
    shop.gitlab.people[TOKEN] = person(42, "s" * 64, "Sam Becker")
    assert shop.by_token().status_code == 201
    assert shop.by_password("s" * 64).status_code == 201


def test_of_two_first_sign_ins_at_once_with_one_token_one_makes_the_person(shop: Shop) -> None:
    with ThreadPoolExecutor(4) as beside:
        passwords = [f"{NEW} {number}" for number in range(4)]
        answers = list(beside.map(lambda password: shop.by_token(password=password), passwords))
    codes = sorted(map(code_of, answers), key=str)
    assert codes == [(201, None)] + [(409, "password_exists")] * 3
    right = next(each for each, answer in zip(passwords, answers, strict=True) if answer.status_code == 201)
    assert shop.by_password(password=right).status_code == 201
    people = shop.ada.get("/people").json()["people"]
    assert [each["name"] for each in people].count("sam.becker") == 1


def test_an_administrator_links_them_and_the_password_stays_the_way_in(shop: Shop) -> None:
    shop.gitlab.people[TOKEN] = person(42, "anna", "Anna Novak")
    assert shop.ada.change("/people/Anna/gitlab", {"gitlab": 42}, method="PUT").status_code == 204
    owner = shop.post("/session/token/owner", gitlab_token=TOKEN).json()
    assert (owner["person"], owner["has_password"]) == ("Anna", True)
    assert code_of(shop.by_token()) == (409, "password_exists")
    assert shop.by_password("Anna", PASSWORD).status_code == 201
    assert shop.ada.change("/people/Anna/gitlab", method="DELETE").status_code == 204
    assert code_of(shop.by_token()) == (409, "name_taken")


def test_somebody_who_was_linked_and_has_no_password_yet_sets_one_by_token(shop: Shop) -> None:
    shop.ada.change("/people/Anna/gitlab", {"gitlab": 42}, method="PUT")
    shop.set("Anna", password=None)
    first = shop.by_token()
    assert (first.status_code, first.json()["person"]) == (201, "Anna")
    assert shop.by_password("Anna").status_code == 201


def test_an_account_of_gitlab_is_linked_to_one_person(shop: Shop) -> None:
    shop.ada.change("/people/Anna/gitlab", {"gitlab": 42}, method="PUT")
    before = shop.web.dump()
    other = shop.ada.change("/people/Ben/gitlab", {"gitlab": 42}, method="PUT", key="one")
    assert code_of(other) == (409, "name_taken")
    assert "Anna" in other.json()["detail"]
    assert shop.web.dump() == before


def test_a_new_person_has_no_role_until_given_one(shop: Shop) -> None:
    token = shop.by_token(seat=SEAT).json()["token"]
    with shop.web.client(authorization=f"Bearer {token}") as sam:
        assert sam.get("/api/vaults").json()["vaults"] == []
        assert sam.get("/api/session").json()["administrator"] is False
    anna = shop.web.seat("Anna")
    assert anna.get("/vaults").json()["vaults"]
    anna.client.close()


def test_a_new_person_gets_the_role_that_the_configuration_names(tmp_path: Path) -> None:
    settings = WebSettings(gitlab_role="reader")
    with stand_in() as gitlab, running(tmp_path, settings=settings, gitlab=Gitlab(gitlab.url, patience=60)) as web:
        shop = shop_of(web, gitlab)
        token = shop.by_token(seat=SEAT).json()["token"]
        with web.client(authorization=f"Bearer {token}") as sam:
            [vault] = sam.get("/api/vaults").json()["vaults"]
        shop.ada.client.close()
    assert vault["role"] == "reader"


def test_who_was_disabled_here_does_not_come_in_by_token(shop: Shop) -> None:
    shop.by_token()
    shop.ada.change("/people/sam.becker", method="DELETE")
    shop.set("sam.becker", password=None)
    before = shop.web.dump()
    assert code_of(shop.by_token()) == (403, "forbidden")
    assert code_of(shop.post("/session/token/owner", gitlab_token=TOKEN)) == (403, "forbidden")
    assert shop.web.dump() == before


def test_what_gitlab_refuses_changes_nothing_and_is_throttled(shop: Shop) -> None:
    before = shop.web.dump()
    answers = [shop.by_token("an-unknown-token") for _ in range(FREE_FOR_ADDRESS + 1)]
    assert [code_of(each) for each in answers] == [(401, "token_refused")] * FREE_FOR_ADDRESS + [(429, "too_many")]
    assert len(shop.gitlab.asked) == FREE_FOR_ADDRESS
    assert shop.web.dump() == before
    assert shop.by_password("Anna", PASSWORD).status_code == 201, "passwords wait for no token"


def test_a_password_that_is_too_short_is_refused_before_gitlab_is_asked(shop: Shop) -> None:
    assert shop.by_token(password="1234567").status_code == 422
    assert shop.gitlab.asked == []


def test_a_token_is_demanded_at_the_next_sign_in_and_not_at_the_one_after(shop: Shop) -> None:
    shop.by_token()
    assert shop.ada.change("/people/sam.becker/token", {"wanted": True}, method="PUT").status_code == 204
    assert shop.account()["token_due"] is True
    before = shop.web.dump()
    assert code_of(shop.by_password()) == (401, "token_needed")
    assert code_of(shop.by_password(password="a wrong password", gitlab_token=TOKEN)) == (401, "wrong_password")
    foreign = shop.by_password(gitlab_token=OTHERS)
    assert code_of(foreign) == (401, "token_needed")
    assert "mei.tanaka" in foreign.json()["detail"]
    assert shop.web.dump() == before
    assert shop.by_password(gitlab_token=TOKEN).status_code == 201
    assert shop.account()["token_due"] is False
    assert shop.by_password().status_code == 201


def test_tokens_that_somebody_else_tries_at_the_same_address_keep_out_nobody_with_the_right_password(
    shop: Shop,
) -> None:
    shop.by_token()
    shop.ada.change("/people/sam.becker/token", {"wanted": True}, method="PUT")
    while code_of(shop.by_token("an-unknown-token")) != (429, "too_many"):
        """Somebody tries."""
    assert shop.by_password(gitlab_token=TOKEN).status_code == 201


def test_a_gitlab_that_never_answers_keeps_no_password_waiting(shop: Shop) -> None:
    shop.gitlab.silent = True
    with ThreadPoolExecutor(1) as beside:
        asking = beside.submit(shop.by_token)
        wait_for(lambda: bool(shop.gitlab.asked))
        assert shop.by_password("Anna", PASSWORD).status_code == 201
        assert not asking.done()
        shop.gitlab.ended.set()
        assert asking.result().status_code == 201


def test_a_token_that_nobody_demands_keeps_nobody_out_while_gitlab_is_away(shop: Shop) -> None:
    shop.by_token()
    shop.gitlab.instead = Answer(503)
    assert shop.by_password("Anna", PASSWORD, gitlab_token=TOKEN).status_code == 201
    assert shop.by_password(gitlab_token=TOKEN).status_code == 201
    shop.ada.change("/people/sam.becker/token", {"wanted": True}, method="PUT")
    before = shop.web.dump()
    assert code_of(shop.by_password(gitlab_token=TOKEN)) == (502, "gitlab_trouble")
    assert shop.web.dump() == before


def test_a_token_is_demanded_only_of_those_whom_gitlab_knows(shop: Shop) -> None:
    before = shop.web.dump()
    refused = shop.ada.change("/people/Anna/token", {"wanted": True}, method="PUT")
    assert code_of(refused) == (422, "invalid")
    assert "Link one first" in refused.json()["detail"]
    assert shop.web.dump() == before


def test_by_configuration_each_sign_in_takes_the_token(tmp_path: Path) -> None:
    settings = WebSettings(gitlab_required=True)
    with stand_in() as gitlab, running(tmp_path, settings=settings, gitlab=Gitlab(gitlab.url, patience=60)) as web:
        shop = shop_of(web, gitlab)
        assert shop.by_token().status_code == 201
        for _ in range(2):
            assert code_of(shop.by_password()) == (401, "token_needed")
            assert shop.by_password(gitlab_token=TOKEN).status_code == 201
        shop.ada.client.close()


def test_without_a_gitlab_that_way_is_not_there_and_no_token_is_demanded(web: Web) -> None:
    shop = Shop(web, StandIn(), web.seat("Ada"))
    with web.client() as client:
        told = client.get("/api/server").json()
    assert (told["gitlab_host"], told["gitlab_scope"]) == ("", "")
    assert code_of(shop.by_token()) == (404, "not_found")
    assert code_of(shop.post("/session/token/owner", gitlab_token=TOKEN)) == (404, "not_found")
    shop.ada.change("/people/Anna/gitlab", {"gitlab": 42}, method="PUT")
    assert shop.ada.change("/people/Anna/token", {"wanted": True}, method="PUT").status_code == 422
    shop.set("Anna", token_due=True)
    assert shop.by_password("Anna", PASSWORD).status_code == 201
    shop.ada.client.close()


def test_a_code_signs_in_once_sets_the_password_and_ends_other_sessions(shop: Shop) -> None:
    anna = shop.web.seat("Anna")
    code = shop.code("Anna")
    assert anna.get("/session").status_code == 200, "the code ends nothing before it is used"
    first = shop.post("/session/code", name="anna", code=code.lower().replace("-", " "), password=NEW, seat=SEAT)
    assert (first.status_code, first.json()["person"], first.json()["seat"]) == (201, "Anna", "seat-1")
    assert anna.get("/session").status_code == 401
    assert any(isinstance(hint, SessionHint) for hint in shop.web.hints)
    assert code_of(shop.post("/session/code", name="Anna", code=code, password="once more so")) == (
        401, "wrong_code",
    )  # fmt: skip
    assert code_of(shop.by_password("Anna", PASSWORD)) == (401, "wrong_password")
    assert shop.by_password("Anna").status_code == 201
    anna.client.close()


def _sets_another_password(shop: Shop) -> None:
    assert shop.ada.change("/people/Anna/password", {"password": NEW}, method="PUT").status_code == 204


def _disables_and_enables(shop: Shop) -> None:
    assert shop.ada.change("/people/Anna", method="DELETE").status_code == 200
    assert shop.ada.change("/people/Anna/enable").status_code == 204


def _changes_the_password(shop: Shop) -> None:
    anna = shop.web.seat("Anna")
    assert anna.change("/session/password", {"old": PASSWORD, "new": NEW}, method="PUT").status_code == 204
    anna.client.close()


@pytest.mark.parametrize("act", [_sets_another_password, _disables_and_enables, _changes_the_password])
def test_a_code_that_leaked_is_void_after_whatever_shuts_out_who_has_it(
    shop: Shop, act: Callable[[Shop], None]
) -> None:
    code = shop.code("Anna")
    act(shop)
    assert code_of(shop.post("/session/code", name="Anna", code=code, password="a thief's one")) == (401, "wrong_code")


def test_a_code_is_kept_as_passwords_are(shop: Shop) -> None:
    code = shop.code("Anna")
    stored = repr(shop.web.dump())
    assert code not in stored
    assert plain(code) not in stored
    assert "$argon2id$" in stored


def test_a_code_that_has_expired_says_so_to_who_has_it_and_to_nobody_else(shop: Shop) -> None:
    code = shop.code("Anna")
    shop.web.clock.forward(hours=24)
    before = shop.web.dump()
    late = shop.post("/session/code", name="Anna", code=code, password=NEW)
    assert code_of(late) == (410, "code_expired")
    assert code_of(shop.post("/session/code", name="Anna", code="wrong", password=NEW)) == (401, "wrong_code")
    assert shop.web.dump() == before


def test_a_wrong_code_an_unknown_name_and_nobody_with_a_code_get_the_same_answer(shop: Shop) -> None:
    shop.code("Anna")
    shop.code("Ben")
    shop.ada.change("/people/Ben", method="DELETE")
    before = shop.web.dump()
    names = ("Anna", "Ben", "Ada", "Nobody", "server")
    answers = [shop.post("/session/code", name=name, code="ABCD-EFGH-JKMN", password=NEW) for name in names]
    assert {(each.status_code, each.text) for each in answers} == {(401, answers[0].text)}
    assert answers[0].json()["title"] == "Name or code is wrong"
    assert shop.web.dump() == before


def test_codes_are_tried_as_seldom_as_passwords(shop: Shop) -> None:
    shop.code("Anna")
    wrong = [
        shop.post("/session/code", name="Anna", code=str(number), password=NEW) for number in range(FREE_FOR_PERSON)
    ]
    assert {each.status_code for each in wrong} == {401}
    assert code_of(shop.by_password("Anna", PASSWORD)) == (429, "too_many")


def test_only_the_last_code_works(shop: Shop) -> None:
    first, second = shop.code("Anna"), shop.code("Anna")
    assert shop.post("/session/code", name="Anna", code=first, password=NEW).status_code == 401
    assert shop.post("/session/code", name="Anna", code=second, password=NEW).status_code == 201


def test_a_disabled_person_gets_no_code(shop: Shop) -> None:
    shop.ada.change("/people/Anna", method="DELETE")
    before = shop.web.dump()
    refused = shop.ada.change("/people/Anna/code")
    assert code_of(refused) == (422, "invalid")
    assert "disabled" in refused.json()["detail"]
    assert shop.web.dump() == before


def test_a_demanded_token_is_demanded_with_a_code_as_well(shop: Shop) -> None:
    shop.by_token()
    shop.ada.change("/people/sam.becker/token", {"wanted": True}, method="PUT")
    wish = {"name": "sam.becker", "code": shop.code("sam.becker"), "password": "yet another one"}
    assert code_of(shop.post("/session/code", **wish)) == (401, "token_needed")
    assert shop.post("/session/code", **wish, gitlab_token=TOKEN).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/people/Ben/code", None),
        ("PUT", "/people/Ben/token", {"wanted": True}),
        ("PUT", "/people/Ben/gitlab", {"gitlab": 9}),
        ("DELETE", "/people/Ben/gitlab", None),
    ],
    ids=["code", "token", "link", "unlink"],
)
def test_only_administrators_see_to_how_people_get_in(shop: Shop, method: str, path: str, body: object) -> None:
    anna = shop.web.seat("Anna")
    before = shop.web.dump()
    assert code_of(anna.change(path, body, method=method)) == (403, "forbidden")
    assert code_of(shop.ada.change(path.replace("Ben", "Nobody"), body, method=method)) == (404, "not_found")
    assert shop.web.dump() == before
    anna.client.close()


def test_each_of_these_changes_is_in_the_audit_trail(shop: Shop) -> None:
    shop.by_token()
    shop.ada.change("/people/sam.becker/token", {"wanted": True}, method="PUT")
    shop.ada.change("/people/sam.becker/gitlab", method="DELETE")
    shop.ada.change("/people/sam.becker/gitlab", {"gitlab": 42}, method="PUT")
    shop.post("/session/code", name="sam.becker", code=shop.code("sam.becker"), password=NEW)
    shop.by_password()
    rows = [row for row in shop.web.dump()["audit"] if "sam.becker" in repr(row) or "signed_in" in repr(row)]
    actions = [next(each for each in row if each in KNOWN) for row in rows]
    assert actions == [
        "signed_in", "person_added", "signed_in", "token_required", "gitlab_unlinked", "gitlab_linked", "code_made",
        "signed_in", "signed_in",
    ]  # fmt: skip


KNOWN = {"signed_in", "person_added", "token_required", "gitlab_unlinked", "gitlab_linked", "code_made"}


@pytest.mark.parametrize("way", ["add", "set", "change", "code"])
def test_a_new_password_is_as_long_as_this_server_wants_it(tmp_path: Path, way: str) -> None:
    short = "eleven long"
    with running(tmp_path, settings=WebSettings(password_least=12)) as web:
        for name in ("Anna", "Ben"):
            web.add_person(name)
        web.add_person("Ada", administrator=True)
        ada, anna = web.seat("Ada"), web.seat("Anna")
        calls = {
            "add": lambda: ada.change("/people", {"name": "Ida", "password": short}),
            "set": lambda: ada.change("/people/Ben/password", {"password": short}, method="PUT"),
            "change": lambda: anna.change("/session/password", {"old": PASSWORD, "new": short}, method="PUT"),
            "code": lambda: ada.change("/session/code", {"name": "Ben", "code": "x", "password": short}),
        }
        before = web.dump()
        refused = calls[way]()
        assert code_of(refused) == (422, "invalid")
        assert "at least 12 characters" in refused.json()["detail"]
        assert web.dump() == before
        ada.client.close()
        anna.client.close()


def test_a_browser_comes_in_by_either_way_with_a_cookie(shop: Shop) -> None:
    first = shop.by_token(browser=True)
    assert "HttpOnly" in first.headers["set-cookie"]
    assert "token" not in first.json()
    second = shop.post("/session/code", name="Anna", code=shop.code("Anna"), password=NEW, browser=True)
    assert "HttpOnly" in second.headers["set-cookie"]
    assert code_of(shop.by_token(OTHERS, browser=True, seat=SEAT)) == (422, "invalid")


@pytest.mark.parametrize(("group", "warned"), [("", True), ("shop", False)], ids=["no matter which", "a group"])
def test_administrators_are_warned_where_all_accounts_of_gitlab_come_in(
    tmp_path: Path, group: str, warned: bool
) -> None:
    with stand_in() as gitlab, running(tmp_path, gitlab=Gitlab(gitlab.url, group=group)) as web:
        shop = shop_of(web, gitlab)
        warnings = shop.ada.get("/admin/server").json()["warnings"]
        shop.ada.client.close()
    assert any("Whoever has an account at GitLab" in each for each in warnings) is warned
