"""Where a server lives: its disks, its database, and until when its certificate is good."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from cryptography import x509

from server.storage.premises import Premises, end_of_certificate, room_at

AFTER_2049 = datetime(2051, 7, 1, 12, 30, 15, tzinfo=UTC)
BEFORE_2050 = datetime(2027, 7, 1, 12, 30, 15, tzinfo=UTC)


def certificate(ends: datetime) -> str:
    issued = trustme.CA().issue_cert("pdm.example", not_after=ends)
    return issued.cert_chain_pems[0].bytes().decode()


@pytest.mark.parametrize("ends", [BEFORE_2050, AFTER_2049], ids=lambda each: str(each.year))
def test_the_end_of_a_certificate_is_what_it_says(ends: datetime) -> None:
    pem = certificate(ends)
    assert end_of_certificate(pem) == ends
    assert x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc == ends


def test_of_a_chain_the_first_counts() -> None:
    assert end_of_certificate(f"a comment\n{certificate(BEFORE_2050)}{certificate(AFTER_2049)}") == BEFORE_2050


@pytest.mark.parametrize("text", ["", "-----BEGIN CERTIFICATE-----\n", "no certificate"], ids=["none", "cut", "other"])
def test_what_is_no_certificate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="certificate"):
        end_of_certificate(text)


@pytest.mark.parametrize("bytes_left", [1, 40, 300])
def test_a_cut_certificate_is_refused(bytes_left: int) -> None:
    der = ssl.PEM_cert_to_DER_cert(certificate(BEFORE_2050))[:bytes_left]
    with pytest.raises(ValueError, match="cut"):
        end_of_certificate(ssl.DER_cert_to_PEM_cert(der))


def test_a_certificate_that_is_not_there_has_no_end(tmp_path: Path) -> None:
    assert Premises(data=tmp_path, database="d").certificate_ends() is None
    assert Premises(data=tmp_path, database="d", certificate=tmp_path / "none.pem").certificate_ends() is None
    (tmp_path / "tls.pem").write_text(certificate(BEFORE_2050))
    assert Premises(data=tmp_path, database="d", certificate=tmp_path / "tls.pem").certificate_ends() == BEFORE_2050


def test_a_database_is_as_large_as_its_files(tmp_path: Path) -> None:
    (tmp_path / "d").write_bytes(b"1" * 100)
    (tmp_path / "d-wal").write_bytes(b"1" * 20)
    assert Premises(data=tmp_path, database="d").database_bytes() == 120
    assert Premises(data=tmp_path, database="other").database_bytes() == 0


def test_a_disk_has_room_and_one_that_is_away_none(tmp_path: Path) -> None:
    room = room_at(tmp_path)
    assert room is not None
    assert 0 < room.free <= room.total
    assert room_at(tmp_path / "away") is None
