"""The page of a case answers a call, and shows each of the desk what their work needs of it and no more."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import event, text

from domain.desk.parts import PARTS, Part
from domain.desk.roles import Role
from domain.planner.action import Action, wait
from facts import clock
from facts.prediction import scores
from tests.begin import BEGIN, TODAY
from tests.goldens.stored import STORED
from tests.guesses import LEARN, score
from tests.web.desk.conftest import Desk, Staff
from tests.web.desk.test_inbox import writes
from tests.web.desk.test_segments import nudge_by_segment
from tests.web.door import Door, invoice
from web.desk.acts import DEEDS
from web.desk.coming import approved_by
from web.pages import FOLDER, words

SCRIPT = "<script>alert(1)</script>"
KEPT = {
    "case_event.kind": "did",
    "task.kind": "task",
    "life_event.kind": "life",
    "decision.flag": "flag",
    "ledger_entry.kind": "money",
    "delivery.message": "message",
    "dunning_case.outcome": "outcome",
    "claim.state": "draw",
    "mandate.state": "mandate",
}
ACCEPTED = """update delivery set state = 'accepted', accepted_at = claimed_at,
  document = cast(:document as jsonb) where id = :id returning 1"""


async def case(desk: Desk, number: str = "1001", **more: str) -> str:
    """The page of a case, as its reader sees it."""
    answer = await desk.get(f"/desk/case/{desk.door.creditor}/{quote(number)}", **more)
    assert answer.status_code == 200, answer.text
    return answer.text.replace("\xa0", " ")


async def handed_off(door: Door, number: str = "1001") -> None:
    """The collection partner has the case."""
    of = "from dunning_case c join invoice i on i.id = c.invoice_id where i.creditor_id = :creditor and i.number = :number"
    query = f"""insert into hand_off (creditor_id, case_id, state, exported_at, answered_at, happened_at)
      select c.creditor_id, c.id, 'accepted', :at, :at, :at {of} returning 1"""
    await door.rows(query, creditor=door.creditor, number=number, at=BEGIN)


async def called_by(door: Door, agency: str, number: str = "1001") -> None:
    """A call about the case is an agency's to make."""
    of = "from dunning_case c join invoice i on i.id = c.invoice_id where i.creditor_id = :creditor and i.number = :number"
    query = f"""insert into task (creditor_id, case_id, round, step, kind, why, agency, happened_at)
      select c.creditor_id, c.id, 1, 'call', 'call', 'a call', :agency, :at {of} returning 1"""
    await door.rows(query, creditor=door.creditor, number=number, agency=agency, at=BEGIN)


async def test_a_call_is_answered_from_one_page(desk: Desk) -> None:
    door = desk.door
    await door.send_invoice()
    delivery = await door.claimed()
    await door.rows(ACCEPTED, id=delivery, document="{}")
    await door.pay(amount="100.00")
    await door.command(command="hold", note="rang and was kind")
    page = await case(desk)
    for told in (
        "Kari Nordmann",
        "NOK 702.00",
        "of NOK 802.00 invoiced",
        "kari@example.no",
        "paid NOK 100.00",
        "on hold",
    ):
        assert told in page
    for told in (
        "reminder (email): sent",
        "1 sent, 0 opened",
        "rang and was kind",
        "put on hold",
        "anne",
        "The customer asked for it",
    ):
        assert told in page
    assert re.search(r"More time, until|instalments", page)
    assert f'href="/desk/act/release/{door.creditor}/1001">Let the case go on' in page


async def test_what_is_guessed_is_told_with_what_it_may_be_used_for_until_the_debtor_objects(desk: Desk) -> None:
    door = desk.door
    await door.send_invoice()
    assert 'id="guess"' not in await case(desk)
    (of,) = await door.rows("select id, debtor_id from dunning_case where creditor_id = :c", c=door.creditor)
    async with door.database.transaction() as connection:
        now = await clock.now(connection, door.creditor)
        version = (await connection.execute(text(LEARN), {"name": door.creditor, "at": now})).scalar_one()
        await scores.keep(connection, version, score(of.id), now)
    told = (await case(desk)).partition('id="guess"')[2].partition("</section>")[0]
    assert "within 14 days: 30 %" in told
    assert "paid late 3 of 5 times before" in told
    assert "the debtor kept 1 promise" in told
    assert "no fee, deadline, block, termination or hand-off ever hangs on it" in told
    objects = {"by": "anne", "reason_code": "called", "objects_to_profiling": True}
    assert (await door.client.patch("/v1/debtors/K-1", json=objects)).status_code == 200
    assert 'id="guess"' not in await case(desk)
    assert await door.rows("select 1 from payment_score where case_id = :case", case=of.id) == []


def test_each_key_of_the_page_presses_one_thing() -> None:
    page = (FOLDER / "desk" / "case.html.j2").read_text("utf-8") + (FOLDER / "desk" / "layout.html.j2").read_text(
        "utf-8"
    )
    keys = [*re.findall(r'data-key="([^{"]+)"', page), *(deed.key for deed in DEEDS.values()), "j", "k", "?", "e"]
    assert sorted(keys) == sorted(set(keys))


