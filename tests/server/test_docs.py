"""docs/server.md and the code say the same: settings, commands, calls, messages, close codes, exit codes."""

import argparse
import re

from server.app import create_api
from server.cli.arguments import SETTINGS_OF_SERVE, parser
from server.cli.trouble import Exit
from server.config import Config
from server.protocol.closing import CloseCode
from server.protocol.events import FROM_SEAT, FROM_SERVER
from tests.support.server_docs import TEXT, rows

OTHER_SIDE = {CloseCode.GOING_AWAY, CloseCode.BUSY}
"""Codes that this server never sends: the seat's own, and those of what stands in front of many nodes."""


def shown(default: object) -> str:
    match default:
        case None:
            return "none"
        case "":
            return "empty"
        case bool():
            return str(default).lower()
        case int() | float():
            return f"{default:,}"
        case _:
            return f"`{default}`"


def test_every_setting_is_described_with_its_default() -> None:
    fields = {name: [shown(field.default), field.description] for name, field in Config.model_fields.items()}
    assert rows("setting") == fields


def test_every_flag_of_serve_is_named() -> None:
    sentence = re.search(r"Flags exist for (.*?)\.\n", TEXT, re.DOTALL)
    assert sentence is not None
    assert set(re.findall(r"`(\w+)`", sentence[1])) == {"data", *SETTINGS_OF_SERVE}


def test_every_command_is_described() -> None:
    documented = {" ".join(re.findall(r"\b[a-z]+(?:-[a-z]+)*\b", command)) for command in rows("command")}
    assert documented == set(_commands(parser()))


def _commands(of: argparse.ArgumentParser, prefix: str = "") -> list[str]:
    below = [action.choices for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        return [prefix.strip()]
    return [command for name, each in below[0].items() for command in _commands(each, f"{prefix} {name}")]


def test_every_call_is_described_in_the_words_of_its_own_description() -> None:
    calls = {
        f"{method.upper()} {path}": [call["description"]]
        for path, methods in create_api(None).openapi()["paths"].items()
        for method, call in methods.items()
    }
    assert rows("call") == calls


def test_every_message_is_described() -> None:
    assert rows("from the server").keys() == FROM_SERVER.keys()
    assert rows("from the seat").keys() == FROM_SEAT.keys()


def test_every_close_and_exit_code_is_described() -> None:
    assert {int(code) for code in rows("close code")} == set(CloseCode) - OTHER_SIDE
    assert {int(code) for code in rows("exit code")} == set(Exit)
