"""Where a payment's invoices are looked for: everything its clues name, of this creditor alone, and by index."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from domain.countries.no import kid_with_check_digit
from domain.money.matching.amounts import MOST_OF_A_DEBTOR, Candidate
from domain.money.matching.reading import Clue
from domain.money.matching.verdict import Match, Review
from facts.money.candidates import ALL, MOST_OF_AN_AMOUNT, find, match_all
from tests.store import NOW, Store
from tests.world import debtor

KID = kid_with_check_digit("10000011000123")
DAMAGED = f"{KID[:4]}{9 - int(KID[4])}{KID[5:]}"
PRICE = Decimal("802.00")


def pays(amount: Decimal | str = PRICE, **told: Any) -> Clue:
    """A payment in full of what one invoice costs."""
    return Clue(Decimal(amount), "NOK", **told)


async def found(store: Store, *clues: Clue, creditor: str = "acme") -> list[list[Candidate]]:
    """What is found for each payment, in the order of the invoices."""
    async with store.database.transaction() as connection:
        each = await find(connection, creditor, clues, ALL)
    return [sorted(candidates, key=lambda candidate: candidate.number) for candidates in each]


async def matched(store: Store, clue: Clue, creditor: str = "acme") -> Match | Review:
    """What becomes of a payment."""
    async with store.database.transaction() as connection:
        (outcome,) = await match_all(connection, creditor, [clue])
    return outcome


def numbers(candidates: list[Candidate]) -> list[str]:
    """The invoices' numbers."""
    return [candidate.number for candidate in candidates]


async def three_debtors(store: Store) -> None:
    """An invoice each of Kari and Ola, and two of Per, none of whose amounts is another's."""
    await store.invoice("1001", reference=KID)
    ola = debtor(name="Ola Hansen", customer_number="K-2", email="ola@example.no")
    await store.invoice("1002", reference=kid_with_check_digit("20000072000456"), debtor=ola, amount=Decimal(90))
    per = debtor(name="Per Åsgård Berg", customer_number="K-3", email="per@example.no")
    await store.invoice("1003", reference=kid_with_check_digit("30000053000789"), debtor=per, amount=Decimal(91))
    await store.invoice("1004", reference=None, debtor=per, amount=Decimal(92))


async def test_a_candidate_tells_what_matching_compares(store: Store) -> None:
    case = await store.invoice(reference=KID)
    ((candidate,),) = await found(store, pays(reference=KID))
    assert candidate == Candidate(
        invoice_id=await store.one("select id from invoice"),
        case_id=case,
        debtor_id=await store.one("select id from debtor"),
        number="1001",
        reference=KID,
        plan_reference=None,
        customer_number="K-1",
        debtor_name="Kari Nordmann",
        currency="NOK",
        balance=PRICE,
        principal=PRICE,
        interest=Decimal(0),
        fee=Decimal(0),
        instalment=None,
        due_date=candidate.due_date,
        open=True,
        payer_known=False,
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"reference": KID}, ["1001"]),
        ({"reference": f"KID {KID[:4]} {KID[4:]}"}, ["1001"]),
        ({"reference": DAMAGED}, ["1001"]),
        ({"number": "1002"}, ["1002"]),
        ({"text": "faktura 1002"}, ["1002"]),
        ({"text": f"KID {KID}"}, ["1001"]),
        ({"text": "kundenr K-3"}, ["1003", "1004"]),
        ({"text": "faktura 1003"}, ["1003", "1004"]),
        ({"payer_name": "HANSEN OLA"}, ["1002"]),
        ({"payer_name": "Per Asgard Berg"}, ["1003", "1004"]),
        ({"payer_account": "15030000010"}, ["1003", "1004"]),
        ({"amount": "90"}, ["1002"]),
        ({"text": "takk for maten"}, []),
    ],
)
async def test_each_clue_finds_its_invoices(store: Store, told: dict[str, Any], expected: list[str]) -> None:
    await three_debtors(store)
    await store.do(
        "insert into payer_account select 'acme', '15030000010', id, :at from debtor where customer_number = 'K-3'",
        at=NOW,
    )
    (candidates,) = await found(store, pays(**{"amount": "77"} | told))
    assert set(expected) <= set(numbers(candidates))
    assert numbers([c for c in candidates if not c.payer_known or "payer_account" in told]) == expected


async def test_many_payments_are_answered_at_once_and_apart(store: Store) -> None:
    await three_debtors(store)
    answers = await found(store, pays("77", reference=KID), pays("77"), pays("77", text="faktura 1004"))
    assert [numbers(candidates) for candidates in answers] == [["1001"], [], ["1003", "1004"]]
    assert await found(store) == []


async def test_an_account_that_paid_for_several_identifies_nobody(store: Store) -> None:
    await three_debtors(store)
    await store.do("insert into payer_account select 'acme', '15030000010', id, :at from debtor", at=NOW)
    assert await found(store, pays("77", payer_account="15030000010")) == [[]]


