"""What a collection partner answers: each does to its case what follows from it, once, however late or often it comes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money import sources
from domain.money.allocation import Owed
from domain.money.amount import ZERO
from domain.planner.case_facts import HandOffState
from domain.planner.partner_answers import (
    Accepted,
    Closed,
    Contradiction,
    Paid,
    PaymentReversed,
    Question,
    Rejected,
    Said,
    state_after,
)
from facts import diary
from facts.cases.locks import lock_cases
from facts.collection import partner
from facts.money import payments
from facts.money.payments import Payment
from facts.operations.tasks import close_tasks, open_task
from facts.outbox import tell
from facts.refusals import Conflict, Refused, Unknown

BY = "collection partner"
REVERSED = "hand_off_payment_reversed"
WITH_PARTNER = (HandOffState.EXPORTED, HandOffState.ACCEPTED, HandOffState.CLOSED)
CASE = text("""
select case_id from hand_off where id = :id and (cast(:creditor as text) is null or creditor_id = :creditor)
""")
STANDS = text("""
select h.state, h.creditor_id, i.number, i.currency from hand_off h join dunning_case c on c.id = h.case_id
join invoice i on i.id = c.invoice_id where h.id = :id for update of h
""")
# An answer shows that the case has arrived, whatever became of the request that brought it.
ANSWERED = text("""
with arrived as (
  update partner_request set taken_at = clock_timestamp(), body = null, error = null
  where hand_off_id = :id and message_id is null and taken_at is null)
update hand_off set state = cast(:state as text), reason = coalesce(:reason, reason),
  reason_code = coalesce(:code, reason_code), answered_at = coalesce(answered_at, :now),
  closed_at = case when cast(:state as text) = 'closed' then cast(:now as timestamptz) end
