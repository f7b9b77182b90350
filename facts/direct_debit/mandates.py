"""Mandates for direct debit: asked for on the invoice page, confirmed and ended by the bank's files.

Of each mandate stands what the list says that the centre made last, in whatever order the lists come.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.agreements.direct_debit import ReportedMandate
from domain.agreements.mandate_answers import WITHDRAWN, in_words
from domain.agreements.mandate_order import ListNumber
from domain.countries.country import OnlineBank, PayerForm
from domain.countries.registry import country_of
from domain.moment import moment_in
from domain.parties.speakers import DEBTOR
from facts import diary
from facts.operations.tasks import open_task
from facts.outbox import tell
from facts.refusals import Refused

AGREEMENT = text("select direct_debit, country from creditor where id = :creditor and direct_debit <> '{}'")
AGREED = text("""
select direct_debit ->> 'account' from creditor where direct_debit ->> 'account' = any(:accounts)
group by 1 having count(*) = 1
""")
# The lists of an agreement are recorded one after the other, whoever reads them.
OWNERS = text("select id from creditor where direct_debit ->> 'account' = :account order by id for no key update")
ASK = text("""
insert into mandate (creditor_id, debtor_id, reference, state, notify, source, monthly_limit, payer_account, holder, asked_at,
  asked_by, proof, proven_at, happened_at)
values (:creditor, :debtor, :reference, 'pending', false, 'page', :limit, :account, :holder, :now, :by, :proof, :proven_at, :now)
on conflict (creditor_id, reference) do update
  set debtor_id = excluded.debtor_id, state = 'pending', source = 'page', monthly_limit = excluded.monthly_limit,
    payer_account = excluded.payer_account, holder = excluded.holder, request_file = null, end_file = null, ended_why = null,
    asked_at = :now, asked_by = excluded.asked_by, proof = excluded.proof, proven_at = excluded.proven_at, ended_at = null
  where mandate.state = 'ended'
    and (mandate.ended_why is distinct from 'withdrawn' or mandate.end_file is not null or mandate.confirmed_at is null)
""")
# What was not sent yet is the debtor's to correct; of what the centre has it says first what became of it.
CORRECT = text("""
update mandate set payer_account = :account, holder = :holder, asked_by = :by, proof = :proof, proven_at = :proven_at
where id = :mandate and state = 'pending' and request_file is null
""")
TAKE_BACK = text("""
update mandate set state = 'ended', ended_at = :now, ended_why = :why, holder = null
where creditor_id = :creditor and debtor_id = :debtor and state in ('pending', 'active') and payer_account is not null
returning debtor_id
""")
# The last word on a debtor's mandates where none stands: what the centre has refused, or how the last one ended.
LAST_ENDED = text("""
select m.ended_why from mandate m where m.creditor_id = :creditor and m.debtor_id = :debtor and m.ended_at > :since
  and m.ended_why is not null and not exists (select from mandate x where x.creditor_id = m.creditor_id
    and x.debtor_id = m.debtor_id and x.state <> 'ended')
order by m.ended_at desc, m.id desc limit 1
""")
ASKED_AGAIN = text("""
update mandate set asked_at = :now, monthly_limit = coalesce(:limit, monthly_limit), asked_by = :by, proof = :proof,
  proven_at = :proven_at
where id = :mandate
""")
# Whose account it can be: another country's numbers of companies are none that its centre knows.
KNOWN_BY = text("""
select cr.country, d.birth_date, case when d.country = cr.country then d.organisation_number end as organisation_number
from debtor d join creditor cr on cr.id = d.creditor_id where d.id = :debtor
""")
# What a debtor was invoiced for each month of the last year, by due date.
MONTHS = text("""
select sum(i.amount) as amount from invoice i
where i.debtor_id = :debtor and i.creditor_id = :creditor and i.currency = :currency and i.due_date >= :since
group by date_trunc('month', i.due_date)
""")
COLUMNS = """m.id, m.creditor_id, m.debtor_id, m.reference, m.state, m.notify, m.asked_at, m.confirmed_at, m.ended_at,
  m.monthly_limit, m.payer_account is not null as brought, m.ended_why, m.asked_by, m.proof, m.proven_at"""
# The one that is good for most: an active one, else a pending one; the latest of these.
OF_DEBTOR = text(f"""
select {COLUMNS} from mandate m
where m.creditor_id = :creditor and m.debtor_id = :debtor and m.state <> 'ended'
order by m.state, coalesce(m.confirmed_at, m.asked_at) desc, m.id desc limit 1
""")
LIST = text(f"""
select {COLUMNS} from mandate m where cast(:creditor as text) is null or m.creditor_id = :creditor order by m.id
""")
FILE = text("""
insert into direct_debit_file (name, creditor_id, kind, made_on, transmission, assignment, lists_all, count, total, state,
  happened_at)
