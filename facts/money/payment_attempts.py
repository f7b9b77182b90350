"""Payments at a provider: what is asked, what became of each attempt, and the money, booked once whatever is told when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID, uuid4

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.agreements.direct_debit import grace_ends
from domain.agreements.instalments import left
from domain.countries.calendar import Calendar
from domain.countries.registry import country_of
from domain.parties.standing import Thing
from domain.planner.case_facts import Circumstances
from domain.planner.coming_credit import ComingCredit
from domain.planner.obstacles import against
from domain.vocabulary import DebtorKind
from facts.cases.circumstances import COLUMNS, circumstances
from facts.money.payments import KNOWN, Booked, Payment, book
from facts.outbox import tell

log = structlog.get_logger()

Asked = Literal["balance", "instalment", "undisputed part"]
State = Literal["started", "processing", "paid", "failed", "abandoned"]

NEWS = "payment_attempted"
NO_NEWS_FOR = timedelta(minutes=60)  # longer than any provider keeps a payment open
REPLACED = "another payment was started"

ATTEMPT = """
select a.id, a.creditor_id as creditor, a.case_id as case, case when s.id is null then i.number end as number,
  coalesce(s.reference, i.reference) as reference, a.provider, a.provider_id, a.amount, a.currency,
  a.state, a.url, a.refunded, a.happened_at as started_at, a.ended_at, a.merchant, a.way
from payment_attempt a join dunning_case c on c.id = a.case_id join invoice i on i.id = c.invoice_id
left join account_statement s on s.id = a.statement_id
"""
FIND = text(f"{ATTEMPT} where a.id = :attempt")
IS_OWED = text("""
select exists (select from payment_attempt a join dunning_case c on c.id = a.case_id
    or c.invoice_id in (select invoice_id from account_statement_line where statement_id = a.statement_id)
  where a.id = :attempt and c.balance > 0 and c.withdrawn_at is null)
""")
# Of all that a statement asks for: it pays the case too.
LATEST = text(f"""
{ATTEMPT} where a.id in (select id from payment_attempt where case_id = :case
  union all select o.id from dunning_case k join account_statement_line l on l.invoice_id = k.invoice_id
    join payment_attempt o on o.statement_id = l.statement_id where k.id = :case)
order by a.happened_at desc, a.id limit 1
""")
# The case whose link it was begun from, and those of all that it pays.
CASES_OF = """select a.case_id from payment_attempt a where a.id = :attempt
  union select c.id from payment_attempt a join account_statement_line l on l.statement_id = a.statement_id
    join dunning_case c on c.invoice_id = l.invoice_id where a.id = :attempt"""
LOCK_CASES_OF = text(f"select c.id from dunning_case c where c.id in ({CASES_OF}) order by c.id for update of c")
LOCK_CASE = text("select id from dunning_case where id = :case for update")
CASE = text(f"""
select {COLUMNS}, c.id, c.debtor_id, c.number, c.reference, c.currency, c.due_date, c.language, c.debtor_kind,
  c.principal, c.claimed_elsewhere, cr.name as creditor_name,
  cr.payment_methods as methods, cr.country as creditor_country, cr.direct_debit <> '{{}}' as draws,
  (select true from payment_attempt where case_id = c.id limit 1) is not null
    or (select true from account_statement_line where invoice_id = c.invoice_id limit 1) is not null as may_be_begun,
  (select true from dunning_case o where o.debtor_id = c.debtor_id and o.balance < 0 limit 1) is not null as has_credit,
  (select json_build_array(cl.due_on, cl.amount::text, cl.instalment) from claim cl
     where cl.case_id = c.id and cl.state in ('planned', 'sent') order by cl.id desc limit 1) as drawn
from circumstances c join creditor cr on cr.id = c.creditor_id where c.invoice_id = :invoice
""")
START = text("""
insert into payment_attempt
  (id, creditor_id, case_id, statement_id, provider, merchant, way, amount, currency, state, refunded, happened_at)
