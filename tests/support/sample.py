"""Believable data of one shop on one Thursday morning, 10:42: Sam Becker sits at CAM-02."""

from datetime import datetime, timedelta, timezone
from typing import Any

from pdm_desktop.core.actions import Suspicion
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.issues import Absent, Conflict, DeletedCopy, Doubt, Here, MassDeletion, in_order
from pdm_desktop.core.parked import ParkedHere
from pdm_desktop.core.recovery import KeptFile
from pdm_desktop.core.requests import GetLatest
from pdm_desktop.core.strangers import Stranger
from pdm_desktop.core.waiting import Stand, WaitingCheckIn
from pdm_desktop.state.account import Account, Connection, Phase
from pdm_desktop.state.listing import Kind, View
from pdm_desktop.state.locks import HeldFile
from pdm_desktop.state.snapshot import Snapshot
from pdm_desktop.state.store import Store
from pdm_desktop.state.transfers import Transfer, TransferState
from server.protocol.calls import FileState, ParkedVersion
from server.protocol.calls import History as HistoryPage
from server.protocol.vault import File, Lock, Revision, Vault

NOW = datetime(2026, 11, 26, 10, 42, tzinfo=timezone(timedelta(hours=1)))
FOLDER = "Hydraulics/2210 Manifold block"
ME, MY_SEAT, MY_COMPUTER = "Sam Becker", "seat-cam-02", "CAM-02"
AWAY = {"Priya Shah": NOW - timedelta(minutes=25)}
ONLINE = ("Sam Becker", "Anna Novak", "Tomas Ruiz", "Luca Ferri", "Mei Tanaka", "Priya Shah")
MB = 1_000_000

FOLDERS = {
    "production": [
        ("Aerospace/4471 Bracket", 12), ("Aerospace/4502 Housing", 40), ("Hydraulics/2204 End cap", 9), (FOLDER, 16),
        ("Hydraulics/2214 Valve body", 21), ("Medical/6020 Bone plate", 17), ("Prototypes", 4),
    ],
    "fixtures": [("Soft jaws", 30), ("Tombstones", 12)],
    "tools": [("", 310)],
    "archive": [("", 4)],
}  # fmt: skip
VAULTS = (("production", "Production"), ("fixtures", "Fixtures"), ("tools", "Tool library"), ("archive", "Archive"))


def _ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def _lock(person: str, computer: str, since: datetime, why: str | None) -> Lock:
    return Lock(locked_by=person, seat=f"seat-{computer.lower()}", computer=computer, since=since, token=7, message=why)


def _file(name: str, number: str, size: float, at: datetime, lock: Lock | None = None) -> File:
    major, minor = (int(part) for part in number.split("."))
    head = Revision(major=major, minor=minor, size=round(size * MB), hash="0" * 64, author="Mei Tanaka", at=at)
    return File(id=name, path=f"{FOLDER}/{name}", head=head, lock=lock)


