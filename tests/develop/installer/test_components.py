"""The identities of components, which must never change, and the generated part of the installer's source."""

import xml.etree.ElementTree as ET
from pathlib import Path

from develop.installer.components import component_guid, files_fragment, identifier, product_code

SPACE = "{http://schemas.microsoft.com/wix/2006/wi}"
PATHS = ["LICENSE.txt", "lib/a/b/deep.pyd", "lib/a/x.pyc", "lib/a.txt", "python3.dll", "lib/c/y.pyc"]


def found(element: ET.Element, below: str = "") -> dict[str, str]:
    """Return the path of each file in a fragment, by the identity of its component."""
    made: dict[str, str] = {}
    for child in element:
        if child.tag == f"{SPACE}Directory":
            made |= found(child, f"{below}{child.attrib['Name']}/")
        elif child.tag == f"{SPACE}Component":
            (file,) = child
            made[child.attrib["Guid"]] = below + file.attrib["Name"]
    return made


def test_an_identity_stays_what_it_was_when_it_was_first_given() -> None:
    assert str(component_guid("python313.dll")) == "e04ca7d5-4c8b-56b3-9148-76fae040a27f"
    assert str(product_code("0.1.0")) == "fa9b8316-d0c6-5675-a60c-07525491bde0"


def test_an_identity_does_not_look_at_case_as_windows_does_not() -> None:
    assert component_guid("lib/PySide6/QtCore.pyd") == component_guid("LIB/pyside6/qtcore.PYD")
    assert component_guid("lib/a.pyd") != component_guid("lib/b.pyd")


def test_each_version_is_a_product_of_its_own() -> None:
    assert product_code("1.0.0") != product_code("1.0.1")


def test_names_of_rows_fit_the_tables() -> None:
    name = identifier("c", "lib/" + "long/" * 100 + "name.py")
    assert len(name) <= 38
    assert name.isalnum()
    assert name != identifier("c", "other")


def test_every_file_becomes_a_component_in_its_folder() -> None:
    fragment = ET.fromstring(files_fragment(Path("stage"), PATHS))  # noqa: S314  it was made on the line itself
    folder = fragment.find(f".//{SPACE}DirectoryRef")
    assert folder is not None
    assert found(folder) == {str(component_guid(path)): path for path in PATHS}
    sources = {each.attrib["Source"] for each in fragment.iter(f"{SPACE}File")}
    assert sources == {f"stage/{path}" for path in PATHS}
    grouped = {each.attrib["Id"] for each in fragment.iter(f"{SPACE}ComponentRef")}
    assert grouped == {identifier("c", path) for path in PATHS}


def test_a_folder_is_entered_once() -> None:
    fragment = ET.fromstring(files_fragment(Path("stage"), PATHS))  # noqa: S314  it was made on the line itself
    names = [each.attrib["Id"] for each in fragment.iter(f"{SPACE}Directory")]
    assert len(names) == len(set(names)) == 4
