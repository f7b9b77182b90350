"""What becomes known of a debtor's life, told and lifted by the one road: what it does to cases, tasks, money and addresses."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from commands.debtor.change import DebtorChange, change_debtor
from config.files import read_laws
from domain.parties.standing import Thing, standing_of
from facts.collection import service_blocks
from facts.refusals import Refused, Unknown
from planning.service import Planning
from tests.facts.money.test_late_facts import charged
from tests.store import NOW, TODAY, Store
from tests.world import debtor

LAWS = read_laws()
ANNE = {"by": "anne", "reason_code": "called"}
GURI = {"name": "Guri Verge", "email": "guri@verge.example"}
TASKS = "select kind, due_on, done_at is null as open, case_id from task order by id"


async def say(store: Store, number: str = "K-1", **given: Any) -> int:
    """A person says so. Gives how many open cases look again."""
    async with store.database.transaction() as connection:
        told = DebtorChange.model_validate(ANNE | given)
        return (await change_debtor(connection, Planning(LAWS), "acme", number, None, told, NOW)).open_cases


async def sync(store: Store, number: str = "K-1", **given: Any) -> None:
    """The billing system says so, with nobody's name to it."""
    async with store.database.transaction() as connection:
        await change_debtor(connection, Planning(LAWS), "acme", number, None, DebtorChange.model_validate(given), NOW)


async def tasks(store: Store) -> list[tuple[str, date | None, bool]]:
    """What a person was asked: the kind, the last day and whether it is open."""
    return [(task.kind, task.due_on, task.open) for task in await store.rows(TASKS)]


async def waits(store: Store, case: int, thing: Thing = Thing.REMINDER) -> bool:
    """Whether a thing of a case is not as ever today."""
    facts = (await store.load(case)).facts
    return standing_of(facts.life, TODAY, LAWS["NO"]).says(thing, facts.issue_date) != "allowed"


@pytest.mark.parametrize(
    ("given", "forbidden", "task", "days"),
    [
        ({"stop_reason": "deceased"}, Thing.OCCASION, "file claim", 42),
        ({"estate": GURI}, Thing.REMINDER, "file claim", 42),
        ({"stop_reason": "insolvent"}, Thing.INVOICE, "file claim", 21),
        ({"stop_reason": "debt settlement"}, Thing.INVOICE, "file claim", 21),
        ({"stop_reason": "minor"}, Thing.DIGITAL, "guardian", None),
        ({"stop_reason": "other"}, Thing.INVOICE, None, None),
        ({"protected_address": True}, Thing.LETTER, None, None),
        ({"representative": GURI}, Thing.CALL, None, None),
        ({"guardian": GURI}, Thing.CALL, None, None),
        ({"not_me": "kari@example.no"}, Thing.NOTICE, "address", None),
        ({"objects_to_tracking": True}, Thing.TRACKING, None, None),
        ({"objects_to_profiling": True}, Thing.PROFILING, None, None),
        ({"no_calls": True}, Thing.CALL, None, None),
        ({"danger": True}, Thing.BLOCK, None, None),
        ({"paused_until": TODAY + timedelta(days=14)}, Thing.REMINDER, None, None),
    ],
)
async def test_what_is_told_holds_at_once_in_every_open_case_and_asks_for_what_comes_next(
    store: Store, given: dict[str, Any], forbidden: Thing, task: str | None, days: int | None
) -> None:
    first, second = await store.invoice("1001"), await store.invoice("1002", reference=None)
    assert await say(store, **given) == 2
    for case in (first, second):
        assert await waits(store, case, forbidden)
        assert (await store.news(case))[-1] == "debtor_changed"
    last = TODAY + timedelta(days=days) if days else None
    assert await tasks(store) == ([(task, last, True)] * 2 if task else [])
    await say(store, **given)  # told again: no news, and nothing is asked twice
    assert await store.one("select count(*) from life_event where kind <> 'deceased'") <= 1
    assert len(await tasks(store)) == (2 if task else 0)


