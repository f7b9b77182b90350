"""Mandates: asked for once, confirmed and ended by the bank's files, and told to the cases they matter to."""

from datetime import date, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from domain.agreements.direct_debit import Registration, ReportedMandate
from domain.agreements.mandate_order import ListNumber
from domain.planner.case_facts import PastEvent
from facts.direct_debit import mandates
from facts.direct_debit.mandates import Mandate, MandatesRecorded
from facts.refusals import Refused
from tests.store import NOW, TODAY, Store
from tests.world import debtor

ROOT = Path(__file__).resolve().parents[3]
KID, OTHER_KID, THIRD_KID = "006402710013", "2345676", "0044555258"
OLA = debtor(name="Ola Hansen", customer_number="K-2", email="ola@example.no", phone="+4791234568")


def reported(reference: str = KID, registration: Registration = "new", *, notify: bool = False) -> ReportedMandate:
    return ReportedMandate(reference, registration, notify)


async def record(
    store: Store,
    *told: ReportedMandate,
    lists_all: bool = False,
    transmission: int | None = None,
    made_on: date | None = None,
    creditor: str = "acme",
) -> MandatesRecorded:
    """A list comes, with the next transmission number unless it has another one."""
    if transmission is None:
        transmission = 1 + await store.one("select coalesce(max(transmission), 0) from direct_debit_file")
    number = ListNumber(made_on, transmission, 1)
    async with store.database.transaction() as connection:
        return await mandates.record_mandates(
            connection, creditor, told, name=f"{number} {told}", number=number, lists_all=lists_all, now=NOW
        )


async def ask(store: Store, case: int, reference: str = KID) -> Mandate:
    debtor = await debtor_of(store, case)
    async with store.database.transaction() as connection:
        return await mandates.ask(connection, "acme", debtor, reference, NOW)


async def mandate_of(store: Store, case: int) -> Mandate | None:
    debtor = await debtor_of(store, case)
    async with store.database.transaction() as connection:
        return await mandates.mandate_of(connection, "acme", debtor)


async def debtor_of(store: Store, case: int) -> int:
    (of,) = await store.rows("select debtor_id from dunning_case where id = :case", case=case)
    debtor: int = of.debtor_id
    return debtor


async def states(store: Store) -> list[tuple[str, str]]:
    return [tuple(row) for row in await store.rows("select reference, state from mandate order by reference")]


async def mandate_news(store: Store, case: int) -> list[str]:
    return [signal for signal in await store.news(case) if signal == "mandate_changed"]


async def test_asking_makes_a_pending_mandate_once(store: Store) -> None:
    case = await store.invoice()
    asked = await ask(store, case)
    assert (asked.state, asked.reference, asked.asked_at) == ("pending", KID, NOW)
    assert await ask(store, case) == asked
    assert await mandate_of(store, case) == asked
    assert await mandate_news(store, case) == []  # a pending mandate decides nothing yet


async def test_asking_with_an_active_mandate_gives_that_one(store: Store) -> None:
    case = await store.invoice()
    await store.invoice("1002", reference=OTHER_KID)
    await record(store, reported())
    assert (await ask(store, case, OTHER_KID)).reference == KID
    assert await states(store) == [(KID, "active")]


async def test_asking_again_after_the_end_makes_it_pending_again(store: Store) -> None:
    case = await store.invoice()
    await record(store, reported())
    await record(store, reported(registration="ended"))
    again = await ask(store, case)
    assert (again.state, again.ended_at) == ("pending", None)


async def test_a_reference_with_somebody_elses_mandate_is_refused(store: Store) -> None:
    await store.invoice()
    await record(store, reported())
    olas = await store.invoice("1002", reference=OTHER_KID, debtor=OLA)
    with pytest.raises(Refused, match="somebody else's"):
        await ask(store, olas, KID)


