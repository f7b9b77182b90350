"""Invoices and credit notes come in once, with all that belongs to them."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.invoices.incoming import IncomingCreditNote, IncomingLine
from domain.vocabulary import Channel
from facts.collection import hand_offs
from facts.deliveries import message_facts
from facts.invoices.invoices import Imported, move_due_date
from facts.operations.tasks import list_tasks
from facts.parties.creditors import register
from facts.refusals import Conflict, Refused, UnknownCreditor
from tests.store import NOW, Store
from tests.world import SPRING, creditor, debtor, invoice
from views.invoice_view import invoice_view

DUE = SPRING + timedelta(days=14)


async def imported(store: Store, number: str = "1001", *, asking: str | None = None, **changes: Any) -> Imported:
    async with store.database.transaction() as connection:
        return await store.intake.invoice(connection, invoice(number, **changes), NOW, creditor=asking)


async def credited(store: Store, amount: str, number: str = "C1", **changes: Any) -> Imported:
    values: dict[str, Any] = {
        "creditor": "acme",
        "number": number,
        "invoice_number": "1001",
        "issue_date": SPRING,
        "currency": "NOK",
        "amount": Decimal(amount),
    }
    async with store.database.transaction() as connection:
        return await store.intake.credit_note(connection, IncomingCreditNote(**(values | changes)), NOW)


async def moved(store: Store, due: date, creditor: str = "acme") -> bool:
    async with store.database.transaction() as connection:
        return await move_due_date(connection, creditor, "1001", due, NOW)


async def test_the_same_invoice_again_is_known_and_changes_nothing(store: Store) -> None:
    first, again = await imported(store), await imported(store)
    assert (first.status, again.status) == ("new", "known")
    assert await store.balance() == Decimal(802)
    assert await store.one("select count(*) from outbox") == 1


async def test_the_same_invoice_sent_by_many_at_once_is_one_case(store: Store) -> None:
    told = await asyncio.gather(*(imported(store) for _ in range(6)))
    assert sorted(each.status for each in told) == [*["known"] * 5, "new"]
    assert await store.balance() == Decimal(802)


@pytest.mark.parametrize("change", [{"amount": Decimal(803)}, {"due_date": DUE + timedelta(days=1)}])
async def test_the_same_number_with_other_content_is_refused(store: Store, change: dict[str, Any]) -> None:
    await imported(store)
    with pytest.raises(Conflict, match="send a credit note or a change of due date instead"):
        await imported(store, **change)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"debtor": debtor(customer_number="K-2")}, "for another customer"),
        ({"debtor": debtor(name="Ola Testmann")}, "for another customer"),
        ({"reference": "2345676"}, "with another reference"),
        ({"account": "12345678911"}, "with another account"),
        ({"issue_date": SPRING - timedelta(days=1)}, "with another issue_date"),
        ({"lines": (IncomingLine(text="Nettleie", amount=Decimal(802)),)}, "with another lines"),
    ],
)
async def test_the_same_number_for_somebody_or_something_else_is_refused(
    store: Store, change: dict[str, Any], words: str
) -> None:
    await imported(store)
    with pytest.raises(Conflict, match=words):
        await imported(store, **change)
    assert await store.one("select count(*) from debtor") == 1


OWN, BETAS, NOBODYS, IBAN = "12345678903", "98765432100", "15030000010", "NO7112345678903"
HAND_OFF = """insert into hand_off (creditor_id, case_id, state, happened_at) select creditor_id, id, 'queued', :at
from dunning_case where id = :case returning id"""


async def shown(store: Store, case: int) -> set[str | None]:
    """The account in a message, on the page and in the partner's file."""
    async with store.database.transaction() as connection:
        _, (item,) = await message_facts.read(
            connection, case, "letter", [case], None, "invoice", tracked=True, old=NOW
        )
        page = await invoice_view(connection, item.invoice_id)
        (row,) = await store.rows(HAND_OFF, case=case, at=NOW)
        told = await hand_offs.history(connection, row.id, NOW)
    return {item.account, page.account, told["invoice"]["account"]}


