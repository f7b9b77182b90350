"""Losses are found: a person is asked about each, and small remainders go by themselves where the creditor has said so."""

from dataclasses import replace
from datetime import date

import structlog

from commands.case.write_off import WriteOff
from commands.record import record
from domain.countries.rows import LawMissing
from domain.money.losses import Left, LossReason, LossRule, loss_of
from domain.planner import limitation
from facts import clock
from facts.database import Database
from facts.money import losses
from facts.money.losses import STEP, LeftOver
from facts.operations.tasks import open_task
from facts.parties.creditors import local_day
from planning.service import Planning

log = structlog.get_logger()

PAGE = 200  # closed cases that are looked at in one go


async def find_losses(database: Database, planning: Planning) -> int:
    """Ask a person about each loss that nobody was asked about, once; gives how many were asked about or written off."""
    async with database.transaction() as connection:
        of_creditors = await losses.rules(connection)
    found = 0
    for creditor, rules in of_creditors.items():
        async with database.transaction() as connection:
            today = await local_day(connection, creditor, await clock.now(connection, creditor))
        after = 0
        while True:
            async with database.transaction() as connection:
                page = await losses.left_over(connection, creditor, after=after, most=PAGE)
            if not page:
                break
            after = page[-1].case
            for left in page:
                found += await _look_at(database, planning, creditor, left, rules, today)
    return found


async def _look_at(
    database: Database, planning: Planning, creditor: str, left: LeftOver, rules: list[LossRule], today: date
) -> int:
    claim = Left(left.balance, left.currency, left.first_due, _barred_after(planning, left))
    loss = loss_of(claim, rules, today)
    if loss is not None and loss.reason is LossReason.BARRED:
        async with database.transaction() as connection:
            plan = await planning.plan(connection, left.case, await clock.now(connection, creditor))
        ends = limitation.barred_after(plan.policy, plan.law, plan.case.facts, today)
        loss = loss_of(replace(claim, barred_after=ends), rules, today)
    if loss is None:
        return 0
    async with database.transaction() as connection:
        now = await clock.now(connection, creditor)
        if loss.automatic:
            command = WriteOff(by="purr", reason_code=loss.reason)
            await record(connection, planning, left.case, command, f"loss/{left.case}/{left.balance}", now)
            log.info("loss_written_off", case_id=left.case, reason=loss.reason)
        else:
            why = f"{left.balance} {left.currency}: {loss.why}; `write-off` lets go of it"
            await open_task(connection, [left.case], STEP, "write-off", why, now, once=True)
    return 1


def _barred_after(planning: Planning, left: LeftOver) -> date:
    """The last day before limitation bars it if nothing began it anew; never, where nobody knows the law of that day."""
    law = planning.law_of(left.country)
    try:
        return law.limitation_ends(left.first_due, left.kind, left.issued) if law else date.max
    except LawMissing:
        return date.max