@pytest.mark.parametrize(
    ("given", "lifted", "forbidden"),
    [
        ({"stop_reason": "deceased"}, {"stop_reason": None}, Thing.REMINDER),
        ({"estate": GURI, "estate_rejected": True}, {"stop_reason": None}, Thing.REMINDER),
        ({"stop_reason": "minor"}, {"stop_reason": None}, Thing.DIGITAL),
        ({"representative": GURI}, {"representative": None}, Thing.CALL),
        ({"protected_address": True}, {"protected_address": False}, Thing.LETTER),
        ({"not_me": "kari@example.no"}, {"not_me": None}, Thing.NOTICE),
        ({"not_me": "kari@example.no"}, {"email": "kari@new.example"}, Thing.NOTICE),  # the debtor is found
        ({"paused_until": TODAY + timedelta(days=14)}, {"paused_until": None}, Thing.REMINDER),
    ],
)
async def test_what_is_lifted_holds_no_more_and_what_was_asked_for_it_is_done(
    store: Store, given: dict[str, Any], lifted: dict[str, Any], forbidden: Thing
) -> None:
    case = await store.invoice()
    await say(store, **given)
    assert await say(store, **lifted) == 1
    assert not await waits(store, case, forbidden)
    assert not any(is_open for _, _, is_open in await tasks(store))
    await say(store, **given)  # and comes back
    assert await waits(store, case, forbidden)


async def test_a_deadline_counts_from_the_day_on_which_it_began(store: Store) -> None:
    await store.invoice()
    await say(store, stop_reason="insolvent", since=TODAY - timedelta(days=10))
    assert await tasks(store) == [("file claim", TODAY + timedelta(days=11), True)]


async def test_an_invoice_that_comes_after_the_death_is_filed_too_and_one_that_runs_apart_is_not(store: Store) -> None:
    before = await store.invoice("1001")
    await say(store, stop_reason="deceased", since=TODAY - timedelta(days=2))
    after = await store.invoice("1002", reference=None)
    assert [task.case_id for task in await store.rows(TASKS)] == [before, after]
    assert [due_on for _, due_on, _ in await tasks(store)] == [TODAY + timedelta(days=40)] * 2
    await say(store, stop_reason="insolvent", since=TODAY - timedelta(days=2))
    apart = await store.invoice("1003", reference=None, issue_date=TODAY, due_date=TODAY + timedelta(days=14))
    assert apart not in {task.case_id for task in await store.rows(TASKS)}
    assert not await waits(store, apart)


async def test_a_minor_gets_fees_and_interest_back_by_a_persons_word_too(store: Store) -> None:
    case = await store.invoice()
    await charged(store, case)
    await say(store, stop_reason="minor")
    assert (await store.load(case)).facts.balance == Decimal(802)
    await say(store, stop_reason="minor")
    assert (await store.load(case)).facts.balance == Decimal(802)


async def test_the_diary_says_what_became_known_and_what_holds_no_more(store: Store) -> None:
    await store.invoice()
    await say(store, stop_reason="minor")
    await say(store, stop_reason="deceased", no_calls=True)
    lines = await store.rows("select detail from case_event where kind = 'debtor_changed' order by id")
    assert [line.detail for line in lines] == [
        {"reason_code": "called", "known": "minor"},
        {"reason_code": "called", "known": "no longer minor, deceased, no calls"},
    ]


async def test_a_guardian_who_is_known_is_not_looked_for(store: Store) -> None:
    await store.invoice()
    await say(store, stop_reason="minor", guardian=GURI)
    assert await tasks(store) == []


async def test_a_guardian_who_was_looked_for_is_found(store: Store) -> None:
    await store.invoice()
    await say(store, stop_reason="minor")
    assert await tasks(store) == [("guardian", None, True)]
    await say(store, guardian=GURI)
    assert await tasks(store) == [("guardian", None, False)]


