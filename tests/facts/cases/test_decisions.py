"""A decision is kept in its case and in the case's history."""

from dataclasses import replace

from domain.planner.action import Action, ActionKind
from facts.cases import decisions
from tests.store import NOW, Store


async def test_a_decision_is_kept_in_the_case_and_in_its_history(store: Store) -> None:
    case = await store.invoice()
    loaded = await store.load(case)
    wait = Action(ActionKind.WAIT, "on hold: promise", flag="disputed")
    close = Action(ActionKind.CLOSE, "paid in full", outcome="paid")
    async with store.database.transaction() as connection:
        await decisions.record(connection, loaded, wait, None, NOW)
        await decisions.record(connection, loaded, close, None, NOW)
    ((state, outcome, why, flag),) = await store.rows("select state, outcome, next_why, flag from dunning_case")
    assert (state, outcome, why, flag) == ("closed", "paid", "paid in full", None)
    kept = await store.rows("select kind, why, looked_seq, facts from decision order by id")
    assert [(row.kind, row.why, row.looked_seq) for row in kept] == [
        ("wait", "on hold: promise", 1),
        ("close", "paid in full", 1),
    ]
    assert kept[0].facts["balance"] == "802.00"


async def test_a_step_without_a_message_is_told_in_the_diary_once_a_round(store: Store) -> None:
    case = await store.invoice()
    action = Action(ActionKind.WAIT, "planned", left_out=(("due-date-reminder", "reminder comes instead"),))
    for _ in range(2):
        loaded = await store.load(case)
        async with store.database.transaction() as connection:
            new = await decisions.record_left_out(connection, loaded, action, NOW)
    assert new == []
    (event,) = await store.rows("select kind, by, detail from case_event where kind = 'message_left_out'")
    assert event.detail == {"round": 1, "step": "due-date-reminder", "why": "reminder comes instead"}
    await store.do("update dunning_case set round = 2")
    async with store.database.transaction() as connection:
        new = await decisions.record_left_out(connection, await store.load(case), action, NOW)
    assert new == ["due-date-reminder left out: reminder comes instead"]
    not_for = replace(action, left_out=(("nudge", "no customer"),))
    async with store.database.transaction() as connection:
        await decisions.record_left_out(connection, await store.load(case), not_for, NOW, ["nudge", "other"])
    marked = "select detail ->> 'step' from case_event where detail -> 'for_others' = 'true'"
    assert [row[0] for row in await store.rows(marked)] == ["nudge"]
