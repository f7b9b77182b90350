"""A command to many cases: looked at first, then page by page, and released ones in turns."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from activities.jobs.letters import Letters
from commands.case.hold import Hold
from commands.many import record_each
from commands.record import record
from terminal.output import Refusal
from tests.begin import BEGIN, TODAY
from tests.doings import invoiced
from tests.life import Life
from tests.lives.stage import on_paper, until_day
from tests.terminal.office import Office, Typed
from tests.world import World, eventually
from views import selected


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
    monkeypatch.setattr(selected, "PAGE", 20)
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


def test_cases_are_named_by_their_customer_and_by_the_file_they_came_in(office: Office) -> None:
    """By the file's name, or by the id of its content; another creditor's of the same names are not meant."""
    other = Office(office.typed, office.folder, office.url)
    for each in (office, other):
        each.invoices("a1", "a2")
    batch = office.file(office.line("b1"), office.line("b2"))
    (told,) = office.typed("import", "--yes", batch, "--json").json["batches"]
    assert told["name"] == batch.name
    ours = f"creditor={office.creditor}"
    for where in (f"batch={batch.name}", f"{ours}, batch={told['id']}"):
        cases = office.typed("list", "--where", where, "--json").json["cases"]
        assert sorted((case["creditor"], case["invoice"]) for case in cases) == [
            (office.creditor, "b1"),
            (office.creditor, "b2"),
        ]
    cases = office.typed("list", "--where", f"{ours} and customer=K-a2", "--json").json["cases"]
    assert [(case["creditor"], case["invoice"]) for case in cases] == [(office.creditor, "a2")]
    unknown = office.typed("hold", "--where", "batch=gone.csv", "--by", "kim")
    assert (unknown.code, "there is no batch gone.csv" in unknown.err) == (2, True)
    copy = office.folder / f"renamed-{batch.name}"
    copy.write_bytes(batch.read_bytes())
    again = office.typed("import", "--yes", copy, "--json").json
    assert (again["cases"] if "cases" in again else again["accepted"], again["batches"]) == (2, [])


def held(office: Office, *numbers: str) -> str:
    """Invoices long past due whose cases are on hold; gives the filter that describes them."""
    office.invoices(*numbers)
    where = f"creditor={office.creditor} and hold=yes"
    assert office.typed("hold", "--where", f"creditor={office.creditor}", "--by", "kim", "--reason", "storm").code == 0
    return where


TURNS = """select i.number, t.at from release_turn t join dunning_case c on c.id = t.case_id
    join invoice i on i.id = c.invoice_id where c.creditor_id = '{}' order by t.at"""


def test_a_release_says_beforehand_how_many_hours_it_takes_and_its_cases_go_on_in_turns(office: Office) -> None:
    where = held(office, "t1", "t2", "t3", "t4")
    asked = ("release", "--where", where, "--per-hour", 2)
    seen = office.typed(*asked, "--dry-run", "--json").json
    assert (seen["matching"], seen["messages"], seen["per_hour"], seen["hours"]) == (4, 4, 2, 2)
    assert sum(seen["by_step"].values()) == 4
    assert office.rows(TURNS.format(office.creditor)) == [], "a preview changes nothing"
    words = office.typed(*asked, "--dry-run").err
    assert "4 messages or tasks come in turns, 2 an hour at most, within 2 hours: the last at " in words
    said = office.typed(*asked, "--by", "kim", "--reason", "over")
    assert (said.code, "4 of 4 cases" in said.out, "2 an hour at most" in said.err) == (0, True, True)
    turns = [at for _, at in office.rows(TURNS.format(office.creditor))]
    assert [int((at - turns[0]).total_seconds() / 60) for at in turns] == [0, 30, 60, 90]
    waiting = office.typed("status", f"{office.creditor}/t4", "--json").json
    assert not waiting["on_hold"]
    why = office.typed("why", f"{office.creditor}/t4")
    assert "released with many others: its turn has not come" in why.out


def test_who_was_interrupted_keeps_the_turns_that_were_given(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    where = held(office, "u1", "u2", "u3")
    monkeypatch.setattr("terminal.many.record_each", interrupted)
    assert office.typed("release", "--where", where, "--per-hour", 1, "--by", "kim").code == 1
    monkeypatch.setattr("terminal.many.record_each", record_each)
    before = office.rows(TURNS.format(office.creditor))
    assert len(before) == 3
    done = office.typed("release", "--where", where, "--per-hour", 1, "--by", "kim", "--json").json
    assert done["done"] == 3
    first, *ahead = before  # the first one's moment was over when it was let go
    after = office.rows(TURNS.format(office.creditor))
    assert after[:3] == before
    assert [number for number, _ in after[3:]] == [first[0]]
    assert after[3][1] >= ahead[-1][1] + timedelta(hours=1), "nor are two turns now in one hour"


async def interrupted(*_: object) -> None:
    raise Refusal("the database does not answer")


def test_who_is_held_again_and_released_alone_waits_for_no_turn(office: Office) -> None:
    where, case = held(office, "v1", "v2"), f"{office.creditor}/v2"
    office.typed("release", "--where", where, "--per-hour", 1, "--by", "kim")
    assert "its turn has not come" in office.typed("why", case).out
    office.typed("hold", case, "--by", "kim", "--reason", "asked")
    freed = office.typed("release", case, "--by", "kim")
    assert freed.code == 0
    assert "its turn has not come" not in office.typed("why", case).out


def test_a_hold_whose_end_is_past_is_released_without_a_turn(office: Office) -> None:
    office.invoices("x1")
    ours = f"creditor={office.creditor}"
    office.typed("hold", "--where", ours, "--until", TODAY, "--by", "kim")
    office.turn(BEGIN + timedelta(days=2))
    said = office.typed("release", "--where", ours, "--per-hour", 1, "--by", "kim", "--json").json
    assert (said["done"], office.rows(TURNS.format(office.creditor))) == (1, [])
    office.turn(BEGIN)


def test_an_hours_number_goes_with_many_alone(office: Office) -> None:
    held(office, "w1")
    said = office.typed("release", f"{office.creditor}/w1", "--per-hour", 5)
    assert (said.code, "--per-hour goes with --where or --of" in said.err) == (2, True)


LETTERS = """select d.id, d.state from delivery d join delivery_case dc on dc.delivery_id = d.id
    where dc.case_id = :case and d.channel = 'letter' order by d.serial"""


async def test_letters_of_held_cases_leave_their_batch_at_once_and_are_written_anew_when_released(
    world: World, in_world: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that the printer has is named, stays sent, and is not written a second time."""
    monkeypatch.setenv("PURR_PRINT_FOLDER", str(world.settings.print_folder))
    case, batches = await on_paper(world), world.parts.print_batches
    where = f"creditor={case.creditor} and number={case.number}"

    async def typed(command: str, *more: str) -> Any:
        said = await asyncio.to_thread(in_world, command, "--where", where, *more, "--json")
        assert said.code == 0, said
        await case.quiet()
        return said.json

    async def letters() -> list[tuple[str, Any]]:
        return [(row.state, row.id) for row in await world.rows(LETTERS, case=case.case_id)]

    await case.until("invoice", "letter")
    await world.turn(await case.now())
    assert (await typed("hold", "--dry-run"))["unposted_letters"] == 1
    assert (await typed("hold", "--by", "kim", "--reason", "storm"))["at_printer"] == {}
    ((state, pulled),) = await letters()
    assert (state, batches.withdraw(str(pulled))) == ("withdrawn", False), "it is in no batch any more"
    await typed("release", "--by", "kim")
    await case.until("invoice", "letter")
    await eventually(letters_again(letters))
    (_, (state, again)) = await letters()
    (batch,) = [each for each in batches.batches() if str(again) in {one.delivery_id for one in batches.letters(each)}]
    batches.close(batch)
    held = await typed("hold", "--by", "kim", "--reason", "storm")
    assert held["at_printer"] == {f"letter {again}": f"in batch {batch}"}
    await typed("release", "--by", "kim")
    assert [state for state, _ in await letters()] == ["withdrawn", "accepted"]
    await world.turn_back()


