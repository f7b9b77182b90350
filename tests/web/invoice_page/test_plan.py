"""A plan in three screens: what is asked, what is offered, what is agreed on once, and what is kept of what was told."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi.responses import Response

from connectors.links import Links
from domain.agreements.instalments import settled_by
from domain.countries.registry import country_of
from domain.planner.consequence import InParts, Nothing, Promises
from facts.agreements import plans as facts_of
from messages.figures import long_date
from tests.begin import BEGIN, TODAY
from tests.web.door import LINK_SECRET, Door, clean, invoice
from tests.world import laws_for_years_to_come
from web.invoice_page import cookie
from web.invoice_page.budget import FIELDS
from web.invoice_page.cookie import Pass, Proof
from web.invoice_page.rights import Level
from web.invoice_page.sentences import Sentences

LINKS = Links([LINK_SECRET], "https://purr.example")
CALENDAR = laws_for_years_to_come()["NO"].calendar
BUDGET = {"pay": "27 314,15", "housing": "9000", "food": "6 000", "travel": "1.271,82", "debts": "3042,33 kr"}
ONCE = re.compile(r'name="once" value="([0-9a-f]{32})"')
FIRST_DAY = (
    """select min(d.due_on) from instalment d join instalment_plan p on p.id = d.plan_id where p.creditor_id = :c"""
)
EVERYTHING_TOLD = """
select string_agg(t, ' ') from (
  select detail::text t from case_event union all select answer::text from received_command where answer is not null
  union all select text from reply union all select why from task union all select why from debtor_task
  union all select note from hold union all select reason_code from instalment_plan) told
"""


async def small(door: Door, amount: str = "6000.00", **debtor: Any) -> str:
    """The page of an invoice that may be split without more ado."""
    await door.send_invoice(amount=amount, lines=[], debtor=invoice()["debtor"] | debtor)
    return await door.link()


async def large(door: Door, amount: str = "24000.00", *, proven: bool = True, **debtor: Any) -> str:
    """The page of an invoice of which income is asked, in a browser where a code was typed."""
    link = await small(door, amount, **debtor)
    await door.client.get(link)
    here = clean(link)
    if proven:
        found, last_day = LINKS.says(link.removeprefix("/i/"))
        answer = Response()
        key = here.removeprefix("/i/")
        cookie.keep(LINKS, answer, key, Pass(found, last_day, Proof(Level.CODE, BEGIN)), secure=True)
        name, _, value = answer.headers["set-cookie"].split(";")[0].partition("=")
        door.client.cookies.delete(name)
        door.client.cookies.set(name, value, domain="purr.example")
    return here


async def text_of(door: Door, address: str, status: int = 200) -> str:
    """A page as its reader sees it, with plain spaces."""
    answer = await door.client.get(address)
    assert answer.status_code == status, (answer.status_code, answer.headers.get("location"))
    return seen(answer)


def seen(answer: httpx.Response) -> str:
    """The same of an answer."""
    return answer.text.replace("\xa0", " ").replace("&#39;", "'")


async def send(door: Door, address: str, **fields: str) -> httpx.Response:
    """Send a form."""
    return await door.client.post(address, data=fields)


async def agree(door: Door, here: str, **chosen: str) -> str:
    """Choose, look at it, and agree; gives where that leads."""
    answer = await send(door, f"{here}/plan", **chosen)
    assert answer.status_code == 303, seen(answer)
    once = ONCE.search(await text_of(door, answer.headers["location"]))
    assert once
    fields = dict(httpx.URL(answer.headers["location"]).params)
    return str((await send(door, f"{here}/plan/agree", **fields, once=once[1])).headers["location"])


async def plans(door: Door) -> list[Any]:
    """The creditor's plans, with how many instalments each has."""
    return await door.rows(
        "select p.*, (select count(*) from instalment where plan_id = p.id) as parts from instalment_plan p "
        "where creditor_id = :creditor order by id",
        creditor=door.creditor,
    )


