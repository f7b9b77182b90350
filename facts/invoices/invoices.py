"""Invoices and credit notes come in: debtor, invoice, lines, ledger, case and the news that starts it, together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.law import Law
from domain.countries.registry import country_of
from domain.invoices.crediting import no_such_invoice, not_booked, nothing_left, other_currency
from domain.invoices.incoming import IncomingCreditNote, IncomingDebtor, IncomingInvoice, Parent, one_spelling
from domain.invoices.once import invoice_differs, note_differs, shared_number
from domain.moment import Moment, moment_in
from domain.money.allocation import AllocationRules, Part
from domain.money.amount import ZERO
from domain.money.matching.amounts import Candidate
from domain.money.matching.names import called, name_key
from domain.money.matching.reading import number_key
from domain.parties.addresses import address_key
from domain.parties.life_events import LifeKind
from domain.parties.standing import NEXT, TABLE, Later
from domain.parties.who_may_change import MAY_CHANGE, AddressState, Fact, Source, moved_from
from domain.policy.choosing import TO_SETTLE, Doubted, Whom, changed
from domain.vocabulary import channels_by_post
from facts import diary
from facts.database import to_json
from facts.invoices import own_pdf
from facts.invoices.before import credited_before, invoices_before
from facts.money import due_dates, ledger, postings, waiting_money
from facts.money.after_money import after_money
from facts.money.bank_accounts import OWN
from facts.money.ledger import FEES_AND_INTEREST
from facts.money.postings import INSERT, AlreadyPosted
from facts.operations import rounds, unsettled
from facts.operations.tasks import open_task
from facts.outbox import QUEUE_NEWS, tell
from facts.parties import families
from facts.parties.contacts import ELSEWHERE, FOUND_ANOTHER, HERE
from facts.refusals import Conflict, Refused, UnknownCreditor, UnknownInvoice
from facts.webhooks.outgoing import Event, emit_many

# What an import may change of a debtor that is known.
# What an import says nothing of stays as it is known, and a number once known is never another one.
TOLD = {
    Fact.KIND: """case when (select g.kind_told from given g where g.same = excluded.key)
      and (select l.reason_code is null from life_event l
        where l.debtor_id = debtor.id and l.kind = 'kind' order by l.id desc limit 1) is not false
      then excluded.kind else debtor.kind end""",  # what a person says that they are
    Fact.COUNTRY: """case when (select g.country_told from given g where g.same = excluded.key)
      and (select l.reason_code is null from life_event l
        where l.debtor_id = debtor.id and l.kind = 'country' order by l.id desc limit 1) is not false
      then excluded.country else debtor.country end""",  # where a person says that they live
    Fact.BIRTH_DATE: "coalesce(excluded.birth_date, debtor.birth_date)",
    Fact.LANGUAGE: """case when (select l.reason_code is not null from life_event l
      where l.debtor_id = debtor.id and l.kind = 'language' order by l.id desc limit 1)
      then debtor.language else excluded.language end""",  # a person's wish stays
    Fact.ADDRESS: """case when excluded.address = '[]'::jsonb or exists (
      select from contact_point p join given g on g.same = excluded.key
      where p.debtor_id = debtor.id and p.channel = 'letter' and p.address_key = any(g.keys) and p.state = 'left'
        and not p.of_representative)
      then debtor.address else excluded.address end""",  # and so does a person's word that this one was left
    Fact.ORGANISATION_NUMBER: "coalesce(debtor.organisation_number, excluded.organisation_number)",
}
SETS = ", ".join(f"{fact} = {TOLD.get(fact, f'excluded.{fact}')}" for fact in sorted(MAY_CHANGE[Source.IMPORT]))
# The same name in another spelling, or a business that its number proves to be the same.
SAME_NAME = "(debtor.name_key = excluded.name_key or debtor.organisation_number = excluded.organisation_number)"
CREDITOR = text(f"""
select id, policies, country, reference_checks,
  exists (select from webhook_endpoint w where w.creditor_id = c.id and w.disabled_at is null)
  as listens, {OWN.format(creditor="c.id")} as accounts from creditor c
