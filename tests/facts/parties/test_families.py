"""Parent and child customers: who pays is seen on one statement, and a person's debts on nobody else's."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from commands.debtor.change import DebtorChange, change_debtor
from commands.debtor.statement import send_statement
from commands.debtor.wrong_contact import not_theirs
from domain.invoices.incoming import IncomingDebtor
from domain.parties.families import BUSINESSES
from domain.vocabulary import Channel
from facts.cases.locks import lock_with_debtor
from facts.deliveries import message_facts
from facts.money import statements
from facts.parties import debtors
from facts.refusals import CommandRefused, Refused, Unknown
from tests.commands.debtor.test_change import say
from tests.commands.debtor.test_replies import write
from tests.store import LAWS, NOW, PLANNING, TODAY, Store
from tests.world import debtor, invoice
from views import statement
from views.debtor_standing import standing_shown
from views.found_debtors import find_debtors
from views.statement import Statement

TOP, NORTH, SOUTH = "K-100", "K-101", "K-102"


async def business(store: Store, number: str, amount: str, **changes: Any) -> int:
    """A business with an invoice: its case."""
    whom = debtor(customer_number=number, name=f"Firma {number} AS", kind="business", email=f"{number}@firma.example")
    return await store.invoice(
        f"F-{number}",
        debtor=whom,
        reference=None,
        amount=Decimal(amount),
        due_date=TODAY - timedelta(days=1),
        **changes,
    )


async def family(store: Store, *, pays: bool = True) -> tuple[int, int, int]:
    """A head office with two branches."""
    cases = await business(store, TOP, "100"), await business(store, NORTH, "200"), await business(store, SOUTH, "300")
    for child in (NORTH, SOUTH):
        await say(store, child, parent={"customer_number": TOP, "pays": pays})
    return cases


async def stated(store: Store, number: str, creditor: str = "acme") -> Statement:
    """A debtor's statement, issued."""
    async with store.database.transaction() as connection:
        found = await debtors.find(connection, creditor, number)
        assert found is not None
        await statements.issue(connection, creditor, found.id, NOW)
        return await statement.read(connection, found.id, TODAY)


async def shown(store: Store, number: str) -> list[str]:
    """The invoices on a debtor's statement."""
    return sorted(line.number for line in (await stated(store, number)).lines)


async def test_the_parent_that_pays_has_one_statement_and_one_payment_settles_all(store: Store) -> None:
    await family(store)
    (payable,) = (await stated(store, TOP)).payable
    assert payable.sums.asked == 600
    assert await shown(store, NORTH) == ["F-K-101"]
    booked = await store.pay("group", reference=payable.reference, amount=Decimal(600))
    assert booked.status == "booked"
    assert await store.one("select sum(balance) from dunning_case") == 0


async def test_a_parent_that_does_not_pay_is_only_told_of(store: Store) -> None:
    await family(store, pays=False)
    assert await shown(store, TOP) == ["F-K-100"]
    async with store.database.transaction() as connection:
        standing = await standing_shown(connection, "acme", TOP, None, LAWS, NOW)
        of_child = await standing_shown(connection, "acme", NORTH, None, LAWS, NOW)
    assert [child.customer_number for child in standing.children] == [NORTH, SOUTH]
    assert ("child of", {"parent": TOP, "pays": False, "written_to": False}) in [
        (known.what, known.value) for known in of_child.known
    ]


@pytest.mark.parametrize(
    "since",
    [
        {"stop_reason": "insolvent"},
        {"representative": {"name": "Per Verge", "email": "per@verge.example"}},
        {"parent": None},
        {"parent": {"customer_number": TOP, "pays": False}},
    ],
)
async def test_what_ends_it_takes_the_child_off_the_statement_at_once(store: Store, since: dict[str, Any]) -> None:
    await family(store)
    await say(store, NORTH, **since)
    assert await shown(store, TOP) == ["F-K-100", "F-K-102"]


