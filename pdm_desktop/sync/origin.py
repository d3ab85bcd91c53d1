"""Where a file came from, as Windows wants to know it of whatever another computer has sent: the mark of the web.

It is the stream `Zone.Identifier` beside a file's content ([MS-FSCC] 5.6.1). Programs go by it when they open the file,
and Windows before it starts one; a person takes it away in the file's properties. In which zone a server lies Windows
itself says: the one that its browsers go by, into which a policy may put it ("Site to Zone Assignment List").
"""

import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

INTERNET: Final = 3
"""URLZONE_INTERNET (urlmon.h). Only of this zone and beyond files are marked: the others are the shop's own."""

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _STREAM = "Zone.Identifier"
    _NAMED_STREAMS = 0x00040000
    """FILE_NAMED_STREAMS of GetVolumeInformationW: what has none might take a stream's name for that of a file."""
    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.GetVolumePathNameW.argtypes = (wintypes.LPCWSTR, wintypes.LPWSTR, wintypes.DWORD)
    _kernel.GetVolumeInformationW.argtypes = (
        wintypes.LPCWSTR, wintypes.LPWSTR, wintypes.DWORD, wintypes.LPDWORD, wintypes.LPDWORD, wintypes.LPDWORD,
        wintypes.LPWSTR, wintypes.DWORD,
    )  # fmt: skip
    _RELEASE, _MAP_URL_TO_ZONE = 2, 5
    """Where the methods are in the table of an IInternetSecurityManager."""

    def zone_of(address: str) -> int | None:
        """The zone of whose files from that server are to be marked; None: they need no mark."""
        try:
            zone = _mapped(address)
        except OSError:
            zone = INTERNET  # Windows does not say, as without its urlmon.dll: rather one mark too many
        return zone if zone >= INTERNET else None

    def mark(path: Path, zone: int) -> None:
        """Write into the file's mark where it came from. No mark on a file system without streams is no trouble."""
        if not _has_streams(path):
            return
        with suppress(OSError):
            Path(f"{path}:{_STREAM}").write_bytes(b"[ZoneTransfer]\r\nZoneId=%d\r\n" % zone)

    def _has_streams(path: Path) -> bool:
        volume, flags = ctypes.create_unicode_buffer(wintypes.MAX_PATH), wintypes.DWORD()
        if not _kernel.GetVolumePathNameW(str(path), volume, len(volume)):
            return False
        known = _kernel.GetVolumeInformationW(volume.value, None, 0, None, None, ctypes.byref(flags), None, 0)
        return bool(known and flags.value & _NAMED_STREAMS)

    def _mapped(address: str) -> int:
        """What the system's own security manager says. Raises OSError."""
        ole, urlmon = ctypes.OleDLL("ole32"), ctypes.OleDLL("urlmon")
        manager, zone = ctypes.c_void_p(), wintypes.DWORD()
        begun = ctypes.WinDLL("ole32").CoInitializeEx(None, 0) >= 0
        try:
            urlmon.CoInternetCreateSecurityManager(None, ctypes.byref(manager), 0)
            table = ctypes.cast(manager, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))[0]
            release = ctypes.WINFUNCTYPE(ctypes.c_ulong, ctypes.c_void_p)(table[_RELEASE] or 0)
            ask = ctypes.WINFUNCTYPE(
                ctypes.HRESULT, ctypes.c_void_p, wintypes.LPCWSTR, ctypes.POINTER(wintypes.DWORD), wintypes.DWORD
            )(table[_MAP_URL_TO_ZONE] or 0)
            try:
                ask(manager, address, ctypes.byref(zone), 0)
            finally:
                release(manager)
        finally:
            if begun:
                ole.CoUninitialize()
        return int(zone.value)

else:

    def zone_of(address: str) -> int | None:
        """None: nothing here asks where a file came from."""
        return None

    def mark(path: Path, zone: int) -> None:
        """Nothing: there is no such mark here."""
