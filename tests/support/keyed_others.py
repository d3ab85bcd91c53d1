"""Calls that change something else than files: uploads, vaults, people, messages. And what changes nothing."""

from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select, update

from server.protocol import calls
from server.protocol.set_rule import DEFAULT_RULE
from server.services import inbox
from server.storage.tables import message, person
from tests.support.keyed import NONE, Effect, Wanted
from tests.support.keyed_files import LAPTOP, free, held, next_revision, on_the_laptop
from tests.support.sim_shop import SimShop

SAID = datetime(2026, 1, 2, tzinfo=UTC)


async def begin_upload(shop: SimShop) -> Wanted:
    """In parts; nothing of it is here."""
    wish = calls.Announced(size=5, hash="0" * 64)
    other = calls.Announced(size=6, hash="0" * 64)
    return Wanted("POST", "/uploads/begin", wish, Effect(uploads=1), other=other)


async def add_vault(shop: SimShop) -> Wanted:
    """By an administrator."""
    await administers(shop)
    wish, other = calls.AddVault(name="Tooling"), calls.AddVault(name="Fixtures")
    return Wanted("POST", "/vaults", wish, Effect(audit=1, vaults=1), other=other)


async def rule_sets(shop: SimShop) -> Wanted:
    """Afterwards there is another rule."""
    await administers(shop)
    path = f"/vaults/{shop.server.vault}/sets"

    async def ruled_otherwise(shop: SimShop) -> None:
        await shop.anna.change("PUT", path, calls.RuleSets())

    wish, other = calls.RuleSets(rule=DEFAULT_RULE), calls.RuleSets()
    return Wanted("PUT", path, wish, Effect(audit=1), other=other, then=ruled_otherwise)


async def add_person(shop: SimShop) -> Wanted:
    """The other call has another password alone, which stands nowhere in the store."""
    await administers(shop)
    wish = calls.AddPerson(name="Ida", password="the first of her passwords")
    other = calls.AddPerson(name="Ida", password="the second of her passwords")
    return Wanted("POST", "/people", wish, Effect(audit=1, people=1), other=other)


async def disable_person(shop: SimShop) -> Wanted:
    """She has a session, which ends."""
    await administers(shop)
    await shop.server.sign_in("Ida", "seat-ida")

    async def is_here_again(shop: SimShop) -> None:
        await shop.anna.change("PUT", "/people/Ida/password", calls.SetPassword(password="another of her passwords"))
        await shop.server.sign_in("Ida", "seat-ida")

    return Wanted("DELETE", "/people/Ida", None, Effect(audit=1, ended=1), then=is_here_again)


async def require_token(shop: SimShop) -> Wanted:
    """Ida has an account at GitLab. Afterwards no token is demanded of her."""
    await known_to_gitlab(shop)
    path = "/people/Ida/token"

    async def demands_none(shop: SimShop) -> None:
        await shop.anna.change("PUT", path, calls.RequireToken(wanted=False))

    wish, other = calls.RequireToken(wanted=True), calls.RequireToken(wanted=False)
    return Wanted("PUT", path, wish, Effect(audit=1), other=other, then=demands_none)


async def link_gitlab(shop: SimShop) -> Wanted:
    """Afterwards the link is taken back."""
    await administers(shop)
    await shop.server.sign_in("Ida", "seat-ida")
    path = "/people/Ida/gitlab"

    async def unlinked(shop: SimShop) -> None:
        await shop.anna.change("DELETE", path)

    wish, other = calls.LinkGitlab(gitlab=42), calls.LinkGitlab(gitlab=43)
    return Wanted("PUT", path, wish, Effect(audit=1), other=other, then=unlinked)


async def unlink_gitlab(shop: SimShop) -> Wanted:
    """Afterwards Ida is linked again."""
    await known_to_gitlab(shop)
    path = "/people/Ida/gitlab"

    async def linked(shop: SimShop) -> None:
        await shop.anna.change("PUT", path, calls.LinkGitlab(gitlab=42))

    return Wanted("DELETE", path, None, Effect(audit=1), then=linked)


