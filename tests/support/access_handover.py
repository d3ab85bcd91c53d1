"""Calls by which a file goes from hand to hand, for the table of who may do what (`access_rows`)."""

from tests.support.access_world import Ask, Desk
from tests.support.web import Seat


def asks_the_caller(desk: Desk) -> Ask:
    """Somebody asks the caller for a file."""
    return Ask(of={"request": _asked(desk, desk.held(desk.mine)[0], by=_another(desk))}, body={})


def asks_other(desk: Desk) -> Ask:
    """The caller asks Olga for a file."""
    if desk.who == "nobody":
        return asks_the_caller(desk)
    return Ask(of={"request": _asked(desk, desk.held(desk.other)[0], by=desk.mine)})


def asks_between_others(desk: Desk) -> Ask:
    """Somebody asks Olga for a file."""
    asker = desk.world.like("editor")
    return Ask(of={"request": _asked(desk, desk.held(desk.other)[0], by=asker)}, body={})


def hands_over(desk: Desk) -> Ask:
    """The caller has a file, and gives it to somebody who may change it."""
    file, token = desk.held(desk.mine)
    return Ask(of={"file": file}, body={"to": _another(desk).signed_in["person"], "token": token})


def hands_over_for_other(desk: Desk) -> Ask:
    """Olga has it."""
    file, token = desk.held(desk.other)
    return Ask(of={"file": file}, body={"to": _another(desk).signed_in["person"], "token": token})


def was_handed_over(desk: Desk) -> Ask:
    """A file that came to the caller with work."""
    giver, receiver = _another(desk), desk.mine
    file, token = desk.held(giver)
    work = {"base": "1.0", "token": token, **giver.upload(desk.new_content())}
    parked = giver.change(f"/files/{file}/park", work).json()["parked"]
    wish = {"to": receiver.signed_in["person"], "token": token, "parked": parked}
    given = giver.change(f"/files/{file}/transfer", wish)
    assert given.status_code == 200, given.text
    return Ask(of={"file": file})


def forces(desk: Desk) -> Ask:
    """A file that Olga holds, and why she should not."""
    file, token = desk.held(desk.other)
    return Ask(of={"file": file}, body={"token": token, "reason": "Olga is away for two weeks."})


def held_to_wait_for(desk: Desk) -> Ask:
    """A file that Olga holds."""
    return Ask(of={"file": desk.held(_another(desk))[0]})


def waited_for(desk: Desk) -> Ask:
    """The same; the caller waits for it."""
    ask = held_to_wait_for(desk)
    waits = desk.mine.change(f"/files/{ask.of['file']}/waiting", method="PUT")
    assert waits.status_code == 200, waits.text
    return ask


def _another(desk: Desk) -> Seat:
    """Olga; somebody else, where she makes the call."""
    if desk.who != "nobody":
        return desk.other
    return desk.world.seat("editor" if desk.vault == desk.world.here else "boss")


def _asked(desk: Desk, file: str, *, by: Seat) -> str:
    answer = by.change(f"/files/{file}/ask", {})
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made
