"""Promises to pay and instalment plans over the API: offered, agreed, looked at and ended."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.agreement import plan as of_plan
from commands.agreement import promise as of_promise
from commands.command import Command, Result
from commands.record import record
from connectors.ids import Kind
from domain.agreements.instalments import WHY_NO_OFFER, NoOffer
from domain.invoices.incoming import Amount, Day, LongText
from domain.parties.speakers import Asker, in_the_name_of
from facts import clock
from facts.agreements import plans
from facts.agreements.plans import AgreedPlan
from web.api.idempotency import Answer, Asked, Call, json_response
from web.api.ids import EXAMPLES, IdsAsking, PlanId, PromiseId, written
from web.api.invoices import InvoiceNumber, OfInvoice, status_of
from web.problems import Problem, documented, not_found
from web.security import CreditorAsking
from web.services import Here
from workflows.contracts import By, Code

router = APIRouter(tags=["promises and plans"], responses=documented(401, 404, 422))

MOST_INSTALMENTS = 60
BUDGET_IN_FULL = "give both income and spending, or neither"

MonthlyAmount = Annotated[Decimal, Field(ge=0, lt=10**10, decimal_places=2)]


class _Decided(BaseModel):
    """What a person decides, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    by: Annotated[By, Field(description="Who records this.")]
    reason_code: Annotated[Code, Field(description="Why, as a short code.")]
    note: Annotated[LongText | None, Field(description="Why, in words; stays with the case.")] = None


class _Agreed(_Decided):
    """What is agreed with the debtor's side."""

    asked_by: Annotated[
        Asker | None, Field(description="Who asked for it, where somebody stands in for the debtor.")
    ] = None

    def wanted(self) -> dict[str, Any]:
        """The fields of the command: who records it, and whom it was asked by, are one name."""
        return {name: value for name, value in self if name != "asked_by"} | {
            "by": in_the_name_of(self.by, self.asked_by)
        }


class NewPromise(_Agreed):
    """The debtor will pay by a day."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"by": "anne", "reason_code": "payday", "pay_by": "2026-12-01"}]}
    )
    pay_by: Annotated[Day, Field(description="The day, within the policy's bounds.", examples=["2026-12-01"])]
    amount: Annotated[Amount | None, Field(description="All that is owed unless told otherwise.")] = None


class PromiseMade(OfInvoice):
    """A promise as it is recorded: the case rests through its day, which is moved to a banking day."""

    id: PromiseId = Field(description="The promise's id.", examples=[EXAMPLES[Kind.PROMISE]])
    pay_by: date = Field(description="The day, moved to a banking day.", examples=["2026-12-01"])
    amount: Decimal = Field(description="What is promised.", examples=["802.00"])
    currency: str = Field(description="ISO 4217 code.", examples=["NOK"])


class WithdrawPromise(_Decided):
    """The last promise was recorded by mistake."""


class PromiseWithdrawn(OfInvoice):
    """The promise counts no more."""

    id: PromiseId = Field(description="The promise's id.", examples=[EXAMPLES[Kind.PROMISE]])


class Part(BaseModel):
    """One instalment."""

    number: int = Field(description="Its place in the plan, from 1.", examples=[1])
    due_on: date = Field(description="The day by which it is to be paid.", examples=["2026-12-15"])
    amount: Decimal = Field(description="How much.", examples=["1000.00"])


class PlanOffer(BaseModel):
    """A plan that may be agreed on now."""

    months: int = Field(description="How many instalments.", examples=[3])
    monthly: Decimal = Field(description="The regular instalment.", examples=["1000.00"])
    interest: Decimal = Field(description="What the plan costs above the debt.", examples=["0.00"])
    total: Decimal = Field(description="The whole cost, interest included.", examples=["3000.00"])
    instalments: list[Part] = Field(description="The instalments, in order.")


class PlanOffers(OfInvoice):
    """The plans to choose from, shortest first."""

    currency: str = Field(description="ISO 4217 code.", examples=["NOK"])
    offers: list[PlanOffer] = Field(description="Shortest first; empty where there are none.")
    none_because: NoOffer | None = Field(description="Why there are none.", examples=[None])
    advice: str | None = Field(
        examples=[None, "All that is owed fits into one payment."],
        description="The same in words, kind enough to be read aloud.",
    )


class AgreeOnPlan(_Agreed):
    """The offer that the debtor takes, or an agent's own schedule within the policy's bounds."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"by": "anne", "reason_code": "asked-for-parts", "months": 3},
                {
                    "by": "anne",
                    "reason_code": "seasonal-income",
                    "schedule": [
                        {"due_on": "2026-12-15", "amount": "1000.00"},
                        {"due_on": "2027-02-15", "amount": "2000.00"},
                    ],
                },
            ]
        }
    )

    class Own(BaseModel):
        """One instalment of an agent's schedule; the date is moved to a banking day."""

        model_config = ConfigDict(extra="forbid", frozen=True)
        due_on: Day = Field(description="The day by which it is to be paid.", examples=["2026-12-15"])
        amount: Amount = Field(description="How much.", examples=["1500.00"])

    months: Annotated[int | None, Field(ge=2, le=99, description="An offer, by its length.")] = None
    schedule: Annotated[
        tuple[Own, ...] | None,
        Field(
            description="An agent's own schedule, in the order of its days.", min_length=2, max_length=MOST_INSTALMENTS
        ),
    ] = None
    income: Annotated[MonthlyAmount | None, Field(description="As when the offers were asked for.")] = None
    spending: Annotated[MonthlyAmount | None, Field(description="As when the offers were asked for.")] = None
    first_due: Annotated[Day | None, Field(description="As when the offers were asked for.")] = None

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if (self.months is None) == (self.schedule is None):
            raise ValueError("give months, or a schedule")
        if self.schedule is not None and (self.income or self.spending or self.first_due):
            raise ValueError("income, spending and first_due belong to months")
        if (self.income is None) != (self.spending is None):
            raise ValueError(BUDGET_IN_FULL)
        return self


