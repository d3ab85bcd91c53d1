"""Who may do what: one line for each call of the server, or for each kind of thing that it is about.

To add a call, add a line to ROWS where its path sorts:

    Row("POST /files/{file}/checkout", checks_out, "401 403 200 200 200 404"),

First the call as it is routed below /api; then what prepares it, a function of a `Desk` that gives an `Ask` (a file,
a lock, an upload; `desk.mine` is the caller and may edit while this runs, `desk.other` is Olga, to whom the caller is
a stranger); then the status for each of CALLERS in their order: not signed in, reader, editor, administrator of the
vault, administrator of the server, and somebody without any role. Each caller gets a thing of its own, so a call may
use it up. What is refused must change no row of any table; that is compared.

- A call about a thing of one person (`{upload}`, `{parked}`, `{seat}`, ... in PERSONAL) needs a line for `own` and one
  for `foreign`.
- A call with `{file}` or `{vault}` in its path is also made about a vault that only the server's administrator may
  read: then it is 404 for all others. Say `hidden=404` where the files stand in the body.
- `body=` takes the place of the body that the function gives.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from tests.support import access_handover as handover
from tests.support.access_world import CALLERS, Ask, Desk, announced
from tests.support.web import PASSWORD, Seat

PERSONAL: Final = ("{upload}", "{parked}", "{seat}", "{request}", "{watch}", "{session}")
"""What belongs to one person."""

Prepare = Callable[[Desk], Ask]


@dataclass(frozen=True)
class Row:
    """One call about one kind of thing, and what each caller is answered."""

    call: str
    prepare: Prepare
    statuses: str
    about: str = ""
    """`own`, `foreign`, or what else tells two lines of one call apart."""
    body: object = None
    hidden: int | None = None
    """What those are answered who may not read the vault; None: it depends on no vault."""

    def expected(self, caller: str) -> int:
        """The status for that caller."""
        return int(self.statuses.split()[CALLERS.index(caller)])

    @property
    def in_hidden(self) -> int | None:
        """The same as `hidden`, also where the path says it."""
        return 404 if "{file}" in self.call or "{vault}" in self.call else self.hidden

    def ask(self, desk: Desk) -> Ask:
        """Prepare it."""
        with desk.as_editor():
            ask = self.prepare(desk)
        return ask if self.body is None else replace(ask, body=self.body)


def nothing(desk: Desk) -> Ask:
    """It needs nothing."""
    return Ask()


def the_vault(desk: Desk) -> Ask:
    """About the vault itself."""
    return Ask(of={"vault": desk.vault}, params={"since": 0})


def a_file(desk: Desk) -> Ask:
    """About a file that nobody holds."""
    return Ask(of={"file": desk.add()}, body={})


def read_file(desk: Desk) -> Ask:
    """A file to be read."""
    return Ask(of={"file": desk.add()})


def held(desk: Desk) -> Ask:
    """A file that the caller holds."""
    file, token = desk.held(desk.mine)
    return Ask(of={"file": file}, body={"token": token})


def held_by_other(desk: Desk) -> Ask:
    """A file that Olga holds."""
    file, token = desk.held(desk.other)
    return Ask(of={"file": file}, body={"token": token})


def checks_in(desk: Desk) -> Ask:
    """The next revision of a file that the caller holds."""
    file, token = desk.held(desk.mine)
    return Ask(of={"file": file}, body={"base": "1.0", "token": token, **desk.mine.upload(desk.new_content())})


def checks_in_for_other(desk: Desk) -> Ask:
    """The next revision of a file that Olga holds, sent by the caller with Olga's token."""
    file, token = desk.held(desk.other)
    return Ask(of={"file": file}, body={"base": "1.0", "token": token, **desk.mine.upload(desk.new_content())})


def checks_in_others_upload(desk: Desk) -> Ask:
    """The next revision of a file that the caller holds, with what Olga sent."""
    file, token = desk.held(desk.mine)
    upload = desk.world.seat("olga" if desk.who != "nobody" else "editor").upload(desk.new_content())
    return Ask(of={"file": file}, body={"base": "1.0", "token": token, **upload})