values (:id, cast(:creditor as varchar), :case,
  (select id from account_statement where creditor_id = cast(:creditor as varchar) and reference = :statement),
  :provider, :merchant, :way, :amount, :currency, 'started', 0, :now)
""")
OPENED = text("update payment_attempt set provider_id = :provider_id, url = :url where id = :attempt")
PROCESSING = text("update payment_attempt set state = 'processing' where id = :attempt and state <> 'paid'")
ENDED = text("""
update payment_attempt set state = :state, failure = :why, ended_at = :now
where id = :attempt and state in ('started', 'processing') returning id
""")
# The provider's own id of the money takes the place of that of its page: later news of the money may name nothing else.
PAID = text("""
update payment_attempt set state = 'paid', failure = null, ended_at = :now, provider_id = :payment where id = :attempt
""")
REFUNDED = text("update payment_attempt set refunded = refunded + :amount where id = :attempt")
ATTEMPT_OF_MONEY = text("select id from payment_attempt where provider = :provider and provider_id = :payment")
CREDITORS_OF_MERCHANT = text("""
select id from creditor
where payment_methods -> :provider is not null
  and case when payment_methods -> :provider ->> :key is null then :usual
    else payment_methods -> :provider ->> :key = cast(:account as text) end
  or exists (select from jsonb_each_text(payment_methods -> :provider) named
    where starts_with(named.key, :key || '_') and named.value = cast(:account as text))
""")
TOLD = text("""
select exists (select from incoming_payment where creditor_id = :creditor and source = :provider and source_id = :told)
""")
REFUNDED_BEFORE = text("""
select coalesce(-sum(amount), 0) from incoming_payment
where creditor_id = :creditor and source = :provider and starts_with(source_id, :payment || ' refund ')
""")
CAPTURED = text("""
insert into provider_capture (provider, payment, capture, amount, happened_at)
values (:provider, :payment, :capture, :amount, :now) on conflict do nothing returning capture
""")
CAPTURED_IN_ALL = text("select sum(amount) from provider_capture where provider = :provider and payment = :payment")
TAKEN = text("""
select coalesce(sum(amount), 0) from incoming_payment where creditor_id = :creditor and source = :provider
  and (source_id = :payment or starts_with(source_id, :payment || ' capture '))
""")
REFUND_FAILED = text("""
insert into failed_refund (provider, refund, payment, amount, happened_at) values (:provider, :refund, :payment, :amount, :at)
on conflict do nothing returning refund
""")
FAILED_REFUNDS = text("""
select refund, amount, happened_at from failed_refund where provider = :provider and payment = :payment
""")
STALE = text(
    f"{ATTEMPT} where a.state in ('started', 'processing') and a.happened_at <= :before order by a.happened_at"
)


@dataclass(frozen=True, slots=True)
class ToPay:
    """What a debtor is asked for now, fixed when a payment begins. `amount` is zero when nothing is."""

    amount: Decimal
    currency: str
    asked: Asked


@dataclass(frozen=True, slots=True)
class Draw:
    """A direct-debit claim that is with the bank: what it draws, and when."""

    due_on: date
    amount: Decimal
    instalment: int | None  # of a plan; None: of the invoice


@dataclass(frozen=True, slots=True)
class Payable:
    """An invoice as one can pay it. `methods` are the creditor's providers with what they need to know of it."""

    case: int
    creditor: str
    creditor_name: str
    debtor: int
    debtor_kind: DebtorKind
    number: str
    reference: str | None
    due_date: date
    to_pay: ToPay
    methods: dict[str, dict[str, str]]
    home_currency: str  # of the creditor's country
    language: str  # the debtor's; on a page that its words are in
    country: str  # the debtor's; on a page the one whose law holds
    latest: "Attempt | None"
    drawn: Draw | None  # what the debtor need not pay
    facts: Circumstances
    has_credit: bool  # the debtor does, on another invoice
    draws: bool  # its creditor does, from who has agreed on that
    credit: ComingCredit | None = None  # that will pay of it, where the debtor need not
    statement: str | None = None  # the reference of the statement all of which is paid; None: the invoice

    @property
    def over(self) -> bool:
        """Withdrawn, or with the collection partner."""
        return self.facts.withdrawn or self.facts.with_partner

    @property
    def most(self) -> Decimal:
        """The most that may be paid of it now: of a plan all that is left, else what is asked for."""
        if self.to_pay.asked != "instalment" or self.to_pay.amount <= 0:
            return self.to_pay.amount
        elsewhere = sum((each.amount for each in (self.drawn, self.credit) if each is not None), Decimal(0))
        return max(self.to_pay.amount, self.facts.undisputed - elsewhere)

    def part(self, amount: Decimal) -> "Payable":
        """The same where just so much is paid, and nothing where that cannot be."""
        possible = amount if 0 < amount <= self.most else Decimal(0)
        return replace(self, to_pay=replace(self.to_pay, amount=possible))

    def less(self, credit: ComingCredit | None) -> "Payable":
        """The same where credit will pay a part of it, or all."""
        if credit is None:
            return self
        asked = replace(self.to_pay, amount=max(Decimal(0), self.to_pay.amount - credit.amount))
        return replace(self, credit=credit, to_pay=asked)

    @property
    def open_attempt(self) -> "Attempt | None":
        """The payment that is under way, if one is."""
        return self.latest if self.latest is not None and self.latest.state in ("started", "processing") else None


