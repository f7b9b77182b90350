"""The planner sees exactly what the facts hold."""

import zlib
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from domain.countries.fees import EarlierFee
from domain.planner.action import Action, ActionKind
from domain.planner.case_facts import Asked, CaseFacts, Companion, Contact, Delivery, DeliveryState, HandOffState
from domain.planner.joint_message import wish_of
from domain.vocabulary import CHANNELS, Channel
from facts.cases import decisions
from facts.cases.load import Located, case_of, load_case
from facts.operations.tasks import open_task
from facts.operations.vital_signs import vital_signs
from tests.commands.test_record import ASKED
from tests.store import NOW, POLICIES, TODAY, Store
from tests.world import SPRING, debtor

DUE = SPRING + timedelta(days=14)


async def test_a_new_case_is_loaded_as_it_was_imported(store: Store) -> None:
    case = await store.invoice(claim_due=DUE)
    loaded = await store.load(case)
    assert (loaded.creditor_id, loaded.number, loaded.policy_name, loaded.state) == (
        "acme",
        "1001",
        "no-gentle",
        "open",
    )
    assert {contact.channel for contact in loaded.facts.contacts} == CHANNELS.keys() - {Channel.DIRECT_MESSAGE}
    assert loaded.facts == CaseFacts(
        case="dunning/acme/1001",
        spread_seed=loaded.facts.spread_seed,
        round=1,
        issue_date=SPRING,
        due_date=DUE,
        first_due=DUE,
        currency="NOK",
        balance=Decimal(802),
        principal=Decimal(802),
        principal_changes=((SPRING, Decimal(802)),),
        credited=True,  # nothing was paid: it tells only once nothing is left
        news_seq=1,
        contacts=loaded.facts.contacts,
        claim_due=DUE,
        drawn_elsewhere=True,
        partner_known=True,
    )


async def test_a_debtors_cases_share_one_seed_that_never_changes(store: Store) -> None:
    case, other = await store.invoice("1001"), await store.invoice("1002")
    stranger = await store.invoice("1003", debtor=debtor(customer_number="K-2"))
    await store.do("update debtor set name = 'Kari Hansen', address = '[]'")
    first, second, third = [(await store.load(each)).facts.spread_seed for each in (case, other, stranger)]
    debtor_id = await store.one("select debtor_id from dunning_case where id = :case", case=case)
    assert first == second == zlib.crc32(f"acme/{debtor_id}".encode()) != third


async def test_a_delivery_is_loaded_field_by_field(store: Store) -> None:
    case = await store.invoice()
    letter = await store.claim(case, "reminder", Channel.LETTER, fee="38", deadline=date(2026, 7, 20))
    moments = [NOW + timedelta(minutes=minutes) for minutes in range(5)]
    await store.accept(letter, moments[1])
    await store.do(
        "update delivery set attempt = 2, first_unavailable_at = :away, unavailable_at = :away, delivered_at = :came, "
        "read_at = :read, posted_on = '2026-07-02'",
        away=moments[2],
        came=moments[3],
        read=moments[4],
    )
    assert (await store.load(case)).facts.deliveries == (
        Delivery(
            round=1,
            step="reminder",
            channel=Channel.LETTER,
            state=DeliveryState.ACCEPTED,
            claimed_at=moments[0],
            attempt=2,
            accepted_at=moments[1],
            first_unavailable_at=moments[2],
            unavailable_at=moments[2],
            delivered_at=moments[3],
            read_at=moments[4],
            posted_on=date(2026, 7, 2),
            deadline=date(2026, 7, 20),
            asked=Asked(Decimal(802), Decimal(38)),
        ),
    )
    assert (await store.load(case)).facts.earlier_fees == (EarlierFee(NOW.date(), date(2026, 7, 20)),)


async def test_a_balance_that_is_not_what_is_booked_is_a_contradiction(store: Store) -> None:
    case = await store.invoice()
    assert (await store.load(case)).facts.contradiction is None
    await store.do("update dunning_case set interest = interest + 1 where id = :case", case=case)
    assert (await store.load(case)).facts.contradiction == "the balance that is kept is not what is booked"


async def test_a_state_that_nobody_knows_is_a_contradiction_and_what_is_owed_is_told(store: Store) -> None:
    case = await store.invoice()
    await store.claim(case)
    async with store.database.transaction() as connection:
        attempt = await connection.begin_nested()
        await connection.execute(text('alter table delivery drop constraint "stored values: delivery.state"'))
        await connection.execute(text("update delivery set state = 'teleported'"))
        loaded = await load_case(connection, case, NOW)
        await attempt.rollback()
    assert loaded.facts.contradiction == "the facts say what is not known: 'teleported' is not a valid DeliveryState"
    assert (loaded.facts.balance, loaded.facts.news_seq) == (Decimal(802), 1)