# --- small ---------------------------------------------------------------------------------------------------------------


async def test_a_small_claim_is_postponed_or_split_at_once_with_what_follows_beside_each(door: Door) -> None:
    link = await small(door)
    page = await text_of(door, f"{link}/plan")
    for said in ("Utsett alt til", "2 avdrag, 3 000,00 kr", "12 avdrag, 500,00 kr", "uten renter", "Da purrer vi ikke"):
        assert said in page
    assert "Lønn" not in page


@pytest.mark.parametrize(
    ("country", "currency", "reference", "said"),
    [
        ("SE", "SEK", "1234567806", ("2 delbetalningar", "3 000,00 kr", "utan ränta")),
        ("FI", "EUR", "RF5447115", ("2 erää", "3 000,00 €", "ei ole korkoa eikä kuluja")),
    ],
)
async def test_a_plan_is_free_for_a_consumer_of_another_country_too(
    door: Door, country: str, currency: str, reference: str, said: tuple[str, ...]
) -> None:
    whose = {"name": "Kim Virtanen", "customer_number": country, "email": "kim@example.com", "country": country}
    kept = {"currency": currency, "reference": reference, "policy": f"{country.lower()}-standard"}
    answer = await door.send_invoice(country, amount="6000.00", lines=[], debtor=whose, **kept)
    assert answer.status_code == 201, answer.text
    link = await door.link(number=country)
    page = await text_of(door, f"{link}/plan")
    for each in said:
        assert each in page
    await agree(door, link, choice="3")
    assert [(plan.total, plan.interest) for plan in (await plans(door))[-1:]] == [(Decimal(6000), 0)]


async def test_what_is_said_beside_a_choice_is_what_the_planner_says(door: Door) -> None:
    link = await small(door)
    planning = door.app.state.services.planning
    async with door.database.transaction() as connection:
        (row,) = await door.rows("select id from dunning_case where creditor_id = :c", c=door.creditor)
        planned = await planning.plan(connection, row.id, BEGIN)
    sentences = Sentences(planned, "nb")
    page = await text_of(door, f"{link}/plan")
    latest = CALENDAR.banking_day_on_or_after(TODAY + timedelta(days=planned.policy.promises.within_days))
    assert sentences.then(Promises(latest), BEGIN) in page
    answer = await send(door, f"{link}/plan", choice="3")
    review = await text_of(door, answer.headers["location"])
    assert sentences.then(Nothing(), BEGIN) in review
    assert await agree(door, link, choice="3") == f"{link}/plan"
    async with door.database.transaction() as connection:
        agreed = await facts_of.plan_of(connection, row.id)
    assert agreed is not None
    assert sentences.then(InParts(agreed.instalments), BEGIN) in review


async def test_it_is_looked_at_before_it_is_agreed_on_and_agreed_on_once(door: Door) -> None:
    link = await small(door)
    answer = await send(door, f"{link}/plan", choice="3")
    assert answer.headers["location"] == f"{link}/plan/review?choice=3"
    page = await text_of(door, answer.headers["location"])
    for said in ("Er dette riktig?", "2 000,00 kr", "6 000,00 kr", "Ingen renter eller gebyr"):
        assert said in page
    assert await plans(door) == []
    once = ONCE.search(page)
    assert once
    for _ in range(3):  # a double click, and back and again
        done = await send(door, f"{link}/plan/agree", choice="3", once=once[1])
        assert done.headers["location"] == f"{link}/plan"
    assert [(plan.parts, plan.total) for plan in await plans(door)] == [(3, Decimal(6000))]
    assert "Avdragsplanen din" in await text_of(door, f"{link}/plan")


async def test_all_of_it_is_postponed_by_a_promise(door: Door) -> None:
    link = await small(door, "802.00")
    assert await agree(door, link, choice="postpone") == f"{link}#more-time"
    (promised,) = await door.rows("select pay_by, amount from promise p join dunning_case c on c.id = p.case_id "
                                  "where c.creditor_id = :c", c=door.creditor)  # fmt: skip
    assert promised.amount == Decimal(802)
    assert promised.pay_by > TODAY + timedelta(days=7)