def parks(desk: Desk) -> Ask:
    """What is left of a check-out of the caller's that is over: also who only reads by now has it parked."""
    file, token = desk.held(desk.mine)
    assert desk.mine.change(f"/files/{file}/undo", {"token": token}).status_code == 200
    return Ask(of={"file": file}, body={"base": "1.0", "token": token, **desk.mine.upload(desk.new_content())})


def deleted(desk: Desk) -> Ask:
    """A file that is deleted."""
    file = desk.add()
    assert desk.other.change(f"/files/{file}", method="DELETE").status_code == 200
    return Ask(of={"file": file}, body={})


def adds(desk: Desk) -> Ask:
    """A new file with what the caller has sent."""
    return Ask(of={"vault": desk.vault}, body={"path": desk.path(), **desk.mine.upload(desk.new_content())})


def adds_others_upload(desk: Desk) -> Ask:
    """A new file with what somebody else has sent."""
    sender = desk.world.seat("olga" if desk.who != "nobody" else "editor")
    return Ask(of={"vault": desk.vault}, body={"path": desk.path(), **sender.upload(desk.new_content())})


def adds_set(desk: Desk) -> Ask:
    """Several of them."""
    files = [{"path": desk.path(), **desk.mine.upload(desk.new_content())} for _ in range(2)]
    return Ask(of={"vault": desk.vault}, body={"files": files})


def moves_a_folder(desk: Desk) -> Ask:
    """A folder with one file."""
    folder = f"Fixtures {desk.world.number()}"
    desk.add(f"{folder}/a.nc")
    return Ask(of={"vault": desk.vault}, body={"path": folder, "to": f"Old {folder}"})


def moves_a_file(desk: Desk) -> Ask:
    """Another path for a file."""
    return Ask(of={"file": desk.add()}, body={"path": desk.path()})


def files_of_a_set(desk: Desk) -> Ask:
    """Two files that nobody holds, named in the body."""
    return Ask(body={"files": [desk.add(), desk.add()]})


def undoes_a_set(desk: Desk) -> Ask:
    """Two files that the caller holds."""
    locks = [desk.held(desk.mine) for _ in range(2)]
    return Ask(body={"files": [{"file": file, "token": token} for file, token in locks]})


def checks_in_a_set(desk: Desk) -> Ask:
    """The next revisions of two files that the caller holds."""
    files = []
    for _ in range(2):
        file, token = desk.held(desk.mine)
        files.append({"file": file, "token": token, "base": "1.0", **desk.mine.upload(desk.new_content())})
    return Ask(body={"files": files})


def contents(desk: Desk) -> Ask:
    """The contents of a file."""
    return Ask(body={"files": [{"file": desk.add(), "revision": "1.0"}]})


def pieces(desk: Desk) -> Ask:
    """Some bytes of a file."""
    return Ask(of={"file": desk.add()}, body={"revision": "1.0", "pieces": [{"start": 0, "size": 9}]})


def begins(desk: Desk) -> Ask:
    """An upload in parts, by somebody who has never had a file."""
    return replace(by_somebody_new(desk), body=announced(desk.new_content()))


def sends(desk: Desk) -> Ask:
    """Content, by somebody who has never had a file."""
    return replace(by_somebody_new(desk), content=desk.new_content())


def begins_after_a_check_out(desk: Desk) -> Ask:
    """An upload in parts, by somebody who has checked a file out and may not change it any more, or may."""
    desk.held(desk.mine)
    return Ask(body=announced(desk.new_content()))


def sends_after_a_check_out(desk: Desk) -> Ask:
    """The same of content."""
    desk.held(desk.mine)
    return Ask(content=desk.new_content())


def upload_of(whose: Callable[[Desk], Seat]) -> Prepare:
    """An upload in parts that somebody has begun."""

    def prepare(desk: Desk) -> Ask:
        upload, _ = desk.begun(whose(desk))
        return Ask(of={"upload": upload})

    return prepare


def part_of(whose: Callable[[Desk], Seat]) -> Prepare:
    """The first part of one."""

    def prepare(desk: Desk) -> Ask:
        desk.held(whose(desk))
        upload, content = desk.begun(whose(desk))
        return Ask(of={"upload": upload}, params={"offset": 0}, content=content)

    return prepare