async def test_a_guardian_takes_the_place_of_an_adviser_and_an_adviser_a_guardians(store: Store) -> None:
    await store.invoice()
    per = {"name": "Per Rådgiver", "email": "per@raad.example"}
    known = "select kind, until is not null as over from life_event order by id"
    theirs = "select address from contact_point where of_representative and state = 'valid' and channel <> 'phone'"
    await say(store, representative=per)
    await say(store, guardian=GURI)
    assert [tuple(row) for row in await store.rows(known)] == [
        ("represented", False), ("represented", True), ("guardian", False)
    ]  # fmt: skip
    assert [row.address for row in await store.rows(theirs)] == ["guri@verge.example"]
    assert await store.one("select representative from debtor") == "Guri Verge"
    await say(store, representative=None)
    assert await store.one("select representative from debtor") == "Guri Verge"
    await say(store, representative=per)
    assert await store.one("select representative from debtor") == "Per Rådgiver"
    with pytest.raises(ValidationError, match="one of them gets every message"):
        await say(store, representative=per, guardian=GURI)


async def test_whoever_stood_in_before_is_not_written_to_any_more(store: Store) -> None:
    await store.invoice()
    await say(store, representative=GURI)
    await say(store, representative={"name": "Per Verge", "phone": "+4791234567"})
    theirs = "select address from contact_point where of_representative and state = 'valid' and channel <> 'phone'"
    assert [row.address for row in await store.rows(theirs)] == ["+4791234567"]
    await say(store, estate={"name": "Ola Arving", "email": "ola@arving.example"})
    assert [row.address for row in await store.rows(theirs)] == ["ola@arving.example"]
    assert await store.one("select representative from debtor") == "Ola Arving"
    await say(store, stop_reason=None)  # the death was a mistake
    assert await store.one("select representative from debtor") == "Per Verge"


OLD = {"email": "kari@example.no", "address_lines": ["Storgata 1"], "postcode": "0155", "city": "Oslo"}
MOVED = {"email": "kari@new.example", "address_lines": ["Nygata 2"], "postcode": "5003", "city": "Bergen"}


async def in_use(store: Store) -> tuple[list[str], list[str]]:
    """The address that stands on letters, and those that work, by email and letter."""
    works = await store.rows(
        "select address from contact_point where state = 'valid' and channel in ('email', 'letter')"
    )
    return await store.one("select address from debtor"), sorted(row.address for row in works)


@pytest.mark.parametrize("by", ["import", "sync"])
async def test_what_a_person_said_of_an_address_is_not_undone_by_data_that_repeats_the_old_one(
    store: Store, by: str
) -> None:
    await store.invoice(debtor=debtor(**OLD))
    await say(store, **MOVED)
    moved = (["Nygata 2", "5003 Bergen"], ["Nygata 2, 5003 Bergen", "kari@new.example"])
    assert await in_use(store) == moved
    for night in ("1002", "1003"):
        if by == "import":
            await store.invoice(night, reference=None, debtor=debtor(**OLD))
        else:
            await sync(store, **OLD)
        assert await in_use(store) == moved
    further = OLD | {
        "email": "k@third.example",
        "address_lines": ["Storgata 9"],
    }  # what nobody said anything of is news
    await store.invoice("1004", reference=None, debtor=debtor(**further))
    assert await in_use(store) == (["Storgata 9", "0155 Oslo"], ["Storgata 9, 0155 Oslo", "k@third.example"])
    await say(store, **OLD)
    assert await in_use(store) == (["Storgata 1", "0155 Oslo"], ["Storgata 1, 0155 Oslo", "kari@example.no"])


async def test_data_may_go_back_to_what_only_data_had_replaced(store: Store) -> None:
    for number, given in (("1001", OLD), ("1002", MOVED), ("1003", OLD)):
        await store.invoice(number, reference=None, debtor=debtor(**given))
    assert await in_use(store) == (["Storgata 1", "0155 Oslo"], ["Storgata 1, 0155 Oslo", "kari@example.no"])


async def test_a_persons_wish_for_a_language_stays_whatever_invoices_say(store: Store) -> None:
    await store.invoice()
    await say(store, language="en")
    await store.invoice("1002", reference=None)
    assert await store.one("select language from debtor") == "en"
    assert await store.one("select count(*) from life_event where kind = 'language'") == 1


