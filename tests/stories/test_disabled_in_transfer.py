"""Somebody is disabled in the middle of a transfer. What is so is clear at every moment, and no byte is lost."""

from pathlib import Path

from tests.support.stage import a_shop

WORK = b"half of the contour\n"


async def test_the_receiver_is_disabled_before_it_the_file_stays(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Eva", boss="Eva") as shop:
        anna, tomas, eva = shop.people
        await anna.adds("Jobs/2210/plate.nc", b"a plate\n")
        await anna.checks_out("plate.nc")
        await anna.saves("plate.nc", WORK)
        await tomas.asks_for("plate.nc", because="the night shift")
        request = await anna.request()
        await eva.disables("Tomas")
        refused = await anna.tries_to_hand_over("plate.nc", "Tomas", request=request.id)
        assert "cannot go to Tomas" in refused.text
        assert (await eva.lock("plate.nc")).locked_by == "Anna"
        assert await anna.parked() == [], "it is still where it was"
        await anna.has("plate.nc", WORK)
        await anna.checks_in("plate.nc", comment="on her own")
        await shop.goes_home()
        shop.people.remove(tomas)
        await shop.finds_everything_that_was_written()


async def test_the_receiver_is_disabled_after_it_the_work_goes_on_to_the_next(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Mei", "Eva", boss="Eva") as shop:
        anna, tomas, mei, eva = shop.people
        await anna.adds("Jobs/2210/plate.nc", b"a plate\n")
        await anna.checks_out("plate.nc")
        await anna.saves("plate.nc", WORK)
        tomas.line.unplug()
        await tomas.knows_that_she_is_offline()
        await anna.hands_over("plate.nc", "Tomas")
        await eva.disables("Tomas")
        assert (await eva.lock("plate.nc")).locked_by == "Tomas"
        assert await anna.parked() == [WORK]
        await eva.forces_a_release("plate.nc", because="Tomas has left the company.", give_to="Mei")
        await mei.has("plate.nc", WORK)
        await mei.has_checked_out("plate.nc")
        await mei.checks_in("plate.nc", comment="went on")
        await shop.goes_home()
        shop.people.remove(tomas)
        await shop.finds_everything_that_was_written()


async def test_the_giver_is_disabled_when_the_work_is_parked_and_the_file_not_yet_handed_over(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Mei", "Eva", boss="Eva") as shop:
        anna, mei, eva = shop.people
        await anna.adds("Jobs/2210/plate.nc", b"a plate\n")
        await anna.checks_out("plate.nc")
        await anna.saves("plate.nc", WORK)
        anna.line.lose_answer(b"/park")
        await anna.tries_to_hand_over("plate.nc", "Mei")
        anna.line.unplug()
        assert (await eva.lock("plate.nc")).locked_by == "Anna"
        assert await anna.parked() == [WORK]
        await eva.disables("Anna")
        await eva.forces_a_release("plate.nc", because="Anna has left the company.", give_to="Mei")
        await mei.has("plate.nc", WORK)
        await mei.has_checked_out("plate.nc")
        await mei.checks_in("plate.nc", comment="went on")
        await shop.goes_home()
        shop.people.remove(anna)
        await shop.finds_everything_that_was_written()
