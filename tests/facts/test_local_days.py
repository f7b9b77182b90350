"""What is dated is dated by the debtor's clock, also in the hours in which UTC still has yesterday."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from commands.record import record
from commands.registry import COMMANDS
from domain.invoices.incoming import IncomingCreditNote
from domain.moment import moment_in
from facts.cases.load import local_day
from facts.collection import hand_offs
from facts.deliveries import letters
from facts.money import payments
from facts.money.payments import Payment
from facts.parties import creditors
from facts.refusals import Refused
from tests.store import LAWS, PLANNING, Store

FRIDAY_EVENING = datetime(2026, 11, 27, 22, 30, tzinfo=UTC)  # 23:30 in Oslo
SATURDAY_NIGHT = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)  # 00:30
NEW_YEARS_EVE = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)  # 23:30
NEW_YEAR = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # 00:30
SUMMER_NIGHT = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)  # 00:30

at_hard_moments = pytest.mark.parametrize(
    ("at", "day"),
    [
        (FRIDAY_EVENING, date(2026, 11, 27)),
        (SATURDAY_NIGHT, date(2026, 11, 28)),
        (NEW_YEARS_EVE, date(2026, 12, 31)),
        (NEW_YEAR, date(2027, 1, 1)),
        (SUMMER_NIGHT, date(2026, 7, 1)),
    ],
)


async def commanded(store: Store, case: int, at: datetime, name: str, **order: object) -> None:
    command = COMMANDS[name].model_validate({"by": "ola", "reason_code": "test"} | order)
    async with store.database.transaction() as connection:
        await record(connection, PLANNING, case, command, str(uuid4()), at)


async def paid(store: Store, at: datetime, amount: str, source_id: str = "p") -> None:
    payment = Payment("acme", "bank", source_id, Decimal(amount), "NOK", moment_in("NO", at).day, number="1001")
    async with store.database.transaction() as connection:
        await payments.book(connection, payment, at)


@at_hard_moments
async def test_a_rejected_dispute_gives_fourteen_days_from_the_local_day(store: Store, at: datetime, day: date) -> None:
    case = await store.invoice()
    await commanded(store, case, at - timedelta(days=1), "dispute")
    await commanded(store, case, at, "resolve_dispute", upheld=False)
    assert (await store.load(case, at)).facts.not_before == day + timedelta(days=14)


@at_hard_moments
async def test_a_part_that_was_rightly_disputed_is_credited_on_the_local_day(
    store: Store, at: datetime, day: date
) -> None:
    case = await store.invoice()
    await commanded(store, case, at - timedelta(days=1), "dispute", amount=Decimal("100.00"))
    await commanded(store, case, at, "resolve_dispute", upheld=True)
    assert await store.one("select booked_on from ledger_entry where kind = 'credit'") == day


@at_hard_moments
async def test_a_credit_note_is_booked_on_the_local_day(store: Store, at: datetime, day: date) -> None:
    await store.invoice()
    note = IncomingCreditNote(
        creditor="acme", number="C1", invoice_number="1001", issue_date=day, currency="NOK", amount=Decimal("802.00")
    )
    async with store.database.transaction() as connection:
        await store.intake.credit_note(connection, note, at)
    assert await store.one("select booked_on from ledger_entry where kind = 'credit'") == day


@at_hard_moments
async def test_a_case_that_opens_again_gives_fourteen_days_from_the_local_day(
    store: Store, at: datetime, day: date
) -> None:
    case = await store.invoice()
    await paid(store, at, "802.00")
    await store.do("update dunning_case set state = 'closed', outcome = 'paid'")
    await paid(store, at, "-802.00", "back")
    assert (await store.load(case, at)).facts.due_date == day + timedelta(days=14)


@at_hard_moments
def test_who_turns_eighteen_today_is_no_minor_any_more(at: datetime, day: date) -> None:
    birthday = day.replace(year=day.year - 18)
    law = LAWS["NO"]
    assert not law.is_minor(birthday, law.calendar.local_date(at))
    assert law.is_minor(birthday + timedelta(days=1), law.calendar.local_date(at))


@at_hard_moments
async def test_a_debtors_and_a_creditors_day_are_their_countrys(store: Store, at: datetime, day: date) -> None:
    case = await store.invoice()
    async with store.database.transaction() as connection:
        assert await local_day(connection, case, at) == day
        assert await creditors.local_day(connection, "acme", at) == day


@at_hard_moments
async def test_a_letter_cannot_have_been_posted_before_the_local_day_it_was_made_on(
    store: Store, at: datetime, day: date
) -> None:
    case = await store.invoice()
    await store.accept(await store.claim(case, at=at), at)
    await store.do("update delivery set batch = 'b-1'")
    async with store.database.transaction() as connection:
        with pytest.raises(Refused, match=f"letters made on {day}"):
            await letters.posted(connection, None, "b-1", day - timedelta(days=1), at)
        with pytest.raises(Refused, match="is ahead"):
            await letters.posted(connection, None, "b-1", day + timedelta(days=2), at)
        assert await letters.posted(connection, None, "b-1", day, at) == 1


@at_hard_moments
async def test_the_partner_reads_the_local_day_on_which_the_notice_was_sent(
    store: Store, at: datetime, day: date
) -> None:
    case = await store.invoice()
    await store.accept(await store.claim(case, "collection-notice", at=at), at)
    await store.do("update delivery set message = 'collection-notice'")
    await store.do(
        "insert into hand_off (creditor_id, case_id, state, happened_at) values ('acme', :case, 'queued', :at)",
        case=case,
        at=at,
    )
    async with store.database.transaction() as connection:
        notice = (await hand_offs.history(connection, await store.one("select id from hand_off"), at))["notice"]
        (exporting,) = await hand_offs.to_export(connection)
    assert notice["sent_on"] == day
    assert exporting.country == "NO"
