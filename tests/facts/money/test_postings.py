"""Whatever changes what is owed goes by one rule, in whatever order it comes."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from config.files import COUNTRIES
from domain.countries.law_loader import load_law
from domain.invoices.incoming import IncomingCreditNote
from facts.invoices.intake import Intake
from facts.money import ledger, postings
from facts.money.postings import AlreadyPosted
from facts.refusals import Refused
from planning.service import Planning
from tests.store import LAWS, NOW, POLICIES, TODAY, Store
from tests.world import debtor

LAST_WEEK = NOW - timedelta(days=7)
PARTS = "select principal, interest, fee from dunning_case"
POSTED = "select kind, part, amount, source, source_id from ledger_entry where id > :after order by id"


async def charged(store: Store, case: int, fee: str = "38.00", step: str = "reminder") -> None:
    """A message with a fee is sent."""
    await store.accept(await store.claim(case, step, fee=fee))


async def credited(store: Store, amount: str, number: str = "C1") -> str:
    """A credit note comes."""
    note = IncomingCreditNote(
        creditor="acme", number=number, invoice_number="1001", issue_date=TODAY, currency="NOK", amount=Decimal(amount)
    )
    async with store.database.transaction() as connection:
        return (await store.intake.credit_note(connection, note, NOW)).status


async def parts(store: Store) -> tuple[Decimal, ...]:
    """What is left of the invoice, part by part; the ledger agrees."""
    async with store.database.transaction() as connection:
        assert await ledger.disagreeing(connection) == []
    return tuple((await store.rows(PARTS))[0])


async def test_of_two_payments_at_once_for_one_invoice_the_second_is_credit(store: Store) -> None:
    case = await store.invoice()
    await charged(store, case)
    booked = await asyncio.gather(*(store.pay(f"p{number}", amount=Decimal(840)) for number in (1, 2)))
    assert sorted(each.balance for each in booked if each.balance is not None) == [Decimal(-840), 0]
    assert await parts(store) == (Decimal(-840), 0, 0)


async def test_a_reversal_that_overtakes_its_payment_waits_for_it(store: Store) -> None:
    case = await store.invoice()
    assert (await store.pay("r1", amount=Decimal(-802))).status == "unmatched"
    assert await parts(store) == (Decimal(802), 0, 0)
    assert (await store.pay("p1")).balance == Decimal(802)
    assert await parts(store) == (Decimal(802), 0, 0)
    assert (await store.news(case))[-1] == "payment_review_ended"


@pytest.mark.parametrize(("amount", "left"), [("300.00", (502, 0, 38)), ("802.00", (0, 0, 0))])
async def test_a_credit_note_and_an_upheld_dispute_credit_alike(
    store: Store, amount: str, left: tuple[int, ...]
) -> None:
    case = await store.invoice()
    await charged(store, case)
    assert await credited(store, amount) == "new"
    other = await store.invoice("1002", reference=None)
    await charged(store, other)
    await store.command(other, "dispute", amount=Decimal(amount))
    await store.command(other, "resolve_dispute", upheld=True)
    assert [tuple(row) for row in await store.rows(PARTS)] == [left, left]


async def test_a_part_that_was_disputed_and_paid_meanwhile_is_credit(store: Store) -> None:
    case = await store.invoice()
    await store.command(case, "dispute", amount=Decimal(300))
    await store.pay(amount=Decimal(600))
    await store.command(case, "resolve_dispute", upheld=True)
    assert await parts(store) == (Decimal(-98), 0, 0)


async def test_a_credit_note_is_booked_once_and_never_over_more_than_was_invoiced(store: Store) -> None:
    await store.invoice()
    told = await asyncio.gather(*(credited(store, "500.00") for _ in range(3)))
    assert sorted(told) == ["known", "known", "new"]
    assert await parts(store) == (Decimal(302), 0, 0)
    told = await asyncio.gather(*(credited(store, "400.00", "C2") for _ in range(3)))
    assert sorted(told) == ["known", "known", "new"]
    assert await parts(store) == (Decimal(0), 0, 0)
    with pytest.raises(Refused, match="credit note C3: invoice 1001 is credited in full already"):
        await credited(store, "0.01", "C3")


async def test_a_credit_of_more_than_is_left_is_owed_to_the_debtor_and_no_fee_stays(store: Store) -> None:
    case = await store.invoice()
    await charged(store, case)
    await store.pay(amount=Decimal(500))
    await credited(store, "400.00")
    assert await parts(store) == (Decimal(-98), 0, 0)


async def test_a_fee_charged_after_the_money_came_is_taken_back_with_what_it_took(store: Store) -> None:
    case = await store.invoice()
    await charged(store, case)
    await store.pay("p1", amount=Decimal(802), booked_on=TODAY - timedelta(days=1))
    assert await parts(store) == (0, 0, 0)
    await charged(store, case, step="second")
    await store.pay("p2", amount=Decimal(20))
    assert await parts(store) == (Decimal(-20), 0, 0)


async def test_a_fee_that_was_paid_before_its_letter_came_back_pays_the_invoice(store: Store) -> None:
    await store.do('update creditor set allocation = \'["fee", "interest", "principal"]\'')
    case = await store.invoice()
    letter = await store.claim(case, fee="38.00")
    await store.accept(letter)
    await store.pay(amount=Decimal(100))
    assert await parts(store) == (Decimal(740), 0, 0)
    await store.fail(letter)
    assert await parts(store) == (Decimal(702), 0, 0)


# --- in which order: the law's of each case, and the creditor's own where that law lets it choose ----------------

OWN = 'update creditor set allocation = \'["fee", "interest", "principal"]\''
ABROAD = {"FI": ("EUR", "47115"), "SE": ("SEK", "1234567897"), "NO": ("NOK", "006402710013")}


async def owed(store: Store, policy: str, kind: str) -> int:
    """An invoice over 100 under a policy, to which a fee of 5 and interest of 2 have come."""
    country = policy[:2].upper()
    currency, reference = ABROAD[country]
    whose = debtor(country=country, kind=kind, postcode=None, city=None, address_lines=(), phone=None)
    case = await store.invoice(policy=policy, currency=currency, amount=Decimal(100), reference=reference, debtor=whose)
    async with store.database.transaction() as connection:
        (invoice,) = await ledger.lock(connection, [case])
        invoice = await postings.charge(connection, invoice, "fee", Decimal(5), ("plan", "1"), LAST_WEEK)
        await postings.charge(connection, invoice, "interest", Decimal(2), ("plan", "2"), LAST_WEEK)
    return case


@pytest.mark.parametrize(
    ("policy", "kind", "own", "of_40", "of_100"),
    [
        # Principal first: 40 of it, or all of it, and 2 of interest and 5 of fees are left.
        ("no-gentle", "consumer", False, (60, 2, 5), (0, 2, 5)),
        ("se-standard", "consumer", False, (60, 2, 5), (0, 2, 5)),
        ("fi-business", "business", False, (60, 2, 5), (0, 2, 5)),
        # The creditor's own, fees first: 5 and 2 are paid before 33 of the principal, or 93 of it.
        ("no-gentle", "consumer", True, (67, 0, 0), (7, 0, 0)),
        ("se-standard", "consumer", True, (67, 0, 0), (7, 0, 0)),
        ("se-business", "business", True, (67, 0, 0), (7, 0, 0)),
        ("fi-business", "business", True, (67, 0, 0), (7, 0, 0)),
        # A Finnish consumer's money goes to the principal, whatever the same creditor wants.
        ("fi-standard", "consumer", True, (60, 2, 5), (0, 2, 5)),
        ("fi-gentle", "consumer", True, (60, 2, 5), (0, 2, 5)),
    ],
)
async def test_money_pays_the_parts_in_the_order_of_the_cases_own_law_and_kind_of_debtor(
    store: Store, policy: str, kind: str, own: bool, of_40: tuple[int, ...], of_100: tuple[int, ...]
) -> None:
    if own:
        await store.do(OWN)
    case = await owed(store, policy, kind)
    currency, reference = ABROAD[policy[:2].upper()]
    for amount, left in ((Decimal(40), of_40), (Decimal(100), of_100)):
        booked = await store.pay(f"p{amount}", amount=amount, currency=currency, reference=reference)
        assert booked.status == "booked"
        assert await parts(store) == left
        planned = (await store.load(case)).facts
        assert (planned.principal, planned.interest) == left[:2]
        assert planned.allocation[0] == ("principal" if left[2] else "fee")
        await store.pay(f"r{amount}", amount=-amount, currency=currency, reference=reference)
        assert await parts(store) == (100, 2, 5)


async def looked_at(store: Store, case: int, law: str | None = None, now: datetime = NOW) -> tuple[str, ...]:
    """The case decides anew, by Finland's file as it is or as it is written; gives the order from then on."""
    laws = LAWS if law is None else {**LAWS, "FI": load_law(law, "fi.yaml")}
    planning = Planning(laws)
    async with store.database.transaction() as connection:
        await planning.answer(connection, await planning.plan(connection, case, now), now)
    return (await store.load(case)).facts.allocation