async def known_to_gitlab(shop: SimShop) -> None:
    """Ida is, and Anna administers the server."""
    await administers(shop)
    await shop.server.sign_in("Ida", "seat-ida")
    await shop.anna.change("PUT", "/people/Ida/gitlab", calls.LinkGitlab(gitlab=42))


async def end_seat(shop: SimShop) -> Wanted:
    """Her laptop. Afterwards she signs in there again."""
    await shop.server.sign_in("Anna", LAPTOP)

    async def is_there_again(shop: SimShop) -> None:
        await shop.server.sign_in("Anna", LAPTOP)

    return Wanted("DELETE", f"/session/seats/{LAPTOP}", None, Effect(audit=1, ended=1), then=is_there_again)


async def acknowledge(shop: SimShop) -> Wanted:
    """Anna has two messages, of locks that she took over on her laptop, and has seen the first."""
    for name in "ab":
        file = await held(shop, f"Jobs/{name}.nc")
        await shop.server.sign_in("Anna", LAPTOP)
        await shop.elsewhere(file.file.id)
    wish, other = calls.Acknowledge(number=1), calls.Acknowledge(number=2)
    return Wanted("POST", "/inbox/acknowledge", wish, Effect(seen=1), other=other)


async def understand(shop: SimShop) -> Wanted:
    """A message of an administrator."""
    await told_by_olga(shop)
    return Wanted("POST", "/inbox/1/acknowledge", None, Effect(audit=1))


async def told_by_olga(shop: SimShop) -> None:
    """Olga, who administers, has told Anna something: it is Anna's first message."""

    def tell(connection: Connection) -> None:
        people = {row.name: row.id for row in connection.execute(select(person.c.name, person.c.id))}
        row = {"id": "m1", "sender": people["Tomas"], "everybody": False, "text": "At 17:00 all stops.", "at": SAID}
        connection.execute(insert(message).values(row))
        inbox.send(
            connection,
            people["Anna"],
            inbox.Message(kind="message", by="Tomas", text=row["text"], message="m1"),
            at=SAID,
        )

    await shop.server.write(tell)


async def watch(shop: SimShop) -> Wanted:
    """A folder. Afterwards Anna watches it no longer."""
    await free(shop)

    async def ended(shop: SimShop) -> None:
        [one] = (await shop.anna.get("/session/mine", calls.MyLists)).watches
        await shop.anna.change("DELETE", f"/watches/{one.id}")

    wish = calls.AddWatch(vault=shop.server.vault, folder="Jobs")
    other = calls.AddWatch(vault=shop.server.vault, folder="")
    return Wanted("PUT", "/watches", wish, Effect(audit=1), other=other, then=ended)


async def stop_watching(shop: SimShop) -> Wanted:
    """What Anna watches."""
    wish = calls.AddWatch(vault=shop.server.vault, folder="")
    await shop.anna.change("PUT", "/watches", wish)
    [one] = (await shop.anna.get("/session/mine", calls.MyLists)).watches
    return Wanted("DELETE", f"/watches/{one.id}", None, Effect(audit=1))


async def choose_hearing(shop: SimShop) -> Wanted:
    """Nothing more. Afterwards Anna wants to hear of all again."""

    async def otherwise(shop: SimShop) -> None:
        await shop.anna.change("PUT", "/session/hearing", calls.ChooseHearing(rule="all"))

    wish, other = calls.ChooseHearing(rule="none"), calls.ChooseHearing(rule="local")
    return Wanted("PUT", "/session/hearing", wish, Effect(audit=1), other=other, then=otherwise)


async def buried(shop: SimShop) -> str:
    """A deleted file; its id. Anna administers its vault."""
    await administers(shop)
    file = await free(shop)
    await shop.tomas.delete(file.id)
    return file.id


async def ask_purge(shop: SimShop) -> Wanted:
    """Afterwards it is to be kept after all."""
    path = f"/files/{await buried(shop)}/purge"

    async def called_off(shop: SimShop) -> None:
        await shop.anna.change("DELETE", path)

    return Wanted("POST", path, None, Effect(audit=1), then=called_off)


