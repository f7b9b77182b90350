"""What a person decides, also for many cases and where nobody is there to take it."""

import asyncio
from datetime import datetime, timedelta

import pytest

from terminal import described
from tests.begin import TODAY
from tests.life import begin
from tests.terminal.office import Office, Typed
from tests.world import World


def test_many_cases_are_held_and_released_by_a_filter(office: Office) -> None:
    office.invoices("n1", "n2", "n3")
    where = f"creditor={office.creditor} and number!=n3"
    shown = office.typed("hold", "--where", where, "--dry-run", "--json").json
    assert shown["matching"] == 2
    assert office.typed("list", "--where", f"{where}, hold=yes", "--json").json["total"] == 0
    held = office.typed("hold", "--where", where, "--by", "kim", "--reason", "strike", "--json")
    assert (held.code, held.json["done"]) == (0, 2)
    assert office.rows(
        f"select distinct h.by, h.reason_code from hold h join dunning_case c on c.id = h.case_id "
        f"where c.creditor_id = '{office.creditor}'"
    ) == [("kim", "strike")]
    assert office.typed("list", "--where", f"creditor={office.creditor}, hold=yes", "--json").json["total"] == 2
    released = office.typed("release", "--where", f"creditor={office.creditor}", "--json")
    assert released.code == 1
    assert released.json["done"] == 2
    assert released.json["refused"] == {f"{office.creditor}/n3": "the case is not on hold"}


def test_many_cases_are_held_by_their_file_and_released_by_reason(office: Office) -> None:
    office.invoices("f1", "f2", "f3")
    batch = office.file(office.line("f1"), office.line("f2"), office.line("never-imported"))
    reason = f"faulty-{office.creditor}"
    held = office.typed("hold", "--of", batch, "--by", "kim", "--reason", reason, "--json").json
    assert (held["done"], held["refused"]) == (2, {})
    assert office.typed("hold", f"{office.creditor}/f1", "--by", "kim", "--reason", "moved").code == 0
    released = office.typed("release", "--held-for", reason, "--by", "kim", "--json").json
    assert (released["done"], released["refused"]) == (2, {})
    still = office.typed("list", "--where", f"creditor={office.creditor}, hold=yes", "--json").json["cases"]
    assert [case["invoice"] for case in still] == ["f1"]
    none = office.typed("release", "--held-for", reason, "--by", "kim")
    assert (none.code, f"no case is held for {reason}: there are " in none.err) == (2, True)


