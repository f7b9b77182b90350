"""The register counts what was decided, of one creditor and in the time; what leaves no fact is not counted as none."""

from datetime import timedelta

from domain.automated_decisions import REGISTER
from domain.vocabulary import Channel
from tests.guesses import scored
from tests.store import NOW, Store
from tests.views.reports.test_receivables import report
from tests.views.reports.test_steps import sent

USE = """insert into guess_use (case_id, round, step, taken, asked, chance, version, guessed_at, happened_at)
  values (:case, 1, :step, true, :asked, 0.3, '1', :at, :at)"""


async def test_decisions_are_counted_by_their_facts(store: Store) -> None:
    case = await store.invoice()
    at = NOW - timedelta(days=3)
    await sent(store, case, "reminder", Channel.EMAIL, at, "0.05")
    await sent(store, case, "reminder", Channel.SMS, at, "0.60")
    await sent(store, case, "long-ago", Channel.SMS, NOW - timedelta(days=90), "0.60")
    await scored(store, case, at=at)
    await store.do(USE, case=case, step="nudge", asked="chance_below", at=at)
    for step, asked in (("call", "segment and learn"), ("hint", "learn"), ("word", "experiment evening: quick")):
        await store.do(USE, case=case, step=step, asked=asked, at=at)
    await store.do(USE, case=case, step="long-ago", asked="chance_below", at=NOW - timedelta(days=90))
    made = await report(store, "automated-decisions")
    assert [row["decision"] for row in made.rows] == [each.name for each in REGISTER]
    times = {row["decision"]: row["times"] for row in made.rows if row["times"]}
    assert times == {
        "send a message": 2,
        "choose the channel": 1,
        "guess when an invoice is paid, why it is late, how a debtor pays, and who is alike": 1,
        "take or leave out an optional step": 2,
        "let a kind contact go as was proposed or in its arm": 3,
    }
    assert [row["decision"] for row in made.rows if row["times"] is None] == ["go on, wait or close a case"]
    since = (NOW - timedelta(days=29)).date()
    assert made.sentences["acme"] == (
        f"{len(REGISTER)} kinds of decisions are automated; a guess was used 2 times and a contact went as was proposed "
        f"or in its arm 3 times since {since}"
    )


async def test_another_creditors_decisions_are_not_counted(store: Store) -> None:
    case = await store.invoice()
    await sent(store, case, "reminder", Channel.EMAIL, NOW - timedelta(days=3), "0.05")
    await store.do("update delivery set creditor_id = 'beta'")
    assert {row["times"] for row in (await report(store, "automated-decisions")).rows} == {0, None}
