"""What a vault's rules refuse is not sent: the person is told the server's own sentence before a byte travels."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.transfer import upload
from server.protocol import calls
from server.protocol.vault import Vault
from server.protocol.vault_rules import VaultRules
from tests.support.client import Client, signed_in
from tests.support.seat_parts import Workplace, workplace
from tests.support.server import RealServer

RULES = VaultRules(extensions=[".nc"], max_bytes=1_000)


@pytest.fixture
def large() -> bytes:
    """More than the rules allow, and new to the server: what it has already need not be sent."""
    return uuid.uuid4().bytes * 75


@pytest.fixture(autouse=True)
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is announced first, as what has more than a few MiB is."""
    monkeypatch.setattr(upload, "SMALL", 100)


@dataclass
class Watched:
    """Seats' calls; what was sent with them."""

    parts: int = 0
    made: list[VaultCalls] = field(default_factory=list)

    def __call__(self, inner: VaultCalls) -> VaultCalls:
        watched, append = self, inner.append

        async def counted(*named: Any, **said: Any) -> Any:
            watched.parts += said["size"] > 0
            return await append(*named, **said)

        inner.append = counted  # type: ignore[method-assign] # this one is only counted
        return inner


@dataclass
class Ruled:
    """A vault of its own whose rules can be changed."""

    eva: Client
    vault: str

    async def rule(self, rules: VaultRules) -> None:
        await self.eva.change("PUT", f"/vaults/{self.vault}/rules", rules)


@pytest.fixture
async def ruled(shop_server: RealServer) -> AsyncIterator[Ruled]:
    async with signed_in(shop_server.address, "Eva") as eva:
        made = await eva.change("POST", "/vaults", calls.AddVault(name=f"Ruled {uuid.uuid4().hex}"))
        yield Ruled(eva, msgspec.json.decode(made, type=Vault).id)


async def add(place: Workplace, vault: str, source: Path, content: bytes) -> tuple[Outcome, str]:
    await asyncio.to_thread(source.write_bytes, content)
    result = await place.one(requests.AddFiles(vault=vault, folder="", sources=(str(source),)))
    return result.outcome, result.text


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("plate.nc", 1200, "“plate.nc” has 1.2 kB, and files of this vault have 1 kB at most"),
        ("plate.pdf", 600, "“plate.pdf” has another extension than those of this vault (.nc)"),
    ],
    ids=["size", "extension"],
)
async def test_a_new_file_that_may_not_come_is_not_sent(
    anna: Client, ruled: Ruled, tmp_path: Path, large: bytes, name: str, size: int, words: str
) -> None:
    content = large[:size]
    await ruled.rule(RULES)
    watched = Watched()
    async with workplace(anna, tmp_path / "seat", around=watched) as place:
        outcome, text = await add(place, ruled.vault, tmp_path / name, content)
        assert (outcome, words in text, watched.parts) == (Outcome.REFUSED, True, 0), text
        assert (tmp_path / name).read_bytes() == content
        assert place.journal.unfinished() == []
        outcome, text = await add(place, ruled.vault, tmp_path / "good.nc", large[:601])
        assert (outcome, watched.parts) == (Outcome.DONE, 1), text


@pytest.mark.parametrize("together", [False, True], ids=["one", "a set"])
async def test_a_check_in_that_is_too_large_is_not_sent_and_the_work_and_the_lock_stay(
    anna: Client, ruled: Ruled, tmp_path: Path, large: bytes, *, together: bool
) -> None:
    watched = Watched()
    files = [(await anna.add(ruled.vault, f"{name}.nc", b"G0\n")).file for name in ("a", "b")]
    ids = tuple(each.id for each in files)
    async with workplace(anna, tmp_path, around=watched) as place:
        await place.do(requests.CheckOut(files=ids))
        folder = next(each.parent for each in place.root.rglob("a.nc"))
        for each in files:
            (folder / each.filename).write_bytes(large)
        await ruled.rule(RULES)
        results = await place.do(requests.CheckIn(files=ids, together=together))
        refused = [each for each in results if each.outcome is Outcome.REFUSED]
        assert refused, results
        assert any("and files of this vault have 1 kB at most" in each.text for each in refused)
        assert watched.parts == 0
        assert {(folder / each.filename).read_bytes() for each in files} == {large}
        assert [(await anna.file(each)).file.lock is not None for each in ids] == [True, True]
        await ruled.rule(VaultRules())
        results = await place.do(requests.CheckIn(files=ids, together=together))
        assert {each.outcome for each in results} == {Outcome.DONE}


async def test_work_that_is_handed_over_is_sent_whatever_its_size(
    anna: Client, tomas: Client, ruled: Ruled, tmp_path: Path, large: bytes
) -> None:
    watched = Watched()
    file = (await anna.add(ruled.vault, "a.nc", b"G0\n")).file
    async with workplace(anna, tmp_path, around=watched) as place:
        await place.do(requests.CheckOut(files=(file.id,)))
        next(place.root.rglob("a.nc")).write_bytes(large)
        await ruled.rule(RULES)
        result = await place.one(requests.Transfer(file=file.id, to="Tomas"))
        assert (result.outcome, watched.parts) == (Outcome.DONE, 1), result
    came = await tomas.get(f"/files/{file.id}/handover", calls.HandedOver)
    assert came.parked is not None
