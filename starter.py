"""Purr in the terminal: what an operator types. Each command's module is loaded when it is called."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Annotated, Any

import typer
from typer._click.exceptions import ClickException
from typer.core import TyperGroup
from typer.main import get_group

from terminal import output

MODULES = {
    "import": "terminal.importing",
    "start": "terminal.cases",
    "payments": "terminal.payments",
    "pay": "terminal.payments",
    "unmatched": "terminal.review",
    "match": "terminal.review",
    "refunds": "terminal.review",
    "status": "terminal.cases",
    "list": "terminal.cases",
    "hold": "terminal.commands",
    "release": "terminal.commands",
    "skip": "terminal.commands",
    "send-now": "terminal.commands",
    "withdraw": "terminal.commands",
    "dispute": "terminal.commands",
    "promise": "terminal.plans",
    "plan": "terminal.plans",
    "approve": "terminal.commands",
    "stop": "terminal.stops",
    "tasks": "terminal.tasks",
    "replies": "terminal.replies",
    "letters": "terminal.letters",
    "mandates": "terminal.direct_debit",
    "claims": "terminal.direct_debit",
    "hand-offs": "terminal.hand_offs",
    "policy": "terminal.policies",
    "forecast": "terminal.forecasts",
    "fees": "terminal.fees",
    "creditor": "terminal.creditors",
    "debtor": "terminal.debtors",
    "outbox": "terminal.outbox",
    "webhooks": "terminal.webhooks",
}


class Commands(TyperGroup):
    """The commands by name; every one of them, however deep, also takes `--json`."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of an invoice's life."""
        return list(MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, from its module."""
        if cmd_name not in MODULES:
            return None
        command = get_group(import_module(MODULES[cmd_name]).app).commands[cmd_name]
        self._take_json(command)
        return command

    def _take_json(self, command: Any) -> None:
        command.params.extend(option for option in self.params if option.name == "json")
        for deeper in getattr(command, "commands", {}).values():
            self._take_json(deeper)


app = typer.Typer(cls=Commands, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def purr(
    json: Annotated[bool, typer.Option("--json", expose_value=False, help="Answer in JSON, for machines.")] = False,
) -> None:
    """Purr: each unpaid invoice as one patient conversation with the customer.

    Exit codes: 0 all is well, 1 something was rejected, flagged or refused or a server is away, 2 wrong usage.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    output.speak_json("--json" in given)
    try:
        code = typer.main.get_command(app).main(args=given, prog_name="starter.py", standalone_mode=False)
    except output.Refusal as refusal:
        output.fail(str(refusal))
        return 1
    except output.Misuse as misuse:
        output.fail(str(misuse))
        return 2
    except ClickException as wrong:
        output.fail(wrong.format_message() or "name a command: starter.py --help lists them")
        return wrong.exit_code
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    ended = main()
    with suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(ended)  # the Temporal client's threads may still be at work, and abort an interpreter that ends under them