async def test_a_file_confirms_what_was_asked_and_tells_all_the_debtors_cases(store: Store) -> None:
    first, second = await store.invoice(), await store.invoice("1002", reference=OTHER_KID)
    olas = await store.invoice("1003", reference="12345678903", debtor=OLA)
    await ask(store, first)
    assert await record(store, reported(notify=True)) == MandatesRecorded(began=1, changed=0, ended=0, unknown=())
    for case in (first, second):
        found = await mandate_of(store, case)
        assert found is not None
        assert (found.state, found.notify, found.confirmed_at, found.asked_at) == ("active", True, NOW, NOW)
        assert await mandate_news(store, case) == ["mandate_changed"]
    assert await mandate_of(store, olas) is None
    assert await mandate_news(store, olas) == []
    assert await store.one("select count(*) from case_event where kind = 'mandate_active'") == 2


async def test_recording_the_same_again_changes_nothing(store: Store) -> None:
    case = await store.invoice()
    await record(store, reported())
    assert await record(store, reported()) == MandatesRecorded(began=0, changed=0, ended=0, unknown=())
    assert len(await mandate_news(store, case)) == 1


async def test_a_changed_wish_to_be_told_is_kept_and_wakes_nobody(store: Store) -> None:
    case = await store.invoice()
    await record(store, reported())
    assert await record(store, reported(notify=True)) == MandatesRecorded(began=0, changed=1, ended=0, unknown=())
    assert await store.one("select notify from mandate")
    assert len(await mandate_news(store, case)) == 1


async def test_an_end_is_told_and_once(store: Store) -> None:
    case = await store.invoice()
    await record(store, reported())
    assert (await record(store, reported(registration="ended"))).ended == 1
    assert (await record(store, reported(registration="ended"))).ended == 0
    assert await mandate_of(store, case) is None
    assert len(await mandate_news(store, case)) == 2


async def test_a_list_of_all_ends_those_that_are_not_in_it_but_not_what_waits_for_the_bank(store: Store) -> None:
    await store.invoice()
    olas = await store.invoice("1002", reference=OTHER_KID, debtor=OLA)
    third = await store.invoice("1003", reference="12345678903", debtor=debtor(name="Per", customer_number="K-3"))
    await record(store, reported(), reported(OTHER_KID))
    await ask(store, third, "12345678903")
    told = await record(store, reported(KID, "standing"), lists_all=True)
    assert told == MandatesRecorded(began=0, changed=0, ended=1, unknown=())
    assert await states(store) == [(KID, "active"), ("12345678903", "pending"), (OTHER_KID, "ended")]
    assert len(await mandate_news(store, olas)) == 2


async def test_a_list_of_changes_ends_nobody_it_does_not_name(store: Store) -> None:
    await store.invoice()
    await record(store, reported())
    await store.invoice("1002", reference=OTHER_KID, debtor=OLA)
    assert (await record(store, reported(OTHER_KID))).ended == 0


async def test_a_list_of_all_leaves_other_creditors_alone(store: Store) -> None:
    await store.invoice()
    await store.invoice("1002", creditor="beta", account="98765432100")
    await record(store, reported(), creditor="beta")
    await record(store, reported(OTHER_KID, "standing"), lists_all=True)
    assert await states(store) == [(KID, "active"), (OTHER_KID, "waiting")]


async def test_a_reference_of_nobody_or_of_several_is_unknown_and_hides_no_other(store: Store) -> None:
    await store.invoice()
    await store.invoice("1002", reference=OTHER_KID)
    await store.invoice("1003", reference=OTHER_KID, debtor=OLA)
    told = await record(store, reported("5555555551"), reported(OTHER_KID), reported())
    assert told == MandatesRecorded(began=1, changed=0, ended=0, unknown=("5555555551", OTHER_KID), shared=(OTHER_KID,))
    assert await states(store) == [(KID, "active"), (OTHER_KID, "waiting"), ("5555555551", "waiting")]


async def serve(store: Store) -> int:
    async with store.database.transaction() as connection:
        return len((await mandates.serve_waiting(connection, "acme", NOW)).references)


@pytest.mark.parametrize(
    ("told", "lists_all", "served", "left"),
    [
        ([reported()], False, 1, "active"),
        ([reported(registration="standing")], True, 1, "active"),  # a full list, at migration
        ([reported(), reported()], False, 1, "active"),
        ([reported(), reported(registration="ended")], False, 0, "ended"),
        ([reported(), reported(registration="ended"), reported()], False, 1, "active"),
    ],
)
async def test_a_mandate_that_comes_before_its_invoice_waits_and_serves_it(
    store: Store, told: list[ReportedMandate], lists_all: bool, served: int, left: str
) -> None:
    for each in told:
        await record(store, each, lists_all=lists_all)
    assert await serve(store) == 0
    case = await store.invoice()
    assert (await serve(store), await serve(store)) == (served, 0)
    assert await states(store) == [(KID, left)]
    assert len(await mandate_news(store, case)) == served


