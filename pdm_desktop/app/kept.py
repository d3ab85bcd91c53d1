"""The remembered settings, read with care and written whole; a disk that refuses, or who holds them, is told."""

import asyncio
from collections.abc import Callable, Collection
from pathlib import Path

from pdm_desktop import config, log
from pdm_desktop.config import Config
from pdm_desktop.core.errors import Local
from pdm_desktop.core.hearing import Hearing, rule_of
from pdm_desktop.core.requests import Request
from pdm_desktop.core.results import Trouble
from pdm_desktop.state.store import Store

HELD_EVERY = 0.5
"""Seconds between two looks whether settings that another program holds can be read."""


def read_config(folder: Path) -> Config:
    """The settings. Raises Local while they cannot be read, as when another program holds them."""
    try:
        return config.load(folder)
    except OSError as error:
        raise Local(
            f"The settings in {folder / config.FILE} cannot be read now: {error.strerror or error}.",
            advice="Close the program that has them open, or wait a moment. Nothing in them was changed.",
        ) from error


def config_or_usual(folder: Path) -> Config:
    """The settings, or the usual ones while they cannot be read: for what is only shown, never to be kept."""
    try:
        return read_config(folder)
    except Local:
        return Config()


async def config_when_readable(store: Store, folder: Path, request: Request | None = None) -> Config:
    """The settings, as soon as they can be read. That somebody holds them is told once, as the answer to a request."""
    is_told = False
    while True:
        try:
            return read_config(folder)
        except Local as held:
            if not is_told:
                log.note("settings held", why=held.text)
                store.raise_trouble(held.trouble, request)
            is_told = True
        await asyncio.sleep(HELD_EVERY)


def keep_config(store: Store, folder: Path, change: Callable[[Config], Config]) -> None:
    """Remember something else from now on. What cannot be read now is not written over."""
    try:
        before = read_config(folder)
    except Local as held:
        store.raise_trouble(Trouble(title="The settings are not kept", text=held.text, advice=held.advice))
        return
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


def kept_hearing(known: Config) -> Hearing:
    """What was wanted last, as far as is known here; all, where the settings say something that is no rule."""
    return Hearing(rule=rule_of(known.notices), quiet=known.quiet_hours)


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