where (id = :name or organisation_number = :number) and id = coalesce(cast(:among as text), id)
order by id = :name desc limit 1
""")
# The debtors of many invoices and the ways to reach them, but for invoices that are known: nothing of those. Of several
# debtors under one customer number it is the one of this name or organisation number; another name is another debtor.
# No two of the given are the same debtor or have the same customer number (`apart`). Two files lock them in one order.
DEBTORS = text(f"""
with given as materialized (
  select g.*, coalesce(known.key, g.key) as same
  from unnest(cast(:debtors as jsonb[])) as each cross join lateral jsonb_to_record(each) as g(n int, number text, key text,
      called text, customer_number text, kind text, kind_told boolean, name text, name_key text, organisation_number text,
      birth_date date, language text, country text, country_told boolean, address jsonb, channels text[], addresses text[],
      keys text[], today date)
  left join lateral (
    select d.key from debtor d where d.creditor_id = :creditor and d.customer_number = g.customer_number
      and (d.known_as ? g.called or d.organisation_number = g.organisation_number)
    order by d.known_as ? g.called desc, d.id limit 1) known on true
  where (select true from invoice i where i.creditor_id = :creditor and i.number = g.number limit 1) is null),
before as (
  select d.* from given cross join lateral (
    select key, kind, birth_date, name, language, country, address from debtor
    where creditor_id = :creditor and key = given.same limit 1) d),
person as (
  insert into debtor (creditor_id, key, customer_number, kind, name, name_key, known_as, organisation_number, birth_date,
      language, country, address, protected_address, happened_at)
  select :creditor, same, customer_number, kind, name, name_key, jsonb_build_array(called), organisation_number,
      birth_date, language, country, address, false, cast(:now as timestamptz)
  from given order by same
  on conflict (creditor_id, key) do update set {SETS},
      name = case when {SAME_NAME} then excluded.name else debtor.name end,
      name_key = case when {SAME_NAME} then excluded.name_key else debtor.name_key end, happened_at = excluded.happened_at
  returning id, key, creditor_id, customer_number, name_key, kind, birth_date, name, language, country, address, stop_reason,
      stopped_on),
told as (
  insert into life_event (debtor_id, kind, since, value, by, happened_at)
  select person.id, e.kind, e.since, e.value, 'import', :now
  from person join given on given.same = person.key left join before on before.key = person.key
  cross join lateral (values
    ('born', null::date, to_jsonb(person.birth_date), to_jsonb(before.birth_date)),
    ('named', given.today, to_jsonb(person.name), to_jsonb(coalesce(before.name, person.name))),
    ('language', given.today, to_jsonb(person.language), to_jsonb(coalesce(before.language, person.language))),
    ('country', given.today, to_jsonb(person.country), to_jsonb(coalesce(before.country, person.country))),
    ('kind', given.today, to_jsonb(person.kind), to_jsonb(coalesce(before.kind, person.kind))),
    ('moved', given.today, person.address, coalesce(before.address, person.address))) as e(kind, since, value, known)
  where e.value is distinct from e.known),
points as materialized (
  select person.id as debtor_id, g.channel, g.address, g.address_key, {HERE} as here, {ELSEWHERE} as elsewhere
  from person join given on given.same = person.key
    cross join lateral unnest(given.channels, given.addresses, given.keys) as g(channel, address, address_key)),
kept as (
  insert into contact_point (debtor_id, channel, address, address_key, state, known_elsewhere, of_representative,
      last_confirmed_at, happened_at)
  select debtor_id, channel, address, address_key, coalesce(here, 'valid'), elsewhere, false, :now, :now from points
  on conflict (debtor_id, channel, address_key, of_representative) do update set address = excluded.address,
      last_confirmed_at = excluded.last_confirmed_at,
      state = case when contact_point.state = any(cast(:revived as text[])) then excluded.state else contact_point.state end,
      known_elsewhere = case when contact_point.state = any(cast(:revived as text[])) then excluded.known_elsewhere
        else contact_point.known_elsewhere end
  returning debtor_id, channel, address_key, of_representative, role, state),
found as ({FOUND_ANOTHER.format(kept="kept")}),
replaced as (  -- only an address that works takes the place of others
  update contact_point c set state = 'replaced', happened_at = :now from kept
  where c.debtor_id = kept.debtor_id and c.channel = kept.channel and not c.of_representative
    and c.role is not distinct from kept.role
    and c.address_key <> kept.address_key and c.state = 'valid' and not c.further and kept.state = 'valid')
