"""Lists at the desk: by filters in words, counted, a page at a time, kept under a name; and cases that are kept at hand."""

from domain.desk.roles import Role
from facts import clock
from facts.desk import audit
from tests.web.desk.conftest import Desk, Staff
from tests.web.desk.test_find import another_creditor, case, send
from web.desk.lists import PAGE


async def looked(desk: Desk, number: str) -> None:
    """They see a case."""
    query = """select c.id, c.debtor_id from dunning_case c join invoice i on i.id = c.invoice_id
        where i.creditor_id = :c and number = :n"""
    (row,) = await desk.door.rows(query, c=desk.door.creditor, n=number)
    async with desk.door.database.transaction() as connection:
        await audit.looked(connection, desk.user.name, row.debtor_id, await clock.now(connection), row.id)


async def test_a_list_shows_what_its_filter_describes_with_its_count(desk: Desk) -> None:
    await send(desk, "2026-1", "K-1", "Kari <b>Nordmann</b>")
    await send(desk, "2026-2", "K-2", "Ola Nordmann", reference=None)
    await desk.door.command("2026-2", command="hold")
    held = (await desk.get("/desk/list", where="hold=yes")).text
    assert case(desk, "2026-2") in held
    assert case(desk, "2026-1") not in held
    assert "<strong>1</strong> invoices" in held
    everything = (await desk.get("/desk/list")).text
    assert "<strong>2</strong> invoices" in everything
    assert "<b>Nordmann" not in everything
    start = (await desk.get("/desk/")).text
    assert 'href="/desk/list?where=hold%3Dyes">On hold <strong class="figure">1</strong>' in start


async def test_a_list_goes_on_where_its_page_ended_and_meets_each_case_once(desk: Desk) -> None:
    for number in range(PAGE + 3):
        await send(desk, f"2026-{number}", "K-1", "Kari Nordmann", reference=None)
    first = (await desk.get("/desk/list", where="customer=K-1")).text
    on = first.partition('" data-key="n"')[0].rpartition('href="')[2].replace("&amp;", "&")
    second = (await desk.get(on)).text
    assert (first.count("data-row="), second.count("data-row=")) == (PAGE, 3)
    assert case(desk, "2026-0") in second
    assert f"<strong>{PAGE + 3}</strong> invoices" in second


async def test_a_filter_that_is_none_is_refused_in_words_and_kept(desk: Desk) -> None:
    for written in ("no=thing", "hold=perhaps", "amount>much", "%' or true --", "due", "creditor=nobody", "x" * 10_000):
        answer = await desk.get("/desk/list", where=written)
        assert answer.status_code == 422, written
        assert 'aria-invalid="true"' in answer.text, written
    assert 'value="hold=perhaps"' in (await desk.get("/desk/list", where="hold=perhaps")).text
    assert (await desk.get("/desk/list", where="hold=yes", after="0")).status_code == 422
    assert (await desk.send("/desk/lists", where="no=thing", name="Mine")).status_code == 422


async def test_a_list_has_nothing_of_what_is_out_of_reach_and_names_nobody_there(desk: Desk, staff: Staff) -> None:
    await send(desk, "2026-1", "K-1", "Kari Nordmann", segment="secret-segment")
    elsewhere = await another_creditor(desk)
    for other in (
        await staff.sign_in(Role.AGENT, creditors=(elsewhere,)),
        await staff.sign_in(Role.AGENT, creditors=(elsewhere, elsewhere)),
        await staff.sign_in(Role.COLLECTION_PARTNER),
        await staff.sign_in(Role.CALL_AGENCY, agency="Ring AS"),
    ):
        for where in ("", "number=2026-1", "customer=K-1", f"creditor={desk.door.creditor}", "segment=nothing"):
            text = (await other.get("/desk/list", where=where)).text
            assert "Nordmann" not in text, where
            assert "data-row" not in text, where
            if other.user.reach.agency is None and not other.user.reach.handed_off:
                assert "secret-segment" not in text
                assert "policy" in text


