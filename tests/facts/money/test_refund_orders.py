"""Refunds through the bank: each in one file, four eyes above the limit, and what the bank tells then, in any order."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from commands.money import refund_file
from facts.money import refund_orders, refunds, review
from facts.money.refund_orders import NewFile, Told
from facts.operations.stops import RESTORING, set_stop
from facts.parties.creditors import register
from facts.refusals import Conflict, Refused, Unknown
from facts.webhooks import outgoing
from tests.facts.money.test_outcomes import refunding
from tests.store import LAWS, NOW, TODAY, Store
from tests.world import creditor

OWN, PAYER, OTHER = "12345678903", "99990512341", "86011117947"
SMALL = [{"from": "2026-01-01", "amount": "500", "currency": "NOK"}]


async def pays_back(store: Store, id: str = "acme", approved_above: Any = SMALL, **changes: Any) -> None:
    """The creditor says from which account it pays back, and refunds what is paid too much."""
    pay_out = {"account": OWN, "bic": "DNBANOKK", "approved_above": approved_above}
    changes = changes or {"accounts": (OWN,)}
    details = creditor(id=id, pay_out=pay_out, overpayment="refund", **changes)
    async with store.database.transaction() as connection:
        await register(connection, details, NOW)


async def owed(store: Store, amount: str = "198", payer: str | None = PAYER) -> int:
    """Invoice 1001 is paid, and so much too much; gives the refund's number."""
    await store.invoice()
    await store.pay(amount=Decimal(802) + Decimal(amount), debit_account=payer, payer_name="Kari Nordmann")
    return int(await store.one("select id from refund"))


async def ordered(store: Store, by: str = "kim") -> NewFile | None:
    async with store.database.transaction() as connection:
        return await refund_file.order(connection, LAWS, "acme", by, NOW)


async def waits_for(store: Store) -> list[str | None]:
    async with store.database.transaction() as connection:
        return [each.waits_for for each in await refund_orders.due(connection, "acme", TODAY)]


async def decide(store: Store, refund: int, by: str, approved: bool = True, **of: Any) -> None:
    async with store.database.transaction() as connection:
        await refund_orders.decide(connection, refund, by, approved, NOW, **of)


async def named(store: Store, refund: int, account: str, by: str) -> None:
    async with store.database.transaction() as connection:
        await refund_orders.name_account(connection, refund, account, by)


async def told(store: Store, *, returned: bool = False, amount: str = "198.00", id: str | None = None) -> str | None:
    """The bank tells of the latest order."""
    number = id or await store.one("select end_to_end from refund_order order by id desc limit 1")
    said = Told(number, Decimal(amount), "NOK", TODAY, returned, "AC04: Kari's account is closed" if returned else None)
    async with store.database.transaction() as connection:
        return await refund_orders.settle(connection, "acme", said, NOW)


async def state(store: Store) -> str:
    return str(await store.one("select state from refund"))


async def test_a_refund_stands_in_one_file_and_is_paid_when_the_bank_tells(store: Store) -> None:
    await pays_back(store)
    await owed(store)
    file = await ordered(store)
    assert file is not None
    assert f"<Id>{PAYER}</Id>" in file.content
    assert (await ordered(store), await state(store)) == (None, "ordered")
    assert [await told(store), await told(store), await state(store)] == [None, None, "paid"]
    async with store.database.transaction() as connection:
        ((kept),) = await refund_orders.files(connection, "acme")
        assert await refund_orders.content(connection, "acme", file.name) == file.content
        with pytest.raises(Unknown):
            await refund_orders.content(connection, "beta", file.name)
    assert (kept.orders, kept.total, kept.paid, kept.returned, kept.by) == (1, Decimal(198), 1, 0, "kim")


async def test_above_the_limit_a_second_person_approves(store: Store) -> None:
    await pays_back(store)
    number = await owed(store, "600")
    assert await ordered(store) is None
    await decide(store, number, "anne")
    assert await waits_for(store) == [None]
    await decide(store, number, "ola", approved=False)
    assert await waits_for(store) == ["ola rejected it: it waits until somebody approves it"]