async def test_an_own_amount_gets_the_nearest_plan_at_or_below_it(door: Door) -> None:
    link = await small(door)
    answer = await send(door, f"{link}/plan", choice="own", monthly="kr 1.100,-")
    assert "850" not in answer.headers["location"]
    assert "1 000,00 kr" in await text_of(door, answer.headers["location"])
    assert await agree(door, link, choice="own", monthly="1100") == f"{link}/plan"
    assert [plan.parts for plan in await plans(door)] == [6]


async def test_the_first_day_is_chosen_within_the_policys_bounds_and_holds(door: Door) -> None:
    link = await small(door)
    page = await text_of(door, f"{link}/plan")
    latest = CALENDAR.banking_day_on_or_after(TODAY + timedelta(days=30))
    assert f'min="{TODAY + timedelta(days=1)}" max="{latest}" value="{latest}"' in page
    first = CALENDAR.banking_day_on_or_after(TODAY + timedelta(days=9))
    answer = await send(door, f"{link}/plan", choice="3", first=str(first))
    assert answer.headers["location"] == f"{link}/plan/review?choice=3&first={first}"
    assert f"<td>{long_date(first, 'nb')}</td>" in await text_of(door, answer.headers["location"])
    assert await agree(door, link, choice="3", first=str(first)) == f"{link}/plan"
    assert await door.one(FIRST_DAY, c=door.creditor) == first


async def test_of_an_own_amount_and_of_a_budget_the_first_day_is_chosen_too(door: Door) -> None:
    link = await large(door)
    await send(door, f"{link}/plan/budget", **BUDGET)
    first = CALENDAR.banking_day_on_or_after(TODAY + timedelta(days=3))
    answer = await send(door, f"{link}/plan", choice="own", monthly="3000", first=str(first))
    assert answer.headers["location"] == f"{link}/plan/review?choice=own&monthly=3000&first={first}"
    months = re.search(r'name="choice" value="(\d+)"', await text_of(door, f"{link}/plan"))
    assert months
    assert await agree(door, link, choice=months[1], first=str(first)) == f"{link}/plan"
    assert await door.one(FIRST_DAY, c=door.creditor) == first


@pytest.mark.parametrize(
    "first", [str(TODAY), str(TODAY - timedelta(days=40)), str(TODAY + timedelta(days=60)), "soon"]
)
async def test_a_first_day_that_cannot_be_is_said_beside_its_field_and_nothing_is_lost(door: Door, first: str) -> None:
    link = await small(door)
    answer = await send(door, f"{link}/plan", choice="own", monthly="1100", first=first)
    page = seen(answer)
    assert (answer.status_code, "<title>Feil: " in page, 'href="#first"' in page) == (422, True, True)
    assert "Velg en dag etter i dag" in page
    assert (f'name="first" min="{TODAY + timedelta(days=1)}"' in page, f'value="{first}"' in page) == (True, True)
    assert ('value="own" checked' in page, 'value="1100"' in page) == (True, True)
    assert (await send(door, f"{link}/plan/agree", choice="3", first=first)).headers["location"] == f"{link}/plan"
    assert await plans(door) == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Skriv hvor mye du kan betale"),
        ("mye", "Skriv beløpet med tall"),
        ("-500", "Skriv beløpet med tall"),
        ("0", "Skriv beløpet med tall"),
        ("1e9", "Skriv beløpet med tall"),
        ("99999999999999999", "Skriv beløpet med tall"),
        ("400", "Her kan vi avtale 500,00 kr eller mer"),
        ('"><script>', "Skriv beløpet med tall"),
    ],
)
async def test_an_amount_that_cannot_be_is_said_beside_its_field_and_stays_typed(
    door: Door, typed: str, said: str
) -> None:
    link = await small(door)
    answer = await send(door, f"{link}/plan", choice="own", monthly=typed)
    page = seen(answer)
    assert answer.status_code == 422
    assert page.count(said) == 2  # at the top, and at the field
    assert 'href="#monthly"' in page
    assert "<title>Feil:" in page
    assert 'value="own" checked' in page
    assert "<script>" not in page.replace("<script nonce", "") or typed not in page
    if typed in ("400", "mye"):
        assert f'value="{typed}"' in page