@dataclass(frozen=True, slots=True)
class Merchant:
    """An account that a provider pays to. `usual`: creditors that name none of their own are paid there."""

    provider: str
    account: str | None  # the provider's name of it; None where the provider needs none for our own
    usual: bool
    key: str  # where creditors' payment methods name their own account with the provider


@dataclass(frozen=True, slots=True)
class Attempt:
    """One payment that a debtor began. `merchant` is the account it is to be paid to; None for the usual one."""

    id: UUID
    creditor: str
    case: int
    number: str | None  # None: it is of all that a statement asks for, by its reference
    reference: str | None
    provider: str
    provider_id: str | None
    amount: Decimal
    currency: str
    state: State
    url: str | None
    refunded: Decimal
    started_at: datetime
    ended_at: datetime | None
    merchant: str | None
    way: str | None  # of the provider's ways to pay; None: begun before they had names

    def is_paid_to(self, merchant: Merchant) -> bool:
        """Whether this is the account, of this provider, that the payment was begun with."""
        usual = self.merchant is None and merchant.usual
        return self.provider == merchant.provider and (usual or self.merchant == merchant.account)


@dataclass(frozen=True, slots=True)
class MoneyReceived:
    """Money as a provider tells of it. `payment` is the provider's own id; the rest is what the payment carried."""

    merchant: Merchant
    payment: str
    amount: Decimal  # positive
    currency: str
    attempt: UUID | None = None
    creditor: str | None = None
    number: str | None = None
    reference: str | None = None


class TooEarly(Exception):
    """Money was given back before it was told to have come: the provider is to tell it again, in its turn."""


async def payable(
    connection: AsyncConnection, invoice: int, calendar: Calendar, now: datetime, *, lock: bool = False
) -> Payable | None:
    """How an invoice can be paid now; None for no invoice. Locked, no other payment of it begins meanwhile."""
    row = (await connection.execute(CASE, {"invoice": invoice})).one_or_none()
    if row is not None and lock:
        await connection.execute(LOCK_CASE, {"case": row.id})
        row = (await connection.execute(CASE, {"invoice": invoice})).one()
    if row is None:
        return None
    facts = circumstances(row)
    drawn = Draw(date.fromisoformat(row.drawn[0]), Decimal(row.drawn[1]), row.drawn[2]) if row.drawn else None
    drawn = drawn or _drawn_elsewhere(row, facts, calendar, now)
    return Payable(
        case=row.id,
        creditor=row.creditor_id,
        creditor_name=row.creditor_name,
        debtor=row.debtor_id,
        debtor_kind=row.debtor_kind,
        number=row.number,
        reference=row.reference,
        due_date=row.due_date,
        to_pay=_to_pay(facts, drawn, row.currency, calendar, now),
        methods=row.methods,
        home_currency=country_of(row.creditor_country).currency,
        language=row.language,
        country=row.country,
        latest=await latest(connection, row.id) if row.may_be_begun else None,
        drawn=drawn,
        facts=facts,
        has_credit=row.has_credit,
        draws=row.draws,
    )


