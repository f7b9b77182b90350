"""What is stored about a debtor, table by table, for the debtor: all that the register of personal data knows, of nobody else.

`docs/personal-data.yaml` says what is personal, why it is kept and for how long; a test holds this list to it. What would show
somebody else (a bank's file of many, an account that others pay from, words that may be another's) is named, and left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.prediction import uses

Period = Literal["claim", "books", "waiting", "queue"]

MOST = 500  # rows of a table, the latest first
OF_CASES = "case_id in (select id from dunning_case where debtor_id = :debtor)"
OF_INVOICES = "invoice_id in (select id from invoice where debtor_id = :debtor)"
_OWN_ACCOUNT = """(select count(*) = 1 and min(a.debtor_id) = :debtor from payer_account a
  where a.creditor_id = p.creditor_id and a.account = p.debit_account)"""
_OWN_WORDS = """(r.channel <> 'email' or r.tied_by = 'reply address') and (r.channel not in ('sms', 'direct_message')
  or not exists (select from reply o
    where o.sender = r.sender and o.happened_at = r.happened_at and o.debtor_id <> r.debtor_id))"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A table with something about a debtor: how long it is kept, and what is read of it; None: it is named alone."""

    table: str
    period: Period
    query: str | None


KEPT: tuple[Kept, ...] = (
    Kept(
        "debtor",
        "books",
        """select d.key, d.customer_number, d.name, d.name_key, d.known_as, d.organisation_number,
          case when :protected then '["…"]' else d.address end as address, d.birth_date, d.language, d.representative,
          d.written_to, d.stop_reason, d.stopped_on, d.protected_address
        from debtor d where d.id = :debtor""",
    ),
    Kept(
        "contact_point",
        "claim",
        """select channel, case when of_representative or channel = 'letter' and :protected then '…' else address end as address,
          case when of_representative or channel = 'letter' and :protected then '…' else address_key end as address_key,
          of_representative, state, known_elsewhere, last_confirmed_at, wrote_from_at, asked_at, confirmed_at
        from contact_point where debtor_id = :debtor order by id desc""",
    ),
    Kept(
        "life_event",
        "claim",
        """select kind, since, until, case when kind = 'moved' and :protected then '"…"' else value end as value, reason_code,
          note, happened_at
        from life_event where debtor_id = :debtor order by id desc""",
    ),
    Kept(
        "customer_relation",
        "claim",
        """select r.customer_number, r.kind, r.day, r.product, r.reason from customer_relation r join debtor d
          on d.creditor_id = r.creditor_id and d.customer_number = r.customer_number where d.id = :debtor order by r.id desc""",
    ),
    Kept(
        "outside_fact",
        "claim",
        """select f.what, f.number, f.word, f.source, f.purpose, f.since, f.until, f.happened_at from outside_fact f join debtor d
          on d.creditor_id = f.creditor_id and d.customer_number = f.customer_number where d.id = :debtor order by f.id desc""",
    ),
    Kept(
        "invoice",
        "books",
        """select number, issue_date, due_date, currency, amount, reference, buyer_reference, buyer_contact,
          buyer_vat_number
        from invoice where debtor_id = :debtor order by id desc""",
    ),
    Kept(
        "invoice_line",
        "books",
        f"""select i.number, l.position, l.text, l.quantity, l.amount from invoice_line l join invoice i on i.id = l.invoice_id
        where l.{OF_INVOICES} order by l.invoice_id desc, l.position""",
    ),
    Kept(
        "credit_note",
        "books",
        f"""select n.number, n.issue_date, n.amount, n.reason, n.lines from credit_note n where n.{OF_INVOICES}
        order by n.id desc""",
    ),
    Kept(
        "invoice_pdf",
        "books",
        """select i.number, octet_length(p.content) as content from invoice i join invoice_pdf p
          on p.creditor_id = i.creditor_id and p.sha256 = i.pdf_sha256 where i.debtor_id = :debtor order by i.id desc""",
    ),
    Kept(
        "delivery",
        "claim",
        """select channel, message, claimed_at, state, delivered_at, read_at, read_by, failure, addressee,
          case when channel = 'letter' and :protected then null else document end as document, octet_length(pdf) as pdf
        from delivery where debtor_id = :debtor order by serial desc""",
    ),
    Kept(
        "provider_event",
        "claim",
        """select e.provider, e.kind, e.happened_at, case when d.addressee is null then e.detail end as detail
        from provider_event e join delivery d on d.id = e.delivery_id where d.debtor_id = :debtor order by e.id desc""",
    ),
    Kept(
        "reply",
        "claim",
        f"""select r.channel, r.happened_at, r.meaning, r.result, case when {_OWN_WORDS} then r.sender else '…' end as sender,
          case when {_OWN_WORDS} then r.subject else '…' end as subject, case when {_OWN_WORDS} then r.text else '…' end as text,
          case when {_OWN_WORDS} then r.quoted end as quoted, case when {_OWN_WORDS} then r.html end as html
        from reply r where r.debtor_id = :debtor order by r.id desc""",
    ),
    Kept(
        "reply_file",
        "claim",
        f"""select f.name, f.media_type, f.size as content, f.stored, f.happened_at
        from reply_file f join reply r on r.id = f.reply_id
        where r.debtor_id = :debtor and ({_OWN_WORDS} or f.answer_id is not null) order by f.reply_id desc, f.position""",
    ),
    Kept(
        "reply_sorting",
        "claim",
        f"""select s.classes, s.quotes, s.version, s.happened_at from reply_sorting s join reply r on r.id = s.reply_id
        where r.debtor_id = :debtor and {_OWN_WORDS} order by s.reply_id desc""",
    ),
    Kept(
        "payment_score",
        "claim",
        """select i.number, s.scored_at, round(100 * s.chance_7) || ' %' as chance_7,
          round(100 * s.chance_14) || ' %' as chance_14, round(100 * s.chance_30) || ' %' as chance_30,
          round(100 * s.chance_next_step) || ' %' as chance_next_step, s.expected_money, s.expected_on, s.cold,
          (select jsonb_agg(case when w.value -> 3 is null then w.value else (w.value - 0) end order by w.nth)
            from jsonb_array_elements(s.why) with ordinality w(value, nth)) as why,
          (select jsonb_object_agg(r.key, r.value -> 'chance') from jsonb_each(s.late_because) r) as late_because
        from dunning_case c join payment_score s on s.case_id = c.id join invoice i on i.id = c.invoice_id
        where c.debtor_id = :debtor order by c.id desc""",
    ),
    Kept(
        "debtor_segment",
        "claim",
        """select g.name as segment, nullif(f.name, g.name) as found_in, s.found_at from debtor_segment s
        join found_segment g on g.creditor_id = s.creditor_id and g.key = s.segment
        left join found_segment f on f.creditor_id = s.creditor_id and f.key = s.found_in where s.debtor_id = :debtor""",
    ),
    Kept(
        "debtor_behaviour",
        "claim",
        """select p.value ->> 0 as pattern, nullif(p.value -> 3, 'null') as figure, p.value ->> 4 as word,
          (p.value ->> 1) || '/' || (p.value ->> 2) as seen, case when coalesce(p.nth, 1) = 1 then b.traits end as traits,
          b.found_at
        from debtor_behaviour b left join lateral jsonb_array_elements(b.patterns) with ordinality p(value, nth) on true
        where b.debtor_id = :debtor order by p.nth""",
    ),
    Kept(
        "experiment_assignment",
        "claim",
        """select experiment, arm, assigned_at from experiment_assignment where debtor_id = :debtor order by id desc""",
    ),
    Kept(
        "guess_use",
        "claim",
        f"""select u.step, u.taken, round(100 * u.chance) || ' %' as chance, u.segment, {uses.EXPERIMENT} as experiment,
          {uses.ARM} as arm, p.channel, to_char(p.clock, 'HH24:MI') as clock, p.tone, p.content as besides, u.guessed_at,
          u.happened_at
        from (select * from guess_use where {OF_CASES}) u {uses.PROPOSED} order by u.id desc""",
    ),
    Kept(
        "step_proposal",
        "claim",
        f"""select step, channel, to_char(clock, 'HH24:MI') as clock, tone, content as besides, explored, proposed_at
        from step_proposal where {OF_CASES} order by id desc""",
    ),
    Kept(
        "answer",
        "claim",
        "select text, by, happened_at, seen_at from answer where debtor_id = :debtor order by id desc",
    ),
    Kept(
        "task", "claim", f"select kind, why, result, happened_at, done_at from task where {OF_CASES} order by id desc"
    ),
    Kept(
        "debtor_task",
        "claim",
        f"""select t.kind, t.happened_at, t.done_at, case when {_OWN_WORDS} then t.why else '…' end as why, t.result
        from debtor_task t join reply r on r.id = t.reply_id where t.debtor_id = :debtor order by t.id desc""",
    ),
    Kept(
        "case_event",
        "claim",
        f"select kind, detail, happened_at from case_event where {OF_CASES} order by id desc",
    ),
    Kept(
        "payer_account",
        "claim",
        """select p.account from payer_account p where p.debtor_id = :debtor and not exists (select from payer_account o
          where o.creditor_id = p.creditor_id and o.account = p.account and o.debtor_id <> :debtor)""",
    ),
    Kept(
        "incoming_payment",
        "books",
        f"""select p.amount, p.currency, p.booked_on, p.reference,
          case when {_OWN_ACCOUNT} then p.debit_account end as debit_account,
          case when {_OWN_ACCOUNT} then p.payer_name end as payer_name, case when {_OWN_ACCOUNT} then p.text end as text
        from incoming_payment p where p.id in (select payment_id from ledger_entry where {OF_INVOICES}) order by p.id desc""",
    ),
    Kept(
        "payment_attempt",
        "queue",
        f"select provider, amount, currency, state, url, failure, happened_at from payment_attempt where {OF_CASES}",
    ),
    Kept(
        "mandate",
        "waiting",
        """select reference, state, payer_account, left(holder, -4) || '····' as holder, asked_at, asked_by, proof,
          proven_at, confirmed_at, ended_at
        from mandate where debtor_id = :debtor""",
    ),
    Kept(
        "refund",
        "books",
        f"select amount, currency, state, to_account from refund where {OF_INVOICES} order by id desc",
    ),
    Kept(
        "refund_order",
        "books",
        f"""select o.to_account, o.reason, o.paid_on, o.returned_on from refund_order o join refund r on r.id = o.refund_id
        where r.{OF_INVOICES} order by o.refund_id desc""",
    ),
    Kept(
        "refund_verdict",
        "books",
        f"""select v.approved, v.to_account, v.note from refund_verdict v join refund r on r.id = v.refund_id
        where r.{OF_INVOICES} order by v.refund_id desc""",
    ),
    Kept("refund_file", "books", None),  # one file for the bank has the accounts of many
    Kept("hand_off", "claim", f"select state, reason, happened_at from hand_off where {OF_CASES} order by id desc"),
    Kept(
        "hand_off_message",
        "claim",
        f"""select m.kind, m.amount, m.answer from hand_off_message m join hand_off h on h.id = m.hand_off_id
        where h.{OF_CASES} order by m.id desc""",
    ),
    Kept(
        "partner_request",
        "queue",
        f"""select r.body from partner_request r join hand_off h on h.id = r.hand_off_id
        where h.{OF_CASES} and r.body is not null and not :protected""",
    ),
    *(
        Kept(
            f"note of {table}", "claim", f"select note, happened_at from {table} where {OF_CASES} and note is not null"
        )
        for table in (
            *("hold", "dispute", "promise", "instalment_plan", "approval", "skip", "send_request", "statement_request"),
        )
    ),
    Kept("history_columns", "claim", None),  # customers stand in it by keys that nobody reads
    # Copies of what is shown above on their way to the creditor's systems, found there by nothing that is a debtor's alone.
    Kept("idempotency_key", "queue", None),
    Kept("webhook_message", "queue", None),
    Kept("incoming_call", "queue", None),  # the number of a caller whom nobody knows, for a day
    Kept("content_mark", "queue", None),  # sealed: nobody can tell any more whose it is
)
"""In the order in which a person reads it."""
QUERIES = {kept.table: text(f"{kept.query} limit {MOST}") for kept in KEPT if kept.query is not None}


@dataclass(frozen=True, slots=True)
class Stored:
    """What a table has about a debtor."""

    table: str
    period: Period
    rows: Sequence[Mapping[str, Any]] | None  # None: it is of nobody alone, and not shown


async def stored_about(connection: AsyncConnection, debtor: int, *, protected: bool) -> list[Stored]:
    """All that is stored about a debtor. A postal address that is `protected` is not shown to anybody, here either."""
    found: list[Stored] = []
    for kept in KEPT:
        if kept.query is None:
            found.append(Stored(kept.table, kept.period, None))
            continue
        values = {"debtor": debtor, "protected": protected}
        asked = {name: value for name, value in values.items() if f":{name}" in kept.query}
        rows = (await connection.execute(QUERIES[kept.table], asked)).mappings().all()
        found.append(Stored(kept.table, kept.period, [dict(row) for row in rows]))
    return found
