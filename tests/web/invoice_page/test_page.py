"""The invoice page: what the debtor owes, told plainly, and a visit that proves a read."""

import base64
import re
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import event

from connectors.links import Link, Links
from facts.collection import service_blocks
from tests.begin import BEGIN, TODAY
from tests.web.door import LINK_SECRET, Door, account_of, clean, invoice


async def test_the_page_shows_amount_kid_account_lines_and_whom_to_tell_what(door: Door) -> None:
    await door.send_invoice()
    page = await door.client.get(await door.link())
    assert page.status_code == 200
    for said in (
        "802,00 kr",
        "006402710013",
        account_of(door.creditor),
        "Nettleie &lt;oktober&gt;",
        "Acme Kraft AS",
        'lang="nb"',
    ):
        assert said in page.text
    for anchor in ("paid", "more-time", "disagree", "not-me"):
        assert f'<details class="offer" id="{anchor}">' in page.text


async def test_the_page_names_the_account_and_its_holder_as_banks_know_them(door: Door) -> None:
    await door.send_invoice(reference="1234561")
    await door.rows(
        "update creditor set account_holder = 'Acme Kundesenter AS' where id = :id returning id", id=door.creditor
    )
    page = (await door.client.get(await door.link())).text
    assert "<dt>Mottaker</dt><dd>Acme Kundesenter AS</dd>" in page
    assert "Strekkode" not in page
    finnish = {"account": "FI2112345600000785", "id": door.creditor}
    await door.rows("update bank_account set account = :account where creditor_id = :id returning account", **finnish)
    await door.rows(
        "update invoice set account = :account, currency = 'EUR' where creditor_id = :id returning id", **finnish
    )
    page = (await door.client.get(await door.link())).text
    assert "FI21 1234 5600 0007 85" in page
    assert "12 34561" in page
    assert f"4211234560000078500080200000{'1234561':0>20}" in page
    assert '<figure class="scan"><svg' in page


async def test_the_page_of_a_plain_invoice_asks_the_database_a_dozen_times_at_most(door: Door) -> None:
    await door.send_invoice()
    link, engine, asked = await door.link(), door.database.engine.sync_engine, list[str]()
    await door.client.get(link)  # its policy is read once and known from then on

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        await door.client.get(link)
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert 1 < len(asked) <= 12, "\n".join(asked)


async def test_the_amount_due_is_what_is_left_to_the_oere(door: Door) -> None:
    await door.send_invoice()
    await door.pay(amount="0.37")
    assert "801,63 kr" in (await door.client.get(await door.link())).text


async def test_a_debtor_who_reads_english_gets_english(door: Door) -> None:
    await door.send_invoice(debtor=invoice()["debtor"] | {"language": "en"})
    page = (await door.client.get(await door.link())).text
    assert "I need more time" in page
    assert "NOK 802.00" in page
    assert 'lang="en"' in page


@pytest.mark.parametrize("kind", ["business", "consumer"])
async def test_a_finnish_business_is_te_on_its_pages_and_facts_and_buttons_stay(door: Door, kind: str) -> None:
    debtor = invoice()["debtor"] | {"language": "fi", "country": "FI", "kind": kind}
    lines = [{"text": "Maksa Kerro Oy", "amount": "802.00"}]
    await door.send_invoice(debtor=debtor, lines=lines, currency="EUR")
    link = await door.link()
    page = (await door.client.get(link)).text
    for fact_or_button in ('lang="fi"', "Maksa Kerro Oy", ">Lähetä huomautus</button>"):
        assert fact_or_button in page
    page += (await door.client.get(f"{clean(link)}/prove?for=stored")).text
    to_many = ("Oletteko jo maksaneet", "Kertokaa, mikä on väärin.", "Näyttäkää, että se olette te")
    to_one = ("Oletko jo maksanut", "Kerro, mikä on väärin.", "Näytä, että se olet sinä")
    said, not_said = (to_many, to_one) if kind == "business" else (to_one, to_many)
    assert [each for each in said if each not in page] == []
    assert [each for each in not_said if each in page] == []


