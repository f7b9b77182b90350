"""An experiment with a nudge, and customers who are in its arms."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.policy.loader import load_policy
from domain.policy.policy import Policy
from tests.begin import turn
from tests.store import LAWS, NOW, TODAY, Store
from tests.world import debtor

POLICY = """\
name: no-tried
country: NO
steps:
  - {id: invoice, at: issue date, message: invoice, reach: [email]}
  - {id: reminder, at: due date + 14 days, message: reminder, reach: [email], deadline: 14 days}
  - id: nudge
    at: due date + 20 days
    message: reminder
    reach: [sms]
    when: {customer_for: 1 month}
experiments:
  - id: nudged
    step: nudge
    arms: {usual: {}, nothing: {hold_out: true}}
    share: {usual: 50 %, nothing: 50 %}
    sample: 4000
"""
POLICY_OF_FOUR = (
    POLICY.partition("    arms:")[0]
    + """\
    arms: {usual: {}, kind: {content: quick}, late: {hour: "18:00"}, nothing: {hold_out: true}}
    share: {usual: 40 %, kind: 20 %, late: 20 %, nothing: 20 %}
    sample: 4000
"""
)
DAY = date(2026, 4, 5)  # of the nudge: the invoices are due on 16 March
LONG_BEFORE = datetime(2026, 3, 2, 10, tzinfo=UTC)
ASSIGN = """
insert into experiment_assignment (creditor_id, experiment, policy_hash, debtor_id, arm, share, assigned_at)
select creditor_id, 'nudged', policy_hash, debtor_id, :arm, 0.5, :at from dunning_case where id = :case
"""


def policy(text: str = POLICY) -> Policy:
    """A policy that tries it."""
    return load_policy(text, "no-tried.yaml", LAWS, on=TODAY)


TEXTS = {policy(each).text_hash: each for each in (POLICY, POLICY_OF_FOUR)}
FOUR = policy(POLICY_OF_FOUR)


async def trying(store: Store, of: Policy | None = None) -> Store:
    """The store, in which a policy tries whether a nudge helps, or in which of four ways."""
    await turn(store.database, NOW)
    await store.do(
        "insert into policy_text (hash, name, text, happened_at) values (:hash, 'no-tried', :text, :now)",
        now=NOW,
        hash=(of or policy()).text_hash,
        text=TEXTS[(of or policy()).text_hash],
    )
    return store


async def owed_by(
    store: Store,
    customer: str,
    arm: str | None,
    *,
    at: datetime = LONG_BEFORE,
    creditor: str = "acme",
    of: Policy | None = None,
    **changes: Any,
) -> int:
    """A case of a customer, who is in an arm since a moment."""
    who = debtor(customer_number=customer, email=f"{customer.lower()}@example.no", phone=None, name=f"Kari {customer}")
    number = changes.pop("number", f"N-{creditor}-{customer}")
    case = await store.invoice(number, creditor=creditor, debtor=who, reference=None, **changes)
    await store.do(
        "update dunning_case set policy_hash = :hash where id = :case", hash=(of or policy()).text_hash, case=case
    )
    if arm is not None:
        await store.do(ASSIGN, case=case, arm=arm, at=at)
    return case


async def pay(store: Store, case: int, days: int, amount: str = "802.00") -> None:
    """Money comes so many days after the day of the nudge, by its value date."""
    number = await store.one(
        "select number from invoice i join dunning_case c on c.invoice_id = i.id where c.id = :case", case=case
    )
    paid = {"booked_on": DAY + timedelta(days=days), "number": number, "reference": None, "amount": Decimal(amount)}
    await store.pay(f"{case}-{days}", **paid)
