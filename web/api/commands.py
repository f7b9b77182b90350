"""What a person decides about a case, over the API: stored first, then told; it works with Temporal down."""

from datetime import datetime
from typing import Annotated, Self
from uuid import uuid4

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import Amount, Identifier, LongText, Name
from facts.cases.commands import Command, CommandName, record_command
from facts.parties.creditors import sent_by_key
from planning.service import say
from web.api.idempotency import Answer, Asked, Call
from web.api.invoices import standing
from web.problems import Problem, documented
from workflows.contracts import By, Code

router = APIRouter(tags=["invoices"])

TAKES: dict[str, frozenset[str]] = {
    "hold": frozenset({"until"}),
    "send_now": frozenset({"step"}),
    "skip": frozenset({"step"}),
    "dispute": frozenset({"amount"}),
    "resolve_dispute": frozenset({"upheld"}),
}
"""What a command is told besides who gives it and why."""
REQUIRED = frozenset({"step", "upheld"})


def _thinkable(moment: datetime) -> datetime:
    if not 2000 <= moment.year < 2100:
        raise ValueError("is outside 2000 to 2099")
    return moment


class CaseCommand(BaseModel):
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
    command: CommandName
    by: Annotated[By, Field(description="Who decides this.")]
    reason_code: Annotated[Code, Field(description="Why, as a short code.")]
    note: Annotated[LongText | None, Field(description="Why, in words; stays with the case.")] = None
    step: Annotated[Name | None, Field(description="skip, send_now: a step of the case's policy.")] = None
    until: Annotated[
        Annotated[AwareDatetime, AfterValidator(_thinkable)] | None, Field(description="hold: a moment ahead.")
    ] = None
    upheld: Annotated[bool | None, Field(description="resolve_dispute: the debtor is right.")] = None
    amount: Annotated[Amount | None, Field(description="dispute: only this part is disputed, the rest goes on.")] = None

    @model_validator(mode="after")
    def _fits_its_command(self) -> Self:
        takes = TAKES.get(self.command, frozenset())
        given = {name for name in ("step", "until", "upheld", "amount") if getattr(self, name) is not None}
        if given - takes:
            raise ValueError(f"{self.command} takes no {', '.join(sorted(given - takes))}")
        if missing := takes & REQUIRED - given:
            raise ValueError(f"{self.command} needs {', '.join(missing)}")
        return self


class CommandAccepted(BaseModel):
    """The command is stored and its case will hear of it."""

    number: str = Field(examples=["2026-1001"])
    command: CommandName


@router.post(
    "/v1/invoices/{number:path}/commands",
    status_code=202,
    response_model=CommandAccepted,
    responses=documented(401, 403, 404, 409, 422),
)
async def command_case(number: Identifier, given: CaseCommand, asked: Asked) -> Response:
    """Hold, release, send a step now, skip one, withdraw, judge the hand-off, dispute or resolve a dispute.

    Accepted means stored: nothing is lost while other parts are down. A closed case, a step that is gone and a
    past moment are refused (409), a step that the case's policy does not have too (422). A hand-off is approved where one
    waits for it, and not with the key that sent the invoice (403).
    """

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        case = (await standing(connection, asked.creditor, number, now)).case_id
        if given.command == "approve_hand_off" and await sent_by_key(connection, case, asked.api_key):
            detail = "this key sent the invoice: a hand-off is approved with another key, or by a person"
            raise Problem(403, "same-key", detail)
        if given.step is not None:
            await _check_step(connection, asked, case, given.step, now)
            if given.command == "send_now":
                await _check_now(connection, asked, case, given.step, now)
        command = Command(
            id=str(uuid4()),
            name=given.command,
            by=given.by,
            reason_code=given.reason_code,
            note=given.note,
            step=given.step,
            until=given.until,
            upheld=given.upheld,
            amount=given.amount,
        )
        await record_command(connection, case, command, now)
        return Answer(202, CommandAccepted(number=number, command=given.command))

    return await asked.once(work)


async def _check_step(connection: AsyncConnection, asked: Call, case: int, step: str, now: datetime) -> None:
    plan = await asked.services.planning.plan(connection, case, now)
    if step not in plan.policy.index:
        steps = ", ".join(each.id for each in plan.policy.steps)
        raise Problem(422, "unknown-step", f"policy {plan.policy.name} has no step {step}: there are {steps}")
    if plan.case.state == "open" and step not in (left := say(plan, now).open_steps):
        raise Problem(409, "step-gone", f"step {step} is done or skipped: what is left is {', '.join(left) or 'none'}")


async def _check_now(connection: AsyncConnection, asked: Call, case: int, step: str, now: datetime) -> None:
    if why_not := await asked.services.planning.why_not_now(connection, case, step, now):
        raise Problem(409, "not-now", why_not)