values (:name, :creditor, 'mandates', :made_on, :transmission, :assignment, :lists_all, :count, 0, 'read', :now)
on conflict do nothing returning name
""")
WHOLE_LISTS = text("""
select made_on, transmission, assignment from direct_debit_file
where creditor_id = :creditor and kind = 'mandates' and lists_all
""")
LAST_WORD = """
select m.reference, m.state, m.asked_at, m.ended_why, m.ended_at, cr.country, f.made_on, f.transmission, f.assignment
from mandate m join creditor cr on cr.id = m.creditor_id left join direct_debit_file f on f.name = m.told_in
where m.creditor_id = :creditor
"""
LAST_WORDS = text(f"{LAST_WORD} and m.reference = any(:references)")
OTHERS = text(f"{LAST_WORD} and m.state in ('active', 'waiting') and m.reference <> all(:references)")
# Who a payment reference belongs to: the debtor of its invoices and plans, and of the mandate known by it.
DEBTORS = text("""
select r.reference, array_agg(distinct r.debtor_id) filter (where not r.by_mandate) as named,
  max(r.debtor_id) filter (where r.by_mandate) as known
from (
  select reference, debtor_id, false as by_mandate from invoice
    where creditor_id = :creditor and reference = any(:references)
  union all
  select p.reference, c.debtor_id, false from instalment_plan p join dunning_case c on c.id = p.case_id
    where p.creditor_id = :creditor and p.reference = any(:references)
  union all
  select reference, debtor_id, true from mandate where creditor_id = :creditor and reference = any(:references)) r
group by r.reference
""")
CONFIRM = text("""
with told as (
  select * from unnest(cast(:references as text[]), cast(:debtors as int[]), cast(:notify as bool[]))
    as t(reference, debtor_id, notify)),
before as (
  select m.id, m.state from mandate m join told t on t.reference = m.reference where m.creditor_id = :creditor),
stored as (
  insert into mandate as m (creditor_id, debtor_id, reference, state, notify, source, confirmed_at, happened_at)
  select :creditor, debtor_id, reference, 'active', notify, 'file', :now, :now from told order by reference
  on conflict (creditor_id, reference) do update
    set debtor_id = excluded.debtor_id, state = 'active', notify = excluded.notify, ended_at = null, ended_why = null,
      confirmed_at = case when m.state = 'active' then m.confirmed_at else excluded.confirmed_at end
    where (m.state, m.notify, m.debtor_id) is distinct from ('active', excluded.notify, excluded.debtor_id)
  returning m.id, m.debtor_id)
select s.debtor_id, b.state is distinct from 'active' as begins from stored s left join before b on b.id = s.id
""")
# The bank has told of it before anybody is known by its payment reference.
KEEP = text("""
insert into mandate (creditor_id, reference, state, notify, source, confirmed_at, happened_at)
select :creditor, reference, 'waiting', notify, 'file', :now, :now
from unnest(cast(:references as text[]), cast(:notify as bool[])) as t(reference, notify) order by reference
on conflict (creditor_id, reference) do update
  set state = 'waiting', notify = excluded.notify, ended_at = null,
    confirmed_at = case when mandate.state = 'waiting' then mandate.confirmed_at else excluded.confirmed_at end
  where mandate.debtor_id is null