async def test_the_order_follows_what_is_known_of_the_debtor_and_the_law_of_the_day_from_the_next_look_on(
    store: Store,
) -> None:
    await store.do(OWN)
    case = await owed(store, "fi-standard", "consumer")
    assert await looked_at(store, case) == ("principal", "interest", "fee")
    await store.do("update debtor set kind = 'business'")
    assert await looked_at(store, case) == ("fee", "interest", "principal")
    await store.do("update debtor set kind = 'consumer'")
    text = (COUNTRIES / "fi.yaml").read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if "for: consumer, order:" in line)
    later = row.replace("1999-09-01", "2026-07-02").replace("[principal, interest, fee]", "[interest, principal, fee]")
    changed = text.replace(row, f"{row}\n{later}")
    assert await looked_at(store, case, changed) == ("principal", "interest", "fee")
    assert await looked_at(store, case, changed, NOW + timedelta(days=1)) == ("interest", "principal", "fee")


async def test_a_case_that_nobody_has_looked_at_since_goes_by_its_creditors_order_and_else_by_principal_first(
    store: Store,
) -> None:
    case = await owed(store, "no-gentle", "consumer")
    await store.do("update dunning_case set allocation_rules = null")
    assert (await store.load(case)).facts.allocation == ("principal", "interest", "fee")
    await store.do(OWN)
    assert (await store.load(case)).facts.allocation == ("fee", "interest", "principal")
    await store.pay(amount=Decimal(100))
    assert await parts(store) == (7, 0, 0)


