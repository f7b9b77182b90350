"""The first lines of the page: who is owed, how it stands, one amount and one day."""

import re
from datetime import timedelta

import pytest

from messages.figures import long_date
from tests.begin import BEGIN, TODAY
from tests.web.door import Door, clean, invoice

LATE = {"issue_date": str(TODAY - timedelta(days=44)), "due_date": str(TODAY - timedelta(days=30))}


async def first_lines(door: Door, number: str = "1001") -> str:
    """What stands above the ways to pay, as a reader sees it."""
    page = (await door.client.get(await door.link(number=number))).text
    found = re.search(r'<div id="stands".*?\n</div>', page, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).replace("\xa0", " ").split())


async def test_the_page_opens_with_who_is_owed_what_for_one_amount_and_one_day(door: Door) -> None:
    await door.send_invoice()
    lines = await first_lines(door)
    assert lines.startswith("Fra Acme Kraft AS, for Nettleie &lt;oktober&gt;. Faktura 1001.")
    assert "Å betale: 802,00 kr" in lines
    assert lines.endswith(f"Betal innen {long_date(TODAY + timedelta(days=14), 'nb')}.")


async def test_of_many_lines_none_stands_for_the_others(door: Door) -> None:
    halves = [{"text": text, "amount": "401.00"} for text in ("Strøm", "Nettleie")]
    await door.send_invoice(lines=halves)
    assert (await first_lines(door)).startswith("Fra Acme Kraft AS. Faktura 1001.")


async def test_an_overdue_invoice_tells_the_latest_deadline_that_was_given_and_not_the_old_due_date(door: Door) -> None:
    await door.send_invoice(**LATE)
    first, latest = TODAY + timedelta(days=2), TODAY + timedelta(days=9)
    for deadline in (latest, first):
        delivery = await door.claimed()
        await door.rows("update delivery set deadline = :day where id = :id returning 1", day=deadline, id=delivery)
    lines = await first_lines(door)
    assert f"Betal innen {long_date(latest, 'nb')}." in lines
    assert long_date(TODAY - timedelta(days=30), "nb") not in lines


async def test_where_every_deadline_is_past_the_page_is_kind(door: Door) -> None:
    await door.send_invoice(**LATE)
    lines = await first_lines(door)
    assert f"Fristen var {long_date(TODAY - timedelta(days=30), 'nb')}. Betal når du kan" in lines


HELD = """insert into hold (case_id, by, reason_code, until, happened_at)
  select id, 'anne', 'asked', cast(:until as timestamptz), :now from dunning_case where creditor_id = :c returning 1"""


@pytest.mark.parametrize("days", [None, 5])
async def test_a_held_invoice_says_so_and_may_be_paid(door: Door, days: int | None) -> None:
    await door.send_invoice()
    until = BEGIN + timedelta(days=days) if days else None
    await door.rows(HELD, c=door.creditor, now=BEGIN, until=until)
    lines = await first_lines(door)
    assert ("Fakturaen står på vent til" if days else "Fakturaen står på vent.") in lines
    assert "802,00 kr" in lines


async def test_a_hold_that_is_past_is_not_told(door: Door) -> None:
    await door.send_invoice()
    await door.rows(HELD, c=door.creditor, now=BEGIN - timedelta(days=9), until=BEGIN - timedelta(days=1))
    assert "på vent" not in await first_lines(door)


STOPPED = """insert into life_event (debtor_id, kind, by, happened_at)
  select id, :kind, 'anne', happened_at from debtor where creditor_id = :c returning 1"""


@pytest.mark.parametrize("kind", ["deceased", "insolvent", "debt settlement", "other"])
async def test_while_a_person_looks_nothing_is_asked_for_and_no_reason_is_told(door: Door, kind: str) -> None:
    await door.send_invoice()
    await door.rows(STOPPED, c=door.creditor, kind=kind)
    lines = await first_lines(door)
    assert "Du trenger ikke betale noe nå" in lines
    assert "kr" not in lines.split()
    page = (await door.client.get(await door.link())).text
    assert 'class="first"' not in page
    assert "Hvordan vi skriver til deg" not in page


async def test_a_case_that_was_handed_off_says_what_is_left_who_has_it_and_whom_to_ask(door: Door) -> None:
    await door.send_invoice()
    await door.rows(
        """insert into hand_off (creditor_id, case_id, state, happened_at)
        select creditor_id, id, 'accepted', :now from dunning_case where creditor_id = :c returning 1""",
        c=door.creditor,
        now=BEGIN,
    )
    lines = await first_lines(door)
    assert "Fair Inkasso AS" in lines
    assert "802,00 kr" in lines
    assert "spør dem om beløpet før du betaler" in lines