async def test_a_waiting_mandate_serves_no_other_creditor_and_nobody_where_two_have_its_reference(store: Store) -> None:
    await record(store, reported(), reported(OTHER_KID))
    await store.invoice("1001", creditor="beta", account="98765432100")
    await store.invoice("1002", reference=OTHER_KID)
    await store.invoice("1003", reference=OTHER_KID, debtor=OLA)
    assert await serve(store) == 0


@pytest.mark.parametrize("first", ["open", "closed"])  # who has paid may be the one whose account it is
async def test_a_mandate_whose_reference_two_debtors_have_serves_nobody_and_is_a_task(store: Store, first: str) -> None:
    await record(store, reported())
    olas = await store.invoice("1002", debtor=OLA)
    await store.do("update dunning_case set state = :state where id = :case", state=first, case=olas)
    karis = await store.invoice("1001")
    assert (await serve(store), await serve(store)) == (0, 0)
    tasks = await store.rows("select case_id, kind, step, why from task order by case_id")
    assert [task.case_id for task in tasks] == sorted({"open": [olas, karis], "closed": [karis]}[first])
    assert {(task.kind, task.step) for task in tasks} == {("mandate", "mandate#1")}
    assert tasks[0].why.startswith(f"the bank's mandate {KID} covers invoices of several debtors")
    assert (await record(store, reported(notify=True))).shared == (KID,)
    assert await states(store) == [(KID, "waiting")]


async def test_a_full_list_without_it_ends_a_waiting_mandate(store: Store) -> None:
    await record(store, reported())
    await record(store, reported(OTHER_KID, "standing"), lists_all=True)
    await store.invoice()
    assert await serve(store) == 0
    assert await states(store) == [(KID, "ended"), (OTHER_KID, "waiting")]


async def test_only_what_has_waited_in_vain_for_a_year_is_erased(store: Store) -> None:
    await record(store, reported(), reported(OTHER_KID), reported(THIRD_KID, "ended"), reported("5555555551"))
    await store.invoice()
    assert await serve(store) == 1
    await store.do("update mandate set confirmed_at = '2020-01-01', ended_at = '2020-01-01' where state <> 'waiting'")
    await store.do("update mandate set confirmed_at = '2020-01-01' where reference = :old", old=OTHER_KID)
    await store.do("update mandate set confirmed_at = 'infinity' where reference = '5555555551'")
    register = yaml.safe_load((ROOT / "docs" / "personal-data.yaml").read_text(encoding="utf-8"))
    (entry,) = (each for each in register["tables"]["mandate"]["personal"] if "reference" in each["columns"])
    await store.do(entry["erase"])
    assert await states(store) == [(KID, "active"), ("5555555551", "waiting")]


async def test_who_asks_with_a_waiting_mandate_has_it_at_once(store: Store) -> None:
    await record(store, reported())
    assert (await ask(store, await store.invoice())).state == "active"


async def test_a_mandate_can_carry_the_reference_of_a_plan(store: Store) -> None:
    case = await store.invoice()
    await store.do(
        "insert into instalment_plan (creditor_id, case_id, reference, state, total, interest, currency, by, reason_code,"
        " happened_at) values ('acme', :case, :kid, 'active', 802, 0, 'NOK', 'ola', 'test', :now)",
        case=case,
        kid=OTHER_KID,
        now=NOW,
    )
    assert (await record(store, reported(OTHER_KID))).began == 1


async def test_the_latest_of_several_records_counts(store: Store) -> None:
    await store.invoice()
    assert (await record(store, reported(), reported(registration="ended"))).began == 0
    assert await states(store) == [(KID, "ended")]


async def test_only_one_creditor_owns_an_agreement(store: Store) -> None:
    agreement = """update creditor set direct_debit = '{"account": "12345678903"}' where id = :creditor"""

    async def owner() -> str | None:
        async with store.database.transaction() as connection:
            return await mandates.owner_of_agreement(connection, "12345678903")

    assert await owner() is None
    await store.do(agreement, creditor="acme")
    assert await owner() == "acme"
    await store.do(agreement, creditor="beta")
    assert await owner() is None


