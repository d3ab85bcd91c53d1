"""Somebody is disabled in the middle of a transfer. What is so is clear at every moment, and no byte is lost.

Three people at three seats at least: who gives, who gets, and Eva, who administers. What is told and seen is what the
seats say and show.
"""

from pathlib import Path

from tests.support.stage import a_shop, noise

HALF = b"half of the contour\n"
LARGE = noise(6 << 20)
"""More than goes in one call: it is sent in parts."""
MIB = 1 << 20


async def test_the_giver_is_disabled_while_the_work_is_being_sent(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Eva", boss="Eva") as shop:
        anna, tomas, eva = shop.people
        await eva.adds("Jobs/2210/plate.mcam", b"a plate\n")
        await anna.checks_out("plate.mcam")
        await anna.saves("plate.mcam", LARGE)
        await tomas.asks_for("plate.mcam", because="the night shift")
        await anna.is_asked_for("plate.mcam")

        # A third of her work is on its way when Eva disables her. Her seat asks who this is; the file is still hers.
        await anna.begins_to_transfer("plate.mcam")
        async with anna.line.halted("up", 2 * MIB):
            await eva.disables("Anna")
            await anna.goes_to_sign_in()
        for person in (tomas, eva):
            await person.sees("plate.mcam", "Checked out by Anna on ANNA-PC since HH:MM")
        tomas.was_never_told("is yours now")

        # Her work lies where it was, and can be written as before.
        await anna.has_writable("plate.mcam", LARGE)

        # It was a mistake. She signs in, the file and the request are there, and she hands it over: nothing was lost.
        await eva.enables("Anna")
        await anna.signs_in_again()
        await anna.has_checked_out("plate.mcam")
        await anna.transfers("plate.mcam")
        await tomas.has("plate.mcam", LARGE)
        await tomas.has_checked_out("plate.mcam")
        await tomas.is_told("plate.mcam is yours now. Anna transferred it to you with unchecked-in work.")
        await eva.sees("plate.mcam", "Checked out by Tomas on TOMAS-PC since HH:MM")
        await tomas.checks_in("plate.mcam", comment="finished")
        await anna.has("plate.mcam", LARGE)
        await shop.goes_home()
        await shop.finds_everything_that_was_written()


async def test_the_receiver_is_disabled_while_the_work_is_being_fetched(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Eva", boss="Eva") as shop:
        anna, tomas, eva = shop.people
        await anna.adds("Jobs/2210/plate.mcam", b"a plate\n")
        await anna.checks_out("plate.mcam")
        await anna.saves("plate.mcam", LARGE)

        # Anna hands it over, and a third of it is at his seat when Eva disables Tomas. It is his all the same.
        anna.begins_to_hand_over("plate.mcam", "Tomas")
        async with tomas.line.halted("down", 2 * MIB):
            await eva.disables("Tomas")
            await tomas.goes_to_sign_in()
        for person in (anna, eva):
            await person.sees("plate.mcam", "Checked out by Tomas on TOMAS-PC since HH:MM")
        await anna.finds_parked("plate.mcam", LARGE)
        tomas.was_never_told("with what Anna saved")

        # It was a mistake. He signs in, and the rest comes by itself.
        await eva.enables("Tomas")
        await tomas.signs_in_again()
        await tomas.has("plate.mcam", LARGE)
        await tomas.has_checked_out("plate.mcam")
        await tomas.is_told("plate.mcam is yours now, with what Anna saved.")
        await tomas.checks_in("plate.mcam", comment="finished")
        await anna.has("plate.mcam", LARGE)
        await eva.sees("plate.mcam", "Free")
        await shop.goes_home()
        await shop.finds_everything_that_was_written()


async def test_the_receiver_is_disabled_before_it_the_file_stays(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Eva", boss="Eva") as shop:
        anna, tomas, eva = shop.people
        await anna.adds("Jobs/2210/plate.nc", b"a plate\n")
        await anna.checks_out("plate.nc")
        await anna.saves("plate.nc", HALF)
        await tomas.asks_for("plate.nc", because="the night shift")
        await anna.is_asked_for("plate.nc")
        await eva.disables("Tomas")
        await tomas.goes_to_sign_in()

        # His request ends with him. She cannot hand it over to him either, and is told so; her work is where it was.
        await anna.has_nothing_to_answer()
        told = await anna.may_not_hand_over("plate.nc", "Tomas")
        assert told == "“Jobs/2210/plate.nc” cannot go to Tomas, who may not change it. Choose somebody else."
        await eva.sees("plate.nc", "Checked out by Anna on ANNA-PC since HH:MM")
        await anna.has_nothing_parked()
        await anna.has_writable("plate.nc", HALF)
        await anna.checks_in("plate.nc", comment="on her own")
        await shop.goes_home()
        shop.people.remove(tomas)
        await shop.finds_everything_that_was_written()


async def test_the_receiver_is_disabled_after_it_the_work_goes_on_to_the_next(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Mei", "Eva", boss="Eva") as shop:
        anna, tomas, mei, eva = shop.people
        await anna.adds("Jobs/2210/plate.nc", b"a plate\n")
        await anna.checks_out("plate.nc")
        await anna.saves("plate.nc", HALF)
        tomas.line.unplug()
        await tomas.knows_that_she_is_offline()
        await anna.hands_over("plate.nc", "Tomas")
        await eva.disables("Tomas")
        await mei.sees("plate.nc", "Checked out by Tomas on TOMAS-PC since HH:MM")
        await anna.finds_parked("plate.nc", HALF)

        # He will not come back. Eva gives the file to Mei, and what Anna saved goes with it.
        await eva.forces_a_release("plate.nc", because="Tomas has left the company.", give_to="Mei")
        await eva.is_told("Mei has plate.nc now. Tomas is told why, and keeps what was saved.")
        await mei.has("plate.nc", HALF)
        await mei.has_checked_out("plate.nc")
        await mei.is_told("plate.nc is yours now, with what Anna saved.")
        await anna.sees("plate.nc", "Checked out by Mei on MEI-PC since HH:MM")
        await mei.checks_in("plate.nc", comment="went on")

        # His seat is connected once more, and asks who this is.
        tomas.line.plug_in()
        await tomas.goes_to_sign_in()
        await shop.goes_home()
        shop.people.remove(tomas)
        await shop.finds_everything_that_was_written()


async def test_the_giver_is_disabled_when_the_work_is_parked_and_the_file_not_yet_handed_over(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Mei", "Eva", boss="Eva") as shop:
        anna, mei, eva = shop.people
        await anna.adds("Jobs/2210/plate.nc", b"a plate\n")
        await anna.checks_out("plate.nc")
        await anna.saves("plate.nc", HALF)
        anna.line.lose_answer(b"/park")
        await anna.hands_over_as_far_as_it_goes("plate.nc", "Mei")
        anna.line.unplug()
        await mei.sees("plate.nc", "Checked out by Anna on ANNA-PC since HH:MM")
        assert await anna.parked() == [HALF]
        await eva.disables("Anna")
        await eva.forces_a_release("plate.nc", because="Anna has left the company.", give_to="Mei")
        await mei.has("plate.nc", HALF)
        await mei.has_checked_out("plate.nc")
        await mei.is_told("plate.nc is yours now, with what Anna saved.")
        await mei.checks_in("plate.nc", comment="went on")
        await eva.sees("plate.nc", "Free")
        await shop.goes_home()
        shop.people.remove(anna)
        await shop.finds_everything_that_was_written()
