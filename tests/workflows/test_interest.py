"""Late-payment interest, fees and the compensation between businesses, as notices claim them and money takes them back."""

from datetime import date, timedelta
from decimal import Decimal

from domain.money.interest import accrued
from tests.doings import command, entries, fees, invoiced, money, text_of, until_told
from tests.life import Life
from tests.world import World, debtor

DEBT = Decimal("5000.00")


def kroner(amount: Decimal) -> str:
    """An amount as a Norwegian message writes it."""
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",")


async def to_notice(world: World, policy: str = "no-standard", **changes: object) -> Life:
    """A case whose collection notice was posted."""
    case = await invoiced(world, **({"amount": DEBT, "policy": policy} | changes))
    await until_told(case, "reminder", "letter")
    await case.post_letters()
    await until_told(case, "collection-notice", "letter")
    await case.post_letters()
    return case


async def issued_and_due(case: Life) -> tuple[date, date]:
    """When the invoice was issued, and when it is due."""
    query = """select i.issue_date, i.due_date from invoice i join dunning_case c on c.invoice_id = i.id where c.id = :case"""
    (row,) = await case.world.rows(query, case=case.case_id)
    return row.issue_date, row.due_date


async def test_a_notice_claims_interest_to_the_day_and_says_so(world: World) -> None:
    case = await to_notice(world)
    (notice,) = [d for d in await case.deliveries() if (d.step, d.channel) == ("collection-notice", "letter")]
    law = world.laws["NO"]
    issued, due = await issued_and_due(case)
    sent_on = law.calendar.local_date(notice.claimed_at)
    (interest,) = await entries(case, "interest")
    assert interest == accrued([(issued, DEBT)], due, sent_on, law) > 0
    charged = await fees(case)
    assert len(charged) == 2
    said = await text_of(case, "collection-notice", "letter")
    for amount in (DEBT, *charged, interest, DEBT + sum(charged, Decimal(0)) + interest):
        assert kroner(amount) in said
    assert await case.balance() == DEBT + sum(charged, Decimal(0)) + interest


async def test_money_of_an_earlier_day_takes_fees_and_interest_back_and_closes_the_case(world: World) -> None:
    case = await to_notice(world)
    _, due = await issued_and_due(case)
    await money(case, DEBT, number=case.number, booked_on=due)
    assert await case.outcome() == "paid"
    assert await case.balance() == 0
    assert await fees(case) == []
    row = await case.state()
    assert (row.principal, row.interest, row.fee) == (0, 0, 0)


async def test_money_that_came_between_takes_back_what_ran_after_it(world: World) -> None:
    case = await to_notice(world)
    issued, due = await issued_and_due(case)
    (notice,) = [d for d in await case.deliveries() if (d.step, d.channel) == ("collection-notice", "letter")]
    came = due + timedelta(days=5)
    await money(case, Decimal(3000), number=case.number, booked_on=came)
    await case.quiet()
    law = world.laws["NO"]
    ran = accrued([(issued, DEBT), (came, Decimal(-3000))], due, law.calendar.local_date(notice.claimed_at), law)
    assert (await case.state()).interest == ran
    assert len(await fees(case)) == 2


async def test_a_notice_that_comes_back_claims_nothing_and_the_next_one_claims_all(world: World) -> None:
    case = await to_notice(world)
    await case.bounce("collection-notice", "letter")
    row = await case.state()
    assert (row.interest, len(await fees(case))) == (0, 1)
    await case._change(
        "update contact_point set state = 'valid' where debtor_id = (select debtor_id from dunning_case where id = :case)"
    )
    notice = await until_told(case, "collection-notice", "letter", count=2)
    law = world.laws["NO"]
    issued, due = await issued_and_due(case)
    ran = accrued([(issued, DEBT)], due, law.calendar.local_date(notice.claimed_at), law)
    assert (await case.state()).interest == ran
    assert len(await fees(case)) == 2


async def test_the_copies_of_a_letter_give_the_letters_own_deadline(world: World) -> None:
    case = await to_notice(world)
    await until_told(case, "collection-notice", "email")
    await until_told(case, "collection-notice", "sms")
    deadlines = {d.deadline for d in await case.deliveries() if d.step == "collection-notice"}
    assert len(deadlines) == 1


async def test_interest_of_a_disputed_part_is_not_claimed_until_it_is_owed(world: World) -> None:
    case = await invoiced(world, amount=DEBT, policy="no-standard")
    await command(case, "dispute", amount=Decimal(2000))
    await until_told(case, "reminder", "letter")
    assert kroner(Decimal(3000)) in await text_of(case, "reminder", "letter")
    await case.post_letters()
    notice = await until_told(case, "collection-notice", "letter")
    issued, due = await issued_and_due(case)
    law = world.laws["NO"]
    ran = accrued([(issued, Decimal(3000))], due, law.calendar.local_date(notice.claimed_at), law)
    assert await entries(case, "interest") == [ran]
    said = await text_of(case, "collection-notice", "letter")
    assert kroner(Decimal(3000) + sum(await fees(case), Decimal(0)) + ran) in said
    assert kroner(DEBT) not in said


async def test_between_businesses_the_compensation_takes_the_place_of_fees(world: World) -> None:
    world.add_policy("fee-first", "no-business", "    fee: compensation\n", "    fee: statutory\n")
    world.add_policy(
        "fee-then-compensation",
        "fee-first",
        "kind: collection notice\n",
        "kind: collection notice\n    fee: compensation\n",
    )
    business = debtor(
        kind="business",
        name="Bakeriet AS",
        organisation_number="974760673",
        customer_number="B-1",
        email="post@bakeri.example",
    )
    case = await to_notice(world, "fee-then-compensation", debtor=business)
    fee, rest = await fees(case)
    compensation = world.laws["NO"].b2b_compensation(await case.today())
    assert 0 < fee < compensation
    assert fee + rest <= compensation
    said = await text_of(case, "collection-notice", "letter")
    assert f"Standardkompensasjon etter forsinkelsesrenteloven § 3 a {kroner(rest)}" in " ".join(said.split())
    assert kroner(fee) in said
