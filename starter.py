"""Purr in the terminal: what an operator types. Each command's module is loaded when it is called."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer._click.exceptions import ClickException
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from terminal import output
from terminal.output import Form
from terminal.overview import COMMANDS

ON_EVERY_COMMAND = ("json", "output", "state")


class Commands(TyperGroup):
    """The commands by name; every one of them, however deep, also takes `--json`, `--output` and `--state`."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of an invoice's life."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command as an overview shows it: its name and what it is for."""
        entry = COMMANDS.get(cmd_name)
        return TyperCommand(cmd_name, help=entry.summary) if entry else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that was typed, from its module, with what is left for it."""
        name, known, left = super().resolve_command(ctx, args)
        return name, self.loaded(name) if known and name else known, left

    def loaded(self, name: str) -> Any:
        """The whole command, from its module."""
        command = get_group(import_module(COMMANDS[name].module).app).commands[name]
        self._share_options(command)
        return command

    def _share_options(self, command: Any) -> None:
        """Give a command the options of all, but for one whose name it has for something of its own."""
        own = {option.name for option in command.params}
        command.params.extend(
            option for option in self.params if option.name in ON_EVERY_COMMAND and option.name not in own
        )
        for deeper in getattr(command, "commands", {}).values():
            self._share_options(deeper)


def _beside(folder: Path | None) -> Path | None:
    """Named before the command or after it, the folder holds for all of it."""
    if folder is not None:
        output.work_beside(folder)
    return folder


app = typer.Typer(cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def purr(
    json: Annotated[bool, typer.Option("--json", expose_value=False, help="The same as --output json.")] = False,
    output: Annotated[
        Form, typer.Option("--output", expose_value=False, help="For people, machines or spreadsheets.")
    ] = "table",
    state: Annotated[
        Path | None,
        typer.Option("--state", metavar="FOLDER", expose_value=False, callback=_beside, help="Beside what runs there."),
    ] = None,
) -> None:
    """Purr: each unpaid invoice as one patient conversation with the customer.

    Exit codes: 0 all is well, 1 something was rejected, flagged or refused or a server is away, 2 wrong usage.
    """


def main(arguments: Sequence[str] | None = None, name: str = "starter.py") -> int:
    """Run one command; gives the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    output.speak(given)
    output.work_beside(None)
    try:
        code = typer.main.get_command(app).main(args=given, prog_name=name, standalone_mode=False)
    except output.Refusal as refusal:
        output.fail(str(refusal))
        return 1
    except output.Misuse as misuse:
        output.fail(str(misuse))
        return 2
    except ClickException as wrong:
        output.fail(wrong.format_message() or f"name a command: {name} --help lists them")
        return wrong.exit_code
    return code if isinstance(code, int) else 0


def program() -> NoReturn:
    """Run what was typed as a program of its own, `purr` or `starter.py`."""
    ended = main(name=Path(sys.argv[0]).name)
    with suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(ended)  # the Temporal client's threads may still be at work, and abort an interpreter that ends under them


if __name__ == "__main__":
    program()
