"""Contact data is kept fresh: whoever was not heard of at an address for a year is asked, and a dead one is a task."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from commands.debtor.change import DebtorChange, change_debtor
from domain.parties.freshness import old_since
from domain.parties.roles import ContactRole
from domain.vocabulary import Channel
from facts.deliveries import message_facts
from facts.parties import debtors
from facts.refusals import Refused
from tests.domain.builders import LAW
from tests.facts.parties.test_debtors import ANNE
from tests.store import NOW, PLANNING, TODAY, Store
from tests.world import debtor

LONG_AGO, LATELY = NOW - timedelta(days=400), NOW - timedelta(days=300)
TASKS = "select why, done_at is null as open from task where kind = 'address' order by id"


async def asks(store: Store, case: int) -> bool:
    """Whether an email of today would ask if the address is still right."""
    async with store.database.transaction() as connection:
        old = old_since(LAW.calendar, TODAY)
        parties, _ = await message_facts.read(
            connection, case, Channel.EMAIL, [case], None, "reminder", tracked=True, old=old
        )
        return parties.asks_whether_right


@pytest.mark.parametrize(
    ("given", "wrote", "read", "asked", "expected"),
    [
        (LONG_AGO, None, None, None, True),
        (LATELY, None, None, None, False),
        (LONG_AGO, LATELY, None, None, False),
        (LONG_AGO, LONG_AGO, None, None, True),
        (LONG_AGO, None, LATELY, None, False),
        (LONG_AGO, None, LONG_AGO, None, True),
        (LONG_AGO, None, None, LATELY, False),  # once is enough for a year
        (LONG_AGO, None, None, LONG_AGO, True),
        (LONG_AGO, LONG_AGO, LATELY, LONG_AGO, False),
    ],
)
async def test_who_gave_no_sign_at_an_address_for_twelve_months_is_asked_once(
    store: Store,
    given: datetime,
    wrote: datetime | None,
    read: datetime | None,
    asked: datetime | None,
    expected: bool,
) -> None:
    case = await store.invoice()
    delivery = await store.claim(case, at=LONG_AGO)
    known: dict[str, Any] = {"given": given, "wrote": wrote, "asked": asked}
    await store.do(
        "update contact_point set happened_at = :given, last_confirmed_at = :given, wrote_from_at = :wrote,"
        " asked_at = :asked where channel = 'email'",
        **known,
    )
    await store.do("update delivery set read_at = :read where id = :id", read=read, id=delivery)
    await store.invoice("2001")  # a billing system repeats what it has, right or wrong: no sign of the debtor's
    assert await asks(store, case) is expected


@pytest.mark.parametrize(
    ("channel", "contact", "why"),
    [
        (Channel.EMAIL, "bounced", "email bounced: find another address, or the right one"),
        (Channel.SMS, "bounced", "sms bounced: find another address, or the right one"),
        (Channel.LETTER, "wrong", "letter came back: find another address, or the right one"),
        (Channel.SMS, "opted out", None),
        (Channel.EMAIL, None, None),
    ],
)
async def test_a_dead_address_is_one_task_whatever_else_works(
    store: Store, channel: Channel, contact: str | None, why: str | None
) -> None:
    case = await store.invoice()
    first, second = await store.claim(case, channel=channel), await store.claim(case, "later", channel)
    assert (await store.fail(first, contact), await store.fail(second, contact)) == (True, True)
    assert [(row.why, row.open) for row in await store.rows(TASKS)] == ([(why, True)] if why else [])


@pytest.mark.parametrize(
    ("given", "by", "still_open"),
    [
        ("new@example.no", "import", False),
        ("kari@example.no", "import", True),  # repeated every night, right or wrong
        ("new@example.no", "sync", False),
        ("kari@example.no", "sync", True),
        ("new@example.no", "anne", False),
        ("kari@example.no", "anne", False),  # it is right, says a person
    ],
)
async def test_the_task_is_done_once_an_address_of_its_channel_works(
    store: Store, given: str, by: str, still_open: bool
) -> None:
    case = await store.invoice(debtor=debtor(email="kari@example.no"))
    await store.fail(await store.claim(case))
    await store.fail(await store.claim(case, channel=Channel.SMS))
    if by == "import":
        await store.invoice("2001", debtor=debtor(email=given))
    else:
        async with store.database.transaction() as connection:
            found = await debtors.find(connection, "acme", "K-1")
            assert found is not None
            operator = ANNE if by == "anne" else None
            await debtors.change(connection, found, found, [("email", given, False)], NOW, operator)
    assert [row.open for row in await store.rows(TASKS)] == [still_open, True]
    assert await store.one("select count(*) from contact_point where address = 'kari@example.no'") == 1  # as history


@pytest.mark.parametrize("whose", ["the parent's", "another's"])
async def test_the_task_of_a_parents_dead_address_on_a_childs_case_is_done_once_the_parent_has_another(
    store: Store, whose: str
) -> None:
    parent = debtor(kind="business", customer_number="K-1", name="Topp AS", email="top@example.no")
    await store.invoice(debtor=parent)
    case = await store.invoice(
        "2001", debtor=debtor(kind="business", customer_number="K-2", name="Nord AS", email=None)
    )
    await store.invoice("3001", debtor=debtor(kind="business", customer_number="K-3", name="Vest AS"))
    await store.do("update debtor set written_to = 'K-1' where customer_number = 'K-2'")
    point = await store.one("select id from contact_point where address = 'top@example.no'")
    async with store.database.transaction() as connection:
        await debtors.ask_for_another(connection, point, case, "email bounced: find another address", NOW)
        await connection.execute(text("update contact_point set state = 'bounced' where id = :id"), {"id": point})
        found = await debtors.find(connection, "acme", "K-1" if whose == "the parent's" else "K-3")
        assert found is not None
        await debtors.change(connection, found, found, [("email", "new@example.no", False)], NOW, ANNE)
    assert [row.open for row in await store.rows(TASKS)] == [whose == "another's"]


NAMES = {"": "all@example.no", "invoice": "invoice@example.no", "approver": "approver@example.no"}


@pytest.mark.parametrize(
    ("known", "wanted", "reached"),
    [
        (["", "invoice", "approver"], "invoice", "invoice"),
        (["", "invoice", "approver"], "approver", "approver"),
        (["", "invoice", "approver"], "reminder", ""),
        (["invoice", "approver"], "reminder", "invoice"),
        (["approver"], "invoice", "approver"),
        (["approver", ""], "invoice", ""),
        ([""], "approver", ""),
    ],
)
async def test_the_contact_of_the_role_is_written_to_else_the_nearest(
    store: Store, known: list[str], wanted: ContactRole, reached: str
) -> None:
    case = await store.invoice(debtor=debtor(kind="business", email=None))
    for role in known:
        await give(store, NAMES[role], role or None)
    async with store.database.transaction() as connection:
        parties, _ = await message_facts.read(
            connection, case, Channel.EMAIL, [case], None, wanted, tracked=True, old=LONG_AGO
        )
    assert parties.contact_address == NAMES[reached]
    assert {
        contact.role for contact in (await store.load(case)).facts.contacts if contact.channel is Channel.EMAIL
    } == {*known}


async def test_an_address_of_a_role_takes_the_place_of_that_roles_alone(store: Store) -> None:
    await store.invoice(debtor=debtor(kind="business", email="all@example.no"))
    for address, role in (("a@example.no", "invoice"), ("b@example.no", "approver"), ("c@example.no", "invoice")):
        await give(store, address, role)
    await store.invoice("2001", debtor=debtor(kind="business", email="new@example.no"))
    states = await store.rows("select address, role, state from contact_point where channel = 'email' order by id")
    assert [tuple(row) for row in states] == [
        ("all@example.no", None, "replaced"),
        ("a@example.no", "invoice", "left"),
        ("b@example.no", "approver", "valid"),
        ("c@example.no", "invoice", "valid"),
        ("new@example.no", None, "valid"),
    ]


async def test_a_private_person_has_no_contacts_by_role(store: Store) -> None:
    await store.invoice()
    with pytest.raises(Refused, match="private person"):
        await give(store, "approver@example.no", "approver")


async def give(store: Store, address: str, role: str | None) -> None:
    """An operator gives an address of a role."""
    told = DebtorChange.model_validate({"email": address, "role": role, "by": "anne", "reason_code": "told"})
    async with store.database.transaction() as connection:
        await change_debtor(connection, PLANNING, "acme", "K-1", None, told, NOW)