async def test_messages_to_the_debtor_in_all_cases_count_as_contacts_and_copies_do_not(store: Store) -> None:
    case, other = await store.invoice("1001"), await store.invoice("1002")
    stranger = await store.invoice("1003", debtor=debtor(customer_number="K-2"))
    await store.accept(await store.claim(other, at=NOW - timedelta(days=2)))
    await store.claim(case, at=NOW - timedelta(days=1))
    await store.fail(await store.claim(case, channel=Channel.SMS))
    await store.claim(case, "copy", alert=True)
    await store.claim(stranger)
    assert (await store.load(case)).facts.recent_contacts == (NOW - timedelta(days=2), NOW - timedelta(days=1))


async def test_a_call_about_any_invoice_is_a_contact_answered_or_not(store: Store) -> None:
    case, other = await store.invoice("1001"), await store.invoice("1002")
    stranger = await store.invoice("1003", debtor=debtor(customer_number="K-2"))
    await store.claim(case, at=NOW - timedelta(days=1))
    async with store.database.transaction() as connection:
        await open_task(connection, [other, stranger], "call", "call", "the policy calls", NOW)
    await store.do("""
      insert into call_try (task_id, by, outcome, happened_at) select t.id, 'anne', 'no answer', cast(:at as timestamptz)
      from task t where t.kind = 'call'
    """, at=NOW - timedelta(days=2))  # fmt: skip
    assert (await store.load(case)).facts.recent_contacts == (NOW - timedelta(days=2), NOW - timedelta(days=1))


async def test_the_debtors_other_open_cases_that_will_send_are_companions(store: Store) -> None:
    case, other = await store.invoice("1001"), await store.invoice("1002")
    own = NOW - timedelta(days=1)
    action = Action(ActionKind.DELIVER, "joins", at=NOW, step="reminder", channel=Channel.EMAIL, own_at=own)
    loaded = await store.load(other)
    async with store.database.transaction() as connection:
        wish = Companion("reminder", Channel.EMAIL, action.own_at or NOW, "NOK")
        await decisions.record(connection, loaded, action, wish, NOW)
    assert (await store.load(case)).facts.companions == (Companion("reminder", Channel.EMAIL, own, "NOK"),)
    assert (await store.load(other)).facts.companions == ()
    await store.do("update dunning_case set state = 'closed' where id = :other", other=other)
    assert (await store.load(case)).facts.companions == ()


async def test_what_the_debtor_got_lately_about_other_invoices_alone_is_known(store: Store) -> None:
    case, other = await store.invoice("1001"), await store.invoice("1002")
    stranger = await store.invoice("1003", debtor=debtor(customer_number="K-2"))
    await store.claim(other, "reminder", at=NOW - timedelta(days=3))
    await store.claim(other, "second", at=NOW - timedelta(hours=1))
    await store.fail(await store.claim(other, "third", at=NOW))
    await store.claim(stranger, "fourth", at=NOW)
    told = (await store.load(case)).facts.told_of_others
    assert told == (("reminder", NOW - timedelta(hours=1)),)
    assert (await store.load(other)).facts.told_of_others == ()


async def test_what_an_optional_step_did_is_told_from_what_the_plan_did(store: Store) -> None:
    case, other = await store.invoice("1001"), await store.invoice("1002")
    hour = timedelta(hours=1)
    await store.claim(case, at=NOW - 2 * hour)
    await store.claim(other, "nudge", at=NOW - hour)
    await store.do("update delivery set optional = true where claimed_at = :at", at=NOW - hour)
    async with store.database.transaction() as connection:
        await open_task(connection, [other], "call", "call", "the policy calls", NOW, optional=True)
    await store.do("""
      insert into call_try (task_id, by, outcome, happened_at) select t.id, 'anne', 'no answer', cast(:at as timestamptz)
      from task t where t.kind = 'call'
    """, at=NOW)  # fmt: skip
    found = (await store.load(case)).facts
    assert found.recent_contacts == (NOW - 2 * hour, NOW - hour, NOW)
    assert found.optional_contacts == (NOW - hour, NOW)
    assert found.told_of_others == ()


async def test_a_case_with_an_optional_step_is_a_companion_by_what_its_plan_sends_next(store: Store) -> None:
    case, other = await store.invoice("1001"), await store.invoice("1002")
    later = NOW + timedelta(days=3)
    plan = Action(ActionKind.DELIVER, "planned", at=later, step="reminder", channel=Channel.EMAIL, own_at=later)
    call = Action(ActionKind.OPEN_CALL_TASK, "planned", at=NOW, step="call", channel=Channel.PHONE, onward=plan)
    loaded = await store.load(other)
    async with store.database.transaction() as connection:
        await decisions.record(connection, loaded, call, wish_of(POLICIES["no-gentle"][0], loaded.facts, call), NOW)
    assert (await store.load(case)).facts.companions == (Companion("reminder", Channel.EMAIL, later, "NOK"),)


