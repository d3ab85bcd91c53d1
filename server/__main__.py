"""`python -m server`: serve, and the commands of an operator. Results go to standard output, the log elsewhere."""

import argparse
import asyncio
import io
import json
import os
import sys
from collections.abc import Awaitable, Callable, Sequence

import httpx

from server import log
from server.cli import people, vault_rules, vaults
from server.cli.arguments import flags_in, parser
from server.cli.importing.importing import import_folder
from server.cli.operator import Operator, operator
from server.cli.trouble import Exit, Trouble
from server.config import BadConfig, Config, load


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says. Returns the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a file's name that it cannot show shall end no command
        sys.stdout.reconfigure(errors="backslashreplace")
    arguments = parser().parse_args(words)
    try:
        return _do(arguments)
    except BadConfig as error:
        return _end(str(error), Exit.USAGE)
    except Trouble as error:
        return _end(str(error), error.code)
    except KeyboardInterrupt:
        return _end("Stopped before the end. What was done stays; the same command goes on from there.", Exit.TROUBLE)


def _do(arguments: argparse.Namespace) -> int:
    # The server itself is loaded only where it is needed: a command to a running one takes a third of the time.
    if arguments.command == "openapi":
        from server.app import create_api

        _say(json.dumps(create_api(None).openapi(), indent=2))
        return Exit.DONE
    config = load(flags=flags_in(arguments), environment=os.environ, file=arguments.config)
    if arguments.command == "serve":
        from server.cli.serve import serve
        from server.serving.process import run

        file = config.data / "logs" / "server.log" if config.log_file else None
        log.configure(level=config.log_level, file=file, file_bytes=config.log_file_bytes, files=config.log_files)
        run(serve(config, announce=lambda address: _say(f"PDM server ready on {address}")))
        return Exit.DONE
    log.configure(level="warning")
    if arguments.command == "epoch":
        from server.cli.epoch import epoch

        return asyncio.run(epoch(config, say=_say))
    if arguments.command == "move-database":
        from server.cli.move_database import move_database

        return asyncio.run(move_database(config, say=_say))
    if arguments.command in ("backup", "restore"):
        from server.cli import backup

        backup.require_file(config)
        if arguments.command == "backup":
            return backup.backup(config, arguments.folder, quick=arguments.quick, say=_say)
        return backup.restore(config, arguments.folder, say=_say)
    if arguments.command == "installer":
        return _installer(config, arguments)
    return asyncio.run(_operate(config, _task_of(arguments)))


def _installer(config: Config, arguments: argparse.Namespace) -> Exit:
    from server.cli import installers

    match arguments.action:
        case "add":
            return installers.add(config.data, arguments.file, oldest=config.oldest_client, say=_say)
        case "remove":
            return installers.remove(config.data, arguments.version, oldest=config.oldest_client, say=_say)
        case _:
            return installers.show(config.data, say=_say)


Task = Callable[[Operator], Awaitable[Exit | None]]


def _task_of(arguments: argparse.Namespace) -> Task:
    """The operator's command; a password is asked for before anything is opened."""
    match arguments.command, getattr(arguments, "action", None):
        case "user", action:
            return _task_about_people(arguments, str(action))
        case "vault", "add":
            return lambda operator: vaults.add(operator, arguments.name, say=_say)
        case "vault", "sets":
            return lambda operator: vaults.rule_sets(operator, arguments.name, arguments, say=_say)
        case "vault", "rules":
            return lambda operator: vault_rules.rules(operator, arguments.name, arguments, say=_say)
        case "import", None:
            return lambda operator: import_folder(operator, arguments.vault, arguments.folder, say=_say)
        case command:
            raise AssertionError(f"{command} is not handled")


def _task_about_people(arguments: argparse.Namespace, action: str) -> Task:
    match action:
        case "add":
            password = people.read_password(from_stdin=arguments.password_stdin)
            return lambda operator: people.add(
                operator, arguments.name, password=password, administrator=arguments.admin, say=_say
            )
        case "list":
            return lambda operator: people.show(operator, say=_say)
        case "password":
            password = people.read_password(from_stdin=arguments.password_stdin)
            return lambda operator: people.set_password(operator, arguments.name, password=password, say=_say)
        case "code":
            return lambda operator: people.make_code(operator, arguments.name, say=_say)
        case "disable":
            return lambda operator: people.disable(operator, arguments.name, say=_say)
        case "enable":
            return lambda operator: people.enable(operator, arguments.name, say=_say)
        case "admin":
            return lambda operator: people.make_administrator(
                operator, arguments.name, administrator=not arguments.off, say=_say
            )
        case _:
            raise AssertionError(f"user {action} is not handled")


async def _operate(config: Config, task: Task) -> Exit:
    async with operator(config) as signed_in:
        # What went wrong is told after everything is closed: on its way out it would be wrapped in groups.
        try:
            return await task(signed_in) or Exit.DONE
        except Trouble as error:
            trouble = error
        except httpx.TransportError as error:
            trouble = Trouble(f"The server cannot be reached any more: {error}. Start the same command again.")
    raise trouble


def _say(text: str) -> None:
    print(text, flush=True)


def _end(text: str, code: Exit) -> int:
    print(text, file=sys.stderr, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