async def registered(store: Store, *accounts: str, owner: str = "acme") -> None:
    async with store.database.transaction() as connection:
        await register(connection, creditor(id=owner, organisation_number=None, accounts=accounts), NOW)


@pytest.mark.parametrize(
    ("named", "at_sight"),
    [(None, OWN), (OWN, OWN), (IBAN, IBAN), (NOBODYS, OWN), (BETAS, OWN), ("GARBAGE", OWN)],
)
async def test_debtors_are_shown_the_creditors_own_account_alone(
    store: Store, named: str | None, at_sight: str
) -> None:
    new, again = [await imported(store, account=named) for _ in range(2)]
    assert (new.status, again.status, new.warnings) == ("new", "known", again.warnings)
    assert new.warnings == (
        (f"account {named} is not registered as the creditor's: debtors are shown {OWN} instead",)
        if named not in (None, OWN, IBAN)
        else ()
    )
    assert new.case_id is not None
    assert await shown(store, new.case_id) == {at_sight}


async def test_an_account_that_is_registered_later_is_shown_from_then_on(store: Store) -> None:
    case = (await imported(store, account=BETAS)).case_id
    assert case is not None
    await registered(store, NOBODYS)
    assert await shown(store, case) == {OWN}
    await registered(store, "9876 54 32100")  # of two creditors now, as a factor's is
    assert await shown(store, case) == {BETAS}
    assert (await imported(store, account=BETAS)).warnings == ()
    await store.do("delete from bank_account where creditor_id = 'acme' and account like '9876%'")
    assert await shown(store, case) == {OWN}
    assert len((await imported(store, account=BETAS)).warnings) == 1


async def test_of_several_accounts_the_one_with_direct_debit_is_shown_where_the_invoice_names_none(
    store: Store,
) -> None:
    await registered(store, NOBODYS, "FI2112345600000785")
    case = (await imported(store, account=None)).case_id
    assert case is not None
    assert await shown(store, case) == {OWN}
    await store.do("""update creditor set direct_debit = '{"account": "15030000010"}' where id = 'acme'""")
    assert await shown(store, case) == {NOBODYS}


async def test_the_same_account_in_another_spelling_is_the_same_invoice(store: Store) -> None:
    await imported(store, account=IBAN)
    assert (await imported(store, account=OWN)).status == "known"


async def test_a_known_invoice_brings_no_old_address_back_and_changes_nothing_at_all(store: Store) -> None:
    await imported(store)
    await imported(store, "1002", debtor=debtor(email="kari@new.example", address_lines=("Nygata 2",), language="en"))
    query = """select d.name, d.language, d.address, p.channel, p.address, p.state, p.last_confirmed_at, p.happened_at
        from debtor d join contact_point p on p.debtor_id = d.id order by p.id"""
    before = [tuple(row) for row in await store.rows(query)]
    assert (await imported(store)).status == "known"
    assert [tuple(row) for row in await store.rows(query)] == before


async def test_an_import_tells_that_a_customer_number_has_several_names(store: Store) -> None:
    assert (await imported(store)).warnings == ()
    ola = await imported(store, "1002", debtor=debtor(name="Ola Testmann"))
    assert ola.warnings == ("customer number K-1 has more than one name: each is a debtor of its own",)


async def test_an_invoice_is_still_known_after_its_due_date_moved(store: Store) -> None:
    await imported(store)
    await moved(store, DUE + timedelta(days=30))
    assert (await imported(store)).status == "known"


async def test_an_invoice_of_nobody_or_of_another_creditor_than_the_door_is_refused(store: Store) -> None:
    with pytest.raises(UnknownCreditor, match="register it first"):
        await imported(store, creditor="nobody")
    with pytest.raises(Refused, match="but beta is asking"):
        await imported(store, asking="beta")
    assert await store.one("select count(*) from invoice") == 0


