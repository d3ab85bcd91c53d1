"""Hands a fetched update to the system: on Windows to this very program with an administrator's rights."""

import sys
from pathlib import Path

from pdm_desktop.app.update_install import FLAG, HASH_FLAG, Verdict
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


if sys.platform == "win32":
    import ctypes
    import subprocess
    from ctypes import wintypes
    from typing import Any

    _DECLINED = 1223
    """ERROR_CANCELLED: the question was answered with no, or by nobody."""
    _NO_CLOSE_PROCESS, _NO_UI, _NO_ASYNC = 0x40, 0x400, 0x100
    _FOREVER = 0xFFFFFFFF
    _LONGEST = 32_768

    class _Execute(ctypes.Structure):
        """SHELLEXECUTEINFOW."""

        _fields_ = [
            ("size", wintypes.DWORD),
            ("mask", wintypes.ULONG),
            ("window", wintypes.HWND),
            ("verb", wintypes.LPCWSTR),
            ("file", wintypes.LPCWSTR),
            ("parameters", wintypes.LPCWSTR),
            ("directory", wintypes.LPCWSTR),
            ("show", ctypes.c_int),
            ("instance", wintypes.HINSTANCE),
            ("list", ctypes.c_void_p),
            ("class_name", wintypes.LPCWSTR),
            ("class_key", wintypes.HKEY),
            ("hot_key", wintypes.DWORD),
            ("icon", wintypes.HANDLE),
            ("process", wintypes.HANDLE),
        ]

    def hand_over(file: Path, sha256: str) -> None:
        """Have the update checked and installed with an administrator's rights. Waits while Windows asks for them.

        Returns once the installation has begun. Raises core.errors: Cancelled, NotInstalled.
        """
        program = own_program()
        if program.name.lower() != EXECUTABLE.lower():
            raise NotInstalled(f"This copy of {NAME} was not put here by its installer.", advice=_ADMINISTRATOR)
        code = run_as_administrator(program, [FLAG, str(file), HASH_FLAG, sha256])
        if code != Verdict.HANDED_OVER:
            raise refusal(code)

    def own_program() -> Path:
        """The program that runs, as Windows knows it."""
        text = ctypes.create_unicode_buffer(_LONGEST)
        ctypes.WinDLL("kernel32").GetModuleFileNameW(None, text, len(text))
        return Path(text.value)

    def run_as_administrator(program: Path, words: list[str]) -> int:
        """Start a program with an administrator's rights, wait for its end, and say its exit code.

        Raises Cancelled when they were not given, and NotInstalled when it cannot be started.
        """
        shell, kernel = ctypes.WinDLL("shell32", use_last_error=True), ctypes.WinDLL("kernel32", use_last_error=True)
        ctypes.WinDLL("ole32").CoInitializeEx(None, 0x2 | 0x4)  # what the shell calls may need it on this thread
        asked = _Execute(
            size=ctypes.sizeof(_Execute), mask=_NO_CLOSE_PROCESS | _NO_UI | _NO_ASYNC, verb="runas", file=str(program),
            parameters=subprocess.list2cmdline(words), directory=str(program.parent),
        )  # fmt: skip
        if not shell.ShellExecuteExW(ctypes.byref(asked)):
            error = ctypes.get_last_error()
            if error == _DECLINED:
                raise declined()
            raise NotInstalled(f"Windows did not start the installation (it says {error}).", advice=_ADMINISTRATOR)
        return _exit_code(kernel, asked.process)

    def _exit_code(kernel: Any, process: int) -> int:
        kernel.WaitForSingleObject.argtypes = [wintypes.HANDLE, wintypes.DWORD]
        kernel.GetExitCodeProcess.argtypes = [wintypes.HANDLE, ctypes.POINTER(wintypes.DWORD)]
        kernel.CloseHandle.argtypes = [wintypes.HANDLE]
        code = wintypes.DWORD()
        kernel.WaitForSingleObject(process, _FOREVER)
        kernel.GetExitCodeProcess(process, ctypes.byref(code))
        kernel.CloseHandle(process)
        return code.value

else:

    def hand_over(file: Path, sha256: str) -> None:
        """Nothing here installs a package of Windows. Raises NotInstalled."""
        raise NotInstalled(
            f"{NAME} is not updated by itself on this system.",
            advice="Install the newer one as this one was installed.",
        )