where id = :id
""")
ASKED = text("select exists (select from task where case_id = :case and kind = 'partner' and step = :step)")
IS_REVERSED = text("""
select exists (select from case_event where case_id = :case and kind = :kind and detail ->> 'payment' = :payment)
""")
# Whose debtor hears of them together: the debtor's other cases that left with it and that the partner has accepted.
TOLD_TOGETHER = text("""
select o.id from hand_off h join dunning_case c on c.id = h.case_id join dunning_case o on o.debtor_id = c.debtor_id
join hand_off a on a.case_id = o.id
where h.id = :id and a.file = h.file and a.state = 'accepted' and o.state = 'open'
""")


@dataclass(frozen=True, slots=True)
class Taken:
    """What an answer came to: whether it changed anything, and why not where it came late or a second time."""

    changed: bool
    why: str | None = None


@dataclass(frozen=True, slots=True)
class _HandOff:
    """A hand-off as an answer finds it, locked with its case."""

    id: int
    case: int
    state: HandOffState
    creditor: str
    invoice: str
    currency: str


async def take_answer(
    connection: AsyncConnection, creditor: str | None, hand_off: int, said: Said, now: datetime
) -> Taken:
    """Do what follows from an answer: once, also where it comes again, late or out of order.

    Raises Unknown for an unknown hand-off or another creditor's, Conflict for an answer that contradicts what stands,
    Refused for money that cannot be of this case.
    """
    found = await _locked(connection, creditor, hand_off)
    try:
        after = state_after(found.state, said)
    except Contradiction as error:
        raise Conflict(f"the hand-off cannot be answered so: {error}") from error
    if after is None:
        return Taken(False, f"it is {found.state}")
    match said:
        case Paid():
            return await _paid(connection, found, said, now)
        case PaymentReversed():
            return await _reversed(connection, found, said, now)
        case Question():
            return await _asked(connection, found, said, now)
        case _:
            await _answered(connection, found, after, said, now)
            return Taken(True)


async def _locked(connection: AsyncConnection, creditor: str | None, hand_off: int) -> _HandOff:
    case = (await connection.execute(CASE, {"id": hand_off, "creditor": creditor})).scalar_one_or_none()
    if case is None:
        raise Unknown(f"no hand-off {hand_off}: give the id with which it left")
    await lock_cases(connection, [case])  # the case before what belongs to it, as every command does
    row = (await connection.execute(STANDS, {"id": hand_off})).one()
    return _HandOff(hand_off, case, HandOffState(row.state), row.creditor_id, row.number, row.currency)


async def _answered(
    connection: AsyncConnection, found: _HandOff, after: HandOffState, said: Accepted | Rejected | Closed, now: datetime
) -> None:
    """Accepted, the case has had its last step; rejected, a person decides anew; closed, nobody asks for it any more."""
    code, detail = (None, None) if isinstance(said, Accepted) else (said.reason.value, said.detail)
    values = {"id": found.id, "state": after.value, "reason": detail, "code": code, "now": now}
    await connection.execute(ANSWERED, values)
    if not isinstance(said, Accepted):
        await close_tasks(connection, found.case, "partner", BY, f"{after}: {code}", now)  # its questions wait no more
    await _note(connection, found, f"hand_off_{after}", {"reason": detail or code}, now)
    together = (await connection.execute(TOLD_TOGETHER, {"id": found.id})).scalars()
    await tell(connection, sorted({found.case, *together}), "hand_off_answered", now)


async def _paid(connection: AsyncConnection, found: _HandOff, said: Paid, now: datetime) -> Taken:
    """Booked once. After a recall nothing may cost the debtor anything: what came too much is theirs."""
    if await _is_reversed(connection, found, said.payment):
        return Taken(False, f"payment {said.payment} was taken back: nothing is booked")
    if said.currency != found.currency:
        raise Refused(f"invoice {found.invoice} is in {found.currency}, not in {said.currency}: nothing was booked")
    of_claim = said.of_claim
    if found.state is HandOffState.RECALLED:
        of_claim = Owed(principal=of_claim.total)
    payment = Payment(
        creditor=found.creditor,
        source=sources.PARTNER,
        source_id=_source_id(found, said.payment),
        amount=of_claim.total,
        currency=said.currency,
        booked_on=said.paid_on,
        number=found.invoice,
        split=of_claim,
    )
    if await payments.book_at_partner(connection, payment, found.case, now) is None:
        return Taken(False, f"payment {said.payment} is booked already")
    return Taken(True)


async def _reversed(connection: AsyncConnection, found: _HandOff, said: PaymentReversed, now: datetime) -> Taken:
    """Taken back once. Of a payment that has not come it is kept, and the payment is not booked when it comes."""
    if await _is_reversed(connection, found, said.payment):
        return Taken(False, f"payment {said.payment} is taken back already")
    payment = Payment(
        creditor=found.creditor,
        source=sources.PARTNER,
        source_id=_source_id(found, said.payment),
        amount=ZERO,
        currency=found.currency,
        booked_on=said.on,
        number=found.invoice,
    )
    with_partner = found.state in WITH_PARTNER
    booked = await payments.reverse_at_partner(connection, payment, found.case, now, with_partner=with_partner)
    await _note(connection, found, REVERSED, {"payment": said.payment}, now)
    if booked is None:
        return Taken(True, f"payment {said.payment} has not come: when it comes it is not booked")
    if booked.status == "unmatched":
        return Taken(True, f"a person looks at it: {booked.why}")
    if found.state is HandOffState.CLOSED and booked.balance is not None and booked.balance > 0:
        why = (
            f"{found.currency} {booked.balance} is owed again: a payment was taken back at the collection partner, which "
            "had closed the case. Agree with it on who asks for it, or let it go"
        )
        await open_task(connection, [found.case], "", "taken back", why, now)
    return Taken(True)


async def _is_reversed(connection: AsyncConnection, found: _HandOff, payment: str) -> bool:
    values = {"case": found.case, "kind": REVERSED, "payment": payment}
    return bool((await connection.execute(IS_REVERSED, values)).scalar_one())


def _source_id(found: _HandOff, payment: str) -> str:
    """The id of the partner's payment for one of its cases."""
    return f"{payment}/{found.invoice}"


async def _asked(connection: AsyncConnection, found: _HandOff, said: Question, now: datetime) -> Taken:
    """A task with its last day: what a person gives as its result is told to the partner."""
    step = partner.step_of(found.id, said.id)
    if (await connection.execute(ASKED, {"case": found.case, "step": step})).scalar_one():
        return Taken(False, f"question {said.id} was asked before")
    await open_task(connection, [found.case], step, "partner", said.text, now, once=True, due_on=said.answer_by)
    await _note(connection, found, "hand_off_question", {"question": said.id}, now)
    return Taken(True)


async def _note(
    connection: AsyncConnection, found: _HandOff, kind: str, detail: dict[str, str | None], now: datetime
) -> None:
    await diary.write(connection, kind, BY, [(found.case, {"hand_off": found.id, **detail})], now)
