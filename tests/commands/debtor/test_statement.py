"""A statement of account is sent by one of the debtor's cases: as it stands then, once, without a fee or a threat."""

from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import pytest
from pypdf import PdfReader

from activities.cases.compose import Composed, Composer
from channels.specs import SPECS
from commands.debtor.statement import send_statement
from connectors.links import Links
from domain.planner.action import ActionKind
from domain.planner.occasions import STATEMENT, occasions
from domain.vocabulary import Channel
from facts.parties import debtors
from facts.refusals import CommandRefused
from tests.facts.money.test_statements import ALL, three
from tests.store import LAWS, NOW, PLANNING, TODAY, Store


async def sent(store: Store) -> str:
    """A statement that is asked for; gives the invoice whose case sends it."""
    async with store.database.transaction() as connection:
        kari = await debtors.find(connection, "acme", "K-1")
        assert kari is not None
        return await send_statement(connection, PLANNING, kari, "anne", "asked", str(uuid4()), NOW)


async def case_of(store: Store, number: str) -> int:
    """The case of an invoice."""
    case: int = await store.one(
        "select c.id from dunning_case c join invoice i on i.id = c.invoice_id where number = :number", number=number
    )
    return case


async def test_it_is_an_occasion_of_the_case_that_is_due_the_longest(store: Store) -> None:
    cases = await three(store)
    number = await sent(store)
    sender = await case_of(store, number)
    assert sender in cases
    facts = (await store.load(sender)).facts
    (told,) = [each for each in occasions(facts, LAWS["NO"].calendar, TODAY) if each.name == STATEMENT]
    assert (told.day, told.step.channels) == (TODAY, (Channel.EMAIL, Channel.SMS, Channel.LETTER))
    others = [await store.one("select count(*) from statement_request where case_id = :c", c=case) for case in cases]
    assert sum(others) == 1
    assert (await store.news(sender))[-1] == "statement_recorded"


async def test_another_case_sends_it_where_one_may_not_be_spoken_of(store: Store) -> None:
    await three(store)
    first = await sent(store)
    await store.command(await case_of(store, first), "dispute")
    assert await sent(store) != first


async def test_nothing_is_sent_to_the_dead_nor_where_nothing_is_asked_for(store: Store) -> None:
    await store.command(await store.invoice(), "dispute")
    with pytest.raises(CommandRefused, match="nothing is asked for"):
        await sent(store)
    await store.invoice("1002", reference=None, amount=Decimal(60))
    await store.known("deceased")
    with pytest.raises(CommandRefused, match="no statement is sent"):
        await sent(store)
    assert await store.one("select count(*) from statement_request") == 0


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS, Channel.LETTER])
async def test_it_says_all_that_is_owed_and_its_reference_pays_it(store: Store, channel: Channel) -> None:
    await three(store)
    number = await sent(store)
    composed = await composed_by(store, await case_of(store, number), channel)
    assert (composed.unwritable, composed.delivery.fee, composed.delivery.message) == (None, 0, "statement")
    said = str(composed.written.document).replace("\xa0", " ")
    if composed.written.pdf:
        pages = PdfReader(BytesIO(composed.written.pdf)).pages
        said = " ".join(page.extract_text() for page in pages).replace("\xa0", " ")
    reference = await store.one("select reference from account_statement")
    if channel is not Channel.SMS:
        assert all(each in said for each in ("1001", "1002", "1003", "1 235,23 kr"))
    assert reference in said
    assert (await store.pay("all", reference=reference, amount=ALL)).status == "booked"


async def composed_by(store: Store, case: int, channel: Channel) -> Composed:
    """What a case writes as its statement."""
    composer = Composer(Links(["a secret of at least 32 characters"], "https://purr.example"), SPECS)
    async with store.database.transaction() as connection:
        plan = await PLANNING.plan(connection, case, NOW)
        asked = await store.one("select max(id) from statement_request")
        action = replace(plan.action, kind=ActionKind.DELIVER, step=f"{STATEMENT}#{asked}", channel=channel)
        return await composer.compose(connection, [replace(plan, action=action)], NOW, None)
