"""A timeline is read page by page: every line once, in its order, whatever comes meanwhile and however many share a moment."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.begin import BEGIN
from tests.web.door import Door
from views import timeline
from views.timeline import Entry, Kind, Timeline

EVENT = """
insert into case_event (case_id, kind, by, happened_at)
select :case, 'hold', 'anne', cast(:at as timestamptz) + n / 3 * interval '1 hour' from generate_series(1, :many) n returning 1
"""
# Queued and exported, blocked and ended within a moment; and what was sent meanwhile, of both cases at once where it is even.
OF_A_MOMENT = """
with sent as (
  insert into delivery (id, serial, creditor_id, debtor_id, channel, message, tone, language, alert, state, attempt, fee, cost,
    currency, claimed_at, accepted_at, happened_at)
  select md5(:case || '-' || n)::uuid, nextval('delivery_serial'), creditor_id, debtor_id, 'email', 'reminder', 'kind', 'nb',
    false, 'accepted', 1, 0, 0, 'NOK', cast(:at as timestamptz) + n / 2 * interval '1 hour', :at, :at
  from dunning_case c, generate_series(1, :many) n where c.id = :case returning id),
numbered as (select id, row_number() over (order by id) as n from sent),
shown as (
  insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee)
  select id, unnest(case when n % 2 = 0 then array[:case, :also]::int[] else array[:case]::int[] end), 1,
    'step-' || :case || '-' || n, 'email', false
  from numbered),
told as (
  insert into provider_event (provider, event_id, delivery_id, kind, happened_at)
  select 'sendgrid', id || k::text, id, case k when 1 then 'accepted' when 2 then 'delivered' else 'opened' end,
    cast(:at as timestamptz) + n * k * interval '20 minutes'
  from numbered, generate_series(1, 4) k),
off as (insert into hand_off (creditor_id, case_id, state, exported_at, happened_at)
  select creditor_id, id, 'exported', :at, :at from dunning_case where id = :case)
select 1
"""


async def case_of(door: Door, number: str) -> int:
    """The case of an invoice."""
    query = "select c.id from dunning_case c join invoice i on i.id = c.invoice_id where i.creditor_id = :c and i.number = :n"
    return int(await door.one(query, c=door.creditor, n=number))


@pytest.fixture
async def cases(door: Door) -> tuple[int, int, int]:
    """Two cases of one debtor with much that happened, some of it in both; and the debtor."""
    await door.send_invoice()
    await door.send_invoice("1002", reference=None)
    one, other = await case_of(door, "1001"), await case_of(door, "1002")
    for case, also in ((one, other), (other, one)):
        await door.rows(EVENT, case=case, at=BEGIN, many=20)
        await door.rows(OF_A_MOMENT, case=case, also=also, at=BEGIN, many=12)
    return one, other, await door.one("select debtor_id from dunning_case where id = :case", case=one)


def lines(page: Timeline) -> list[tuple[Any, ...]]:
    """What tells each line from all others."""
    return [(each.at, each.source, each.what, each.nth, *each.cases) for each in page.entries]


async def walk(door: Door, read: Any, most: int, *, meanwhile: str = "", **values: Any) -> list[tuple[Any, ...]]:
    """All pages, while before each something new happens."""
    told, before = list[tuple[Any, ...]](), ""
    while True:
        async with door.database.transaction() as connection:
            page: Timeline = await read(connection, before, most)
        told += lines(page)
        if page.next is None:
            return told
        before = page.next
        if meanwhile:
            await door.rows(meanwhile, **values)


@pytest.mark.parametrize("most", [1, 7])
async def test_every_line_is_told_once_whatever_comes_meanwhile(
    door: Door, cases: tuple[int, int, int], most: int
) -> None:
    one, _, debtor = cases
    later = {"case": one, "at": BEGIN + timedelta(days=300), "many": 2}

    async def of_case(connection: AsyncConnection, before: str, most: int) -> Timeline:
        return await timeline.of_case(connection, one, before=before, most=most)

    async def of_debtor(connection: AsyncConnection, before: str, most: int) -> Timeline:
        return await timeline.of_debtor(connection, debtor, before=before, most=most)

    for read in (of_case, of_debtor):
        async with door.database.transaction() as connection:
            all_of_it = lines(await read(connection, "", 10_000))
        assert len(all_of_it) == len(set(all_of_it)) > 70
        assert await walk(door, read, most, meanwhile=EVENT, **later) == all_of_it


async def test_all_of_a_debtors_cases_are_told_and_each_line_is_in_one_of_them(
    door: Door, cases: tuple[int, int, int]
) -> None:
    one, other, debtor = cases
    async with door.database.transaction() as connection:
        of_both = (await timeline.of_debtor(connection, debtor, most=10_000)).entries
        of_each = [(await timeline.of_case(connection, case, most=10_000)).entries for case in (one, other)]
    places = [{each.place for each in entries} for entries in of_each]
    assert {each.place for each in of_both} == places[0] | places[1]
    assert {each.place for each in of_both if len(each.cases) == 2} == places[0] & places[1]
    assert len(places[0] & places[1]) > 10


async def test_a_provider_tells_one_thing_once_and_the_first_time_counts(
    door: Door, cases: tuple[int, int, int]
) -> None:
    one, _, debtor = cases

    def opened(entries: Any) -> list[Entry]:
        return [each for each in entries if each.source == "provider"]

    async with door.database.transaction() as connection:
        told = opened((await timeline.of_case(connection, one, kinds=[Kind.OPENED], most=10_000)).entries)
        assert {each.what for each in told} == {"email delivered", "email opened"}
        assert len({(each.what, each.detail["delivery"]) for each in told}) == len(told)
        late = """insert into provider_event (provider, event_id, delivery_id, kind, happened_at)
          select 'sendgrid', 'late' || delivery_id, delivery_id, 'opened', :at from delivery_case where case_id = :case
          order by delivery_id limit 1"""
        await connection.execute(text(late), {"case": one, "at": BEGIN + timedelta(days=900)})
        again = opened((await timeline.of_case(connection, one, kinds=[Kind.OPENED], most=10_000)).entries)
        assert [each.place for each in again] == [each.place for each in told]
        # News of the oldest message is the newest line, however many messages are newer.
        bounced = late.replace("'late'", "'bounced'").replace("'opened'", "'bounced'")
        await connection.execute(text(bounced), {"case": one, "at": BEGIN + timedelta(days=900)})
        (newest,) = (await timeline.of_debtor(connection, debtor, most=1)).entries
        assert newest.what == "email bounced"


async def test_what_is_no_place_begins_with_the_newest(door: Door, cases: tuple[int, int, int]) -> None:
    one, _, _ = cases
    async with door.database.transaction() as connection:
        first = lines(await timeline.of_case(connection, one))
        for written in ("x", "1-2-3", "9" * 40 + "-1-1-diary", "1-1-1-di'ary", "--", "1-1-1-diary\n"):
            assert lines(await timeline.of_case(connection, one, before=written)) == first