def _drawn_elsewhere(row: Any, facts: Circumstances, calendar: Calendar, now: datetime) -> Draw | None:
    """What the creditor's own system draws of an invoice in kroner, until it must have brought money."""
    day, amount = row.claimed_elsewhere, min(facts.undisputed, row.principal)
    if day is None or amount <= 0 or row.currency != "NOK" or facts.plan is not None:
        return None
    due_on = calendar.banking_day_on_or_after(day)
    return Draw(due_on, amount, None) if calendar.local_date(now) <= grace_ends(calendar, due_on) else None


def _to_pay(facts: Circumstances, drawn: Draw | None, currency: str, calendar: Calendar, now: datetime) -> ToPay:
    """The undisputed balance; with a plan what is due of it by today, else its next instalment. Less what is drawn of it."""
    owed = Decimal(0) if against(Thing.PAYMENT, facts, calendar, now) else facts.undisputed
    if facts.plan is not None and owed:
        today, rest = calendar.local_date(now), left(facts.plan.instalments, facts.plan.paid)
        if due := [each for each in rest if each.due_on <= today] or rest[:1]:
            asked = sum((each.amount for each in due), Decimal(0))
            if drawn is not None and any(each.number == drawn.instalment for each in due):
                asked = max(Decimal(0), asked - drawn.amount)
            return ToPay(min(asked, owed), currency, "instalment")
    elif drawn is not None:
        owed = max(Decimal(0), owed - drawn.amount)
    return ToPay(owed, currency, "undisputed part" if facts.disputed or facts.disputed_amount else "balance")


async def latest(connection: AsyncConnection, case: int) -> Attempt | None:
    """The latest payment begun for a case, alone or with all that its debtor is asked for."""
    row = (await connection.execute(LATEST, {"case": case})).one_or_none()
    return None if row is None else Attempt(**row._mapping)


async def find(connection: AsyncConnection, attempt: UUID | None, merchant: Merchant) -> Attempt | None:
    """The attempt that this account tells of by our id of it; None for one that was begun with another account."""
    found = await _find(connection, attempt)
    return found if found is not None and found.is_paid_to(merchant) else None


async def _find(connection: AsyncConnection, attempt: UUID | None) -> Attempt | None:
    row = (await connection.execute(FIND, {"attempt": attempt})).one_or_none()
    return None if row is None else Attempt(**row._mapping)


async def is_owed(connection: AsyncConnection, attempt: UUID) -> bool:
    """Whether anything of what an attempt is for is to be paid: not where all was settled or withdrawn meanwhile."""
    return bool((await connection.execute(IS_OWED, {"attempt": attempt})).scalar_one())


async def start(connection: AsyncConnection, found: Payable, merchant: Merchant, now: datetime, way: str) -> UUID:
    """Begin a payment of what is asked now; gives our id of it, which the provider is to repeat."""
    attempt = uuid4()
    values = {
        "id": attempt,
        "creditor": found.creditor,
        "case": found.case,
        "statement": found.statement,
        "provider": merchant.provider,
        "merchant": merchant.account,
        "way": way,
        "amount": found.to_pay.amount,
        "currency": found.to_pay.currency,
        "now": now,
    }
    await connection.execute(START, values)
    return attempt


