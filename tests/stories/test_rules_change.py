"""The rules of a vault change while two people work in it. What no longer fits is refused plainly, and nothing is lost.

Ada administers the server; Anna and Tomas work in its vault. Each sits at a seat that is the whole program but its
window. Read it as a play; the stage is `tests.support.stage`.
"""

from dataclasses import replace
from pathlib import Path

from server.protocol.vault_rules import VaultRules
from tests.support.stage import a_shop

RULES = VaultRules(
    extensions=[".nc", ".mcam"],
    pattern="[0-9]{4}-[a-z0-9-]+[.][a-z]+",
    good=["2210-block-op10.nc"],
    bad=["block.nc"],
    comment=True,
)
BY_THE_RULES = "By the rules of the vault “Production”: "
NO_SUCH_NAME = (
    " does not fit this vault's pattern for names ([0-9]{4}-[a-z0-9-]+[.][a-z]+). A good name is “2210-block-op10.nc”."
)


async def test_rules_change(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "Anna", "Tomas", "Ada", boss="Ada") as shop:
        anna, tomas, ada = shop.people

        # A quarter past eight. Anna works on a block; there is an old file whose name nobody would give today.
        await anna.adds("Jobs/2210-block.nc", b"feed 800\n")
        await anna.adds("Jobs/block.nc", b"an old one\n")
        await anna.checks_out("2210-block.nc")
        await anna.saves("2210-block.nc", b"feed 900\n")

        # Ada makes rules, and one of her examples contradicts them. Her seat says which, and nothing changes.
        refused = await ada.may_not_rule(replace(RULES, bad=["2211-lid.nc"]))
        assert (
            refused == "The example “2211-lid.nc” is to be no good name, and the rules allow it. Correct one of them."
        )
        for person in shop.people:
            await person.works_under(None)

        # Tomas would make some as well. He does not administer the vault, and is told so.
        refused = await tomas.may_not_rule(RULES)
        assert refused == "Only an administrator of the vault “Production” may do this. Please ask one."
        await tomas.works_under(None)

        # She corrects hers. Every seat has the rules at once, without anybody's doing.
        await ada.rules(RULES)
        for person in shop.people:
            await person.works_under(RULES)

        # Anna checks in as ever, without a comment. She is told what is asked for, and has lost nothing.
        assert await anna.may_not_check_in("2210-block.nc") == (
            f"{BY_THE_RULES}a check-in needs a comment that says what has changed, and that of “Jobs/2210-block.nc” has"
            " none. Write one, like “New 50 mm face mill”."
        )
        await anna.has_writable("2210-block.nc", b"feed 900\n")
        await tomas.sees("2210-block.nc", "Checked out by Anna on ANNA-PC since HH:MM")
        await anna.checks_in("2210-block.nc", comment="faster")
        await tomas.sees("2210-block.nc", "Free")
        await tomas.gets_latest("2210-block.nc")
        await tomas.has("2210-block.nc", b"feed 900\n")

        # Tomas brings a file whose name does not fit, and one of a kind that is not kept there. His seat says what is
        # wrong and shows a name that would fit; his files stay where they are.
        assert await tomas.may_not_add("Jobs/lid.nc", b"a lid\n") == f"{BY_THE_RULES}“lid.nc”{NO_SUCH_NAME}"
        assert await tomas.may_not_add("Jobs/2211-lid.txt", b"about the lid\n") == (
            f"{BY_THE_RULES}“2211-lid.txt” has another extension than those of this vault (.nc, .mcam). A good name is"
            " “2210-block-op10.nc”."
        )
        assert sorted(each.name for each in tomas.desk.iterdir()) == ["2211-lid.txt", "lid.nc"]
        await tomas.adds("Jobs/2211-lid.nc", b"a lid\n")

        # The old file stays what it is: it is checked out and in as before, and gets no other bad name.
        await tomas.checks_out("block.nc")
        await tomas.saves("block.nc", b"a better old one\n")
        await tomas.checks_in("block.nc", comment="better", keep=True)
        assert await tomas.may_not_rename("block.nc", "Jobs/old.nc") == f"{BY_THE_RULES}“old.nc”{NO_SUCH_NAME}"

        # While Tomas works on it, Ada lets him only read. His check-in is refused, and his work stays with him.
        await tomas.saves("block.nc", b"the best one\n")
        await ada.gives_role("Tomas", "reader")
        await tomas.is_now("reader")
        refused = await tomas.may_not_check_in("block.nc", comment="best")
        assert refused == "You may read the vault “Production” and not change it. Please ask its administrator."
        await tomas.has("block.nc", b"the best one\n")
        await anna.sees("block.nc", "Checked out by Tomas on TOMAS-PC since HH:MM")

        # It was a mistake. He goes on where he was.
        await ada.gives_role("Tomas", None)
        await tomas.is_now("editor")
        await tomas.checks_in("block.nc", comment="best")
        await anna.gets_latest("block.nc")
        await anna.has("block.nc", b"the best one\n")

        # At noon Ada takes the rules away again.
        await ada.rules(VaultRules())
        for person in shop.people:
            await person.works_under(None)
        await anna.adds("Jobs/notes.txt", b"whatever\n")
        assert await shop.history("block.nc") == [("1.0", None), ("1.1", "better"), ("1.2", "best")]
        await shop.goes_home()
        await shop.finds_everything_that_was_written()
