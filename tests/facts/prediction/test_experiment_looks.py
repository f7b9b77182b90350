"""Which debtors had trouble while it counted: complaints by every way that tells of them, each kind once."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.experiments.result import Trouble
from domain.parties.topics import Other
from facts.deliveries import provider_events
from facts.prediction import experiment_looks
from facts.prediction.experiment_looks import Exposed
from tests.store import NOW, Store
from tests.trials import owed_by, trying
from web.webhooks.sendgrid import our_event

SINCE, UNTIL = NOW - timedelta(days=15), NOW - timedelta(days=1)
AT = NOW - timedelta(days=10)
BOTH = {Trouble.COMPLAINT, Trouble.OPT_OUT}


@pytest.fixture(autouse=True)
async def _tried(store: Store) -> None:
    """A policy tries something."""
    await trying(store)


async def sendgrid(store: Store, delivery: UUID, event: str, at: datetime = AT, **more: Any) -> None:
    """SendGrid tells of a mail."""
    told = {"event": event, "sg_event_id": str(uuid4()), "delivery_id": str(delivery), "timestamp": int(at.timestamp())}
    async with store.database.transaction() as connection:
        await provider_events.record(connection, our_event(told | more), NOW)


async def mail(store: Store, case: int) -> UUID:
    """A mail to the debtor of a case, which was sent before the days that count."""
    delivery = await store.claim(case)
    await store.do("update delivery set claimed_at = :at where id = :id", at=SINCE - timedelta(days=1), id=delivery)
    return delivery


async def wrote(store: Store, case: int, topic: str | None, at: datetime = AT, automatic: str | None = None) -> None:
    """The debtor of a case wrote something."""
    await store.do(
        """insert into reply (creditor_id, debtor_id, case_id, channel, text, topic, automatic, happened_at)
        select creditor_id, debtor_id, id, 'email', 'x', :topic, :automatic, :at from dunning_case where id = :case""",
        case=case,
        topic=topic,
        automatic=automatic,
        at=at,
    )


async def trouble(store: Store, case: int) -> set[Trouble]:
    """What trouble the debtor of a case had."""
    debtor = await store.one("select debtor_id from dunning_case where id = :case", case=case)
    async with store.database.transaction() as connection:
        found = await experiment_looks.troubled(connection, [Exposed(debtor, SINCE, UNTIL)])
    assert len(found) == len(set(found))
    return {kind for whose, kind in found if whose == debtor}


async def test_a_report_of_spam_is_a_complaint_and_an_opt_out_and_once_however_often_it_is_told(store: Store) -> None:
    case, other = await owed_by(store, "A", None), await owed_by(store, "A", None, creditor="beta")
    delivery = await mail(store, case)
    await sendgrid(store, delivery, "delivered")
    assert await trouble(store, case) == set()
    for _ in range(2):
        await sendgrid(store, delivery, "spamreport")
    assert await trouble(store, case) == BOTH
    assert Trouble.COMPLAINT not in await trouble(store, other)  # the same person, of another creditor


async def test_whoever_unsubscribes_or_is_left_out_for_a_report_of_before_complains_of_nothing(store: Store) -> None:
    case = await owed_by(store, "A", None)
    await sendgrid(store, await mail(store, case), "dropped", reason="Spam Reporting Address")
    assert Trouble.COMPLAINT not in await trouble(store, case)
    other = await owed_by(store, "B", None)
    await sendgrid(store, await mail(store, other), "unsubscribe")
    assert await trouble(store, other) == {Trouble.OPT_OUT}


@pytest.mark.parametrize("at", [SINCE - timedelta(seconds=1), UNTIL])
async def test_what_happened_before_the_days_that_count_or_after_them_is_none(store: Store, at: datetime) -> None:
    case = await owed_by(store, "A", None)
    await sendgrid(store, await mail(store, case), "spamreport", at)
    await wrote(store, case, Other.COMPLAINT, at)
    assert await trouble(store, case) == set()


async def test_a_message_about_a_complaint_counts_and_one_that_no_person_wrote_does_not(store: Store) -> None:
    case, machine, thanks = [await owed_by(store, each, None) for each in "ABC"]
    await wrote(store, case, Other.COMPLAINT)
    await wrote(store, machine, Other.COMPLAINT, automatic="absence")
    await wrote(store, thanks, Other.THANKS)
    assert [await trouble(store, each) for each in (case, machine, thanks)] == [{Trouble.COMPLAINT}, set(), set()]
