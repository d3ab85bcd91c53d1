"""What of each package comes onto a seat: a list of what is allowed, so that nothing comes along by itself."""

import re
from collections.abc import Mapping
from typing import Final

QT: Final = ("Core", "Gui", "Network", "Svg", "Widgets")
"""The parts of Qt that the seat imports. `Network` is there for the socket by which a second start finds the first."""
_RUNTIME = """
    LICENSE.txt python3.dll python313.dll python313.zip
    _asyncio.pyd _ctypes.pyd _decimal.pyd _hashlib.pyd _overlapped.pyd _queue.pyd _socket.pyd _sqlite3.pyd _ssl.pyd
    _uuid.pyd _zoneinfo.pyd select.pyd unicodedata.pyd
    libcrypto-3.dll libffi-8.dll libssl-3.dll sqlite3.dll
"""
RUNTIME: Final = frozenset(_RUNTIME.split())
"""Of Windows' Python. Not `python.exe` and `pythonw.exe`: nobody shall run any script by a trusted program. Not
`_wmi.pyd`: `platform` asks a service for the system's version through it; without it, it asks Windows itself."""
SHARED: Final = frozenset(
    f"PySide6/{name}.dll" for name in ("msvcp140", "msvcp140_1", "msvcp140_2", "vcruntime140", "vcruntime140_1")
)
"""Microsoft's run-time libraries: those that Qt brings, and signs, are newer than Python's, so all use these."""
METADATA: Final = (
    r"[^/]+\.dist-info/(METADATA|entry_points\.txt|(licenses/.*|LICEN[CS]E[^/]*|COPYING[^/]*|NOTICE[^/]*))"
)
"""By which `keyring` finds its stores, and the licences, which must come along."""
CODE: Final = r"[^.]+(/[^.]+)*\.py|[^.]+(\.[a-z0-9_-]+)?\.pyd|winrt/[^.]+/_table\.pywinrt"
"""Python's modules, and the tables by which PyWinRT calls Windows."""
WHEELS: Final[Mapping[str, str]] = {
    "certifi": rf"{CODE}|certifi/cacert\.pem",
    "pyside6-essentials": (
        r"PySide6/(__init__|_config|_git_pyside_version)\.py|PySide6/support/(__init__|deprecated)\.py"
        rf"|PySide6/(Qt6({'|'.join(QT)})|pyside6\.abi3)\.dll|PySide6/Qt({'|'.join(QT)})\.pyd"
        r"|PySide6/plugins/(platforms/qwindows|styles/qmodernwindowsstyle|iconengines/qsvgicon"
        r"|imageformats/(qico|qsvg))\.dll"
    ),
    "shiboken6": r"shiboken6/[_a-z]+\.py|shiboken6/(Shiboken\.pyd|shiboken6\.abi3\.dll)",
}
"""Of wheels that have more than code for the seat; of all others their code, `CODE`."""
LEFT_OUT: Final = (
    r"anyio/(pytest_plugin|_backends/_trio)\.py|httpcore/(_a?sync/(http2|socks_proxy)|_backends/trio)\.py"
    r"|httpx/_main\.py|keyring/(devpi_client\.py|testing/.*)|platformdirs/pytest_plugin\.py|watchfiles/cli\.py"
    r"|websockets/trio/.*|win32ctypes/core/cffi/.*|winrt/__pyinstaller/.*"
)
"""For tests, for consoles, and beside libraries that the seat has not; nothing imports these without being asked to."""
OWN: Final = (
    r"pdm_desktop/.*\.py|server/__init__\.py|server/protocol/.*\.py|resources/(__init__\.py|icons/[a-z_]+\.svg)"
)
"""Of this project. Of the server only its words, and its own `__init__.py`, which is empty."""


def is_of_wheel(wheel: str, name: str) -> bool:
    """Say whether a file of a wheel, by its name in there, comes below `lib` on a seat."""
    if re.fullmatch(LEFT_OUT, name) or re.search(r"(^|/)tests?/", name):
        return False
    return bool(re.fullmatch(f"{WHEELS.get(wheel, CODE)}|{METADATA}", name))


def is_of_runtime(name: str) -> bool:
    """Say whether a file of Windows' Python comes onto a seat."""
    return name in RUNTIME


def is_own(name: str) -> bool:
    """Say whether a file of this checkout, by its path with `/`, comes below `lib` on a seat."""
    return bool(re.fullmatch(OWN, name))
