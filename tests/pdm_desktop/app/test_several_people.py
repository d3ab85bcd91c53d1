"""Several people take turns at one computer: each has a seat and a folder of their own, and finds them again."""

import uuid
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pdm_desktop import config
from pdm_desktop.app.options import Options
from pdm_desktop.app.program import Program
from pdm_desktop.app.sign_in import SignedIn, SignInDesk
from pdm_desktop.core.requests import CheckIn, CheckOut, GetLatest, SignIn, SignOut
from pdm_desktop.core.results import Trouble
from pdm_desktop.state.account import Account, Phase
from pdm_desktop.state.store import Store
from tests.support.client import PASSWORD, Client
from tests.support.running_program import MemoryKeyring, is_asked, running
from tests.support.seat_parts import local_now, until
from tests.support.server import RealServer

OWN_FOLDER = "Your files are in a folder of your own"


async def begin(program: Program, server: RealServer, name: str) -> Account:
    """This person signs in, and the program has caught up."""
    await until(is_asked(program))
    program.submit(SignIn(server=server.address, name=name, password=PASSWORD))
    await until(lambda: program.store.connection.phase is Phase.IN_STEP)
    assert program.store.account is not None
    return program.store.account


async def end(program: Program) -> None:
    """The person signs out."""
    program.submit(SignOut())
    await until(is_asked(program))


def told(program: Program) -> list[str]:
    """What the person was told of the folder."""
    entries = [entry.what for entry in program.store.activity.entries()]
    return [each.text for each in entries if isinstance(each, Trouble) and each.title == OWN_FOLDER]


async def test_who_comes_back_finds_everything_as_it_was(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring, anna: Client
) -> None:
    first, last = b"G0 X0\n", b"Anna's work"
    file = (await anna.add(await anna.vault(), f"{uuid.uuid4().hex}.nc", first)).file
    assert options.workspace is not None
    hers, his = options.workspace, options.workspace.with_name(f"{options.workspace.name} (Tomas)")
    async with running(qapp, options) as program:
        before = await begin(program, shop_server, "Anna")
        program.submit(CheckOut(files=(file.id,)))
        copy = hers / "Production" / file.path
        await until(copy.exists)
        await until(lambda: file.id in program.store.local)
        copy.write_bytes(last)
        await end(program)

        between = await begin(program, shop_server, "Tomas")
        assert (before.workspace, between.workspace) == (str(hers), str(his))
        assert between.seat != before.seat
        assert told(program) == [f"{hers} belongs to Anna; your files are in {his}."]
        program.submit(GetLatest(files=(file.id,)))
        await until((his / "Production" / file.path).exists)
        await end(program)

        after = await begin(program, shop_server, "Anna")
        assert (after.workspace, after.seat) == (before.workspace, before.seat)
        assert told(program) == []
        assert copy.read_bytes() == last
        program.submit(CheckIn(files=(file.id,), comment="mine"))
        await until(lambda: not program.store.locks.mine(program.store.reader))
        await end(program)

        assert (await begin(program, shop_server, "Tomas")).workspace == str(his)
        assert told(program) == [], "it is said once"
    assert await anna.content(file.id) == last


async def test_a_kept_sign_in_goes_on_in_the_persons_own_folder(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    async with running(qapp, options) as program:
        await begin(program, shop_server, "Anna")
        await end(program)
        before = await begin(program, shop_server, "Tomas")
    async with running(qapp, replace(options, workspace=None)) as again:
        await until(lambda: again.store.connection.phase is Phase.IN_STEP)
        assert again.store.account is not None
        assert (again.store.account.workspace, again.store.account.seat) == (before.workspace, before.seat)
        assert told(again) == []


async def test_each_person_keeps_a_seat(shop_server: RealServer, tmp_path: Path) -> None:
    begun: list[SignedIn] = []
    desk = SignInDesk(Store(clock=local_now), of_folder(tmp_path), begun.append)
    for name in ("Anna", "Tomas", "anna", "Tomas"):
        await desk.sign_in(SignIn(server=shop_server.address, name=name, password=PASSWORD, stay=False))
    people = [(each.account.person, each.account.seat) for each in begun]
    assert [person for person, _ in people] == ["Anna", "Tomas", "Anna", "Tomas"]
    assert people[0] == people[2]
    assert people[1] == people[3]
    assert people[0][1] != people[1][1]


async def test_a_seat_that_belongs_to_somebody_else_is_given_up_for_a_new_one(
    shop_server: RealServer, tmp_path: Path, anna: Client
) -> None:
    """The settings were copied, or changed by hand."""
    begun: list[SignedIn] = []
    desk = SignInDesk(Store(clock=local_now), of_folder(tmp_path), begun.append)
    taken = config.Person(server=anna.server, address=anna.address, name="Tomas", seat=anna.seat, workspace="kept")
    config.save(tmp_path, config.Config(people=(taken,)))
    await desk.sign_in(SignIn(server=shop_server.address, name="Tomas", password=PASSWORD, stay=False))
    (signed_in,) = begun
    assert signed_in.account.seat != anna.seat
    (person,) = config.load(tmp_path).people
    assert (person.seat, person.workspace) == (signed_in.account.seat, "kept")


def of_folder(data: Path) -> Options:
    """A start with its settings there."""
    return Options(data=data, workspace=None, server="", name="", computer="CAM-1", profile="", tray=True)