async def test_a_settled_invoice_brings_the_debtor_s_open_ones(store: Store) -> None:
    await store.invoice("1001", reference=KID)
    await store.do("update dunning_case set state = 'closed', outcome = 'paid', principal = 0")
    await store.invoice("1002", reference=None)
    (candidates,) = await found(store, pays(reference=KID))
    assert [(c.number, c.open, c.balance) for c in candidates] == [("1001", False, Decimal(0)), ("1002", True, PRICE)]
    outcome = await matched(store, pays(reference=KID))
    assert isinstance(outcome, Match)
    assert [share.candidate.number for share in outcome.shares] == ["1002"]


async def test_a_plan_is_found_by_its_own_reference_with_what_is_left_of_its_next_instalment(store: Store) -> None:
    case = await store.invoice(reference=KID)
    plan = kid_with_check_digit("90000019000001")
    await store.do(
        """
        with made as (
          insert into instalment_plan (creditor_id, case_id, reference, state, total, interest, currency, by,
            reason_code, happened_at)
          values ('acme', :case, :reference, 'active', 1002, 0, 'NOK', 'ola', 'test', :at) returning id)
        insert into instalment select id, n, '2026-08-01', 334 from made, generate_series(1, 3) as n
        """,
        case=case,
        reference=plan,
        at=NOW,
    )
    ((candidate,),) = await found(store, pays("134", reference=plan))
    assert (candidate.plan_reference, candidate.instalment) == (plan, Decimal(134))  # 200 of the 1002 are paid
    assert isinstance(await matched(store, pays("134", reference=plan)), Match)


async def test_nothing_of_another_creditor_is_found_or_told(store: Store) -> None:
    await store.invoice("1001", creditor="beta", reference=KID, account="98765432100")
    everything = pays(reference=KID, text="faktura 1001 kundenr K-1", payer_name="Kari Nordmann")
    assert await found(store, everything) == [[]]
    outcome = await matched(store, everything)
    assert outcome == Review("is a reference of another creditor's series", ())


async def test_a_reference_of_another_creditor_is_not_read_as_a_damaged_one_of_ours(store: Store) -> None:
    near = kid_with_check_digit("10900011000123"), kid_with_check_digit("19000011000123")
    await store.invoice("1001", reference=near[0])
    ours = pays(reference=near[1], payer_name="Kari Nordmann")
    assert isinstance(await matched(store, ours), Match)
    await store.invoice("1001", creditor="beta", reference=near[1], account="98765432100")
    outcome = await matched(store, ours)
    assert isinstance(outcome, Review)
    assert [ranked.candidate.number for ranked in outcome.ranked] == ["1001"]


async def test_what_waits_for_a_person_is_ranked_with_namesakes_and_equal_amounts(store: Store) -> None:
    await three_debtors(store)
    outcome = await matched(store, pays("90", payer_name="Kari Nordmann"))
    assert isinstance(outcome, Review)
    assert [(r.candidate.number, r.reasons) for r in outcome.ranked] == [
        ("1002", ("the amount is all that is owed",)),
        ("1001", ("the payer's name is the debtor's",)),
    ]


async def test_an_amount_that_many_owe_finds_none_of_them(store: Store) -> None:
    for number in range(MOST_OF_AN_AMOUNT + 1):
        await store.invoice(f"{2000 + number}", reference=None)
    assert await found(store, pays()) == [[]]


async def test_of_very_many_open_invoices_those_with_the_amount_come_first(store: Store) -> None:
    for number in range(MOST_OF_A_DEBTOR + 5):
        await store.invoice(f"{2000 + number}", reference=None, amount=Decimal(100 + number))
    last = Decimal(100 + MOST_OF_A_DEBTOR + 4)
    (candidates,) = await found(store, pays(last, text="kundenr K-1"))
    assert len(candidates) == MOST_OF_A_DEBTOR
    assert last in {candidate.balance for candidate in candidates}


async def test_every_look_up_goes_by_an_index(store: Store) -> None:
    await three_debtors(store)
    kinds = ("reference", "number", "key", "customer", "name", "account")
    asked: dict[str, Any] = {f"{kind}s": ["x"] for kind in kinds} | {f"{kind}_at": [1] for kind in kinds}
    asked |= {"creditor": "acme", "amounts": [PRICE], "exact": [True]}
    async with store.database.transaction() as connection:
        plan = (await connection.execute(text(f"explain {ALL.text}"), asked)).scalars().all()
    assert not [line for line in plan if "Seq Scan" in line or "Hash Join" in line or "Merge Join" in line]


async def test_the_clue_of_a_reversal_looks_for_no_damaged_reference(store: Store) -> None:
    await three_debtors(store)
    assert await found(store, replace(pays("-802"), reference=DAMAGED)) == [[]]
