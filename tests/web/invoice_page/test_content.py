"""What the creditor says beside the invoice leads where it says, to whom it is for, and is counted once for each invoice."""

from datetime import timedelta
from typing import Any

import pytest

from facts.deliveries import paper_codes
from tests.begin import BEGIN
from tests.web.door import Door, clean, day
from tests.web.invoice_page.test_paper import printed

SITE = "https://acme.example/tips"
COUNTED = """select what, helped, count(*) from content_mark m join content_piece p on p.id = m.piece_id
  where p.creditor_id = :c group by 1, 2 order by 1, 2"""
NOTICE = "update delivery set message = 'collection-notice', state = 'accepted' where id = :id returning 1"


async def put(door: Door, name: str = "tips", **changes: Any) -> int:
    """Put a piece; gives its number."""
    piece = {
        "kind": "tip",
        "moments": ["before due", "overdue", "in a plan", "paid"],
        "words": {"nb": {"title": "Spar strøm", "text": f"Les [rådene]({SITE}) og [mer](https://acme.example/mer)."}},
    } | changes
    given = {"name": name, "piece": piece, "by": "anne", "reason_code": "tips"}
    assert (await door.client.post("/v1/content", json=given)).status_code == 200
    number: int = await door.one("select max(id) from content_piece where creditor_id = :c", c=door.creditor)
    return number


async def leads_to(door: Door, page: str, piece: int, link: int = 0) -> str:
    """Where the address of a piece's link leads."""
    answer = await door.client.get(f"{page}/content/{piece}/{link}")
    assert answer.status_code == 303
    return answer.headers["location"]


async def counted(door: Door) -> list[tuple[str, bool | None, int]]:
    """What was counted of the creditor's pieces."""
    return [tuple(row) for row in await door.rows(COUNTED, c=door.creditor)]


async def test_a_link_leads_where_the_piece_says_and_to_no_other_place(door: Door) -> None:
    await door.send_invoice()
    page, piece = await door.link(), await put(door)
    assert [await leads_to(door, page, piece, link) for link in (0, 1)] == [SITE, "https://acme.example/mer"]
    for other, link in ((piece, 2), (piece, -1), (piece + 1000, 0), (10**12, 0)):
        assert await leads_to(door, page, other, link) == page
    for tail in ("?to=https://evil.example", "?url=//evil.example"):
        answer = await door.client.get(f"{page}/content/{piece}/2{tail}")
        assert answer.headers["location"] == page
    assert (await door.client.get(f"/i/nonsense/content/{piece}/0")).status_code == 404


async def test_fetching_counts_nothing_and_what_a_person_does_is_counted_once(door: Door) -> None:
    await door.send_invoice()
    page, piece = await door.link(), await put(door)
    for _ in range(2):
        await leads_to(door, page, piece)
        await door.client.get(page)
    assert await counted(door) == []
    for _ in range(2):
        assert (await door.client.post(f"{page}/seen")).status_code == 204
        assert (await door.client.post(f"{page}/content/{piece}/0")).status_code == 204
    assert (await door.client.post(f"{page}/content/{piece}/7")).status_code == 204
    for helped in ("no", "yes"):
        answer = await door.client.post(f"{page}/content/{piece}", data={"helped": helped})
        assert (answer.status_code, answer.headers["location"]) == (303, f"{page}#content")
    assert await counted(door) == [("answered", True, 1), ("clicked", None, 1), ("shown", None, 1)]
    marks = await door.rows("select m.* from content_mark m where piece_id = :p", p=piece)
    assert len({row.mark for row in marks}) == 1  # under seal, and of no use for another piece
    assert not any(name in str(marks) for name in ("1001", "Kari", "kari@"))