async def test_what_was_told_until_a_day_is_over_on_that_day(store: Store) -> None:
    await family(store, pays=False)
    until = TODAY + timedelta(days=5)
    await say(store, NORTH, parent={"customer_number": TOP, "pays": True}, until=until)
    async with store.database.transaction() as connection:
        found = await debtors.find(connection, "acme", TOP)
        assert found is not None
        lines = [await statements.lines(connection, found.id, day) for day in (until - timedelta(days=1), until)]
    assert [len(each) for each in lines] == [2, 1]


async def test_nobody_is_their_own_parent_by_any_detour(store: Store) -> None:
    await family(store)
    await business(store, "K-103", "10")
    for child, parent in ((TOP, TOP), (TOP, NORTH), ("K-103", NORTH), (TOP, "K-103")):
        with pytest.raises(Refused):
            await say(store, child, parent={"customer_number": parent})


async def test_a_person_is_nobodys_child_and_nobodys_parent(store: Store) -> None:
    await business(store, TOP, "100")
    await store.invoice("1001")
    for child, parent in (("K-1", TOP), (TOP, "K-1")):
        with pytest.raises(Refused, match="businesses"):
            await say(store, child, parent={"customer_number": parent, "pays": True})
    await business(store, NORTH, "200")
    await say(store, NORTH, parent={"customer_number": TOP, "pays": True})
    await store.do(f"update debtor set kind = 'consumer' where customer_number = '{NORTH}'")  # as it turned out
    assert await shown(store, TOP) == ["F-K-100"]


async def test_another_creditors_customer_of_the_same_number_is_no_family(store: Store) -> None:
    await business(store, NORTH, "200")
    await business(store, TOP, "100", creditor="beta")
    with pytest.raises(Unknown):
        await say(store, NORTH, parent={"customer_number": TOP})
    await business(store, TOP, "50")
    await say(store, NORTH, parent={"customer_number": TOP, "pays": True})
    assert await shown(store, TOP) == ["F-K-100", "F-K-101"]
    in_beta = await stated(store, TOP, "beta")
    assert [line.amount for line in in_beta.lines] == [100]


async def test_a_statement_is_sent_by_a_case_of_the_parent_and_never_to_a_child(store: Store) -> None:
    await family(store)
    await store.do("update dunning_case set state = 'closed', outcome = 'paid' where balance = 100")
    async with store.database.transaction() as connection:
        found = await debtors.find(connection, "acme", TOP)
        assert found is not None
        with pytest.raises(CommandRefused):
            await send_statement(connection, PLANNING, found, "anne", "asked", "id", NOW)


async def test_data_without_a_name_may_say_so_too_as_with_a_representative(store: Store) -> None:
    await business(store, TOP, "100")
    await business(store, NORTH, "200")
    given = DebtorChange.model_validate({"parent": {"customer_number": TOP, "pays": True}})
    async with store.database.transaction() as connection:
        await change_debtor(connection, PLANNING, "acme", NORTH, None, given, NOW)
    assert await shown(store, TOP) == ["F-K-100", "F-K-101"]


# --- messages about a child that go to its parent ---------------------------------------------------------------


async def reached(store: Store) -> tuple[int, int, int]:
    """The same family, where the head office alone is written to about the branches. Each has a phone of its own."""
    cases = await family(store)
    for place, number in enumerate((TOP, NORTH, SOUTH)):
        await store.do(
            f"""update contact_point set address = '+479000000{place}', address_key = '+479000000{place}'
            where channel in ('sms', 'phone') and debtor_id = (select id from debtor where customer_number = '{number}')"""
        )
    for child in (NORTH, SOUTH):
        await say(store, child, parent={"customer_number": TOP, "written_to": True})
    return cases


async def goes_to(store: Store, case: int) -> tuple[str | None, str | None]:
    """Whose name and which address an email about a case bears now."""
    async with store.database.transaction() as connection:
        parties, _ = await message_facts.read(
            connection, case, Channel.EMAIL, [case], None, "reminder", tracked=True, old=NOW
        )
    return parties.representative, parties.contact_address


