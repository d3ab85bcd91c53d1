"""An afternoon in the shop: two people, a network that is cut, a server that restarts. Nothing is lost, and all agree.

Anna and Tomas sit at seats that are the whole program but its window. Each is connected by a line that can be cut,
unplugged, and made to lose an answer. Read it as a play; the stage is `tests.support.stage`.
"""

from pathlib import Path

from tests.support.stage import a_shop, noise

MB = 1_000_000


async def test_an_afternoon(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas") as shop:
        anna, tomas = shop.people
        # One o'clock. Tomas brings the files of a new job, and Anna gets them.
        for name in ("plate.nc", "shaft.nc", "old.nc", "drawing.pdf"):
            await tomas.adds(f"Jobs/2210/{name}", f"{name}, as Tomas made it\n".encode())
        await tomas.adds("Jobs/2210/block.mcam", b"an empty block\n")
        await anna.gets_latest("plate.nc", "shaft.nc", "old.nc", "drawing.pdf")
        await tomas.gets_latest("plate.nc")

        # Anna works on the plate and saves again and again. Tomas's copy follows when she checks it in.
        await anna.checks_out("plate.nc")
        await anna.saves("plate.nc", b"feed 800\n")
        await anna.saves("plate.nc", b"feed 900\n", by_replacement=True)
        await anna.saves("plate.nc", b"feed 1000\n")
        await anna.checks_in("plate.nc", comment="faster")
        await tomas.has("plate.nc", b"feed 1000\n")

        # Tomas checks a large block in; the line is cut in the middle of it. Anna fetches it, and hers is cut as well.
        block = noise(20 * MB)
        await tomas.checks_out("block.mcam")
        await tomas.saves("block.mcam", block)
        tomas.line.cut("up", 9 * MB)
        await tomas.checks_in("block.mcam", comment="roughed")
        assert tomas.line.cuts == []
        anna.line.cut("down", 11 * MB)
        await anna.gets_latest("block.mcam")
        assert anna.line.cuts == []
        await anna.has("block.mcam", block)

        # The server restarts. Both come back by themselves, and the next check-out is as fast as ever.
        await shop.restarts_the_server()
        await anna.is_in_step()
        await tomas.is_in_step()
        await anna.checks_out("plate.nc", "shaft.nc")

        # Somebody trips over Anna's cable. She goes on, asks for a check-in, and saves once more before it can be sent.
        anna.line.unplug()
        await anna.knows_that_she_is_offline()
        await anna.saves("plate.nc", b"feed 1100\n")
        await anna.asks_for_a_check_in_that_waits("plate.nc", comment="on the train")
        await anna.saves("plate.nc", b"feed 1150\n")
        await anna.saves("old.nc", b"an idea that is nobody's business\n", by_force=True)

        # Tomas does not know. He may not move the folder with her files in it; he renames, deletes and corrects others.
        await tomas.checks_out("old.nc")
        await tomas.saves("old.nc", b"the last word on it\n")
        await tomas.checks_in("old.nc", comment="for the record")
        await tomas.may_not_move_the_folder("Jobs/2210", "Jobs/2210 Manifold", because="Anna has plate.nc")
        await tomas.renames("block.mcam", "Jobs/2210/manifold block.mcam")
        await tomas.deletes("drawing.pdf")

        # Both meet: what waited is checked in as it was saved last; clean copies have followed, her idea stays.
        anna.line.plug_in()
        await anna.is_in_step()
        await anna.has_nothing_waiting()
        await tomas.has("plate.nc", b"feed 1150\n")
        await anna.has("plate.nc", b"feed 1150\n")
        await anna.lacks("drawing.pdf")
        await anna.has("block.mcam", block)
        await anna.has("old.nc", b"an idea that is nobody's business\n")

        # Her idea meets the newer revision: she is asked, keeps both, and checks in what she makes of the two.
        await anna.keeps_both("old.nc")
        await anna.has("old.nc", b"the last word on it\n")
        assert b"an idea that is nobody's business\n" in anna.sees_beside("old")
        await anna.checks_out("old.nc")
        await anna.saves("old.nc", b"the last word on it, and an idea\n")
        await anna.checks_in("old.nc", comment="both")

        # The drawing was needed after all.
        await anna.restores("drawing.pdf")
        await anna.gets_latest("drawing.pdf")
        await tomas.gets_latest("drawing.pdf", "old.nc", "shaft.nc")

        # The answer to a check-in is lost on its way. It counts once.
        await anna.saves("shaft.nc", b"longer by 2 mm\n")
        anna.line.lose_answer(b"/checkin")
        await anna.checks_in_whatever_it_takes("shaft.nc", comment="longer")
        assert anna.line.has_lost
        await tomas.has("shaft.nc", b"longer by 2 mm\n")

        # Six o'clock. Everybody goes home; nothing was lost, both have the same, and the histories are as told.
        await shop.goes_home()
        assert anna.sees_in_the_job() == tomas.sees_in_the_job()
        assert await shop.history("plate.nc") == [("1.0", None), ("1.1", "faster"), ("1.2", "on the train")]
        assert await shop.history("block.mcam") == [("1.0", None), ("1.1", "roughed")]
        assert await shop.history("old.nc") == [("1.0", None), ("1.1", "for the record"), ("1.2", "both")]
        assert await shop.history("shaft.nc") == [("1.0", None), ("1.1", "longer")]
        assert await shop.history("drawing.pdf") == [("1.0", None)]
        await shop.finds_everything_that_was_written()