async def test_so_little_a_month_that_no_plan_fits_is_asked_of_a_person(door: Door) -> None:
    link = await small(door)
    assert "Spør oss om dette beløpet" in seen(await send(door, f"{link}/plan", choice="own", monthly="400"))
    answer = await send(door, f"{link}/plan/help", monthly="400")
    assert answer.headers["location"] == f"{link}/plan/help"
    said = await door.rows("select text, meaning from reply where creditor_id = :c", c=door.creditor)
    assert [(row.text, row.meaning) for row in said] == [("Kan betale 400,00 kr i måneden.", "cannot pay")]
    assert "Noen hos oss ser på" in await text_of(door, f"{link}/plan/help")


@pytest.mark.parametrize("choice", ["", "4", "99", "postpone2", "own2", "-3", "²"])
async def test_what_is_not_offered_is_not_reviewed_or_agreed_on(door: Door, choice: str) -> None:
    link = await small(door)
    assert "Velg en av planene" in seen(await send(door, f"{link}/plan", choice=choice))
    review = await door.client.get(f"{link}/plan/review", params={"choice": choice})
    assert review.headers["location"] == f"{link}/plan"
    assert (await send(door, f"{link}/plan/agree", choice=choice)).headers["location"] == f"{link}/plan"
    assert await plans(door) == []


async def test_what_is_paid_disputed_or_handed_off_is_not_split(door: Door) -> None:
    link = await small(door)
    await door.command(command="dispute")
    assert (await door.client.get(f"{link}/plan")).headers["location"] == f"{link}?problem=plan#plan"
    await door.pay(amount="6000.00")
    assert (await door.client.get(f"{link}/plan")).headers["location"] == link
    assert (await send(door, f"{link}/plan/agree", choice="3")).headers["location"] == link


# --- large ---------------------------------------------------------------------------------------------------------------


async def test_income_is_asked_only_where_much_is_owed_and_only_of_who_is_surely_the_debtor(door: Door) -> None:
    here = await large(door, proven=False)
    assert (await door.client.get(f"{here}/plan")).headers["location"] == f"{here}/plan/budget"
    for answer in (await door.client.get(f"{here}/plan/budget"), await send(door, f"{here}/plan/budget", **BUDGET)):
        assert answer.headers["location"] == f"{here}/prove?for=plan"
    answer = await send(door, f"{here}/plan", choice="6")
    assert "Velg en av planene" in seen(answer)
    assert (await send(door, f"{here}/plan/agree", choice="own", monthly="4000")).headers["location"] == f"{here}/plan"
    assert await plans(door) == []


async def test_a_month_that_bears_it_leads_to_the_plan_of_half_of_what_is_left_and_two_shorter(door: Door) -> None:
    here = await large(door)
    page = await text_of(door, f"{here}/plan/budget")
    assert all(f'name="{field}"' in page for field in FIELDS)
    assert "Vi lagrer ikke det du skriver her" in page
    answer = await send(door, f"{here}/plan/budget", **BUDGET)
    assert answer.headers["location"] == f"{here}/plan"
    page = await text_of(door, f"{here}/plan")
    assert "8 000,00 kr igjen i måneden" in page
    offered = re.findall(r'name="choice" value="(\d+)"', page)
    assert offered == ["4", "5", "6"]
    assert await agree(door, here, choice="6") == f"{here}/plan"
    assert [(plan.parts, plan.total) for plan in await plans(door)] == [(6, Decimal(24000))]


