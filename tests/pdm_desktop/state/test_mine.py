"""What the store knows of the person who is signed in: lines, requests, messages, watches."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pdm_desktop.core.office import topics
from pdm_desktop.state.mine import Mine
from pdm_desktop.state.office import Office, Reading
from server.protocol.calls import Hearing, InboxEntry, Line, Request, Waiter, Watch
from tests.support.sample_office import my_lists

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def of_anna(**lists: Any) -> Mine:
    office = Office()
    office.put(topics.MINE, Reading(value=my_lists(**lists), query=(), at=AT))
    return Mine(office, "Anna")


def line(file: str, *people: str) -> Line:
    waiters = [Waiter(person=each, since=AT) for each in people]
    return Line(vault="v", file=file, path=f"{file}.nc", waiters=waiters)


def request(id_: str, file: str, *, asker: str, holder: str) -> Request:
    return Request(
        id=id_, vault="v", file=file, path=f"{file}.nc", token=1, asker=asker, computer="CAM-01", holder=holder, at=AT
    )


def watch(id_: str, *, file: str | None = None, folder: str | None = None, vault: str = "v") -> Watch:
    return Watch(id=id_, vault=vault, at=AT, file=file, folder=folder)


@pytest.mark.parametrize(
    "office", [None, Reading(value=None, query=(), at=AT)], ids=["nothing read", "it could not be read"]
)
def test_what_was_not_read_is_as_if_there_were_nothing(office: Reading[Any] | None) -> None:
    known = Office()
    if office is not None:
        known.put(topics.MINE, office)
    mine = Mine(known, "Anna")
    assert (mine.lines, mine.to_answer, mine.messages, mine.hearing) == ({}, [], [], None)
    assert (mine.place_in_line("f"), mine.request("r"), mine.asked_for("f"), mine.watch_of_file("f")) == (None,) * 4
    assert not mine.is_watched("v", "f", "f.nc")


def test_the_place_in_line_counts_from_one_and_lines_of_others_are_none_of_mine() -> None:
    mine = of_anna(lines=[line("a", "Ben", "Anna"), line("b", "Anna"), line("c", "Ben")])
    assert [mine.place_in_line(each) for each in "abcd"] == [2, 1, None, None]
    assert sorted(mine.lines) == ["a", "b"]


def test_who_asks_me_is_told_from_whom_i_ask() -> None:
    to_me, by_me = request("1", "a", asker="Ben", holder="Anna"), request("2", "b", asker="Anna", holder="Ben")
    mine = of_anna(requests=[to_me, by_me])
    assert mine.to_answer == [to_me]
    assert (mine.asked_for("b"), mine.asked_for("a")) == (by_me, None)
    assert (mine.request("1"), mine.request("2"), mine.request("3")) == (to_me, by_me, None)


def test_nobody_who_is_signed_out_has_anything_to_answer() -> None:
    office = Office()
    office.put(
        topics.MINE, Reading(value=my_lists(requests=[request("1", "a", asker="B", holder="A")]), query=(), at=AT)
    )
    assert Mine(office, None).to_answer == []


def test_messages_and_what_i_want_to_hear_of_are_as_the_server_has_them() -> None:
    entry = InboxEntry(number=1, kind="message", at=AT, acknowledged=False, by="Olga", text="Tea!")
    hearing = Hearing(rule="none", quiet=[], at=AT)
    mine = of_anna(messages=[entry], hearing=hearing)
    assert (mine.messages, mine.hearing) == ([entry], hearing)


@pytest.mark.parametrize(
    ("vault", "file", "path", "watched"),
    [
        ("v", "w", "other/w.nc", True),
        ("v", "f", "Jobs/f.nc", True),
        ("v", None, "Jobs/2210/f.nc", True),
        ("v", None, "JOBS/2210/f.nc", True),
        ("v", "f", "Jobs2/f.nc", False),
        ("v", "f", "f.nc", False),
        ("u", "f", "Jobs/f.nc", False),
        ("all", "f", "any/where.nc", True),
    ],
    ids=[
        "the file",
        "in the folder",
        "deep below it",
        "in other letters",
        "another folder",
        "beside it",
        "another vault",
        "whole vault",
    ],
)
def test_a_file_is_watched_by_itself_or_by_a_folder_above_it(
    vault: str, file: str | None, path: str, watched: bool
) -> None:
    mine = of_anna(
        watches=[watch("1", file="w"), watch("2", folder="Jobs"), watch("3", folder="", vault="all")]
    )  # fmt: skip
    assert mine.is_watched(vault, file, path) is watched


def test_a_folder_is_the_same_in_other_letters() -> None:
    of_folder = watch("1", folder="Jobs/Straße")
    assert of_anna(watches=[of_folder]).watch_of_folder("v", "JOBS/STRASSE") == of_folder


def test_only_a_watch_on_that_very_thing_is_found_for_it() -> None:
    of_file, of_folder = watch("1", file="f"), watch("2", folder="Jobs")
    mine = of_anna(watches=[of_file, of_folder])
    assert (mine.watch_of_file("f"), mine.watch_of_file("g")) == (of_file, None)
    assert (mine.watch_of_folder("v", "Jobs"), mine.watch_of_folder("v", "Jobs/2210")) == (of_folder, None)
    assert mine.watch_of_folder("u", "Jobs") is None
