"""What the server may answer of its audit trail, its backups and itself in the sample shop."""

from datetime import timedelta

from server.protocol.audit_words import words_of
from server.protocol.calls import (
    AuditPage,
    AuditRow,
    BackupEntry,
    BackupRun,
    Backups,
    Collection,
    Disk,
    SeatVersion,
    ServerState,
    VaultRate,
)
from tests.support.sample import NOW

_WHO = ("Tomas Ruiz", "Mei Tanaka", "Anna Novak", "Sam Becker", "Luca Ferri", "Priya Shah")
_DONE: tuple[tuple[int, str, str | None, str], ...] = (
    (0, "checked_in", "Hydraulics/2210 Manifold block/2210-block-op10.mcam", '{"revision":"5.3","kept":false}'),
    (1, "checked_out", "Hydraulics/2210 Manifold block/2210-block-op20.mcam", '{"seat":"seat-cam-01","token":41}'),
    (2, "undone", "Hydraulics/2210 Manifold block/2210-block.sldasm", '{"token":40}'),
    (2, "moved", "Hydraulics/2204 End cap/2204-cap-op10.nc", '{"path":"2204-cap-op10.nc","came_from":"2204-old.nc"}'),
    (3, "person_added", None, '{"name":"Paul Brandt","administrator":false}'),
    (3, "sets_ruled", None, '{"rule":null}'),
    (4, "added", "Medical/6020 Bone plate/6020-plate-op30.mcam", "{}"),
    (5, "signed_in", None, '{"seat":"seat-cam-05"}'),
    (1, "deleted", "Prototypes/jaw-blank-old.sldprt", '{"path":"Prototypes/jaw-blank-old.sldprt"}'),
    (0, "parked", "Aerospace/4502 Housing/4502-housing-op20.mcam", '{"parked":"p1"}'),
    (3, "backup_made", None, '{"folder":"E:/PDM backups/backup-2026-11-25","contents":18204,"lacks":0}'),
    (4, "folder_moved", None, '{"path":"Archive/2019","came_from":"2019","files":214}'),
)
AUDIT = AuditPage(
    rows=[
        AuditRow(
            number=48_212 - place, at=NOW - timedelta(minutes=7 * place * place), person=_WHO[who], action=action,
            words=words_of(action), vault=None if path is None else "production",
            vault_name=None if path is None else "Production", file=None if path is None else f"f{place}", path=path,
            detail=detail, previous="0" * 64, hash=f"{place:x}b9d51e7" * 8,
        )
        for place, (who, action, path, detail) in enumerate(_DONE)
    ],
    cursor="48201",
)  # fmt: skip
"""The newest rows of the audit trail."""

_BACKUP = "E:/PDM backups/backup-2026-11"
BACKUPS = Backups(
    data="D:/pdm-data", folder="E:/PDM backups", kept=7, next=NOW + timedelta(hours=9),
    running=BackupRun(begun=NOW - timedelta(minutes=4), by="Olga Lind", done=7_420, of=18_231),
    backups=[
        BackupEntry(folder=f"{_BACKUP}-26T093812Z"),
        BackupEntry(folder=f"{_BACKUP}-25T190000Z", at=NOW - timedelta(hours=15), contents=18_204, bytes=611 * 10**9),
        BackupEntry(
            folder=f"{_BACKUP}-24T190000Z", at=NOW - timedelta(hours=39), contents=18_160, bytes=609 * 10**9, lacks=2
        ),
        BackupEntry(folder=f"{_BACKUP}-23T190000Z", at=NOW - timedelta(hours=63), contents=18_122, bytes=606 * 10**9),
    ],
)  # fmt: skip
"""The server's backups, one of them under way."""

SERVER = ServerState(
    name="Hartmann Precision", version="0.2.0", epoch="9f2c41d07a", now=NOW, started=NOW - timedelta(days=12, hours=3),
    warnings=["3 seats are older than 0.2.0, the newest that this server knows of. Update them."],
    database_bytes=412_000_000, contents=18_231, content_bytes=611_400_000_000,
    disks=[
        Disk(what="data folder", folder="D:/pdm-data", free=1_320 * 10**9, total=2_000 * 10**9),
        Disk(what="folder for backups", folder="E:/PDM backups", free=2_810 * 10**9, total=4_000 * 10**9),
    ],
    rates=[
        VaultRate(vault="production", name="Production", minutes=[(place * 7) % 13 // 2 for place in range(60)]),
        VaultRate(vault="fixtures", name="Fixtures", minutes=[3 if place % 17 == 4 else 0 for place in range(60)]),
    ],
    seats=[
        SeatVersion(version="0.2.0", seats=6, online=5, older=False),
        SeatVersion(version="0.1.4", seats=3, online=1, older=True),
    ],
    sockets=6, open_uploads=2, parked=2, parked_bytes=84_000_000, installer="0.2.0", newest_client="0.2.0",
    oldest_client="0.1.0", last_backup=NOW - timedelta(hours=15), certificate_ends=NOW + timedelta(days=211),
    collection=Collection(at=NOW - timedelta(minutes=22), contents=14, uploads=3, parked=0),
)  # fmt: skip
"""How the server is."""
