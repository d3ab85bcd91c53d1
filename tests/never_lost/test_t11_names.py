"""T11: names that Windows cannot have, that lead elsewhere, or that are another's there. Refused before a byte (N13).

Each run has one name. Odd seeds ask the server to have such a file or folder, in one of the ways in which a path can be
asked for; even ones let a server that lies tell a seat of such a file. The verdict of a name is by how the test made
it, not by the product's rule.
"""

import json
import random
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import httpx
import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.fold import Numbered
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.sightings import Sighting
from server.protocol import calls
from server.protocol.events import FileMoved
from server.protocol.vault import File
from tests.support.client import Refusal
from tests.support.points import Call
from tests.support.sim import World, simulate
from tests.support.sim_shop import SimShop, sim_shop
from tests.support.tiers import Seeds

HONEST = "Jobs/Honest folder/honest-name.nc"
CONTENT = b"G0 X0 Y0\n"
DONE = 200


@pytest.mark.never_lost("T11", quick=400, full=20_000, batch=40)
def test_a_name_that_cannot_be_is_refused_before_a_byte_is_written(seeds: Seeds) -> None:
    for seed in seeds:
        simulate(seed, a_server_is_asked if seed % 2 else a_seat_is_told)


# The names


@dataclass(frozen=True)
class Name:
    """A path, how it was made, and whether a vault may have it."""

    path: str
    kind: str
    is_good: bool = False