async def test_what_was_told_of_income_is_stored_nowhere_and_gone_from_the_browser_once_it_is_agreed(
    door: Door,
) -> None:
    here = await large(door)
    await send(door, f"{here}/plan/budget", **BUDGET)
    assert any(name.startswith("__Host-budget-") for name in door.client.cookies)
    told = [name for name in door.client.cookies if "budget" in name]
    assert all("27314" not in (door.client.cookies[name]) for name in told)
    back = await text_of(door, f"{here}/plan/budget")
    assert 'value="27314,15"' in back  # who goes back has lost nothing
    assert "slettes fra nettleseren" in await text_of(door, f"{here}/plan/review?choice=6")
    await agree(door, here, choice="6")
    assert not any("budget" in name for name in door.client.cookies)
    everything = str(await door.one(EVERYTHING_TOLD))
    for amount in ("27314", "27 314", "1271.82", "3042.33", "19314"):
        assert amount not in everything


async def test_an_own_amount_stays_within_what_is_left(door: Door) -> None:
    here = await large(door)
    await send(door, f"{here}/plan/budget", **BUDGET)
    said = seen(await send(door, f"{here}/plan", choice="own", monthly="9000"))
    assert "Det er mer enn du har igjen i måneden, 8 000,00 kr" in said
    assert await agree(door, here, choice="own", monthly="2500") == f"{here}/plan"
    assert [plan.parts for plan in await plans(door)] == [10]


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"pay": "tjue tusen", "food": "3000"}, "pay", "Skriv beløpet med tall"),
        ({"food": "3000"}, "pay", "Skriv hva du får i måneden"),
        ({"pay": "30000"}, "housing", "Skriv hva du bruker i måneden"),
        ({"pay": "30000", "food": "-3000"}, "food", "Skriv beløpet med tall"),
        ({"pay": "1" * 500, "food": "1"}, "pay", "Skriv beløpet med tall"),
    ],
)
async def test_a_budget_that_cannot_be_read_keeps_what_was_typed(
    door: Door, given: dict[str, str], field: str, said: str
) -> None:
    here = await large(door)
    answer = await send(door, f"{here}/plan/budget", **given)
    assert answer.status_code == 422
    assert seen(answer).count(said) == 2
    assert f'href="#{field}"' in answer.text
    assert all(f'value="{typed[:30]}"' in answer.text for typed in given.values())
    assert not any("budget" in name for name in door.client.cookies)


@pytest.mark.parametrize("spending", ["30000", "31000", "29000"])
async def test_where_nothing_is_left_a_person_is_told_the_case_waits_and_free_advice_is_named(
    door: Door, spending: str
) -> None:
    here = await large(door)
    answer = await send(door, f"{here}/plan/budget", pay="30000", housing=spending)
    assert answer.headers["location"] == f"{here}/plan/help"
    page = await text_of(door, f"{here}/plan/help")
    for said in ("Noen hos oss ser på", "NAV Økonomirådgivning", "55 55 33 39"):
        assert said in page
    (held,) = await door.rows(
        "select h.until, h.reason_code, h.released_at from hold h join dunning_case c on c.id = h.case_id "
        "where c.creditor_id = :c", c=door.creditor,
    )  # fmt: skip
    assert (held.until, held.reason_code, held.released_at) == (None, "says cannot pay", None)
    assert await door.one("select count(*) from debtor_task where creditor_id = :c", c=door.creditor) == 1
    await send(door, f"{here}/plan/budget", pay="30000", housing=spending)  # back, and again
    assert await door.one("select count(*) from debtor_task where creditor_id = :c", c=door.creditor) == 1
    assert not any("budget" in name for name in door.client.cookies)
    assert spending not in str(await door.one(EVERYTHING_TOLD))


def test_who_lives_in_sweden_hears_of_the_advice_there() -> None:
    advice = country_of("SE").debt_advice
    assert advice is not None
    assert advice.name == "kommunens budget- och skuldrådgivning"


# --- a plan that stands ----------------------------------------------------------------------------------------------------