async def opened(connection: AsyncConnection, attempt: UUID, provider_id: str, url: str) -> None:
    """The provider has taken the payment, under an id of its own, and waits for the debtor at a URL."""
    await connection.execute(OPENED, {"attempt": attempt, "provider_id": provider_id, "url": url})


async def processing(connection: AsyncConnection, attempt: UUID) -> None:
    """The debtor has done their part and the money is on its way: this attempt is not given up for want of news."""
    await connection.execute(LOCK_CASES_OF, {"attempt": attempt})
    await connection.execute(PROCESSING, {"attempt": attempt})


async def failed(connection: AsyncConnection, attempt: UUID, why: str, now: datetime) -> None:
    """The provider could not take the payment; tells the case. After money has come this changes nothing."""
    await tell(connection, await _ended(connection, attempt, "failed", why, now), NEWS, now)


async def abandoned(connection: AsyncConnection, attempt: UUID, why: str, now: datetime) -> None:
    """The debtor did not finish the payment; tells the case. After money has come this changes nothing."""
    await tell(connection, await _ended(connection, attempt, "abandoned", why, now), NEWS, now)


async def replaced(connection: AsyncConnection, attempt: UUID, now: datetime) -> None:
    """The debtor has chosen another way to pay: no news for the case, which waits for that one."""
    await _ended(connection, attempt, "abandoned", REPLACED, now)


async def _ended(connection: AsyncConnection, attempt: UUID, state: State, why: str, now: datetime) -> Sequence[int]:
    """End an attempt that is under way; gives the cases that it was to pay. They are locked first, as everywhere here."""
    cases = (await connection.execute(LOCK_CASES_OF, {"attempt": attempt})).scalars().all()
    values = {"attempt": attempt, "state": state, "why": why, "now": now}
    return cases if (await connection.execute(ENDED, values)).all() else ()


async def stale(connection: AsyncConnection, now: datetime) -> list[Attempt]:
    """The payments that were begun an hour ago and whose end nobody has told of, oldest first."""
    return [Attempt(**row._mapping) for row in await connection.execute(STALE, {"before": now - NO_NEWS_FOR})]


async def paid(connection: AsyncConnection, money: MoneyReceived, now: datetime, booked_on: date) -> Booked | None:
    """Book what is new of all that a provider has taken for a payment, under its own id: told again, it is known.

    What was paid is booked, whatever is owed by now, on the day it came, which may be long before `now`. Without an attempt
    that we know, the invoice or reference that the payment carries is booked on, or the money waits for a person. None
    when it is no creditor's of ours.
    """
    whose = await _whose(connection, money)
    if whose is None:
        return None
    return await _take(connection, whose, money.amount, f"{money.amount} in all", now, booked_on)


async def captured(
    connection: AsyncConnection, money: MoneyReceived, capture: str, now: datetime, booked_on: date
) -> Booked | None:
    """Book one of the captures of a payment, under the provider's id of it, unless what it took is booked already.

    None when it is no creditor's of ours.
    """
    whose = await _whose(connection, money)
    if whose is None:
        return None
    provider = money.merchant.provider
    values = {"provider": provider, "payment": money.payment, "capture": capture, "amount": money.amount, "now": now}
    if money.amount <= 0 or (await connection.execute(CAPTURED, values)).scalar_one_or_none() is None:
        return KNOWN
    in_all = (await connection.execute(CAPTURED_IN_ALL, values)).scalar_one()
    return await _take(connection, whose, in_all, capture, now, booked_on)


async def refunded(
    connection: AsyncConnection, money: MoneyReceived, refund: str, now: datetime, booked_on: date
) -> Booked | None:
    """Book one refund, under the provider's id of it, as a reversal; not one that is told to have failed.

    None when it is no creditor's of ours. Raises TooEarly.
    """
    whose = await _whose(connection, money)
    if whose is None:
        return None
    if refund in [failure.refund for failure in await _failures(connection, money)]:
        return KNOWN
    return await _refund(connection, whose, refund, money.amount, now, booked_on)


