"""Runs on Windows' Python in Wine, for test_update.py: what the process with an administrator's rights does.

`python windows_update.py FILE PUBLISHER OWN_VERSION` prints the verdict, and then what was installed, if anything was.
"""

import hashlib
import sys
import time
from pathlib import Path

if sys.platform == "win32":
    import winreg

    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from pdm_desktop.app.update_install import Verdict, install_update
    from pdm_desktop.app.update_windows import Windows

    PATIENCE_S = 60

    def installed() -> str:
        """The version that an installer of the tests left in the registry."""
        access = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"Software\Installed by a test", 0, access) as key:
            return str(winreg.QueryValueEx(key, "Version")[0])

    def main() -> None:
        """Say how it went."""
        file, publisher, own = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        verdict = install_update(file, sha256, Windows(), publisher=publisher, own=own)
        print(verdict.name, flush=True)
        end = time.monotonic() + PATIENCE_S
        while verdict is Verdict.HANDED_OVER and time.monotonic() < end:
            try:
                print(f"installed {installed()}", flush=True)
                return
            except FileNotFoundError:
                time.sleep(0.1)

    main()