async def test_what_is_another_creditors_or_another_segments_leads_nowhere_and_is_not_counted(door: Door) -> None:
    await door.send_invoice(segment="private")
    page = await door.link()
    pieces = [
        await put(door, "shops", segment="shops"),
        await put(door, "english", words={"en": {"title": "T", "text": f"[x]({SITE})"}}),
        await put(door, "offer", kind="offer"),
        await put(door, "later", since="2099-01-01"),
        await put(door, "paid", moments=["paid"]),
        await door.one("select coalesce(max(id), 1) from content_piece where creditor_id <> :c", c=door.creditor),
    ]
    for piece in pieces:
        assert await leads_to(door, page, piece) == page
        await door.client.post(f"{page}/content/{piece}/0")
        await door.client.post(f"{page}/content/{piece}", data={"helped": "yes"})
    await door.client.post(f"{page}/seen")
    assert await counted(door) == []
    own = await put(door, "own", segment="private")
    assert await leads_to(door, page, own) == SITE


async def test_offers_are_for_those_who_agreed_and_not_for_who_stands_in_for_them(door: Door) -> None:
    await door.send_invoice()
    offer = await put(door, "offer", kind="offer")
    page = await door.link()
    assert await leads_to(door, page, offer) == page
    change = {"consents_to_offers": True, "by": "anne", "reason_code": "asked"}
    assert (await door.client.patch("/v1/debtors/K-1", json=change)).status_code == 200
    assert await leads_to(door, page, offer) == SITE
    delivery = await door.claimed("email", addressee="adviser")
    advisers = await door.link(delivery)
    assert await leads_to(door, advisers, offer) == advisers


async def test_while_a_notice_to_the_debtor_stands_nothing_does_and_once_paid_it_may(door: Door) -> None:
    await door.send_invoice()
    await door.send_invoice("1002", reference=None)
    piece = await put(door)
    page, others = await door.link(), await door.link(number="1002")
    await door.rows(NOTICE, id=await door.claimed("letter", number="1002"))
    assert [await leads_to(door, each, piece) for each in (page, others)] == [page, others]
    await door.client.post(f"{page}/seen")
    assert await counted(door) == []
    await door.pay(reference="1002", invoice="1002")
    assert [await leads_to(door, each, piece) for each in (page, others)] == [SITE, SITE]


async def test_a_notice_from_before_the_case_was_ours_stands_too(door: Door) -> None:
    past = {"issue_date": day(-60), "due_date": day(-40)}
    sent = [{"kind": "collection-notice", "channel": "letter", "date": day(-20), "deadline": day(-6)}]
    assert (await door.send_invoice(**past, already_sent=sent)).status_code == 201
    page, piece = await door.link(), await put(door)
    assert await leads_to(door, page, piece) == page


@pytest.mark.parametrize("command", [{"command": "dispute"}, {"command": "hold"}, {"command": "withdraw"}])
async def test_beside_what_is_disputed_held_or_taken_back_nothing_stands(door: Door, command: dict[str, str]) -> None:
    await door.send_invoice()
    page, piece = await door.link(), await put(door)
    assert (await door.command(**command)).status_code == 202
    assert await leads_to(door, page, piece) == page


async def test_who_objects_to_tracking_is_shown_it_and_not_counted_but_may_answer(door: Door) -> None:
    await door.send_invoice()
    page, piece = await door.link(), await put(door)
    change = {"objects_to_tracking": True, "by": "anne", "reason_code": "asked"}
    assert (await door.client.patch("/v1/debtors/K-1", json=change)).status_code == 200
    await door.client.post(f"{page}/seen")
    await door.client.post(f"{page}/content/{piece}/0")
    assert (await leads_to(door, page, piece), await counted(door)) == (SITE, [])
    await door.client.post(f"{page}/content/{piece}", data={"helped": "no"})
    assert await counted(door) == [("answered", False, 1)]


@pytest.mark.parametrize("form", [{}, {"helped": "maybe"}, {"helped": ["yes", "no"] * 9}])
async def test_an_answer_that_is_none_is_not_counted(door: Door, form: dict[str, Any]) -> None:
    await door.send_invoice()
    page, piece = await door.link(), await put(door)
    await door.client.post(f"{page}/content/{piece}", data=form)
    assert [what for what, _, _ in await counted(door)] in ([], ["answered"])


