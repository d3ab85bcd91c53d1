"""Which files are programs by their names: what Windows, or what comes with it, carries out when it is opened.

A vault brings files of other people. Opened by a double click such a file would act with the rights of who only wanted
to look at it, so it is shown in its folder instead, where the system's own warning stands before it.
"""

from typing import Final

_PROGRAMS: Final = "com cpl exe gadget pif scr"
_SCRIPTS: Final = (
    "bat cmd hta js jse ps1 ps1xml ps2 ps2xml psc1 psc2 psd1 psm1 sct shb shs vb vbe vbs vsmacros ws wsc wsf wsh"
)
_INSTALLERS: Final = (
    "app appinstaller application appref-ms appx appxbundle msi msix msixbundle msp mst msu ops pcd ppkg xbap"
)
_SETTINGS: Final = (
    "deskthemepack diagcab diagcfg diagpkg inf ins isp msc msh msh1 msh1xml msh2 msh2xml mshxml rdp reg"
    " settingcontent-ms theme themepack"
)
_LEADS_ELSEWHERE: Final = "library-ms lnk scf search-ms searchconnector-ms udl url website"
_HELP: Final = "chm hlp"
_OF_OTHERS: Final = "jar jnlp py pyc pyo pyw pyz pyzw xll"
"""Their programs take the ending for themselves when they are installed."""

ENDINGS: Final = frozenset(
    f"{_PROGRAMS} {_SCRIPTS} {_INSTALLERS} {_SETTINGS} {_LEADS_ELSEWHERE} {_HELP} {_OF_OTHERS}".split()
)
"""Endings without their dot, in small letters.

From the file types that Microsoft's Attachment Manager takes for a high risk (support article 883260) and that Outlook
blocks, without what is a document in a shop: databases, certificates, `prg` and `mas`, as NC programs are called.
AssocIsDangerous (shlwapi.h) would go by the registry of one computer; here all seats are to say the same.
"""


def is_program(name: str) -> bool:
    """Whether a file of that name is carried out when it is opened."""
    _, dot, ending = name.rpartition(".")
    return bool(dot) and ending.casefold() in ENDINGS
