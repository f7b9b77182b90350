"""Promises to pay and instalment plans: what may be offered, what was agreed, and how it stands."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import uuid4

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.agreement.plan import AgreeOnPlan, EndPlan, offer
from commands.agreement.promise import PromiseToPay, WithdrawPromise
from commands.command import Command, Result
from commands.record import record
from domain.agreements.instalments import WHY_NO_OFFER, Instalment
from domain.parties.speakers import in_the_name_of
from facts import clock
from facts.agreements import plans
from facts.agreements.plans import AgreedPlan
from planning.service import PlannedCase
from terminal import output, parse
from terminal.cases import Invoice, resolve
from terminal.connection import command, parts, transaction
from terminal.output import Misuse, Refusal
from terminal.values import fields_of
from terminal.who import AskedBy, By, Note, Reason
from views.status import CaseStatus
from workflows.contracts import Order


def _instalment(written: str) -> tuple[date, Decimal]:
    day, equals, amount = written.partition("=")
    if not equals:
        raise Misuse(f"{written!r} is no instalment: write it as 2026-12-15=1000.00")
    return parse.day(day), parse.amount(amount)


app = typer.Typer()
plan = typer.Typer(help="Instalment plans: offers, agree, show, end.")
app.add_typer(plan, name="plan")

Income = Annotated[
    Decimal | None,
    typer.Option(parser=parse.budget, metavar="AMOUNT", help="The debtor's income a month; never stored."),
]
Spending = Annotated[
    Decimal | None, typer.Option(parser=parse.budget, metavar="AMOUNT", help="What the debtor must spend a month.")
]
First = Annotated[
    date | None,
    typer.Option("--first", parser=parse.day, metavar="YYYY-MM-DD", help="When the first instalment is due."),
]


# --- promises --------------------------------------------------------------------------------------------------


@command(app, "promise")
async def promise(
    invoice: Invoice,
    by: By,
    on: Annotated[
        date | None,
        typer.Option(parser=parse.day, metavar="YYYY-MM-DD", help="The day by which the debtor will pay."),
    ] = None,
    amount: Annotated[
        Decimal | None,
        typer.Option(parser=parse.amount, metavar="AMOUNT", help="All that is owed unless told otherwise."),
    ] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take back the last promise instead.")] = False,
    reason: Reason = "operator",
    note: Note = None,
    asked_by: AskedBy = None,
) -> None:
    """The debtor promises to pay by a day: the case rests until it is past."""
    by = in_the_name_of(by, asked_by)
    _check_codes(by, reason)
    if withdraw:
        if on is not None or amount is not None:
            raise Misuse("--withdraw goes without --on and --amount")
        case, withdrawn = await _recorded(invoice, WithdrawPromise(by=by, reason_code=reason, note=note))
        who = _who(case)
        output.answer({"invoice": who, "withdrawn": withdrawn}, f"{who}: the last promise is taken back")
        return
    if on is None:
        raise Misuse("name the day with --on YYYY-MM-DD, or take a promise back with --withdraw")
    promised = PromiseToPay(pay_by=on, amount=amount, by=by, reason_code=reason, note=note)
    case, made = await _recorded(invoice, promised)
    words = f"{_who(case)}: {made.amount} {made.currency} is promised by {made.pay_by}; the case rests so long"
    output.answer({"invoice": _who(case)} | fields_of(made), words)


# --- plans -----------------------------------------------------------------------------------------------------


@command(plan, "offers")
async def offers(invoice: Invoice, income: Income = None, spending: Spending = None, first: First = None) -> int:
    """The plans that may be agreed on now; with a budget the one that fits, and two shorter."""
    _check_budget(income, spending)
    async with _case(invoice) as (_, case, rules, now):
        offered = offer(rules, now, income, spending, first)
    why = WHY_NO_OFFER[offered.none_because] if offered.none_because else None
    shown = [
        {
            "months": each.months,
            "monthly": f"{each.monthly} {case.currency}",
            "first": each.instalments[0].due_on,
            "last": each.instalments[-1].due_on,
            "interest": each.interest,
            "total": each.total,
        }
        for each in offered.plans
    ]
    document = {"invoice": _who(case), "offers": offered.plans, "none_because": offered.none_because, "advice": why}
    output.answer_table(document, shown, title=f"invoice {case.invoice}", empty=f"no plan is possible: {why}")
    return 0 if offered.plans else 1


@command(plan, "agree")
async def agree(
    invoice: Invoice,
    by: By,
    months: Annotated[int | None, typer.Option(help="The offer of so many months.")] = None,
    instalment: Annotated[
        list[Any] | None,
        typer.Option(
            parser=_instalment, metavar="DAY=AMOUNT", help="A schedule of your own within the policy; repeat it."
        ),
    ] = None,
    income: Income = None,
    spending: Spending = None,
    first: First = None,
    reason: Reason = "operator",
    note: Note = None,
    asked_by: AskedBy = None,
) -> None:
    """Agree on a plan: the case follows its instalments."""
    by = in_the_name_of(by, asked_by)
    _check_codes(by, reason)
    _check_budget(income, spending)
    if (months is None) == (not instalment):
        raise Misuse("name an offer with --months, or a schedule with --instalment DAY=AMOUNT for each")
    if instalment and (income is not None or first is not None):
        raise Misuse("--income, --spending and --first go with --months")
    wanted = AgreeOnPlan(
        months=months,
        schedule=tuple(instalment) if instalment else None,
        income=income,
        spending=spending,
        first_due=first,
        by=by,
        reason_code=reason,
        note=note,
    )
    _show(*await _recorded(invoice, wanted))


@command(plan, "show")
async def show(invoice: Invoice) -> None:
    """The active plan of an invoice, else its last one."""
    async with transaction() as (connection, _):
        case = await resolve(connection, invoice)
        agreed = await plans.plan_of(connection, case.case_id)
    _show(case, _there(case, agreed))


@command(plan, "end")
async def end(invoice: Invoice, by: By, reason: Reason = "operator", note: Note = None) -> None:
    """End the active plan: reminding goes on with what is left."""
    _check_codes(by, reason)
    async with transaction() as (connection, _):
        case = await resolve(connection, invoice)
        agreed = _there(case, await plans.plan_of(connection, case.case_id))
    await _recorded(invoice, EndPlan(by=by, reason_code=reason, note=note))
    who = _who(case)
    output.answer({"invoice": who, "plan": agreed.id, "state": "ended"}, f"{who}: the plan is ended; the case goes on")


async def _recorded(invoice: str, command: Command[Result]) -> tuple[CaseStatus, Result]:
    async with parts() as here, here.database.transaction() as connection:
        case = await resolve(connection, invoice)
        now = await clock.now(connection, case.creditor)
        recorded = await record(connection, here.planning, case.case_id, command, f"terminal#{uuid4()}", now)
    return case, recorded.result


@asynccontextmanager
async def _case(invoice: str) -> AsyncIterator[tuple[AsyncConnection, CaseStatus, PlannedCase, datetime]]:
    """One transaction on a case, with the rules it goes by, and what time it is for it."""
    async with parts() as here, here.database.transaction() as connection:
        case = await resolve(connection, invoice)
        now = await clock.now(connection, case.creditor)
        yield connection, case, await here.planning.plan(connection, case.case_id, now), now


# --- words -----------------------------------------------------------------------------------------------------


def _show(case: CaseStatus, agreed: AgreedPlan) -> None:
    paid = agreed.paid if agreed.state == "active" else None
    document = {"invoice": _who(case)} | fields_of(agreed) | {"paid": paid}
    title = f"plan of {_who(case)}, {agreed.state}: {agreed.total} {agreed.currency}, reference {agreed.reference}"
    if paid is not None:
        title += f", {paid} paid"
    output.answer_table(document, [_row(each) for each in agreed.instalments], title=title)


def _row(instalment: Instalment) -> dict[str, Any]:
    return {"instalment": instalment.number, "due": instalment.due_on, "amount": instalment.amount}


def _there(case: CaseStatus, agreed: AgreedPlan | None) -> AgreedPlan:
    if agreed is None:
        raise Refusal(
            f"invoice {case.invoice} has no instalment plan: `starter.py plan offers` shows what may be agreed"
        )
    return agreed


def _who(case: CaseStatus) -> str:
    return f"{case.creditor}/{case.invoice}"


def _check_budget(income: Decimal | None, spending: Decimal | None) -> None:
    if (income is None) != (spending is None):
        raise Misuse("give both --income and --spending, or neither")


def _check_codes(by: str, reason: str) -> None:
    try:
        Order(by=by, reason_code=reason)
    except ValueError:
        raise Misuse(
            "--by and --reason are short codes of letters, digits, spaces and ._:@+-; write sentences in --note"
        ) from None