async def test_a_paid_invoice_says_thank_you_and_asks_for_nothing(door: Door) -> None:
    await door.send_invoice()
    await door.pay()
    page = (await door.client.get(await door.link())).text
    assert "Betalt. Takk!" in page
    assert account_of(door.creditor) not in page


async def test_a_case_that_was_handed_off_makes_no_demand_of_its_own(door: Door) -> None:
    await door.send_invoice()
    await door.rows(
        """insert into hand_off (creditor_id, case_id, state, happened_at)
        select creditor_id, id, 'accepted', :now from dunning_case where creditor_id = :c returning 1""",
        c=door.creditor,
        now=BEGIN,
    )
    page = (await door.client.get(await door.link())).text
    assert "Fair Inkasso AS" in page
    assert account_of(door.creditor) not in page


async def test_a_touch_proves_that_the_message_was_read_once(door: Door) -> None:
    await door.send_invoice()
    delivery = await door.claimed("letter")
    link = await door.link(delivery)
    for _ in range(2):
        assert (await door.client.post(f"{link}/seen")).status_code == 204
    row = await door.delivery(delivery)
    assert (row.state, row.read_by) == ("accepted", "page visit")
    assert await door.news() == ["invoice_changed", "message_read"]


async def test_without_scripts_a_button_says_so(door: Door) -> None:
    await door.send_invoice()
    delivery = await door.claimed("sms")
    link = await door.link(delivery)
    assert f'action="{clean(link)}/seen"' in (await door.client.get(link)).text
    pressed = await door.client.post(f"{link}/seen", data={"button": "true"})
    assert (pressed.status_code, pressed.headers["location"]) == (303, link)
    assert (await door.delivery(delivery)).read_by == "page visit"


@pytest.mark.parametrize(
    ("form", "fields"),
    [("paid", {}), ("disagree", {"words": "feil"}), ("more-time", {"words": "fredag"}), ("pay/vipps", {})],
)
async def test_whoever_presses_a_form_has_read(door: Door, form: str, fields: dict[str, str]) -> None:
    await door.send_invoice()
    delivery = await door.claimed("sms")
    await door.client.post(f"{await door.link(delivery)}/{form}", data=fields)
    assert (await door.delivery(delivery)).read_by == "page visit"


@pytest.mark.parametrize("method", ["HEAD", "GET"])
@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36"},
        {"User-Agent": "facebookexternalhit/1.1"},
        {"Sec-Purpose": "prefetch;prerender"},
        {},
    ],
)
async def test_whatever_only_fetches_the_page_proves_nothing(door: Door, method: str, headers: dict[str, str]) -> None:
    await door.send_invoice()
    delivery = await door.claimed()
    for _ in range(3):
        answer = await door.client.request(method, await door.link(delivery), headers=headers)
        assert answer.status_code == 200
    assert (await door.delivery(delivery)).read_at is None


async def test_a_touch_of_a_wrong_link_proves_nothing(door: Door) -> None:
    assert (await door.client.post("/i/1.2.3.forged/seen")).status_code == 404


async def test_a_link_does_not_mark_a_delivery_of_another_invoice(door: Door) -> None:
    await door.send_invoice()
    await door.send_invoice("1002")
    delivery = await door.claimed(number="1002")
    assert (await door.client.post(f"{await door.link(delivery, '1001')}/seen")).status_code == 204
    assert (await door.delivery(delivery)).read_at is None


async def test_a_link_that_is_wrong_old_or_empty_opens_a_kind_page(door: Door) -> None:
    await door.send_invoice()
    good = await door.link()
    old = Links([LINK_SECRET], "").url(Link(1, 0), TODAY - timedelta(days=200))
    nothing = Links([LINK_SECRET], "").url(Link(2**31 - 1, 0), TODAY)
    for link in (good[:-1], f"/i/{'a' * 3000}", "/i/%00", "/i/~", old, nothing):
        page = await door.client.get(link)
        assert page.status_code == 404
        assert "Lenken virker ikke" in page.text
        assert "This link does not work" in page.text