async def test_the_page_shows_it_below_what_is_to_pay_in_the_readers_language_and_thanks_for_the_answer(
    door: Door,
) -> None:
    await door.send_invoice()
    page, piece = await door.link(), await put(door, words={"nb": {"title": "Spar <strøm>", "text": f"[Råd]({SITE})"}})
    shown = (await door.client.get(page)).text
    here = clean(page)
    assert (
        f'<a href="{here}/content/{piece}/0" ping="{here}/content/{piece}/0" rel="noopener noreferrer">Råd</a>' in shown
    )
    assert "<h2>Spar &lt;strøm&gt;</h2>" in shown
    assert shown.index("802,00") < shown.index('id="pay"') < shown.index('id="not-me"') < shown.index('id="content"')
    assert f'action="{here}/content/{piece}"' in shown
    await door.client.post(f"{here}/content/{piece}", data={"helped": "no"})
    shown = (await door.client.get(page)).text
    assert ("Takk for svaret." in shown, "Var dette til hjelp?" in shown) == (True, False)


async def test_a_thank_you_page_keeps_the_relation_and_a_page_with_a_notice_says_nothing_else(door: Door) -> None:
    await door.send_invoice()
    await put(door, moments=["paid"])
    page = await door.link()
    assert 'id="content"' not in (await door.client.get(page)).text
    await door.rows(NOTICE, id=await door.claimed("letter"))
    assert 'id="content"' not in (await door.client.get(page)).text
    await door.pay()
    shown = (await door.client.get(page)).text
    assert shown.index("Betalt. Takk!") < shown.index('id="content"')


async def test_who_agrees_to_offers_on_the_page_is_shown_one_until_they_take_that_back(door: Door) -> None:
    await door.send_invoice()
    offer = await put(door, "offer", kind="offer")
    page = await door.link()
    assert "Jeg vil gjerne ha tilbud fra Acme Kraft AS" in (await door.client.get(page)).text
    for ticked, place in ({"offers": "true"}, SITE), ({}, page):
        await door.client.post(f"{page}/wishes", data={"language": "nb", **ticked})
        assert await leads_to(door, page, offer) == place


async def test_who_stands_in_agrees_to_no_offers_for_the_debtor(door: Door) -> None:
    await door.send_invoice()
    offer = await put(door, "offer", kind="offer")
    advisers = await door.link(await door.claimed("email", addressee="adviser"))
    await door.client.post(f"{advisers}/wishes", data={"language": "nb", "offers": "true"})
    page = await door.link()
    assert await leads_to(door, page, offer) == page


async def test_what_is_said_of_waiting_goes_with_how_long_an_answer_takes_where_that_is_known(
    door: Door,
) -> None:
    await door.send_invoice()
    await put(door, "queue", kind="waiting time", words={"nb": {"title": "Lang kø", "text": "Vi er få i dag."}})
    page = await door.link()
    answered = """insert into reply (creditor_id, debtor_id, case_id, channel, text, more, happened_at, done_at, done_by)
        select c.creditor_id, c.debtor_id, c.id, 'page', 'x', 0, :at, cast(:at as timestamptz) + interval '150 minutes', 'anne'
        from dunning_case c where c.creditor_id = :c returning 1"""
    for number in (19, 1):
        for _ in range(number):
            await door.rows(answered, c=door.creditor, at=BEGIN - timedelta(hours=5))
        piece = (await door.client.get(page)).text.partition("Vi er få i dag.")[2]
        assert ("svar innen 3 timer" in piece) == (number == 1)


async def test_who_typed_a_code_from_paper_reads_what_is_for_everybody_and_is_asked_nothing(door: Door) -> None:
    await door.send_invoice(segment="private")
    change = {"consents_to_offers": True, "by": "anne", "reason_code": "asked"}
    assert (await door.client.patch("/v1/debtors/K-1", json=change)).status_code == 200
    shown, *kept = [
        await put(door),
        await put(door, "own", kind="faq", segment="private"),
        await put(door, "offer", kind="offer"),
    ]
    code = paper_codes.new()
    await printed(door, code)
    link = (await door.client.post("/i", data={"code": code})).headers["location"].removeprefix("https://purr.example")
    page = (await door.client.get(link)).text
    assert (page.count('class="box" id="content-'), "Var dette til hjelp?" in page) == (1, False)
    assert await leads_to(door, link, shown) == SITE
    assert [await leads_to(door, link, piece) for piece in kept] == [link, link]