@pytest.mark.parametrize(
    "given",
    [
        {"stop_reason": "deceased", "since": TODAY + timedelta(days=1)},
        {"representative": GURI, "until": TODAY},
        {"paused_until": TODAY},
        {"not_me": "somebody@else.example"},
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_told(store: Store, given: dict[str, Any]) -> None:
    await store.invoice()
    with pytest.raises(Refused):
        await say(store, **given)
    assert await store.rows("select kind from life_event") == []


@pytest.mark.parametrize(
    ("given", "free"),
    [
        ({"danger": True}, True),
        ({"stop_reason": "other"}, True),
        ({"stop_reason": "minor"}, True),
        ({"paused_until": TODAY + timedelta(days=14)}, True),
        ({"not_me": "kari@example.no"}, True),
        ({"guardian": GURI}, False),
        ({"no_calls": True}, False),
        ({"danger": False}, False),
    ],
)
async def test_a_service_that_would_not_be_blocked_now_is_opened_at_once(
    store: Store, given: dict[str, Any], free: bool
) -> None:
    case = await store.invoice()
    async with store.database.transaction() as connection:
        await service_blocks.block(connection, case, NOW)
    await say(store, **given)
    assert (await store.load(case)).facts.blocked is not free


async def test_another_creditors_debtor_is_not_there(store: Store) -> None:
    await store.invoice()
    with pytest.raises(Unknown, match="K-9"):
        await say(store, "K-9", stop_reason="deceased")


# --- where they live within a country --------------------------------------------------------------------------------

FINN: dict[str, Any] = {"debtor": debtor(country="FI", phone=None, postcode="00100", city="Helsinki")}
SELF_GOVERNMENT = datetime(
    2027, 6, 9, 9, tzinfo=UTC
)  # a Wednesday, noon in Helsinki: the day on which the invoice is due
EURO_ACCOUNT = """insert into bank_account (creditor_id, account, happened_at)
  values ('acme', 'FI2112345600000785', :now) on conflict do nothing"""
IN_MARIEHAMN: dict[str, Any] = {"address_lines": ["Torggatan 1"], "postcode": "AX-22100", "city": "Mariehamn"}
IN_HELSINKI: dict[str, Any] = {"address_lines": ["Mannerheimintie 1"], "postcode": "00100", "city": "Helsinki"}


async def finn(store: Store, number: str = "1001", **changes: Any) -> int:
    """The case of an invoice to a Finn that is due on the day of Åland's self-government."""
    await store.do("""update creditor set policies = policies || '{"FI consumer": "fi-gentle"}' where id = 'acme'""")
    await store.do(EURO_ACCOUNT, now=NOW)
    due = SELF_GOVERNMENT.date()
    days = {"issue_date": due - timedelta(days=21), "due_date": due, "currency": "EUR", "reference": None}
    return await store.invoice(number, **(FINN | days | changes))


async def reminded(store: Store, case: int) -> date | None:
    """The day on which what comes next in a case leaves, looked at on that one."""
    async with store.database.transaction() as connection:
        at = (await Planning(LAWS).plan(connection, case, SELF_GOVERNMENT)).action.at
    return at.date() if at else None


async def test_who_moves_to_a_region_is_left_in_peace_on_its_days_and_what_was_promised_stays(store: Store) -> None:
    case, other = await finn(store), await finn(store, "1002", debtor=debtor(**{**IN_HELSINKI, "country": "FI", 
        "phone": None, "customer_number": "K-2"}))  # fmt: skip
    await store.claim(case, "invoice", at=NOW, deadline=SELF_GOVERNMENT.date() + timedelta(days=1))
    on_the_day, day_after = date(2027, 6, 9), date(2027, 6, 10)
    assert await reminded(store, case) == on_the_day
    assert await say(store, **IN_MARIEHAMN) == 1
    assert (await store.news(case))[-1] == "debtor_changed"
    assert await reminded(store, case) == day_after
    assert await reminded(store, other) == on_the_day
    facts = (await store.load(case)).facts
    assert [d.deadline for d in facts.deliveries] == [SELF_GOVERNMENT.date() + timedelta(days=1)]
    await say(store, **IN_HELSINKI)
    assert await reminded(store, case) == on_the_day


async def test_who_moves_to_another_country_and_a_region_there_has_an_address_as_it_is_written_there(
    store: Store,
) -> None:
    case = await store.invoice()
    await say(store, country="FI", **IN_MARIEHAMN)
    assert (await store.load(case)).place == "22100 MARIEHAMN"
