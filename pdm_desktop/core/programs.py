"""Which files are programs by their names: what Windows, or what comes with it, carries out when it is opened.

A vault brings files of other people. Opened by a double click such a file would act with the rights of who only wanted
to look at it, so it is shown in its folder instead, where the system's own warning stands before it.
"""

from typing import Final

_PROGRAMS: Final = "com cpl exe fxp gadget pif scr"
_SCRIPTS: Final = (
    "bat cdxml cmd hta htc js jse ps1 ps1xml ps2 ps2xml psc1 psc2 psd1 psdm1 psm1 pssc sct shb shs vb vbe vbs vsmacros"
    " ws wsc wsf wsh"
)
_INSTALLERS: Final = (
    "app appinstaller application appref-ms appx appxbundle msi msix msixbundle msp mst msu ops osd oxt pcd ppkg vsix"
    " vsto xbap"
)
_SETTINGS: Final = (
    "appcontent-ms bgi deskthemepack diagcab diagcfg diagpkg inf ins isp msc msh msh1 msh1xml msh2 msh2xml mshxml"
    " printerexport reg settingcontent-ms theme themepack webpnp"
)
_DISKS: Final = "img iso vhd vhdx"
"""Opened they become a drive, and what lies on it has lost the mark of where it came from."""
_LEADS_ELSEWHERE: Final = (
    "dqy grp ica iqy library-ms lnk oqy rdp rqy scf search-ms searchconnector-ms slk udl url website wsb xnk"
)
_HELP: Final = "chm hlp"
_OF_OTHERS: Final = (
    "jar jnlp mad maf mag mam maq mar mau mav maw pl py pyc pyo pyw pyz pyzw rb xll"
    " appimage bash command csh desktop ksh sh"
)
"""Their programs take the ending for themselves when they are installed: Java, Access, Python, Excel; and Linux."""

ENDINGS: Final = frozenset(
    f"{_PROGRAMS} {_SCRIPTS} {_INSTALLERS} {_SETTINGS} {_DISKS} {_LEADS_ELSEWHERE} {_HELP} {_OF_OTHERS}".split()
)
"""Endings without their dot, in small letters.

From the file types that Microsoft's Attachment Manager takes for a high risk (support article 883260), that Outlook
blocks ("Blocked attachments in Outlook", support.microsoft.com), that Chromium does not open by itself (its
components/safe_browsing/content/resources/download_file_types.asciipb) and that Windows looks for when a command has
no ending (PATHEXT). Left out is what a shop has under the same ending: `prg`, `mas`, `mat`, `job`, and `pst`, as posts
are called; documents, archives, databases and certificates; and what opening does not carry out, such as `dll`.
AssocIsDangerous (shlwapi.h) would go by the registry of one computer; here all seats are to say the same.
"""


def is_program(name: str) -> bool:
    """Whether a file of that name is carried out when it is opened.

    Windows takes dots and spaces away at the end, and what stands behind a colon names a stream of the file before it
    (learn.microsoft.com, "Naming Files, Paths, and Namespaces"): no name of a vault has either, and one that had would
    mean the program all the same.
    """
    return any(_ending_of(part) in ENDINGS for part in name.split(":"))


def _ending_of(name: str) -> str:
    _, dot, ending = name.rstrip(". \t").rpartition(".")
    return ending.casefold() if dot else ""