""")
# Waiting mandates with the open cases that they cover, by the rule of their creditor. One serves where all these are one
# debtor's, and no invoice of another one, open or not, has its very reference: nobody is drawn for somebody else.
SERVE = text("""
with covered as materialized (
  select w.id, w.reference, array_agg(c.id) as cases, min(c.debtor_id) as debtor_id,
    count(distinct c.debtor_id) = 1 and not exists (select from invoice x where x.reference = w.reference
      and x.creditor_id = w.creditor_id and x.debtor_id <> min(c.debtor_id)) as serves
  from mandate w join creditor cr on cr.id = w.creditor_id
  join dunning_case c on c.creditor_id = w.creditor_id and c.state = 'open' join invoice i on i.id = c.invoice_id
  where w.creditor_id = :creditor and w.state = 'waiting'
    and customer_part(cr.direct_debit ->> 'kid_structures', i.reference)
      = customer_part(cr.direct_debit ->> 'kid_structures', w.reference)
  group by w.id),
served as (
  update mandate m set state = 'active', debtor_id = o.debtor_id from covered o
  where m.id = o.id and m.state = 'waiting' and o.serves returning m.id)
select o.id, o.reference, o.cases, o.debtor_id, o.serves, s.id is not null as begins
from covered o left join served s on s.id = o.id order by o.id
""")
END = text("""
update mandate m set state = 'ended', ended_at = :now, ended_why = t.why, holder = null
from unnest(cast(:references as text[]), cast(:whys as text[])) as t(reference, why)
where m.creditor_id = :creditor and m.state <> 'ended' and m.reference = t.reference returning m.debtor_id, m.ended_why
""")
# What the centre refuses was asked for: of the account that it names, in a file that it has.
REFUSED_NOW = text("""
select m.reference from mandate m
join unnest(cast(:references as text[]), cast(:accounts as text[])) as t(reference, account) on t.reference = m.reference
where m.creditor_id = :creditor and (m.state <> 'pending'
  or m.request_file is not null and coalesce(t.account, m.payer_account) = m.payer_account)
""")
# Whose account it is was needed for the register alone.
ANSWERED = text("""
update mandate set holder = null
where creditor_id = :creditor and reference = any(:references) and holder is not null and request_file is not null
""")
BEING_ENDED = timedelta(days=7)
STANDS = ("standing", "new", "made")
# Kept although nobody knew it: an older list may come that says it is new.
KEEP_ENDED = text("""
insert into mandate (creditor_id, reference, state, notify, source, ended_at, happened_at)
select :creditor, reference, 'ended', false, 'file', :now, :now from unnest(cast(:references as text[])) as t(reference)
order by reference on conflict do nothing
""")
HEARD = text("update mandate set told_in = :name where creditor_id = :creditor and reference = any(:references)")
SHARED = (
    "the bank's mandate {} covers invoices of several debtors, and nothing is drawn by it: ask who made it to make another"
    " one, with the KID of an invoice that is theirs alone"
)
OPEN_CASES = text("select id from dunning_case where debtor_id = any(:debtors) and state = 'open' order by id")


@dataclass(frozen=True, slots=True)
class Mandate:
    """A debtor's permission for direct debit. Only an `active` one is drawn on; moments are UTC."""

    id: int
    creditor: str
    debtor: int | None  # none while it waits for its invoice
    reference: str
    state: str  # pending | waiting | active | ended
    notify: bool
    asked_at: datetime | None
    confirmed_at: datetime | None
    ended_at: datetime | None
    monthly_limit: Decimal | None = None  # that its debtor was told to give the bank
    brought: bool = False  # by the creditor to the centre, and taken back there
    ended_why: str | None = None  # the centre's code, or that the debtor took it back
    asked_by: str | None = None  # the debtor, or whoever stands in
    proof: str | None = None  # by what they had proved who they are
    proven_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AskedBy:
    """Who asks for a mandate, and by what and when they have proved who they are; without a proof they had the link alone."""

    by: str = DEBTOR
    proof: Literal["code", "bankid"] | None = None
    proven_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose account a mandate of a debtor is to draw from, as the centre's files have both."""

    account: str = field(repr=False)
    holder: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WayToMandate:
    """What a debtor needs to make a mandate: the creditor's account, the page to sign it on, and the banks' own guides.

    With a `form` the creditor brings it to the centre, and the debtor tells whose account it is.
    """

    account: str
    sign_at: str | None
    banks: tuple[OnlineBank, ...]
    country: str = ""  # the creditor's
    form: PayerForm | None = None


