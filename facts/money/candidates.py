"""The invoices that a payment may be for: everything its clues name, by index, for many payments at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.matching.amounts import MOST_OF_A_DEBTOR, Candidate
from domain.money.matching.of_statement import Asking, Listed, pays
from domain.money.matching.reading import Clue, exact_references, searched
from domain.money.matching.verdict import Match, Review, match, named_plainly
from facts.going_on import GOES_ON
from facts.money.statements import ASKED

MOST_OF_A_REFERENCE = 20  # so many invoices are looked at where one reference is used again and again
MOST_DEBTORS = 5  # more than these named by one payment contradict each other anyway
MOST_NAMESAKES = 200
MOST_OF_A_NAME = 5
MOST_OF_AN_AMOUNT = 5
MOST_OF_A_KEY = 3  # more than one already asks a person

# `at` is a payment's place among those asked about, from 1. Each look-up is a lateral one with a bound, so that no plan
# can make a join over whole tables of it.
NAMED = f"""
  select r.at, i.invoice_id, i.debtor_id, r.exact
  from unnest(cast(:reference_at as int[]), cast(:references as text[]), cast(:exact as bool[])) as r(at, value, exact)
  cross join lateral (
    select i.id as invoice_id, i.debtor_id
    from (select id, debtor_id from invoice where creditor_id = :creditor and reference = r.value offset 0) i
    cross join lateral (select state, balance from dunning_case where invoice_id = i.id offset 0) c
    order by c.state = 'open' desc, c.balance = (cast(:amounts as numeric[]))[r.at] desc, i.id desc
    limit {MOST_OF_A_REFERENCE}) i
  union all
  select r.at, p.invoice_id, p.debtor_id, r.exact
  from unnest(cast(:reference_at as int[]), cast(:references as text[]), cast(:exact as bool[])) as r(at, value, exact)
  cross join lateral (
    select case_id from instalment_plan where creditor_id = :creditor and reference = r.value limit 1) i
  cross join lateral (select invoice_id, debtor_id from dunning_case where id = i.case_id offset 0) p
  union all
  select n.at, i.id, i.debtor_id, true from unnest(cast(:number_at as int[]), cast(:numbers as text[])) as n(at, value)
  cross join lateral (select id, debtor_id from invoice where creditor_id = :creditor and number = n.value limit 1) i
  union all
  select k.at, i.id, i.debtor_id, true from unnest(cast(:key_at as int[]), cast(:keys as text[])) as k(at, value)
  cross join lateral (
    select id, debtor_id
    from (select id, debtor_id from invoice where creditor_id = :creditor and number_key = k.value offset 0) i
    order by id desc limit {MOST_OF_A_KEY}) i
"""
# An account that has paid for several debtors identifies none of them.
KNOWN = """
  select a.at, p.debtor_id from unnest(cast(:account_at as int[]), cast(:accounts as text[])) as a(at, value)
  cross join lateral (
    select min(debtor_id) as debtor_id from payer_account where creditor_id = :creditor and account = a.value
    having count(*) = 1) p
"""
DEBTORS = f"""
  select at, debtor_id from named where exact
  union
  select at, debtor_id from known
  union
  select n.at, d.id from unnest(cast(:customer_at as int[]), cast(:customers as text[])) as n(at, value)
  cross join lateral (
    select id from debtor where creditor_id = :creditor and customer_number = n.value limit {MOST_DEBTORS}) d
"""
# A debtor's open invoices; where there are more than are looked at, those with the amount come first.
THEIRS = f"""
  select d.at, o.invoice_id
  from (select at, debtor_id, row_number() over (partition by at order by debtor_id) as place from debtors) d
  cross join lateral (
    select invoice_id from dunning_case where debtor_id = d.debtor_id and state = 'open'
    order by (cast(:amounts as numeric[]))[d.at] in (balance, principal) desc, invoice_id limit {MOST_OF_A_DEBTOR}) o
  where d.place <= {MOST_DEBTORS}
"""
NAMESAKES = f"""
  select n.at, o.invoice_id from unnest(cast(:name_at as int[]), cast(:names as text[])) as n(at, value)
  cross join lateral (
    select c.invoice_id
    from (select id from debtor where creditor_id = :creditor and name_key = n.value limit {MOST_NAMESAKES}) d
    cross join lateral (
      select invoice_id, balance, principal from dunning_case where debtor_id = d.id and state = 'open'
      limit {MOST_OF_A_DEBTOR}) c
    order by (cast(:amounts as numeric[]))[n.at] in (c.balance, c.principal) desc, c.invoice_id
    limit {MOST_OF_A_NAME}) o
