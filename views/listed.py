"""What can be listed besides invoices: each list by its rows and the words of its filter.

Debtors and payments are found by an index of lists (`facts.tables.OF_LISTS`), so their creditor is written as that index has it.
"""

from typing import get_args

from domain.parties.automatic_mail import Automatic
from domain.parties.replies import Meaning
from domain.parties.topics import TOPICS
from domain.vocabulary import CHANNELS
from facts.deliveries.replies import MAY_BE_ABOUT
from facts.deliveries.reply_files import LISTED as FILES
from facts.going_on import GOES_ON
from facts.money.refund_orders import FILES as REFUND_FILES
from facts.money.refunds import REFUNDS
from facts.operations.tasks import TASKS, TaskKind
from facts.webhooks.events import EVENTS
from messages.specs import SPECS
from views.filters import OF_CASES, Word, a_day, an_amount, yes_or_no
from views.lists import Listed
from views.status import CASES, PLACES

NUMBERS = """
(select json_agg(i.number order by i.id) from delivery_case dc join dunning_case c on c.id = dc.case_id
  join invoice i on i.id = c.invoice_id where dc.delivery_id = d.id) as invoices
"""
CHANNEL = Word("channel", those=tuple(CHANNELS))
# The invoice of a number, as what is found by it begins.
OF_NUMBER = """
from invoice i join dunning_case c on c.invoice_id = i.id {} where i.creditor_id = :creditor and i.number = {{value}}
"""


def of_invoice(column: str, wanted: str, joined: str = "") -> Word:
    """A word for the invoice that something is about: the column's values that are of it, found by its number."""
    return Word(column, among=f"select {wanted} {OF_NUMBER.format(joined)}", names="number", by_name=True)


