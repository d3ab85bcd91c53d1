"""How a server is, in the words of the window."""

from dataclasses import replace

from pdm_desktop.core.office import server
from server.protocol.calls import Disk
from tests.support.sample import NOW
from tests.support.sample_keeping import SERVER


def test_minutes_of_one_vault_or_of_all_together() -> None:
    first, second = SERVER.rates
    assert server.minutes_of(SERVER, first.vault) == first.minutes
    together = server.minutes_of(SERVER, "")
    assert sum(together) == sum(first.minutes) + sum(second.minutes)
    assert len(together) == 60
    assert server.minutes_of(replace(SERVER, rates=[]), "") == []


def test_the_numbers_that_matter_most() -> None:
    assert server.numbers(SERVER) == [
        ("6", "seats connected"),
        ("611.4 GB", "in 18,231 contents"),
        ("412.0 MB", "database"),
        ("1.3 TB", "free for data"),
    ]
    assert server.numbers(replace(SERVER, sockets=1))[0] == ("1", "seat connected")


def test_what_is_not_there_is_said_as_well() -> None:
    bare = replace(SERVER, certificate_ends=None, last_backup=None, collection=None, parked=0, installer=None)
    facts = dict(server.about_server(bare, NOW) + server.about_room(bare) + server.about_seats(bare))
    assert facts["HTTPS until"] == "not by itself"
    assert (facts["Last backup"], facts["Last clean-up"]) == ("none", "not yet")
    assert (facts["Parked versions"], facts["Installer here"]) == ("none", "none")


def test_a_disk_that_is_away_says_so() -> None:
    away = replace(SERVER, disks=[Disk(what="data folder", folder="D:/pdm")])
    assert dict(server.about_room(away))["Data folder"] == "cannot be reached"
    assert server.numbers(away)[3][0] == "unknown"


def test_older_seats_are_marked() -> None:
    assert dict(server.about_seats(SERVER))["0.1.4, older"] == "3 seats, 1 connected"
