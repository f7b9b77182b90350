"""What a distribution house tells of letters: a file whole or not at all, each line once, and the kinder reading holds."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from commands.debtor import letter_statuses
from commands.debtor.letter_statuses import Taken
from domain.distribution_house import Line, Told
from facts.cases.load import load_case
from facts.deliveries import letters
from facts.refusals import Refused
from tests.begin import turn
from tests.facts.builders import NOON, Facts, facts_in
from tests.world import SPRING

TODAY = SPRING
LATER = TODAY + timedelta(days=4)
TOLD = "the distribution house tells what cannot all be"


@pytest_asyncio.fixture
async def facts(postgres_url: str) -> AsyncIterator[Facts]:
    async with facts_in(postgres_url, "letter_statuses") as facts:
        await facts.creditor("acme")
        await facts.creditor("other", accounts=("10000000001",))
        await turn(facts.database, NOON + timedelta(days=10))  # the files of some days come then
        yield facts


async def given(
    facts: Facts, case: int, message: str = "reminder", *, needs_paper: bool = False, **changes: Any
) -> UUID:
    """A letter that was given to the house, for a mailbox first where it may be."""
    letter = await facts.delivery(case, message, **{"batch": "b-h1"} | changes)
    ways = '["paper"]' if needs_paper else '["digital mailbox", "paper"]'
    document = f'{{"pages": 1, "ways": {ways}, "needs_paper": {str(needs_paper).lower()}}}'
    await facts.change(
        "update delivery set document = cast(:document as jsonb) where id = :id", document=document, id=letter
    )
    return letter


def line(letter: UUID, told: Told, on: date | datetime = TODAY, *, number: int = 2, owner: str = "acme") -> Line:
    when = {"at": on} if isinstance(on, datetime) else {"on": on}
    return Line(number, owner, letter, told, **when)  # type: ignore[arg-type]


async def take(facts: Facts, *lines: Line) -> Taken:
    async with facts.database.transaction() as connection:
        return await letter_statuses.take(connection, lines)


async def state(facts: Facts, letter: UUID) -> tuple[Any, ...]:
    query = "select state, way, posted_on, read_at is not null, failure from delivery where id = :id"
    return tuple((await facts.rows(query, id=letter))[0])


async def asked(facts: Facts) -> list[str]:
    """What a person is asked about letters."""
    return [row.why for row in await facts.rows("select why from task where kind = 'letter' order by id")]


async def fees(facts: Facts) -> Decimal:
    (row,) = await facts.rows("select coalesce(sum(amount), 0) as fees from ledger_entry where part = 'fee'")
    return Decimal(row.fees)


async def test_a_letter_in_the_mailbox_counts_from_its_day_and_its_case_is_told_once(facts: Facts) -> None:
    case, other = await facts.case("1"), await facts.case("2")
    letter, waiting = await given(facts, case), await given(facts, other)
    told = line(letter, Told.DELIVERED)
    assert await take(facts, told) == Taken(1, 0, 0, frozenset({"b-h1"}))
    assert await state(facts, letter) == ("accepted", "digital mailbox", TODAY, False, None)
    assert await facts.news() == [(case, "letter_posted")]
    assert await take(facts, told, told) == Taken(0, 2, 0, frozenset({"b-h1"}))  # the file again, and a line twice
    assert await facts.news() == []
    assert await state(facts, waiting) == ("accepted", None, None, False, None)


async def test_the_law_counts_a_mailboxs_letter_as_one_by_post_so_the_later_day_holds(facts: Facts) -> None:
    case = await facts.case()
    letter = await given(facts, case)
    await take(facts, line(letter, Told.DELIVERED))
    async with facts.database.transaction() as connection:
        (read,) = (await load_case(connection, case, NOON)).facts.deliveries
    assert read.posted_on == TODAY


async def test_what_was_opened_is_read_from_the_end_of_a_day_of_which_no_moment_is_told(facts: Facts) -> None:
    case = await facts.case()
    one, two = await given(facts, case), await given(facts, case, "collection-notice")
    await take(facts, line(one, Told.OPENED, NOON + timedelta(hours=3)), line(two, Told.OPENED, TODAY))
    read = await facts.rows("select read_at, read_by from delivery order by read_at")
    assert [tuple(each) for each in read] == [
        (NOON + timedelta(hours=3), "read receipt"),
        (NOON + timedelta(hours=12), "read receipt"),
    ]
    assert [row.posted_on for row in await facts.rows("select posted_on from delivery")] == [TODAY, TODAY]


async def test_a_letter_that_nobody_opened_is_printed_and_counts_from_its_posting(facts: Facts) -> None:
    letter = await given(facts, await facts.case())
    await take(facts, line(letter, Told.DELIVERED))
    await take(facts, line(letter, Told.PRINTED, LATER), line(letter, Told.POSTED, LATER))
    assert await state(facts, letter) == ("accepted", "paper", LATER, False, None)
    assert await asked(facts) == []


async def test_a_day_that_was_counted_from_moves_later_and_never_earlier(facts: Facts) -> None:
    letter = await given(facts, await facts.case())
    await take(facts, line(letter, Told.POSTED, LATER))
    await take(facts, line(letter, Told.POSTED, TODAY))
    assert (await state(facts, letter))[2] == LATER
    assert await asked(facts) == [f"{TOLD}: it was posted on several days"]


@pytest.mark.parametrize("first", [Told.DELIVERED, Told.RETURNED])
async def test_what_came_back_from_a_mailbox_reached_nobody_and_its_address_stays_right(
    facts: Facts, first: Told
) -> None:
    case = await facts.case()
    notice = await given(facts, case, "collection-notice", fee=35, deadline=TODAY)
    lines = {Told.DELIVERED: line(notice, Told.DELIVERED), Told.RETURNED: line(notice, Told.RETURNED, LATER)}
    for told in (first, *(set(lines) - {first})):
        await take(facts, lines[told])
    assert (await state(facts, notice))[0] == "failed"
    assert await fees(facts) == 0
    assert [row.round for row in await facts.rows("select round from dunning_case")] == [2]
    points = await facts.rows("select state from contact_point where channel = 'letter'")
    assert [row.state for row in points] == ["wrong" if first is Told.RETURNED else "valid"]


async def test_of_opened_and_returned_the_kinder_holds_and_a_person_is_asked_once(facts: Facts) -> None:
    letter = await given(facts, await facts.case(), fee=35)
    await take(facts, line(letter, Told.DELIVERED), line(letter, Told.OPENED, TODAY + timedelta(days=1)))
    back = line(letter, Told.RETURNED, LATER)
    assert (await take(facts, back)).contradictory == 1
    assert (await state(facts, letter))[0] == "failed"
    assert await asked(facts) == [f"{TOLD}: it came back, though it had been opened"]
    await facts.change("update task set done_at = :at, done_by = 'kim'", at=NOON)
    assert (await take(facts, back)).contradictory == 0
    assert await facts.rows("select 1 from task where done_at is null") == []


async def test_a_page_that_the_debtor_visited_proves_more_than_that_the_letter_came_back(facts: Facts) -> None:
    letter = await given(facts, await facts.case())
    await facts.change("update delivery set read_at = :at, read_by = 'page visit'", at=NOON)
    await take(facts, line(letter, Told.POSTED), line(letter, Told.RETURNED, LATER))
    assert (await state(facts, letter))[0] == "accepted"


async def test_where_only_paper_counts_a_mailbox_does_not_whatever_the_house_did(facts: Facts) -> None:
    case = await facts.case()
    notice = await given(facts, case, "collection-notice", needs_paper=True, fee=35, deadline=TODAY)
    await take(facts, line(notice, Told.DELIVERED))
    assert await state(facts, notice) == ("accepted", "digital mailbox", None, False, None)  # it waits for its posting
    assert await fees(facts) == 0
    (why,) = await asked(facts)
    assert (
        "it went by digital mailbox, which was not ordered; it went by digital mailbox alone, where only paper" in why
    )
    await take(facts, line(notice, Told.POSTED, LATER))
    assert await state(facts, notice) == ("accepted", "paper", LATER, False, None)


async def test_what_the_house_brought_though_it_was_pulled_changes_nothing_and_is_told(facts: Facts) -> None:
    letter = await given(facts, await facts.case(), fee=35)
    async with facts.database.transaction() as connection:
        await letters.pulled(connection, letter, NOON)
    await take(facts, line(letter, Told.POSTED))
    assert (await state(facts, letter))[:3] == ("withdrawn", None, None)
    assert await fees(facts) == 0
    assert await asked(facts) == [f"{TOLD}: it was taken out of its batch, and went all the same"]


async def test_a_letter_without_an_answer_was_taken_where_the_house_tells_of_it(facts: Facts) -> None:
    letter = await given(facts, await facts.case(), state="claimed")
    await facts.change("update delivery set accepted_at = null")
    await take(facts, line(letter, Told.PRINTED))
    assert (await state(facts, letter))[0] == "accepted"


async def test_a_letter_of_which_the_house_has_told_is_with_it_and_nobody_pulls_it(facts: Facts) -> None:
    told, untold = await given(facts, await facts.case("1")), await given(facts, await facts.case("2"))
    await take(facts, line(told, Told.PRINTED))
    async with facts.database.transaction() as connection:
        assert [each.delivery for each in await letters.unposted(connection)] == [untold]


async def test_the_lines_of_a_letter_come_to_the_same_in_every_order_and_file_by_file(facts: Facts) -> None:
    ends = set()
    for number, order in enumerate(permutations((Told.DELIVERED, Told.OPENED, Told.POSTED))):
        letter = await given(facts, await facts.case(str(number)))
        for told in order:
            await take(facts, line(letter, told, LATER if told is Told.POSTED else TODAY))
        ends.add(await state(facts, letter))
    assert ends == {("accepted", "paper", LATER, True, None)}


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"letter": uuid4()}, "line 7: acme has no letter"),
        ({"owner": "other"}, "the file is of 2 creditors"),
        (
            {"on": TODAY - timedelta(days=1)},
            "line 7: the letter was made on 2026-03-02: it cannot be posted on 2026-03-01",
        ),
        ({"on": TODAY + timedelta(days=12)}, "line 7: 2026-03-14 is ahead"),
        ({"on": NOON + timedelta(days=12)}, "is ahead"),
    ],
)
async def test_one_wrong_line_and_nothing_of_the_file_is_kept(facts: Facts, wrong: dict[str, Any], why: str) -> None:
    letter = await given(facts, await facts.case())
    bad = line(wrong.pop("letter", letter), Told.POSTED, wrong.pop("on", TODAY), number=7, **wrong)
    with pytest.raises(Refused, match=why):
        await take(facts, line(letter, Told.POSTED), bad)
    assert (await state(facts, letter))[2] is None
    assert await facts.rows("select 1 from provider_event") == []


async def test_letters_of_another_creditor_and_of_the_printer_are_refused_in_words(facts: Facts) -> None:
    anothers = await given(facts, await facts.case("1", "other"))
    with pytest.raises(Refused, match=f"line 2: acme has no letter {anothers}"):
        await take(facts, line(anothers, Told.POSTED))
    printers = await facts.delivery(await facts.case("2"), batch="b-1")
    with pytest.raises(Refused, match="went to the printer and not to the distribution house"):
        await take(facts, line(printers, Told.POSTED))