CASES_LISTED = Listed(
    "cases", f"select k.*, k.creditor as creditor_id, k.case_id as place from ({CASES}) k", OF_CASES, PLACES
)
DEBTORS = Listed(
    "debtors",
    f"""
select d.creditor_id || '' as creditor_id, d.id as place, d.customer_number, d.name, d.kind, d.organisation_number,
  d.language, d.country, d.address, d.representative, d.protected_address, d.stop_reason, d.stopped_on,
  d.stop_reason is not null as stopped,
  (select coalesce(json_agg(json_build_object('channel', p.channel, 'address', p.address, 'state', p.state) order by p.id), '[]')
    from contact_point p where p.debtor_id = d.id and not p.of_representative) as addresses,
  (select count(*) from dunning_case c where c.debtor_id = d.id and {GOES_ON}) as open_cases
from debtor d
""",
    {
        "customer": Word("customer_number", by_name=True),
        "kind": Word("kind", those=("consumer", "business")),
        "stopped": Word("stopped", yes_or_no),
        "invoice": of_invoice("place", "i.debtor_id"),
    },
    "select creditor_id || '' as creditor_id, id as place from debtor",
)
PAYMENTS = Listed(
    "payments",
    """
select p.creditor_id || '' as creditor_id, p.id as place, p.id as number, p.source_id as id, p.source, p.amount, p.currency,
  p.booked_on, p.reference, p.account, p.payer_name, p.state, p.unmatched as why, p.matched_by,
  (select json_agg(distinct i.number) from ledger_entry l join invoice i on i.id = l.invoice_id
    where l.payment_id = p.id) as invoices
from incoming_payment p
""",
    {
        "id": Word(
            "place",
            among="select p.id from incoming_payment p where p.creditor_id = :creditor and p.source_id = {value}",
            by_name=True,
        ),
        "source": Word("source"),
        "state": Word("state", those=("booked", "review", "returned")),
        "reference": Word("reference", by_name=True),
        "account": Word("account"),
        "booked": a_day("booked_on"),
        "amount": an_amount("amount"),
        "invoice": of_invoice(
            "place", "l.payment_id", "join ledger_entry l on l.invoice_id = i.id and l.payment_id is not null"
        ),
    },
    "select creditor_id || '' as creditor_id, id as place from incoming_payment",
)
DELIVERIES = Listed(
    "deliveries",
    f"""
select d.creditor_id, d.serial as place, d.id, d.channel, d.message, d.tone, d.language, d.alert, d.state, d.fee, d.currency,
  d.deadline, d.claimed_at, d.accepted_at, d.delivered_at, d.read_at, d.read_by, d.failed_at, d.failure, d.batch, d.posted_on,
  d.way, d.addressee, {NUMBERS}, d.document
from delivery d
""",
    {
        "channel": CHANNEL,
        "message": Word("message", those=tuple(SPECS)),
        "state": Word("state", those=("claimed", "accepted", "unavailable", "failed", "shadow", "withdrawn")),
        "batch": Word("batch", by_name=True),
        "invoice": of_invoice("id", "dc.delivery_id", "join delivery_case dc on dc.case_id = c.id"),
    },
    "select creditor_id, serial as place from delivery",
)
LETTERS = Listed(
    "letters",
    f"select l.*, posted_on is not null as posted from ({DELIVERIES.rows}) l where channel = 'letter'",
    {**DELIVERIES.words, "posted": Word("posted", yes_or_no)},
    DELIVERIES.places,
)
TASKS_LISTED = Listed(
    "tasks",
    f"""
select t.creditor_id, t.id as place, t.id, t.kind, t.why, t.due_on, t.happened_at as since, t.done_at, t.done_by, t.result,
  t.done_at is not null as done, t.case_id, i.number as invoice
from {TASKS} t join dunning_case c on c.id = t.case_id join invoice i on i.id = c.invoice_id
""",
    {
        "kind": Word("kind", those=get_args(TaskKind)),
        "done": Word("done", yes_or_no),
        "invoice": of_invoice("case_id", "c.id"),
    },
    f"select creditor_id, id as place from {TASKS} t",
)
HAND_OFFS = Listed(
    "hand-offs",
    """
select h.creditor_id, h.id as place, h.id, h.case_id, i.number as invoice, h.state, h.file,
  coalesce(h.reason, h.reason_code) as reason, h.happened_at as since, h.exported_at, h.answered_at
from hand_off h join dunning_case c on c.id = h.case_id join invoice i on i.id = c.invoice_id
""",
    {
        "state": Word("state", those=("queued", "exported", "accepted", "rejected", "recalled", "backed out")),
        "invoice": of_invoice("case_id", "c.id"),
    },
    "select creditor_id, id as place from hand_off",
)
ACCOUNTS = Listed(
    "bank accounts",
    "select creditor_id, account as place, account, imported_through, source from bank_account",
    {"account": Word("account", names="account"), "source": Word("source"), "through": a_day("imported_through")},
)
REFUNDS_LISTED = Listed(
    "refunds",
    f"select r.*, r.number as place, r.happened_at as since from ({REFUNDS}) r",
    {
        "state": Word("state", those=("due", "ordered", "paid", "cancelled")),
        "invoice": of_invoice("place", "r.id", "join refund r on r.invoice_id = i.id"),
        "amount": an_amount("amount"),
    },
    "select creditor_id, id as place from refund",
)
ACCOUNTING_DAYS = Listed(
    "accounting-days",
    """
select creditor_id, cast(to_char(day, 'YYYYMMDD') as int) as place, day, entries, owed, happened_at as closed_at
from accounting_day where vouchers is not null
""",
    {"day": a_day("day")},
    "select creditor_id, cast(to_char(day, 'YYYYMMDD') as int) as place from accounting_day",
)
REFUND_FILES_LISTED = Listed(
    "refund-files",
    f"select f.*, f.id as place from ({REFUND_FILES}) f",
    {"by": Word("by")},
    "select creditor_id, id as place from refund_file",
)
REPLIES_LISTED = Listed(
    "replies",
    f"""
select r.creditor_id, r.id as place, r.id, b.customer_number, r.channel, r.text, r.meaning, r.happened_at as since, r.done_at,
  r.done_by, r.result, r.done_at is not null as done, r.subject, r.quoted, r.html, r.automatic, r.tied_by,
  r.delivery_id as delivery, r.topic, r.taken_by, r.more, r.said_by,
  {MAY_BE_ABOUT},
  {FILES},
  (select coalesce(json_agg(i.number order by i.id), '[]') from dunning_case c join invoice i on i.id = c.invoice_id
    where c.debtor_id = r.debtor_id and {GOES_ON} and (r.case_id is null or r.case_id = c.id)) as invoices
from reply r left join debtor b on b.id = r.debtor_id
""",
    {
        "channel": Word("channel", those=(*CHANNELS, "page")),
        "topic": Word("topic", those=TOPICS),
        "automatic": Word("automatic", those=tuple(map(str, Automatic))),
        "meaning": Word("meaning", those=tuple(map(str, Meaning))),
        "customer": Word("customer_number", by_name=True),
        "done": Word("done", yes_or_no),
        # As the invoice's timeline tells them: what was written of it, or of nothing in particular while its case is there.
        "invoice": of_invoice(
            "place",
            "r.id",
            "join reply r on r.debtor_id = c.debtor_id and r.happened_at >= c.happened_at "
            "and (r.case_id is null or r.case_id = c.id)",
        ),
    },
    "select creditor_id, id as place from reply",
)
MESSAGES_LISTED = Listed(
    "all webhook messages",
    """
select e.creditor_id, to_char(m.recorded_at, 'YYYYMMDDHH24MISSUS') || m.id collate "C" as place, m.id, m.endpoint_id as endpoint,
  m.type, m.state, m.attempts, m.last_status, m.happened_at, m.delivered_at, m.payload
from webhook_message m join webhook_endpoint e on e.id = m.endpoint_id
""",
    {
        "type": Word("type", those=tuple(EVENTS)),
        "state": Word("state", those=("pending", "delivered", "failed", "dropped", "overtaken")),
    },
)