@dataclass(frozen=True, slots=True)
class MandatesRecorded:
    """What became of the mandates of a list: how many began, changed or ended, and which references nobody has."""

    began: int
    changed: int
    ended: int
    unknown: tuple[str, ...]
    shared: tuple[str, ...] = ()  # unknown, because several debtors have them
    outdated: tuple[str, ...] = ()  # left as they are: a newer list, or the debtor since, has told of them


@dataclass(frozen=True, slots=True)
class Served:
    """The references of waiting mandates that serve a debtor now, and of those that cover invoices of several."""

    references: tuple[str, ...]
    shared: tuple[str, ...]


async def way_to_a_mandate(connection: AsyncConnection, creditor: str) -> WayToMandate | None:
    """How a debtor of this creditor makes a mandate; None where nobody can pay it by direct debit."""
    row = (await connection.execute(AGREEMENT, {"creditor": creditor})).one_or_none()
    if row is None:
        return None
    here = country_of(row.country)
    sign_at = row.direct_debit.get("e_agreement")
    return WayToMandate(row.direct_debit["account"], sign_at, here.online_banks, row.country, here.payer_form)


async def mandate_of(connection: AsyncConnection, creditor: str, debtor: int) -> Mandate | None:
    """The mandate that covers a debtor's cases: the active one, else the one that waits for the bank."""
    row = (await connection.execute(OF_DEBTOR, {"creditor": creditor, "debtor": debtor})).one_or_none()
    return Mandate(*row) if row else None


async def list_mandates(connection: AsyncConnection, creditor: str | None) -> list[Mandate]:
    """All mandates, oldest first; of all creditors when None."""
    return [Mandate(*row) for row in (await connection.execute(LIST, {"creditor": creditor})).all()]


async def months_of(
    connection: AsyncConnection, creditor: str, debtor: int, currency: str, since: date
) -> Sequence[Decimal]:
    """What a debtor was invoiced for in each month since a day, in no order."""
    values = {"creditor": creditor, "debtor": debtor, "currency": currency, "since": since}
    return (await connection.execute(MONTHS, values)).scalars().all()


async def ask(
    connection: AsyncConnection,
    creditor: str,
    debtor: int,
    reference: str,
    now: datetime,
    limit: Decimal | None = None,
    payer: Payer | None = None,
    asked: AskedBy = AskedBy(),
) -> Mandate:
    """The debtor wants direct debit: a pending mandate, until the bank's file confirms it.

    `limit` is the most of a month that the debtor will give the bank for it. With `payer` the creditor brings the mandate to
    the centre, in its next file; told anew before that, the later word counts.

    Asking again with an active mandate is the debtor's word that it is to be drawn on, also after a draw that was undone.
    Raises Refused where the payment reference
    carries another debtor's mandate.
    """
    account = {"account": payer.account if payer else None, "holder": payer.holder if payer else None}
    who = {"by": asked.by, "proof": asked.proof, "proven_at": asked.proven_at}
    await serve_waiting(connection, creditor, now)
    known = await mandate_of(connection, creditor, debtor)
    if known is not None and payer is not None:
        await connection.execute(CORRECT, account | who | {"mandate": known.id})
    if known is not None and (known.state == "active" or limit is not None):
        await connection.execute(ASKED_AGAIN, who | {"mandate": known.id, "limit": limit, "now": now})
    if known is None:
        values = {"creditor": creditor, "debtor": debtor, "reference": reference, "limit": limit, "now": now}
        await connection.execute(ASK, values | account | who)
        known = await mandate_of(connection, creditor, debtor)
    if known is None and await last_word(connection, creditor, debtor, now - BEING_ENDED) == WITHDRAWN:
        raise Refused("this mandate is being ended: ask for it again tomorrow")
    if known is None:
        raise Refused("this payment reference carries somebody else's direct debit: use one of a newer invoice")
    return known


async def may_hold(connection: AsyncConnection, debtor: int, holder: str) -> bool:
    """Whether who holds an account can be the debtor, by what is known of them."""
    known = (await connection.execute(KNOWN_BY, {"debtor": debtor})).one()
    form = country_of(known.country).payer_form
    return form is None or form.is_theirs(holder, known.birth_date, known.organisation_number)


