"""What runs with an administrator's rights: every way in which another file than our own update could come, refused."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from pdm_desktop.app.update_handover import hand_over, refusal, require_worth_asking
from pdm_desktop.app.update_install import (
    Package,
    Refused,
    Verdict,
    asked_for,
    install_update,
)
from pdm_desktop.core.errors import NotInstalled
from pdm_desktop.product import UPGRADE_CODE

CONTENT = b"an installer " * 1000
HOLDER = 77
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Computer:
    """Windows, as far as this process asks it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "protected"
        self.publisher: str | None = "Hartmann Precision"
        self.package: Package | OSError = Package("PDM Desktop", "0.2.0", UPGRADE_CODE)
        self.meanwhile: Callable[[], object] = lambda: None
        """What somebody does once the copy is there."""
        self.installed: list[tuple[Path, bytes, bool]] = []
        self.is_busy = False
        self.breaks: Exception | None = None
        """What nobody foresaw."""
        self.starts = True
        self.is_held = False

    @contextmanager
    def opened(self, file: Path) -> Iterator[BinaryIO]:
        with file.open("rb") as source:
            yield source

    def protected_folder(self) -> Path:
        if self.is_busy:
            raise Refused(Verdict.BUSY)
        self.folder.mkdir()
        return self.folder

    @contextmanager
    def held(self, file: Path) -> Iterator[int]:
        self.meanwhile()
        self.is_held = True
        yield HOLDER
        self.is_held = False

    def publisher_of(self, file: Path) -> str | None:
        assert self.is_held
        assert file.parent == self.folder, "what is verified is what will be installed"
        return self.publisher

    def package_in(self, file: Path) -> Package:
        assert self.is_held
        assert file.parent == self.folder
        if isinstance(self.package, OSError):
            raise self.package
        return self.package

    def install(self, file: Path, log: Path, holder: int) -> None:
        assert holder == HOLDER, "the installer holds it after this process has ended"
        if not self.starts:
            raise OSError("no msiexec")
        self.installed.append((file, file.read_bytes(), self.is_held))


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path)


@pytest.fixture
def fetched(tmp_path: Path) -> Path:
    path = tmp_path / "PDM-Desktop-0.2.0-x64.msi"
    path.write_bytes(CONTENT)
    return path


def install(file: Path, computer: Computer, *, sha256: str = SHA256, publisher: str = "Hartmann Precision") -> Verdict:
    return install_update(file, sha256, computer, publisher=publisher, own="0.1.9")


def test_our_own_newer_update_is_installed_from_the_protected_copy_while_nobody_can_change_it(
    computer: Computer, fetched: Path
) -> None:
    assert install(fetched, computer) is Verdict.HANDED_OVER
    assert computer.installed == [(computer.folder / fetched.name, CONTENT, True)]


def test_a_build_without_a_publisher_installs_nothing(computer: Computer, fetched: Path) -> None:
    computer.publisher = ""
    assert install(fetched, computer, publisher="") is Verdict.UNSIGNED_SEAT
    assert not computer.folder.exists()


def test_another_content_than_was_announced_is_refused(computer: Computer, fetched: Path) -> None:
    fetched.write_bytes(CONTENT + b"!")
    refused(computer, fetched, Verdict.OTHER_CONTENT)


def test_what_changes_before_it_is_held_is_refused(computer: Computer, fetched: Path) -> None:
    computer.meanwhile = lambda: (computer.folder / fetched.name).write_bytes(b"another")
    refused(computer, fetched, Verdict.OTHER_CONTENT)


def test_what_changes_in_the_persons_folder_after_the_copy_does_not_count(computer: Computer, fetched: Path) -> None:
    computer.meanwhile = lambda: fetched.write_bytes(b"another")
    assert install(fetched, computer) is Verdict.HANDED_OVER
    assert computer.installed[0][1] == CONTENT


def test_an_unsigned_or_broken_one_is_refused_although_its_hash_is_right(computer: Computer, fetched: Path) -> None:
    computer.publisher = None
    refused(computer, fetched, Verdict.NOT_TRUSTED)


@pytest.mark.parametrize("publisher", ["Somebody Else", "hartmann precision", "Hartmann Precision Ltd", ""])
def test_one_of_another_publisher_is_refused(computer: Computer, fetched: Path, publisher: str) -> None:
    computer.publisher = publisher
    refused(computer, fetched, Verdict.OTHER_PUBLISHER)


@pytest.mark.parametrize(
    "package",
    [
        Package("Another program", "0.2.0", UPGRADE_CODE),
        Package("", "0.2.0", UPGRADE_CODE),
        Package("PDM Desktop", "0.2.0", "{00000000-0000-0000-0000-000000000000}"),
        Package("PDM Desktop", "0.2.1", UPGRADE_CODE),
        OSError("no MSI"),
    ],
)
def test_another_product_of_the_same_publisher_is_refused(
    computer: Computer, fetched: Path, package: Package | OSError
) -> None:
    computer.package = package
    refused(computer, fetched, Verdict.OTHER_PRODUCT)