async def test_everybody_keeps_lists_and_cases_of_their_own(desk: Desk, staff: Staff) -> None:
    await send(desk, "2026/1", "K-1", "Kari Nordmann")
    await desk.send("/desk/lists", where="amount>=500", name="Large <b>ones</b>")
    address = case(desk, "2026/1").replace("case", "pin")
    for _ in range(2):
        assert (await desk.send(address, back="/desk/list?where=")).headers[
            "location"
        ] == "/desk/list?where=&done=pinned"
    assert (await desk.send(address, back="https://evil.example/")).headers["location"] == "/desk/?done=pinned"
    await looked(desk, "2026/1")
    start = (await desk.get("/desk/")).text
    assert "Large &lt;b&gt;ones&lt;/b&gt;" in start
    assert start.count(f'href="{case(desk, "2026/1")}"') == 2  # kept, and seen last
    other = await staff.sign_in(Role.AGENT)
    theirs = (await other.get("/desk/")).text
    assert "Large" not in theirs.replace("10 000", "")
    assert case(desk, "2026/1") not in theirs
    number = start.partition("/desk/lists/")[2].partition("/")[0]
    await other.send(f"/desk/lists/{number}/remove")
    assert "Large &lt;b&gt;" in (await desk.get("/desk/")).text
    await desk.send(f"/desk/lists/{number}/remove")
    await desk.send(address.replace("/pin/", "/unpin/"))
    start = (await desk.get("/desk/")).text
    assert "Large &lt;b&gt;" not in start
    assert start.count(f'href="{case(desk, "2026/1")}"') == 1


async def test_what_is_kept_or_seen_is_gone_with_the_reach(desk: Desk, staff: Staff) -> None:
    await send(desk, "2026-1", "K-1", "Kari Nordmann")
    outside = await staff.sign_in(Role.AGENT, creditors=(await another_creditor(desk),))
    assert (await outside.send(case(desk, "2026-1").replace("case", "pin"))).status_code == 404
    await desk.send(case(desk, "2026-1").replace("case", "pin"))
    await looked(desk, "2026-1")
    await desk.door.rows("update desk_user set creditors = '[]' where name = :name returning id", name=desk.user.name)
    assert case(desk, "2026-1") not in (await desk.get("/desk/")).text


async def test_who_works_for_somebody_else_sees_and_asks_for_what_their_work_needs_alone(
    desk: Desk, staff: Staff
) -> None:
    await send(desk, "2026-1", "K-1", "Kari Nordmann")
    await desk.door.command("2026-1", command="hold")
    await desk.door.rows(
        """insert into hand_off (creditor_id, case_id, state, happened_at)
        select creditor_id, id, 'accepted', happened_at from dunning_case where creditor_id = :c returning id""",
        c=desk.door.creditor,
    )
    await desk.door.rows(
        "update dunning_case set flag = 'protected address' where creditor_id = :c returning id", c=desk.door.creditor
    )
    inside, outside = (
        await desk.get("/desk/list"),
        await (await staff.sign_in(Role.COLLECTION_PARTNER)).get("/desk/list"),
    )
    assert ("on hold" in inside.text, "protected address</span>" in inside.text) == (True, True)
    assert case(desk, "2026-1") in outside.text
    assert ("on hold" in outside.text, "protected address" in outside.text) == (False, False)
    partner = await staff.sign_in(Role.COLLECTION_PARTNER)
    for where in (
        "hold=yes",
        "flagged=yes",
        "flag=protected address",
        "step=reminder",
        "segment=a",
        "policy=no-gentle",
    ):
        assert (await partner.get("/desk/list", where=where)).status_code == 422, where
    found = (await partner.get("/desk/find", q="Nordmann")).text
    assert ("Kari Nordmann" in found, "Storgata" in found) == (True, False)
    assert "Storgata" in (await desk.get("/desk/find", q="Nordmann")).text


async def test_who_comes_to_an_empty_book_is_told_how_the_first_invoice_comes(desk: Desk) -> None:
    assert "There is no invoice yet" in (await desk.get("/desk/")).text
    await desk.door.send_invoice()
    assert "There is no invoice yet" not in (await desk.get("/desk/")).text