async def call_purge_off(shop: SimShop) -> Wanted:
    """Afterwards it is to be purged again."""
    path = f"/files/{await buried(shop)}/purge"
    await shop.anna.change("POST", path)

    async def asked_again(shop: SimShop) -> None:
        await shop.anna.change("POST", path)

    return Wanted("DELETE", path, None, Effect(audit=1), then=asked_again)


async def begin_backup(shop: SimShop) -> Wanted:
    """It is made beside everything else. Afterwards it is made, and another could begin."""
    await administers(shop)

    async def made(shop: SimShop) -> None:
        shop.server.ends_the_backup()

    return Wanted("POST", "/backups", None, Effect(audit=1), then=made)


async def administers(shop: SimShop) -> None:
    """Anna may do what administrators may."""
    await shop.server.write(
        lambda connection: connection.execute(update(person).where(person.c.name == "Anna").values(administrator=True))
    )


# What changes nothing now, and would later


async def check_out_again(shop: SimShop) -> Wanted:
    """She has it. Afterwards she gives it back."""
    state = await held(shop)
    other = calls.CheckOut(message="for something else")
    return Wanted("POST", f"/files/{state.file.id}/checkout", calls.CheckOut(), NONE, state.file.id, other)


async def ask_purge_again(shop: SimShop) -> Wanted:
    """It is to be purged already. Afterwards it is to be kept."""
    path = f"/files/{await buried(shop)}/purge"
    await shop.anna.change("POST", path)

    async def called_off(shop: SimShop) -> None:
        await shop.anna.change("DELETE", path)

    return Wanted("POST", path, None, NONE, then=called_off)


async def check_out_set_again(shop: SimShop) -> Wanted:
    """She has both. Afterwards she gives both back."""
    files = [(await held(shop, f"Jobs/{name}.nc")).file.id for name in "ab"]

    async def given_back(shop: SimShop) -> None:
        await shop.anna.undo(await shop.anna.file(files[1]))

    wish, other = calls.CheckOutFiles(files=files), calls.CheckOutFiles(files=files, message="other")
    return Wanted("POST", "/files/set/checkout", wish, NONE, files[0], other, then=given_back)


async def adopt_again(shop: SimShop) -> Wanted:
    """It is here. Afterwards she has it on her laptop."""
    file = (await held(shop)).file.id

    async def taken_over(shop: SimShop) -> None:
        await shop.anna.undo(await shop.anna.file(file))
        await on_the_laptop(shop, file)

    return Wanted("POST", f"/files/{file}/adopt", None, NONE, then=taken_over)


async def move_nowhere(shop: SimShop) -> Wanted:
    """It is there. Afterwards somebody moves it."""
    file = await free(shop)

    async def moved(shop: SimShop) -> None:
        await shop.tomas.move(file.id, "Jobs/elsewhere.nc")

    other = calls.MoveFile(path="Jobs/otherwise.nc")
    return Wanted("POST", f"/files/{file.id}/move", calls.MoveFile(path=file.path), NONE, other=other, then=moved)


async def move_folder_nowhere(shop: SimShop) -> Wanted:
    """It is spelled so. Afterwards somebody spells it otherwise."""
    await free(shop)

    async def spelled_otherwise(shop: SimShop) -> None:
        await shop.tomas.move_folder(shop.server.vault, "Jobs", "JOBS")

    wish, other = calls.MoveFolder(path="Jobs", to="Jobs"), calls.MoveFolder(path="Jobs", to="Old jobs")
    path = f"/vaults/{shop.server.vault}/folders/move"
    return Wanted("POST", path, wish, NONE, other=other, then=spelled_otherwise)


async def park_what_is_stored(shop: SimShop) -> Wanted:
    """A revision since then has that very content. It will always have it: revisions stay (N5)."""
    state = await held(shop)
    last = await next_revision(shop, state)
    await shop.anna.change("POST", f"/files/{state.file.id}/checkin", last)
    wish = calls.ParkWork(upload=last.upload, base=last.base, token=last.token, size=last.size, hash=last.hash)
    other = calls.ParkWork(
        upload=last.upload, base=last.base, token=last.token, size=last.size, hash=last.hash, comment="other"
    )
    return Wanted("POST", f"/files/{state.file.id}/park", wish, NONE, other=other)
