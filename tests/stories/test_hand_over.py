"""A file is asked for and handed over with the work that is saved: the next one goes on where the first one was."""

from pathlib import Path

from tests.support.stage import a_shop

DAY = b"roughed and half of the contour\n"
NIGHT = b"roughed and the whole contour\n"


async def test_a_file_is_asked_for_and_handed_over_with_the_work(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Mei") as shop:
        anna, tomas, mei = shop.people

        # Anna is at the plate. Tomas has the night shift and asks for it; Mei would like to hear when it is free.
        await anna.adds("Jobs/2210/plate.nc", b"an empty plate\n")
        await tomas.gets_latest("plate.nc")
        await anna.checks_out("plate.nc")
        await anna.saves("plate.nc", DAY)
        await tomas.asks_for("plate.nc", because="the night shift")
        await mei.wants_to_be_told("plate.nc")
        request = await anna.request()
        assert (request.asker, request.text, request.holder) == ("Tomas", "the night shift", "Anna")

        # She hands it over as it is. It is his at his seat, with all that she saved; hers is the revision again.
        result = await anna.hands_over("plate.nc", "Tomas", request=request.id)
        assert "Tomas has plate.nc now, with what you saved." in result.text
        await tomas.has("plate.nc", DAY)
        await tomas.has_checked_out("plate.nc")
        await tomas.says("plate.nc is yours now, with what Anna saved.")
        await anna.has("plate.nc", b"an empty plate\n")
        assert (await tomas.told(), await anna.told()) == (["lock_transferred"], ["release_requested"])
        assert await mei.told() == [], "nothing was free"

        # He goes on and checks in on top of it. Now it is free, and Mei is told.
        await tomas.saves("plate.nc", NIGHT)
        await tomas.checks_in("plate.nc", comment="finished")
        await anna.has("plate.nc", NIGHT)
        await mei.is_told("file_free")
        assert await shop.history("plate.nc") == [("1.0", None), ("1.1", "finished")]
        await shop.goes_home()
        await shop.finds_everything_that_was_written()


async def test_a_seat_that_is_away_finds_what_was_handed_to_it(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas") as shop:
        anna, tomas = shop.people
        await anna.adds("Jobs/2210/shaft.nc", b"a shaft\n")
        await anna.checks_out("shaft.nc")
        await anna.saves("shaft.nc", b"a longer shaft\n")
        tomas.line.unplug()
        await tomas.knows_that_she_is_offline()
        await anna.hands_over("shaft.nc", "Tomas")
        tomas.line.plug_in()
        await tomas.is_in_step()
        await tomas.has("shaft.nc", b"a longer shaft\n")
        await tomas.has_checked_out("shaft.nc")
        await shop.goes_home()
        await shop.finds_everything_that_was_written()


async def test_the_answer_to_a_hand_over_is_lost_and_it_happens_once(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas") as shop:
        anna, tomas = shop.people
        await anna.adds("Jobs/2210/block.nc", b"a block\n")
        await anna.checks_out("block.nc")
        await anna.saves("block.nc", b"a smaller block\n")
        anna.line.lose_answer(b"/transfer")
        await anna.tries_to_hand_over("block.nc", "Tomas")
        assert anna.line.has_lost
        await tomas.has("block.nc", b"a smaller block\n")
        await tomas.has_checked_out("block.nc")
        await anna.has("block.nc", b"a block\n")
        assert await tomas.told() == ["lock_transferred"]
        await shop.goes_home()
        await shop.finds_everything_that_was_written()
