"""What a search finds after all that can become of a name."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from pdm_desktop.cache import names
from pdm_desktop.cache.cache import Cache
from pdm_desktop.core.fold import Numbered
from server.protocol.calls import TreeHead
from server.protocol.events import FileAdded, FileDeleted, FileMoved, FileUpdated, FolderMoved, VaultEvent
from server.protocol.vault import File, Vault
from server.protocol.wire import plain
from tests.support.facts import file, locked

LATER = 8
"""So many rows become a block in these tests."""
PIECES = ("op1", "OP2", "ß", "Ä", "block", "o", ".nc", " ")
TEXTS = ("op", "ss", "ä", "zq", "block", "1", "op1.nc", "op1op2", "kop", " .", "blockblock")


class Told:
    """A cache that is told one event after the other, and what its vault is by that."""

    def __init__(self, path: Path) -> None:
        self.cache = Cache(path)
        self.cache.put_vaults("e", [Vault(id="v", name="Production", role="editor", seq=0)])
        self.files: dict[str, File] = {}
        self._seq = 0

    def begin(self, *files: File) -> None:
        self.cache.begin_snapshot()
        for each in files:  # a block each
            self.files[each.id] = each
            self.cache.add_to_snapshot(msgspec.json.encode(plain(each)))
        self.cache.finish_snapshot(TreeHead(epoch="e", vault="v", seq=self._seq, files=len(files)))

    def hear(self, event: VaultEvent) -> None:
        self._seq += 1
        self.cache.apply([Numbered(vault="v", seq=self._seq, event=event)])

    def put(self, now: File) -> None:
        """Added, or moved, or with a new revision."""
        before = self.files.get(now.id)
        self.files[now.id] = now
        if before is None:
            self.hear(FileAdded(file=now, by="Mei Tanaka"))
        elif before.path != now.path:
            self.hear(FileMoved(file=now, from_=before.path, by="Mei Tanaka"))
        else:
            self.hear(FileUpdated(file=now, by="Mei Tanaka"))

    def take_out(self, id_: str) -> None:
        self.hear(FileDeleted(file=self.files.pop(id_), by="Mei Tanaka"))

    def found(self, text: str) -> list[str]:
        return sorted(each.id for _, each in self.cache.search(text, 1_000).files)

    def having(self, text: str) -> list[str]:
        wanted = text.casefold()
        return sorted(each.id for each in self.files.values() if wanted in each.filename.casefold())

    def blocks(self) -> int:
        (found,) = self.cache._connection.execute("SELECT count(*) FROM names_1").fetchone()
        return int(found)


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    monkeypatch.setattr(names, "LATER", LATER)
    made = Told(tmp_path / "cache.sqlite3")
    yield made
    made.cache.close()


def test_what_is_found_is_what_has_such_a_name(told: Told) -> None:
    dice = random.Random(4)
    told.begin(*(file(f"s{n}", f"a/{n}{dice.choice(PIECES)}.nc") for n in range(12)))
    for number in range(300):
        some = dice.choice([*told.files, f"n{number}", f"n{number}"])
        path = f"{dice.choice('ab')}/{number}{''.join(dice.choices(PIECES, k=2))}"
        match dice.randrange(4):
            case 0 if some in told.files:
                told.take_out(some)
            case 1 if some in told.files:
                told.put(replace(told.files[some], head=file(number="7.3").head))
            case 2 if some in told.files:
                told.put(file(some, f"c/{told.files[some].filename}"))
            case _:
                told.put(file(some, path))
        for text in dice.sample(TEXTS, 3):
            assert told.found(text) == told.having(text), text
    assert told.blocks() > 12 + 5, "what came later is in blocks too"


def test_a_file_in_the_place_of_the_last_one_is_found(told: Told) -> None:
    told.begin(file("f1", "a/first.nc"), file("f2", "a/last.nc"))
    told.take_out("f2")
    told.put(file("f3", "a/other.nc"))
    assert told.found("other") == ["f3"]
    assert told.found("last") == []


def test_a_name_that_stays_keeps_its_line(told: Told) -> None:
    told.begin(file("f1", "a/x.nc"))
    before = told.cache._connection.execute("SELECT row FROM files_1").fetchall()
    told.put(file("f1", "a/x.nc", number="1.4"))
    told.put(file("f1", "b/x.nc", number="1.4"))
    told.hear(locked("b/x.nc"))
    told.hear(FolderMoved(from_="b", to="z", by="Mei Tanaka"))
    assert told.cache._connection.execute("SELECT row FROM files_1").fetchall() == before
    assert [(each.path, each.head.number) for _, each in told.cache.search("x", 10).files] == [("z/x.nc", "1.4")]


def test_what_comes_is_looked_at_one_by_one_until_it_is_enough_for_a_block(told: Told) -> None:
    told.begin(file("f0", "a/0.nc"))
    for number in range(1, LATER + 1):
        told.put(file(f"f{number}", f"a/{number}.nc"))
    assert told.blocks() == 1
    told.put(file("one more", "a/more.nc"))
    assert told.blocks() == 2
    assert len(told.found("nc")) == LATER + 2


def test_an_end_of_line_in_a_name_moves_no_other_name(told: Told) -> None:
    told.cache.begin_snapshot()
    told.cache.add_to_snapshot(b"\n".join(msgspec.json.encode(plain(file(n, f"a/{n}.nc"))) for n in ("x\ny", "z")))
    told.cache.finish_snapshot(TreeHead(epoch="e", vault="v", seq=0, files=2))
    assert told.found("z.nc") == ["z"]
    assert told.found("x") == ["x\ny"]
