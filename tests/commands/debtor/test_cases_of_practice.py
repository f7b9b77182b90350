"""The cases of practice that a debtor's life makes, from what is told to what the planner does next and what is charged."""

from datetime import timedelta
from typing import Any

import pytest

from domain.planner.action import Action, ActionKind
from domain.vocabulary import Channel
from planning.service import Planning
from tests.commands.debtor.test_change import GURI, LAWS, say, tasks
from tests.facts.money.test_late_facts import charged
from tests.store import NOW, TODAY, Store

FRESH: dict[str, Any] = {"issue_date": TODAY, "due_date": TODAY + timedelta(days=14)}
OVERDUE: dict[str, Any] = {"issue_date": TODAY - timedelta(days=30), "due_date": TODAY - timedelta(days=15)}


async def next_of(store: Store, case: int) -> Action:
    async with store.database.transaction() as connection:
        return (await Planning(LAWS).plan(connection, case, NOW)).action


async def next_acts(store: Store, *cases: int) -> list[tuple[str, str | None, str | None]]:
    """What each case does next: the act, its channel and its flag."""
    acts = [await next_of(store, case) for case in cases]
    return [(act.kind, act.channel, act.flag) for act in acts]


async def test_4_death(store: Store) -> None:
    """All cases stop, a task to file with the estate; only the estate is contacted."""
    fresh, overdue = await store.invoice("1001", **FRESH), await store.invoice("1002", reference=None, **OVERDUE)
    await say(store, stop_reason="deceased", since=TODAY - timedelta(days=5))
    assert await next_acts(store, fresh, overdue) == [("wait", None, "debtor stopped")] * 2
    assert await tasks(store) == [("file claim", TODAY + timedelta(days=37), True)] * 2
    await say(store, estate={"name": "Ola Arving", "email": "ola@arving.example"})
    assert await next_acts(store, fresh, overdue) == [("deliver", "email", None), ("wait", None, "debtor stopped")]
    await say(store, estate_rejected=True)
    assert await next_acts(store, fresh, overdue) == [("wait", None, "debtor stopped")] * 2


@pytest.mark.parametrize("reason", ["insolvent", "debt settlement"])
async def test_5_bankruptcy_or_debt_settlement(store: Store, reason: str) -> None:
    """Stop, a task to file the claim; later invoices run apart."""
    before = await store.invoice("1001", **OVERDUE)
    await say(store, stop_reason=reason, since=TODAY - timedelta(days=1))
    later = await store.invoice("1002", reference=None, **FRESH)
    assert await next_acts(store, before, later) == [("wait", None, "debtor stopped"), ("deliver", "email", None)]
    assert [(kind, due_on) for kind, due_on, _ in await tasks(store)] == [("file claim", TODAY + timedelta(days=20))]


@pytest.mark.parametrize("reason", ["insolvent", "debt settlement"])
async def test_5_a_later_invoice_that_is_there_already_is_not_to_be_filed(store: Store, reason: str) -> None:
    """An invoice that came before the news of an earlier bankruptcy runs apart, too."""
    await store.invoice("1001", **OVERDUE)
    later = await store.invoice("1002", reference=None, **FRESH)
    await say(store, stop_reason=reason, since=TODAY - timedelta(days=1))
    asked = await store.rows("select case_id from task where kind = 'file claim'")
    assert [row.case_id for row in asked] == [later - 1]


async def test_6_minor(store: Store) -> None:
    """Fees and interest are reversed; no calls, SMS or email; a letter to the guardian."""
    case = await store.invoice("1001", **FRESH)
    await charged(store, case)
    await say(store, stop_reason="minor")
    facts = (await store.load(case)).facts
    assert (facts.charged, facts.interest_charged) == (0, 0)
    assert (await next_of(store, case)).channel is Channel.LETTER
    assert await tasks(store) == [("guardian", None, True)]
    await say(store, representative=GURI | {"address_lines": ["Nygata 2"], "postcode": "0155", "city": "Oslo"})
    assert (await next_of(store, case)).channel is Channel.LETTER  # though the guardian has an email address


async def test_7_guardian_or_debt_adviser(store: Store) -> None:
    """Every message to the representative; the debtor's channels are muted."""
    case = await store.invoice("1001", **FRESH)
    await say(store, representative={"name": "Guri Verge", "phone": "+4791234567"}, until=TODAY + timedelta(days=30))
    assert (await next_of(store, case)).channel is Channel.SMS  # the debtor's email address is not used
    await say(store, representative=None)
    assert (await next_of(store, case)).channel is Channel.EMAIL


async def test_8_protected_address(store: Store) -> None:
    """Only channels that the debtor gave; a person approves each letter."""
    case = await store.invoice("1001", **FRESH)
    await say(store, protected_address=True)
    assert (await next_of(store, case)).channel is Channel.EMAIL
    await store.do("update contact_point set state = 'bounced' where channel <> 'letter'")
    assert await next_acts(store, case) == [("wait", None, "protected address")]
    await store.command(case, "send_now", step="invoice")
    assert await next_acts(store, case) == [("deliver", "letter", None)]


async def test_9_not_me(store: Store) -> None:
    """The contact is marked wrong, the step counts as not delivered, its fee is taken back; the next channel is used."""
    case = await store.invoice("1001", **FRESH)
    await store.accept(await store.claim(case, "invoice"))
    await say(store, not_me="kari@example.no")
    states = await store.rows("select channel, state from contact_point where channel = 'email'")
    assert [state for _, state in states] == ["wrong"]
    act = await next_of(store, case)
    assert (act.kind, act.step, act.channel) == (ActionKind.DELIVER, "invoice", Channel.SMS)
    assert await tasks(store) == [("address", None, True)]