async def test_the_page_can_do_nothing_but_be_read_and_answered(door: Door) -> None:
    await door.send_invoice()
    page = await door.client.get(await door.link())
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "noindex" in page.headers["x-robots-tag"]
    assert not re.search(r"<img|https?://(?!acme)", page.text)
    (script,) = re.findall(
        r"<script>(.*?)</script>", page.text, re.DOTALL
    )  # the one that tells of a touch, by its hash
    digest = base64.b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'; connect-src 'self'" in page.headers["content-security-policy"]
    assert set(re.findall(r"<form[^>]* action=\"([^\"]*/)", page.text)) == {f"{clean(await door.link())}/"}


async def test_interest_that_a_notice_claimed_is_stated_to_the_day(door: Door) -> None:
    due = TODAY - timedelta(days=31)
    await door.send_invoice(issue_date=str(due - timedelta(days=14)), due_date=str(due))
    await door.rows(
        """insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id,
            happened_at)
        select creditor_id, id, 'interest', 'interest', 1.00, 'NOK', :on, 'interest', gen_random_uuid() || '/1', :now from invoice
        where creditor_id = :c returning 1""",
        c=door.creditor,
        now=BEGIN,
        on=due + timedelta(days=10),
    )
    page = (await door.client.get(await door.link())).text
    assert "Forsinkelsesrenten er 12,25 % i året fra" in page
    assert "0,27 kr for hver dag som går" in page
    assert "inkassovarselet, 1,00 kr" in page
    assert "etter forsinkelsesrenteloven § 2 og § 3" in page


async def test_a_fee_and_a_compensation_name_their_law(door: Door) -> None:
    await door.send_invoice()
    for kind, amount in (("fee", 35), ("compensation", 430)):
        await door.rows(
            """insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id,
                happened_at)
            select creditor_id, id, :kind, 'fee', :amount, 'NOK', :on, 'delivery', gen_random_uuid(), :now from invoice
            where creditor_id = :c returning 1""",
            c=door.creditor,
            kind=kind,
            amount=amount,
            now=BEGIN,
            on=TODAY,
        )
    page = (await door.client.get(await door.link())).text
    assert page.count("etter inkassoforskriften § 1-2 og § 1-3") == 1
    assert "forsinkelsesrenteloven § 3 a" in page


async def test_nothing_is_said_of_interest_that_nobody_claimed(door: Door) -> None:
    await door.send_invoice()
    assert "Forsinkelsesrenten" not in (await door.client.get(await door.link())).text


async def test_a_withdrawal_that_the_page_has_told_is_not_undone(door: Door) -> None:
    await door.send_invoice()
    order = {"by": "anne", "reason_code": "mistake"}
    commands = "/v1/invoices/1001/commands"
    for command in ("withdraw", "unwithdraw", "withdraw"):
        assert (await door.client.post(commands, json=order | {"command": command})).status_code == 202
    await door.client.get(await door.link())  # whoever fetches it has not read it
    assert await door.rows("select 1 from case_event where kind = 'withdrawal_seen'") == []
    for _ in range(2):
        assert (await door.client.post(f"{await door.link()}/seen")).status_code == 204
    assert len(await door.rows("select 1 from case_event where kind = 'withdrawal_seen'")) == 1
    refused = await door.client.post(commands, json=order | {"command": "unwithdraw"})
    assert refused.status_code == 409
    assert "seen on the invoice page" in refused.json()["detail"]


async def test_the_debtor_says_how_to_be_written_to_and_takes_it_back(door: Door) -> None:
    await door.send_invoice()
    link = await door.link()
    ticked = {"language": "en", "channel": "sms", "untracked": "true", "no_calls": "true"}
    assert (await door.client.post(f"{link}/wishes", data=ticked)).headers["location"] == f"{link}#wishes"
    page = (await door.client.get(link)).text
    assert "How we write to you" in page
    assert 'value="sms" selected' in page
    assert page.count(" checked") == 2
    life = """select e.kind, e.value, e.by, e.until is null as holds from life_event e join debtor d on d.id = e.debtor_id
      where d.creditor_id = :creditor order by e.id"""
    assert {tuple(row) for row in await door.rows(life, creditor=door.creditor)} == {
        ("language", "en", "debtor", True),
        ("prefers", "sms", "debtor", True),
        ("no tracking", None, "debtor", True),
        ("no calls", None, "debtor", True),
    }
    await door.client.post(f"{link}/wishes", data={"language": "en", "channel": ""})
    ended = [row.kind for row in await door.rows(life, creditor=door.creditor) if not row.holds]
    assert sorted(ended) == ["no calls", "no tracking", "prefers"]
    assert " checked" not in (await door.client.get(link)).text


