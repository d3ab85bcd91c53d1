"""The command line behind `packaging/windows/build.py`."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from develop.console import Problem, say
from develop.installer import build, renewal
from develop.installer.signing import Signing
from pdm_desktop.release import VERSION


def version(text: str) -> str:
    """Return a version as Windows Installer counts: three numbers, the first two below 256, the third below 65,536."""
    if not re.fullmatch(r"(0|[1-9]\d{0,4})(\.(0|[1-9]\d{0,4})){2}", text):
        raise argparse.ArgumentTypeError("a version is three numbers with dots between them, such as 1.4.0")
    major, minor, patch = map(int, text.split("."))
    if major > 255 or minor > 255 or patch > 65_535:
        raise argparse.ArgumentTypeError("Windows Installer counts to 255.255.65535")
    return text


def parser() -> argparse.ArgumentParser:
    """Return the reader of the command line."""
    made = argparse.ArgumentParser(prog="build.py", description="Builds the installer of the seat for 64-bit Windows.")
    made.add_argument("--version", type=version, default=VERSION, metavar="X.Y.Z", help=f"default: {VERSION}")
    made.add_argument("--out", type=Path, default=Path("dist"), metavar="DIR", help="where it goes; default: dist")
    made.add_argument("--certificate", type=Path, metavar="PEM", help="sign as this publisher; needs --key")
    made.add_argument("--key", metavar="PEM", help="its private key, or the key's address in the PKCS #11 module")
    made.add_argument("--pkcs11-module", type=Path, metavar="FILE", help="the library of the hardware that has the key")
    made.add_argument("--timestamp", default="", metavar="URL", help="the service that stamps the signature's time")
    made.add_argument("--server-url", default="", metavar="URL", help="stamp SERVER_URL into this installer")
    made.add_argument("--lock", action="store_true", help="write lock.toml anew from the seat's pinned list, and end")
    return made


def main(words: Sequence[str]) -> int:
    """Build, or write the lock file. Returns the exit code."""
    given = parser().parse_args(words)
    if bool(given.certificate) != bool(given.key):
        parser().error("--certificate and --key belong together")
    try:
        if given.lock:
            renewal.renew()
            return 0
        signing = None
        if given.certificate:
            signing = Signing(
                certificate=given.certificate,
                key=given.key,
                pkcs11_module=given.pkcs11_module,
                timestamp_url=given.timestamp,
            )
        say(str(build.build(given.version, given.out, signing=signing, server_url=given.server_url)))
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