select given.n, person.id, exists (select from debtor o where o.creditor_id = :creditor
    and o.customer_number = given.customer_number and o.id <> person.id) as shares_number,
  person.birth_date, stop_reason, stopped_on, person.country, person.kind,
  before.country as country_before, before.kind as kind_before,
  coalesce((before.kind, before.birth_date) is distinct from (person.kind, person.birth_date) and before.key is not null,
    false) as learned,
  coalesce(before.address ->> -1 is distinct from person.address ->> -1 and before.key is not null, false) as moved
from person join given on given.same = person.key left join before on before.key = person.key
""")
# The invoices, what they add to the ledger, their cases with the policies' texts, and the news that starts them:
# together, and nothing of an invoice that is known.
INVOICES = text(f"""
with given as materialized (
  select g.* from unnest(cast(:invoices as jsonb[])) as each cross join lateral jsonb_to_record(each) as g(n int,
      debtor int, number text, number_key text, issue_date date, due_date date, currency text, amount numeric,
      reference text, account text, segment text, claim_due date, order_reference text, buyer_reference text,
      cost_centre text, buyer_contact text, buyer_vat_number text, delivery_date date, delivery_country text,
      policy_hash text, allocation jsonb, doubt text, settled_for text,
      settled_kind text)),
kept as (
  insert into policy_text (hash, name, text, ignore_balance_below, shadow, happened_at)
  select g.hash, g.name, g.text, g.ignore_balance_below, g.shadow, :now
  from unnest(cast(:policies as jsonb[])) as each cross join lateral jsonb_to_record(each) as g(hash text, name text,
      text text, ignore_balance_below numeric, shadow boolean)
  on conflict do nothing),
stored as (
  insert into invoice (creditor_id, debtor_id, number, number_key, issue_date, due_date, original_due_date, currency, amount,
      reference, account, segment, claim_due, api_key, order_reference, buyer_reference, cost_centre, buyer_contact,
      buyer_vat_number, delivery_date, delivery_country, happened_at)
  select :creditor, debtor, number, number_key, issue_date, due_date, due_date, currency, amount, reference,
      coalesce(account, (select min(account) from bank_account
        where creditor_id = cast(:creditor as varchar) having count(*) = 1)),
      segment, claim_due, :api_key, order_reference, buyer_reference, cost_centre, buyer_contact,
      buyer_vat_number, delivery_date, delivery_country, :now
  from given order by n
  on conflict (creditor_id, number) do nothing returning id, debtor_id, number, currency, amount, issue_date),
owed as (
  {INSERT}
  select :creditor, id, 'principal', 'principal', amount, currency, issue_date, 'invoice', number, null, null, :now
  from stored),
news as (
  insert into dunning_case (creditor_id, invoice_id, debtor_id, policy_hash, allocation_rules, doubt, settled_for, settled_kind,
      round, state, news_seq, happened_at)
  select :creditor, stored.id, debtor_id, policy_hash, allocation, doubt, settled_for, settled_kind, 1, 'open', 1, :now
  from stored join given on given.number = stored.number order by given.n
  returning id as case_id, invoice_id, 'invoice_changed' as signal, news_seq as seq, happened_at),
queued as ({QUEUE_NEWS})
select given.n, case_id, invoice_id, pg_notify('outbox', ''), {waiting_money.LOCK.format(amount="stored.amount")}
from news join stored on stored.id = news.invoice_id join given on given.number = stored.number
""")
OLDER = text("select id from dunning_case where debtor_id = :debtor and state = 'open' and id <> :new order by id")
LINES = text("""
insert into invoice_line (invoice_id, position, text, quantity, amount, vat_category, vat_rate, net, vat_exemption, happened_at)
select invoice, position, text, quantity, amount, category, rate, net, exemption, :now
from unnest(cast(:invoices as int[]), cast(:positions as int[]), cast(:texts as text[]), cast(:quantities as numeric[]),
  cast(:amounts as numeric[]), cast(:categories as text[]), cast(:rates as numeric[]), cast(:nets as numeric[]),
  cast(:exemptions as text[])) as l(invoice, position, text, quantity, amount, category, rate, net, exemption)
""")
# What the creditor sent before, and the fees that it asked for in it, on the day it did.
SENT = text(f"""
with given as (
  select * from unnest(cast(:messages as text[]), cast(:channels as text[]), cast(:days as date[]), cast(:fees as numeric[]),
    cast(:deadlines as date[])) with ordinality as g(message, channel, sent_on, fee, deadline, position)),
