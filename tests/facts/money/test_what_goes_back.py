"""Situations of money that goes back and of disputes, each with its right end: late, twice, in another order, of closed cases."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from domain.invoices.incoming import IncomingCreditNote
from facts.refusals import Refused
from tests.store import NOW, TODAY, Store

KEEP, REFUND = "keep", "refund"
OTHER = {"number": "1002", "reference": None}


@dataclass(frozen=True)
class Situation:
    """What happens to invoice 1001 over NOK 802.00, and its right end: what is owed, and what is owed back."""

    name: str
    steps: tuple[tuple[str, Any], ...]
    owed: str
    owed_back: tuple[str, ...] = ()  # refunds that are due, oldest first
    policy: str = REFUND
    other: str | None = None  # what is left of invoice 1002 of the same debtor, where there is one


PAID, TWICE = ("pay", "802"), (("pay", "802"), ("pay", "802"))
DISPUTED, WHOLE = ("dispute", "300"), ("dispute", None)
CREDITED, OTHER_BACK = (PAID, ("credit", "100")), (("pay other", "777"), ("back other", "777"))
SITUATIONS = [
    # late: after the case has closed, was handed off or withdrawn
    Situation("a credit note late", (PAID, ("close", "paid"), ("credit", "100")), "0", ("100",)),
    Situation("a credit note late, kept", (PAID, ("close", "paid"), ("credit", "100")), "-100", (), KEEP),
    Situation("a double payment late", (PAID, ("close", "paid"), PAID), "0", ("802",)),
    Situation("taken back late", (PAID, ("close", "paid"), ("back", "802")), "802"),
    Situation("a double one taken back late", (*TWICE, ("close", "paid"), ("back", "802")), "0"),
    Situation("a part dispute upheld late", (DISPUTED, PAID, ("close", "paid"), ("resolve", True)), "0", ("300",)),
    Situation("a part dispute rejected late", (DISPUTED, PAID, ("close", "paid"), ("resolve", False)), "0"),
    Situation("a whole dispute upheld, then paid", (WHOLE, ("resolve", True), PAID), "802", ("802",), KEEP),
    Situation("a whole dispute upheld, paid twice", (WHOLE, ("resolve", True), *TWICE), "802", ("802", "802"), KEEP),
    Situation("paid after a withdrawal, and taken back", (("withdraw", None), PAID, ("back", "802")), "802", (), KEEP),
    Situation("paid after the partner has it, twice", (("hand off", None), *TWICE), "0", ("802",)),
    Situation("paid to us after the partner has it, kept", (("hand off", None), *TWICE), "-802", (), KEEP),
    Situation("paid in part, then withdrawn", (("pay", "300"), ("withdraw", None)), "802", ("300",)),
    Situation("paid in part, then withdrawn, kept", (("pay", "300"), ("withdraw", None)), "502", (), KEEP),
    Situation("paid in part, withdrawn, and taken back", (("pay", "300"), ("withdraw", None), ("back", "300")), "802"),
    Situation("withdrawn unpaid", (("withdraw", None),), "802"),
    # twice
    Situation("taken back twice", (*TWICE, ("back", "802"), ("back", "802")), "802"),
    Situation("credited twice", (PAID, ("credit", "100"), ("credit", "200")), "0", ("100", "200")),
    Situation("a part upheld twice", (DISPUTED, PAID, ("resolve", True), ("resolve", True)), "0", ("300",)),
    Situation("disputed and upheld again", (DISPUTED, ("resolve", True), DISPUTED, ("resolve", True)), "202"),
    Situation("paid three times", (*TWICE, PAID), "0", ("802", "802")),
    Situation("sent back, then taken back by the bank too", (*TWICE, ("sent", None), ("back", "802")), "802"),
    # in another order
    Situation("a credit before the payment", (("credit", "100"), PAID), "0", ("100",)),
    Situation("credits and payments mixed", (("pay", "500"), ("credit", "100"), ("pay", "302")), "0", ("100",)),
    Situation("taken back before its payment", (("back", "802"), PAID), "802"),
    Situation("taken back before both payments", (("back", "802"), *TWICE), "0"),
    Situation("upheld before the payment", (DISPUTED, ("resolve", True), PAID), "0", ("300",)),
    Situation("upheld, paid, taken back", (DISPUTED, ("resolve", True), PAID, ("back", "802")), "502"),
    Situation("paid, taken back, upheld", (DISPUTED, PAID, ("back", "802"), ("resolve", True)), "502"),
    Situation("credited, taken back, paid", (PAID, ("credit", "100"), ("back", "802"), ("pay", "702")), "0"),
    Situation("the undisputed part paid, then rejected", (DISPUTED, ("pay", "502"), ("resolve", False)), "300"),
    Situation("the undisputed part paid, then upheld", (DISPUTED, ("pay", "502"), ("resolve", True)), "0"),
    # parts
    Situation("of two refunds a part is taken back", (*TWICE, PAID, ("back", "1000")), "0", ("604",)),
    Situation("more is taken back than is owed back", (*TWICE, ("back", "1000")), "198"),
    Situation("one øre too much", (("pay", "802.01"),), "0", ("0.01",)),
    Situation("one øre too little stays", (("pay", "801.99"), ("back", "801.99")), "802"),
    # another invoice of the same debtor, over NOK 777.00
    Situation("paid twice beside another open invoice is a person's", TWICE, "0", (), other="777"),
    Situation("credit never pays a neighbour", (*CREDITED, ("pay other", "300")), "-100", (), KEEP, other="477"),
    Situation("owed back of one, paid on another", (*CREDITED, ("pay other", "777")), "0", ("100",), other="0"),
    Situation("a neighbour's money taken back", (*CREDITED, *OTHER_BACK), "0", ("100",), other="777"),
    Situation("taken back beside a neighbour", (*CREDITED, ("back", "802")), "702", (), other="777"),
]


async def happen(store: Store, case: int, place: int, kind: str, told: Any) -> None:
    """Let one step happen."""
    match kind:
        case "pay" | "back":
            await store.pay(f"p{place}", amount=Decimal(told) * (1 if kind == "pay" else -1))
        case "pay other" | "back other":
            await store.pay(f"p{place}", amount=Decimal(told) * (1 if kind == "pay other" else -1), **OTHER)
        case "credit":
            note = {"creditor": "acme", "number": f"C{place}", "invoice_number": "1001", "issue_date": TODAY}
            async with store.database.transaction() as connection:
                credited = IncomingCreditNote(**note, currency="NOK", amount=Decimal(told))
                await store.intake.credit_note(connection, credited, NOW)
        case "dispute":
            await store.command(case, "dispute", amount=Decimal(told) if told else None)
        case "resolve":
            await store.command(case, "resolve_dispute", upheld=told)
        case "withdraw":
            await store.command(case, "withdraw")
        case "close":
            await store.do(
                "update dunning_case set state = 'closed', outcome = :how where id = :case", how=told, case=case
            )
        case "hand off":
            await store.accept(await store.claim(case, deadline=TODAY))
            await store.do("update delivery set message = 'collection-notice'")
            exported = "insert into hand_off (creditor_id, case_id, state, happened_at) values ('acme', :case, 'exported', :now)"
            await store.do(exported, case=case, now=NOW)
        case "sent":
            await store.do("update refund set state = 'paid', paid_at = :now where state = 'due'", now=NOW)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.name)
async def test_money_that_goes_back_ends_where_it_should(store: Store, situation: Situation) -> None:
    case = await store.invoice()
    if situation.other:
        await store.invoice("1002", reference=None, amount=Decimal(777))
    await store.do("update creditor set overpayment = :policy where id = 'acme'", policy=situation.policy)
    for place, (kind, told) in enumerate(situation.steps):
        try:
            await happen(store, case, place, kind, told)
        except Refused:
            assert kind == "resolve", "only a dispute that is decided already may be refused"
    due = [str(row.amount) for row in await store.rows("select amount from refund where state = 'due' order by id")]
    assert await store.balance() == Decimal(situation.owed)
    assert [Decimal(each) for each in due] == [Decimal(each) for each in situation.owed_back]
    if situation.other:
        assert await store.balance("1002") == Decimal(situation.other)