def delta_of(whose: Callable[[Desk], Seat]) -> Prepare:
    """The same, made of a revision that the caller may read."""

    def prepare(desk: Desk) -> Ask:
        desk.held(whose(desk))
        upload, content = desk.begun(whose(desk))
        line = b'{"file": "%s", "revision": "1.0", "steps": [{"size": %d}]}\n' % (desk.add().encode(), len(content))
        return Ask(of={"upload": upload}, params={"offset": 0}, content=line + content)

    return prepare


def sent_whole(whose: Callable[[Desk], Seat]) -> Prepare:
    """One of which all is here."""

    def prepare(desk: Desk) -> Ask:
        seat = whose(desk)
        upload, content = desk.begun(seat)
        sent = seat.client.patch(f"/api/uploads/{upload}", params={"offset": 0}, content=content)
        assert sent.status_code == 200, sent.text
        return Ask(of={"upload": upload}, body=announced(content))

    return prepare


def parked_of(whose: Callable[[Desk], Seat]) -> Prepare:
    """A version that somebody has parked."""

    def prepare(desk: Desk) -> Ask:
        return Ask(of={"parked": desk.parked(whose(desk))})

    return prepare


def checks_in_parked_of(whose: Callable[[Desk], Seat]) -> Prepare:
    """The next revision of the file that the caller holds by now, from what somebody has parked of it."""

    def prepare(desk: Desk) -> Ask:
        parked = desk.parked(whose(desk))
        file = whose(desk).get(f"/parked/{parked}").json()["file"]
        token = desk.mine.change(f"/files/{file}/checkout", {}).json()["file"]["lock"]["token"]
        return Ask(of={"parked": parked}, body={"base": "1.0", "token": token})

    return prepare


def seat_of(whose: Callable[[Desk], Seat]) -> Prepare:
    """Another seat of somebody."""

    def prepare(desk: Desk) -> Ask:
        seat = desk.world.sign_in(whose(desk).signed_in["person"], seat=f"seat-{desk.world.number()}")
        return Ask(of={"seat": seat.signed_in["seat"]})

    return prepare


def watches(desk: Desk) -> Ask:
    """A file to be watched."""
    return Ask(body={"vault": desk.vault, "file": desk.add()})


def watch_of(whose: Callable[[Desk], Seat]) -> Prepare:
    """What somebody watches."""

    def prepare(desk: Desk) -> Ask:
        made = whose(desk).change("/watches", {"vault": desk.vault, "file": desk.add()}, method="PUT")
        return Ask(of={"watch": made.json()["id"]})

    return prepare


def message_of(whose: Callable[[Desk], Seat]) -> Prepare:
    """A message of an administrator to somebody, whose inbox alone has so many messages."""

    def prepare(desk: Desk) -> Ask:
        return Ask(of={"number": str(desk.world.tell(whose(desk).signed_in["person"]))})

    return prepare


def signs_in(desk: Desk) -> Ask:
    """With the right password."""
    return Ask(body={"name": desk.mine.signed_in["person"], "password": PASSWORD})


def signs_in_on_a_foreign_seat(desk: Desk) -> Ask:
    """On the seat of somebody else."""
    seat = {"id": "seat-olga", "computer": "X", "system": "X", "version": "1"}
    name = "stranger" if desk.who == "nobody" else desk.who
    return Ask(body={"name": name, "password": PASSWORD, "seat": seat})


def by_somebody_new(desk: Desk) -> Ask:
    """By somebody who has signed in for that alone."""
    return Ask() if desk.who == "nobody" else Ask(by=desk.world.like(desk.who))


def changes_the_password(desk: Desk) -> Ask:
    """The same with a new password."""
    return replace(by_somebody_new(desk), body={"old": PASSWORD, "new": "another password"})


def a_person(desk: Desk) -> Ask:
    """Somebody who is new."""
    name = f"Person {desk.world.number()}"
    desk.world.web.add_person(name)
    return Ask(of={"name": name})