async def refunded_in_all(
    connection: AsyncConnection, money: MoneyReceived, at: datetime, now: datetime, booked_on: date
) -> Booked | None:
    """Book what is new of the refunds of a payment, of which the provider told the sum at a moment.

    An older sum that is told late changes nothing, and brings no refund back that has failed since. None when it is
    no creditor's of ours. Raises TooEarly.
    """
    whose = await _whose(connection, money)
    if whose is None:
        return None
    failed_since = (failure.amount for failure in await _failures(connection, money) if failure.happened_at >= at)
    new = money.amount - sum(failed_since, Decimal(0)) - await _refunded_before(connection, whose)
    if new <= 0:
        return KNOWN
    return await _refund(connection, whose, f"{money.amount} {at.isoformat()}", new, now, booked_on)


async def refund_failed(
    connection: AsyncConnection,
    money: MoneyReceived,
    refund: str,
    at: datetime,
    now: datetime,
    booked_on: date,
    *,
    of_sum: bool,
) -> Booked | None:
    """A refund did not reach the payer and the money is here again: what was booked of it is taken back, once.

    `of_sum` is for providers that tell refunds as a sum. None when it is no creditor's of ours.
    """
    whose = await _whose(connection, money)
    if whose is None:
        return None
    failure = {
        "provider": money.merchant.provider,
        "refund": refund,
        "payment": money.payment,
        "amount": money.amount,
        "at": at,
    }
    if (await connection.execute(REFUND_FAILED, failure)).scalar_one_or_none() is None:
        return KNOWN
    if of_sum:
        back = min(money.amount, await _refunded_before(connection, whose))
    else:
        back = money.amount if await _is_told(connection, whose, f"{money.payment} refund {refund}") else Decimal(0)
    if back <= 0:
        return KNOWN
    return await _refund(connection, whose, f"{refund} failed", -back, now, booked_on)


async def charged_back(
    connection: AsyncConnection, money: MoneyReceived, dispute: str, now: datetime, booked_on: date
) -> Booked | None:
    """The payer's bank has taken the money back. None when it is no creditor's of ours. Raises TooEarly."""
    whose = await _whose(connection, money)
    if whose is None:
        return None
    await _must_be_told(connection, whose, money.payment)
    return await _book(connection, whose, dispute, -money.amount, now, booked_on)


async def chargeback_won(
    connection: AsyncConnection, money: MoneyReceived, dispute: str, now: datetime, booked_on: date
) -> Booked | None:
    """Money that was charged back has come again. None when it is no creditor's of ours. Raises TooEarly."""
    whose = await _whose(connection, money)
    if whose is None:
        return None
    await _must_be_told(connection, whose, dispute)
    return await _book(connection, whose, f"{dispute} won", money.amount, now, booked_on)


async def creditors_of(connection: AsyncConnection, merchant: Merchant) -> Sequence[str]:
    """The creditors that are paid to this account."""
    values = {
        "provider": merchant.provider,
        "key": merchant.key,
        "account": merchant.account,
        "usual": merchant.usual,
    }
    return (await connection.execute(CREDITORS_OF_MERCHANT, values)).scalars().all()


@dataclass(frozen=True, slots=True)
class _Whose:
    """Whose the money is, and what is known of what it is for."""

    money: MoneyReceived
    attempt: Attempt | None
    creditor: str
    number: str | None
    reference: str | None


