"""The statements that complete an installer's tables."""

import pytest

from develop.installer import tables


def test_a_version_takes_the_place_of_the_hash() -> None:
    assert tables.versions({"f1": "6.11.3.0"}) == [
        "UPDATE `File` SET `Version`='6.11.3.0', `Language`='0' WHERE `File`='f1'",
        "DELETE FROM `MsiFileHash` WHERE `File_`='f1'",
    ]


def test_an_optional_component_is_asked_about_again_and_keeps_its_other_attributes() -> None:
    (autostart, _) = tables.conditions({"autostart": 260, "desktop": 260})
    assert autostart == (
        "UPDATE `Component` SET `Condition`='AUTOSTART = 1', `Attributes`=324 WHERE `Component`='autostart'"
    )


def test_the_settings_join_the_secure_properties() -> None:
    (secure,) = tables.properties(["OTHER"], {})
    assert "'OTHER;SERVER_URL;WORKSPACE;AUTOSTART;DESKTOPSHORTCUT;INSTALLDIR'" in secure


def test_a_stamped_value_is_a_property() -> None:
    assert tables.properties([], {"SERVER_URL": "https://pdm.example"})[-1] == (
        "INSERT INTO `Property` (`Property`, `Value`) VALUES ('SERVER_URL', 'https://pdm.example')"
    )


def test_a_value_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(ValueError, match="quotation mark"):
        tables.properties([], {"SERVER_URL": "it's"})


@pytest.mark.parametrize("name", ["lib", "Qt6Core.dll", "README", "_ssl.pyd"])
def test_a_short_name_stays(name: str) -> None:
    assert tables.short_names("File", "File", "FileName", [("f1", name)]) == []


@pytest.mark.parametrize(
    ("name", "ending"),
    [("python313.dll", ".DLL"), ("PDM Desktop", ""), ("blake3.cp313-win_amd64.pyd", ".PYD"), ("a.python", ".PYT")],
)
def test_a_long_name_gets_a_short_one_beside_it(name: str, ending: str) -> None:
    short = tables.short_name("f1", name)
    assert tables.SHORT.fullmatch(short)
    assert short.endswith(ending)
    assert short != tables.short_name("f2", name)
    (statement,) = tables.short_names("File", "File", "FileName", [("f1", name)])
    assert f"`FileName`='{short}|{name}' WHERE `File`='f1'" in statement