def test_many_are_taken_page_by_page_and_whoever_was_interrupted_asks_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than two pages: all once, the first lines of a dry run, and the same again holds nobody twice."""
    monkeypatch.setattr(described, "PAGE", 20)
    office.invoices("q1")
    office.rows(
        f"""with more as (insert into invoice (creditor_id, debtor_id, number, issue_date, due_date, original_due_date,
            currency, amount, happened_at)
          select creditor_id, debtor_id, 'more-' || n, issue_date, due_date, due_date, currency, amount, happened_at
          from invoice, generate_series(1, 50) n where creditor_id = '{office.creditor}' returning id, creditor_id, debtor_id)
        insert into dunning_case (creditor_id, invoice_id, debtor_id, policy_hash, state, news_seq, happened_at, round)
        select m.creditor_id, m.id, m.debtor_id, c.policy_hash, 'open', 0, c.happened_at, 1
        from more m join dunning_case c on c.creditor_id = m.creditor_id returning 1"""
    )
    ours = f"creditor={office.creditor}"
    shown = office.typed("hold", "--where", ours, "--dry-run", "--json").json
    assert (shown["matching"], len(shown["cases"]), shown["more"]) == (51, 20, True)
    assert "51 cases, the first 20:" in office.typed("hold", "--where", ours, "--dry-run").out
    words = ("--by", "kim", "--reason", "storm")
    interrupted = office.typed("hold", "--where", f"{ours}, number!=more-7", *words, "--json").json
    assert (interrupted["matching"], interrupted["done"]) == (50, 50)
    again = office.typed("hold", "--where", ours, *words, "--json").json
    assert (again["matching"], again["done"], again["refused"]) == (51, 51, {})
    of_ours = f"join dunning_case c on c.id = x.case_id where c.creditor_id = '{office.creditor}'"
    assert office.rows(f"select count(*), count(distinct case_id) from hold x {of_ours}") == [(51, 51)]
    assert office.rows(f"select count(*) from case_event x {of_ours} and x.kind = 'hold'") == [(51,)]
    released = office.typed("release", "--where", f"{ours}, hold=yes", *words, "--json").json
    assert (released["done"], released["refused_count"]) == (51, 0)
    refused = office.typed("release", "--where", ours, *words)
    assert (refused.code, "release: 0 of 51 cases" in refused.out, "  and 31 more" in refused.out) == (1, True, True)


def test_a_file_that_names_what_there_is_not_says_so(office: Office) -> None:
    office.invoices("g1", "g2", "g3")
    office.typed("withdraw", f"{office.creditor}/g3", "--by", "kim", "--facts")
    office.rows(
        f"""update dunning_case c set state = 'closed', outcome = 'withdrawn' from invoice i
        where i.id = c.invoice_id and i.number = 'g3' and i.creditor_id = '{office.creditor}' returning 1"""
    )
    odd = "no'pe"
    batch = office.file(*map(office.line, ("g1", odd, "g3", "g2", "g1")), office.line("g1", amount="1e3"))
    shown = office.typed("hold", "--of", batch, "--dry-run", "--json").json
    assert (shown["matching"], shown["unknown"], shown["left_out"]) == (2, [f"{office.creditor}/{odd}"], 1)
    assert shown["unreadable"] == 1
    narrower = office.typed("hold", "--of", batch, "--where", "number!=g2", "--dry-run", "--json").json
    assert ([case["invoice"] for case in narrower["cases"]], narrower["left_out"]) == (["g1"], 2)
    held = office.typed("hold", "--of", batch, "--by", "kim")
    assert held.code == 1
    assert f"hold: 2 of 2 cases\n1 of the file name no invoice:\n  {office.creditor}/{odd}" in held.out
    assert (
        "1 of the file cannot be read: `import --dry-run` says why\n1 of the file are closed or do not fit" in held.out
    )


def test_a_command_is_recorded_in_the_facts_when_nobody_is_there_to_take_it(office: Office) -> None:
    office.invoices("o1")
    who = f"{office.creditor}/o1"
    for words in ((), ("--facts",)):  # which means the same
        held = office.typed("hold", who, *words, "--json")
        assert held.code == 0
        assert held.json["next"]["on_hold"]
        assert held.json["next"]["label"].startswith("Wait for news: ")
        assert "the Temporal server at 127.0.0.1:1 does not answer" in held.err
        assert "the case follows then" in held.err
    noted = office.typed("dispute", who, "--note", "says the meter is wrong", "--json")
    assert noted.code == 0
    assert office.rows(
        f"select d.note from dispute d join dunning_case c on c.id = d.case_id where c.creditor_id = '{office.creditor}'"
    ) == [("says the meter is wrong",)]


def test_a_hold_says_in_words_until_when_the_case_waits(office: Office) -> None:
    office.invoices("z1")
    day = TODAY + timedelta(days=9)
    held = office.typed("hold", f"{office.creditor}/z1", "--until", day, "--facts", "--json").json
    assert held["next"]["label"].startswith("Wait until ")


def test_a_step_that_is_not_ahead_is_refused_in_the_facts_too(office: Office) -> None:
    office.invoices("p1")
    said = office.typed("skip", f"{office.creditor}/p1", "no-such-step", "--facts")
    assert said.code == 1
    assert "there are invoice, due-date-reminder, reminder" in said.err


async def test_a_hold_is_answered_with_what_follows_and_kept_with_its_reason(world: World, in_world: Typed) -> None:
    case = await begin(world)
    who = f"{case.creditor}/{case.number}"
    said = await asyncio.to_thread(in_world, "hold", who, "--by", "kim", "--reason", "new-address", "--json")
    assert said.code == 0, said
    assert said.json["next"]["on_hold"]
    assert "new-address" in said.json["next"]["why"]
    rows = await world.rows("select by, reason_code from hold where case_id = :case", case=case.case_id)
    assert [tuple(row) for row in rows] == [("kim", "new-address")]
    released = await asyncio.to_thread(in_world, "release", who)
    assert released.code == 0
    assert released.out.startswith(f"{who}: ")
    await case.quiet()
    assert (await case.next()).on_hold is False


async def test_a_hold_until_a_day_ends_by_itself(world: World, in_world: Typed) -> None:
    case = await begin(world)
    day = await case.today() + timedelta(days=5)
    said = await asyncio.to_thread(in_world, "hold", f"{case.creditor}/{case.number}", "--until", str(day), "--json")
    assert said.code == 0, said
    calendar = world.laws["NO"].calendar
    ends = calendar.here(datetime.fromisoformat(said.json["next"]["at"])).local
    assert (ends.date() - timedelta(days=1), ends.hour) == (day, 0)  # the whole of that day counts
    past = await asyncio.to_thread(in_world, "hold", f"{case.creditor}/{case.number}", "--until", "2020-01-01")
    assert past.code == 1
    assert "is past" in past.err


async def test_a_step_ahead_is_skipped_and_one_that_is_not_is_refused(world: World, in_world: Typed) -> None:
    case = await begin(world)
    who = f"{case.creditor}/{case.number}"
    said = await asyncio.to_thread(in_world, "skip", who, "reminder", "--json")
    assert said.code == 0, said
    assert "reminder" not in said.json["next"]["open_steps"]
    refused = await asyncio.to_thread(in_world, "skip", who, "no-such-step", "--json")
    assert refused.code == 1
    assert "has no step no-such-step" in refused.json["error"]
    assert refused.err.strip() == refused.json["error"]
    again = await asyncio.to_thread(in_world, "skip", who, "reminder")
    assert (again.code, "'reminder' is no step ahead in this case; ahead are: " in again.err) == (1, True)


async def test_a_release_of_a_case_that_is_not_held_is_refused(world: World, in_world: Typed) -> None:
    case = await begin(world)
    said = await asyncio.to_thread(in_world, "release", f"{case.creditor}/{case.number}")
    assert said.code == 1
    assert said.err.strip() == "the case is not on hold"


async def test_a_dispute_stops_the_case_until_it_is_resolved(world: World, in_world: Typed) -> None:
    case = await begin(world)
    who = f"{case.creditor}/{case.number}"
    disputed = await asyncio.to_thread(in_world, "dispute", who, "--json")
    assert "disputed" in disputed.json["next"]["why"]
    upheld = await asyncio.to_thread(in_world, "dispute", who, "--resolve", "upheld", "--json")
    assert upheld.code == 0, upheld
    assert await case.outcome() == "withdrawn"
    closed = await asyncio.to_thread(in_world, "hold", who)
    assert closed.code == 1
    assert "the case is closed" in closed.err


async def test_a_hand_off_is_rejected_and_approved(world: World, in_world: Typed) -> None:
    case = await begin(world)
    await case.climb_to_approval()
    who = f"{case.creditor}/{case.number}"
    rejected = await asyncio.to_thread(in_world, "approve", who, "--reject", "--json")
    assert rejected.code == 0, rejected
    approved = await asyncio.to_thread(in_world, "approve", who, "--by", "kim")
    assert approved.code == 0, approved
    rows = await world.rows("select approved, by from approval where case_id = :c order by id", c=case.case_id)
    assert [row.approved for row in rows] == [False, True]
    assert rows[-1].by == "kim"


async def test_a_withdrawn_case_ends(world: World, in_world: Typed) -> None:
    case = await begin(world)
    said = await asyncio.to_thread(in_world, "withdraw", f"{case.creditor}/{case.number}", "--json")
    assert said.code == 0, said
    assert said.json["next"]["outcome"] == "withdrawn"
    assert await case.outcome() == "withdrawn"