FILES = (
    _file("2210-block.sldasm", "7.1", 48.2, _ago(minutes=26),
          _lock("Anna Novak", "CAD-04", _ago(minutes=26), "Moving port B, see change 318")),
    _file("2210-block.sldprt", "12.3", 22.7, _ago(minutes=41),
          _lock(ME, MY_COMPUTER, _ago(minutes=41), "Chamfer on the ports")),
    _file("2210-block-op10.mcam", "5.2", 184.6, _ago(hours=2, minutes=14),
          _lock("Tomas Ruiz", "CAM-07", _ago(hours=2, minutes=14), "Roughing, new 50 mm face mill")),
    _file("2210-block-op10.nc", "5.2", 3.1, _ago(hours=17, minutes=52)),
    _file("2210-block-op20.mcam", "3.8", 131.0, _ago(days=2),
          _lock(ME, MY_COMPUTER, _ago(hours=1, minutes=5), "Finish bores with the new reamer")),
    _file("2210-block-op20.nc", "3.8", 2.4, _ago(days=2),
          _lock(ME, MY_COMPUTER, _ago(hours=1, minutes=5), "Finish bores with the new reamer")),
    _file("2210-block-setup.pdf", "3.0", 1.8, _ago(days=2, hours=20)),
    _file("2210-cover.sldprt", "4.1", 9.6, _ago(minutes=47)),
    _file("2210-cover-op10.mcam", "3.0", 56.3, _ago(minutes=45)),
    _file("2210-cover-op10.nc", "2.6", 0.88, _ago(days=14)),
    _file("2210-fixture.sldasm", "6.5", 35.5, _ago(hours=17)),
    _file("2210-fixture-plate.sldprt", "2.2", 11.9, _ago(days=3, hours=2),
          _lock("Jan Kowalski", "CAM-03", _ago(days=3, hours=2), "Dowel holes")),
    _file("2210-plug.step", "1.0", 0.64, _ago(days=22)),
    _file("2210-plug-op10.emcam", "1.2", 18.4, _ago(days=22)),
    _file("2210-spool.sldprt", "8.0", 14.2, _ago(days=29)),
    _file("2210-spool-sim.vnc", "2.1", 27.8, _ago(days=400)),
)  # fmt: skip
ELSEWHERE = (
    HeldFile(vault="production", file="x1", path="Aerospace/4502 Housing/4502-housing.sldprt",
             lock=_lock("Anna Novak", "CAD-04", _ago(hours=3), "Wall 4 mm")),
    HeldFile(vault="production", file="x2", path="Aerospace/4502 Housing/4502-housing-op20.mcam",
             lock=_lock("Luca Ferri", "CAM-06", _ago(hours=4), "Probe cycle")),
    HeldFile(vault="production", file="x3", path="Medical/6020 Bone plate/6020-plate-op30.mcam",
             lock=_lock("Priya Shah", "CAM-05", _ago(hours=28), "Five-axis finish")),
    HeldFile(vault="fixtures", file="x4", path="Tombstones/tombstone-4.sldasm",
             lock=_lock("Jan Kowalski", "CAM-03", _ago(days=3), None)),
    HeldFile(vault="tools", file="x5", path="endmills.tooldb",
             lock=_lock("Mei Tanaka", "CAM-01", _ago(hours=22), "New reamers")),
)  # fmt: skip


def copy(name: str, base: str, *, saved: datetime | None = None, size: float = 0, writable: bool = False) -> LocalCopy:
    """What this computer has of a file, edited when it was saved."""
    major, minor = (int(part) for part in base.split("."))
    return LocalCopy(
        base=(major, minor),
        path=f"/srv/pdm/{FOLDER}/{name}",
        edited=saved is not None,
        writable=writable,
        modified=saved,
        size=None if saved is None else round(size * MB),
    )


LOCAL = {
    "2210-block.sldprt": copy("2210-block.sldprt", "12.3", writable=True),
    "2210-block-op10.mcam": copy("2210-block-op10.mcam", "5.2"),
    "2210-block-op20.mcam": copy("2210-block-op20.mcam", "3.8", saved=_ago(minutes=4), size=131.0, writable=True),
    "2210-block-op20.nc": copy("2210-block-op20.nc", "3.8", saved=_ago(minutes=30), size=2.4, writable=True),
    "2210-cover.sldprt": copy("2210-cover.sldprt", "4.0"),
    "2210-cover-op10.mcam": copy("2210-cover-op10.mcam", "2.6"),
    "2210-fixture.sldasm": copy("2210-fixture.sldasm", "6.4", saved=_ago(days=1), size=35.4),
}


QUEUE = (
    WaitingCheckIn(
        file="2210-block-op20.mcam", vault="production", path=f"{FOLDER}/2210-block-op20.mcam", token=7, base="3.8",
        asked=_ago(minutes=11), comment="Bores finished with the new reamer, feed 0.12", major=True,
    ),
    WaitingCheckIn(
        file="2210-block-op20.nc", vault="production", path=f"{FOLDER}/2210-block-op20.nc", token=7, base="3.8",
        asked=_ago(minutes=11), keep=True, why="The server has no room left.",
        advice="Nothing is lost here. Tell an administrator.",
    ),
    WaitingCheckIn(
        file="2210-fixture.sldasm", vault="production", path=f"{FOLDER}/2210-fixture.sldasm", token=7, base="6.4",
        asked=_ago(hours=17), comment="Clamp moved", stand=Stand.NEEDS_YOU,
        why="Your lock of 2210-fixture.sldasm is gone: Anna Novak has it on CAD-04.",
        advice="Your work stays in the workspace. Check it out as soon as it is yours to take: your work stays in it. "
        "Then check in.",
    ),
)  # fmt: skip
"""Two check-ins that wait, and one that needs its person."""


