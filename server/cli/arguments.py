"""What can be typed after `python -m server`."""

import argparse
from pathlib import Path
from typing import Any

from server.config import Config

SETTINGS_OF_SERVE = (
    "host", "port", "name", "tls_cert", "tls_key", "allow_plain_http", "log_level", "log_file", "drain"
)  # fmt: skip
"""Settings that have a flag; all others are set in the environment or the file."""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(prog="python -m server", description="The companion server of PDM Desktop.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    _common(serve := commands.add_parser("serve", help="run the server until it is told to stop"))
    for name in SETTINGS_OF_SERVE:
        _setting(serve, name)

    user = commands.add_parser("user", help="people who may sign in").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    _common(add := user.add_parser("add", help="a new person"))
    add.add_argument("name")
    add.add_argument("--admin", action="store_true", help="may administer this server")
    _password(add)
    _common(user.add_parser("list", help="everybody"))
    _common(password := user.add_parser("password", help="another password; all sessions of the person end"))
    password.add_argument("name")
    _password(password)
    _common(code := user.add_parser("code", help="a one-time code, with which the person sets a new password"))
    code.add_argument("name")
    _common(disable := user.add_parser("disable", help="no more sign-in; all sessions of the person end"))
    disable.add_argument("name")
    _common(enable := user.add_parser("enable", help="sign-in as before, for somebody who was disabled"))
    enable.add_argument("name")
    _common(admin := user.add_parser("admin", help="may administer this server from now on"))
    admin.add_argument("name")
    admin.add_argument("--off", action="store_true", help="no longer")

    vault = commands.add_parser("vault", help="vaults").add_subparsers(dest="action", required=True, metavar="ACTION")
    _common(add_vault := vault.add_parser("add", help="a new, empty vault"))
    add_vault.add_argument("name")

    _common(sets := vault.add_parser("sets", help="show or change which of its files belong together"))
    sets.add_argument("name")
    _rule(sets)

    _common(rules := vault.add_parser("rules", help="show or change the rules for its files, or try names with them"))
    rules.add_argument("name")
    _rules(rules)

    _common(bring := commands.add_parser("import", help="bring a folder's files into a vault"))
    bring.add_argument("vault", help="the vault's name; made if there is none")
    bring.add_argument("folder", type=Path)

    installer = commands.add_parser("installer", help="the seat's installers for Windows").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    _common(put := installer.add_parser("add", help="put one on the server, for every seat to fetch"))
    put.add_argument("file", type=Path, help="PDM-Desktop-1.2.3-x64.msi, as its build made it")
    _common(installer.add_parser("list", help="every one that is there, the newest first"))
    _common(take := installer.add_parser("remove", help="take one away"))
    take.add_argument("version", help="as in 1.2.3")

    _common(backup := commands.add_parser("backup", help="copy the data folder while the server goes on"))
    backup.add_argument("folder", type=Path, help="a new folder, or one with an earlier backup, which is renewed")
    backup.add_argument(
        "--quick", action="store_true", help="compare what an earlier backup has by its size, and do not read it again"
    )

    _common(restore := commands.add_parser("restore", help="bring a backup back; the server must not run"))
    restore.add_argument("folder", type=Path, help="a folder that was made by backup")

    _common(commands.add_parser("epoch", help="let the next start begin a new epoch: the database was brought back"))

    _common(commands.add_parser("move-database", help="bring what is in the SQLite file to PostgreSQL (database_url)"))

    commands.add_parser("openapi", help="print the description of the HTTP calls as JSON")
    return top


def flags_in(arguments: argparse.Namespace) -> dict[str, Any]:
    """The settings that were given as flags."""
    return {
        name: value for name in ("data", *SETTINGS_OF_SERVE) if (value := getattr(arguments, name, None)) is not None
    }


def _common(command: argparse.ArgumentParser) -> None:
    _setting(command, "data")
    command.add_argument("--config", type=Path, metavar="FILE", help="settings in a TOML file")


def _setting(command: argparse.ArgumentParser, name: str) -> None:
    field = Config.model_fields[name]
    flag = "--" + name.replace("_", "-")
    if field.annotation is bool:
        command.add_argument(flag, action="store_const", const=True, help=field.description)
    else:
        command.add_argument(flag, dest=name, metavar=name.rpartition("_")[2].upper(), help=field.description)


def _rule(command: argparse.ArgumentParser) -> None:
    for kind, what in (("sources", "CAM sources"), ("programs", "NC programs"), ("sheets", "setup sheets")):
        command.add_argument(f"--{kind}", metavar="ENDINGS", help=f"the endings of {what}, as in .nc,.tap")
    command.add_argument("--operation", metavar="TEMPLATE", help="how one operation of a part is named: {part}-op*")
    command.add_argument("--sheet", metavar="TEMPLATE", help="how a setup sheet is named: {part}-setup*")
    command.add_argument("--usual", action="store_true", help="go back to the usual rule")


def _rules(command: argparse.ArgumentParser) -> None:
    what = command.add_mutually_exclusive_group()
    what.add_argument("--json", action="store_true", help="show them as --set reads them")
    what.add_argument("--none", action="store_true", help="no rules from now on")
    what.add_argument("--set", type=Path, metavar="FILE", help="these, which the file has as JSON, from now on")
    command.add_argument(
        "--try", dest="tried", action="append", default=[], metavar="NAME",
        help="whether a new file may have that name or path; with --set by the rules of that file, which are not set",
    )  # fmt: skip


def _password(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input instead of asking for it"
    )
