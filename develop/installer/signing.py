"""Signing as Windows knows it (Authenticode), by `osslsigncode`: with a key in a file or in a hardware module."""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from develop.console import Problem
from develop.installer.authenticode import OFFLINE
from pdm_desktop.product import NAME


@dataclass(frozen=True, kw_only=True)
class Signing:
    """Whose signature the installer gets, and how."""

    certificate: Path
    """The signer's certificate as PEM; behind it those up to its root, and the root too if Windows does not know it."""
    key: str
    """The path of the private key as PEM; with `pkcs11_module`, the key's address in the module (`pkcs11:...`)."""
    pkcs11_module: Path | None = None
    timestamp_url: str = ""
    """Of a time-stamp service. Without a time stamp a signature ends with its certificate."""

    @cached_property
    def publisher(self) -> str:
        """The name in the certificate. Raises `Problem` when it has none."""
        try:
            read = x509.load_pem_x509_certificates(self.certificate.read_bytes())[0]
        except ValueError as wrong:
            raise Problem(f"{self.certificate} holds no certificate as PEM: {wrong}") from wrong
        names = read.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if not names:
            raise Problem(f"The certificate in {self.certificate} names nobody (it has no common name).")
        return str(names[0].value)

    def sign(self, path: Path, roots: Path) -> None:
        """Sign a program or an installer in its place.

        `roots` are the certificates that Windows trusts. Raises `Problem` when signing fails, or when the signature
        does not hold by those and the given ones.
        """
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            signed = Path(folder) / path.name
            _run(["sign", *self._options(path), "-in", str(path), "-out", str(signed)])
            trusted = Path(folder) / "trusted.pem"
            trusted.write_bytes(roots.read_bytes() + b"\n" + self.certificate.read_bytes())
            _run(["verify", "-in", str(signed), "-CAfile", str(trusted), "-TSA-CAfile", str(trusted), *OFFLINE])
            signed.replace(path)

    def _options(self, path: Path) -> Sequence[str]:
        module = ["-pkcs11module", str(self.pkcs11_module)] if self.pkcs11_module else []
        installer = ["-add-msi-dse"] if path.suffix == ".msi" else []
        stamp = ["-ts", self.timestamp_url] if self.timestamp_url else []
        return [
            "-certs",
            str(self.certificate),
            "-key",
            self.key,
            *module,
            "-h",
            "sha256",
            "-n",
            NAME,
            *stamp,
            *installer,
        ]


def _run(words: Sequence[str]) -> None:
    if shutil.which("osslsigncode") is None:
        raise Problem("osslsigncode is missing. On Debian: sudo apt-get install osslsigncode")
    done = subprocess.run(["osslsigncode", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(f"osslsigncode {words[0]} failed:\n{(done.stdout + done.stderr).strip()}")