async def test_what_happened_last_stands_first_whatever_is_looked_for(desk: Desk) -> None:
    await desk.door.send_invoice()
    await desk.door.pay(amount="100.00")
    for more in ({}, {"kind": "sent"}):
        last = (await case(desk, **more)).partition('id="last"')[2].partition("</p>")[0]
        assert "paid NOK 100.00" in last
    assert "Nothing to show" in await case(desk, kind="sent")


@pytest.mark.parametrize("number", ["2026/11/7", "A 1001", "fæ-Ø/1", "-./x_1"])
async def test_a_number_may_have_any_sign(desk: Desk, number: str) -> None:
    assert (await desk.door.send_invoice(number, reference=None)).status_code == 201
    assert "Kari Nordmann" in await case(desk, number)


async def test_what_is_not_there_and_what_is_another_creditors_look_alike(staff: Staff, desk: Desk) -> None:
    await desk.door.send_invoice()
    other = await staff.sign_in(Role.AGENT, creditors=(await another(desk.door),))
    async with other.client:
        theirs = await other.get(f"/desk/case/{desk.door.creditor}/1001")
        nowhere = await other.get(f"/desk/case/{desk.door.creditor}/nothing")
        broken = await other.get(f"/desk/case/{desk.door.creditor}/10%0001")
    assert theirs.status_code == nowhere.status_code == broken.status_code == 404
    assert theirs.text == nowhere.text == broken.text


async def another(door: Door, called: str = "other") -> str:
    """One more creditor."""
    name = f"{door.creditor}-{called}"
    await door.register(name)
    return name


async def test_nothing_that_anybody_wrote_runs(desk: Desk) -> None:
    door = desk.door
    debtor = invoice()["debtor"] | {"name": f"Kari {SCRIPT}", "address_lines": [SCRIPT]}
    await door.send_invoice(debtor=debtor)
    await door.command(command="hold", note=SCRIPT)
    await door.client.post(f"{await door.link()}/messages", data={"words": SCRIPT})
    page = await case(desk)
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;") >= 3


async def test_each_look_is_written_down_once(desk: Desk) -> None:
    await desk.door.send_invoice()
    for _ in range(2):
        await case(desk)
    query = "select count(*) from desk_audit where by = :by and what = 'looked' and case_id is not null"
    assert await desk.door.one(query, by=desk.user.name) == 1


async def test_a_partner_sees_the_claim_and_nothing_of_the_life(staff: Staff) -> None:
    door = staff.door
    await door.send_invoice()
    await door.send_invoice("1002", reference=None)
    delivery = await door.claimed()
    await door.rows(ACCEPTED, id=delivery, document="{}")
    await door.command(command="hold", by="anne", reason_code="illness", note="er syk")
    await door.client.post(f"{await door.link()}/messages", data={"words": "Jeg er innlagt"})
    await handed_off(door)
    partner = await staff.sign_in(Role.COLLECTION_PARTNER)
    async with partner.client:
        page = await case(partner)
        assert (await partner.get(f"/desk/case/{door.creditor}/1002")).status_code == 404
    assert "NOK 802.00" in page
    assert "reminder (email)" in page
    assert "Storgata 1" in page
    for hidden in ("er syk", "illness", "anne", "innlagt", "kari@example.no", "4791234567", "1002", "/desk/debtor"):
        assert hidden not in page


async def test_an_agency_sees_the_case_of_its_call_and_a_number_to_call(staff: Staff) -> None:
    door = staff.door
    await door.send_invoice()
    await door.send_invoice("1002", reference=None)
    await door.command(command="hold", by="anne", reason_code="illness", note="er syk")
    await called_by(door, "Ring AS")
    await called_by(door, "Andre AS", "1002")
    agency = await staff.sign_in(Role.CALL_AGENCY, agency="Ring AS")
    async with agency.client:
        page = await case(agency)
        assert (await agency.get(f"/desk/case/{door.creditor}/1002")).status_code == 404
    assert 'href="tel:+4791234567"' in page
    assert "What comes next" in page
    for hidden in ("er syk", "anne", "kari@example.no", "Storgata 1", "1002", "/desk/debtor"):
        assert hidden not in page


async def test_an_estate_and_a_child_are_told_of_before_anything_is_said(desk: Desk) -> None:
    door = desk.door
    await door.send_invoice()
    debtor = await door.one("select debtor_id from dunning_case where creditor_id = :creditor", creditor=door.creditor)
    tell = """insert into life_event (debtor_id, kind, since, value, by, reason_code, happened_at)
      values (:debtor, :kind, :since, cast(:value as jsonb), 'anne', 'told', :at) returning 1"""
    told = [
        ("deceased", None),
        ("estate", '"Ola Nordmann"'),
        ("minor", None),
        ("guardian", '"Mor"'),
        ("guardian", '"Mor og far"'),
        ("protected address", None),
    ]
    for kind, value in told:
        await door.rows(tell, debtor=debtor, kind=kind, since=TODAY, value=value, at=BEGIN)
    page = await case(desk)
    for said in (
        "deceased",
        "Ola Nordmann",
        "minor",
        "Mor og far",
        "The address is protected",
        "stopped: a person looks at it",
    ):
        assert said in page