async def test_the_partner_that_has_the_case_is_reached_from_the_page_as_far_as_the_creditor_told(door: Door) -> None:
    await door.send_invoice()
    await door.rows(
        """insert into hand_off (creditor_id, case_id, state, happened_at)
        select creditor_id, id, 'accepted', :now from dunning_case where creditor_id = :c returning 1""",
        c=door.creditor,
        now=BEGIN,
    )
    told = "update creditor set collection_partner_contact = cast(:contact as jsonb) where id = :c returning 1"
    contact = '{"phone": "+4755000000", "website": "https://fair.example/sak"}'
    await door.rows(told, contact=contact, c=door.creditor)
    page = (await door.client.get(await door.link())).text
    assert '<a href="tel:+4755000000">55 00 00 00</a>' in page
    assert '<a href="https://fair.example/sak" rel="noopener noreferrer">fair.example/sak</a>' in page
    assert (page.count("mailto:"), "22 00 00 00" in page) == (1, True), "and the creditor, at the end, as ever"


async def test_a_dispute_goes_before_a_hold_and_a_promise_is_the_day(door: Door) -> None:
    await door.send_invoice(**LATE)
    link = await door.link()
    day = TODAY + timedelta(days=4)
    await door.client.post(f"{link}/promise", data={"pay_by": str(day)})
    assert f"Betal innen {long_date(day, 'nb')}." in await first_lines(door)
    await door.rows(HELD, c=door.creditor, now=BEGIN, until=None)
    await door.command(command="dispute")
    lines = await first_lines(door)
    assert "Du har sagt fra at du er uenig" in lines
    assert "på vent" not in lines


async def test_the_page_is_seen_in_the_other_language_as_long_as_it_is_used(door: Door) -> None:
    await door.send_invoice()
    link = await door.link()
    assert f'href="{clean(link)}?lang=en"' in (await door.client.get(link)).text
    english = (await door.client.get(f"{link}?lang=en")).text
    assert ('<html lang="en">' in english, "To pay: " in english, "NOK 802.00" in english) == (True, True, True)
    for later in (
        link,
        clean(link),
        f"{link}?lang=xx",
        f"{link}/pay",
        f"{link}/messages",
        f"{link}/plan",
        f"{link}/disagree",
    ):
        assert '<html lang="en">' in (await door.client.get(later)).text, later
    wrong = await door.client.post(f"{link}/plan", data={"choice": "own", "monthly": "much"})
    assert ("<title>Error: " in wrong.text, "Write the amount in figures" in wrong.text) == (True, True)
    assert '<html lang="nb">' in (await door.client.get(f"{link}?lang=nb")).text
    assert '<html lang="nb">' in (await door.client.get(link)).text


async def test_a_language_to_look_in_is_of_one_browser_and_no_wish_of_how_to_be_written_to(door: Door) -> None:
    await door.send_invoice()
    link = await door.link()
    stored = "select language from debtor where creditor_id = :c"
    english = await door.client.get(f"{link}?lang=en")
    kept = english.headers.get_list("set-cookie")[-1]
    assert kept.startswith("__Host-i-lang=en; ")
    assert ("Max-Age" in kept, "Secure" in kept, "HttpOnly" in kept, "SameSite=lax" in kept) == (
        False,
        True,
        True,
        True,
    )
    assert '<option value="nb" selected>' in english.text, (
        "what is wished stands as it is, whatever the page is seen in"
    )
    await door.client.post(f"{link}/wishes", data={"language": "nb", "channel": "sms"})
    assert (await door.one(stored, c=door.creditor), '<html lang="en">' in (await door.client.get(link)).text) == (
        "nb",
        True,
    )
    await door.client.get(f"{link}?lang=nb")
    await door.client.post(f"{link}/wishes", data={"language": "en"})
    assert (await door.one(stored, c=door.creditor), '<html lang="en">' in (await door.client.get(link)).text) == (
        "en",
        True,
    )
    door.client.cookies.clear()
    await door.client.head(f"{link}?lang=nb")
    assert '<html lang="en">' in (await door.client.get(link)).text, "and somebody else's browser knows nothing of it"


async def test_whoever_wishes_for_nynorsk_has_every_page_in_it_whatever_a_later_invoice_says(door: Door) -> None:
    await door.send_invoice()
    link = await door.link()
    assert (await door.client.post(f"{link}/wishes", data={"language": "nn"})).status_code == 303
    await door.send_invoice("1002", reference=None, debtor=invoice()["debtor"] | {"language": "nb"})
    for part in ("", "/messages", "/plan", "/disagree", "/pay"):
        seen = (await door.client.get(f"{link}{part}")).text
        assert '<html lang="nn">' in seen, part
        assert " ikke " not in seen, part
    assert "Dette gjeld ikkje meg" in (await door.client.get(link)).text


@pytest.mark.parametrize("said", ["sv_FI", "../nb", "NN", "nn\x00", "", "x" * 3000])
async def test_a_language_that_nobody_has_words_in_changes_nothing(door: Door, said: str) -> None:
    await door.send_invoice()
    link = await door.link()
    seen = await door.client.get(link, params={"lang": said})
    assert (seen.status_code, '<html lang="nb">' in seen.text) == (200, True)
    wished = await door.client.post(f"{link}/wishes", data={"language": said})
    assert wished.status_code in (303, 422)
    assert await door.one("select language from debtor where creditor_id = :c", c=door.creditor) == "nb"
