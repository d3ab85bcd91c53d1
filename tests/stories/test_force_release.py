"""A check-out of a seat that is away is ended by force. When it comes back nothing is lost, and it is told plainly.

Three people at three seats: who has the file, who needs it, and who administers. What they are told is what their seats
say.
"""

from pathlib import Path

from tests.support.stage import a_shop

OFFLINE = b"what Anna saved on the train\n"
NONE_COMES = (
    "Nothing more comes with plate.nc. Anna’s seat is back: there is no unchecked-in work on ANNA-PC. What you have is"
    " all there is."
)
WHY = "The order is due, and Anna is on a train."


async def test_a_seat_that_is_away_comes_back_with_edits_and_nothing_is_lost(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Eva", boss="Eva") as shop:
        anna, tomas, eva = shop.people
        await anna.adds("Jobs/2210/plate.nc", b"a plate\n")
        await anna.checks_out("plate.nc")
        await anna.saves("plate.nc", b"a plate with a hole\n")
        await shop.everybody_sees("plate.nc", "Checked out by Anna on ANNA-PC since HH:MM", but=anna)

        # She is on the train, and goes on. The order is due: Eva takes the file away, Tomas makes the next revision.
        anna.line.unplug()
        await anna.knows_that_she_is_offline()
        await anna.saves("plate.nc", OFFLINE)
        await eva.forces_a_release("plate.nc", because=WHY)
        await eva.is_told("plate.nc is free. Anna is told why, and keeps what was saved.")
        await shop.everybody_sees("plate.nc", "Free", but=anna)
        await tomas.checks_out("plate.nc")
        await eva.sees("plate.nc", "Checked out by Tomas on TOMAS-PC since HH:MM")
        await tomas.saves("plate.nc", b"a plate with a slot\n")
        await tomas.checks_in("plate.nc", comment="due")

        # She is back. She hears who, when and why, where her work is, and what to do; it lies where it was, read-only.
        anna.line.plug_in()
        await anna.is_in_step()
        await anna.is_told(f"Your lock was released. plate.nc, by Eva: {WHY} Whatever you saved is kept.")
        await anna.is_told(
            "plate.nc is not checked out by you any more. Eva ended your check-out (HH:MM). What you saved here is"
            " being parked on the server, and stays here, read-only. “Parked versions…” goes on with it."
            f" The reason: “{WHY}”"
        )
        await anna.has_read_only("plate.nc", OFFLINE)
        await anna.finds_parked("plate.nc", OFFLINE)
        await anna.sees("plate.nc", "Two versions, both kept")
        assert await anna.inbox() == ["lock_forced"]
        assert await shop.history("plate.nc") == [("1.0", None), ("1.1", "due")]

        # She goes on from there: on top of what Tomas did, as the window of parked versions offers it.
        await anna.takes_the_vaults("plate.nc")
        await anna.checks_out("plate.nc")
        await anna.checks_in_parked("plate.nc", comment="the hole as well")
        await tomas.gets_latest("plate.nc")
        await tomas.has("plate.nc", OFFLINE)
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

        # Tomas is next in line, and Eva gives it to him. What Anna may have saved is on her computer still.
        await tomas.waits_for("plate.nc", place=1)
        await eva.forces_a_release("plate.nc", because=WHY, give_to="Tomas")
        await eva.is_told("Tomas has plate.nc now. Anna is told why, and keeps what was saved.")
        await tomas.has_checked_out("plate.nc")
        await tomas.has("plate.nc", b"a plate\n")
        await tomas.is_told(
            "plate.nc is yours now. Eva gave it to you. What Anna may have saved and not checked in is not here yet:"
            f" you are told when it is. The reason: “{WHY}”"
        )
        await tomas.is_told(
            "plate.nc is yours now, at Rev 1.0. What Anna may have saved is not here yet: it is told when it has come."
        )
        await tomas.is_in_line_for("plate.nc", None)
        await eva.sees("plate.nc", "Checked out by Tomas on TOMAS-PC since HH:MM")

        # She is back: her work comes to him, and lies in his file. She hears who has it.
        anna.line.plug_in()
        await anna.is_in_step()
        await tomas.has("plate.nc", OFFLINE)
        await tomas.is_told(
            "Work on plate.nc is here now. What Anna had saved on ANNA-PC and not checked in has arrived."
        )
        await tomas.is_told("What Anna saved in plate.nc has come, and is in it now.")
        await anna.is_told(f"Your lock was released. plate.nc, by Eva: {WHY} Whatever you saved is kept.")
        await anna.is_told(
            "plate.nc is not checked out by you any more. Eva ended your check-out (HH:MM). Tomas has it now. What you"
            " saved here is being parked on the server, and stays here, read-only. “Parked versions…” goes on with it."
            f" The reason: “{WHY}”"
        )
        await anna.has_read_only("plate.nc", OFFLINE)
        await anna.finds_parked("plate.nc", OFFLINE)
        assert await tomas.inbox() == ["lock_transferred", "work_arrived"]
        await tomas.checks_in("plate.nc", comment="what Anna began")
        await eva.sees("plate.nc", "Free")
        await shop.goes_home()
        await shop.finds_everything_that_was_written()


async def test_a_seat_that_is_away_comes_back_without_edits_and_who_waits_for_work_hears_that_none_comes(
    tmp_path: Path,
) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Eva", boss="Eva") as shop:
        anna, tomas, eva = shop.people
        await anna.adds("Jobs/2210/plate.nc", b"a plate\n")
        await anna.checks_out("plate.nc")
        anna.line.unplug()
        await anna.knows_that_she_is_offline()
        await eva.forces_a_release("plate.nc", because=WHY, give_to="Tomas")
        await tomas.has_checked_out("plate.nc")
        await tomas.is_told(
            "plate.nc is yours now, at Rev 1.0. What Anna may have saved is not here yet: it is told when it has come."
        )
        await tomas.saves("plate.nc", b"a plate with a slot\n")

        # She is back, and has saved nothing. Tomas need not wait any longer, and nothing of hers is parked.
        anna.line.plug_in()
        await anna.is_in_step()
        await anna.is_told(f"Your lock was released. plate.nc, by Eva: {WHY} Whatever you saved is kept.")
        await tomas.is_told(NONE_COMES)
        await anna.has_nothing_parked()
        await anna.has_read_only("plate.nc", b"a plate\n")
        await shop.everybody_sees("plate.nc", "Checked out by Tomas on TOMAS-PC since HH:MM", but=tomas)
        anna.was_never_told("Parked versions…")

        # He checks in, and her copy follows.
        await tomas.checks_in("plate.nc", comment="due")
        await anna.has("plate.nc", b"a plate with a slot\n")
        await eva.sees("plate.nc", "Free")
        assert await tomas.inbox() == ["lock_transferred", "nothing_left"]
        await shop.goes_home()
        await shop.finds_everything_that_was_written()


async def test_who_may_not_see_the_vault_any_more_keeps_the_work_and_it_is_parked_when_that_is_over(
    tmp_path: Path,
) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Eva", boss="Eva") as shop:
        anna, tomas, eva = shop.people
        await anna.adds("Jobs/2210/plate.nc", b"a plate\n")
        await anna.checks_out("plate.nc")
        await anna.saves("plate.nc", OFFLINE)
        place = await anna.place("plate.nc")
        await eva.gives_role("Anna", "none")
        await anna.is_warned("The vault Production is out of your sight", "plate.nc", "stays on this computer as it is")
        await eva.forces_a_release("plate.nc", because=WHY, give_to="Tomas")
        await tomas.has_checked_out("plate.nc")
        assert anna.sees_at(place) == OFFLINE

        # An administrator lets her in again: what she had saved goes to the server, and on to Tomas.
        await eva.gives_role("Anna", None)
        await tomas.has("plate.nc", OFFLINE)
        assert await tomas.inbox() == ["lock_transferred", "work_arrived"]
        assert anna.sees_at(place) == OFFLINE
        await shop.goes_home()
        await shop.finds_everything_that_was_written()


async def test_who_had_saved_nothing_keeps_nobody_waiting(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Eva", boss="Eva") as shop:
        anna, tomas, eva = shop.people
        await anna.adds("Jobs/2210/plate.nc", b"a plate\n")
        await anna.checks_out("plate.nc")
        anna.line.unplug()
        await anna.knows_that_she_is_offline()
        await eva.forces_a_release("plate.nc", because=WHY, give_to="Tomas")
        await tomas.is_told(
            "plate.nc is yours now, at Rev 1.0. What Anna may have saved is not here yet: it is told when it has come."
        )
        anna.line.plug_in()
        await anna.is_in_step()
        await tomas.is_told(
            "Nothing more comes with plate.nc. Anna’s seat is back: there is no unchecked-in work on ANNA-PC."
            " What you have is all there is."
        )
        assert await tomas.inbox() == ["lock_transferred", "nothing_left"]
        await shop.goes_home()
        await shop.finds_everything_that_was_written()