async def test_an_invoice_of_a_country_that_gives_no_order_for_such_debtors_is_refused(store: Store) -> None:
    text = (COUNTRIES / "fi.yaml").read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if "for: business, order:" in line)
    store.intake = Intake(POLICIES, {**LAWS, "FI": load_law(text.replace(row, ""), "fi.yaml")})
    await owed(store, "fi-standard", "consumer")
    with pytest.raises(
        Refused, match=r"order .* is not known: fi.yaml has no row in allocation on 2026-07-01 \(a business\)"
    ):
        await store.invoice("1002", policy="fi-business", currency="EUR", debtor=debtor(country="FI", kind="business"))


async def test_what_is_left_of_fees_is_written_off_however_often_it_comes_to_that(store: Store) -> None:
    case = await store.invoice()
    for step in ("reminder", "second"):
        await charged(store, case, step=step)
        async with store.database.transaction() as connection:
            (invoice,) = await ledger.lock(connection, [case])
            after = await postings.write_off(connection, invoice, NOW)
        assert (after.owed.fee, await parts(store)) == (0, (Decimal(802), 0, 0))


async def test_nothing_is_posted_twice_under_one_key(store: Store) -> None:
    case = await store.invoice()
    async with store.database.transaction() as connection:
        (invoice,) = await ledger.lock(connection, [case])
        owing = await postings.charge(connection, invoice, "interest", Decimal(5), ("plan", "1"), NOW)
        with pytest.raises(AlreadyPosted, match="plan 1"):
            await postings.charge(connection, owing, "interest", Decimal(5), ("plan", "1"), NOW)
    assert await parts(store) == (Decimal(802), Decimal(5), 0)