def a_linked_person(desk: Desk) -> Ask:
    """Somebody new whom GitLab knows."""
    ask = a_person(desk)
    linked = {"gitlab": 1_000 + desk.world.number()}
    answer = desk.world.seat("boss").change(f"/people/{ask.of['name']}/gitlab", linked, method="PUT")
    assert answer.status_code == 204, answer.text
    return ask


def a_code(desk: Desk) -> Ask:
    """A code for somebody new."""
    name = a_person(desk).of["name"]
    made = desk.world.seat("boss").change(f"/people/{name}/code")
    return Ask(body={"name": name, "code": made.json()["code"], "password": "long enough"})


def a_wrong_code(desk: Desk) -> Ask:
    """The same, and it is not that one."""
    return Ask(body={**a_person(desk).of, "code": "ABCD-EFGH-JKMN", "password": "long enough"})


def a_token(desk: Desk) -> Ask:
    """The token of somebody whom only GitLab knows."""
    return Ask(body={"gitlab_token": str(100_000 + desk.world.number()), "password": "long enough"})


def whose_token(desk: Desk) -> Ask:
    """The same, and nothing is done by it."""
    return Ask(body={"gitlab_token": str(100_000 + desk.world.number())})


def adds_a_person(desk: Desk) -> Ask:
    """A name that nobody has."""
    return Ask(body={"name": f"New {desk.world.number()}", "password": "long enough"})


def tells_a_person(desk: Desk) -> Ask:
    """A message to somebody who is new."""
    return Ask(body={"text": "Hello", "to": a_person(desk).of["name"]})


def a_message(desk: Desk) -> Ask:
    """One that the administrator of the server has sent to Olga."""
    sent = desk.world.seat("boss").change("/messages", {"text": "Hello", "to": "olga"})
    assert sent.status_code == 201, sent.text
    return Ask(of={"message": sent.json()["id"]})


def adds_a_vault(desk: Desk) -> Ask:
    """A name that no vault has."""
    return Ask(body={"name": f"New {desk.world.number()}"})


def somebodys_role(desk: Desk) -> Ask:
    """The role of somebody who is new."""
    name = f"Person {desk.world.number()}"
    desk.world.web.add_person(name)
    return Ask(of={"vault": desk.vault, "person": name})


def renames_the_vault(desk: Desk) -> Ask:
    """A name that no vault has."""
    return Ask(of={"vault": desk.vault}, body={"name": f"Production {desk.world.number()}"})


def mine(desk: Desk) -> Seat:
    """The caller."""
    return desk.mine


def other(desk: Desk) -> Seat:
    """Somebody else, also for nobody."""
    return desk.other


