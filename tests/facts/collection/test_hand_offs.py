"""Hand-offs in the facts: answered once, asked for again after a rejection, and told to the partner in full."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
import pytest_asyncio

from commands.collection.answers import take_answer
from domain.planner.case_facts import HandOffState
from domain.planner.partner_answers import Accepted, rejected_because
from facts.cases.load import OpenCase, load_case
from facts.collection import hand_offs
from facts.refusals import Conflict, Refused, Unknown
from tests.facts.builders import NOON, Facts, facts_in

HAND_OFF = """
insert into hand_off (creditor_id, case_id, state, happened_at)
select creditor_id, id, :state, :at from dunning_case where id = :case returning id
"""
MESSAGE = """
insert into hand_off_message (hand_off_id, kind, amount, ordered_on, happened_at)
values (:hand_off, :kind, :amount, :ordered_on, :at) returning id
"""
APPROVE = """
insert into approval (case_id, by, reason_code, round, approved, happened_at) values (:case, 'kari', 'ok', 1, true, :at)
"""


@pytest_asyncio.fixture
async def facts(postgres_url: str) -> AsyncIterator[Facts]:
    async with facts_in(postgres_url, "hand_offs") as facts:
        await facts.creditor("acme")
        await facts.creditor("other", accounts=("10000000001",))
        yield facts


async def hand_off(facts: Facts, case: int, state: str = "exported") -> int:
    (row,) = await facts.rows(HAND_OFF, case=case, state=state, at=NOON)
    return int(row.id)


async def answer(facts: Facts, number: int, accepted: bool, creditor: str | None = None) -> bool:
    async with facts.database.transaction() as connection:
        said = Accepted() if accepted else rejected_because("too old")
        try:
            return (await take_answer(connection, creditor, number, said, NOON)).changed
        except Conflict:
            return False


async def seen(facts: Facts, case: int) -> OpenCase:
    async with facts.database.transaction() as connection:
        return await load_case(connection, case, NOON)


@pytest.mark.parametrize("accepted", [True, False])
async def test_the_partners_answer_is_taken_once_and_told_to_the_case(facts: Facts, accepted: bool) -> None:
    case = await facts.case()
    number = await hand_off(facts, case)
    assert await answer(facts, number, accepted)
    assert (await seen(facts, case)).facts.hand_off is (HandOffState.ACCEPTED if accepted else HandOffState.REJECTED)
    assert await facts.news() == [(case, "hand_off_answered")]
    assert not await answer(facts, number, not accepted)
    assert await facts.news() == []
    assert [r.kind for r in await facts.rows("select kind from case_event")] == [
        "hand_off_accepted" if accepted else "hand_off_rejected"
    ]


async def test_a_debtors_cases_of_one_file_wait_for_the_other_answers_and_hear_of_each(facts: Facts) -> None:
    cases = [await facts.case(number) for number in ("1", "2", "3")]
    await facts.change("update dunning_case set debtor_id = (select min(debtor_id) from dunning_case)")
    stranger = await facts.case("4", "other")
    first, second, _ = [await hand_off(facts, case) for case in cases]
    await hand_off(facts, stranger)
    await facts.change("update hand_off set file = 'monday'")
    await facts.change("update hand_off set file = 'tuesday' where case_id = :case", case=cases[2])
    await answer(facts, first, True)
    assert (await seen(facts, cases[0])).facts.answers_since == NOON
    assert await facts.news() == [(cases[0], "hand_off_answered")]
    await answer(facts, second, True)
    assert (await seen(facts, cases[0])).facts.answers_since is None  # nobody of that file is waited for
    assert await facts.news() == [(cases[0], "hand_off_answered"), (cases[1], "hand_off_answered")]
    assert (await seen(facts, stranger)).facts.answers_since is None


@pytest.mark.parametrize("state", ["queued", "recalled", "backed out"])
async def test_only_an_exported_hand_off_can_be_answered(facts: Facts, state: str) -> None:
    assert not await answer(facts, await hand_off(facts, await facts.case(), state), True)


async def test_anothers_hand_off_is_unknown(facts: Facts) -> None:
    number = await hand_off(facts, await facts.case())
    with pytest.raises(Refused, match="no hand-off"):
        await answer(facts, number, True, "other")
    assert await answer(facts, number, True, "acme")


async def test_a_rejection_makes_an_earlier_approval_count_no_more(facts: Facts) -> None:
    case = await facts.case()
    await facts.change(APPROVE, case=case, at=NOON - timedelta(hours=1))
    assert (await seen(facts, case)).facts.approval == "approved"
    await answer(facts, await hand_off(facts, case), False)
    assert (await seen(facts, case)).facts.approval is None


async def test_a_hand_off_that_was_backed_out_is_as_if_never_queued(facts: Facts) -> None:
    case = await facts.case()
    await facts.change(APPROVE, case=case, at=NOON)
    await hand_off(facts, case, "queued")
    async with facts.database.transaction() as connection:
        (queued,) = await hand_offs.lock_queued(connection, "acme")
        await hand_offs.back_out(connection, queued, "disputed", NOON)
        assert await hand_offs.lock_queued(connection, "acme") == []
    known = (await seen(facts, case)).facts
    assert (known.hand_off, known.approval) == (None, "approved")
    assert await facts.news() == [(case, "hand_off_backed_out")]


async def test_lists_show_each_creditor_its_own_and_by_state(facts: Facts) -> None:
    first, second = await facts.case("1"), await facts.case("2", "other")
    await hand_off(facts, first, "queued")
    await hand_off(facts, second, "exported")
    async with facts.database.transaction() as connection:
        everyones = await hand_offs.list_hand_offs(connection, None, None)
        mine = await hand_offs.list_hand_offs(connection, "acme", None)
        exported = await hand_offs.list_hand_offs(connection, None, "exported")
    assert [(row.creditor, row.invoice, row.state) for row in everyones] == [
        ("acme", "1", "queued"),
        ("other", "2", "exported"),
    ]
    assert mine == everyones[:1]
    assert exported == everyones[1:]


async def test_messages_leave_once_and_are_acknowledged_once_after_that(facts: Facts) -> None:
    number = await hand_off(facts, await facts.case("77"))
    values = {"hand_off": number, "kind": "direct_payment", "amount": Decimal("802.00"), "at": NOON}
    (row,) = await facts.rows(MESSAGE, **values, ordered_on=date(2026, 3, 1))
    async with facts.database.transaction() as connection:
        assert not await hand_offs.acknowledge(connection, None, row.id, NOON)
        (message,) = await hand_offs.take_messages(connection, "acme", "2026-03-02-acme.json", NOON)
        assert [message[name] for name in ("kind", "invoice", "amount", "ordered_on")] == [
            "direct_payment",
            "77",
            Decimal("802.00"),
            date(2026, 3, 1),
        ]
        assert await hand_offs.take_messages(connection, "acme", "2026-03-03-acme.json", NOON) == []
        assert await hand_offs.is_known_file(connection, "2026-03-02-acme.json")
        assert not await hand_offs.is_known_file(connection, "2026-03-03-acme.json")
        with pytest.raises(Unknown):
            await hand_offs.acknowledge(connection, "other", row.id, NOON)
        assert await hand_offs.acknowledge(connection, "acme", row.id, NOON)
        assert not await hand_offs.acknowledge(connection, "acme", row.id, NOON)
        assert await hand_offs.list_messages(connection, "other") == []
        (listed,) = await hand_offs.list_messages(connection, "acme")
        assert (listed.id, listed.invoice, listed.file, listed.exported_at, listed.acknowledged_at) == (
            row.id,
            "77",
            "2026-03-02-acme.json",
            NOON,
            NOON,
        )


async def test_the_history_tells_all_but_nothing_of_a_protected_address(facts: Facts) -> None:
    case = await facts.case("1")
    await facts.delivery(case, fee=35, pdf=b"%PDF reminder")
    notice = await facts.delivery(case, "collection-notice", pdf=b"%PDF notice", deadline=date(2026, 3, 20))
    number = await hand_off(facts, case)

    async def told() -> dict[str, object]:
        async with facts.database.transaction() as connection:
            return await hand_offs.history(connection, number, NOON)

    plain = await told()
    assert plain["owed"] == {"principal": 802, "fee": 35, "interest": 0, "currency": "NOK"}
    assert plain["notice"] == {"delivery": notice, "sent_on": NOON.date(), "deadline": date(2026, 3, 20)}
    assert "Storgata" in str(plain)
    assert "%PDF notice" in str(plain)
    told_of = "insert into life_event (debtor_id, kind, since, until, by, happened_at)"
    await facts.change(
        f"{told_of} select id, 'protected address', null, cast(:day as date), 'anne', :now from debtor",
        now=NOON,
        day=None,
    )
    hidden = str(await told())
    assert "Storgata" not in hidden
    assert "%PDF" not in hidden
    assert "kari@example.no" in hidden


async def test_an_address_of_somebody_else_is_not_handed_on(facts: Facts) -> None:
    number = await hand_off(facts, await facts.case())
    await facts.change("update contact_point set state = 'wrong' where channel = 'sms'")
    async with facts.database.transaction() as connection:
        told = await hand_offs.history(connection, number, NOON)
    assert "sms" not in [point["channel"] for point in told["debtor"]["contact_points"]]
    assert "email" in [point["channel"] for point in told["debtor"]["contact_points"]]