kept as (
  insert into already_sent (invoice_id, message, channel, sent_on, fee, deadline, happened_at)
  select :invoice, message, channel, sent_on, fee, deadline, :now from given order by position)
{INSERT}
select :creditor, :invoice, 'fee', 'fee', fee, :currency, sent_on, 'already sent', :number || '#' || position, null, null, :now
from given where fee > 0
""")
CREDIT_NOTE = text("""
insert into credit_note (creditor_id, invoice_id, number, issue_date, amount, reason, lines, happened_at)
values (:creditor, :invoice, :number, :issued, :amount, :reason, cast(:lines as jsonb), :now)
""")
INVOICED = text("""
select coalesce(sum(amount), 0) from ledger_entry
where kind in ('principal', 'credit') and invoice_id = (select invoice_id from dunning_case where id = :case)
""")
FORGET_CLAIM = text("update invoice set claim_due = null where id = :invoice")


@dataclass(frozen=True, slots=True)
class PolicyChoice:
    """A policy by name, with its text, the hash a case pins it by, what is stored beside it, and its country's law.

    With `doubts` it is only where the case waits: a person says by which policy it goes.
    """

    name: str
    hash: str
    text: str
    ignore_balance_below: Decimal
    shadow: bool
    law: Law
    allocation: AllocationRules
    """In which order money pays a claim, by that law."""
    doubts: tuple[tuple[Doubted, str], ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """What is doubted, as whoever sends the invoice is told of it."""
        return tuple(f"{why}: {TO_SETTLE}" for _, why in self.doubts)


@dataclass(frozen=True, slots=True)
class Creditor:
    """The creditor an invoice is imported for."""

    id: str
    policies: dict[str, str]
    listens: bool = False  # a system of the creditor's wants to be told of events
    accounts: tuple[str, ...] = ()  # its own
    country: str = "NO"
    reference_checks: Mapping[str, str] = field(default_factory=dict)  # country -> what its bank there checks them for


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an invoice or credit note: `new`, or `known` when exactly this one came before."""

    status: str
    number: str
    case_id: int | None = None
    warnings: tuple[str, ...] = ()


async def find_creditor(connection: AsyncConnection, name: str | None, *, among: str | None = None) -> Creditor:
    """The creditor with this id, or else with this organisation number; raises UnknownCreditor.

    `among` is the only one that whoever asks may learn of, where not all.
    """
    values = {"name": name, "number": one_spelling(name or ""), "among": among}
    row = (await connection.execute(CREDITOR, values)).one_or_none() if name else None
    if row is None:
        raise UnknownCreditor(
            f"no creditor {name!r}: register it first, or name one that is" if name else "no creditor named"
        )
    return Creditor(row.id, row.policies, row.listens, tuple(row.accounts), row.country, row.reference_checks)


async def import_invoices(
    connection: AsyncConnection,
    creditor: Creditor,
    invoices: Sequence[tuple[IncomingInvoice, PolicyChoice]],
    now: datetime,
    *,
    api_key: str | None = None,
) -> list[Imported | Conflict]:
    """Store invoices that are `apart` with all that belongs to them and tell their cases, in the caller's transaction.

    `api_key` is the hash of the key that sends them, where one does. Gives what became of each, in their order.

    The same invoice again is `known` and changes nothing, but that it gets a PDF where it has none; the same number
    with other content is a Conflict. Raises Conflict
    where such a one was stored by somebody else at this very moment, for its debtor's row has been written by then.
    """
    debtors = await _debtors(connection, creditor.id, [invoice for invoice, _ in invoices], now)
    new = [(n, *invoices[n]) for n in sorted(debtors)]
    doubts = {n: _doubts(invoice, policy, _whom(debtors[n])) for n, invoice, policy in new}
    stored = await _invoices(connection, creditor.id, [(*each, debtors[each[0]]) for each in new], api_key, now)
    new = [each for each in new if each[0] in stored]
    await _lines(connection, [(stored[n].invoice_id, invoice) for n, invoice, _ in new], now)
    for n, invoice, policy in new:
        await unsettled.ask(connection, [stored[n].case_id], doubts[n], now)
        await _of_the_past(connection, creditor.id, debtors[n], stored[n], invoice, policy, now)
    if creditor.listens:
        await emit_many(connection, [_opened(creditor.id, invoice) for _, invoice, _ in new], now)
    arrived = [_candidate(stored[n], debtors[n].id, invoice) for n, invoice, _ in new]
    await waiting_money.look(connection, creditor.id, arrived, now)
    became: list[Imported | Conflict] = []
    for n, (invoice, _) in enumerate(invoices):
        if n not in stored:
            try:
                became.append(await _known(connection, creditor.id, invoice, now))
            except Conflict as differs:
                if n in debtors:
                    raise
                became.append(differs)
            continue
        if invoice.pdf is not None:
            await own_pdf.give(connection, creditor.id, invoice.number, invoice.pdf, now)
        warnings = [shared_number(invoice.debtor.customer_number)] if debtors[n].shares_number else []
        warnings += [f"{why}: {TO_SETTLE}" for _, why in doubts[n]]
        became.append(Imported("new", invoice.number, stored[n].case_id, tuple(warnings)))
    return became