def _parked(
    one: str, name: str, base: str, size: float, at: datetime, reason: str, now: File, **more: Any
) -> ParkedHere:
    version = ParkedVersion(
        id=one, vault="production", file=now.id, path=f"{FOLDER}/{name}", person=ME, base=base, size=round(size * MB),
        hash="1" * 64, at=at, expires=at + timedelta(days=90), reason=reason, computer=MY_COMPUTER,
    )  # fmt: skip
    return ParkedHere(version=version, now=FileState(epoch="e", vault="production", seq=1, file=now, **more))


PARKED = (
    _parked("p1", "2210-block-op20.mcam", "3.8", 131.2, _ago(minutes=8), "not_yours", FILES[4]),
    _parked("p2", "2210-fixture.sldasm", "6.4", 35.9, _ago(hours=17), "old_base", FILES[10]),
    _parked("p3", "2210-block.sldasm", "7.0", 48.4, _ago(days=2), "not_yours", FILES[0]),
    _parked("p4", "2210-plug.step", "1.0", 0.66, _ago(days=20), "gone", FILES[12], deleted=True),
)
"""What the server keeps of Sam's refused check-ins: one that can go on at once, and three that cannot."""


def clock() -> datetime:
    """It is always 10:42."""
    return NOW


def store(*, seat: str = MY_SEAT) -> Store:
    """A store as it is after signing in and opening the folder of the manifold block."""
    made = unopened(seat=seat)
    fill(made)
    return made


def unopened(*, seat: str = MY_SEAT) -> Store:
    """A store as it is after signing in, with no folder open yet. On another `seat` I have checked nothing out."""
    made = Store(clock=clock)
    made.sign_in(Account(
        person=ME, administrator=False, server="hartmann", address="https://pdm.hartmann.example",
        server_name="Hartmann Precision", seat=seat, computer=MY_COMPUTER,
    ))  # fmt: skip
    made.connect(Connection(phase=Phase.IN_STEP, since=_ago(hours=3)))
    made.load_vaults(Vault(id=vault, name=name, role="editor", seq=1) for vault, name in VAULTS)
    here = [HeldFile(vault="production", file=file.id, path=file.path, lock=file.lock) for file in FILES if file.lock]
    for vault, folders in FOLDERS.items():
        held = [each for each in (*here, *ELSEWHERE) if each.vault == vault]
        made.load_vault(Snapshot(vault=vault, seq=1, folders=folders, locks=held))
    made.load_local(LOCAL)
    made.people_are(ONLINE, AWAY)
    return made


def fill(made: Store, files: tuple[File, ...] = FILES, folder: str = FOLDER) -> None:
    """Open a folder of the first vault with these files."""
    view = View(kind=Kind.FOLDER, vault="production", folder=folder)
    reading = made.begin_listing(view)
    made.load_listing(reading, [("production", file) for file in files], seqs={"production": 1})


HISTORY = (
    ("5.2", timedelta(hours=2, minutes=14), "Tomas Ruiz", "Feed down to 0.12 on the second pass, chatter gone", 184.6),
    ("5.1", timedelta(days=3), "Sam Becker", "Clamp moved 15 mm, new safe height", 184.1),
    ("5.0", timedelta(days=12), "Mei Tanaka", "Released for series: 40 pieces", 183.8),
    ("4.7", timedelta(days=18), "Mei Tanaka", "Stock model from saw cut 208 x 122", 171.2),
    ("4.6", timedelta(days=18), "Tomas Ruiz", "Tool 12 replaced by tool 31", 170.9),
    ("4.5", timedelta(days=36), "Anna Novak", "Model replaced after change 302", 168.0),
)


def history(file: str) -> HistoryPage:
    """A page of revisions."""
    revisions = []
    for number, ago, author, comment, size in HISTORY:
        major, minor = (int(part) for part in number.split("."))
        revisions.append(Revision(
            major=major, minor=minor, size=round(size * MB), hash="0" * 64, author=author, at=NOW - ago,
            comment=comment,
        ))  # fmt: skip
    return HistoryPage(file=file, revisions=revisions, total=23, cursor="next")