"""
# Few enough to show to a person, or none.
SAME_AMOUNT = f"""
  select p.at, i.id as invoice_id from unnest(cast(:amounts as numeric[])) with ordinality as p(amount, at)
  cross join lateral (
    select array_agg(invoice_id) as ids from (
      select invoice_id from dunning_case
      where creditor_id = :creditor and balance = p.amount and state = 'open' limit {MOST_OF_AN_AMOUNT + 1}) c) few
  cross join lateral unnest(few.ids) as i(id)
  where cardinality(few.ids) <= {MOST_OF_AN_AMOUNT}
"""


def _candidates(found: str) -> TextClause:
    """The statement that gives the invoices in `found`, with what matching compares."""
    return text(f"""
with named as materialized ({NAMED}), known as materialized ({KNOWN}), debtors as materialized ({DEBTORS}),
found as materialized ({found})
select f.at, i.id, c.id, i.debtor_id, i.number, i.reference, p.reference, d.customer_number, d.name, i.currency,
  c.balance, c.principal, c.interest, c.fee, p.instalment, i.due_date, {GOES_ON},
  exists (select from known k where k.at = f.at and k.debtor_id = i.debtor_id)
from found f
cross join lateral (select * from invoice where id = f.invoice_id offset 0) i
cross join lateral (select * from dunning_case where invoice_id = i.id offset 0) c
cross join lateral (select * from debtor where id = i.debtor_id offset 0) d
left join lateral (
  select p.reference, case when p.state = 'active' then (
    select least(s.amount, s.until - (p.total - c.balance))
    from (select number, amount, sum(amount) over (order by number) as until from instalment where plan_id = p.id) s
    where s.until > p.total - c.balance order by s.number limit 1) end as instalment
  from instalment_plan p where p.case_id = c.id
  order by p.reference = any(cast(:references as text[])) desc, p.id desc limit 1) p on true
""")


NAMED_ONLY = _candidates("select distinct at, invoice_id from named")
DECIDING = _candidates(f"select at, invoice_id from named union {THEIRS}")
ALL = _candidates(f"select at, invoice_id from named union {THEIRS} union {NAMESAKES} union {SAME_AMOUNT}")
OF_CASES = _candidates("select 1 as at, invoice_id from dunning_case where id = any(:cases)")
LISTED = _candidates("""
select r.at, l.invoice_id
from unnest(cast(:reference_at as int[]), cast(:references as text[])) as r(at, value)
cross join lateral (select id from account_statement where creditor_id = :creditor and reference = r.value limit 1) s
cross join lateral (select invoice_id from account_statement_line where statement_id = s.id offset 0) l
""")
ELSEWHERE = text("""
select r.value from unnest(cast(:references as text[])) as r(value)
cross join lateral (
  select from (
    select creditor_id from invoice where reference = r.value
    union all select creditor_id from account_statement where reference = r.value) o
  where creditor_id <> :creditor
    and not exists (select from creditor_clock k where k.creditor_id in (o.creditor_id, :creditor)) limit 1) i