class Plan(OfInvoice):
    """A plan as it stands. Both its own reference and the invoice's find it."""

    number: str = Field(examples=["2026-1001"], description="The invoice's number.")
    id: PlanId = Field(description="The plan's id.", examples=[EXAMPLES[Kind.PLAN]])
    reference: str = Field(examples=["006402710021"], description="The plan's own payment reference (KID).")
    state: Literal["active", "kept", "broken", "ended"] = Field(description="`active` while it runs.")
    total: Decimal = Field(description="The whole cost, interest included.", examples=["3000.00"])
    interest: Decimal = Field(description="What it costs above the debt.", examples=["0.00"])
    paid: Decimal | None = Field(
        examples=["1000.00"], description="What came in since the plan was agreed; null once it is over."
    )
    currency: str = Field(description="ISO 4217 code.", examples=["NOK"])
    by: str = Field(description="Who agreed on it.", examples=["anne"])
    agreed_at: datetime = Field(description="When.", examples=["2026-11-16T09:30:00Z"])
    chance_until: date | None = Field(
        description="The end of the one chance to make good, once it was given.", examples=[None]
    )
    ended_at: datetime | None = Field(
        description="When it was over; null while it runs.", examples=[None, "2026-11-16T09:30:00Z"]
    )
    instalments: list[Part] = Field(description="The instalments, in order.")


class EndPlan(_Decided):
    """An agent ends the plan: the case goes on with what is left."""


@router.post(
    "/v1/invoices/{number:path}/promises", status_code=201, response_model=PromiseMade, responses=documented(409)
)
async def create_promise(number: InvoiceNumber, given: NewPromise, asked: Asked) -> Response:
    """Record a promise to pay: the case rests until its day is past. Outside the policy's bounds it is refused (409)."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        made = await _record(connection, asked, number, of_promise.PromiseToPay(**given.wanted()), now)
        return Answer(201, PromiseMade(number=number, **asdict(made)))

    return await asked.once(work)


@router.post("/v1/invoices/{number:path}/promises/withdraw", response_model=PromiseWithdrawn, responses=documented(409))
async def withdraw_promise(number: InvoiceNumber, given: WithdrawPromise, asked: Asked) -> Response:
    """Take back the last promise, as if it had not been made."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        withdrawn = await _record(connection, asked, number, of_promise.WithdrawPromise(**dict(given)), now)
        return Answer(200, PromiseWithdrawn(number=number, id=withdrawn))

    return await asked.once(work)


