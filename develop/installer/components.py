"""The staged files as components of the installer: one file each, and the same identity in every version."""

import hashlib
import uuid
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from xml.sax.saxutils import quoteattr

OURS = uuid.UUID("6acdba3e-b9d8-436c-b9ee-8078fa74c7ac")
"""What the identities below are made from. Changing it breaks every upgrade."""


def identifier(kind: str, path: str) -> str:
    """Return the name of a row about a file or a folder; `kind` keeps the tables apart. At most 72 characters."""
    return f"{kind}{hashlib.sha256(path.encode()).hexdigest()[:24]}"


def component_guid(path: str) -> uuid.UUID:
    """Return the identity of the component of a file, from its path in the installed folder: the same for ever.

    Windows Installer counts what is installed by it, across versions.
    """
    return uuid.uuid5(OURS, f"file {path.lower()}")


def product_code(version: str) -> uuid.UUID:
    """Return the identity of one version. Two builds of one version are one product: the second repairs the first."""
    return uuid.uuid5(OURS, f"product {version}")


def files_fragment(folder: Path, paths: Iterable[str]) -> str:
    """Return the installer's generated part, as WiX source: each staged file as a component of its own."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', '<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">']
    lines += ["<Fragment>", '<DirectoryRef Id="INSTALLDIR">']
    references = []
    open_folder = PurePosixPath()
    for path in sorted(map(PurePosixPath, paths), key=lambda each: (each.parent.parts, each.name)):
        lines += _way(open_folder, path.parent)
        open_folder = path.parent
        lines.append(_component(folder, str(path)))
        references.append(f'<ComponentRef Id="{identifier("c", str(path))}"/>')
    lines += [*_way(open_folder, PurePosixPath()), "</DirectoryRef>", '<ComponentGroup Id="files">']
    return "\n".join([*lines, *references, "</ComponentGroup>", "</Fragment>", "</Wix>", ""])


def _component(folder: Path, path: str) -> str:
    name, source = quoteattr(path.rpartition("/")[2]), quoteattr(str(folder / path))
    file = f'<File Id="{identifier("f", path)}" Name={name} Source={source} KeyPath="yes"/>'
    return f'<Component Id="{identifier("c", path)}" Guid="{component_guid(path)}" Win64="yes">{file}</Component>'


def _way(here: PurePosixPath, there: PurePosixPath) -> list[str]:
    """Return the lines that lead from one folder to another: ends of those left, beginnings of those entered."""
    common = 0
    while here.parts[: common + 1] == there.parts[: common + 1] and common < min(len(here.parts), len(there.parts)):
        common += 1
    ends = ["</Directory>"] * (len(here.parts) - common)
    begun = []
    for depth in range(common + 1, len(there.parts) + 1):
        entered = "/".join(there.parts[:depth])
        begun.append(f'<Directory Id="{identifier("d", entered)}" Name={quoteattr(there.parts[depth - 1])}>')
    return [*ends, *begun]