async def test_whoever_sends_money_back_or_names_its_account_does_not_approve_it(store: Store) -> None:
    await pays_back(store, approved_above=[])
    waiting = await store.pay("w1", reference="12345674")
    assert waiting.number is not None
    async with store.database.transaction() as connection:
        refund = await review.send_back(connection, waiting.number, "kim", NOW)
    await named(store, refund, PAYER, "per")
    for by in ("kim", "Kim ", "per"):
        with pytest.raises(Refused, match="somebody else approves it"):
            await decide(store, refund, by)
    await decide(store, refund, "anne")
    await named(store, refund, OTHER, "per")
    assert await waits_for(store) == ["above 0.00 NOK: somebody other than kim and per approves it"]
    await decide(store, refund, "anne")
    assert await ordered(store) is not None


async def test_money_that_is_taken_back_meanwhile_is_in_no_file(store: Store) -> None:
    await pays_back(store)
    number = await owed(store)
    await store.pay("back", amount=Decimal(-198))
    assert (await ordered(store), await state(store)) == (None, "cancelled")
    with pytest.raises(Conflict, match="is cancelled already"):
        await decide(store, number, "anne")


async def test_what_stands_in_a_file_is_not_cancelled_and_what_is_taken_back_is_another_loss(store: Store) -> None:
    await pays_back(store)
    await owed(store)
    await ordered(store)
    await store.pay("back", amount=Decimal(-198))
    assert await state(store) == "ordered"
    assert await store.balance() == Decimal(198)


async def test_a_refund_that_came_back_is_due_again_to_an_account_that_somebody_names(store: Store) -> None:
    await pays_back(store)
    number = await owed(store)
    first = await ordered(store)
    assert [await told(store), await told(store, returned=True), await told(store, returned=True)] == [None] * 3
    assert await waits_for(store) == [
        "nobody knows to which account: name it, or refund it where it was paid and tell that it is paid"
    ]
    await named(store, number, OTHER, "anne")
    second = await ordered(store)
    assert first is not None
    assert second is not None
    assert second.message_id != first.message_id
    assert OTHER in second.content
    assert await store.one("select count(distinct end_to_end) from refund_order") == 2


async def test_a_return_that_is_told_before_its_debit_stays_a_return(store: Store) -> None:
    await pays_back(store)
    await owed(store)
    await ordered(store)
    assert [await told(store, returned=True), await told(store)] == [None, None]
    assert await state(store) == "due"


async def test_what_the_bank_tells_of_another_refund_or_amount_changes_nothing(store: Store) -> None:
    await pays_back(store)
    await owed(store)
    await ordered(store)
    assert "not of 197.00 NOK" in str(await told(store, amount="197.00"))
    assert "is no refund of creditor acme" in str(await told(store, id=f"PURR{'0' * 28}"))
    assert await state(store) == "ordered"


async def test_events_say_how_far_a_refund_is_and_no_word_of_the_banks(store: Store) -> None:
    async with store.database.transaction() as connection:
        await outgoing.add(connection, "acme", "https://acme.example/hook", ["payment.*"], NOW)
    await pays_back(store)
    await owed(store)
    await ordered(store)
    await told(store)
    await told(store, returned=True)
    events = [row.payload for row in await store.rows("select payload from webhook_message order by recorded_at")]
    assert [each["type"].removeprefix("payment.refund_") for each in events if "refund" in each["type"]] == [
        "due",
        "ordered",
        "paid",
        "returned",
    ]
    assert events[-1]["data"]["why"] == "AC04"


async def test_who_has_not_said_how_it_pays_back_writes_no_file(store: Store) -> None:
    await refunding(store)
    await owed(store)
    with pytest.raises(Refused, match="has no pay_out"):
        await ordered(store)
    async with store.database.transaction() as connection:
        await refunds.paid(connection, await store.one("select id from refund"), NOW)


async def test_while_facts_are_restored_nothing_is_ordered(store: Store) -> None:
    await pays_back(store)
    await owed(store)
    async with store.database.transaction() as connection:
        await set_stop(connection, "everything", "", None, "anne", RESTORING, NOW)
    with pytest.raises(Refused, match="facts are being restored"):
        await ordered(store)


async def test_no_more_goes_back_than_was_paid_whatever_the_facts_say(store: Store) -> None:
    await pays_back(store)
    await owed(store)
    await store.do("update refund set amount = 1000.01")
    assert await waits_for(store) == ["more would go back than was paid: tell whoever runs Purr"]