async def _whose(connection: AsyncConnection, money: MoneyReceived) -> _Whose | None:
    """Whose money this is: by our attempt, else by what the payment carried. Its case is locked, and with it all its attempts.

    None for whatever another account than theirs tells: anybody with an account can write what he likes on a payment.
    """
    attempt, merchant = money.attempt, money.merchant
    if attempt is None:
        values = {"provider": merchant.provider, "payment": money.payment}
        attempt = (await connection.execute(ATTEMPT_OF_MONEY, values)).scalar_one_or_none()
    if attempt is not None:
        await connection.execute(LOCK_CASES_OF, {"attempt": attempt})
        known = await _find(connection, attempt)
        if known is not None and known.is_paid_to(merchant):
            return _Whose(money, known, known.creditor, known.number, known.reference)
        if known is not None:
            log.error(
                "payment_of_another_account", provider=merchant.provider, payment=money.payment, attempt=str(attempt)
            )
            return None
    if money.creditor is None:
        return None
    if money.creditor not in await creditors_of(connection, merchant):
        log.error("payment_of_another_account", provider=merchant.provider, payment=money.payment)
        return None
    log.warning("payment_attempt_unknown", provider=merchant.provider, payment=money.payment, creditor=money.creditor)
    return _Whose(money, None, money.creditor, money.number, money.reference)


async def _take(
    connection: AsyncConnection, whose: _Whose, in_all: Decimal, capture: str, now: datetime, booked_on: date
) -> Booked:
    """Book what is new of all that was taken for a payment; the first of it bears the payment's own id."""
    payment = whose.money.payment
    values = {"creditor": whose.creditor, "provider": whose.money.merchant.provider, "payment": payment}
    before: Decimal = (await connection.execute(TAKEN, values)).scalar_one()
    if in_all <= before:
        return KNOWN
    under = f"{payment} capture {capture}" if before else payment
    booked = await _book(connection, whose, under, in_all - before, now, booked_on)
    if whose.attempt is not None and whose.attempt.state != "paid":
        await connection.execute(PAID, {"attempt": whose.attempt.id, "payment": payment, "now": now})
    return booked


async def _must_be_told(connection: AsyncConnection, whose: _Whose, told: str) -> None:
    if not await _is_told(connection, whose, told):
        raise TooEarly(f"{whose.money.merchant.provider} has not told of {told} yet")


async def _is_told(connection: AsyncConnection, whose: _Whose, told: str) -> bool:
    values = {"creditor": whose.creditor, "provider": whose.money.merchant.provider, "told": told}
    return bool((await connection.execute(TOLD, values)).scalar_one())


async def _refunded_before(connection: AsyncConnection, whose: _Whose) -> Decimal:
    """What is booked as refunded of a payment, less what failed."""
    if whose.attempt is not None:
        return whose.attempt.refunded
    provider, payment = whose.money.merchant.provider, whose.money.payment
    values = {"creditor": whose.creditor, "provider": provider, "payment": payment}
    before: Decimal = (await connection.execute(REFUNDED_BEFORE, values)).scalar_one()
    return before


async def _failures(connection: AsyncConnection, money: MoneyReceived) -> Sequence[Any]:
    """The refunds of a payment that are told to have failed: id, amount and when."""
    values = {"provider": money.merchant.provider, "payment": money.payment}
    return (await connection.execute(FAILED_REFUNDS, values)).all()


async def _refund(
    connection: AsyncConnection, whose: _Whose, refund: str, amount: Decimal, now: datetime, booked_on: date
) -> Booked:
    await _must_be_told(connection, whose, whose.money.payment)
    booked = await _book(connection, whose, f"{whose.money.payment} refund {refund}", -amount, now, booked_on)
    if whose.attempt is not None and booked.status != "known":
        await connection.execute(REFUNDED, {"attempt": whose.attempt.id, "amount": amount})
    return booked


async def _book(
    connection: AsyncConnection, whose: _Whose, source_id: str, amount: Decimal, now: datetime, booked_on: date
) -> Booked:
    money = whose.money
    payment = Payment(
        creditor=whose.creditor,
        source=money.merchant.provider,
        source_id=source_id,
        amount=amount,
        currency=money.currency,
        booked_on=booked_on,
        reference=whose.reference,
        number=whose.number,
        on_page=amount > 0,
    )
    booked = await book(connection, payment, now)
    log.info("provider_money_booked", provider=money.merchant.provider, payment=source_id, status=booked.status)
    return booked
