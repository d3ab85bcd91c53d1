"""Everything that concerns one person alone comes in one answer, and nothing of others."""

from server.domain.session import Session
from server.protocol import calls
from server.services import asking, checkout, hearing, messages, mine, waiting, watches
from tests.support.vault_data import VaultData


async def lists_of(data: VaultData, who: Session) -> calls.MyLists:
    return await data.store.read(lambda c: mine.my_lists(c, who))


async def test_who_has_nothing_is_told_so(data: VaultData, anna: Session) -> None:
    assert await lists_of(data, anna) == calls.MyLists(
        requests=[], lines=[], watches=[], hearing=calls.Hearing(rule="all", quiet=[]), messages=[]
    )


async def test_all_of_mine_is_in_it_and_what_concerns_only_others_is_not(
    data: VaultData, anna: Session, ben: Session
) -> None:
    cleo, ada = await data.person("Cleo"), await data.person("Ada", administrator=True)
    file = (await data.add(anna, "a.nc")).file.id
    await data.do(checkout.check_out, anna, file, calls.CheckOut())
    asked = await data.do(asking.ask_for_file, ben, file, calls.AskForFile())
    line = await data.do(waiting.wait_for_file, ben, file)
    watched = await data.do(watches.add_watch, ben, calls.AddWatch(vault=data.vault, folder=""))
    chosen = await data.do(hearing.choose_hearing, ben, calls.ChooseHearing(rule="none"))
    await data.do(messages.send_message, ada, calls.SendMessage(to="Ben", text="Tea!"))
    bens, annas, cleos = [await lists_of(data, who) for who in (ben, anna, cleo)]
    assert (bens.requests, bens.lines, bens.watches, bens.hearing) == ([asked], [line], [watched], chosen)
    assert [(each.kind, each.text) for each in bens.messages] == [("message", "Tea!")]
    assert (annas.requests, annas.lines, annas.watches, annas.messages) == ([asked], [], [], [])
    assert (cleos.requests, cleos.lines, cleos.watches, cleos.messages) == ([], [], [], [])
    assert annas.hearing == cleos.hearing == calls.Hearing(rule="all", quiet=[])
