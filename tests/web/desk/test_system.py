"""How everything runs, as the desk shows it; and stop switches, each within its reach."""

import ast
import csv
import io
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from domain.desk.roles import Role
from tests.begin import TODAY
from tests.web.desk.conftest import Staff
from tests.web.desk.test_case import another
from tests.web.desk.test_queues import money
from tools.sources import parsed
from web.desk.acts import DEEDS
from web.pages import words

HOME = Path(__file__).parents[3]


async def test_what_waits_is_shown_with_what_to_do(staff: Staff) -> None:
    await staff.door.send_invoice()
    bente = await staff.sign_in(Role.SUPERVISOR)
    page = (await bente.get("/desk/system")).text
    assert "What somebody must look at" in page
    assert "Workers" not in page  # of all creditors together: not theirs
    everything = await staff.sign_in(Role.SUPERVISOR)
    async with staff.door.database.transaction() as connection:
        await connection.execute(
            text("update desk_user set creditors = null where id = :id"), {"id": everything.user.id}
        )
    assert "Workers" in (await everything.get("/desk/system")).text


async def test_who_sees_several_creditors_is_told_once_what_waits_at_all_of_them(staff: Staff) -> None:
    mine, other = staff.door.creditor, await another(staff.door)
    await another(staff.door, "elsewhere")
    for creditor in (mine, other, f"{mine}-elsewhere"):
        await staff.door.rows(
            "update bank_account set imported_through = null where creditor_id = :c returning 1", c=creditor
        )
    one, both = await staff.sign_in(Role.SUPERVISOR), await staff.sign_in(Role.SUPERVISOR, creditors=(mine, other))
    asked, engine = list[str](), staff.door.database.engine.sync_engine

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    await one.get("/desk/system")
    event.listen(engine, "before_cursor_execute", count)
    try:
        await one.get("/desk/system")
        of_one = len(asked)
        page = (await both.get("/desk/system")).text
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert len(asked) == 2 * of_one
    assert page.count("<strong>bank data</strong>") == 1
    assert f"{mine} account" in page
    assert f"{other} account" in page
    assert f"{mine}-elsewhere account" not in page


async def test_a_stop_is_set_by_who_may_with_a_reason_and_lifted(staff: Staff) -> None:
    kim, mine = await staff.sign_in(Role.CREDIT_MANAGER), staff.door.creditor
    form = {"scope": "creditor", "key": mine, "creditor": mine, "reason": "fault in file"}
    assert (await kim.send("/desk/stops", **form)).status_code == 303
    page = (await kim.get("/desk/stops")).text
    assert (f"fault in file, {kim.user.name}" in page, "fault in file" in (await kim.get("/desk/system")).text) == (
        True,
        True,
    )
    assert (await kim.send("/desk/stops/lift", scope="creditor", key=mine, creditor=mine)).status_code == 303
    assert "Nothing is stopped." in (await kim.get("/desk/stops")).text
    did = await staff.door.rows("select what, why from desk_audit where by = :by order by id", by=kim.user.name)
    assert [tuple(row) for row in did] == [("stopped", "fault in file"), ("stop_lifted", None)]


async def test_nobody_stops_what_is_not_theirs(staff: Staff) -> None:
    kim, mine = await staff.sign_in(Role.CREDIT_MANAGER), staff.door.creditor
    for form, said in (
        ({"scope": "everything"}, "name one of your creditors"),
        ({"scope": "channel", "key": "sms"}, "name one of your creditors"),
        ({"scope": "creditor", "key": "another"}, "no creditor another"),
        ({"scope": "channel", "key": "fax", "creditor": mine}, "no channel fax"),
        ({"scope": "policy", "key": "nothing", "creditor": mine}, "no policy nothing"),
        ({"scope": "world", "key": "x"}, "choose what is stopped"),
        ({"scope": "everything", "key": "x", "creditor": mine}, "takes no name"),
    ):
        refused = await kim.send("/desk/stops", **form, reason="x")
        assert (refused.status_code, said in refused.text) == (422, True), (form, refused.text)
    refused = await kim.send("/desk/stops", scope="channel", key="sms", creditor=mine, reason="no/code")
    assert (refused.status_code, 'value="no/code"' in refused.text) == (422, True)
    assert await staff.door.rows("select from stop_switch where creditor_id = :c", c=mine) == []


async def test_who_left_the_screen_open_signs_in_again_before_a_stop(staff: Staff) -> None:
    kim = await staff.sign_in(Role.CREDIT_MANAGER)
    async with staff.door.database.transaction() as connection:
        old = text("update desk_session set shown_at = clock_timestamp() - interval '6 minutes' where user_id = :id")
        await connection.execute(old, {"id": kim.user.id})
    answer = await kim.get("/desk/stops")
    assert answer.headers["location"] == "/desk/sign-in?anew=1&back=%2Fdesk%2Fstops"
    assert (await kim.send("/desk/stops", scope="everything", reason="x")).status_code == 303
    assert (await kim.get("/desk/system")).status_code == 200