async def test_what_is_about_a_child_goes_to_the_parent_where_that_is_said(store: Store) -> None:
    top, north, _ = await reached(store)
    assert await goes_to(store, north) == ("Firma K-100 AS", "K-100@firma.example")
    assert await goes_to(store, top) == (None, "K-100@firma.example")
    await store.do(
        f"update contact_point set state = 'bounced' where channel = 'email' and debtor_id = {await number_of(store, NORTH)}"
    )
    contacts = (await store.load(north)).facts.contacts
    assert all(contact.usable for contact in contacts if contact.channel is Channel.EMAIL)


@pytest.mark.parametrize(
    ("whom", "since"),
    [
        (NORTH, {"parent": {"customer_number": TOP}}),
        (NORTH, {"parent": None}),
        (TOP, {"stop_reason": "insolvent"}),
        (TOP, {"representative": {"name": "Per Verge", "email": "per@verge.example"}}),
        (NORTH, {"stop_reason": "other"}),
    ],
)
async def test_what_ends_that_has_the_child_written_to_at_once(store: Store, whom: str, since: dict[str, Any]) -> None:
    _, north, _ = await reached(store)
    before = len(await store.news(north))
    await say(store, whom, **since)
    assert await goes_to(store, north) == (None, "K-101@firma.example")
    assert len(await store.news(north)) > before


async def test_a_last_day_ends_it_too(store: Store) -> None:
    _, north, _ = await reached(store)
    await say(store, NORTH, parent={"customer_number": TOP, "written_to": True}, until=TODAY + timedelta(days=5))
    async with store.database.transaction() as connection:
        assert await debtors.look_at_ends(connection, NOW + timedelta(days=4)) == 0
        assert await debtors.look_at_ends(connection, NOW + timedelta(days=5)) == 1
    assert await goes_to(store, north) == (None, "K-101@firma.example")


async def test_two_parents_under_one_number_are_none(store: Store) -> None:
    _, north, _ = await reached(store)
    await store.invoice(
        "9", debtor=debtor(customer_number=TOP, name="Ola Hansen", kind="business"), reference=None, amount=Decimal(1)
    )
    assert await goes_to(store, north) == (None, "K-101@firma.example")


async def test_whoever_is_written_to_has_one_contact_cap(store: Store) -> None:
    top, north, south = await reached(store)
    alone = await business(store, "K-104", "10")
    await store.accept(await store.claim(north))
    counted = [len((await store.load(case)).facts.recent_contacts) for case in (top, north, south, alone)]
    assert counted == [1, 1, 1, 0]


async def test_acts_towards_siblings_happen_one_after_the_other(store: Store) -> None:
    await reached(store)
    taken = "select id from debtor where customer_number = :number for no key update nowait"
    async with store.database.transaction() as connection:
        assert await lock_with_debtor(connection, "acme", "F-K-101") is not None
        for number in (NORTH, TOP):
            with pytest.raises(DBAPIError, match="could not obtain lock"):
                await store.rows(taken, number=number)
        assert len(await store.rows(taken, number=SOUTH)) == 1


async def test_an_sms_from_the_parent_is_about_the_child_that_was_written_about(store: Store) -> None:
    top, north, south = await reached(store)
    parents = await store.one("select id from contact_point where channel = 'sms' and address = '+4790000000'")
    sent = await store.claim(north, channel=Channel.SMS)
    await store.do("update delivery set contact_point_id = :point where id = :id", point=parents, id=sent)
    await store.accept(sent)
    await write(store, "Vi trenger mer tid", "+4790000000")
    assert {case: (await store.load(case)).facts.held for case in (top, north, south)} == {
        top: False,
        north: True,
        south: False,
    }


async def test_not_me_at_the_parents_address_marks_that_one(store: Store) -> None:
    _, north, _ = await reached(store)
    async with store.database.transaction() as connection:
        await not_theirs(connection, await number_of(store, NORTH), "k-100@FIRMA.example", NOW)
    assert await goes_to(store, north) == ("Firma K-100 AS", None)


async def number_of(store: Store, customer_number: str) -> int:
    number: int = await store.one("select id from debtor where customer_number = :n", n=customer_number)
    return number


