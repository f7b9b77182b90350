"""What people decide: each command once, with who and why, and refused clearly where it makes no sense."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from commands.registry import COMMANDS
from domain.moment import moment_in
from facts.refusals import CommandRefused
from tests.begin import TODAY
from tests.store import NOW, Store

ASKED = """
insert into task (creditor_id, case_id, round, step, kind, why, happened_at)
values ('acme', :case, 1, 'hand-off', 'approval', 'why', :now)
"""
CLOSE = "update dunning_case set state = 'closed', outcome = 'paid'"


async def test_a_hold_pauses_a_case_until_its_end_and_a_release_ends_it(store: Store) -> None:
    case = await store.invoice()
    until = NOW + timedelta(days=5)
    assert await store.command(case, "hold", until=until, reason_code="promise") == 2
    held = (await store.load(case)).facts
    assert (held.held, held.held_until, held.hold_reason) == (True, until, "promise")
    await store.command(case, "release")
    assert (await store.load(case)).facts.held is False
    assert await store.news(case) == ["invoice_changed", "hold_recorded", "release_recorded"]


@pytest.mark.parametrize(
    ("until", "ends"),
    [
        ("2090-06-30", datetime(2090, 6, 30, 22, tzinfo=UTC)),  # summer: midnight is 22:00 UTC
        ("2090-12-31", datetime(2090, 12, 31, 23, tzinfo=UTC)),
        ("2090-03-25", datetime(2090, 3, 25, 23, tzinfo=UTC)),  # the day before clocks change
        (date(2090, 12, 24), datetime(2090, 12, 24, 23, tzinfo=UTC)),
        ("2090-06-30T12:00:00Z", datetime(2090, 6, 30, 12, tzinfo=UTC)),
        ("2090-06-30T00:00:00+02:00", datetime(2090, 6, 29, 22, tzinfo=UTC)),
    ],
)
async def test_a_hold_until_a_day_lasts_to_the_end_of_that_day_where_the_debtor_is(
    store: Store, until: object, ends: datetime
) -> None:
    case = await store.invoice()
    await store.command(case, "hold", until=until)
    assert (await store.load(case)).facts.held_until == ends


async def test_a_hold_until_today_lasts_today_and_one_until_yesterday_is_past(store: Store) -> None:
    case, today = await store.invoice(), moment_in("NO", NOW).day
    await store.command(case, "hold", until=today)
    with pytest.raises(CommandRefused, match="is past"):
        await store.command(case, "hold", until=today - timedelta(days=1))
    with pytest.raises(ValidationError, match="has no zone"):
        await store.command(case, "hold", until="2090-06-30T12:00:00")


async def test_the_very_same_hold_is_one_and_is_told_once_until_it_is_released(store: Store) -> None:
    case = await store.invoice()
    asked = {"until": NOW + timedelta(days=5), "reason_code": "storm", "note": "it's 100 % sure"}
    for _ in range(2):
        await store.command(case, "hold", **asked)
    assert await store.news(case) == ["invoice_changed", "hold_recorded"]
    others = ({"until": None}, {"reason_code": "flood"}, {"note": None}, {"by": "else"})
    for other in others:  # each says something else, so each is kept
        await store.command(case, "hold", **asked | other)
    assert len(await store.news(case)) == 2 + len(others)
    await store.command(case, "release")
    await store.command(case, "hold", **asked)
    assert (await store.load(case)).facts.held is True


async def test_a_release_for_one_reason_leaves_the_other_holds(store: Store) -> None:
    case = await store.invoice()
    await store.command(case, "hold", reason_code="storm")
    await store.command(case, "hold", reason_code="moved")
    with pytest.raises(CommandRefused, match="no hold for the reason sun"):
        await store.command(case, "release", held_for="sun")
    await store.command(case, "release", held_for="storm")
    facts = (await store.load(case)).facts
    assert (facts.held, facts.hold_reason) == (True, "moved")
    await store.command(case, "release", held_for="moved")
    assert not (await store.load(case)).facts.held


async def test_of_two_holds_the_longest_counts(store: Store) -> None:
    case = await store.invoice()
    await store.command(case, "hold", until=NOW + timedelta(days=5))
    await store.command(case, "hold", reason_code="open-ended")
    facts = (await store.load(case)).facts
    assert (facts.held_until, facts.hold_reason) == (None, "open-ended")


async def test_the_same_command_told_twice_is_done_once(store: Store) -> None:
    case = await store.invoice()
    assert await store.command(case, "hold", id="h1") == 2
    assert await store.command(case, "hold", id="h1") == 2
    assert await store.one("select count(*) from hold") == 1


async def test_the_same_command_told_at_two_doors_at_once_is_done_once_and_answered_alike(store: Store) -> None:
    case = await store.invoice()
    assert await asyncio.gather(*(store.command(case, "hold", id="h1") for _ in range(2))) == [2, 2]
    assert await store.one("select count(*) from hold") == 1
    assert await store.news(case) == ["invoice_changed", "hold_recorded"]


async def test_an_id_that_came_with_another_command_or_for_another_case_is_refused(store: Store) -> None:
    case, other = await store.invoice("1001"), await store.invoice("1002")
    await store.command(case, "hold", id="h1")
    for asked, name in ((other, "hold"), (case, "withdraw")):
        with pytest.raises(CommandRefused, match="h1 came before with another command"):
            await store.command(asked, name, id="h1")


async def test_a_command_that_an_older_version_recorded_is_not_done_again(store: Store) -> None:
    case = await store.invoice()
    await store.do("insert into webhook_event (source, event_id, happened_at) values ('command', 'h1', :now)", now=NOW)
    assert await store.command(case, "hold", id="h1") == 0
    assert await store.one("select count(*) from hold") == 0


async def test_a_refused_command_may_come_again_under_its_id(store: Store) -> None:
    case = await store.invoice()
    with pytest.raises(CommandRefused):
        await store.command(case, "release", id="r1")
    await store.command(case, "hold")
    assert await store.command(case, "release", id="r1") == 3


@pytest.mark.parametrize("name", ["send_now", "skip"])
async def test_a_step_is_asked_for_or_left_out_in_this_round_alone(store: Store, name: str) -> None:
    case = await store.invoice()
    await store.command(case, name, step="reminder")
    facts = (await store.load(case)).facts
    assert (facts.send_now if name == "send_now" else facts.skipped) == {"reminder"}
    await store.do("update dunning_case set round = 2")
    facts = (await store.load(case)).facts
    assert facts.send_now == facts.skipped == frozenset()


async def test_withdrawing_a_case_that_was_handed_off_recalls_it(store: Store) -> None:
    case = await store.invoice()
    await store.do(
        "insert into hand_off (creditor_id, case_id, state, happened_at) values ('acme', :case, 'exported', :now)",
        case=case,
        now=NOW,
    )
    await store.command(case, "withdraw", reason_code="wrong debtor")
    assert (await store.load(case)).facts.withdrawn is True
    assert await store.one("select state from hand_off") == "recalled"
    assert [tuple(row) for row in await store.rows("select kind, reason from hand_off_message")] == [
        ("recall", "wrong debtor")
    ]


async def test_a_person_approves_or_rejects_a_hand_off_and_the_task_is_done(store: Store) -> None:
    case = await store.invoice()
    await store.do(ASKED, case=case, now=NOW)
    assert (await store.load(case)).facts.tasks == {("approval", "hand-off")}
    await store.command(case, "reject_hand_off")
    assert (await store.load(case)).facts.approval == "rejected"
    await store.command(case, "approve_hand_off")
    facts = (await store.load(case)).facts
    assert (facts.approval, facts.tasks) == ("approved", frozenset())


async def test_a_dispute_stops_a_case_and_its_rejection_gives_fourteen_days(store: Store) -> None:
    case = await store.invoice()
    await store.command(case, "dispute")
    assert (await store.load(case)).facts.disputed is True
    await store.command(case, "resolve_dispute", upheld=False)
    facts = (await store.load(case)).facts
    assert (facts.disputed, facts.not_before) == (False, date(2026, 7, 15))


async def test_a_dispute_that_is_upheld_withdraws_the_case(store: Store) -> None:
    case = await store.invoice()
    await store.command(case, "dispute")
    await store.command(case, "resolve_dispute", upheld=True)
    facts = (await store.load(case)).facts
    assert (facts.withdrawn, facts.not_before) == (True, None)


@pytest.mark.parametrize(
    ("name", "changes", "why"),
    [
        ("release", {}, "not on hold"),
        ("resolve_dispute", {"upheld": True}, "no open dispute"),
        ("hold", {"until": NOW}, "is past: give a moment ahead, or none"),
        ("skip", {"step": "no-such-step"}, "has no step no-such-step"),
        ("send_now", {"step": "no-such-step"}, "has no step no-such-step"),
    ],
)
async def test_a_command_that_makes_no_sense_is_refused_and_changes_nothing(
    store: Store, name: str, changes: dict[str, object], why: str
) -> None:
    case = await store.invoice()
    with pytest.raises(CommandRefused, match=why):
        await store.command(case, name, id="c1", **changes)
    assert await store.news(case) == ["invoice_changed"]
    assert await store.one("select count(*) from case_event") == 0
    assert await store.one("select count(*) from received_command") == 0


async def test_a_second_dispute_is_refused_until_the_first_is_resolved(store: Store) -> None:
    case = await store.invoice()
    await store.command(case, "dispute")
    with pytest.raises(CommandRefused, match="already disputed"):
        await store.command(case, "dispute")


OF_CLOSED = ("resolve_dispute", "undo_credit", "ask_write_off", "write_off", "pay_back", "note")


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in OF_CLOSED])
async def test_a_closed_case_takes_no_commands(store: Store, name: str) -> None:
    case = await store.invoice()
    await store.do(CLOSE)
    given = {"send_now": {"step": "reminder"}, "skip": {"step": "reminder"}, "new_due_date": {"due_date": TODAY}}
    given |= {"undo_skip": given["skip"], "undo_send": given["skip"]}
    given["choose_policy"] = {"policy": "no-gentle"}
    given["settle_delivery"] = {"step": "reminder", "channel": "email", "sent": True}
    with pytest.raises(CommandRefused, match="the case is closed"):
        await store.command(case, name, **given.get(name, {}))


async def test_a_command_is_kept_with_who_why_and_the_note(store: Store) -> None:
    case = await store.invoice()
    await store.command(case, "hold", by="kari", reason_code="illness", note="called from hospital")
    ((kind, by, detail),) = await store.rows("select kind, by, detail from case_event")
    assert (kind, by, detail["reason_code"], detail["note"]) == ("hold", "kari", "illness", "called from hospital")


@pytest.mark.parametrize("name", ["approve_hand_off", "reject_hand_off"])
async def test_a_hand_off_that_waits_for_nobody_is_neither_approved_nor_rejected(store: Store, name: str) -> None:
    case, other = await store.invoice("1001"), await store.invoice("1002")
    await store.do(ASKED, case=other, now=NOW)
    with pytest.raises(CommandRefused, match="nothing waits for a person's approval"):
        await store.command(case, name)
    await store.do("update dunning_case set round = 2")  # what was asked in an earlier round is asked no more
    with pytest.raises(CommandRefused, match="nothing waits for a person's approval"):
        await store.command(other, name)
    assert await store.one("select count(*) from approval") == 0


async def test_a_hand_off_is_approved_once_and_may_still_be_rejected_before_it_leaves(store: Store) -> None:
    case = await store.invoice()
    await store.do(ASKED, case=case, now=NOW)
    await store.command(case, "approve_hand_off")
    await store.do(
        "insert into hand_off (creditor_id, case_id, state, happened_at) values ('acme', :case, 'queued', :now)",
        case=case,
        now=NOW,
    )
    with pytest.raises(CommandRefused, match="approved already"):
        await store.command(case, "approve_hand_off")
    await store.command(case, "reject_hand_off")
    assert (await store.load(case)).facts.approval == "rejected"