async def test_the_debtor_gives_another_address_which_waits_and_is_shown_to_nobody(door: Door) -> None:
    await door.send_invoice()
    link = await door.link()
    where = {"email": "kari@new.example", "street": "Nygata 2", "postcode": "5003", "city": "Bergen"}
    assert (await door.client.post(f"{link}/address", data=where)).headers["location"] == f"{link}#address"
    query = """select p.channel, p.state from contact_point p join debtor d on d.id = p.debtor_id
      where d.creditor_id = :c and p.state = 'given' order by p.channel"""
    assert [tuple(row) for row in await door.rows(query, c=door.creditor)] == [("email", "given"), ("letter", "given")]
    page = (await door.client.get(link)).text
    assert "en lenke for å bekrefte på vei dit" in page
    assert all(each not in page for each in ("new.example", "Nygata")), "whoever has the link learns no address"


@pytest.mark.parametrize("wrong", [{}, {"email": "nobody"}, {"street": "Nygata 2"}, {"phone": "1"}, {"email": " "}])
async def test_what_is_no_address_is_not_taken_and_the_page_says_so(door: Door, wrong: dict[str, str]) -> None:
    await door.send_invoice()
    link = await door.link()
    answer = await door.client.post(f"{link}/address", data=wrong)
    assert answer.headers["location"] == f"{link}?problem=address#address"
    query = "select 1 from contact_point p join debtor d on d.id = p.debtor_id where d.creditor_id = :c and p.state = 'given'"
    assert await door.rows(query, c=door.creditor) == []


async def test_a_wish_that_nobody_knows_changes_nothing(door: Door) -> None:
    await door.send_invoice()
    link = await door.link()
    for wrong in ({"language": "xx"}, {"language": "nb", "channel": "phone"}, {}):
        assert (await door.client.post(f"{link}/wishes", data=wrong)).status_code >= 400
    assert (
        await door.rows(
            "select e.id from life_event e join debtor d on d.id = e.debtor_id where d.creditor_id = :c",
            c=door.creditor,
        )
        == []
    )


async def test_who_was_warned_may_say_that_it_is_dangerous_and_the_service_is_open_at_once(door: Door) -> None:
    await door.send_invoice()
    link = await door.link()
    assert 'id="danger"' not in (await door.client.get(link)).text
    case = await door.one("select id from dunning_case where creditor_id = :creditor", creditor=door.creditor)
    async with door.database.transaction() as connection:
        await service_blocks.block(connection, case, BEGIN)
    assert "Det er farlig å være uten tjenesten" in (await door.client.get(link)).text
    assert (await door.client.post(f"{link}/danger", data={"words": "respirator"})).status_code == 303
    assert await door.one("select unblocked_at is not null from service_block where case_id = :case", case=case)
    held = "select reason_code, until from hold where case_id = :case"
    assert [tuple(row) for row in await door.rows(held, case=case)] == [("says in danger", None)]
    assert (await door.client.post(f"{link}/danger")).status_code == 303  # said once more, in other words


async def test_beside_each_choice_stands_what_follows_from_it(door: Door) -> None:
    await door.send_invoice(amount="6000.00", lines=[])
    page = (await door.client.get(await door.link())).text.replace("\xa0", " ")
    for said in (
        "Da er fakturaen gjort opp",
        "Gjør du ingenting, ",
        "Da purrer vi ikke til og med",
        "Da purrer vi ikke så lenge avdragene kommer. Totalt betaler du 6 000,00 kr",
        "På reise",
        "Da hviler saken til og med",
        "Da stanser alt, også purringer og gebyr",
    ):
        assert said in page


