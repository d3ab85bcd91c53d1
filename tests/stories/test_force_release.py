"""A check-out of a seat that is away is ended by force. When it comes back nothing is lost, and it is told plainly."""

from pathlib import Path

from tests.support.stage import a_shop

OFFLINE = b"what Anna saved on the train\n"


async def test_a_seat_that_is_away_comes_back_with_edits_and_nothing_is_lost(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Eva", boss="Eva") as shop:
        anna, tomas, eva = shop.people
        await anna.adds("Jobs/2210/plate.nc", b"a plate\n")
        await anna.checks_out("plate.nc")
        await anna.saves("plate.nc", b"a plate with a hole\n")

        # She is on the train, and goes on. The order is due: Eva takes the file away, Tomas makes the next revision.
        anna.line.unplug()
        await anna.knows_that_she_is_offline()
        await anna.saves("plate.nc", OFFLINE)
        await eva.forces_a_release("plate.nc", because="The order is due, and Anna is on a train.")
        await tomas.checks_out("plate.nc")
        await tomas.saves("plate.nc", b"a plate with a slot\n")
        await tomas.checks_in("plate.nc", comment="due")

        # She is back: her work is parked and lies where it was, read-only, and she hears who, why, and what to do.
        anna.line.plug_in()
        await anna.is_in_step()
        await anna.is_parked(OFFLINE)
        await anna.says("plate.nc is not checked out by you any more. Eva ended your check-out")
        await anna.says("“The order is due, and Anna is on a train.”")
        await anna.says("“Parked versions…” goes on with it.")
        await anna.has("plate.nc", OFFLINE)
        assert await anna.told() == ["lock_forced"]
        assert await shop.history("plate.nc") == [("1.0", None), ("1.1", "due")]
        await shop.goes_home()
        await shop.finds_everything_that_was_written()


async def test_what_was_passed_on_at_once_comes_to_the_next_when_the_seat_is_back(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Eva", boss="Eva") as shop:
        anna, tomas, eva = shop.people
        await anna.adds("Jobs/2210/plate.nc", b"a plate\n")
        await anna.checks_out("plate.nc")
        anna.line.unplug()
        await anna.knows_that_she_is_offline()
        await anna.saves("plate.nc", OFFLINE)
        await eva.forces_a_release("plate.nc", because="The order is due, and Anna is on a train.", give_to="Tomas")
        await tomas.has_checked_out("plate.nc")
        await tomas.has("plate.nc", b"a plate\n")
        await tomas.says("What Anna may have saved is not here yet")

        anna.line.plug_in()
        await anna.is_in_step()
        await tomas.is_told("lock_transferred", "work_arrived")
        await tomas.has("plate.nc", OFFLINE)
        await tomas.says("What Anna saved in plate.nc has come, and is in it now.")
        await anna.says("Tomas has it now.")
        await shop.goes_home()
        await shop.finds_everything_that_was_written()