# --- told by a billing system -----------------------------------------------------------------------------------


def child(number: str, parent: str, **does: Any) -> IncomingDebtor:
    return debtor(
        customer_number=number,
        name=f"Firma {number} AS",
        kind="business",
        parent={"customer_number": parent, **does},
    )


async def imports(store: Store, *given: IncomingDebtor) -> list[str]:
    """Invoices of debtors in one bulk request: what became of each."""
    invoices = [
        invoice(f"I-{place}-{who.customer_number}", debtor=who, reference=None) for place, who in enumerate(given)
    ]
    async with store.database.transaction() as connection:
        became = await store.intake.invoices(connection, invoices, creditor="acme")
    return [str(it) if isinstance(it, Refused) else it.status for it in became]


async def test_a_child_that_comes_before_its_parent_is_its_child_once_that_is_known(store: Store) -> None:
    assert await imports(store, child(NORTH, TOP, pays=True, written_to=True)) == ["new"]
    (case,) = await store.rows("select id from dunning_case")
    assert await goes_to(store, case.id) == (None, "kari@example.no")
    await business(store, TOP, "100")
    assert await goes_to(store, case.id) == ("Firma K-100 AS", "K-100@firma.example")
    assert await shown(store, TOP) == ["F-K-100", "I-0-K-101"]


async def test_the_same_every_night_is_no_news_and_a_persons_word_stands(store: Store) -> None:
    await business(store, TOP, "100")
    for _ in range(2):
        await imports(store, child(NORTH, TOP, pays=True))
    assert await store.one("select count(*) from life_event where kind = 'child of'") == 1
    await say(store, NORTH, parent=None)
    await store.invoice("later", debtor=child(NORTH, TOP, pays=True), reference=None)
    assert await shown(store, TOP) == ["F-K-100"]


async def test_circles_are_refused_whole_in_one_request_and_after_it(store: Store) -> None:
    one_level = "debtor.parent: K-101 is a child itself: name the customer at the top"
    became = await imports(store, child(NORTH, TOP), child(SOUTH, NORTH), child(TOP, SOUTH), child(NORTH, NORTH))
    assert became[:2] == ["new", one_level]
    assert became[2] == "debtor.parent: the debtor has children itself: a child has none"
    assert became[3] == "debtor.parent: nobody is their own parent"
    assert await imports(store, child(SOUTH, NORTH)) == [one_level]
    with pytest.raises(Refused, match="at the top"):
        await store.invoice("alone", debtor=child(SOUTH, NORTH))
    assert await store.one("select count(*) from invoice") == 1


async def test_a_person_is_no_parent_and_another_creditors_customer_none_of_ours(store: Store) -> None:
    await store.invoice("1001", debtor=debtor(customer_number=TOP))
    assert await imports(store, child(NORTH, TOP)) == [f"debtor.parent: {BUSINESSES}"]
    with pytest.raises(ValidationError, match="businesses"):
        debtor(customer_number=NORTH, parent={"customer_number": TOP})
    await business(store, SOUTH, "100", creditor="beta")
    await imports(store, child(NORTH, SOUTH, written_to=True))
    case = await store.one(
        "select c.id from dunning_case c join invoice i on i.id = c.invoice_id where i.number like 'I-%'"
    )
    assert await goes_to(store, case) == (None, "kari@example.no")


async def test_a_debtor_that_is_found_or_shown_tells_its_family(store: Store) -> None:
    await reached(store)
    async with store.database.transaction() as connection:
        found = {each.customer_number: each for each in await find_debtors(connection, "acme", "Firma", NOW)}
        of_child = await standing_shown(connection, "acme", NORTH, None, LAWS, NOW)
    assert (found[NORTH].parent, found[NORTH].children) == (TOP, ())
    assert (found[TOP].parent, found[TOP].children) == (None, (NORTH, SOUTH))
    assert of_child.written_to == "Firma K-100 AS"
    assert of_child.parent == {"parent": TOP, "pays": False, "written_to": True, "name": "Firma K-100 AS"}
