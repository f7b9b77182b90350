"""Every use of a guess is kept: a step taken or left out because of one, with the guess as it was, until the debtor objects."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest

from commands.debtor.change import DebtorChange, change_debtor
from facts.prediction import uses
from facts.prediction.proposals import NewProposal
from facts.prediction.uses import Used
from planning.service import Planning
from tests.facts.prediction.test_proposals import propose
from tests.guesses import in_segment, scored
from tests.store import LAWS, NOW, TODAY, Store
from views.stored_about import stored_about
from views.why import in_words, why_next

DUE = TODAY + timedelta(days=14)  # a Wednesday
THEN = NOW + timedelta(days=21)
"""The optional call is due, and the reminder ahead."""


async def decided(store: Store, case: int, at: datetime = THEN) -> list[Used]:
    """The uses that are kept once the case was decided about, twice, and acted upon."""
    planning = Planning(LAWS)  # which has read no policy yet
    for _ in range(2):
        async with store.database.transaction() as connection:
            await planning.answer(connection, await planning.plan_act(connection, case, at), at)
    async with store.database.transaction() as connection:
        return await uses.of_case(connection, case)


async def waiting(store: Store, when: str) -> int:
    """A case of whose invoice and due date the debtor was told, under a policy with an optional call for whom `when` says."""
    case = await store.invoice(issue_date=TODAY, due_date=DUE)
    call = f"  - {{id: kind-call, at: due date + 7 days, channel: phone, when: {{{when}}}}}\n  - id: reminder\n"
    await store.do(
        "update policy_text set text = replace(text, :before, :call)", before="  - id: reminder\n", call=call
    )
    await store.do("update bank_account set imported_through = :on", on=THEN.date())
    for step, at in (("invoice", NOW), ("due-date-reminder", THEN - timedelta(days=7))):
        delivery = await store.claim(case, step, at=at)
        await store.accept(delivery, at)
        await store.do(
            "update delivery set message = :step, read_at = :at where id = :id", step=step, at=at, id=delivery
        )
    return case


@pytest.mark.parametrize(("below", "taken"), [("40 %", True), ("20 %", False)])
async def test_a_step_that_a_guess_decided_about_is_in_the_log_once(store: Store, below: str, taken: bool) -> None:
    case = await waiting(store, f"chance_below: {below}")
    await scored(store, case, at=THEN)
    version = await store.one("select max(id) from model_version")
    (use,) = await decided(store, case)
    assert use == Used("kind-call", taken, "chance_below", Decimal("0.3000"), None, str(version), THEN, THEN)
    async with store.database.transaction() as connection:
        lines = list(in_words(await why_next(connection, Planning(LAWS), case, THEN)))
    assert "because of a guess" in lines
    done = "taken" if taken else "left out"
    assert lines[lines.index("because of a guess") + 1].endswith(
        f"kind-call was {done}: paid within 14 days 30%, by version {version}"
    )


async def test_what_no_guess_decided_is_not_in_it(store: Store) -> None:
    case = await waiting(store, "chance_below: 40 %")
    assert await decided(store, case) == []
    await store.do("update invoice set segment = 'valued'")
    await in_segment(store, "others")
    assert await decided(store, case) == []


USED = """insert into guess_use (case_id, round, step, taken, asked, chance, version, guessed_at, happened_at)
  values (:case, 1, :step, true, :asked, 0.3, '1', :now, :now)"""
LEARNS = "chance_below: 40 %}, learn: {hour: true"
TRIED = """
experiments:
  - {id: tried, step: kind-call, arms: {usual: {}, nothing: {hold_out: true}}, share: {usual: 50 %, nothing: 50 %}, sample: 4000}
