"""Hands a fetched update to the system: on Windows to this very program with an administrator's rights."""

import sys
from pathlib import Path

from pdm_desktop.app.update_install import Refused, System, Verdict, require_ours
from pdm_desktop.app.update_words import FLAG, HASH_FLAG
from pdm_desktop.core.errors import Cancelled, NotInstalled, Told
from pdm_desktop.product import EXECUTABLE, NAME

_ADMINISTRATOR = "Tell who looks after this computer."
_WHY: dict[int, str] = {
    Verdict.UNSIGNED_SEAT: "This copy of PDM Desktop was built without a publisher, and cannot tell a true update.",
    Verdict.NOT_COPIED: "The update could not be copied to where only administrators may write.",
    Verdict.OTHER_CONTENT: "The update was changed on this computer after it was fetched.",
    Verdict.NOT_TRUSTED: "The update has no signature that this computer trusts.",
    Verdict.OTHER_PUBLISHER: "The update was signed by somebody else than PDM Desktop on this computer.",
    Verdict.OTHER_PRODUCT: "What the server has is no installer of PDM Desktop.",
    Verdict.NOT_NEWER: "What the server has is not newer than what is installed.",
    Verdict.NOT_STARTED: "Windows' installer could not be started.",
    Verdict.BUSY: "Another update of PDM Desktop is being installed.",
    Verdict.NOT_LOCAL: "The update is in a folder that is not on a disk of this computer, or that a link leads to.",
}


def refusal(code: int) -> Told:
    """What a person is told when the update was not handed over, by the exit code of who should have."""
    text = _WHY.get(code) or f"The part of PDM Desktop that installs updates ended with {code}."
    return NotInstalled(f"{text} Nothing was installed.", advice=_ADMINISTRATOR)


def declined() -> Told:
    """What a person is told who said no, or is no administrator."""
    return Cancelled(
        "Windows did not get an administrator's agreement, so nothing was installed.",
        advice="Try again with an administrator's password, or ask who looks after this computer.",
    )


def require_worth_asking(file: Path, system: System, *, publisher: str, own: str) -> None:
    """Nobody types an administrator's password for what will be refused. Raises NotInstalled.

    That the file passes here protects nobody: it is looked at again where only administrators may write.
    """
    try:
        require_ours(file, system, publisher=publisher, own=own)
    except Refused as refused:
        raise refusal(refused.verdict) from refused


if sys.platform == "win32":
    from pdm_desktop.app.update_windows import Declined, Windows, own_program, run_as_administrator
    from pdm_desktop.release import PUBLISHER, VERSION

    def hand_over(file: Path, sha256: str) -> None:
        """Have the update checked and installed with an administrator's rights. Waits while Windows asks for them.

        Returns once the installation has begun. Raises core.errors: Cancelled, NotInstalled.
        """
        program = own_program()
        if program.name.lower() != EXECUTABLE.lower():
            raise NotInstalled(f"This copy of {NAME} was not put here by its installer.", advice=_ADMINISTRATOR)
        try:
            require_worth_asking(file, Windows(), publisher=PUBLISHER, own=VERSION)
            code = run_as_administrator(program, [FLAG, str(file), HASH_FLAG, sha256])
        except Declined as error:
            raise declined() from error
        except OSError as error:
            why = f"Windows did not start the installation: {error}."
            raise NotInstalled(why, advice=_ADMINISTRATOR) from error
        if code != Verdict.HANDED_OVER:
            raise refusal(code)

else:

    def hand_over(file: Path, sha256: str) -> None:
        """Nothing here installs a package of Windows. Raises NotInstalled."""
        raise NotInstalled(
            f"{NAME} is not updated by itself on this system.",
            advice="Install the newer one as this one was installed.",
        )