async def test_a_case_is_pinned_to_its_policy_and_the_text_is_kept_once(store: Store) -> None:
    await imported(store, "1001")
    await imported(store, "1002", policy="no-standard")
    await imported(store, "1003")
    ((texts,),) = await store.rows("select count(*) from policy_text")
    kept = await store.rows("select p.name, p.text from dunning_case c join policy_text p on p.hash = c.policy_hash")
    assert texts == 2
    assert sorted(row.name for row in kept) == ["no-gentle", "no-gentle", "no-standard"]
    assert all(row.text == store.intake.policies[row.name][1] for row in kept)


async def test_a_case_knows_whether_its_policy_is_a_shadow(store: Store) -> None:
    policy, written = store.intake.policies["no-gentle"]
    policies = dict(store.intake.policies) | {"no-gentle": (replace(policy, shadow=True), written)}
    in_shadow = replace(store, intake=replace(store.intake, policies=policies))
    assert (await in_shadow.load(await in_shadow.invoice())).facts.shadow


async def test_invoices_of_one_customer_number_share_their_debtor_and_a_new_address_takes_over(store: Store) -> None:
    first = await store.invoice("1001")
    second = await store.invoice("1002", debtor=debtor(email="kari@new.example"))
    assert (await store.load(first)).debtor_id == (await store.load(second)).debtor_id
    states = await store.rows("select address, state from contact_point where channel = 'email' order by id")
    assert [tuple(row) for row in states] == [("kari@example.no", "replaced"), ("kari@new.example", "valid")]


async def test_a_credit_note_lowers_the_invoice_once(store: Store) -> None:
    case = await store.invoice()
    assert [(await credited(store, "100")).status for _ in range(2)] == ["new", "known"]
    assert await store.balance() == Decimal(702)
    assert await store.news(case) == ["invoice_changed", "invoice_changed"]


async def test_a_full_credit_takes_the_fees_back_too(store: Store) -> None:
    case = await store.invoice()
    await store.accept(await store.claim(case, fee="38"))
    await credited(store, "802")
    facts = (await store.load(case)).facts
    assert (facts.balance, facts.credited) == (Decimal(0), True)


async def test_a_part_credit_leaves_the_fees(store: Store) -> None:
    case = await store.invoice()
    await store.accept(await store.claim(case, fee="38"))
    await credited(store, "800")
    assert await store.balance() == Decimal(40)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"invoice_number": "9"}, "import the invoice first"),
        ({"currency": "EUR"}, "is in EUR, invoice 1001 in NOK"),
        ({"creditor": "beta"}, "no invoice 1001"),
    ],
)
async def test_a_credit_note_that_fits_no_invoice_is_refused(store: Store, changes: dict[str, str], why: str) -> None:
    await store.invoice()
    with pytest.raises(Refused, match=why):
        await credited(store, "100", **changes)


@pytest.mark.parametrize(
    ("before", "amount", "rest"), [("0", "900", "98.00"), ("100", "702.01", "0.01"), ("801.99", "802", "801.99")]
)
async def test_a_credit_note_larger_than_its_invoice_credits_all_of_it_and_tells_the_rest(
    store: Store, before: str, amount: str, rest: str
) -> None:
    case = await store.invoice()
    await store.accept(await store.claim(case, fee="38"))
    if before != "0":
        await credited(store, before, "C0")
    told = await credited(store, amount)
    assert told.status == "new"
    assert f"is credited in full, the other {rest} NOK are not booked" in told.warnings[0]
    assert await store.balance() == Decimal(0)
    assert ((await credited(store, amount)).status, await store.balance()) == ("known", Decimal(0))
    await store.do("update dunning_case set state = 'closed', outcome = 'credited'")
    async with store.database.transaction() as connection:
        (task,) = await list_tasks(connection, "acme", "credit")
    assert (task.invoice, task.why) == (
        "1001",
        f"{told.warnings[0]}: pay them back, or credit another invoice with them",
    )