async def take_back(connection: AsyncConnection, creditor: str, debtor: int, now: datetime) -> bool:
    """The debtor ends the mandates that the creditor brought to the centre, whose next file says so; whether there were any."""
    values = {"creditor": creditor, "debtor": debtor, "why": WITHDRAWN, "now": now}
    ended = (await connection.execute(TAKE_BACK, values)).scalars().all()
    await tell_debtors(connection, ended, "mandate_ended", now, by="debtor")
    return bool(ended)


async def last_word(connection: AsyncConnection, creditor: str, debtor: int, since: datetime) -> str | None:
    """Why the latest mandate of a debtor who has none now was refused or ended, since a moment; None where nobody said."""
    values = {"creditor": creditor, "debtor": debtor, "since": since}
    why: str | None = (await connection.execute(LAST_ENDED, values)).scalar_one_or_none()
    return why


async def with_agreement(connection: AsyncConnection, accounts: Sequence[str]) -> set[str]:
    """Those of the accounts that one creditor's direct-debit agreement is for."""
    return set((await connection.execute(AGREED, {"accounts": list(accounts)})).scalars())


async def owner_of_agreement(connection: AsyncConnection, account: str) -> str | None:
    """The creditor whose direct-debit agreement is for this account; None where none or several claim it.

    It is locked until the transaction ends: whoever else reads a list of its mandates waits.
    """
    found = (await connection.execute(OWNERS, {"account": account})).scalars().all()
    return found[0] if len(found) == 1 else None


async def record_mandates(
    connection: AsyncConnection,
    creditor: str,
    reported: Sequence[ReportedMandate],
    *,
    name: str,
    number: ListNumber,
    lists_all: bool,
    now: datetime,
) -> MandatesRecorded:
    """Store what the bank reports, and tell the open cases of the debtors whose mandates begin or end.

    With `lists_all` active mandates that are not reported have ended. A reference that leads to no debtor, or to
    several, is unknown: its mandate waits for the invoice that says whose it is. A list is recorded once under its name,
    and what a newer one has told of stays as that says: a newer list of all has told of every mandate.
    """
    values = {"creditor": creditor, "name": name, "now": now}
    numbered = {"made_on": number.made_on, "transmission": number.transmission, "assignment": number.assignment}
    file = values | numbered | {"lists_all": lists_all, "count": len(reported)}
    if (await connection.execute(FILE, file)).scalar_one_or_none() is None:
        return MandatesRecorded(0, 0, 0, ())
    latest = {mandate.reference: mandate for mandate in reported}
    outdated = await _outdated(connection, creditor, latest, number)
    told = [mandate for mandate in latest.values() if mandate.reference not in outdated]
    references = [mandate.reference for mandate in told]
    owners = await owners_of(connection, creditor, references)
    stands = [m for m in told if m.registration in STANDS and owners.get(m.reference)]
    confirmed = await connection.execute(
        CONFIRM,
        {
            "creditor": creditor,
            "references": [m.reference for m in stands],
            "debtors": [owners[m.reference] for m in stands],
            "notify": [m.notify for m in stands],
            "now": now,
        },
    )
    changes = confirmed.all()
    began = [row.debtor_id for row in changes if row.begins]
    waits = [m for m in told if m.registration in STANDS and not owners.get(m.reference)]
    await connection.execute(
        KEEP,
        {
            "creditor": creditor,
            "references": [m.reference for m in waits],
            "notify": [m.notify for m in waits],
            "now": now,
        },
    )
    over = {m.reference: m.why for m in told if m.registration not in STANDS}
    ends = list(over)
    await connection.execute(KEEP_ENDED, values | {"references": ends})
    if lists_all:
        others = (await connection.execute(OTHERS, {"creditor": creditor, "references": list(latest)})).all()
        ends += [row.reference for row in others if not _has_newer_word(row, number)]
    whys = [over.get(reference) for reference in ends]
    ended = (await connection.execute(END, values | {"references": ends, "whys": whys})).all()
    await connection.execute(ANSWERED, values | {"references": references})
    await connection.execute(HEARD, values | {"references": [*references, *ends]})
    await tell_debtors(connection, began, "mandate_active", now)
    for why in {row.ended_why for row in ended}:
        of_this = [row.debtor_id for row in ended if row.ended_why == why]
        await tell_debtors(connection, of_this, "mandate_ended", now, why=in_words(why) if why else None)
    served = await serve_waiting(connection, creditor, now)
    unknown = tuple(each for each in references if not owners.get(each) and each not in served.references)
    return MandatesRecorded(
        began=len(began) + len(served.references),
        changed=len(changes) - len(began),
        ended=len(ended),
        unknown=unknown,
        shared=tuple(each for each in unknown if each in served.shared),
        outdated=tuple(each for each in latest if each in outdated),
    )


