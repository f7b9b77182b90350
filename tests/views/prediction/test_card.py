"""The card of a model says from what it was learned, how good it is for whom, and who chose it; a few are not told apart."""

from datetime import timedelta
from typing import Any

import pytest

from commands.prediction.choice import go_back, take_trained
from facts.prediction.versions import ModelName, Trained, in_use
from facts.refusals import Unknown
from tests.store import NOW, Store
from tests.world import debtor
from views.prediction.card import ABOUT, card

FIGURE = [0.71, 0.66, 0.76]
MEASURED = {"moments": 900, "customers": 120, "paid": 0.4} | dict.fromkeys(
    ("auc", "brier", "log_loss", "calibration_error", "too_high"), FIGURE
)
SEEN = {"moments": 900, "invoices": 300, "customers": 120, "creditors": 2, "cold_share": 0.2}
PAYMENT: dict[str, Any] = {
    "verdict": "better than the shrunk ratio by 0.021",
    "learned_from": SEEN,
    "calibrated_on": SEEN,
    "measured_on": SEEN,
    "learned_until": "2026-01-31",
    "calibrated_until": "2026-03-31",
    "through": "2026-06-30",
    "figures": {"boosted": {"14": MEASURED}, "base rate": {"14": MEASURED}},
    "cold": {"boosted": {"14": MEASURED | {"auc": [None, None, None]}}},
    "groups": {"age group": {"18-29": MEASURED, "70+": MEASURED | {"customers": 9}}, "language": {}},
    "features": [{"feature": "late_share", "about": "past", "log_loss": 0.02}],
}


async def learned(store: Store, name: ModelName, metrics: dict[str, Any], why: str = "") -> None:
    """A version, in use where nothing is wrong with it."""
    async with store.database.transaction() as connection:
        trained = Trained(name, f"data-{why}", "code-1", metrics, b"", why)
        await take_trained(connection, trained, await in_use(connection, name), NOW)


async def written(store: Store, name: ModelName, number: int | None = None) -> str:
    """The card."""
    async with store.database.transaction() as connection:
        return await card(connection, name, number)


async def test_the_card_of_a_guess_says_how_good_it_is_for_whom(store: Store) -> None:
    await learned(store, "payment", PAYMENT)
    told = await written(store, "payment")
    for line in (
        f"- May not: {ABOUT['payment'].may_not}",
        "- Learned from 900 moments of 300 invoices of 120 customers of 2 creditors, through 2026-01-31.",
        "- Learned 2026-07-01 10:00 UTC; data `data-`, code `code-1`.",
        "- 2026-07-01 10:00 UTC: used by purr (learned)",
        f"| boosted | 14 | 120 |{4 * ' 0.710 (0.660 to 0.760) |'}",
        "| age group | 18-29 | 120 | 0.710 (0.660 to 0.760) | 0.710 (0.660 to 0.760) |",
        "| language | nobody told who is in which | - | - | - |",
        "| postcode income | nobody told who is in which | - | - | - |",
        "1 groups of fewer than 10 customers each are not shown.",
        "It leans most on: late share.",
    ):
        assert f"\n{line}\n" in told, line
    assert "70+" not in told
    assert "| boosted (cold) | 14 | 120 | - |" in told


async def test_a_version_that_did_not_pass_says_why_and_one_that_was_taken_back_by_whom(store: Store) -> None:
    await learned(store, "words", {"messages": 400, "stops_found": 0.99})
    await learned(store, "words", {"messages": 400}, why="it finds fewer stops")
    first, second = await store.rows("select id from model_version order by id")
    assert "It did not pass its gate, and cannot be used: it finds fewer stops." in await written(
        store, "words", second.id
    )
    async with store.database.transaction() as connection:
        await go_back(connection, "words", "kim", "worse", NOW + timedelta(days=1))
    assert "It is not in use." in await written(store, "words", first.id)
    with pytest.raises(Unknown, match="models list"):
        await written(store, "words")
    with pytest.raises(Unknown):
        await written(store, "payment", first.id)


async def test_words_are_told_by_language_as_people_confirmed_them_and_few_are_not_shown(store: Store) -> None:
    await learned(store, "words", {"messages": 400, "confirmed": 3, "stops_found": 0.99, "right_among_two": 0.9})
    for place in range(13):
        language = "sv" if place < 3 else "nb"
        who = debtor(name=f"Ola {place}", customer_number=f"K-{place}", language=language)
        await store.invoice(f"{place}", reference=None, debtor=who)
    await store.do(
        """with r as (insert into reply (creditor_id, debtor_id, channel, text, happened_at)
             select creditor_id, id, 'email', 'words', :at from debtor where creditor_id = 'acme' returning id, debtor_id)
           insert into reply_verdict (reply_id, kind, verdict, by, happened_at)
           select r.id, 'paid', case when customer_number in ('K-5', 'K-10') then 'changed' else 'confirmed' end, 'anne', :at
           from r join debtor d on d.id = r.debtor_id""",
        at=NOW + timedelta(days=1),
    )
    told = await written(store, "words")
    assert "| nb | 10 | 0.800 (0.490 to 0.943) |" in told
    assert "| sv |" not in told
    assert "1 languages of fewer than 10 debtors each are not shown." in told
    assert "| right among two | 0.900 (0.867 to 0.926) |" in told
    assert "| stops found | 0.990 |" in told


CONTACTS = {
    "verdict": "1 of 2 parts have a value that is surely better than another",
    "choices": 4812,
    "all, channel": "sms rather than email",
    "consumer, clock": "none is surely better",
}


async def test_the_card_of_what_contacts_do_says_of_whom_what_is_surely_better(store: Store) -> None:
    await learned(store, "contacts", CONTACTS)
    told = await written(store, "contacts")
    for line in (
        f"- May not: {ABOUT['contacts'].may_not}",
        "- 4812 contacts whose way was left to chance, with how probable it was.",
        "1 of 2 parts have a value that is surely better than another.",
        "| all | channel | sms rather than email |",
        "| consumer | clock | none is surely better |",
        "- 2026-07-01 10:00 UTC: used by purr (learned)",
    ):
        assert f"\n{line}\n" in told, line