def apart(invoices: Sequence[IncomingInvoice]) -> list[list[int]]:
    """A creditor's invoices, by their places, shared out into turns: in none are two of one number, debtor or customer number.

    What one of them changes the next one of the same debtor finds, in the order in which they are given.
    """
    turns: list[list[int]] = []
    seen: dict[tuple[str, str | None], int] = {}
    for place, invoice in enumerate(invoices):
        debtor = invoice.debtor
        same = [("number", invoice.number), ("debtor", debtor_key(debtor, invoice.number))]
        same += [("customer", debtor.customer_number)] if debtor.customer_number else []
        same += [("organisation", debtor.organisation_number)] if debtor.organisation_number else []
        turn = max(seen.get(each, 0) for each in same)
        seen |= dict.fromkeys(same, turn + 1)
        if turn == len(turns):
            turns.append([])
        turns[turn].append(place)
    return turns


async def import_credit_note(
    connection: AsyncConnection, creditor: Creditor, note: IncomingCreditNote, now: datetime
) -> Imported:
    """Lower the invoice that the credit note names, to nothing at most; a full credit takes fees and interest back too.

    Of one over more than that, a person is asked what becomes of the rest. Raises UnknownInvoice, Refused for another
    currency or where nothing is left to credit, or Conflict for a credit note that came before with other content.
    """
    invoice = await ledger.lock_number(connection, creditor.id, note.invoice_number)
    if invoice is None:
        raise UnknownInvoice(no_such_invoice(note))
    if refused := other_currency(note, invoice.currency):
        raise Refused(refused)
    before = await amount_in_force(connection, invoice.case_id)
    told = (await credited_before(connection, creditor.id, [note.number])).get(note.number)
    if told is not None:
        if differs := note_differs(note, told, before):
            raise Conflict(differs)
        return Imported("known", note.number, invoice.case_id)
    if refused := nothing_left(note, before):
        raise Refused(refused)
    amount = min(note.amount, before)

    def key_of(part: Part) -> postings.Key:
        return "credit note", f"{note.number}#{part}"

    try:
        key = ("credit note", note.number)
        credited = await postings.credit(connection, invoice, amount, "credit note", key, key_of, now)
    except AlreadyPosted as same_moment:
        raise Conflict(f"credit note {note.number} came for another invoice at the same moment") from same_moment
    await connection.execute(CREDIT_NOTE, _note(creditor, invoice.invoice_id, note, now))
    await after_money(connection, [credited], now)
    await tell(connection, [invoice.case_id], "invoice_changed", now)
    rest = not_booked(note, before)
    if rest:
        why = f"{rest}: pay them back, or credit another invoice with them"
        await open_task(connection, [invoice.case_id], f"credit note {note.number}", "credit", why, now)
    return Imported("new", note.number, invoice.case_id, (rest,) if rest else ())


async def amount_in_force(connection: AsyncConnection, case: int) -> Decimal:
    """What a case's invoice is over: what was invoiced less what was credited; payments do not count."""
    amount: Decimal = (await connection.execute(INVOICED, {"case": case})).scalar_one()
    return amount