async def test_a_case_that_was_closed_and_opened_again_is_one_story(desk: Desk) -> None:
    door = desk.door
    await door.send_invoice()
    await door.rows(
        """update dunning_case set state = 'closed', outcome = 'paid', round = 3 where creditor_id = :creditor returning 1""",
        creditor=door.creditor,
    )
    page = await case(desk)
    assert "closed: paid" in page
    assert "round 3" in page
    assert "Can be offered" not in page


async def test_a_long_story_is_read_page_by_page_with_nothing_twice(desk: Desk) -> None:
    door = desk.door
    await door.send_invoice()
    number = await door.one("select id from dunning_case where creditor_id = :creditor", creditor=door.creditor)
    write = """insert into case_event (case_id, kind, by, detail, happened_at)
      select :case, 'hold', 'anne', jsonb_build_object('note', 'nr ' || n || '.'), :at from generate_series(1, 150) n
      returning 1"""
    await door.rows(write, case=number, at=BEGIN)
    seen, before = list[str](), ""
    while True:
        page = await case(desk, **({"before": before} if before else {}))
        seen += re.findall(r"<blockquote>(nr \d+\.)", page)
        older = re.search(r'before=([^"&]+)"', page.partition('class="happened')[2] or page)
        if not older:
            break
        before = older[1]
    assert len(seen) == len(set(seen)) == 150


def flat(values: list[Any]) -> Iterator[str]:
    """The values of a column, those that it shares with others too."""
    for value in values:
        yield from flat(value) if isinstance(value, list) else [value]


def test_all_that_is_kept_has_a_word_in_both_languages() -> None:
    kept = STORED["values"]
    for column, of in KEPT.items():
        for value in flat(kept[column]):
            for language in ("nb", "en"):
                assert f"case_{of}_{value.replace(' ', '_').replace('-', '_')}" in words(language, "desk/words")


def test_whoever_works_for_somebody_else_sees_no_other_invoice_and_nobodys_words() -> None:
    for role in (Role.COLLECTION_PARTNER, Role.CALL_AGENCY):
        assert not PARTS[role] & {Part.OTHERS, Part.REPLIES, Part.NOTES, Part.LIFE, Part.WORTH}


@pytest.mark.parametrize(
    ("page", "most"),
    [
        ("/desk/", 18),
        ("/desk/case/{creditor}/1001", 16),
        ("/desk/case/{creditor}/1001?kind=sent", 17),
        ("/desk/debtor/{debtor}", 14),  # how they pay and in which segment is one of them, in which arms another
        ("/desk/inbox", 5),
        ("/desk/inbox/{reply}", 17),
        ("/desk/queues", 9),
        ("/desk/calls", 6),
    ],
)
async def test_a_page_asks_the_database_little(desk: Desk, page: str, most: int) -> None:
    door = desk.door
    reply = await writes(door, "Hei")
    await case(desk)
    debtor = await door.one("select debtor_id from dunning_case where creditor_id = :c", c=door.creditor)
    asked, engine = list[str](), door.database.engine.sync_engine

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        shown = await desk.get(page.format(creditor=door.creditor, debtor=debtor, reply=reply))
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert shown.status_code == 200
    assert 1 < len(asked) <= most, "\n".join(asked)


@pytest.mark.parametrize(
    ("waits", "act"),
    [
        (wait("asked", flag="approval waiting"), "approve-hand-off"),
        (wait("asked", flag="approval overdue"), "approve-hand-off"),
        (replace(wait("asked", flag="protected address"), to_approve="reminder"), "send-now"),
        (wait("on hold"), None),
    ],
    ids=["asked", "asked long ago", "a letter to a protected address", "no approval"],
)
def test_what_waits_for_an_approval_leads_to_the_act_that_gives_it(waits: Action, act: str | None) -> None:
    assert approved_by(waits) == act
    assert act is None or act in DEEDS


async def test_how_guesses_were_used_stands_with_the_case_for_who_sees_what_is_guessed(staff: Staff) -> None:
    door = staff.door
    await door.send_invoice()
    await nudge_by_segment(door)
    for step, asked, chance in (("nudge", "chance_below", 0.3), ("call", "experiment tried: <usual>", None)):
        await door.rows(
            """insert into guess_use (case_id, round, step, taken, asked, chance, version, guessed_at, happened_at)
            select id, 1, :step, false, :asked, :chance, '7', :at, :at from dunning_case where creditor_id = :c
            returning 1""",
            c=door.creditor,
            at=BEGIN,
            step=step,
            asked=asked,
            chance=chance,
        )
    bente = await staff.sign_in(Role.SUPERVISOR)
    page = await case(bente)
    assert "The step call was left out. It is in the arm &lt;usual&gt; of the experiment tried." in page
    assert "The step nudge was left out. The chance to be paid within 14 days was 30 %." in page
    assert "version 7" in page
