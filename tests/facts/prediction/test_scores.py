"""Scores are kept in bulk, in place of the earlier ones; of whom nothing may be guessed there are none."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from commands.debtor.change import DebtorChange, change_debtor
from domain.learned.guess import FoundIn, Guess
from facts.prediction import segments
from facts.prediction.of_whom import OF_WHOM
from planning.service import PlannedCase, Planning
from tests.guesses import in_segment, learned, scored
from tests.store import LAWS, NOW, TODAY, Store
from tests.world import debtor
from views.prediction.named_segments import unknown_segments

KEPT = "select case_id, chance_14, scored_at from payment_score order by case_id"
OLA = {"name": "Ola Nordmann", "customer_number": "K-10", "email": "ola@example.no", "phone": "+4798765432"}


def test_nowhere_does_anybody_come_of_age_later_than_it_is_assumed() -> None:
    assert "interval '18 years'" in OF_WHOM
    assert max(law.majority.on(TODAY) for law in LAWS.values()) == 18


async def test_a_refresh_takes_the_place_of_the_one_before(store: Store) -> None:
    first, second = await store.invoice("1001"), await store.invoice("1002", reference=None)
    assert await scored(store, second, first) == 2
    later = NOW + timedelta(days=1)
    assert await scored(store, second, at=later, chance_14=Decimal("0.99995"), chance_next_step=None) == 1
    assert await store.rows(KEPT) == [(first, Decimal("0.3"), NOW), (second, Decimal(1), later)]


async def test_a_case_that_is_closed_or_nobodys_has_no_score(store: Store) -> None:
    case = await store.invoice()
    await store.do("update dunning_case set state = 'closed'")
    assert await scored(store, case, case + 1) == 0


async def test_whoever_objected_while_scores_were_made_has_none(store: Store) -> None:
    theirs = await store.invoice()
    await store.known("no profiling")
    others = await store.invoice("1002", debtor=debtor(**OLA))
    assert await scored(store, theirs, others) == 1
    assert [row.case_id for row in await store.rows(KEPT)] == [others]


@pytest.mark.parametrize(("days", "kept"), [(1, 0), (-2, 1)], ids=["still holds", "is over"])
async def test_an_objection_holds_until_its_last_day(store: Store, days: int, kept: int) -> None:
    case = await store.invoice()
    await store.known("no profiling", until=TODAY + timedelta(days=days))
    assert await scored(store, case) == kept


@pytest.mark.parametrize("who", ["stop_reason = 'deceased'", "protected_address = true", "birth_date = '2015-01-01'"])
async def test_of_whom_nothing_may_be_guessed_has_no_score_though_it_was_reckoned(store: Store, who: str) -> None:
    case = await store.invoice()
    await store.do(f"update debtor set {who}")
    assert await scored(store, case) == 0


@pytest.mark.parametrize(
    "said", [{"objects_to_profiling": True}, {"stop_reason": "deceased"}, {"stop_reason": "minor"}]
)
async def test_what_was_guessed_is_erased_by_the_word_that_forbids_it(store: Store, said: dict[str, object]) -> None:
    theirs = [await store.invoice("1001"), await store.invoice("1002", reference=None)]
    others = await store.invoice("1003", debtor=debtor(**OLA))
    await scored(store, *theirs, others)
    await in_segment(store, "valued late payers")
    async with store.database.transaction() as connection:
        told = DebtorChange.model_validate({"by": "anne", "reason_code": "called"} | said)
        await change_debtor(connection, Planning(LAWS), "acme", "K-1", None, told, NOW)
    assert [row.case_id for row in await store.rows(KEPT)] == [others]
    (left,) = await store.rows("select d.customer_number from debtor_segment s join debtor d on d.id = s.debtor_id")
    assert left.customer_number == "K-10"


async def plan(store: Store, case: int, now: datetime = NOW) -> PlannedCase:
    """What a case does next under the texts that are stored."""
    async with store.database.transaction() as connection:
        return await Planning(LAWS).plan(connection, case, now)


async def asks_for(store: Store, when: str) -> None:
    """Every policy has an optional call after the due date, for whom `when` says."""
    call = f"  - {{id: kind-call, at: due date + 3 days, channel: phone, when: {{{when}}}}}\n  - id: reminder\n"
    await store.do(
        "update policy_text set text = replace(text, :before, :call)", before="  - id: reminder\n", call=call
    )


async def test_only_a_score_of_what_is_in_use_counts(store: Store) -> None:
    first, second = await store.invoice("1001"), await store.invoice("1002", reference=None)
    await asks_for(store, "chance_below: 40 %")
    await scored(store, first)
    assert (await plan(store, first)).case.facts.guess == Guess(Decimal("0.3000"), NOW)
    assert (await plan(store, second)).case.facts.guess is None
    await learned(store, "better")  # until the next refresh what was guessed before it counts
    assert (await plan(store, first)).case.facts.guess is not None
    await scored(store, second, name="better")
    last = "select max(id) from model_choice"
    await store.do(f"""insert into model_choice (name, version_id, retired, undoes, by, reason_code, happened_at)
      select name, version_id, false, id, 'anne', 'worse', happened_at from model_choice where id = ({last})""")
    assert (await plan(store, first)).case.facts.guess is not None
    assert (await plan(store, second)).case.facts.guess is None  # it was stepped back from that
    await store.do(
        """insert into model_choice (name, retired, by, reason_code, happened_at)
        values ('payment', true, 'anne', 'drifted', :at)""",
        at=NOW,
    )
    assert (await plan(store, first)).case.facts.guess is None


async def test_policies_that_ask_for_nobody_in_particular_read_no_guess(store: Store) -> None:
    case = await store.invoice()
    await scored(store, case)
    facts = (await plan(store, case)).case.facts
    assert (facts.guess, facts.segment, facts.relations) == (None, None, ())


async def test_a_policy_that_names_a_segment_which_nobody_is_in_is_told_of(store: Store) -> None:
    await store.invoice()
    await asks_for(store, "segment: valued late payers")

    async def unknown() -> list[str]:
        async with store.database.transaction() as connection:
            return await unknown_segments(connection, LAWS, ["acme"])

    assert await unknown() == ["acme: kind-call of no-gentle is for the segment valued late payers"]
    await in_segment(store, "Valued late payers")
    assert await unknown() == []
    await store.do("update found_segment set name = 'late and valued', once_called = '[\"Valued late payers\"]'")
    assert await unknown() == []
    await store.do("update found_segment set once_called = '[]'")
    assert len(await unknown()) == 1
    await store.do("update invoice set segment = 'valued late payers'")
    assert await unknown() == []


async def test_a_segment_is_known_by_the_name_that_it_has_now(store: Store) -> None:
    case = await store.invoice()
    await asks_for(store, "segment: valued late payers")
    assert (await plan(store, case)).case.facts.found_in is None
    await in_segment(store, "cluster 3")
    assert (await plan(store, case)).case.facts.found_in == FoundIn("cluster 3", NOW)
    await store.do("update found_segment set name = 'Valued late payers', named_by = 'anne'")
    assert (await plan(store, case)).case.facts.found_in == FoundIn("Valued late payers", NOW)


async def test_a_case_goes_on_by_the_name_that_a_segment_had_before_a_person_renamed_it(store: Store) -> None:
    case = await store.invoice()
    await asks_for(store, "segment: valued late payers")
    await in_segment(store, "Valued late payers")
    before = (await plan(store, case)).action
    async with store.database.transaction() as connection:
        await segments.name(connection, "acme", "valued-late", "Late and valued", "anne")
    after = await plan(store, case)
    assert after.case.facts.found_in == FoundIn("Late and valued", NOW, once_called=("Valued late payers",))
    assert after.action == before


async def test_other_words_of_a_debtor_leave_the_scores(store: Store) -> None:
    case = await store.invoice()
    await scored(store, case)
    async with store.database.transaction() as connection:
        told = DebtorChange.model_validate({"by": "anne", "reason_code": "called", "no_calls": True})
        await change_debtor(connection, Planning(LAWS), "acme", "K-1", None, told, NOW)
    assert len(await store.rows(KEPT)) == 1