def letters_again(letters: Any) -> Any:
    """Whether the letter was written a second time."""

    async def check() -> bool:
        return [state for state, _ in await letters()] == ["withdrawn", "accepted"]

    return check


async def test_whose_turn_comes_gets_fresh_days_and_who_has_paid_meanwhile_is_left_alone(
    world: World, in_world: Typed
) -> None:
    """Three debtors held over the day of their reminder and released one an hour: the second pays before its turn."""
    cases = [await invoiced(world) for _ in range(3)]
    reason = f"storm-{cases[0].number}"
    for case in cases:
        await hold(case, reason)
        await until_day(case, TODAY + timedelta(days=60))
    await world.turn(await cases[0].now())
    said = await asyncio.to_thread(in_world, "release", "--held-for", reason, "--per-hour", 1, "--by", "kim", "--json")
    assert (said.code, said.json["done"]) == (0, 3), said
    await world.turn_back()
    for case in cases:
        await case.quiet()
    _, second, third = cases
    assert [await reminders(case) for case in cases] == [1, 0, 0]
    assert "its turn has not come" in (await third.next()).why
    await second.pay(Decimal("802.00"))
    assert await second.outcome() == "paid"
    turn = (await third.next()).at
    assert turn is not None
    await third.step()
    assert (await reminders(second), await reminders(third)) == (0, 1)
    (sent,) = [d for d in await third.deliveries() if d.step == "reminder"]
    assert sent.claimed_at >= turn
    assert sent.deadline >= sent.claimed_at.date() + timedelta(days=14)


async def hold(case: Life, reason: str) -> None:
    """Somebody holds the case at its own moment."""
    async with case.world.database.transaction() as connection:
        command = Hold(by="kim", reason_code=reason)
        await record(
            connection, case.world.parts.planning, case.case_id, command, f"{reason}#{case.number}", await case.now()
        )
    await case.quiet()


async def reminders(case: Life) -> int:
    """How many reminders the case has sent."""
    return sum(d.step == "reminder" for d in await case.deliveries())


async def test_the_worker_takes_letters_of_held_cases_out_of_their_batch_whoever_held_them(world: World) -> None:
    case = await on_paper(world)
    await case.until("invoice", "letter")
    await world.turn(await case.now())
    watch = Letters(world.database, world.parts.planning, world.parts.print_batches)
    assert await watch.pull_of_held() == 0
    await hold(case, "storm")
    for _ in range(2):  # the second time there is nothing to do
        await watch.pull_of_held()
        assert [row.state for row in await world.rows(LETTERS, case=case.case_id)] == ["withdrawn"]
    await world.turn_back()
