"""Two people wait for a file. The first is told when it is free, the second when nobody has taken it since.

Three people at three seats; what they are told is what their seats say.
"""

from pathlib import Path

from tests.support.stage import Person, Shop, a_shop

SOON = {"PDM_NEXT_IN_LINE": "0.5", "PDM_WATCH_INTERVAL": "0.1"}
"""Half a second takes the place of the five minutes."""
NEVER = {"PDM_NEXT_IN_LINE": "86400"}

MY_TURN = "You are first in line. Click to check out."
STILL_FREE = "plate.nc is free. Nobody has taken it. It is your turn now. Click to check out."


async def two_in_line(shop: Shop) -> tuple[Person, Person, Person]:
    """Anna has the plate; Tomas waits for it, and then Mei."""
    anna, tomas, mei = shop.people
    await anna.adds("Jobs/2210/plate.nc", b"a plate\n")
    await anna.checks_out("plate.nc")
    await tomas.waits_for("plate.nc", place=1)
    await mei.waits_for("plate.nc", place=2)
    await tomas.sees("plate.nc", "Checked out by Anna; you are first in line")
    await mei.sees("plate.nc", "Checked out by Anna; you are second in line")
    return anna, tomas, mei


async def test_the_second_in_line_is_told_when_the_first_does_not_take_it(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Mei", settings=SOON) as shop:
        anna, tomas, mei = await two_in_line(shop)
        await anna.undoes("plate.nc")
        await tomas.is_told(f"plate.nc is free. Anna gave it back without a new revision. {MY_TURN}")
        await mei.is_told(STILL_FREE)
        assert (await tomas.inbox(), await mei.inbox()) == (["file_free"], ["file_free"])

        # Nothing was reserved: she takes it, and neither of the two waits any longer.
        await mei.checks_out("plate.nc")
        await shop.everybody_sees("plate.nc", "Checked out by Mei on MEI-PC since HH:MM", but=mei)
        await tomas.is_in_line_for("plate.nc", None)
        await mei.is_in_line_for("plate.nc", None)
        await shop.goes_home()
        await shop.finds_everything_that_was_written()


async def test_the_second_in_line_is_told_at_the_next_release_and_a_restart_forgets_nobody(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Mei", settings=NEVER) as shop:
        anna, tomas, mei = await two_in_line(shop)
        await shop.restarts_the_server()
        for person in shop.people:
            await person.is_in_step()
        await anna.saves("plate.nc", b"a better plate\n")
        await anna.checks_in("plate.nc", comment="better")
        await tomas.is_told(f"plate.nc is free. Anna checked in Rev 1.1. {MY_TURN}")
        await mei.sees("plate.nc", "Free")
        mei.was_never_told("You are first in line")

        # He takes it and is out of the line; when he is done it is her turn.
        await tomas.checks_out("plate.nc")
        await mei.sees("plate.nc", "Checked out by Tomas; you are first in line")
        await anna.sees("plate.nc", "Checked out by Tomas on TOMAS-PC since HH:MM")
        await tomas.saves("plate.nc", b"the best plate\n")
        await tomas.checks_in("plate.nc", comment="best")
        await mei.is_told(f"plate.nc is free. Tomas checked in Rev 1.2. {MY_TURN}")
        assert (await tomas.inbox(), await mei.inbox()) == (["file_free"], ["file_free"])
        await shop.goes_home()
        await shop.finds_everything_that_was_written()


async def test_who_is_away_keeps_the_place_and_who_leaves_makes_room(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Mei", settings=NEVER) as shop:
        anna, tomas, mei = await two_in_line(shop)

        # It becomes free while Tomas, the first, is away: nobody else is told, and he is as soon as he is back.
        tomas.line.unplug()
        await tomas.knows_that_she_is_offline()
        await anna.undoes("plate.nc")
        await mei.sees("plate.nc", "Free")
        tomas.line.plug_in()
        await tomas.is_in_step()
        await tomas.is_told(f"plate.nc is free. Anna gave it back without a new revision. {MY_TURN}")
        mei.was_never_told("You are first in line")

        # He does not need it any more and leaves the line: now it is her turn, at once.
        await tomas.waits_no_longer_for("plate.nc")
        await mei.is_told(STILL_FREE)
        await mei.is_in_line_for("plate.nc", 1)
        await mei.checks_out("plate.nc")
        await shop.everybody_sees("plate.nc", "Checked out by Mei on MEI-PC since HH:MM", but=mei)
        await shop.goes_home()
        await shop.finds_everything_that_was_written()