ROWS: Final = (
    Row("GET /administered", nothing, "401 200 200 200 200 200"),
    Row("GET /healthz", nothing, "200 200 200 200 200 200"),
    Row("GET /readyz", nothing, "200 200 200 200 200 200"),
    Row("GET /metrics", nothing, "200 200 200 200 200 200", "from this computer"),
    Row("GET /admin/server", nothing, "401 403 403 403 200 403"),
    Row("GET /audit", nothing, "401 403 403 200 200 403"),
    Row("GET /audit/export", nothing, "401 403 403 200 200 403"),
    Row("GET /audit/verify", nothing, "401 403 403 403 200 403"),
    Row("GET /backups", nothing, "401 403 403 403 200 403"),
    Row("POST /backups", nothing, "401 403 403 403 409 403", "no folder is set"),
    Row("GET /dashboard", nothing, "401 200 200 200 200 200"),
    Row("POST /files/contents", contents, "401 200 200 200 200 200"),
    Row("POST /files/set/checkin", checks_in_a_set, "401 403 200 200 200 404", hidden=404),
    Row("POST /files/set/checkout", files_of_a_set, "401 403 200 200 200 404", hidden=404),
    Row("POST /files/set/delete", files_of_a_set, "401 403 200 200 200 404", hidden=404),
    Row("POST /files/set/undo", undoes_a_set, "401 403 200 200 200 404", hidden=404),
    Row("POST /files/states", files_of_a_set, "401 200 200 200 200 200"),
    Row("DELETE /files/{file}", read_file, "401 403 200 200 200 404"),
    Row("DELETE /files/{file}", held_by_other, "401 403 423 423 423 404", "foreign"),
    Row("GET /files/{file}", read_file, "401 200 200 200 200 404"),
    Row("POST /files/{file}/adopt", held, "401 403 200 200 200 404", "own"),
    Row("POST /files/{file}/adopt", held_by_other, "401 403 423 423 423 404", "foreign"),
    Row("POST /files/{file}/ask", held_by_other, "401 403 201 201 201 404", body={}),
    Row("POST /files/{file}/checkin", checks_in, "401 403 200 200 200 404", "own"),
    Row("POST /files/{file}/checkin", checks_in_for_other, "401 403 409 409 409 404", "foreign"),
    Row("POST /files/{file}/checkin", checks_in_others_upload, "401 403 410 410 410 404", "foreign upload"),
    Row("POST /files/{file}/checkout", a_file, "401 403 200 200 200 404"),
    Row("POST /files/{file}/checkout", held_by_other, "401 403 423 423 423 404", "foreign", body={}),
    Row("GET /files/{file}/chunks", read_file, "401 200 200 200 200 404"),
    Row("GET /files/{file}/content", read_file, "401 200 200 200 200 404"),
    Row("POST /files/{file}/force", handover.forces, "401 403 403 200 200 404"),
    Row("GET /files/{file}/handover", handover.was_handed_over, "401 200 200 200 200 404"),
    Row("GET /files/{file}/handover", held, "401 404 404 404 404 404", "nobody's work"),
    Row("GET /files/{file}/history", read_file, "401 200 200 200 200 404"),
    Row("POST /files/{file}/move", moves_a_file, "401 403 200 200 200 404"),
    Row("POST /files/{file}/move", held_by_other, "401 403 423 423 423 404", "foreign", body={"path": "x.nc"}),
    Row("POST /files/{file}/park", parks, "401 200 200 200 200 404"),
    Row("POST /files/{file}/park", checks_in_for_other, "401 403 200 200 200 404", "of another's check-out"),
    Row("POST /files/{file}/pieces", pieces, "401 200 200 200 200 404"),
    Row("DELETE /files/{file}/purge", deleted, "401 403 403 200 200 404"),
    Row("POST /files/{file}/purge", deleted, "401 403 403 200 200 404"),
    Row("POST /files/{file}/purge", read_file, "401 403 403 422 422 404", "not deleted"),
    Row("POST /files/{file}/restore", deleted, "401 403 200 200 200 404"),
    Row("POST /files/{file}/transfer", handover.hands_over, "401 403 200 200 200 404", "own"),
    Row("POST /files/{file}/transfer", handover.hands_over_for_other, "401 403 409 409 409 404", "foreign"),
    Row("POST /files/{file}/undo", held, "401 403 200 200 200 404", "own"),
    Row("POST /files/{file}/undo", held_by_other, "401 403 409 409 409 404", "foreign"),
    Row("DELETE /files/{file}/waiting", handover.waited_for, "401 200 200 200 200 404"),
    Row("GET /files/{file}/waiting", read_file, "401 200 200 200 200 404"),
    Row("PUT /files/{file}/waiting", handover.held_to_wait_for, "401 403 200 200 200 404"),
    Row("GET /inbox", nothing, "401 200 200 200 200 200"),
    Row("POST /inbox/acknowledge", nothing, "401 200 200 200 200 200", body={"number": 0}),
    Row("POST /inbox/{number}/acknowledge", message_of(mine), "401 200 200 200 200 200", "own"),
    Row("POST /inbox/{number}/acknowledge", message_of(other), "401 404 404 404 404 404", "foreign"),
    Row("GET /installer", nothing, "404 404 404 404 404 404"),
    Row("GET /installer/content", nothing, "404 404 404 404 404 404"),
    Row("GET /locks", nothing, "401 200 200 200 200 200"),
    Row("GET /messages", nothing, "401 403 403 403 200 403"),
    Row("POST /messages", tells_a_person, "401 403 403 403 201 403"),
    Row("GET /messages/{message}", a_message, "401 403 403 403 200 403"),
    Row("GET /parked", nothing, "401 200 200 200 200 200"),
    Row("GET /parked", lambda _: Ask(params={"all": "true"}), "401 403 403 200 200 403", "everybody's"),
    Row("DELETE /parked/{parked}", parked_of(mine), "401 204 204 204 204 204", "own"),
    Row("DELETE /parked/{parked}", parked_of(other), "401 404 404 403 403 404", "foreign"),
    Row("GET /parked/{parked}", parked_of(mine), "401 200 200 200 200 200", "own"),
    Row("GET /parked/{parked}", parked_of(other), "401 404 404 200 200 404", "foreign"),
    Row("POST /parked/{parked}/checkin", checks_in_parked_of(mine), "401 403 200 200 200 404", "own", hidden=404),
    Row("POST /parked/{parked}/checkin", checks_in_parked_of(other), "401 404 404 200 200 404", "foreign"),
    Row("GET /parked/{parked}/content", parked_of(mine), "401 200 200 200 200 200", "own"),
    Row("GET /parked/{parked}/content", parked_of(other), "401 404 404 200 200 404", "foreign"),
    Row("GET /people", nothing, "401 403 403 403 200 403"),
    Row("POST /people", adds_a_person, "401 403 403 403 201 403"),
    Row("DELETE /people/{name}", a_person, "401 403 403 403 200 403"),
    Row("DELETE /people/{name}/administrator", a_person, "401 403 403 403 204 403"),
    Row("PUT /people/{name}/administrator", a_person, "401 403 403 403 204 403"),
    Row("POST /people/{name}/enable", a_person, "401 403 403 403 204 403"),
    Row("POST /people/{name}/code", a_person, "401 403 403 403 201 403"),
    Row("DELETE /people/{name}/gitlab", a_linked_person, "401 403 403 403 204 403"),
    Row("PUT /people/{name}/gitlab", a_person, "401 403 403 403 204 403", body={"gitlab": 1}),
    Row("PUT /people/{name}/password", a_person, "401 403 403 403 204 403", body={"password": "long enough"}),
    Row("PUT /people/{name}/token", a_linked_person, "401 403 403 403 204 403", body={"wanted": True}),
    Row("DELETE /requests/{request}", handover.asks_other, "401 204 204 204 204 204", "own"),
    Row("DELETE /requests/{request}", handover.asks_between_others, "401 404 404 404 404 404", "foreign"),
    Row("POST /requests/{request}/keep", handover.asks_the_caller, "401 200 200 200 200 404", "own", hidden=404),
    Row("POST /requests/{request}/keep", handover.asks_between_others, "401 404 404 404 404 404", "foreign"),
    Row("PUT /people/{name}/usual", a_person, "401 403 403 403 204 403", body={"usual": False}),
    Row("POST /people/{name}/seen", a_person, "401 403 403 403 204 403"),
    Row("GET /seats", nothing, "401 403 403 403 200 403"),
    Row("DELETE /seats/{seat}", seat_of(mine), "401 403 403 403 204 403", "own"),
    Row("DELETE /seats/{seat}", seat_of(other), "401 403 403 403 204 403", "foreign"),
    Row("GET /server", nothing, "200 200 200 200 200 200"),
    Row("DELETE /session", by_somebody_new, "401 204 204 204 204 204"),
    Row("GET /session", nothing, "401 200 200 200 200 200"),
    Row("POST /session", signs_in, "201 201 201 201 201 201"),
    Row("POST /session", signs_in_on_a_foreign_seat, "409 409 409 409 409 409", "foreign seat"),
    Row("PUT /session/hearing", nothing, "401 200 200 200 200 200", body={"rule": "local"}),
    Row("GET /session/mine", nothing, "401 200 200 200 200 200"),
    Row("POST /session/code", a_code, "201 201 201 201 201 201"),
    Row("POST /session/code", a_wrong_code, "401 401 401 401 401 401", "wrong"),
    Row("PUT /session/password", changes_the_password, "401 204 204 204 204 204"),
    Row("GET /session/seats", nothing, "401 200 200 200 200 200"),
    Row("DELETE /session/seats/{seat}", seat_of(mine), "401 204 204 204 204 204", "own"),
    Row("DELETE /session/seats/{seat}", seat_of(other), "401 404 404 404 404 404", "foreign"),
    Row("POST /session/token", a_token, "201 201 201 201 201 201"),
    Row("POST /session/token/owner", whose_token, "200 200 200 200 200 200"),
    Row("POST /uploads", sends, "401 403 201 201 201 403"),
    Row("POST /uploads", sends_after_a_check_out, "401 201 201 201 201 403", "after a check-out"),
    Row("POST /uploads/begin", begins, "401 403 201 201 201 403"),
    Row("POST /uploads/begin", begins_after_a_check_out, "401 201 201 201 201 403", "after a check-out"),
    Row("DELETE /uploads/{upload}", upload_of(mine), "401 204 204 204 204 204", "own"),
    Row("DELETE /uploads/{upload}", upload_of(other), "401 404 404 404 404 404", "foreign"),
    Row("GET /uploads/{upload}", upload_of(mine), "401 200 200 200 200 200", "own"),
    Row("GET /uploads/{upload}", upload_of(other), "401 404 404 404 404 404", "foreign"),
    Row("PATCH /uploads/{upload}", part_of(mine), "401 200 200 200 200 403", "own"),
    Row("PATCH /uploads/{upload}", part_of(other), "401 404 404 404 404 404", "foreign"),
    Row("PATCH /uploads/{upload}/delta", delta_of(mine), "401 200 200 200 200 404", "own", hidden=404),
    Row("PATCH /uploads/{upload}/delta", delta_of(other), "401 404 404 404 404 404", "foreign"),
    Row("POST /uploads/{upload}/finish", sent_whole(mine), "401 200 200 200 200 200", "own"),
    Row("POST /uploads/{upload}/finish", sent_whole(other), "401 404 404 404 404 404", "foreign"),
    Row("GET /vaults", nothing, "401 200 200 200 200 200"),
    Row("POST /vaults", adds_a_vault, "401 403 403 403 201 403"),
    Row("GET /vaults/{vault}/access", the_vault, "401 403 403 200 200 404"),
    Row("DELETE /vaults/{vault}/access/{person}", somebodys_role, "401 403 403 200 200 404"),
    Row("PUT /vaults/{vault}/access/{person}", somebodys_role, "401 403 403 200 200 404", body={"role": "reader"}),
    Row("GET /vaults/{vault}/changes", the_vault, "401 200 200 200 200 404"),
    Row("GET /vaults/{vault}/editors", the_vault, "401 403 200 200 200 404"),
    Row("PUT /vaults/{vault}/default", the_vault, "401 403 403 200 200 404", body={"role": "none"}),
    Row("GET /vaults/{vault}/deleted", the_vault, "401 200 200 200 200 404"),
    Row("POST /vaults/{vault}/files", adds, "401 403 201 201 201 404"),
    Row("POST /vaults/{vault}/files", adds_others_upload, "401 403 410 410 410 404", "foreign upload"),
    Row("POST /vaults/{vault}/files/set", adds_set, "401 403 201 201 201 404"),
    Row("POST /vaults/{vault}/folders/move", moves_a_folder, "401 403 200 200 200 404"),
    Row("PUT /vaults/{vault}/name", renames_the_vault, "401 403 403 200 200 404"),
    Row("PUT /vaults/{vault}/rules", the_vault, "401 403 403 200 200 404", body={}),
    Row("POST /vaults/{vault}/rules/try", the_vault, "401 403 403 200 200 404", body={"rules": {}, "names": ["a.nc"]}),
    Row("PUT /vaults/{vault}/sets", the_vault, "401 403 403 200 200 404", body={}),
    Row("GET /vaults/{vault}/tree", the_vault, "401 200 200 200 200 404"),
    Row("PUT /watches", watches, "401 200 200 200 200 404", hidden=404),
    Row("DELETE /watches/{watch}", watch_of(mine), "401 204 204 204 204 204", "own"),
    Row("DELETE /watches/{watch}", watch_of(other), "401 404 404 404 404 404", "foreign"),
    Row("GET /waiting", nothing, "401 200 200 200 200 200"),
)
"""Every call."""