@router.get("/v1/invoices/{number:path}/plan-offers", response_model=PlanOffers, responses=documented(409))
async def list_plan_offers(
    number: InvoiceNumber,
    services: Here,
    creditor: CreditorAsking,
    income: Annotated[MonthlyAmount | None, Query(description="The debtor's income a month.")] = None,
    spending: Annotated[MonthlyAmount | None, Query(description="What the debtor must spend a month.")] = None,
    first_due: Annotated[Day | None, Query(description="When the first instalment is to be due.")] = None,
) -> Response:
    """The instalment plans that may be agreed on now.

    With income and spending: the plan that takes about half of what is left, and two shorter ones. Neither is stored.
    """
    if (income is None) != (spending is None):
        raise Problem(422, "invalid", BUDGET_IN_FULL)
    async with services.database.transaction() as connection:
        now = await clock.now(connection, creditor)
        case = await status_of(connection, creditor, number, now)
        plan = await services.planning.plan(connection, case.case_id, now)
        offered = of_plan.offer(plan, now, income, spending, first_due)
    why = offered.none_because
    shown = PlanOffers(
        number=number,
        currency=case.currency,
        offers=[PlanOffer.model_validate(offer, from_attributes=True) for offer in offered.plans],
        none_because=why,
        advice=WHY_NO_OFFER[why] if why else None,
    )
    return json_response(shown.model_dump(mode="json"))


@router.get("/v1/invoices/{number:path}/plan", response_model=Plan)
async def get_plan(number: InvoiceNumber, services: Here, creditor: CreditorAsking, ids: IdsAsking) -> Response:
    """The invoice's active instalment plan, else its last one."""
    async with services.database.transaction() as connection:
        case = await status_of(connection, creditor, number, await clock.now(connection, creditor))
        plan = await _plan(connection, number, case.case_id)
    return json_response(written(_shown(number, plan), ids))


@router.post("/v1/invoices/{number:path}/plan", status_code=201, response_model=Plan, responses=documented(409))
async def create_plan(number: InvoiceNumber, given: AgreeOnPlan, asked: Asked) -> Response:
    """Agree on an instalment plan: the case follows its instalments and sends a confirmation with the total cost.

    The offers are worked out anew: what is not offered (any more), or not within the policy, is refused (409).
    """

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        schedule = [(each.due_on, each.amount) for each in given.schedule] if given.schedule else None
        command = of_plan.AgreeOnPlan.model_validate(given.wanted() | {"schedule": schedule})
        return Answer(201, _shown(number, await _record(connection, asked, number, command, now)))

    return await asked.once(work)


@router.post("/v1/invoices/{number:path}/plan/end", response_model=Plan, responses=documented(409))
async def end_plan(number: InvoiceNumber, given: EndPlan, asked: Asked) -> Response:
    """End the active plan: reminding goes on with what is left, and interest that the plan cost is taken back."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        case = (await status_of(connection, asked.creditor, number, now)).case_id
        await _plan(connection, number, case)
        await _record(connection, asked, number, of_plan.EndPlan(**dict(given)), now)
        return Answer(200, _shown(number, await _plan(connection, number, case)))

    return await asked.once(work)


async def _record(
    connection: AsyncConnection, asked: Call, number: str, command: Command[Result], now: datetime
) -> Result:
    """What a command to the case of an invoice came to."""
    case = (await status_of(connection, asked.creditor, number, now)).case_id
    return (await record(connection, asked.services.planning, case, command, asked.command_id, now)).result


async def _plan(connection: AsyncConnection, number: str, case: int) -> AgreedPlan:
    plan = await plans.plan_of(connection, case)
    if plan is None:
        raise not_found(f"instalment plan for invoice {number}")
    return plan


def _shown(number: str, plan: AgreedPlan) -> Plan:
    return Plan.model_validate(asdict(plan) | {"number": number, "paid": plan.paid if plan.state == "active" else None})
