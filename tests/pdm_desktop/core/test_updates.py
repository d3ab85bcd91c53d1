"""Whether an update is needed and who can install it: every rule, in a table, and the words."""

import pytest

from pdm_desktop.core.notices import TEXT_UNITS, TITLE_UNITS, units
from pdm_desktop.core.results import Trouble
from pdm_desktop.core.updates import (
    LARGEST,
    Build,
    Need,
    Said,
    Stage,
    Update,
    is_too_old,
    moved,
    sentence_of,
    title_of,
    update_for,
    update_notice,
)
from server.protocol.calls import Installer

SHOP = Build(version="0.2.0", publisher="Hartmann Precision", installs=True, wanted=True)


def msi(version: str = "0.3.0", size: int = 30_000_000) -> Installer:
    return Installer(name=f"PDM-Desktop-{version}-x64.msi", version=version, size=size, sha256="ab" * 32)


@pytest.mark.parametrize(
    ("oldest", "newest", "need"),
    [
        ("0.1.0", "0.2.0", Need.NONE),
        ("0.2.0", "0.2.0", Need.NONE),
        ("0.1.0", "0.1.9", Need.NONE),
        ("0.1.0", "", Need.NONE),
        ("0.1.0", "0.2.1", Need.AVAILABLE),
        ("0.1.0", "0.10.0", Need.AVAILABLE),
        ("0.2.1", "0.2.1", Need.REQUIRED),
        ("0.3.0", "", Need.REQUIRED),
    ],
)
def test_what_the_server_says_decides_what_is_needed(oldest: str, newest: str, need: Need) -> None:
    assert update_for(SHOP, Said(oldest=oldest, newest=newest)).need is need


@pytest.mark.parametrize(
    ("build", "offered", "can"),
    [
        (SHOP, msi(), True),
        (SHOP, None, False),
        (Build(version="0.2.0", publisher="", installs=True, wanted=True), msi(), False),
        (Build(version="0.2.0", publisher="Hartmann Precision", installs=False, wanted=True), msi(), False),
        (SHOP, msi("0.2.0"), False),
        (SHOP, msi("0.1.9"), False),
        (SHOP, msi("newest"), False),
        (SHOP, msi(size=0), False),
        (SHOP, msi(size=LARGEST + 1), False),
    ],
    ids=["all well", "no installer", "unsigned", "no Windows", "the same", "older", "no version", "empty", "vast"],
)
def test_only_a_signed_seat_on_windows_installs_what_is_newer(
    build: Build, offered: Installer | None, can: bool
) -> None:
    update = update_for(build, Said(oldest="0.1.0", newest="0.4.0", offered=offered))
    assert (update.need, update.installer) == (Need.AVAILABLE, offered if can else None)
    assert update.version == ("0.3.0" if can else "0.4.0"), "what is promised is what will be installed"


def test_an_installer_that_is_too_old_itself_helps_nobody() -> None:
    update = update_for(SHOP, Said(oldest="0.4.0", newest="0.4.0", offered=msi("0.3.0")))
    assert (update.need, update.version, update.installer) == (Need.REQUIRED, "0.4.0", None)


def test_where_an_administrator_switched_updates_off_only_a_required_one_is_said() -> None:
    managed = Build(version="0.2.0", publisher="Hartmann Precision", installs=True, wanted=False)
    assert update_for(managed, Said(oldest="0.1.0", newest="0.3.0", offered=msi())) == Update(own="0.2.0")
    required = update_for(managed, Said(oldest="0.3.0", newest="0.3.0", offered=msi()))
    assert (required.need, required.installer) == (Need.REQUIRED, None)


def test_a_seat_as_old_as_the_oldest_is_served() -> None:
    assert [is_too_old("0.2.0", oldest) for oldest in ("0.1.9", "0.2.0", "0.2.1", "1", "")] == [
        False, False, True, True, False,
    ]  # fmt: skip


AVAILABLE = update_for(SHOP, Said(oldest="0.1.0", newest="0.3.0", offered=msi()))
REQUIRED = update_for(SHOP, Said(oldest="0.3.0", newest="0.3.0"))


@pytest.mark.parametrize(
    ("update", "title", "sentence"),
    [
        (AVAILABLE, "PDM Desktop 0.3.0 is available.", "You have 0.2.0. Installing takes a minute."),
        (
            update_for(SHOP, Said(oldest="0.1.0", newest="0.3.0")),
            "PDM Desktop 0.3.0 is available.",
            "You have 0.2.0. Who looks after this computer installs it.",
        ),
        (
            REQUIRED,
            "This server needs PDM Desktop 0.3.0.",
            "You have 0.2.0. Ask who looks after this computer to install it. Your work stays in the workspace.",
        ),
        (moved(AVAILABLE, Stage.FETCHING, done=12_300_000), None, "It is being fetched: 12 of 30 MB."),
        (
            moved(AVAILABLE, Stage.FAILED, trouble=Trouble(title="No", text="It broke.", advice="Try again.")),
            None,
            "It broke. Try again.",
        ),
        (
            moved(AVAILABLE, Stage.INSTALLING),
            None,
            "It is being installed. This window closes by itself and comes back.",
        ),
    ],
)
def test_it_is_said_in_plain_words(update: Update, title: str | None, sentence: str) -> None:
    assert sentence_of(update) == sentence
    assert title is None or title_of(update) == title


def test_the_notice_fits_and_only_a_required_update_breaks_a_quiet_hour() -> None:
    for update in (AVAILABLE, REQUIRED):
        notice = update_notice(update)
        assert units(notice.title) <= TITLE_UNITS
        assert units(notice.text) <= TEXT_UNITS
        assert notice.urgent is (update is REQUIRED)
