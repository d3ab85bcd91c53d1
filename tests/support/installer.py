"""Installers for tests: two versions, signed with a key that is made for this run and thrown away."""

import contextlib
import datetime
import io
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from develop.installer.build import build
from develop.installer.signing import Signing
from pdm_desktop.release import VERSION

PUBLISHER = "Test Publisher of PDM Desktop"


@dataclass(frozen=True)
class Installers:
    """What was built."""

    previous: Path
    """An installer of today's version."""
    previous_version: str
    current: Path
    """An installer of the version after it."""
    current_version: str
    publisher: str
    """Who signed both, as their certificate names it."""
    certificate: Path
    """That certificate, as PEM."""
    told: str
    """What the build said."""


def version_after(version: str) -> str:
    """Return the next version that may bring something new."""
    major, minor, _ = version.split(".")
    return f"{major}.{int(minor) + 1}.0"


def make_signing(folder: Path, publisher: str = PUBLISHER) -> Signing:
    """Make a certificate for signing programs, of its own root, and its key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, publisher)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pkcs8 = serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, pkcs8, plain))
    return Signing(certificate=certificate, key=str(private))


def make_installers(folder: Path) -> Installers:
    """Build both into the folder."""
    signing = make_signing(folder)
    newer = version_after(VERSION)
    with contextlib.redirect_stdout(io.StringIO()) as told:
        previous, current = (build(each, folder, signing=signing) for each in (VERSION, newer))
    return Installers(
        previous=previous,
        previous_version=VERSION,
        current=current,
        current_version=newer,
        publisher=signing.publisher,
        certificate=signing.certificate,
        told=told.getvalue(),
    )
