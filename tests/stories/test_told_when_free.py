"""Two people wait for a file. The first is told when it is free, the second when nobody has taken it since."""

from pathlib import Path

from tests.support.stage import a_shop

SOON = {"PDM_NEXT_IN_LINE": "0.5", "PDM_WATCH_INTERVAL": "0.1"}
"""Half a second takes the place of the five minutes."""
NEVER = {"PDM_NEXT_IN_LINE": "86400"}


async def test_the_second_in_line_is_told_when_the_first_does_not_take_it(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Mei", settings=SOON) as shop:
        anna, tomas, mei = shop.people
        await anna.adds("Jobs/2210/plate.nc", b"a plate\n")
        await anna.checks_out("plate.nc")
        for person in (tomas, mei):
            await person.wants_to_be_told("plate.nc")
        await anna.undoes("plate.nc")
        assert await tomas.told() == ["file_free"], "the first is told at once"
        await mei.is_told("file_free")

        # Nothing was reserved: she takes it, and neither of the two waits any longer.
        await mei.checks_out("plate.nc")
        assert await mei.line_for("plate.nc") == []
        await shop.goes_home()
        await shop.finds_everything_that_was_written()


async def test_the_second_in_line_is_told_at_the_next_release_and_a_restart_forgets_nobody(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Mei", settings=NEVER) as shop:
        anna, tomas, mei = shop.people
        await anna.adds("Jobs/2210/plate.nc", b"a plate\n")
        await anna.checks_out("plate.nc")
        for person in (tomas, mei):
            await person.wants_to_be_told("plate.nc")
        await shop.restarts_the_server()
        await anna.is_in_step()
        await anna.saves("plate.nc", b"a better plate\n")
        await anna.checks_in("plate.nc", comment="better")
        assert (await tomas.told(), await mei.told()) == (["file_free"], [])

        # He takes it and is out of the line; when he is done it is her turn.
        await tomas.is_in_step()
        await tomas.checks_out("plate.nc")
        assert await tomas.line_for("plate.nc") == ["Mei"]
        await tomas.undoes("plate.nc")
        await mei.is_told("file_free")
        assert await tomas.told() == ["file_free"]
        await shop.goes_home()
        await shop.finds_everything_that_was_written()