""")


class _Questions:
    """What a statement is asked: each value with the place of the payment it is for."""

    def __init__(self, creditor: str, clues: Sequence[Clue]) -> None:
        self.values: dict[str, Any] = {"creditor": creditor, "amounts": [clue.amount for clue in clues], "exact": []}
        for kind in ("reference", "number", "key", "customer", "name", "account"):
            self.values |= {f"{kind}s": [], f"{kind}_at": []}

    def ask(self, at: int, kind: str, asked: Iterable[str], *, exact: bool = True) -> None:
        """Ask for the values of one payment; a reference is exact, or one slip away."""
        values = list(asked)
        self.values[f"{kind}s"] += values
        self.values[f"{kind}_at"] += [at] * len(values)
        if kind == "reference":
            self.values["exact"] += [exact] * len(values)

    async def answers(self, connection: AsyncConnection, statement: TextClause) -> list[list[Candidate]]:
        """What is found for each payment."""
        found: list[list[Candidate]] = [[] for _ in self.values["amounts"]]
        if not found:
            return found
        for row in await connection.execute(statement, self.values):
            found[row[0] - 1].append(Candidate(*row[1:]))
        return found


async def match_all(connection: AsyncConnection, creditor: str, clues: Sequence[Clue]) -> list[Match | Review]:
    """What each payment is for, or what a person is asked; nothing of another creditor's is told.

    The look-ups go from small to large: most payments are settled by their exact reference, nearly all by what
    decides, and only those that wait for a person need what ranks: namesakes and equal amounts.
    """
    outcomes: dict[int, Match | Review] = {}
    for at, found in enumerate(await _find_named(connection, creditor, clues)):
        plain = named_plainly(clues[at], found)
        if plain:
            outcomes[at] = plain
    waiting = [at for at in range(len(clues)) if at not in outcomes and clues[at].number is None]
    exactly = [(clues[at], exact_references(clues[at])) for at in waiting]
    for at, statements in zip(waiting, await _statements(connection, creditor, exactly), strict=True):
        if statements:
            outcomes[at] = pays(clues[at], statements[0])
    waiting = [at for at in range(len(clues)) if at not in outcomes]
    marked = dict(zip(waiting, await _marked(connection, creditor, [clues[at] for at in waiting]), strict=True))
    for statement in (DECIDING, ALL):
        asked = [marked[at] for at in waiting]
        found_for = dict(zip(waiting, await find(connection, creditor, asked, statement), strict=True))
        outcomes |= {at: match(marked[at], found) for at, found in found_for.items()}
        waiting = [at for at in waiting if isinstance(outcomes[at], Review)]
    nearly = [(clues[at], (*searched(clues[at]).in_text, *searched(clues[at]).corrected)) for at in waiting]
    for at, statements in zip(waiting, await _statements(connection, creditor, nearly), strict=True):
        if len(statements) == 1 and statements[0].is_asked_by(clues[at].amount) and clues[at].number is None:
            outcomes[at] = pays(clues[at], statements[0], " in the text, or one slip away")
    return [outcomes[at] for at in range(len(clues))]


async def find(
    connection: AsyncConnection, creditor: str, clues: Sequence[Clue], statement: TextClause
) -> list[list[Candidate]]:
    """For each payment the creditor's invoices that it may be for, by what a statement asks; bounded for each payment."""
    questions = _Questions(creditor, clues)
    for at, clue in enumerate(clues, start=1):
        asked = searched(clue)
        questions.ask(at, "reference", (*asked.references, *asked.in_text))
        questions.ask(at, "reference", asked.corrected, exact=False)
        questions.ask(at, "number", asked.numbers if clue.number is None else {*asked.numbers, clue.number})
        questions.ask(at, "key", asked.keys)
        questions.ask(at, "customer", asked.customers)
        questions.ask(at, "name", asked.names)
        questions.ask(at, "account", [asked.account] if asked.account else [])
    return await questions.answers(connection, statement)


async def of_cases(connection: AsyncConnection, creditor: str, cases: Sequence[int]) -> list[Candidate]:
    """The invoices of a creditor's cases, as matching compares them."""
    asked = _Questions(creditor, []).values | {"cases": list(cases)}
    return [Candidate(*row[1:]) for row in (await connection.execute(OF_CASES, asked)).all()]


async def _find_named(connection: AsyncConnection, creditor: str, clues: Sequence[Clue]) -> list[list[Candidate]]:
    """For each payment the invoices that its reference or number names exactly."""
    questions = _Questions(creditor, clues)
    for at, clue in enumerate(clues, start=1):
        if clue.number is not None:
            questions.ask(at, "number", [clue.number])
        else:
            questions.ask(at, "reference", exact_references(clue))
    return await questions.answers(connection, NAMED_ONLY)


async def _statements(
    connection: AsyncConnection, creditor: str, asked: Sequence[tuple[Clue, Sequence[str]]]
) -> list[list[Asking]]:
    """For each payment the statements whose references it gives."""
    questions = _Questions(creditor, [clue for clue, _ in asked])
    for at, (_, references) in enumerate(asked, start=1):
        questions.ask(at, "reference", references)
    if not questions.values["references"]:
        return [[] for _ in asked]
    values = questions.values | {"by_payment": [asked[at - 1][0].amount for at in questions.values["reference_at"]]}
    found: list[list[Asking]] = [[] for _ in asked]
    rows = (await connection.execute(ASKED, values)).all()
    if not rows:
        return found
    of_payment = await questions.answers(connection, LISTED)
    for row in rows:
        listed = {candidate.invoice_id: candidate for candidate in of_payment[row.at - 1]}
        found[row.at - 1].append(_asking(row, listed))
    return found


def _asking(row: Any, listed: Mapping[int, Candidate]) -> Asking:
    lines = (Listed(listed[invoice], *map(Decimal, amounts)) for invoice, *amounts in row.lines)
    paid = tuple((invoice, Decimal(amount)) for invoice, amount in row.paid or ())
    return Asking(row.currency, tuple(lines), row.others_open, paid)


async def _marked(connection: AsyncConnection, creditor: str, clues: Sequence[Clue]) -> list[Clue]:
    """The clues, marked where their reference is one of another creditor's."""
    references = sorted({reference for clue in clues for reference in exact_references(clue)})
    if not references:
        return list(clues)
    rows = await connection.execute(ELSEWHERE, {"creditor": creditor, "references": references})
    elsewhere = set(rows.scalars())
    return [replace(clue, elsewhere=not elsewhere.isdisjoint(exact_references(clue))) for clue in clues]