async def test_the_rest_of_a_credit_note_is_asked_of_a_person_once(store: Store) -> None:
    case = await store.invoice()
    await credited(store, "900")
    await store.do("update task set done_at = :now, done_by = 'anne' where case_id = :case", case=case, now=NOW)
    await credited(store, "900")
    async with store.database.transaction() as connection:
        assert await list_tasks(connection, "acme", "credit") == []


async def test_what_was_paid_of_an_invoice_that_is_credited_by_more_goes_back_as_with_a_full_credit(
    store: Store,
) -> None:
    await store.invoice()
    await store.pay()
    await credited(store, "900")
    assert await store.balance() == Decimal(-802)


async def test_a_credit_note_of_an_invoice_without_anything_left_is_refused(store: Store) -> None:
    await store.invoice()
    await credited(store, "802")
    with pytest.raises(Refused, match="is credited in full already"):
        await credited(store, "100", "C2")


@pytest.mark.parametrize(
    ("amount", "changes"), [("100", {"invoice_number": "1002"}), ("99", {}), ("101", {}), ("900", {})]
)
async def test_a_credit_note_with_other_content_is_refused(store: Store, amount: str, changes: dict[str, str]) -> None:
    await store.invoice()
    await store.invoice("1002")
    await credited(store, "100")
    with pytest.raises(Conflict, match=r"came before with 100.00 NOK for invoice 1001"):
        await credited(store, amount, **changes)


async def test_an_invoice_with_another_address_lets_the_older_cases_look_again_and_one_without_changes_none(
    store: Store,
) -> None:
    case = await store.invoice("1001")
    before = await store.news(case)
    await store.invoice("1002", reference=None, debtor=debtor(address_lines=(), postcode=None, city=None))
    assert ((await store.load(case)).place, await store.news(case)) == ("0155 Oslo", before)
    await store.invoice("1003", reference=None, debtor=debtor(postcode="5003", city="Bergen"))
    assert ((await store.load(case)).place, await store.news(case)) == ("5003 Bergen", [*before, "debtor_changed"])


async def test_a_moved_due_date_begins_a_new_round_once(store: Store) -> None:
    case = await store.invoice(claim_due=DUE)
    later = DUE + timedelta(days=20)
    assert await moved(store, later) is True
    assert await moved(store, later) is False
    facts = (await store.load(case)).facts
    assert (facts.round, facts.due_date, facts.claim_due) == (2, later, None)


async def test_the_due_date_of_a_closed_case_or_of_anothers_invoice_stays(store: Store) -> None:
    await store.invoice()
    with pytest.raises(Refused, match="no invoice 1001"):
        await moved(store, DUE + timedelta(days=9), creditor="beta")
    await store.do("update dunning_case set state = 'closed'")
    with pytest.raises(Refused, match="is closed"):
        await moved(store, DUE + timedelta(days=9))


async def test_a_moved_due_date_takes_back_every_fee_and_is_news_to_the_debtor(store: Store) -> None:
    case = (await imported(store)).case_id
    assert case is not None
    await store.accept(await store.claim(case, channel=Channel.LETTER, fee="38", deadline=DUE))
    await store.pay(amount=Decimal(820), booked_on=NOW.date() + timedelta(days=9))
    assert await store.balance() == Decimal(20)
    assert await moved(store, DUE + timedelta(days=40))
    assert await store.balance() == Decimal(-18)
    facts = (await store.load(case)).facts
    assert (facts.round, facts.earlier_fees, facts.charged) == (2, (), Decimal(0))
    assert facts.due_moved is not None
    assert (facts.due_moved.at, facts.due_moved.payment_returned) == (NOW, False)
    assert not await moved(store, DUE + timedelta(days=40))
    (row,) = await store.rows("select detail from case_event where kind = 'due_date_moved'")
    assert row.detail == {"due_date": str(DUE + timedelta(days=40)), "fees_taken_back": "38.00"}