async def _outdated(
    connection: AsyncConnection, creditor: str, latest: dict[str, ReportedMandate], number: ListNumber
) -> set[str]:
    """The references of a list that a newer one has told of, and the ended ones that the debtor has asked for since."""
    whole_lists = (await connection.execute(WHOLE_LISTS, {"creditor": creditor})).all()
    if any(_has_newer_word(row, number) for row in whole_lists):
        return set(latest)
    words = (await connection.execute(LAST_WORDS, {"creditor": creditor, "references": list(latest)})).all()
    refused = {each.reference: each.account for each in latest.values() if each.registration == "refused"}
    accounts = {"creditor": creditor, "references": list(refused), "accounts": list(refused.values())}
    meant = set((await connection.execute(REFUSED_NOW, accounts)).scalars()) if refused else set()
    known = {row.reference for row in words}
    return {reference for reference in refused if reference in known and reference not in meant} | {
        row.reference
        for row in words
        if _has_newer_word(row, number)
        or (latest[row.reference].registration == "ended" and _has_asked_since(row, number.made_on))
        or _has_taken_back(row, latest[row.reference], number.made_on)
    }


def _has_newer_word(row: Any, number: ListNumber) -> bool:
    """Whether a list that was made later than this one has told of a row's mandate."""
    return row.transmission is not None and number.is_older_than(
        ListNumber(row.made_on, row.transmission, row.assignment)
    )


def _has_asked_since(row: Any, made_on: date | None) -> bool:
    """Whether the debtor has asked for a row's mandate on the day on which a list was made, or later."""
    if row.state != "pending" or made_on is None:
        return False
    return made_on <= moment_in(row.country, row.asked_at).day


def _has_taken_back(row: Any, told: ReportedMandate, made_on: date | None) -> bool:
    """Whether the debtor has ended a row's mandate: only one that was made in the online bank on a later day brings it back."""
    if row.ended_why != WITHDRAWN or told.registration not in STANDS:
        return False
    return told.registration == "new" or made_on is None or made_on <= moment_in(row.country, row.ended_at).day


async def serve_waiting(connection: AsyncConnection, creditor: str, now: datetime) -> Served:
    """Waiting mandates serve the debtors whose invoices they cover by now; a person hears of one that covers several's."""
    covered = (await connection.execute(SERVE, {"creditor": creditor})).all()
    begun, shared = [row for row in covered if row.begins], [row for row in covered if not row.serves]
    for row in shared:
        await open_task(
            connection, row.cases, f"mandate#{row.id}", "mandate", SHARED.format(row.reference), now, once=True
        )
    await tell_debtors(connection, [row.debtor_id for row in begun], "mandate_active", now)
    return Served(tuple(row.reference for row in begun), tuple(row.reference for row in shared))


def _owner(row: Any) -> int | None:
    """The one debtor that invoices and plans name; where that is not plain, the one of the mandate known before."""
    owner: int | None = row.named[0] if row.named and len(row.named) == 1 else row.known
    return owner


async def owners_of(connection: AsyncConnection, creditor: str, references: Sequence[str]) -> dict[str, int | None]:
    """The one debtor that each of these payment references leads to, where there is one."""
    rows = await connection.execute(DEBTORS, {"creditor": creditor, "references": list(references)})
    return {row.reference: _owner(row) for row in rows}


async def tell_debtors(
    connection: AsyncConnection,
    debtors: Sequence[int | None],
    kind: str,
    now: datetime,
    *,
    by: str = "bank",
    why: str | None = None,
) -> None:
    """The open cases of these debtors hear that a mandate began or ended, and their diaries say by whom, and why."""
    cases = list(
        (await connection.execute(OPEN_CASES, {"debtors": [debtor for debtor in debtors if debtor]})).scalars()
    )
    await diary.write(connection, kind, by, [(case, {"why": why} if why else {}) for case in cases], now)
    await tell(connection, cases, "mandate_changed", now)