async def test_where_no_pause_is_left_none_is_promised(door: Door) -> None:
    await door.send_invoice()
    await door.rows(
        """insert into hold (case_id, by, reason_code, until, happened_at, released_at)
        select id, 'debtor', 'says travelling', :now, :now, :now from dunning_case, generate_series(1, 9)
        where creditor_id = :c returning 1""",
        c=door.creditor,
        now=BEGIN,
    )
    page = (await door.client.get(await door.link())).text
    assert "Flere pauser gir vi ikke her" in page
    assert "Da hviler saken" not in page


@pytest.mark.parametrize(("lang", "begins"), [("nb", "Feil: "), ("en", "Error: ")])
async def test_the_title_says_first_that_something_is_wrong(door: Door, lang: str, begins: str) -> None:
    await door.send_invoice()
    link = await door.link()
    await door.client.get(f"{link}?lang={lang}")
    wrong = {"choice": "own", "monthly": "much", "pay": "other", "amount": "much", "limit": "much"}
    forms = ("plan", "pay/vipps", "direct-debit", "disagree", "messages")
    answers = [await door.client.post(f"{link}/{form}", data=wrong) for form in forms]
    answers += [
        await door.client.get(f"{link}{where}") for where in ("?problem=promise", "/prove?for=stored&problem=wrong")
    ]
    for answer in answers:
        assert f"<title>{begins}" in answer.text, answer.url
    for right in ("", "?problem=none-of-ours", "/plan", "/messages", "/prove?for=stored"):
        assert f"<title>{begins}" not in (await door.client.get(f"{link}{right}")).text, right


# --- one form, one effect ---------------------------------------------------------------------------------------------


async def form(door: Door, link: str) -> dict[str, str]:
    """The number of a form that is shown now."""
    shown = re.search(r'name="once" value="([0-9a-f]{32})"', (await door.client.get(link)).text)
    assert shown
    return {"once": shown[1]}


async def test_a_promise_is_made_once_by_one_form_however_often_and_late_it_comes(door: Door) -> None:
    await door.send_invoice()
    link = await door.link()
    first = {"pay_by": str(TODAY + timedelta(days=3))} | await form(door, link)
    other_day = first | {"pay_by": str(TODAY + timedelta(days=7))}  # of the form that was gone back to
    for sent in (first, first, other_day, first):  # a double click, another day, and the first once more from history
        assert (await door.client.post(f"{link}/promise", data=sent)).headers["location"] == f"{link}#promise"
    made = (
        "select p.pay_by from promise p join dunning_case c on c.id = p.case_id where c.creditor_id = :c order by p.id"
    )
    days = [row.pay_by for row in await door.rows(made, c=door.creditor)]
    assert (len(days), days == sorted(days)) == (2, True)


SAID = "select r.id from reply r join debtor d on d.id = r.debtor_id where d.creditor_id = :c"


@pytest.mark.parametrize("what", ["more-time", "paid"])
async def test_what_was_told_by_a_form_is_told_once_even_after_it_was_answered(door: Door, what: str) -> None:
    await door.send_invoice()
    link = await door.link()
    told = {"reason": "travelling", "words": "til fredag"} | await form(door, link)
    for _ in range(2):
        assert (await door.client.post(f"{link}/{what}", data=told)).headers["location"] == f"{link}#{what}"
    assert len(await door.rows(SAID, c=door.creditor)) == 1
    for table in (
        "update reply set done_at = :now, done_by = 'anne' where",
        "update hold set released_at = :now where",
    ):
        whose = "case_id in (select id from dunning_case where creditor_id = :c) returning id"
        await door.rows(f"{table} {whose}", c=door.creditor, now=BEGIN)
    assert (await door.client.post(f"{link}/{what}", data=told)).status_code == 303
    assert len(await door.rows(SAID, c=door.creditor)) == 1
    assert (await door.client.post(f"{link}/{what}", data=told | {"words": "eller lørdag"})).status_code == 303
    assert len(await door.rows(SAID, c=door.creditor)) == 2, "what says something else is never lost"