async def move_due_date(connection: AsyncConnection, creditor: str, number: str, due: date, now: datetime) -> bool:
    """Give an invoice another due date: a new round begins, and fees charged before it are taken back.

    Gives whether anything changed; raises Refused.
    """
    invoice = await ledger.lock_number(connection, creditor, number)
    if invoice is None:
        raise Refused(f"no invoice {number}")
    if invoice.state == "closed":
        raise Refused(f"the case of invoice {number} is closed: its due date stays")
    if not await due_dates.move(connection, {invoice.invoice_id: due}, now):
        return False
    await connection.execute(FORGET_CLAIM, {"invoice": invoice.invoice_id})
    await rounds.begin(connection, [invoice.case_id], now)
    fees = (await ledger.history(connection, invoice.invoice_id)).charged()
    under = postings.keys_at("due date moved", invoice, now)
    taken_back = await postings.take_back(connection, invoice, fees, under, now)
    detail = {"due_date": due, "fees_taken_back": taken_back}
    await diary.write(connection, "due_date_moved", "creditor", [(invoice.case_id, detail)], now)
    await tell(connection, [invoice.case_id], "invoice_changed", now)
    return True


def _candidate(stored: Any, debtor: int, invoice: IncomingInvoice) -> Candidate:
    """A new invoice as money that waits is compared with it."""
    return Candidate(
        invoice_id=stored.invoice_id,
        case_id=stored.case_id,
        debtor_id=debtor,
        number=invoice.number,
        reference=invoice.reference,
        plan_reference=None,
        customer_number=invoice.debtor.customer_number,
        debtor_name=invoice.debtor.name,
        currency=invoice.currency,
        balance=invoice.amount,
        principal=invoice.amount,
        interest=ZERO,
        fee=ZERO,
        instalment=None,
        due_date=invoice.due_date,
        open=True,
        payer_known=False,
    )


async def _stopped_before(
    connection: AsyncConnection, debtor: Any, law: Law, case: int, issued: date, now: datetime
) -> None:
    """What a person was asked for the debtor's other cases is asked for this one, unless it runs apart."""
    reason = LifeKind(debtor.stop_reason)
    apart = TABLE[reason].later is Later.APART and debtor.stopped_on and issued > debtor.stopped_on
    task = NEXT.get(reason)
    if task is not None and task.days is not None and not apart:
        due_on = task.due_on(law, debtor.stopped_on) if debtor.stopped_on else None
        await open_task(connection, [case], "", task.kind, task.why, now, due_on=due_on)


async def _known_otherwise(connection: AsyncConnection, debtor: Any, law: Law, new: int, now: datetime) -> None:
    """A debtor is known otherwise than when the older invoices came, and all of these look again.

    Where another law may hold a person is asked; a minor gets back what was charged.
    """
    before = Whom(debtor.country_before, debtor.kind_before) if debtor.country_before else _whom(debtor)
    if not (debtor.learned or debtor.moved) and before == _whom(debtor):
        return
    if before != _whom(debtor):
        await unsettled.debtor_changed(connection, debtor.id, before, Source.IMPORT, now)
    older = list((await connection.execute(OLDER, {"debtor": debtor.id, "new": new})).scalars())
    if debtor.learned and law.is_minor(debtor.birth_date, law.calendar.local_date(now)):
        await take_back_of_minor(connection, older, now)
    await tell(connection, older, "debtor_changed", now)


async def _child_of(connection: AsyncConnection, debtor: Any, parent: Parent, new: int, now: Moment) -> None:
    """It is told whose child a business is: its older cases look again where that is news."""
    if await families.told_by_data(connection, debtor.id, parent.as_fact(), now):
        older = (await connection.execute(OLDER, {"debtor": debtor.id, "new": new})).scalars().all()
        await tell(connection, older, "debtor_changed", now.at)


async def take_back_of_minor(connection: AsyncConnection, cases: Sequence[int], now: datetime) -> None:
    """A minor owes no fee and no interest: what was charged is taken back."""
    for invoice in await ledger.lock(connection, cases):
        charged = (await ledger.history(connection, invoice.invoice_id)).charged(FEES_AND_INTEREST)
        await postings.take_back(connection, invoice, charged, postings.keys_at("minor", invoice, now), now)


async def _debtors(
    connection: AsyncConnection, creditor: str, invoices: Sequence[IncomingInvoice], now: datetime
) -> dict[int, Any]:
    """By the invoice's place: the debtor's id, and whether another one has the same customer number; none of a known invoice."""
    values = {
        "creditor": creditor,
        "debtors": [to_json(_debtor(n, invoice, now)) for n, invoice in enumerate(invoices)],
        "revived": moved_from(Source.IMPORT, AddressState.VALID),
        "by_post": channels_by_post(),
        "now": now,
    }
    return {row.n: row for row in await connection.execute(DEBTORS, values)}