"""
ASSIGN = """insert into experiment_assignment (creditor_id, experiment, policy_hash, debtor_id, arm, share, assigned_at)
  select creditor_id, 'tried', policy_hash, debtor_id, :arm, 0.5, :at from dunning_case where id = :case"""


async def test_what_was_proposed_and_taken_is_in_it_beside_the_guess(store: Store) -> None:
    case = await waiting(store, LEARNS)
    await scored(store, case, at=THEN)
    day_before, morning = THEN - timedelta(days=1), time(8, 30)
    proposal = NewProposal(case, 1, "kind-call", None, morning, None, None, Decimal("0.9"), explored=False)
    await propose(store, proposal, name="second", at=day_before)
    first, second = [row.id for row in await store.rows("select id from model_version order by id")]
    (use,) = await decided(store, case)
    asked, version = "chance_below and learn", f"{first} and {second}"
    assert use == Used("kind-call", True, asked, Decimal("0.3000"), None, version, day_before, THEN, "08:30")
    assert await said_of(store, case) == (
        f"kind-call was taken: paid within 14 days 30%, it was proposed to go 08:30, by version {version}"
    )


async def test_what_was_proposed_and_not_taken_is_not_in_it(store: Store) -> None:
    case = await waiting(store, LEARNS)
    later = NewProposal(case, 1, "kind-call", None, time(18), None, None, Decimal("0.9"), explored=False)
    await propose(store, later, at=THEN - timedelta(days=1))
    assert await decided(store, case) == []


@pytest.mark.parametrize(("arm", "taken"), [("usual", True), ("nothing", False)])
async def test_an_arm_is_in_it_whether_something_was_sent_in_it_or_not(store: Store, arm: str, taken: bool) -> None:
    case = await waiting(store, "segment: valued")
    await store.do("update policy_text set text = text || :tried", tried=TRIED)
    await store.do("update invoice set segment = 'valued'")
    await store.do(ASSIGN, case=case, arm=arm, at=NOW)
    (use,) = await decided(store, case)
    assert (use.step, use.taken, use.asked, use.guessed_at) == ("kind-call", taken, f"experiment tried: {arm}", THEN)
    assert use.version.startswith("policy ")
    done = "taken" if taken else "left out"
    assert (
        await said_of(store, case)
        == f"kind-call was {done}: in the arm {arm} of experiment tried, by version {use.version}"
    )


async def test_the_debtor_reads_in_which_arm_or_as_what_was_proposed_each_step_went(store: Store) -> None:
    case = await waiting(store, "chance_below: 40 %")
    said = NewProposal(case, 1, "kind-call", "sms", time(8, 30), "kind", "quick", Decimal("0.9"), explored=False)
    await propose(store, said, replace(said, step="nudge"), at=NOW)
    for step, asked in (
        ("kind-call", "chance_below and learn"),
        ("nudge", "experiment tried: usual"),
        ("gone", "segment"),
    ):
        await store.do(USED, case=case, step=step, asked=asked, now=NOW)
    debtor = await store.one("select debtor_id from dunning_case where id = :case", case=case)
    async with store.database.transaction() as connection:
        told = await stored_about(connection, debtor, protected=False)
    (uses_of_guesses,) = (each for each in told if each.table == "guess_use")
    shown = ("experiment", "arm", "channel", "clock", "tone", "besides")
    assert {row["step"]: tuple(row[name] for name in shown) for row in uses_of_guesses.rows} == {
        "kind-call": (None, None, "sms", "08:30", "kind", "quick"),
        "nudge": ("tried", "usual", None, None, None, None),  # of what was proposed nothing was taken
        "gone": (None,) * 6,
    }


async def said_of(store: Store, case: int) -> str:
    """What `why` says of the one use of a case."""
    async with store.database.transaction() as connection:
        lines = list(in_words(await why_next(connection, Planning(LAWS), case, THEN)))
    return lines[lines.index("because of a guess") + 1].partition(" UTC ")[2]


async def test_it_is_never_changed_and_erased_at_once_by_an_objection(store: Store) -> None:
    case = await waiting(store, "chance_below: 40 %")
    await store.do(USED, case=case, step="kind-call", asked="chance_below", now=NOW)
    with pytest.raises(Exception, match="append-only"):
        await store.do("update guess_use set taken = false")
    async with store.database.transaction() as connection:
        told = DebtorChange.model_validate({"by": "anne", "reason_code": "called", "objects_to_profiling": True})
        await change_debtor(connection, Planning(LAWS), "acme", "K-1", None, told, NOW)
    assert await store.rows("select id from guess_use") == []
