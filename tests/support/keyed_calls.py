"""Every changing call of the server: those that take a key, with what asks for them, and why the others need none."""

from collections.abc import Awaitable, Callable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from fastapi import FastAPI
from fastapi.routing import APIRoute

import server.routes
from server.routes.api import PREFIX, install
from server.routes.calls import settle
from tests.support import keyed_administration as admins
from tests.support import keyed_files as files
from tests.support import keyed_handover as handover
from tests.support import keyed_others as others
from tests.support import keyed_rules as rules
from tests.support.keyed import Wanted
from tests.support.sim_shop import SimShop

OWN = f"{server.routes.__name__}."
Kind = Callable[[SimShop], Awaitable[Wanted]]

CALLS: tuple[tuple[str, Kind], ...] = (
    ("POST /files/{file}/checkout", files.check_out),
    ("POST /files/{file}/checkin", files.check_in),
    ("POST /files/{file}/checkin", files.check_in_too_late),
    ("POST /files/{file}/undo", files.undo),
    ("POST /files/{file}/adopt", files.adopt),
    ("POST /files/{file}/move", files.move),
    ("POST /vaults/{vault}/folders/move", files.move_folder),
    ("DELETE /files/{file}", files.delete),
    ("POST /files/{file}/restore", files.restore),
    ("POST /files/{file}/purge", others.ask_purge),
    ("DELETE /files/{file}/purge", others.call_purge_off),
    ("POST /vaults/{vault}/files", files.add),
    ("POST /vaults/{vault}/files/set", files.add_set),
    ("POST /files/set/checkout", files.check_out_set),
    ("POST /files/set/checkin", files.check_in_set),
    ("POST /files/set/undo", files.undo_set),
    ("POST /files/set/delete", files.delete_set),
    ("POST /parked/{parked}/checkin", files.check_in_parked),
    ("POST /files/{file}/park", files.park),
    ("DELETE /parked/{parked}", files.drop_parked),
    ("POST /uploads/begin", others.begin_upload),
    ("POST /vaults", others.add_vault),
    ("PUT /vaults/{vault}/sets", others.rule_sets),
    ("PUT /vaults/{vault}/rules", rules.rule_vault),
    ("PUT /vaults/{vault}/name", rules.rename_vault),
    ("PUT /vaults/{vault}/default", rules.set_default),
    ("PUT /vaults/{vault}/access/{person}", rules.give_role),
    ("DELETE /vaults/{vault}/access/{person}", rules.take_role_back),
    ("PUT /people/{name}/usual", rules.set_usual),
    ("POST /people", others.add_person),
    ("DELETE /people/{name}", others.disable_person),
    ("POST /people/{name}/enable", admins.enable_person),
    ("PUT /people/{name}/administrator", admins.make_administrator),
    ("DELETE /people/{name}/administrator", admins.take_administrator_away),
    ("POST /people/{name}/seen", admins.look_at_person),
    ("DELETE /seats/{seat}", admins.end_seat_of),
    ("POST /messages", admins.send_message),
    ("PUT /people/{name}/token", others.require_token),
    ("PUT /people/{name}/gitlab", others.link_gitlab),
    ("DELETE /people/{name}/gitlab", others.unlink_gitlab),
    ("DELETE /session/seats/{seat}", others.end_seat),
    ("POST /backups", others.begin_backup),
    ("POST /inbox/acknowledge", others.acknowledge),
    ("POST /inbox/{number}/acknowledge", others.understand),
    ("PUT /watches", others.watch),
    ("DELETE /watches/{watch}", others.stop_watching),
    ("PUT /session/hearing", others.choose_hearing),
    ("POST /files/{file}/ask", handover.ask),
    ("POST /requests/{request}/keep", handover.keep),
    ("DELETE /requests/{request}", handover.withdraw),
    ("POST /files/{file}/transfer", handover.transfer),
    ("POST /files/{file}/force", handover.force),
    ("PUT /files/{file}/waiting", handover.wait),
    ("PUT /files/{file}/waiting", handover.wait_again),
    ("DELETE /files/{file}/waiting", handover.wait_no_longer),
    ("POST /files/{file}/checkout", others.check_out_again),
    ("POST /files/set/checkout", others.check_out_set_again),
    ("POST /files/{file}/adopt", others.adopt_again),
    ("POST /files/{file}/move", others.move_nowhere),
    ("POST /vaults/{vault}/folders/move", others.move_folder_nowhere),
    ("POST /files/{file}/park", others.park_what_is_stored),
    ("POST /files/{file}/purge", others.ask_purge_again),
)
"""Which call each asks for."""

WITHOUT_A_KEY = {
    "POST /files/states": "only reads",
    "POST /files/contents": "only reads",
    "POST /files/{file}/pieces": "only reads",
    "POST /vaults/{vault}/rules/try": "only reads",
    "POST /uploads": "stores bytes that nothing names yet; twice is another upload, which expires",
    "PATCH /uploads/{upload}": "says from which byte on; a late copy is at the wrong one (T7)",
    "PATCH /uploads/{upload}/delta": "the same",
    "POST /uploads/{upload}/finish": "again is the same answer",
    "DELETE /uploads/{upload}": "again there is no such upload",
    "POST /session": "nobody is signed in yet whose key it could be",
    "POST /session/token/owner": "only reads",
    "POST /session/token": "the same; again the person has a password",
    "POST /session/code": "the same; a code works once",
    "POST /people/{name}/code": "the code is told once and kept nowhere; again makes another one",
    "DELETE /session": "again nobody is signed in",
    "PUT /session/password": "carries the old password, which is wrong the second time",
    "PUT /people/{name}/password": "another password under the same key must not be lost",
}
"""Changing calls, by their method, that need no key, and why."""


READING = frozenset({"GET", "HEAD", "OPTIONS"})


@cache
def routes() -> dict[str, APIRoute]:
    """Every call below /api that does not read by its method, by method and path."""
    routers = [getattr(import_module(each.name), "router", None) for each in iter_modules(server.routes.__path__, OWN)]
    return {
        f"{method} {route.path}": route
        for router in routers
        for route in (() if router is None else router.routes)
        if isinstance(route, APIRoute)
        for method in sorted((route.methods or set()) - READING)
    }


@cache
def described() -> frozenset[str]:
    """The same, as the server describes them."""
    app = FastAPI()
    install(app, None)
    return frozenset(
        f"{method.upper()} {path.removeprefix(PREFIX)}"
        for path, methods in app.openapi()["paths"].items()
        for method in methods
        if method.upper() not in READING
    )


def takes_a_key(route: APIRoute) -> bool:
    """It is carried out once for each key."""
    return settle.__name__ in route.endpoint.__code__.co_names
