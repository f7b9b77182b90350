"""Clocks of creditors in test mode: forward alone, one journey at a time, and never a live creditor's."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from domain.parties.life_events import LifeKind
from facts import clock
from facts.money.bank_files import OWNERS
from facts.operations import sweep
from facts.parties import clocks, debtors
from facts.parties.clocks import LiveCreditor
from facts.parties.creditors import register
from facts.refusals import Conflict, Refused
from tests.store import NOW, Store
from tests.world import creditor, debtor
from views import forecast

DAY = timedelta(days=1)


async def in_test_mode(store: Store, name: str = "tried") -> None:
    """A creditor in test mode, with Acme's own account."""
    async with store.database.transaction() as connection:
        await register(connection, creditor(id=name, organisation_number=None, mode="test"), NOW)


async def shows(store: Store, name: str = "tried") -> datetime:
    async with store.database.transaction() as connection:
        return await clock.now(connection, name)


async def set_out(store: Store, to: datetime, name: str = "tried") -> None:
    async with store.database.transaction() as connection:
        await clocks.set_out(connection, name, to)


async def step(store: Store, name: str = "tried", *, patient: bool = True) -> bool:
    async with store.database.transaction() as connection:
        return await clocks.step(connection, name, patient=patient)


async def travel(store: Store, span: timedelta, name: str = "tried") -> datetime:
    """Move a clock that nothing stops on its way; gives what it shows then."""
    await set_out(store, (await shows(store, name)) + span, name)
    await step(store, name)
    return await shows(store, name)


async def test_a_clock_moves_for_its_own_creditor_alone(store: Store) -> None:
    await in_test_mode(store)
    await in_test_mode(store, "neighbour")
    before, live = await shows(store), await shows(store, "acme")
    assert await travel(store, 30 * DAY) - before >= 30 * DAY
    assert await shows(store, "neighbour") - before < DAY
    assert await shows(store, "acme") - live < DAY


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (-DAY, "the clock never goes back"),
        (timedelta(0), "the clock never goes back"),
        (367 * DAY, "more than 366 days ahead"),
    ],
)
async def test_a_clock_goes_forward_and_not_too_far(store: Store, ahead: timedelta, words: str) -> None:
    await in_test_mode(store)
    with pytest.raises(Refused, match=words):
        await set_out(store, (await shows(store)) + ahead)


async def test_a_clock_is_never_more_than_ten_years_ahead(store: Store) -> None:
    await in_test_mode(store)
    for _ in range(10):
        await travel(store, 366 * DAY)
    with pytest.raises(Refused, match="more than ten years ahead"):
        await travel(store, 366 * DAY)


async def test_of_two_journeys_the_second_waits_and_the_same_again_is_the_same(store: Store) -> None:
    await in_test_mode(store)
    there = (await shows(store)) + 30 * DAY
    await set_out(store, there)
    await set_out(store, there)
    with pytest.raises(Conflict, match="on its way to"):
        await set_out(store, there + DAY)
    await step(store)
    await step(store)  # another worker's, a moment later
    assert DAY > (await shows(store)) - there >= timedelta(0)


async def test_of_two_journeys_at_the_same_moment_one_is_made(store: Store) -> None:
    await in_test_mode(store)
    begun = await shows(store)
    asked = [set_out(store, begun + days * DAY) for days in (30, 60)]
    refused = [each for each in await asyncio.gather(*asked, return_exceptions=True) if each is not None]
    assert [type(each) for each in refused] == [Conflict]


async def test_a_clock_waits_for_an_act_that_is_under_way(store: Store) -> None:
    await in_test_mode(store)
    case = await store.invoice(creditor="tried")
    begun = await shows(store)
    await store.do("delete from outbox")
    # Its moment has come, the message is claimed, and the provider's stand-in has not answered yet.
    await store.do(
        "update dunning_case set next_kind = 'deliver', next_at = :now, looked_at = :now, looked_seq = news_seq",
        now=begun,
    )
    await store.claim(case, at=begun)
    await set_out(store, begun + 30 * DAY)
    assert not await step(store)
    assert (await shows(store)) - begun < DAY


async def test_a_live_creditors_clock_cannot_be_moved(store: Store) -> None:
    with pytest.raises(LiveCreditor, match="creditor acme is live"):
        await set_out(store, datetime(2100, 1, 1, tzinfo=UTC), "acme")


@pytest.mark.parametrize(("before", "after"), [("test", "live"), ("live", "test")])
async def test_a_creditor_stays_in_its_mode(store: Store, before: str, after: str) -> None:
    async with store.database.transaction() as connection:
        await register(connection, creditor(id="one", organisation_number=None, mode=before), NOW)
        await register(connection, creditor(id="one", organisation_number=None, mode=before, name="Renamed"), NOW)
        with pytest.raises(Refused, match=f"is in {before} mode and stays there"):
            await register(connection, creditor(id="one", organisation_number=None, mode=after), NOW)


@pytest.mark.parametrize("outward", [{"payment_methods": {"vipps": {}}}, {"payment_methods": {"stripe": {}}}])
def test_in_test_mode_no_payment_provider_is_asked(outward: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="no bank, payment provider or collection partner is asked"):
        creditor(mode="test", **outward)


