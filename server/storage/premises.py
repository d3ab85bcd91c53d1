"""Where a server lives: the disks of its folders, its database, its certificate. Every method waits for a disk."""

import shutil
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much room a disk has, in bytes."""

    free: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """The places of one server."""

    data: Path
    database: str
    """Its name in the data folder."""
    backups: Path | None = None
    certificate: Path | None = None
    """Of TLS, in PEM."""

    def database_bytes(self) -> int:
        """The size of the database, with what is not settled in it yet."""
        return sum(_size_of(self.data / f"{self.database}{ending}") for ending in ("", "-wal"))

    def certificate_ends(self) -> datetime | None:
        """Until when the certificate is good; None: there is none, or it cannot be read."""
        if self.certificate is None:
            return None
        try:
            return end_of_certificate(self.certificate.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None


def room_at(folder: Path) -> Room | None:
    """The room of the disk on which a folder is; None: it cannot be reached."""
    try:
        found = shutil.disk_usage(folder)
    except OSError:
        return None
    return Room(free=found.free, total=found.total)


def end_of_certificate(pem: str) -> datetime:
    """Until when the first certificate of a chain is good (RFC 5280, 4.1.2.5). Raises ValueError for what is none."""
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    body, closed, _ = pem.partition(begin)[2].partition(end)
    if not closed:
        raise ValueError("There is no certificate in it.")
    try:
        return _end_in(ssl.PEM_cert_to_DER_cert(f"{begin}{body}{end}"))
    except IndexError as error:
        raise ValueError("The certificate is cut.") from error


def _end_in(der: bytes) -> datetime:
    """The fields before it are passed by: version (if it is said), serial number, algorithm, issuer."""
    fields = _parts(_parts(_parts(der)[0][1])[0][1])
    if fields[0][0] == _VERSION:
        fields = fields[1:]
    kind, text = _parts(fields[3][1])[1]
    digits = text.decode("ascii")
    if kind == _UTC_TIME:  # two digits of the year: 50 and above are of the century before
        digits = ("19" if digits >= "50" else "20") + digits
    return datetime.strptime(digits, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


_VERSION, _UTC_TIME = 0xA0, 0x17


def _parts(der: bytes) -> list[tuple[int, bytes]]:
    """The elements one behind the other, each with its tag (X.690). Raises ValueError."""
    found, place = [], 0
    while place < len(der):
        tag, length, place = der[place], der[place + 1], place + 2
        if length & 0x80:
            more = length & 0x7F
            length, place = int.from_bytes(der[place : place + more], "big"), place + more
        if place + length > len(der):
            raise ValueError("The certificate is cut.")
        found.append((tag, der[place : place + length]))
        place += length
    return found


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
