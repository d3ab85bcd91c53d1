"""Content that the disk has lost after it arrived: no revision is made of it, and who sent it sends it again."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.uploads import announced, append, begin, finish, finished, place
from tests.support.web import Seat, Web

CONTENT = b"G1 X1 Y1\n" * 1_000


def lose(web: Web, content: bytes = CONTENT) -> None:
    """What a bad disk does: the name is there, and the bytes are not."""
    place(web, content).write_bytes(b"")


def asked(who: Seat, upload: str) -> Any:
    return who.get(f"/uploads/{upload}")


def continued(who: Seat, upload: str) -> Any:
    return append(who, upload, b"", 0)


def finished_again(who: Seat, upload: str) -> Any:
    return finish(who, upload, CONTENT)


@pytest.mark.parametrize("call", [asked, continued, finished_again])
def test_a_complete_upload_that_is_lost_is_not_called_complete_and_comes_again(
    web: Web, anna: Seat, call: Callable[[Seat, str], Any]
) -> None:
    upload = finished(anna, CONTENT)
    lose(web)
    told = call(anna, upload)
    assert (told.status_code, told.json().get("code")) == (410, "not_arrived")
    again = begin(anna, CONTENT)
    assert append(anna, again, CONTENT, 0).status_code == 200
    assert finish(anna, again, CONTENT).status_code == 200
    assert place(web, CONTENT).read_bytes() == CONTENT


def test_a_lost_upload_may_be_given_up(web: Web, anna: Seat) -> None:
    upload = finished(anna, CONTENT)
    lose(web)
    assert anna.client.delete(f"/api/uploads/{upload}").status_code == 204


def held(who: Seat, path: str) -> dict[str, Any]:
    """A new file that is checked out, as what a check-in says of it."""
    file = who.add(path, path.encode())["id"]
    token = who.change(f"/files/{file}/checkout", {}).json()["file"]["lock"]["token"]
    return {"file": file, "base": "1.0", "token": token}


@pytest.mark.parametrize("call", ["file", "files", "check-in", "set", "park"])
def test_no_revision_is_made_of_what_is_lost(web: Web, anna: Seat, call: str) -> None:
    one, other = held(anna, "a.nc"), held(anna, "b.nc")
    file, vault = one["file"], anna.vault()
    lost = {"upload": finished(anna, CONTENT), **announced(CONTENT)}
    next_one = {key: one[key] for key in ("base", "token")} | lost
    path, body = {
        "file": (f"/vaults/{vault}/files", {"path": "c.nc", **lost}),
        "files": (
            f"/vaults/{vault}/files/set",
            {"files": [{"path": "d.nc", **anna.upload(b"here")}, {"path": "c.nc", **lost}]},
        ),
        "check-in": (f"/files/{file}/checkin", next_one),
        "set": ("/files/set/checkin", {"files": [{**other, **anna.upload(b"here")}, {**one, **lost}]}),
        "park": (f"/files/{file}/park", next_one),
    }[call]
    lose(web)
    before = [web.dump()[table] for table in ("file", "revision", "lock", "parked", "audit")]
    refused = anna.change(path, body)
    assert (refused.status_code, refused.json().get("code")) == (410, "not_arrived")
    assert refused.json()["path"] == ("c.nc" if "file" in call else "a.nc")
    assert [web.dump()[table] for table in ("file", "revision", "lock", "parked", "audit")] == before


def test_what_was_checked_in_is_answered_again_whatever_the_disk_has_lost_since(web: Web, anna: Seat) -> None:
    one = held(anna, "a.nc")
    wish = {key: one[key] for key in ("base", "token")}
    body = wish | {"upload": finished(anna, CONTENT), **announced(CONTENT)}
    first = anna.change(f"/files/{one['file']}/checkin", body, key="the same")
    assert first.status_code == 200
    lose(web)
    again = anna.change(f"/files/{one['file']}/checkin", body, key="the same")
    assert (again.status_code, again.json()) == (200, first.json())


def parked(who: Seat, one: dict[str, Any]) -> str:
    wish = {key: one[key] for key in ("base", "token")} | {"upload": finished(who, CONTENT), **announced(CONTENT)}
    return str(who.change(f"/files/{one['file']}/park", wish).json()["parked"])


def test_a_parked_version_that_is_lost_stays_parked_until_it_is_here_again(web: Web, anna: Seat) -> None:
    one = held(anna, "a.nc")
    version = parked(anna, one)
    wish = {key: one[key] for key in ("base", "token")}
    lose(web)
    before = [web.dump()[table] for table in ("revision", "lock", "parked", "audit")]
    refused = anna.change(f"/parked/{version}/checkin", wish)
    assert (refused.status_code, refused.json().get("code")) == (410, "not_arrived")
    assert [web.dump()[table] for table in ("revision", "lock", "parked", "audit")] == before
    finished(anna, CONTENT)
    done = anna.change(f"/parked/{version}/checkin", wish, key="the same")
    assert done.status_code == 200
    assert anna.get(f"/files/{one['file']}/content").content == CONTENT
    lose(web)
    assert anna.change(f"/parked/{version}/checkin", wish, key="the same").json() == done.json()