def some_name(chance: random.Random) -> Name:
    """Any of them; a third is good, so that refusing everything is no way out."""
    kind = chance.choice([*BAD, *GOOD, *GOOD[: len(GOOD) // 2]])
    return Name(in_folders(kind(chance), chance), kind.__name__, kind in GOOD)


def in_folders(part: str, chance: random.Random) -> str:
    """The part stands for the file, or for a folder on the way."""
    return chance.choice(("{}", "Jobs/{}", "{}/plate.nc", "Jobs/{}/plate.nc", "a/b/{}")).replace("{}", part)


def mixed_case(text: str, chance: random.Random) -> str:
    return "".join(chance.choice((each.lower(), each.upper())) for each in text)


def a_device(chance: random.Random) -> str:
    devices = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
    devices += [f"{port}{number}" for port in ("COM", "LPT") for number in "0123456789\u00b9\u00b2\u00b3"]
    return mixed_case(chance.choice(devices), chance) + chance.choice(("", ".nc", ".tar.gz", " .nc", ".a b"))


def an_ending(chance: random.Random) -> str:
    return "plate" + chance.choice((".", " ", "..", ". ", " .", "   ", ".nc.", ".nc "))


def a_character(chance: random.Random) -> str:
    bad = chance.choice(["<", ">", ":", '"', "\\", "|", "?", "*", "\x7f", *map(chr, range(32))])
    place = chance.randint(0, len("plate.nc"))
    return "plate.nc"[:place] + bad + "plate.nc"[place:]


def a_stream(chance: random.Random) -> str:
    return chance.choice(("plate.nc:hidden", "plate.nc::$DATA", "C:plate.nc", "C:", ":"))


def a_way_out(chance: random.Random) -> str:
    return chance.choice(
        ("..", "../..", "../../outside.nc", "a/../../../outside.nc", ".", "./plate.nc", "a/..", "..\\outside.nc")
    )


def from_the_top(chance: random.Random) -> str:
    return chance.choice(("/etc/plate.nc", "//server/share/plate.nc", "C:\\plate.nc", "\\\\server\\share", "a//b", "/"))


def too_long_a_part(chance: random.Random) -> str:
    return chance.choice(("é", "图", "𝒙")) * 128


def too_long_a_path(chance: random.Random) -> str:
    return "/".join("x" * chance.randint(1, 60) for _ in range(241))


def a_leading_space(chance: random.Random) -> str:
    return f" {'plate.nc'[: chance.randint(1, 8)]}"


def no_text(chance: random.Random) -> str:
    return f"plate{chr(chance.randint(0xD800, 0xDFFF))}.nc"


def a_word(chance: random.Random) -> str:
    return chance.choice(("Zeichnung Ölpumpe (2)", "图纸", "2210-block-op10", "O1001", "ne\u0301e", "ﬁx", "😀 plate"))


def near_a_device(chance: random.Random) -> str:
    return chance.choice(
        ("CONSOLE", "COM", "COM10.nc", "NULL.nc", "xCON", "CON-1.nc", "AUX_plate.nc", "LPT", "COMa.nc")
    )


def with_dots_and_spaces(chance: random.Random) -> str:
    return chance.choice((".hidden", "a.b.c", "..plate.nc", "a  b.nc", "...nc", "a .b"))


def signs(chance: random.Random) -> str:
    return "plate" + "".join(chance.sample("!#$%&'()+,-;=@[]^_`{}~", 5)) + ".nc"


def as_long_as_may_be(chance: random.Random) -> str:
    return chance.choice(("é" * 80, "x" * 200, "图" * 70))


BAD = (
    a_device,
    an_ending,
    a_character,
    a_stream,
    a_way_out,
    from_the_top,
    too_long_a_part,
    too_long_a_path,
    a_leading_space,
    no_text,
)
GOOD = (a_word, near_a_device, with_dots_and_spaces, signs, as_long_as_may_be)


def twin_of(path: str, chance: random.Random) -> str:
    """What Windows takes for the same file, or what cannot be beside it."""
    return chance.choice(
        (
            path.upper(),
            path.swapcase(),
            unicodedata.normalize("NFD", path),
            unicodedata.normalize("NFD", path).upper(),
            f"{path}/below.nc",
            path.rpartition("/")[0],
            f"{path.rpartition('/')[0].upper()}/another.nc",
        )
    )


# The server


async def a_server_is_asked(world: World) -> None:
    chance = world.random
    async with sim_shop(world) as shop:
        taken = await shop.add(chance.choice((HONEST, "Jobs/Gehäuse/Größe é.nc", "Jobs/Ünite/plate.nc")), CONTENT)
        other = await shop.add("Elsewhere/other.nc", CONTENT)
        gone = await shop.add("Elsewhere/gone.nc", CONTENT)
        await shop.tomas.delete(gone.id)
        name = some_name(chance)
        if chance.random() < 0.3:
            name = Name(twin_of(taken.path, chance), "a twin")
        way = chance.choice(WAYS)
        if way is moves_a_folder and name.path == taken.path.rpartition("/")[0]:
            name = replace(name, kind="a folder to join", is_good=True)  # both of its files stay, in one folder
        world.note(way.__name__, name.kind, ascii(name.path))
        upload = await shop.tomas.upload(CONTENT)
        before = await everything_of(shop)
        status = await asked(way(shop, name.path, upload, (other, gone)))
        assert (status == DONE) == name.is_good, f"{name}: {status}"
        if not name.is_good:
            assert status in (400, 409, 413, 422), f"{name}: {status}"
            assert await everything_of(shop) == before, f"{name} was refused, and something changed"
            return
        paths = {each.path for each in (await shop.tomas.tree(shop.server.vault)).files.values()}
        assert any(unicodedata.normalize("NFC", name.path) in path for path in paths), paths


async def asked(call: Awaitable[object]) -> int:
    """The status of the answer. What is no text cannot even be sent."""
    try:
        await call
    except Refusal as refusal:
        return refusal.problem.status
    except UnicodeEncodeError:
        return 400
    return DONE


async def everything_of(shop: SimShop) -> object:
    """The files of the vault, what was written down of changes, and the names and sizes of what the server keeps."""
    tree = await shop.tomas.tree(shop.server.vault)
    blobs = shop.server.folder / "blobs"
    on_disk = sorted((str(each), each.stat().st_size) for each in blobs.rglob("*") if each.is_file())
    return tree, await shop.audit_rows(), on_disk


Known = tuple[File, File]
Way = Callable[[SimShop, str, calls.Upload, Known], Awaitable[object]]


async def adds(shop: SimShop, path: str, upload: calls.Upload, _known: Known) -> None:
    await shop.tomas.add_upload(shop.server.vault, path, upload)


async def adds_a_set(shop: SimShop, path: str, upload: calls.Upload, _known: Known) -> None:
    wish = [
        calls.AddFile(path=each, upload=upload.id, size=upload.size, hash=upload.hash)
        for each in ("Third/first of all.nc", path)
    ]
    await shop.tomas.change("POST", f"/vaults/{shop.server.vault}/files/set", calls.AddFiles(files=wish))


async def moves(shop: SimShop, path: str, _upload: calls.Upload, known: Known) -> None:
    await shop.tomas.move(known[0].id, path)


async def moves_a_folder(shop: SimShop, path: str, _upload: calls.Upload, _known: Known) -> None:
    await shop.tomas.move_folder(shop.server.vault, "Elsewhere", path)


async def restores(shop: SimShop, path: str, _upload: calls.Upload, known: Known) -> None:
    await shop.tomas.restore(known[1].id, path=path)


WAYS: tuple[Way, ...] = (adds, adds_a_set, moves, moves_a_folder, restores)


# The seat

WRITES = {
    "begin",
    "begin_beside",
    "write",
    "finish",
    "place",
    "place_new",
    "place_all_new",
    "exchange",
    "link",
    "move",
    "remove",
    "remove_empty",
    "clear",
    "set_writable",
}


class Writes:
    """Notes every call to the disk that could change something."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def before(self, call: Call) -> None:
        if call.port == "disk" and call.method in WRITES:
            self.calls.append(f"{call} {call.path}")

    def after(self, call: Call) -> None:
        """Nothing."""


class Lying(httpx.AsyncBaseTransport):
    """A server that says other paths than it has, from one moment on."""

    def __init__(self, real: httpx.AsyncBaseTransport) -> None:
        self._real = real
        self.lies: dict[str, str] = {}
        """What it says instead of a path."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._real.handle_async_request(request)
        content = b"".join([each async for each in cast("AsyncIterator[bytes]", answer.stream)])
        for path, said in self.lies.items():
            content = content.replace(json.dumps(path).encode(), json.dumps(said).encode())
        headers = [(name, value) for name, value in answer.headers.raw if name.lower() != b"content-length"]
        return httpx.Response(answer.status_code, headers=headers, content=content)


async def a_seat_is_told(world: World) -> None:
    chance = world.random
    name = some_name(chance)
    liars: list[Lying] = []

    def lying(real: httpx.AsyncBaseTransport) -> Lying:
        liars.append(Lying(real))
        return liars[-1]

    async with sim_shop(world, through=lying) as shop:
        file = await shop.add(HONEST, CONTENT)
        await shop.next_revision(file.id, CONTENT * 2)
        await shop.box.start()
        has_copy = chance.random() < 0.5
        if has_copy:
            await shop.box.one(requests.GetLatest(files=(file.id,)))
        wish = chance.choice(WISHES)
        world.note(wish.__name__, name.kind, ascii(name.path), has_copy)
        await shop.box.stop()
        writes = Writes()
        await shop.box.start(writes)
        liars[-1].lies = {HONEST: name.path}
        before, outside = shop.box.visible(), everything_in(world.folder, but=shop.box.root)
        writes.calls.clear()
        await wish(shop, file, name)
        if name.is_good:
            assert has_copy or writes.calls, f"{name} was refused"
            return
        assert writes.calls == [], f"something was written for {name}"
        assert shop.box.visible() == before
        assert everything_in(world.folder, but=shop.box.root) == outside


def everything_in(folder: Path, *, but: Path) -> list[str]:
    """What lies beside the workspace, but for the databases, which are the seat's own and the server's."""
    return sorted(
        str(each) for each in folder.rglob("*") if not each.is_relative_to(but) and ".sqlite3" not in each.name
    )


Wish = Callable[[SimShop, File, Name], Awaitable[None]]


async def _asks(shop: SimShop, request: FileRequest, name: Name) -> None:
    result = await shop.box.one(request)
    assert name.is_good or result.outcome in (Outcome.REFUSED, Outcome.UNFINISHED), result


async def gets_latest(shop: SimShop, file: File, name: Name) -> None:
    await _asks(shop, requests.GetLatest(files=(file.id,)), name)


async def checks_out(shop: SimShop, file: File, name: Name) -> None:
    await _asks(shop, requests.CheckOut(files=(file.id,)), name)


async def opens(shop: SimShop, file: File, name: Name) -> None:
    if shop.box.journal.copy(file.id) is None:
        await _asks(shop, requests.OpenFile(file=file.id), name)
    elif name.is_good:
        await gets_latest(shop, file, name)


async def opens_a_revision(shop: SimShop, file: File, name: Name) -> None:
    await _asks(shop, requests.OpenRevision(file=file.id, major=1, minor=0), name)


async def hears_of_a_move(shop: SimShop, file: File, name: Name) -> None:
    moved = FileMoved(file=replace(file, path=name.path), from_=HONEST, by="Tomas")
    event = Numbered(vault=shop.server.vault, seq=await shop.seq() + 1, event=moved)
    await shop.box.place.engine.happened(event)
    if name.is_good:
        await gets_latest(shop, file, name)


async def compares(shop: SimShop, file: File, name: Name) -> None:
    truth = await shop.truth()
    there = Sighting(vault=shop.server.vault, seq=await shop.seq() + 1, file=replace(file, path=name.path))
    await shop.box.place.engine.compare(replace(truth, sightings={file.id: there}))
    if name.is_good:
        await gets_latest(shop, file, name)


async def adds_from_here(shop: SimShop, file: File, name: Name) -> None:
    """The person types a folder that cannot be, for a file that is here: not a byte is sent for it."""
    source = shop.world.folder / "desk" / "plate.nc"
    source.parent.mkdir(exist_ok=True)
    source.write_bytes(CONTENT * 3)
    before = await everything_of(shop)
    with suppress(UnicodeEncodeError):
        await _asks(shop, requests.AddFiles(vault=shop.server.vault, folder=name.path, sources=(str(source),)), name)
    if not name.is_good:
        assert await everything_of(shop) == before, "content was sent for a name that cannot be"
    source.unlink()
    source.parent.rmdir()
    if name.is_good:
        await gets_latest(shop, file, name)


WISHES: tuple[Wish, ...] = (
    gets_latest,
    checks_out,
    opens,
    opens_a_revision,
    hears_of_a_move,
    compares,
    adds_from_here,
)
