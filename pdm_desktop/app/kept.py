"""The remembered settings, read with care and written whole; a disk that refuses is told."""

from collections.abc import Callable, Collection
from pathlib import Path

from pdm_desktop import config
from pdm_desktop.config import Config
from pdm_desktop.core.notices import Rule
from pdm_desktop.core.results import Trouble
from pdm_desktop.state.store import Store


def keep_config(store: Store, folder: Path, change: Callable[[Config], Config]) -> None:
    """Remember something else from now on."""
    before = config.load(folder)
    after = change(before)
    if after == before:
        return
    try:
        config.save(folder, after)
    except OSError as error:
        text = f"{folder} could not be written: {error.strerror or error}."
        store.raise_trouble(
            Trouble(title="The settings are not kept", text=text, advice="Free some space on this computer.")
        )


def kept_rule(known: Config) -> Rule:
    """Which notices are wanted; all, where the settings say something that is no rule."""
    return next((rule for rule in Rule if rule.value == known.notices), Rule.ALL)


def tell_unreadable(store: Store, folder: Path, wrong: Collection[str]) -> None:
    """Say which settings could not be read, if there are any: somebody may have changed the file by hand."""
    if not wrong:
        return
    what = "The settings" if config.ALL in wrong else ", ".join(f"“{name}”" for name in wrong)
    file, aside = folder / config.FILE, folder / config.DAMAGED
    store.raise_trouble(
        Trouble(
            title="Some settings cannot be read",
            text=f"{what} in {file} cannot be read, and the usual ones are used instead.",
            advice=f"Quit the program to put them right. What stood there stays in {aside} when others are written.",
        )
    )