async def test_a_file_is_carried_out_on_a_banking_day(store: Store) -> None:
    await pays_back(store)
    await owed(store)
    saturday = NOW + timedelta(days=3)
    async with store.database.transaction() as connection:
        file = await refund_file.order(connection, LAWS, "acme", "kim", saturday)
    assert file is not None
    assert file.execute_on == TODAY + timedelta(days=5)


async def refused(
    store: Store, *, whole: bool = False, reason: str | None = "AC04: Kari's account is closed"
) -> list[str]:
    """The bank will not carry the latest order out, or the file that has it."""
    of = "select message_id from refund_file" if whole else "select end_to_end from refund_order"
    async with store.database.transaction() as connection:
        return await refund_orders.refuse(
            connection, await store.one(f"{of} order by id desc limit 1"), TODAY, reason, NOW, whole=whole
        )


async def test_an_order_that_the_bank_refuses_is_due_again_and_somebody_names_an_account(store: Store) -> None:
    await pays_back(store)
    number = await owed(store)
    await ordered(store)
    assert [await refused(store), await refused(store), await state(store)] == [[], [], "due"]
    assert await waits_for(store) == [
        "nobody knows to which account: name it, or refund it where it was paid and tell that it is paid"
    ]
    assert await store.rows("select reason from refund_order") == [("AC04: Kari's account is closed",)]
    await named(store, number, OTHER, "per")
    assert await ordered(store) is not None


async def test_a_file_that_the_bank_refuses_may_be_written_again_as_it_was_approved(store: Store) -> None:
    await pays_back(store)
    number = await owed(store, "600")
    await decide(store, number, "anne")
    await ordered(store)
    assert [await refused(store, whole=True, reason=None), await waits_for(store)] == [[], [None]]
    again = await ordered(store)
    assert again is not None
    assert f"<Id>{PAYER}</Id>" in again.content


@pytest.mark.parametrize("reason", ["DUPL", "AM05: duplicate", "DU01: message id known"])
async def test_what_the_bank_takes_for_a_copy_is_not_ordered_a_second_time(store: Store, reason: str) -> None:
    await pays_back(store)
    await owed(store)
    await ordered(store)
    (told_person,) = await refused(store, whole=True, reason=reason)
    assert "ask it what became of the first" in told_person
    assert (await state(store), await ordered(store)) == ("ordered", None)


async def test_what_has_left_is_not_owed_again_because_the_bank_refuses_it_later(store: Store) -> None:
    await pays_back(store)
    await owed(store)
    await ordered(store)
    await told(store)
    (told_person,) = await refused(store)
    assert f"left on {TODAY}, and the bank refused it" in told_person
    assert await state(store) == "paid"


async def test_an_answer_about_no_order_of_ours_is_told_and_changes_nothing(store: Store) -> None:
    async with store.database.transaction() as connection:
        unknown = f"PURR{'0' * 24}"
        assert await refund_orders.refuse(connection, unknown, TODAY, None, NOW, whole=True) == [
            f"{unknown} is no refund, nor a file of refunds"
        ]
        assert await refund_orders.whose(connection, [unknown]) == set()


async def test_refunds_of_each_currency_leave_in_a_file_of_their_own_from_their_account(store: Store) -> None:
    euro = [{"currency": "EUR", "account": "NO9386011117947", "bic": "DNBANOKK"}]
    above = [*SMALL, {"from": "2026-01-01", "amount": "900", "currency": "EUR"}]
    pay_out = {"account": OWN, "bic": "DNBANOKK", "approved_above": above, "other_currencies": euro}
    details = creditor(pay_out=pay_out, overpayment="refund", accounts=(OWN, "86011117947"))
    async with store.database.transaction() as connection:
        await register(connection, details, NOW)
    await owed(store)
    abroad = await store.pay("e1", currency="EUR", reference="12345674", debit_account="FI2112345600000785")
    assert abroad.number is not None
    async with store.database.transaction() as connection:
        await review.send_back(connection, abroad.number, "kim", NOW)
    files = [await ordered(store), await ordered(store)]
    assert await ordered(store) is None
    told = [(each.content.count("<CdtTrfTxInf>"), 'Ccy="EUR"' in each.content) for each in files if each]
    assert told == [(1, False), (1, True)]
    assert await store.rows("select currency, orders from refund_file order by id") == [("NOK", 1), ("EUR", 1)]