async def test_a_case_knows_who_stands_in_and_which_addresses_are_theirs(store: Store) -> None:
    case = await store.invoice()
    await store.do(
        "insert into contact_point (debtor_id, channel, address, address_key, state, of_representative, wrote_from_at, "
        "happened_at) "
        "select id, 'email', 'guardian@example.no', 'guardian@example.no', 'valid', true, :now, :now from debtor",
        now=NOW,
    )
    await store.known("represented", "Guri Verge")
    facts = (await store.load(case)).facts
    assert [contact for contact in facts.contacts if contact.of_representative] == [
        Contact(Channel.EMAIL, True, NOW, True)
    ]
    assert facts.life[-1].value == "Guri Verge"


async def test_a_case_knows_when_its_debtor_was_born(store: Store) -> None:
    case = await store.invoice(debtor=debtor(birth_date=date(2008, 7, 2)))
    (born,) = (await store.load(case)).facts.life
    assert (born.kind, born.value) == ("born", "2008-07-02")


async def test_facts_of_the_debtor_reach_the_case(store: Store) -> None:
    case = await store.invoice()
    await store.known("deceased", since=TODAY)
    await store.known("protected address")
    facts = (await store.load(case)).facts
    assert [(each.kind, each.since, each.by) for each in facts.life] == [
        ("deceased", TODAY, "anne"),
        ("protected address", None, "anne"),
    ]


async def test_stop_switches_reach_the_cases_they_cover_until_they_are_lifted(store: Store) -> None:
    case = await store.invoice()
    other = await store.invoice("1001", creditor="beta", account="98765432100", policy="no-standard")
    for scope, key, creditor in (
        ("creditor", "acme", None),
        ("policy", "no-standard", "acme"),
        ("policy", "no-gentle", "acme"),
        ("channel", "sms", None),
        ("channel", "email", "beta"),
    ):
        await store.do(
            "insert into stop_switch (scope, key, creditor_id, by, reason_code, happened_at) "
            "values (:scope, :key, :creditor, 'ola', 'test', :now)",
            scope=scope,
            key=key,
            creditor=creditor,
            now=NOW,
        )
    mine, theirs = (await store.load(case)).facts, (await store.load(other)).facts
    assert sorted(mine.stops) == ["creditor acme", "policy no-gentle"]
    assert mine.stopped_channels == {Channel.SMS}
    assert theirs.stops == ()
    assert theirs.stopped_channels == {Channel.SMS, Channel.EMAIL}
    await store.do("update stop_switch set lifted_at = :now", now=NOW)
    facts = (await store.load(case)).facts
    assert (facts.stops, facts.stopped_channels) == ((), frozenset())


@pytest.mark.parametrize("state", [HandOffState.EXPORTED, HandOffState.ACCEPTED, HandOffState.REJECTED])
async def test_the_latest_hand_off_counts_and_an_older_approval_does_not(store: Store, state: HandOffState) -> None:
    case = await store.invoice()
    await store.do(ASKED, case=case, now=NOW)
    await store.command(case, "approve_hand_off")
    assert (await store.load(case)).facts.approval == "approved"
    await store.do(
        "insert into hand_off (creditor_id, case_id, state, answered_at, happened_at) "
        "values ('acme', :case, :state, :later, :now)",
        case=case,
        state=state.value,
        later=NOW + timedelta(days=1),
        now=NOW,
    )
    facts = (await store.load(case)).facts
    assert (facts.hand_off, facts.approval) == (state, None)


async def test_a_case_is_found_by_creditor_and_number_alone(store: Store) -> None:
    case = await store.invoice()
    async with store.database.transaction() as connection:
        assert await case_of(connection, "acme", "1001") == Located(case, ahead=None)
        assert await case_of(connection, "beta", "1001") is None
        assert await case_of(connection, "acme", "1002") is None


async def test_a_case_knows_since_when_a_person_is_asked_to_approve(store: Store) -> None:
    case = await store.invoice()
    assert (await store.load(case)).facts.approval_asked_at is None
    await store.do(ASKED, case=case, now=NOW)
    assert (await store.load(case)).facts.approval_asked_at == NOW
    await store.command(case, "approve_hand_off")
    assert (await store.load(case)).facts.approval_asked_at is None


async def test_approvals_that_nobody_gives_are_counted(store: Store) -> None:
    first, second = await store.invoice("1001"), await store.invoice("1002")
    await store.do("update dunning_case set flag = 'approval overdue' where id = :case", case=first)
    await store.do("update dunning_case set flag = 'approval waiting' where id = :case", case=second)
    async with store.database.transaction() as connection:
        assert (await vital_signs(connection, NOW)).approvals_overdue == 1