async def test_a_plan_shows_what_is_paid_and_what_can_be_paid_ahead(door: Door) -> None:
    link = await small(door)
    await agree(door, link, choice="3")
    await door.pay(amount="2500.00")
    page = await text_of(door, f"{link}/plan")
    for said in ("betalt", "1 500,00 kr gjenstår", "Betal 1 500,00 kr", "Betal alt, 3 500,00 kr"):
        assert said in page
    assert f'href="{link}/pay?amount=3500.00"' in page


async def test_a_date_is_moved_once_after_a_look(door: Door) -> None:
    link = await small(door)
    await agree(door, link, choice="3")
    due = await dates(door)
    page = await text_of(door, f"{link}/plan/move?number=2")
    assert 'type="date"' in page
    to = CALENDAR.banking_day_on_or_after(due[1] + timedelta(days=4))
    sure = await text_of(door, f"{link}/plan/move?number=2&to={to}")
    once = ONCE.search(sure)
    assert once
    assert await dates(door) == due
    for _ in range(2):
        answer = await send(door, f"{link}/plan/move", number="2", to=str(to), once=once[1])
        assert answer.headers["location"] == f"{link}/plan?moved=2"
    assert await dates(door) == [due[0], to, due[2]]
    moved = await text_of(door, f"{link}/plan?moved=2")
    assert "Avdrag 2 har fått ny dato" in moved
    assert f"{link}/plan/move?number=2" not in moved


@pytest.mark.parametrize("days", [-40, 0, 20, 4000])
async def test_a_day_beyond_the_policy_is_refused_beside_its_field(door: Door, days: int) -> None:
    link = await small(door)
    await agree(door, link, choice="3")
    due = await dates(door)
    to = due[1] + timedelta(days=days)
    answer = await door.client.get(f"{link}/plan/move", params={"number": "2", "to": str(to)})
    assert (answer.status_code, "Velg en dag fra" in answer.text) == (422, True)
    await send(door, f"{link}/plan/move", number="2", to=str(to))
    assert await dates(door) == due


@pytest.mark.parametrize(("number", "to"), [("9", "2030-01-01"), ("x", "2030-01-01"), ("2", "nei"), ("", "")])
async def test_a_form_that_was_tampered_with_moves_nothing(door: Door, number: str, to: str) -> None:
    link = await small(door)
    await agree(door, link, choice="3")
    due = await dates(door)
    answer = await send(door, f"{link}/plan/move", number=number, to=to)
    assert answer.status_code == 303
    assert await dates(door) == due


async def test_after_a_miss_the_page_says_what_happens_and_shows_the_way_back(door: Door) -> None:
    link = await small(door)
    await agree(door, link, choice="3")
    await door.rows(
        "update instalment set due_on = due_on - 60 where plan_id = (select id from instalment_plan "
        "where creditor_id = :c) returning 1", c=door.creditor,
    )  # fmt: skip
    first = (await dates(door))[0]
    assert settled_by(first, CALENDAR) < TODAY
    page = await text_of(door, f"{link}/plan")
    for said in ("2 000,00 kr skulle ha kommet", "Planen gjelder fortsatt", "ikke kommet", "Betal 2 000,00 kr"):
        assert said in page
    await door.rows("update instalment_plan set state = 'broken', ended_at = :now where creditor_id = :c returning 1",
                    c=door.creditor, now=BEGIN)  # fmt: skip
    page = await text_of(door, f"{link}/plan")
    assert "Den forrige planen er avsluttet" in page
    assert await agree(door, link, choice="6") == f"{link}/plan"


async def dates(door: Door) -> list[date]:
    """The days of the plan's instalments."""
    rows = await door.rows(
        "select t.due_on from instalment t join instalment_plan p on p.id = t.plan_id where p.creditor_id = :c "
        "and p.state = 'active' order by t.number", c=door.creditor,
    )  # fmt: skip
    return [row.due_on for row in rows]