# --- lists that come in another order than they were made ---------------------------------------------------------


@pytest.mark.parametrize(
    ("came", "left"),
    [
        # each: the lists in the order they came, as (number, of all?, what it says), and what stands then
        ([(5, False, "new"), (6, False, "ended")], "ended"),
        ([(6, False, "ended"), (5, False, "new")], "ended"),  # the end was known before the beginning
        ([(6, False, "new"), (5, False, "ended")], "active"),
        ([(4, False, "new"), (6, False, "ended"), (5, False, "new")], "ended"),
        ([(4, False, "new"), (6, False, "new"), (5, False, "ended")], "active"),
        ([(7, True, ""), (6, False, "new")], None),  # the newer list of all did not name it
        ([(5, False, "new"), (7, True, ""), (6, False, "new")], "ended"),
        ([(7, True, "standing"), (6, False, "ended")], "active"),
        ([(7, True, "standing"), (6, True, "")], "active"),  # the older list of all ends nobody
        ([(7, False, "new"), (6, True, "")], "active"),  # it began after that list was made
        ([(5, False, "new"), (7, False, ""), (6, True, "")], "ended"),  # its last word is older than the late list
        ([(7, False, "ended"), (6, True, "standing")], "ended"),
        ([(5, True, ""), (7, False, ""), (6, False, "new")], "active"),  # late, but new
        ([(9_999_999, False, "new"), (1, False, "ended")], "ended"),  # seven digits go round
        ([(1, False, "ended"), (9_999_999, False, "new")], "ended"),
        ([(0, True, ""), (9_999_998, False, "new")], None),
        ([(6, False, "new"), (6, False, "ended")], "ended"),  # the centre sent it again, put right
    ],
)
async def test_what_the_centre_said_last_stands_whenever_it_comes(
    store: Store, came: list[tuple[int, bool, Registration | str]], left: str | None
) -> None:
    await store.invoice()
    await store.invoice("1002", reference=OTHER_KID, debtor=OLA)
    for transmission, lists_all, says in came:
        told = [ReportedMandate(OTHER_KID, "standing" if lists_all else "new", notify=False)]
        if says in ("new", "ended", "standing"):
            told.append(ReportedMandate(KID, says, notify=False))
        await record(store, *told, lists_all=lists_all, transmission=transmission)
    assert dict(await states(store)) == {OTHER_KID: "active"} | ({KID: left} if left else {})


async def test_a_list_that_comes_late_says_which_of_its_words_are_left_out(store: Store) -> None:
    for place, reference in enumerate((KID, OTHER_KID, THIRD_KID)):
        await store.invoice(f"100{place}", reference=reference, debtor=debtor(customer_number=f"K-{place}"))
    await record(store, reported(), transmission=7)
    late = await record(store, reported(registration="ended"), reported(OTHER_KID), transmission=6)
    assert late == MandatesRecorded(began=1, changed=0, ended=0, unknown=(), outdated=(KID,))
    await record(store, reported(KID, "standing"), lists_all=True, transmission=9)
    late = await record(store, reported(THIRD_KID), reported(OTHER_KID), transmission=8)
    assert late == MandatesRecorded(began=0, changed=0, ended=0, unknown=(), outdated=(THIRD_KID, OTHER_KID))
    assert await states(store) == [(KID, "active"), (OTHER_KID, "ended")]


async def test_the_wish_to_be_told_is_the_one_of_the_newest_list(store: Store) -> None:
    await store.invoice()
    await record(store, reported(notify=True), transmission=7)
    await record(store, reported(notify=False), transmission=6)
    assert await store.one("select notify from mandate")


async def test_the_numbers_of_the_centre_start_again_in_january(store: Store) -> None:
    await store.invoice()
    eve, january = date(2026, 12, 31), date(2027, 1, 4)
    await record(store, reported(), transmission=3_650_003, made_on=eve)
    told = await record(store, reported(registration="ended"), transmission=40_001, made_on=january)
    assert (told.ended, told.outdated) == (1, ())


