"""Windows for `update_install`: a folder of administrators, signatures (WinVerifyTrust), packages (msi.dll), msiexec.

Places come from Windows itself and never from the environment, which belongs to the person who asked.
"""

import sys

if sys.platform == "win32":
    import ctypes
    import msvcrt
    import os
    import shutil
    import subprocess
    from collections.abc import Iterator
    from contextlib import contextmanager
    from ctypes import wintypes
    from pathlib import Path
    from typing import Any, BinaryIO, Final
    from uuid import UUID

    from pdm_desktop.app.update_install import COPIES, Package, Refused, Verdict
    from pdm_desktop.app.update_signature import publisher_of
    from pdm_desktop.product import UPDATES_FOLDER

    ACCESS: Final = "O:BAG:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
    """Of administrators and the system alone (SDDL, [MS-DTYP] 2.5.1). Nobody else may even read: what was named to be
    copied could be a file that the person who asks may not read."""
    _PROGRAM_FILES: Final = UUID("905e63b6-c1bf-494e-b29c-65b732d3d21a")
    _GENERIC_READ, _SHARE_READ, _OPEN_EXISTING = 0x80000000, 0x1, 3
    _NO_MORE_ITEMS: Final = 259
    _FIXED, _DISK = 3, 1
    """DRIVE_FIXED, FILE_TYPE_DISK."""
    _IN_USE: Final = 32
    """ERROR_SHARING_VIOLATION."""
    _REDIRECTION_TRUST, _ENFORCE = 16, 1
    """ProcessRedirectionTrustPolicy and its EnforceRedirectionTrust (Windows 11; older ones refuse the number)."""
    _WANTED: Final = ("ProductName", "ProductVersion", "UpgradeCode")
    _NO_WINDOW: Final = 0x08000000
    _NO_CLOSE_PROCESS, _NO_MESSAGES, _NO_ASYNC = 0x40, 0x400, 0x100
    _COM_OF_A_WINDOW: Final = 0x2 | 0x4
    """COINIT_APARTMENTTHREADED, COINIT_DISABLE_OLE1DDE: as ShellExecuteEx wants it."""
    _DECLINED: Final = 1223
    """ERROR_CANCELLED: the question was answered with no, or by nobody."""
    _FOREVER: Final = 0xFFFFFFFF
    _LONGEST: Final = 32_768

    class _Guid(ctypes.Structure):
        _fields_ = [("bytes", ctypes.c_ubyte * 16)]

    class _Security(ctypes.Structure):
        """SECURITY_ATTRIBUTES."""

        _fields_ = [
            ("size", wintypes.DWORD),
            ("descriptor", ctypes.c_void_p),
            ("inherited", wintypes.BOOL),
        ]

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

    class Declined(OSError):
        """Nobody gave an administrator's rights."""

    class Windows:
        """Windows itself. Every call may raise OSError."""

        @contextmanager
        def opened(self, file: Path) -> Iterator[BinaryIO]:
            """By no symbolic link, for it may lead to another computer, nor by a junction that a person made."""
            follow_no_junctions_of_others()
            on_the_way = [*reversed(file.parents), file]
            if not is_fixed(file.drive) or any(each.is_symlink() for each in on_the_way):
                raise Refused(Verdict.NOT_LOCAL)
            with file.open("rb") as source:
                if _kernel32().GetFileType(msvcrt.get_osfhandle(source.fileno())) != _DISK:
                    raise Refused(Verdict.NOT_LOCAL)
                yield source

        def protected_folder(self) -> Path:
            """Made anew: what an earlier update left there goes first, unless its installer still holds it."""
            folder = program_files() / UPDATES_FOLDER
            try:
                if folder.exists():
                    for copy in folder.glob(COPIES):
                        copy.unlink()  # first, so that nothing else goes while one is held
                    shutil.rmtree(folder)
            except OSError as error:
                if error.winerror == _IN_USE:
                    raise Refused(Verdict.BUSY) from error
                raise
            make_protected(folder)
            return folder

        @contextmanager
        def held(self, file: Path) -> Iterator[int]:
            """Others may read it, and nothing else."""
            handle = _kernel32().CreateFileW(str(file), _GENERIC_READ, _SHARE_READ, None, _OPEN_EXISTING, 0, None)
            if handle in (None, ctypes.c_void_p(-1).value):
                raise ctypes.WinError(ctypes.get_last_error())
            try:
                yield int(handle)
            finally:
                _kernel32().CloseHandle(handle)

        def publisher_of(self, file: Path) -> str | None:
            """A revoked certificate is none; lists that cannot be reached do not count (shops without internet)."""
            return publisher_of(file)

        def package_in(self, file: Path) -> Package:
            """Read from its table of properties, without running anything of it."""
            properties = _properties_of(file)
            product, version, family = (properties.get(each, "") for each in _WANTED)
            return Package(product=product, version=version, family=family)

        def install(self, file: Path, log: Path, holder: int) -> None:
            """Silently: the person has agreed already. Windows closes what is in use, and starts it again."""
            msiexec = system_folder() / "msiexec.exe"
            start_holding([str(msiexec), "/i", str(file), "/qn", "/norestart", "/l*v", str(log)], holder)

    def start_holding(command: list[str], holder: int) -> None:
        """Start a program that holds, as long as it lives, what `holder` does. It hears no variable of the person's."""
        os.set_handle_inheritable(holder, True)
        system = system_folder()
        windows = str(system.parent)
        subprocess.Popen(
            command,
            cwd=system,
            env={"SystemRoot": windows, "windir": windows, "SystemDrive": system.drive, "PATH": str(system)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            creationflags=_NO_WINDOW,
            startupinfo=subprocess.STARTUPINFO(lpAttributeList={"handle_list": [holder]}),
        )

    def is_fixed(drive: str) -> bool:
        """Whether a drive, as `C:`, is a disk that stays in this computer."""
        return bool(_kernel32().GetDriveTypeW(f"{drive}\\") == _FIXED)

    def follow_no_junctions_of_others() -> None:
        """From now on this process follows only junctions that administrators made, where Windows knows how."""
        policy = ctypes.c_uint32(_ENFORCE)
        _kernel32().SetProcessMitigationPolicy(_REDIRECTION_TRUST, ctypes.byref(policy), ctypes.sizeof(policy))

    def make_protected(folder: Path) -> None:
        """Make a folder in which only administrators may write, from its first moment on."""
        descriptor = ctypes.c_void_p()
        convert = ctypes.WinDLL("advapi32", use_last_error=True).ConvertStringSecurityDescriptorToSecurityDescriptorW
        if not convert(ACCESS, 1, ctypes.byref(descriptor), None):
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            security = _Security(ctypes.sizeof(_Security), descriptor, False)
            if not _kernel32().CreateDirectoryW(str(folder), ctypes.byref(security)):
                raise ctypes.WinError(ctypes.get_last_error())
        finally:
            free = _kernel32().LocalFree
            free.argtypes = [ctypes.c_void_p]
            free(descriptor)

    def own_program() -> Path:
        """The program that runs, as Windows knows it."""
        text = ctypes.create_unicode_buffer(_LONGEST)
        if not _kernel32().GetModuleFileNameW(None, text, len(text)):
            raise ctypes.WinError(ctypes.get_last_error())
        return Path(text.value)

    def run_as_administrator(program: Path, words: list[str]) -> int:
        """Start a program with an administrator's rights, wait for its end, and say its exit code.

        Windows asks the person, or for an administrator's password. Raises Declined and OSError.
        """
        ctypes.WinDLL("ole32").CoInitializeEx(None, _COM_OF_A_WINDOW)  # what the shell calls may need it on this thread
        asked = _Execute(
            size=ctypes.sizeof(_Execute), mask=_NO_CLOSE_PROCESS | _NO_MESSAGES | _NO_ASYNC, verb="runas",
            file=str(program), parameters=subprocess.list2cmdline(words), directory=str(program.parent),
        )  # fmt: skip
        if not ctypes.WinDLL("shell32", use_last_error=True).ShellExecuteExW(ctypes.byref(asked)):
            error = ctypes.get_last_error()
            raise Declined(error, "declined") if error == _DECLINED else ctypes.WinError(error)
        return exit_code_of(asked.process)

    def exit_code_of(process: int | None) -> int:
        """Wait for a process's end, and close it. Raises OSError when Windows does not tell its code."""
        if not process:
            raise OSError("Windows does not say what it started")  # some other program took it over
        kernel, code = _kernel32(), wintypes.DWORD()
        kernel.WaitForSingleObject.argtypes = [wintypes.HANDLE, wintypes.DWORD]
        kernel.GetExitCodeProcess.argtypes = [wintypes.HANDLE, ctypes.POINTER(wintypes.DWORD)]
        try:
            if kernel.WaitForSingleObject(process, _FOREVER) != 0:
                raise ctypes.WinError(ctypes.get_last_error())
            if not kernel.GetExitCodeProcess(process, ctypes.byref(code)):
                raise ctypes.WinError(ctypes.get_last_error())
        finally:
            kernel.CloseHandle(process)
        return code.value

    def program_files() -> Path:
        """The folder of installed programs, as Windows knows it."""
        find = ctypes.WinDLL("shell32").SHGetKnownFolderPath
        find.argtypes = [ctypes.c_void_p, wintypes.DWORD, wintypes.HANDLE, ctypes.POINTER(ctypes.c_void_p)]
        which, text = _Guid.from_buffer_copy(_PROGRAM_FILES.bytes_le), ctypes.c_void_p()
        code = find(ctypes.byref(which), 0, None, ctypes.byref(text))
        try:
            if code != 0 or not text.value:
                raise OSError(f"Windows does not name its folder of programs ({code & 0xFFFFFFFF:#x})")
            return Path(ctypes.wstring_at(text.value))
        finally:
            free = ctypes.WinDLL("ole32").CoTaskMemFree
            free.argtypes = [ctypes.c_void_p]
            free(text)

    def system_folder() -> Path:
        """The folder of Windows' own programs."""
        text = ctypes.create_unicode_buffer(wintypes.MAX_PATH)
        if not _kernel32().GetSystemDirectoryW(text, len(text)):
            raise ctypes.WinError(ctypes.get_last_error())
        return Path(text.value)

    def _kernel32() -> Any:
        library = ctypes.WinDLL("kernel32", use_last_error=True)
        library.CreateFileW.restype = ctypes.c_void_p
        library.CreateFileW.argtypes = [
            wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p, wintypes.DWORD, wintypes.DWORD,
            wintypes.HANDLE,
        ]  # fmt: skip
        library.CloseHandle.argtypes = [ctypes.c_void_p]
        return library

    def _properties_of(file: Path) -> dict[str, str]:
        """The Property table of an MSI. Raises OSError for what is none."""
        msi = ctypes.WinDLL("msi")
        number = ctypes.c_ulong
        msi.MsiOpenDatabaseW.argtypes = [wintypes.LPCWSTR, ctypes.c_void_p, ctypes.POINTER(number)]
        opened = list[int]()

        def take(code: int, handle: Any) -> int:
            if code != 0:
                raise OSError(f"{file} cannot be read as an installer (Windows says {code})")
            opened.append(handle.value)
            return int(handle.value)

        try:
            database, view = number(), number()
            base = take(msi.MsiOpenDatabaseW(str(file), None, ctypes.byref(database)), database)
            query = "SELECT `Property`, `Value` FROM `Property`"
            rows = take(msi.MsiDatabaseOpenViewW(base, query, ctypes.byref(view)), view)
            if msi.MsiViewExecute(rows, 0) != 0:
                raise OSError(f"{file} has no properties")
            return dict(_rows_of(msi, rows))
        finally:
            for handle in reversed(opened):
                msi.MsiCloseHandle(handle)

    def _rows_of(msi: Any, rows: int) -> Iterator[tuple[str, str]]:
        while True:
            record = ctypes.c_ulong()
            code = msi.MsiViewFetch(rows, ctypes.byref(record))
            if code == _NO_MORE_ITEMS:
                return
            if code != 0:
                raise OSError(f"a property cannot be read (Windows says {code})")
            try:
                yield _text_of(msi, record.value, 1), _text_of(msi, record.value, 2)
            finally:
                msi.MsiCloseHandle(record.value)

    def _text_of(msi: Any, record: int, field: int) -> str:
        size = wintypes.DWORD(32_768)
        text = ctypes.create_unicode_buffer(size.value)
        if msi.MsiRecordGetStringW(record, field, text, ctypes.byref(size)) != 0:
            raise OSError("a property cannot be read")
        return text.value
