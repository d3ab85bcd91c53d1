"""Windows for `update_install`: a folder of administrators, signatures (WinVerifyTrust), packages (msi.dll), msiexec.

Places come from Windows itself and never from the environment, which belongs to the person who asked.
"""

import sys

if sys.platform == "win32":
    import ctypes
    import shutil
    import subprocess
    from collections.abc import Iterator
    from contextlib import contextmanager
    from ctypes import wintypes
    from pathlib import Path
    from typing import Any, Final
    from uuid import UUID

    from pdm_desktop.app.update_install import Package
    from pdm_desktop.product import UPDATES_FOLDER

    ACCESS: Final = "O:BAG:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
    """Of administrators and the system alone (SDDL, [MS-DTYP] 2.5.1). Nobody else may even read: what was named to be
    copied could be a file that the person who asks may not read."""
    _PROGRAM_FILES: Final = UUID("905e63b6-c1bf-494e-b29c-65b732d3d21a")
    _VERIFY_AUTHENTICODE: Final = UUID("00aac56b-cd44-11d0-8cc2-00c04fc295ee")
    _GENERIC_READ, _SHARE_READ, _OPEN_EXISTING = 0x80000000, 0x1, 3
    _NO_UI, _CHOICE_FILE, _VERIFY, _CLOSE = 2, 1, 1, 2
    _REVOKE_NONE, _REVOKE_CHAIN = 0, 1
    _ONLY_CACHED: Final = 0x1000
    _UNREACHABLE: Final = frozenset({0x800B010E, 0x80092013, 0x80092012})
    """CERT_E_REVOCATION_FAILURE, CRYPT_E_REVOCATION_OFFLINE, CRYPT_E_NO_REVOCATION_CHECK."""
    _SIMPLE_NAME: Final = 4
    _NO_MORE_ITEMS: Final = 259
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

    class _FileInfo(ctypes.Structure):
        """WINTRUST_FILE_INFO."""

        _fields_ = [
            ("size", wintypes.DWORD),
            ("path", wintypes.LPCWSTR),
            ("file", wintypes.HANDLE),
            ("subject", ctypes.c_void_p),
        ]

    class _TrustData(ctypes.Structure):
        """WINTRUST_DATA."""

        _fields_ = [
            ("size", wintypes.DWORD),
            ("policy", ctypes.c_void_p),
            ("sip", ctypes.c_void_p),
            ("ui", wintypes.DWORD),
            ("revocation", wintypes.DWORD),
            ("choice", wintypes.DWORD),
            ("info", ctypes.POINTER(_FileInfo)),
            ("action", wintypes.DWORD),
            ("state", wintypes.HANDLE),
            ("url", wintypes.LPCWSTR),
            ("flags", wintypes.DWORD),
            ("context", wintypes.DWORD),
            ("signatures", ctypes.c_void_p),
        ]

    class _ProviderCertificate(ctypes.Structure):
        """The beginning of CRYPT_PROVIDER_CERT."""

        _fields_ = [("size", wintypes.DWORD), ("certificate", ctypes.c_void_p)]

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

        def protected_folder(self) -> Path:
            """Made anew: what an earlier update left there goes first."""
            folder = program_files() / UPDATES_FOLDER
            if folder.exists():
                shutil.rmtree(folder)
            make_protected(folder)
            return folder

        @contextmanager
        def held(self, file: Path) -> Iterator[object]:
            """Others may read it, and nothing else."""
            handle = _kernel32().CreateFileW(str(file), _GENERIC_READ, _SHARE_READ, None, _OPEN_EXISTING, 0, None)
            if handle in (None, ctypes.c_void_p(-1).value):
                raise ctypes.WinError(ctypes.get_last_error())
            try:
                yield handle
            finally:
                _kernel32().CloseHandle(handle)

        def publisher_of(self, file: Path) -> str | None:
            """A revoked certificate is none; lists that cannot be reached do not count (shops without internet)."""
            code, publisher = verify(file, revocation=_REVOKE_CHAIN)
            if code in _UNREACHABLE:
                code, publisher = verify(file, revocation=_REVOKE_NONE)
            return publisher if code == 0 else None

        def package_in(self, file: Path) -> Package:
            """Read from its table of properties, without running anything of it."""
            properties = _properties_of(file)
            return Package(properties.get("ProductName", ""), properties.get("ProductVersion", ""))

        def install(self, file: Path, log: Path) -> None:
            """Silently: the person has agreed already. Windows closes what is in use, and starts it again."""
            msiexec = system_folder() / "msiexec.exe"
            subprocess.Popen(
                [str(msiexec), "/i", str(file), "/qn", "/norestart", "/l*v", str(log)],
                cwd=system_folder(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                creationflags=_NO_WINDOW,
            )

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

    def verify(file: Path, *, revocation: int) -> tuple[int, str | None]:
        """What WinVerifyTrust says of a file's signature (0: trusted), and who signed it, if anybody did."""
        trust = ctypes.WinDLL("wintrust")
        info = _FileInfo(ctypes.sizeof(_FileInfo), str(file), None, None)
        data = _TrustData(
            size=ctypes.sizeof(_TrustData), ui=_NO_UI, revocation=revocation, choice=_CHOICE_FILE,
            info=ctypes.pointer(info), action=_VERIFY, flags=0 if revocation else _ONLY_CACHED,
        )  # fmt: skip
        how = _Guid.from_buffer_copy(_VERIFY_AUTHENTICODE.bytes_le)
        code = int(trust.WinVerifyTrust(None, ctypes.byref(how), ctypes.byref(data))) & 0xFFFFFFFF
        try:
            return code, _signer_in(trust, data.state)
        finally:
            data.action = _CLOSE
            trust.WinVerifyTrust(None, ctypes.byref(how), ctypes.byref(data))

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
        kernel, code = _kernel32(), wintypes.DWORD()
        kernel.WaitForSingleObject.argtypes = [wintypes.HANDLE, wintypes.DWORD]
        kernel.GetExitCodeProcess.argtypes = [wintypes.HANDLE, ctypes.POINTER(wintypes.DWORD)]
        kernel.WaitForSingleObject(asked.process, _FOREVER)
        kernel.GetExitCodeProcess(asked.process, ctypes.byref(code))
        kernel.CloseHandle(asked.process)
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

    def _signer_in(trust: Any, state: int | None) -> str | None:
        """The name in the certificate of the first signature."""
        if not state:
            return None
        for name, arguments in (
            ("WTHelperProvDataFromStateData", [wintypes.HANDLE]),
            ("WTHelperGetProvSignerFromChain", [ctypes.c_void_p, wintypes.DWORD, wintypes.BOOL, wintypes.DWORD]),
            ("WTHelperGetProvCertFromChain", [ctypes.c_void_p, wintypes.DWORD]),
        ):
            call = getattr(trust, name)
            call.restype, call.argtypes = ctypes.c_void_p, arguments
        provider = trust.WTHelperProvDataFromStateData(state)
        signer = provider and trust.WTHelperGetProvSignerFromChain(provider, 0, False, 0)
        found = signer and trust.WTHelperGetProvCertFromChain(signer, 0)
        if not found:
            return None
        certificate = _ProviderCertificate.from_address(found).certificate
        name_of = ctypes.WinDLL("crypt32").CertGetNameStringW
        name_of.argtypes = [
            ctypes.c_void_p, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p, wintypes.LPWSTR, wintypes.DWORD
        ]  # fmt: skip
        text = ctypes.create_unicode_buffer(512)
        name_of(certificate, _SIMPLE_NAME, 0, None, text, len(text))
        return text.value or None

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
