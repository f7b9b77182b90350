"""What a person decides about a case, over the API: stored first, then told; it works with Temporal down."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator
from pydantic.fields import FieldInfo
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.command import Command
from commands.record import record
from commands.registry import COMMANDS
from domain.invoices.incoming import LongText
from domain.parties.speakers import Asker, in_the_name_of
from facts.parties.creditors import sent_by_key
from web.api.idempotency import Answer, Asked, Call
from web.api.invoices import InvoiceNumber, OfInvoice, status_of
from web.problems import Problem, documented
from workflows.contracts import By, Code


class _CaseCommand(BaseModel):
    """A command to a case."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"command": "hold", "by": "anne", "reason_code": "asked-for-time", "until": "2026-12-24T11:00:00Z"},
                {"command": "skip", "by": "anne", "reason_code": "agreed-by-phone", "step": "reminder"},
                {"command": "resolve_dispute", "by": "anne", "reason_code": "checked", "upheld": False},
            ]
        },
    )
    command: str
    by: Annotated[By, Field(description="Who decides this.")]
    reason_code: Annotated[Code, Field(description="Why, as a short code.")]
    note: Annotated[LongText | None, Field(description="Why, in words; stays with the case.")] = None
    asked_by: Annotated[
        Asker | None, Field(description="Who asked for it, where somebody stands in for the debtor.")
    ] = None

    @model_validator(mode="after")
    def _fits_its_command(self) -> Self:
        own = _own_fields(COMMANDS[self.command])
        given = {name for name, value in self if value is not None} - {"command", "asked_by", *Command.model_fields}
        if given - own.keys():
            raise ValueError(f"{self.command} takes no {', '.join(sorted(given - own.keys()))}")
        if missing := {name for name, field in own.items() if field.is_required()} - given:
            raise ValueError(f"{self.command} needs {', '.join(missing)}")
        return self


class _CommandAccepted(OfInvoice):
    """The command is stored and its case will hear of it."""

    command: str


def router_of_commands() -> APIRouter:
    """The door of all commands that there are: their fields side by side, each for those that take it."""
    router = APIRouter(tags=["invoices"])
    name: Any = Literal[tuple(COMMANDS)]
    fields: dict[str, Any] = {"command": (name, Field(description="What is to be done.", examples=["hold"]))}
    for kind in COMMANDS.values():
        fields |= {name: _optional(field) for name, field in _own_fields(kind).items()}
    body = create_model("CaseCommand", __base__=_CaseCommand, __doc__=_CaseCommand.__doc__, **fields)
    accepted = create_model(
        "CommandAccepted",
        __base__=_CommandAccepted,
        __doc__=_CommandAccepted.__doc__,
        command=(name, Field(description="What was asked for.")),
    )

    @router.post(
        "/v1/invoices/{number:path}/commands",
        status_code=202,
        response_model=accepted,
        responses=documented(401, 403, 404, 409, 422),
    )
    async def create_command(number: InvoiceNumber, given: body, asked: Asked) -> Response:
        """Hold, release, send a step now, skip one, withdraw or undo that, judge the hand-off, dispute or resolve a dispute.

        Accepted means stored: nothing is lost while other parts are down. A closed case, a step that is gone and a
        past moment are refused (409), a step that the case's policy does not have too (422). A hand-off is approved where one
        waits for it, and not with the key that sent the invoice (403).
        """
        return await asked.once(lambda connection, now: _record(connection, asked, number, given, now))

    return router


async def _record(connection: AsyncConnection, asked: Call, number: str, given: _CaseCommand, now: datetime) -> Answer:
    case = (await status_of(connection, asked.creditor, number, now)).case_id
    if given.command == "approve_hand_off" and await sent_by_key(connection, case, asked.api_key):
        detail = "this key sent the invoice: a hand-off is approved with another key, or by a person"
        raise Problem(403, "same-key", detail)
    asked_for = given.model_dump(exclude={"command", "asked_by"}, exclude_none=True)
    asked_for["by"] = in_the_name_of(given.by, given.asked_by)
    command = COMMANDS[given.command].model_validate(asked_for)
    await record(connection, asked.services.planning, case, command, asked.command_id, now)
    return Answer(202, _CommandAccepted(number=number, command=given.command))


def _own_fields(kind: type[Command[Any]]) -> dict[str, FieldInfo]:
    """What a command is told besides who gives it and why."""
    return {name: field for name, field in kind.model_fields.items() if name not in Command.model_fields}


def _optional(field: FieldInfo) -> tuple[Any, Any]:
    kind: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    return kind | None, Field(default=None, description=field.description)
