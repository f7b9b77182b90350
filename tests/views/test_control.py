"""What operations look at in the morning: each thing that waits is found, told without a name, and only to whose it is."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from commands.debtor import replies
from commands.prediction.choice import use_version
from domain.vocabulary import Channel
from facts.operations import running, stops
from facts.prediction import versions
from facts.prediction.versions import Trained
from tests.facts.money.test_refund_orders import ordered, owed, pays_back
from tests.store import LAWS, NOW, PLANNING, TODAY, Store
from tests.world import laws_for_years_to_come
from views import control as view

DAY = timedelta(days=1)

LAWS_FOR_YEARS = laws_for_years_to_come()


async def checks(store: Store, creditor: str | None = "acme", **changed: Any) -> dict[str, list[str]]:
    """What is found, by the name of its check; what finds nothing is left out."""
    return {
        each.check.name: [found.what for found in each.found]
        for each in await checked(store, creditor, **changed)
        if each.found
    }


async def checked(
    store: Store, creditor: str | None = "acme", at: Any = NOW, laws: Any = LAWS_FOR_YEARS
) -> list[view.Checked]:
    async with store.database.transaction() as connection:
        return await view.control(connection, laws, laws["NO"], [creditor] if creditor else None, at)


async def all_is_well(store: Store) -> None:
    """Bank data is in, and the cases know what they do next."""
    await store.do("update bank_account set imported_through = :today", today=TODAY)
    await store.do(
        "update dunning_case set next_at = :later, looked_at = :now, next_kind = 'wait'", later=NOW + DAY, now=NOW
    )
    await store.do("delete from outbox")


async def test_where_nothing_waits_every_check_says_so(store: Store) -> None:
    await store.invoice()
    await all_is_well(store)
    found = await checked(store)
    assert view.is_well(found)
    said = list(view.in_words(found, NOW))
    assert said[0] == "All is well: nothing waits for anybody."
    assert {f"well: {each.check.none}" for each in found} <= set(said)


async def test_an_account_whose_payments_are_not_in_is_named(store: Store) -> None:
    await store.invoice()
    await all_is_well(store)
    await store.do("update bank_account set imported_through = :old where creditor_id = 'acme'", old=TODAY - 5 * DAY)
    (named,) = (await checks(store))["bank data"]
    assert named.startswith("acme account ")
    assert named.endswith(f"imported through {TODAY - 5 * DAY}")
    assert "bank data" not in await checks(store, "beta")


async def test_a_case_that_waits_for_nothing_is_found_and_one_that_is_held_is_not(store: Store) -> None:
    lost, held = await store.invoice("1001"), await store.invoice("1002", reference=None)
    await all_is_well(store)
    await store.do("update dunning_case set next_at = null, next_why = 'nothing', looked_at = :ago", ago=NOW - DAY)
    await store.command(held, "hold")
    await store.do("delete from outbox")
    assert await checks(store) == {"no next action": ["acme/1001: nothing"]}
    assert await checks(store, "beta") == {}
    await store.do("update dunning_case set flag = 'stuck' where id = :lost", lost=lost)
    assert await checks(store) == {"stuck": ["acme/1001: stuck, nothing"]}


async def test_a_case_that_is_late_is_stuck_and_one_behind_a_stop_switch_is_stopped(store: Store) -> None:
    await store.invoice()
    await all_is_well(store)
    await store.do("update dunning_case set next_at = :ago, next_why = 'reminder is planned'", ago=NOW - DAY)
    assert await checks(store) == {"stuck": ["acme/1001: late: reminder is planned"]}
    await store.do("update dunning_case set next_at = null, looked_at = :ago", ago=NOW - DAY)
    async with store.database.transaction() as connection:
        await stops.set_stop(connection, "everything", "", None, "breaker", "more-than-forecast", NOW)
        await stops.set_stop(connection, "creditor", "beta", None, "anne", "asked", NOW)
    assert await checks(store) == {"stopped": ["everything: by breaker, more-than-forecast"]}
    assert len((await checks(store, None))["stopped"]) == 2


async def test_holds_without_an_end_and_holds_that_nobody_looked_at_after_it_are_told(store: Store) -> None:
    endless, ended, new = [await store.invoice(number, reference=None) for number in ("1001", "1002", "1003")]
    await all_is_well(store)
    for case, until in ((endless, None), (ended, NOW + DAY), (new, None)):
        await store.command(case, "hold", until=until)
    await store.do("update hold set happened_at = :ago where case_id = :case", ago=NOW - 40 * DAY, case=endless)
    await store.do("delete from outbox")
    await store.do("update dunning_case set next_at = :later", later=NOW + 9 * DAY)
    later = NOW + 2 * DAY
    found = await checks(store, at=later)
    assert found["holds past their date"] == [
        "acme/1001: held by ola (test), without an end",
        "acme/1002: held by ola (test), its end is past",
    ]
    await store.do("update dunning_case set looked_at = :later where id = :case", later=later, case=ended)
    assert len((await checks(store, at=later))["holds past their date"]) == 1


async def test_notices_are_told_of_in_their_last_thirty_days(store: Store) -> None:
    case = await store.invoice()
    await all_is_well(store)
    notice = await store.claim(case, "collection-notice", Channel.LETTER)
    await store.accept(notice)
    await store.do("update delivery set message = 'collection-notice', posted_on = :today", today=TODAY)
    for days, told in ((140, False), (160, True), (200, False)):
        moment = NOW + days * DAY
        await store.do("update bank_account set imported_through = :day", day=moment.date())
        await store.do("update dunning_case set next_at = :later", later=moment + DAY)
        assert ("notices that grow old" in await checks(store, at=moment)) is told, days
    await store.do(
        """insert into hand_off (creditor_id, case_id, state, happened_at)
        select creditor_id, id, 'queued', :now from dunning_case""",
        now=NOW,
    )
    assert "notices that grow old" not in await checks(store, at=NOW + 160 * DAY)


async def test_letters_that_nobody_posted_are_told_by_batch_after_three_days(store: Store) -> None:
    case = await store.invoice()
    await all_is_well(store)
    await store.accept(await store.claim(case, channel=Channel.LETTER))
    await store.do("update delivery set batch = '2026-07-01-acme-1'")
    assert "letters not posted" not in await checks(store, at=NOW + DAY)
    assert (await checks(store, at=NOW + 4 * DAY))["letters not posted"] == ["2026-07-01-acme-1: 1 letter"]
    await store.do("update delivery set posted_on = :today", today=TODAY)
    assert "letters not posted" not in await checks(store, at=NOW + 4 * DAY)


async def test_money_and_words_that_wait_are_told_without_a_name_or_what_was_said(store: Store) -> None:
    case = await store.invoice()
    await all_is_well(store)
    await store.pay("p1", reference="1", payer_name="Kari Nordmann", text="Kari Nordmann")
    await store.do(
        """insert into reply (creditor_id, debtor_id, case_id, channel, sender, text, meaning, happened_at)
        select creditor_id, debtor_id, id, 'sms', '+4799999999', 'Jeg har betalt', 'paid', :now from dunning_case
        where id = :case""",
        case=case,
        now=NOW - DAY,
    )
    found = await checked(store)
    assert {each.check.name: [one.what for one in each.found] for each in found if each.found} == {
        "money in review": [f"acme: 802.00 NOK, booked {TODAY}"],
        "replies": ["acme: sms about 1001, seems to say: paid"],
    }
    said = "\n".join(view.in_words(found, NOW))
    assert "replies: 1, the oldest 24 hours" in said
    for secret in ("Kari", "Jeg har betalt", "+4799999999"):
        assert secret not in said


async def test_what_did_not_reach_a_case_or_a_system_is_told(store: Store) -> None:
    await store.invoice()
    await all_is_well(store)
    await store.do(
        """insert into outbox (case_id, signal, seq, attempts, ready_at, dead_at, happened_at)
        select id, 'payment_received', 2, 30, :now, :now, :now from dunning_case""",
        now=NOW,
    )
    endpoint = uuid4()
    await store.do(
        """insert into webhook_endpoint (id, creditor_id, url, events, secret_version, happened_at)
        values (:id, 'acme', 'https://x.example', '[]', 1, :now)""",
        id=endpoint,
        now=NOW,
    )
    await store.do(
        """insert into webhook_message (id, endpoint_id, type, payload, state, attempts, ready_at, happened_at)
        values ('evt_1', :id, 'case.closed', '{}', 'failed', 9, :now, :now)""",
        id=endpoint,
        now=NOW,
    )
    assert await checks(store) == {
        "news not delivered": ["acme/1001: payment_received, tried 30 times, set aside"],
        "webhooks given up": ["acme: case.closed (evt_1)"],
    }


async def test_flags_of_approvals_and_of_whom_nobody_reaches_are_told(store: Store) -> None:
    for number, flag in (("1001", "approval overdue"), ("1002", "no address"), ("1003", "disputed")):
        case = await store.invoice(number, reference=None)
        await store.do("update dunning_case set flag = :flag where id = :case", flag=flag, case=case)
    await all_is_well(store)
    await store.do("update dunning_case set next_why = 'why'")
    assert await checks(store) == {
        "approvals": ["acme/1001: approval overdue, why"],
        "unreachable": ["acme/1002: no address, why"],
    }


async def test_rates_that_end_are_told_to_everybody_and_what_does_not_run_to_operations_alone(store: Store) -> None:
    await store.invoice()
    await all_is_well(store)
    without = {
        code: replace(law, half_years={day: row for day, row in law.half_years.items() if day < date(2027, 1, 1)})
        for code, law in LAWS.items()
    }
    soon = NOW.replace(month=11, day=20)
    await store.do("update dunning_case set next_at = :later", later=soon + DAY)
    await store.do("update bank_account set imported_through = :day", day=soon.date())
    (rate,) = (await checks(store, laws=without, at=soon))["rates that end"]
    assert "2027-01-01" in rate
    async with store.database.transaction() as connection:
        await running.job_failed(connection, "sweep", "OSError")
    assert {"no worker runs", "sweep has failed since it was last done"} <= set(
        (await checks(store, None))["not at work"]
    )
    assert "not at work" not in await checks(store)


async def test_what_was_learned_of_words_and_cannot_be_read_is_told(store: Store) -> None:
    async def not_read() -> list[str]:
        return [each for each in (await checks(store, None)).get("not at work", []) if each.startswith("what comes in")]

    async def sort(by: str, at: datetime) -> None:
        await store.do(
            """with come as (
              insert into reply (creditor_id, debtor_id, channel, text, happened_at)
              select creditor_id, debtor_id, 'sms', 'Hei', :at from dunning_case returning id)
            insert into reply_sorting (reply_id, classes, stop, urgent, version, happened_at)
            select id, '[]', false, false, :by, :at from come""",
            by=by,
            at=at,
        )

    await store.invoice()
    async with store.database.transaction() as connection:
        number = await versions.store(connection, Trained("words", "data", "code", {}, b"weights"), NOW)
        assert number is not None
        await use_version(connection, "words", number, "anne", "better", NOW)
    await sort("built in", NOW + timedelta(minutes=5))  # by who had begun before
    assert await not_read() == []
    await sort("built in", NOW + timedelta(hours=2))
    assert await not_read() == [f"what comes in is sorted without version {number}, which is in use and cannot be read"]
    await sort(f"version {number}", NOW + timedelta(hours=3))
    assert await not_read() == []


async def test_of_very_many_a_thousand_are_counted_and_five_are_named(store: Store) -> None:
    case = await store.invoice()
    await all_is_well(store)
    await store.do(
        """insert into outbox (case_id, signal, seq, attempts, ready_at, dead_at, happened_at)
        select :case, 'payment_received', n, 1, :now, :now, :now from generate_series(2, 1200) n""",
        case=case,
        now=NOW,
    )
    (news,) = [each for each in await checked(store) if each.found]
    assert (len(news.found), news.more) == (view.MOST, True)
    said = list(view.in_words([news], NOW))
    assert said[0].startswith("news not delivered: more than 1,000, the oldest ")
    assert len(said) == 1 + view.NAMED + 2 + 1


async def test_money_owed_back_is_told_of_after_a_week_without_whose_it_is(store: Store) -> None:
    await pays_back(store)
    await owed(store)
    await all_is_well(store)
    assert "money owed back" not in await checks(store, at=NOW + 6 * DAY)
    (told,) = (await checks(store, at=NOW + 8 * DAY))["money owed back"]
    assert told == "acme: refund 1, 198.00 NOK, is owed back"
    assert "money owed back" not in await checks(store, "beta", at=NOW + 8 * DAY)
    await ordered(store)
    (told,) = (await checks(store, at=NOW + 8 * DAY))["money owed back"]
    assert told == "acme: refund 1, 198.00 NOK, the bank has not told that it left"


async def test_a_creditor_whose_debtors_wait_for_an_answer_for_too_long_is_named_once(store: Store) -> None:
    await store.invoice()
    await all_is_well(store)
    async with store.database.transaction() as connection:
        for words in ("Hva gjelder dette?", "Hallo?"):
            await replies.received(connection, PLANNING, "sms", "+4791234567", words, NOW)
    assert "late answers" not in await checks(store)
    assert (await checks(store, at=NOW + 7 * DAY))["late answers"] == ["acme: 1"]