def transfers() -> tuple[Transfer, ...]:
    """Some that run, one that waits, one that stopped."""
    up = f"{FOLDER}/2210-block-op20.mcam"
    return (
        Transfer(id="1", file="a", path=up, up=True, size=131 * MB, done=81 * MB, rate=11.8 * MB,
                 state=TransferState.RUNNING, what="Check-in, Rev 3.9"),
        Transfer(id="2", file="b", path="Aerospace/4502 Housing/4502-housing.sldasm", up=False, size=1800 * MB,
                 done=612 * MB, rate=38.4 * MB, state=TransferState.RUNNING, what="Get latest"),
        Transfer(id="3", file="c", path=f"{FOLDER}/2210-block-op20.nc", up=True, size=round(2.4 * MB),
                 what="Check-in, Rev 3.9"),
        Transfer(id="4", file="d", path="Medical/6020 Bone plate/6020-plate.mcam", up=True, size=81 * MB,
                 done=38 * MB, state=TransferState.PAUSED, what="Check-in, Rev 2.1"),
        Transfer(id="5", file="e", path=f"{FOLDER}/2210-cover.sldprt", up=False, size=round(9.6 * MB),
                 done=round(2.1 * MB), state=TransferState.STOPPED, reason="The disk is full", what="Get latest",
                 again=GetLatest(files=("e",))),
    )  # fmt: skip


KEPT = (
    KeptFile(
        id="2026-11-24/101530-ab12cd/2210-block-op20.nc", name="2210-block-op20.nc",
        came_from=f"Production/{FOLDER}/2210-block-op20.nc",
        at=NOW - timedelta(minutes=26), why="Undo check-out", size=2_400_000, mtime_ns=0,
    ),
    KeptFile(
        id="2026-11-23/091002-9f00aa/2214-body.sldprt", name="2214-body.sldprt",
        came_from="Production/Hydraulics/2214 Valve body/2214-body.sldprt",
        at=NOW - timedelta(days=1, hours=1), why="Tomas Ruiz deleted it", size=31_700_000, mtime_ns=0,
    ),
    KeptFile(
        id="2026-11-02/160011-0c0ffe/2210-plug-op10.emcam", name="2210-plug-op10.emcam",
        came_from=f"Production/{FOLDER}/2210-plug-op10.emcam", at=NOW - timedelta(days=22), why="Get latest",
        size=18_400_000, mtime_ns=0,
    ),
)  # fmt: skip
"""What a recovery store may hold."""

HERE = Here(
    full_path=f"/srv/pdm/{FOLDER}/2210-fixture.sldasm", size=35_900_000, hash="9f3a61c2" * 8,
    at=NOW - timedelta(minutes=18), base=(6, 4),
)  # fmt: skip
CONFLICT = Conflict(
    file="2210-fixture.sldasm", vault="production", path=f"{FOLDER}/2210-fixture.sldasm", mine=HERE,
    theirs=Revision(major=6, minor=5, size=35_500_000, hash="04b7e8d1" * 8, author="Mei Tanaka",
                    at=NOW - timedelta(hours=17)),
    lock=_lock("Tomas Ruiz", "CAM-07", _ago(minutes=26), "Clamp collides"),
)  # fmt: skip
DOUBT = Doubt(
    file="2210-cover.sldprt", vault="production", path=f"{FOLDER}/2210-cover.sldprt",
    mine=Here(full_path=f"/srv/pdm/{FOLDER}/2210-cover.sldprt", size=0, hash="af1349b9" * 8,
              at=NOW - timedelta(hours=1, minutes=2), base=(4, 0)),
    expected_size=9_600_000, expected_hash="77d0c4aa" * 8, why=Suspicion.EMPTY,
)  # fmt: skip
DELETION = MassDeletion(copies=tuple(
    DeletedCopy(file=f"gone-{n}", vault="fixtures", path=f"Soft jaws/soft-jaw-{n:03}.sldprt", size=4_100_000,
                by="Jan Kowalski") for n in range(1, 31)
))  # fmt: skip
ABSENT = Absent(folder="E:/PDM", why="The workspace folder E:/PDM is not there.")
ISSUES = in_order([CONFLICT, DOUBT, DELETION])
"""What may need a decision."""

STRANGERS = tuple(
    Stranger(
        vault="production",
        path=f"{FOLDER}/{name}",
        full_path=f"PDM/Production/{FOLDER}/{name}",
        size=size,
        mtime_ns=1_790_000_000_000_000_000,
    )
    for name, size in (("2210-block-op30.nc", 1_100_000), ("2210-cover-new.mcam", 12_400_000), ("notes.txt", 2_000))
)
"""Files that are only on this computer."""