def _debtor(n: int, invoice: IncomingInvoice, now: datetime) -> dict[str, Any]:
    debtor = invoice.debtor
    contacts = contact_points(debtor)
    return {
        "n": n,
        "number": invoice.number,
        "key": debtor_key(debtor, invoice.number),
        "called": called(debtor.name),
        "customer_number": debtor.customer_number,
        "kind": debtor.kind,
        "kind_told": "kind" in debtor.model_fields_set or debtor.organisation_number is not None,
        "name": debtor.name,
        "name_key": name_key(debtor.name),
        "organisation_number": debtor.organisation_number,
        "birth_date": debtor.birth_date,
        "language": debtor.language,
        "country": debtor.country,
        "country_told": "country" in debtor.model_fields_set,
        "address": address_lines(debtor),
        "channels": [channel for channel, _ in contacts],
        "addresses": [address for _, address in contacts],
        "keys": [address_key(address) for _, address in contacts],
        "today": moment_in(debtor.country, now).day,
    }


async def _invoices(
    connection: AsyncConnection,
    creditor: str,
    new: Sequence[tuple[int, IncomingInvoice, PolicyChoice, Any]],
    api_key: str | None,
    now: datetime,
) -> dict[int, Any]:
    """By the invoice's place: its id and its case's. The last of each given is its debtor as it is known."""
    if not new:
        return {}
    policies = {policy.hash: policy for _, _, policy, _ in new}
    values = {
        "creditor": creditor,
        "invoices": [to_json(_invoice(*each)) for each in new],
        "policies": [to_json(_policy(policies[each])) for each in sorted(policies)],
        "api_key": api_key,
        "now": now,
    }
    return {row.n: row for row in await connection.execute(INVOICES, values)}


def _whom(debtor: Any) -> Whom:
    """What is told or known of a debtor that decides which law holds."""
    return Whom(debtor.country, debtor.kind)


def _doubts(invoice: IncomingInvoice, policy: PolicyChoice, known: Whom) -> tuple[tuple[Doubted, str], ...]:
    """What a person has to settle of an invoice whose debtor is known to be as it says, or otherwise."""
    why = changed(known, _whom(invoice.debtor))
    return (*policy.doubts, (unsettled.CHANGED, why)) if why else policy.doubts


def _invoice(n: int, invoice: IncomingInvoice, policy: PolicyChoice, debtor: Any) -> dict[str, Any]:
    told = _whom(invoice.debtor)
    before = Whom(debtor.country_before, debtor.kind_before) if debtor.country_before else told
    settled_for = None if told == _whom(debtor) == before else told
    return {
        "n": n,
        "debtor": debtor.id,
        "doubt": next((why for _, why in policy.doubts), None),
        "settled_for": settled_for and settled_for.country,
        "settled_kind": settled_for and settled_for.kind,
        "number": invoice.number,
        "number_key": number_key(invoice.number),
        "issue_date": invoice.issue_date,
        "due_date": invoice.due_date,
        "currency": invoice.currency,
        "amount": invoice.amount,
        "reference": invoice.reference,
        "account": invoice.account,
        "segment": invoice.segment,
        "claim_due": invoice.claim_due,
        "order_reference": invoice.order_reference,
        "buyer_reference": invoice.buyer_reference,
        "cost_centre": invoice.cost_centre,
        "buyer_contact": invoice.buyer_contact,
        "buyer_vat_number": invoice.buyer_vat_number,
        "delivery_date": invoice.delivery_date,
        "delivery_country": invoice.delivery_country,
        "policy_hash": policy.hash,
        "allocation": policy.allocation,
    }


def _note(creditor: Creditor, invoice: int, note: IncomingCreditNote, now: datetime) -> dict[str, Any]:
    lines = [
        [line.text, line.quantity, line.net, line.vat_category, line.vat_rate, line.vat_exemption]
        for line in note.lines
    ]
    return {
        "creditor": creditor.id,
        "invoice": invoice,
        "number": note.number,
        "issued": note.issue_date,
        "amount": note.amount,
        "reason": note.reason,
        "lines": to_json(lines),
        "now": now,
    }