async def test_it_stops_where_a_case_has_something_to_do_and_waits_until_it_is_done(store: Store) -> None:
    await in_test_mode(store)
    case = await store.invoice(creditor="tried")
    begun = await shows(store)
    await store.do("delete from outbox")
    due = begun + 3 * DAY
    await store.do(
        "update dunning_case set next_at = :due, looked_at = :now, looked_seq = news_seq where id = :case",
        due=due,
        now=begun,
        case=case,
    )
    await set_out(store, begun + 30 * DAY)
    await step(store)
    assert DAY > (await shows(store)) - due >= timedelta(0)
    assert not await step(store)  # the case has not done it yet
    async with store.database.transaction() as connection:
        assert (await clocks.own_clock(connection, "tried")).target == begun + 30 * DAY
    assert await store.rows("select signal from outbox") == [("clock_moved",)]
    await store.do("delete from outbox")
    await store.do(
        "update dunning_case set next_at = null, looked_seq = news_seq, looked_at = :due where id = :case",
        due=due,
        case=case,
    )
    assert await step(store)
    assert (await shows(store)) - begun >= 30 * DAY
    assert await store.rows("select signal from outbox") == [
        ("clock_moved",)
    ]  # its timer was set by the clock of before


async def test_a_door_that_does_not_know_the_clock_records_what_is_asked_at_its_moment(store: Store) -> None:
    await in_test_mode(store)
    case = await store.invoice(creditor="tried")
    await store.do("update dunning_case set next_at = null, looked_at = :now, looked_seq = news_seq", now=NOW)
    await store.do("delete from outbox")
    shown = await travel(store, 300 * DAY)
    await store.command(case, "hold")  # at the store's own moment
    assert await store.one("select happened_at from hold") >= shown


# --- test mode and the living are strangers ------------------------------------------------------------------------


async def states(store: Store, name: str) -> list[str]:
    query = """select p.channel || ' ' || p.state from contact_point p join debtor d on d.id = p.debtor_id
        where d.creditor_id = :c and p.channel in ('email', 'sms') order by 1"""
    return [row[0] for row in await store.rows(query, c=name)]


async def test_what_is_known_of_an_address_does_not_cross_between_test_and_live(store: Store) -> None:
    await in_test_mode(store)
    await store.invoice("T-1", creditor="tried")
    await store.do(
        "update contact_point set state = 'bounced' where debtor_id = (select id from debtor where creditor_id = 'tried')"
    )
    await store.invoice("1001")
    assert {state.split()[1] for state in await states(store, "acme")} == {"valid"}
    await store.do(
        "update contact_point set state = 'bounced' where debtor_id = (select id from debtor where creditor_id = 'acme')"
    )
    await in_test_mode(store, "again")
    await store.invoice("T-2", creditor="again")
    assert {state.split()[1] for state in await states(store, "again")} == {"valid"}


async def test_who_stops_messages_from_a_phone_stops_the_real_ones(store: Store) -> None:
    await in_test_mode(store)
    await store.invoice("T-1", creditor="tried", debtor=debtor())
    await store.invoice("1001", debtor=debtor())
    async with store.database.transaction() as connection:
        assert await debtors.opted_out(connection, "sms", "+4791234567", NOW) == 1
    assert "sms opted out" in await states(store, "acme")
    assert "sms opted out" not in await states(store, "tried")


async def test_a_bank_file_finds_the_live_creditor_of_an_account(store: Store) -> None:
    await in_test_mode(store)
    async with store.database.transaction() as connection:
        (found,) = (await connection.execute(OWNERS, {"accounts": ["12345678903"]})).all()
    assert (found.creditor, found.owners) == ("acme", 1)


async def test_operators_figures_leave_test_mode_out(store: Store) -> None:
    await in_test_mode(store)
    case = await store.invoice("T-1", creditor="tried")
    live = await store.invoice("1001")
    await store.claim(case, at=NOW)
    await store.do("update delivery set state = 'accepted', accepted_at = claimed_at")
    async with store.database.transaction() as connection:
        assert list((await forecast.open_cases(connection, 0, 9)).values()) == [[live]]
        assert await sweep.gone_out(connection, NOW) == (0, 0)


async def test_a_case_that_does_not_get_on_holds_the_clock_up_until_patience_ends(store: Store) -> None:
    await in_test_mode(store)
    await store.invoice(creditor="tried")
    await set_out(store, (await shows(store)) + 30 * DAY)
    assert not await step(store)  # nobody has looked at the case
    before = await shows(store)
    assert await step(store, patient=False)
    assert (await shows(store)) - before > 29 * DAY


async def test_what_is_known_until_a_day_ends_as_the_clock_passes_it_and_the_case_looks_again(store: Store) -> None:
    await in_test_mode(store)
    case = await store.invoice(creditor="tried")
    until = (await shows(store) + 10 * DAY).date()
    async with store.database.transaction() as connection:
        found = await debtors.find(connection, "tried", "K-1")
        assert found is not None
        known = {LifeKind.REPRESENTED: debtors.Known(holds=True, value="Guri Verge", until=until)}
        await debtors.change(connection, found, found, [], NOW, known=known)
        await debtors.look_at_ends(connection, NOW + 40 * DAY)
    query = "select representative from debtor where creditor_id = 'tried'"
    assert await store.rows(query) == [("Guri Verge",)], "no live creditor's clock says anything of it"
    await store.do("update dunning_case set looked_seq = news_seq, looked_at = recorded_at, next_at = null")
    await store.do("delete from outbox")
    await travel(store, 90 * DAY)
    assert await store.rows(query) == [(None,)]
    assert "debtor_changed" in await store.news(case)