@pytest.mark.parametrize(
    ("made_on", "left"),
    [(TODAY - timedelta(days=1), "pending"), (TODAY, "pending"), (TODAY + timedelta(days=1), "ended"), (None, "ended")],
)
async def test_what_a_debtor_asks_for_is_not_undone_by_a_list_from_before(
    store: Store, made_on: date | None, left: str
) -> None:
    asked = await ask(store, await store.invoice())
    told = await record(store, reported(registration="ended"), made_on=made_on)
    assert await states(store) == [(KID, left)]
    assert told.outdated == ((KID,) if left == "pending" else ())
    assert await store.one("select asked_at from mandate") == asked.asked_at


async def test_what_a_debtor_asks_for_after_the_end_is_not_answered_by_an_older_list(store: Store) -> None:
    case = await store.invoice()
    await record(store, reported(registration="ended"), transmission=7)
    await ask(store, case)
    await record(store, reported(), transmission=6)
    assert await states(store) == [(KID, "pending")]
    assert (await record(store, reported(), transmission=8)).began == 1


async def test_lists_of_one_agreement_take_turns(store: Store) -> None:
    await store.do("""update creditor set direct_debit = '{"account": "12345678903"}' where id = 'acme'""")
    async with store.database.transaction() as reads, store.database.transaction() as another:
        assert await mandates.owner_of_agreement(reads, "12345678903") == "acme"
        await store.invoice()  # what else the creditor does goes on
        await another.execute(text("set local lock_timeout = '10ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            await mandates.owner_of_agreement(another, "12345678903")


LISTS: Any = st.lists(
    st.tuples(
        st.booleans(),
        st.dictionaries(st.sampled_from([KID, OTHER_KID, THIRD_KID]), st.sampled_from(["new", "ended"]), min_size=1),
    ),
    min_size=2,
    max_size=4,
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LISTS)
async def test_in_whatever_order_lists_come_the_same_mandates_stand(
    store: Store, lists: list[tuple[bool, dict[str, Registration]]]
) -> None:
    await store.do("truncate mandate, invoice, debtor, direct_debit_file cascade")
    await store.invoice()
    await store.invoice("1002", reference=OTHER_KID, debtor=OLA)
    stand: set[str] = set()
    for lists_all, words in lists:
        begun = {each for each, says in words.items() if says == "new" or lists_all}
        stand = begun if lists_all else stand - words.keys() | begun
    for order in list(permutations(enumerate(lists, start=1)))[:: max(1, len(lists))]:
        await store.do("truncate mandate, direct_debit_file cascade")
        for transmission, (lists_all, words) in order:
            told = [reported(each, "standing" if lists_all else says) for each, says in words.items()]
            await record(store, *told, lists_all=lists_all, transmission=transmission)
        assert {each for each, state in await states(store) if state != "ended"} == stand


TOLD: Any = st.lists(
    st.builds(
        reported, st.sampled_from([KID, OTHER_KID]), st.sampled_from(["new", "ended", "standing"]), notify=st.booleans()
    ),
    max_size=6,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TOLD)
async def test_whatever_is_told_the_last_word_stands(store: Store, told: list[ReportedMandate]) -> None:
    await store.do("truncate mandate, invoice, debtor, direct_debit_file cascade")
    await store.invoice()
    await store.invoice("1002", reference=OTHER_KID, debtor=OLA)
    for each in told:
        await record(store, each)
    last = {each.reference: each.registration for each in told}
    active = [reference for reference, state in await states(store) if state == "active"]
    assert active == sorted(reference for reference, said in last.items() if said != "ended")


async def test_the_case_it_was_asked_with_knows_a_mandate_that_is_pending_and_no_other_does(store: Store) -> None:
    case = await store.invoice()
    others = [
        await store.invoice("1002", reference=OTHER_KID),
        await store.invoice("1003"),  # under the same payment reference
        await store.invoice("1004", debtor=OLA),
    ]
    asked = await ask(store, case)
    assert (await store.load(case)).facts.pending_mandate == PastEvent(str(asked.id), NOW)
    assert [(await store.load(other)).facts.pending_mandate for other in others] == [None, None, None]
    await record(store, reported(OTHER_KID))
    assert (await store.load(case)).facts.pending_mandate is None, "another one serves the debtor"