def _policy(policy: PolicyChoice) -> dict[str, Any]:
    return {
        "hash": policy.hash,
        "name": policy.name,
        "text": policy.text,
        "ignore_balance_below": policy.ignore_balance_below,
        "shadow": policy.shadow,
    }


async def _lines(connection: AsyncConnection, new: Sequence[tuple[int, IncomingInvoice]], now: datetime) -> None:
    lines = [(id, position, line) for id, invoice in new for position, line in enumerate(invoice.lines, 1)]
    if lines:
        await connection.execute(
            LINES,
            {
                "invoices": [id for id, _, _ in lines],
                "positions": [position for _, position, _ in lines],
                "texts": [line.text for _, _, line in lines],
                "quantities": [line.quantity for _, _, line in lines],
                "amounts": [line.amount for _, _, line in lines],
                "categories": [line.vat_category for _, _, line in lines],
                "rates": [line.vat_rate for _, _, line in lines],
                "nets": [line.net for _, _, line in lines],
                "exemptions": [line.vat_exemption for _, _, line in lines],
                "now": now,
            },
        )


async def _of_the_past(
    connection: AsyncConnection,
    creditor: str,
    debtor: Any,
    stored: Any,
    invoice: IncomingInvoice,
    policy: PolicyChoice,
    now: datetime,
) -> None:
    """What few invoices bring: something learned of their debtor, or what was sent before."""
    await _known_otherwise(connection, debtor, policy.law, stored.case_id, now)
    if invoice.debtor.parent:
        await _child_of(
            connection, debtor, invoice.debtor.parent, stored.case_id, moment_in(invoice.debtor.country, now)
        )
    if debtor.stop_reason:
        await _stopped_before(connection, debtor, policy.law, stored.case_id, invoice.issue_date, now)
    if invoice.already_sent:
        await connection.execute(
            SENT,
            {
                "creditor": creditor,
                "invoice": stored.invoice_id,
                "number": invoice.number,
                "currency": invoice.currency,
                "messages": [sent.kind for sent in invoice.already_sent],
                "channels": [sent.channel for sent in invoice.already_sent],
                "days": [sent.date for sent in invoice.already_sent],
                "fees": [sent.fee for sent in invoice.already_sent],
                "deadlines": [sent.deadline for sent in invoice.already_sent],
                "now": now,
            },
        )


def _opened(creditor: str, invoice: IncomingInvoice) -> Event:
    data = {
        "invoice": invoice.number,
        "amount": str(invoice.amount),
        "currency": invoice.currency,
        "due_date": invoice.due_date.isoformat(),
    }
    return Event(creditor, "case.opened", data)


def debtor_key(debtor: IncomingDebtor, number: str) -> str:
    """What a debtor is new by: customer number and name, else the organisation number, else only the invoice."""
    if debtor.customer_number:
        return f"customer {debtor.customer_number} {called(debtor.name)}"
    if debtor.organisation_number:
        return f"organisation {debtor.organisation_number}"
    return f"invoice {number}"


def address_lines(debtor: IncomingDebtor) -> list[str]:
    """The postal address, line by line, as its country writes it; empty when it is not enough for a letter."""
    postcode, town = debtor.postcode, debtor.city
    place = country_of(debtor.country).place(postcode, town) if postcode and town else postcode or town
    return [*debtor.address_lines, place] if place else []


def contact_points(debtor: IncomingDebtor) -> list[tuple[str, str]]:
    """The (channel, address) pairs that a debtor can be reached at."""
    given = [
        ("email", debtor.email_address),
        ("sms", debtor.mobile_number),
        ("direct_message", debtor.whatsapp_number),
        ("phone", debtor.phone_number),
        ("letter", ", ".join(address_lines(debtor))),
    ]
    return [(channel, where) for channel, where in given if where]


async def _known(connection: AsyncConnection, creditor: str, invoice: IncomingInvoice, now: datetime) -> Imported:
    before = (await invoices_before(connection, creditor, [invoice.number]))[invoice.number]
    if differs := invoice_differs(before, invoice):
        raise Conflict(differs)
    if invoice.pdf is None:
        return Imported("known", invoice.number)
    has_another = await own_pdf.give(connection, creditor, invoice.number, invoice.pdf, now) == "another"
    warning = f"invoice {invoice.number} has another PDF already: that one is kept"
    return Imported("known", invoice.number, warnings=(warning,) if has_another else ())