async def test_the_audit_is_searched_and_exported_without_formulas(staff: Staff) -> None:
    kim, rune = await staff.sign_in(Role.CREDIT_MANAGER), await staff.sign_in(Role.AUDITOR)
    form = {"scope": "creditor", "key": staff.door.creditor, "creditor": staff.door.creditor, "reason": "x"}
    await kim.send("/desk/stops", **form)
    page = (await rune.get("/desk/audit", by=kim.user.name)).text
    assert (">stopped<" in page, "stop_lifted" in page) == (True, False)
    assert ">stopped<" not in (await rune.get("/desk/audit", since=str(TODAY + timedelta(days=2)))).text
    assert ">stopped<" not in (await rune.get("/desk/audit", by=kim.user.name, before="1")).text
    assert "write a date" in (await rune.get("/desk/audit", since="31/12")).text
    told = await rune.get("/desk/audit.csv", by=kim.user.name)
    (row,) = csv.DictReader(io.StringIO(told.text))
    assert (row["what"], row["why"], row["creditor"]) == ("stopped", "x", staff.door.creditor)
    assert "audit_exported" in str(
        await staff.door.rows("select what from desk_audit where by = :by", by=rune.user.name)
    )


def _written_down() -> Iterator[str]:
    """What is written into the audit, by the names that stand there."""
    for file in (
        file for room in ("web/desk", "facts/desk", "commands/prediction") for file in (HOME / room).glob("*.py")
    ):
        for node in ast.walk(parsed(file.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr="did"), args=[_, *said]):
                    yield from _names(said[:2])
                case ast.Call(func=ast.Name(id="_do" | "_done"), args=[_, _, said, *_]):
                    yield from _names([said])
                case ast.Assign(targets=[ast.Name(id="what")], value=said):
                    yield from _names([said])


def _names(said: Iterable[ast.expr]) -> Iterator[str]:
    for each in said:
        yield from _names([each.body, each.orelse] if isinstance(each, ast.IfExp) else [])
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def test_everything_that_somebody_does_has_a_name_in_words() -> None:
    """In both languages: their words have the same names."""
    t = words("nb", "desk/words")
    did = {what.replace(" ", "_") for what in ("looked", *_written_down())}
    assert {what for what in did if f"audit_did_{what}" not in t} == set()
    assert {name.removeprefix("audit_did_") for name in t if name.startswith("audit_did_")} == did
    assert {deed for deed in DEEDS if f"act_{deed}" not in t} == set()


async def test_the_audit_says_each_act_in_words_beside_its_code(staff: Staff) -> None:
    kim, rune = await staff.sign_in(Role.CREDIT_MANAGER), await staff.sign_in(Role.AUDITOR, language="nb")
    form = {"scope": "creditor", "key": staff.door.creditor, "creditor": staff.door.creditor, "reason": "x"}
    await kim.send("/desk/stops", **form)
    page = (await rune.get("/desk/audit", what="stopped")).text
    assert 'Stoppet utsending <code class="soft">stopped</code>' in page


async def test_the_audit_of_another_creditor_is_not_shown(staff: Staff) -> None:
    kim = await staff.sign_in(Role.CREDIT_MANAGER)
    form = {"scope": "creditor", "key": staff.door.creditor, "creditor": staff.door.creditor, "reason": "x"}
    await kim.send("/desk/stops", **form)
    await staff.door.register(f"{staff.door.creditor}-audit")
    other = await staff.sign_in(Role.AUDITOR, creditors=(f"{staff.door.creditor}-audit",))
    assert ">stopped<" not in (await other.get("/desk/audit")).text


async def test_each_thing_that_waits_leads_to_where_it_is_solved(staff: Staff) -> None:
    await staff.door.send_invoice()
    await staff.door.rows(
        "update dunning_case set flag = 'stuck', looked_at = happened_at where creditor_id = :c returning id",
        c=staff.door.creditor,
    )
    payment = await money(staff.door, "p-control", amount="10.00")
    bente, rune = await staff.sign_in(Role.SUPERVISOR), await staff.sign_in(Role.AUDITOR)
    page = (await bente.get("/desk/system")).text
    case = f'href="/desk/case/{staff.door.creditor}/1001"'
    for place in (
        case,
        'href="/desk/queues/flagged"',
        f'href="/desk/queues/money/{payment}"',
        'href="/desk/queues/money"',
    ):
        assert place in page, place
    assert "<code>match" not in page
    only_looks = (await rune.get("/desk/system")).text
    assert (case in only_looks, "/desk/queues/" in only_looks) == (True, False)
