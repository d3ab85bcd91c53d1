"""A file is asked for and handed over with the work that is saved: the next one goes on where the first one was.

Three people at three seats. Each does what the window would ask of the seat, and is told what the seat says.
"""

from pathlib import Path

from tests.support.stage import a_shop

DAY = b"roughed and half of the contour\n"
NIGHT = b"roughed and the whole contour\n"


async def test_a_file_is_asked_for_and_handed_over_with_the_work(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Mei") as shop:
        anna, tomas, mei = shop.people

        # Anna is at the plate, and both others see it. Tomas has the night shift and asks for it; Mei would like to
        # hear when it is free.
        await anna.adds("Jobs/2210/plate.nc", b"an empty plate\n")
        await tomas.gets_latest("plate.nc")
        await anna.checks_out("plate.nc")
        await anna.saves("plate.nc", DAY)
        await shop.everybody_sees("plate.nc", "Checked out by Anna on ANNA-PC since HH:MM", but=anna)
        await tomas.asks_for("plate.nc", because="the night shift")
        await mei.waits_for("plate.nc", place=1)
        await mei.sees("plate.nc", "Checked out by Anna; you are first in line")
        await anna.is_told("Tomas asks for your file. plate.nc: the night shift")
        request = await anna.is_asked_for("plate.nc")
        assert (request.asker, request.text, request.computer) == ("Tomas", "the night shift", "TOMAS-PC")

        # She hands it over as it is. It is his at his seat, with all that she saved; hers is the revision again.
        await anna.transfers("plate.nc")
        await anna.is_told(
            "Tomas has plate.nc now, with what you saved. What was here before is kept in RECOVERY/plate.nc."
        )
        await tomas.has("plate.nc", DAY)
        await tomas.has_checked_out("plate.nc")
        await tomas.is_told("plate.nc is yours now. Anna transferred it to you with unchecked-in work.")
        await tomas.is_told("plate.nc is yours now, with what Anna saved.")
        await tomas.sees("plate.nc", "Edited here, not checked in")
        await anna.sees("plate.nc", "Checked out by Tomas on TOMAS-PC since HH:MM")
        await mei.sees("plate.nc", "Checked out by Tomas; you are first in line")
        await anna.has("plate.nc", b"an empty plate\n")
        await anna.has_nothing_to_answer()
        mei.was_never_told("is free")
        assert (await anna.inbox(), await tomas.inbox()) == (["release_requested"], ["lock_transferred"])

        # He goes on and checks in on top of it. Now it is free, and Mei is told.
        await tomas.saves("plate.nc", NIGHT)
        await tomas.checks_in("plate.nc", comment="finished")
        await anna.has("plate.nc", NIGHT)
        await mei.is_told("plate.nc is free. Tomas checked in Rev 1.1. You are first in line. Click to check out.")
        await shop.everybody_sees("plate.nc", "Free", but=tomas)
        assert await shop.history("plate.nc") == [("1.0", None), ("1.1", "finished")]
        await shop.goes_home()
        await shop.finds_everything_that_was_written()


async def test_a_holder_keeps_the_file_and_the_one_who_asked_stays_in_line(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Mei") as shop:
        anna, tomas, mei = shop.people
        await anna.adds("Jobs/2210/plate.nc", b"an empty plate\n")
        await anna.checks_out("plate.nc")
        await anna.saves("plate.nc", DAY)
        await tomas.asks_for("plate.nc", because="the night shift", waits=True)
        await tomas.is_in_line_for("plate.nc", 1)
        await mei.waits_for("plate.nc", place=2)

        # She keeps it, and says why. Nothing has changed but that he knows.
        await anna.keeps("plate.nc", saying="ten more minutes")
        await tomas.is_told("Anna keeps plate.nc. “ten more minutes” You stay in line.")
        await anna.has_nothing_to_answer()
        await tomas.sees("plate.nc", "Checked out by Anna; you are first in line")
        await mei.sees("plate.nc", "Checked out by Anna; you are second in line")
        await anna.has_checked_out("plate.nc")

        # Ten minutes later she releases it, for Mei has asked as well: he is told that it is his turn, and she that
        # she has her answer.
        await mei.asks_for("plate.nc", because="the other side")
        await anna.is_told("Mei asks for your file. plate.nc: the other side")
        await anna.checks_in("plate.nc", comment="as promised")
        await tomas.is_told("plate.nc is free. Anna checked in Rev 1.1. You are first in line. Click to check out.")
        await mei.is_told("plate.nc is free. Anna released it, as you asked. Click to check it out.")
        await anna.has_nothing_to_answer()
        await tomas.checks_out("plate.nc")
        await mei.sees("plate.nc", "Checked out by Tomas; you are first in line")
        mei.was_never_told("You are first in line")
        await shop.goes_home()
        await shop.finds_everything_that_was_written()


async def test_a_seat_that_is_away_finds_what_was_handed_to_it(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Mei") as shop:
        anna, tomas, mei = shop.people
        await anna.adds("Jobs/2210/shaft.nc", b"a shaft\n")
        await anna.checks_out("shaft.nc")
        await anna.saves("shaft.nc", b"a longer shaft\n")
        tomas.line.unplug()
        await tomas.knows_that_she_is_offline()
        await anna.hands_over("shaft.nc", "Tomas")
        await mei.sees("shaft.nc", "Checked out by Tomas on TOMAS-PC since HH:MM")
        tomas.line.plug_in()
        await tomas.is_in_step()
        await tomas.has("shaft.nc", b"a longer shaft\n")
        await tomas.has_checked_out("shaft.nc")
        await tomas.is_told("shaft.nc is yours now. Anna transferred it to you with unchecked-in work.")
        await tomas.is_told("shaft.nc is yours now, with what Anna saved.")
        await shop.goes_home()
        await shop.finds_everything_that_was_written()


async def test_the_answer_to_a_hand_over_is_lost_and_it_happens_once(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Mei") as shop:
        anna, tomas, mei = shop.people
        await anna.adds("Jobs/2210/block.nc", b"a block\n")
        await anna.checks_out("block.nc")
        await anna.saves("block.nc", b"a smaller block\n")
        anna.line.lose_answer(b"/transfer")
        await anna.hands_over_as_far_as_it_goes("block.nc", "Tomas")
        assert anna.line.has_lost
        await tomas.has("block.nc", b"a smaller block\n")
        await tomas.has_checked_out("block.nc")
        await anna.has("block.nc", b"a block\n")
        await tomas.is_told("block.nc is yours now. Anna transferred it to you with unchecked-in work.")
        await mei.sees("block.nc", "Checked out by Tomas on TOMAS-PC since HH:MM")
        assert await tomas.inbox() == ["lock_transferred"]
        await shop.goes_home()
        await shop.finds_everything_that_was_written()
