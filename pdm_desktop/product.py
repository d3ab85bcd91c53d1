"""What the product is called: by people, and by the system that it is installed on."""

from typing import Final

NAME: Final = "PDM Desktop"
"""In menus, in the list of installed programs, and as the folder below `Program Files`."""
EXECUTABLE: Final = "PDMDesktop.exe"
"""The installed program on Windows."""
APP_ID: Final = "PDM.Desktop"
"""The AppUserModelID: of the running program and of its shortcut, so that Windows knows them as one."""
SCHEME: Final = "pdm"
"""Links to files begin with `pdm://`."""
INSTALLED_KEY: Final = r"Software\PDM Desktop"
"""Below HKEY_LOCAL_MACHINE: what the installer was told. It is where a seat begins; its person may choose otherwise."""
POLICY_KEY: Final = r"Software\Policies\PDM Desktop"
"""Below HKEY_LOCAL_MACHINE: what an administrator has fixed for everybody at this computer."""
UPDATES_FOLDER: Final = f"{NAME} Updates"
"""Below `Program Files`: where an update is copied to, verified and installed from."""
UPGRADE_CODE: Final = "{A1957928-DE60-4EDE-8FE2-B3B432EBACC6}"
"""Windows Installer knows all versions as one product by it."""


def installer_name(version: str) -> str:
    """What the installer of a version is called."""
    return f"{NAME.replace(' ', '-')}-{version}-x64.msi"