@pytest.mark.parametrize("version", ["0.1.9", "0.1.8", "0.0.99", "", "new", "0.1.9.5"])
def test_an_old_release_with_its_known_holes_is_refused(computer: Computer, fetched: Path, version: str) -> None:
    computer.package = Package("PDM Desktop", version, UPGRADE_CODE)
    refused(computer, fetched, Verdict.NOT_NEWER)


def test_a_file_that_is_gone_or_a_folder_that_cannot_be_made_is_said(computer: Computer, tmp_path: Path) -> None:
    assert install(tmp_path / "gone.msi", computer) is Verdict.NOT_COPIED
    assert install(tmp_path / "gone.msi", computer) is Verdict.NOT_COPIED
    assert computer.installed == []


def test_what_cannot_be_started_is_said(computer: Computer, fetched: Path) -> None:
    computer.starts = False
    refused(computer, fetched, Verdict.NOT_STARTED)


def refused(computer: Computer, fetched: Path, verdict: Verdict) -> None:
    """It is refused so, nothing is installed, and the copy is gone."""
    assert install(fetched, computer) is verdict
    assert computer.installed == []
    assert list(computer.folder.iterdir()) == []


def test_while_another_update_is_installed_a_second_one_waits(computer: Computer, fetched: Path) -> None:
    computer.is_busy = True
    assert install(fetched, computer) is Verdict.BUSY
    assert "Another update of PDM Desktop is being installed." in refusal(Verdict.BUSY).text


@pytest.mark.parametrize("what", [OSError("the disk is full"), MemoryError()])
def test_a_copy_that_was_begun_goes_whatever_ends_it(computer: Computer, fetched: Path, what: Exception) -> None:
    def fail() -> None:
        raise what

    computer.meanwhile = fail
    if isinstance(what, OSError):
        assert install(fetched, computer) is Verdict.NOT_COPIED
    else:
        with pytest.raises(MemoryError):
            install(fetched, computer)
    assert list(computer.folder.iterdir()) == []


def test_nobody_is_asked_for_a_password_for_what_will_be_refused(computer: Computer, fetched: Path) -> None:
    computer.folder, computer.is_held = fetched.parent, True
    require_worth_asking(fetched, computer, publisher="Hartmann Precision", own="0.1.9")
    for publisher, why in ((None, "no signature"), ("Somebody Else", "signed by somebody else")):
        computer.publisher = publisher
        with pytest.raises(NotInstalled, match=why):
            require_worth_asking(fetched, computer, publisher="Hartmann Precision", own="0.1.9")


def test_only_a_file_and_a_hash_are_taken_from_the_command_line() -> None:
    asked = [r"D:\Böden\updates\a.msi", SHA256]
    assert asked_for(["--install-update", asked[0], "--sha256", asked[1]]) == (Path(asked[0]), SHA256)


@pytest.mark.parametrize(
    "path",
    [
        r"\\computer\share\a.msi",
        r"//computer/share/a.msi",
        r"\\.\pipe\a.msi",
        r"\\?\UNC\computer\share\a.msi",
        r"\\?\C:\a.msi",
        r"C:\a.msi:stream",
        r"C:\\.\pipe|a.msi",
        r"C:a.msi",
        r"a.msi",
        r"C:/a.msi",
        "C:\\a\n.msi",
        "",
    ],
)
def test_a_file_that_lies_on_no_drive_is_not_even_opened(path: str) -> None:
    """Whoever opens a file of another computer shows it an administrator's name and proof of the password."""
    with pytest.raises(Refused) as why:
        asked_for(["--install-update", path, "--sha256", SHA256])
    assert why.value.verdict is Verdict.NOT_LOCAL


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--install-update"],
        ["--install-update", r"C:\a.msi", "--sha256"],
        ["--install-update", r"C:\a.msi", "--sha256", "ab"],
        ["--install-update", r"C:\a.msi", "--sha256", SHA256.upper()],
        ["--install-update", r"C:\a.msi", "--sha256", SHA256, "TRANSFORMS=evil.mst"],
        ["--sha256", SHA256, "--install-update", r"C:\a.msi"],
    ],
)
def test_any_other_words_are_refused(words: list[str]) -> None:
    with pytest.raises(Refused) as why:
        asked_for(words)
    assert why.value.verdict is Verdict.BAD_WORDS


def test_every_verdict_is_told_in_words_and_none_is_the_same_as_another() -> None:
    told = [refusal(verdict).text for verdict in Verdict if verdict is not Verdict.HANDED_OVER]
    assert len(set(told)) == len(told)
    assert all(text.endswith("Nothing was installed.") for text in told)
    assert "ended with 3221225477" in refusal(0xC0000005).text


def test_where_there_is_no_windows_it_says_so(fetched: Path) -> None:
    with pytest.raises(NotInstalled, match="not updated by itself on this system"):
        hand_over(fetched, SHA256)
