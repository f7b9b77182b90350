"""Paying from the invoice page: a form, the way to the provider and back, and what the page says meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import count
from uuid import uuid4

import pytest
from sqlalchemy import text

from config.settings import Settings
from connectors.links import Link, Links
from facts.database import Database
from facts.money import payment_attempts
from facts.money.payment_attempts import Merchant, MoneyReceived
from tests.begin import BEGIN, TODAY
from tests.stripe_server import stripe_mock_server
from tests.web.door import LINK_SECRET, clean
from tests.web.paying import REFRESH, Shop
from tests.web.paying import shop as a_shop
from tests.world import eventually

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
_numbers = count(1)


@pytest.fixture
async def shop(web_settings: Settings, web_database: Database) -> AsyncIterator[Shop]:
    """A web app with a fresh creditor who is paid through Vipps and Stripe, which is out of reach."""
    async with a_shop(web_settings, web_database, f"pay{next(_numbers)}") as opened:
        yield opened


@pytest.fixture(scope="module")
def stripe_url() -> Iterator[str]:
    """Where stripe-mock listens."""
    with stripe_mock_server() as url:
        yield url


async def test_one_button_for_each_way_with_the_amount_to_the_oere(shop: Shop) -> None:
    page = await shop.page(await shop.link())
    assert "Betal 802,00 kr med Vipps" in page
    assert "Betal 802,00 kr med kort" in page


async def test_without_a_way_of_the_creditors_there_is_the_bank_alone(shop: Shop) -> None:
    link = await shop.link()
    await shop.offer("{}")
    page = await shop.page(link)
    assert "med Vipps" not in page
    assert "Betal i banken" in page
    assert (await shop.door.client.post(f"{link}/pay/vipps")).headers["location"] == link
    assert await shop.attempts() == []


async def looked(shop: Shop, link: str, back: int = 3) -> str:
    """The page after its button was pressed that looks for the payment, at this look."""
    answer = await shop.door.client.post(f"{link}/look", data={"back": str(back)})
    assert answer.headers["location"] == f"{link}?back={back + 1}"
    return await shop.page(answer.headers["location"])


async def test_the_button_leads_to_the_provider_in_two_steps(shop: Shop) -> None:
    link = await shop.link()
    way = await shop.choose(link)
    (attempt,) = await shop.attempts()
    (payment,) = shop.vipps.payments.values()
    assert (attempt.amount, attempt.provider_id, attempt.state) == (Decimal("802.00"), payment.reference, "started")
    assert REFRESH.search(way.text) is not None
    assert f'href="{shop.vipps.url}/landing/{payment.reference}"' in way.text
    assert payment.return_url.endswith(f"{link}?back=1")


async def test_paid_in_the_app_the_page_says_thank_you(shop: Shop) -> None:
    link = await shop.link()
    attempt = await shop.started(link)
    waiting = await shop.page(f"{link}?back=1")
    assert "Betalingen er på vei" in waiting
    assert REFRESH.findall(waiting) == [("2", f"{clean(link)}?back=2")]
    assert "Betal 802,00 kr med Vipps" not in waiting
    shop.vipps.callbacks.late = 0.3
    await shop.vipps.approve(attempt.provider_id)
    assert "Betalingen er på vei" in await shop.page(f"{link}?back=2")
    await shop.vipps.drain()
    done = await shop.page(f"{link}?back=3")
    assert "Betalt. Takk!" in done
    assert not REFRESH.search(done)
    assert shop.vipps.payments[attempt.provider_id].captured == 80200


async def test_stopped_in_the_app_the_page_offers_every_way_again(shop: Shop) -> None:
    link = await shop.link()
    attempt = await shop.started(link)
    await shop.vipps.abort(attempt.provider_id)
    await shop.vipps.drain()
    page = await shop.page(f"{link}?back=1")
    assert "Betalingen ble ikke fullført" in page
    assert "Betal 802,00 kr med kort" in page
    assert not REFRESH.search(page)


async def test_the_page_looks_a_while_by_itself_and_then_rests(shop: Shop) -> None:
    link = await shop.link()
    await shop.started(link)
    assert REFRESH.search(await shop.page(f"{link}?back=19"))
    rests = await shop.page(f"{link}?back=20")
    assert not REFRESH.search(rests)
    assert "Vi venter på beskjed om betalingen" in rests
    for odd in ("x", "-1", "999999", "²"):
        assert not REFRESH.search(await shop.page(f"{link}?back={odd}"))


async def test_without_news_the_provider_is_asked_and_the_late_news_changes_nothing(shop: Shop) -> None:
    link = await shop.link()
    attempt = await shop.started(link)
    shop.vipps.callbacks.held = True
    await shop.vipps.approve(attempt.provider_id)
    assert 'id="ask"' not in await shop.page(f"{link}?back=2")
    for _ in range(2):  # whoever only fetches, and fetches again, books nothing
        waiting = await shop.page(f"{link}?back=3")
        assert ('id="ask"' in waiting, "Betalingen er på vei" in waiting) == (True, True)
    assert "Betalt. Takk!" in await looked(shop, link)
    shop.vipps.callbacks.release()
    await shop.vipps.drain()
    assert set(shop.vipps.callbacks.answers) == {204}
    assert (await shop.owed(), shop.vipps.payments[attempt.provider_id].captured) == (0, 80200)


async def test_asked_and_told_of_a_stop_the_page_offers_every_way_again(shop: Shop) -> None:
    link = await shop.link()
    attempt = await shop.started(link)
    shop.vipps.callbacks.held = True
    await shop.vipps.abort(attempt.provider_id)
    assert "Betalingen ble ikke fullført" in await looked(shop, link)


async def test_a_provider_that_cannot_be_asked_changes_nothing(shop: Shop) -> None:
    link = await shop.link()
    await shop.started(link)
    shop.vipps.faults.next.extend(["503", "503"])
    assert "Betalingen er på vei" in await looked(shop, link)
    (attempt,) = await shop.attempts()
    assert attempt.state == "started"


async def test_a_provider_is_not_asked_as_often_as_somebody_presses(shop: Shop) -> None:
    link = await shop.link()
    attempt = await shop.started(link)
    shop.vipps.faults.next.extend(["503", "503"] * 10)
    for _ in range(11):
        assert "Betalingen er på vei" in await looked(shop, link)
    assert not shop.vipps.faults.next
    await shop.vipps.approve(attempt.provider_id)
    await shop.vipps.drain()
    assert "Betalt. Takk!" in await shop.page(f"{link}?back=4"), "and its news comes all the same"


async def test_a_payment_that_was_begun_is_taken_up_again(shop: Shop) -> None:
    link = await shop.link()
    first, second = await shop.choose(link), await shop.choose(link)
    assert first.url == second.url
    assert len(shop.vipps.payments) == 1


async def test_a_double_click_begins_one_payment(shop: Shop) -> None:
    link = await shop.link()
    shop.vipps.faults.latency = 0.1
    answers = await asyncio.gather(*(shop.choose(link) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.url for answer in answers}) == len(shop.vipps.payments) == 1
    assert any(REFRESH.search(answer.text) for answer in answers)


async def test_another_amount_ends_the_payment_that_was_begun(shop: Shop) -> None:
    link = await shop.link()
    await shop.choose(link)
    await shop.door.pay(amount="300.00")
    await shop.choose(link)
    old, new = await shop.attempts()
    assert (old.state, old.failure) == ("abandoned", "another payment was started")
    assert (new.state, new.amount) == ("started", Decimal("502.00"))
    assert [payment.state for payment in shop.vipps.payments.values()] == ["TERMINATED", "CREATED"]


async def test_a_payment_too_old_to_take_up_is_begun_anew(shop: Shop) -> None:
    link = await shop.link()
    attempt = await shop.started(link)
    await shop.door.rows(
        "update payment_attempt set happened_at = happened_at - cast(:age as interval) where id = :id returning id",
        age=timedelta(minutes=9),
        id=attempt.id,
    )
    await shop.choose(link)
    assert [each.state for each in await shop.attempts()] == ["abandoned", "started"]


async def test_an_approved_payment_is_not_paid_a_second_time(shop: Shop) -> None:
    link = await shop.link()
    attempt = await shop.started(link)
    shop.vipps.callbacks.held = True
    await shop.vipps.approve(attempt.provider_id)
    answer = await shop.door.client.post(f"{link}/pay/stripe")
    assert answer.headers["location"] == f"{link}?back=1"
    assert len(await shop.attempts()) == 1


async def test_a_provider_out_of_reach_is_said_and_the_others_stay(shop: Shop) -> None:
    link = await shop.link()
    answer = await shop.door.client.post(f"{link}/pay/stripe")
    assert answer.headers["location"] == f"{link}?problem=card#pay"
    page = await shop.page(f"{link}?problem=card")
    assert "Vi får ikke startet kortbetalingen akkurat nå" in page
    assert "Betal 802,00 kr med Vipps" in page
    (attempt,) = await shop.attempts()
    assert (attempt.state, attempt.failure) == ("failed", "Stripe: APIConnectionError")


async def test_a_card_payment_leads_to_stripe(web_settings: Settings, web_database: Database, stripe_url: str) -> None:
    async with a_shop(web_settings, web_database, f"pay{next(_numbers)}", stripe_url=stripe_url) as opened:
        way = await opened.choose(await opened.link(), "stripe")
        (attempt,) = await opened.attempts()
        assert attempt.provider_id.startswith("cs_")
        assert attempt.url in way.text


async def test_a_page_that_is_read_while_the_money_is_booked_never_looks_unpaid_and_final(shop: Shop) -> None:
    link = await shop.link()
    attempt = await shop.started(link)
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"

    async def page_waits() -> bool:
        return int(await shop.door.one(waiting)) == 1

    async with shop.door.database.transaction() as connection:
        await connection.execute(text("lock table payment_attempt in access exclusive mode"))
        page = asyncio.create_task(shop.page(f"{link}?back=1"))  # reads the invoice, and then waits for the attempt
        await eventually(page_waits)
        money = MoneyReceived(
            Merchant("vipps", "123456", False, "merchant_serial_number"), attempt.provider_id, attempt.amount, "NOK"
        )
        assert await payment_attempts.paid(connection, money, BEGIN, TODAY) is not None
    assert REFRESH.search(await page)
    assert "Betalt. Takk!" in await shop.page(f"{link}?back=2")


async def test_what_is_paid_withdrawn_or_disputed_is_not_paid_here(shop: Shop) -> None:
    link = await shop.link()
    await shop.door.command(command="dispute")
    assert "med Vipps" not in await shop.page(link)
    assert (await shop.door.client.post(f"{link}/pay/vipps")).headers["location"] == link
    await shop.door.pay()
    assert (await shop.door.client.post(f"{link}/pay/vipps")).headers["location"] == link
    assert await shop.attempts() == []


async def test_a_wrong_or_old_link_pays_nothing(shop: Shop) -> None:
    await shop.link()
    old = Links([LINK_SECRET], "").url(Link(1, 0), TODAY - timedelta(days=200))
    for link in ("/i/wrong", old):
        for path in ("pay/vipps", "direct-debit", "promise", "plan"):
            form = {"pay_by": str(TODAY), "months": "2"}
            answer = await shop.door.client.post(f"{link}/{path}", data=form)
            assert (answer.status_code, "Lenken virker ikke" in answer.text) == (404, True)
        assert (await shop.door.client.get(f"{link}/pay/{uuid4()}")).status_code == 404


async def test_the_way_to_an_attempt_opens_with_its_own_invoices_link_alone(shop: Shop) -> None:
    link = await shop.link()
    attempt = await shop.started(link)
    await shop.door.send_invoice("1002", reference=None)
    other = await shop.door.link(number="1002")
    answer = await shop.door.client.get(f"{other}/pay/{attempt.id}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{other}?back=1")


# --- direct debit, promises and plans ----------------------------------------------------------------------------


async def agree_on_direct_debit(shop: Shop, **agreement: str) -> None:
    query = "update creditor set direct_debit = cast(:agreement as jsonb) where id = :creditor returning id"
    told = json.dumps({"account": "86011117947"} | agreement)
    await shop.door.rows(query, agreement=told, creditor=shop.door.creditor)


async def test_direct_debit_is_asked_for_in_one_tap_and_waits_for_the_bank(shop: Shop) -> None:
    link = await shop.link()
    assert "AvtaleGiro" not in await shop.page(link)
    await agree_on_direct_debit(shop)
    offered = await shop.page(link)
    assert "Betal med AvtaleGiro" in offered
    assert "Når banken har bekreftet, trekkes 802,00 kr" in offered
    answer = await shop.door.client.post(f"{link}/direct-debit")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{link}#direct-debit")
    waiting = await shop.page(link)
    assert "AvtaleGiro gjelder ikke ennå: banken din må bekrefte den" in waiting
    assert "Betal med AvtaleGiro" not in waiting
    for said in ("Ny AvtaleGiro", "006402710013", "8601 11 17947", "minst 1 100,00 kr", "Slik forklarer banken din"):
        assert said in waiting
    assert "BankID" not in waiting
    query = "select reference, state, source from mandate where creditor_id = :creditor"
    (mandate,) = await shop.door.rows(query, creditor=shop.door.creditor)
    assert (mandate.reference, mandate.state, mandate.source) == ("006402710013", "pending", "page")


async def test_where_the_creditor_has_a_page_to_sign_on_the_debtor_is_led_there_with_bankid(shop: Shop) -> None:
    link = await shop.link()
    await agree_on_direct_debit(shop, e_agreement="https://sign.kraft.example/avtalegiro?id=7")
    await shop.door.client.post(f"{link}/direct-debit")
    waiting = await shop.page(link)
    assert 'href="https://sign.kraft.example/avtalegiro?id=7" rel="noopener noreferrer"' in waiting
    assert waiting.index("Signer avtalen med BankID") < waiting.index("Eller legg den inn i nettbanken")
    await shop.door.rows("update mandate set state = 'active', confirmed_at = :now returning id", now=BEGIN)
    for gone in ("BankID", "Ny AvtaleGiro", "gjelder ikke ennå"):
        assert gone not in await shop.page(link)


MANDATE = """
insert into mandate (creditor_id, debtor_id, reference, state, notify, source, confirmed_at, happened_at)
select creditor_id, debtor_id, '006402710013', 'active', false, 'file', :now, :now from dunning_case
where creditor_id = :creditor returning id"""


HOLD = """insert into hold (case_id, reason_code, by, happened_at) select id, 'x', 'kim', :now from dunning_case
    returning id"""


@pytest.mark.parametrize(
    ("what", "covers"),
    [
        ("select 1", True),
        ("update invoice set claim_due = null, due_date = due_date - 20 returning id", False),
        (
            HOLD,
            False,
        ),
    ],
)
async def test_the_page_says_that_an_invoice_is_drawn_only_where_it_will_be(
    shop: Shop, what: str, *, covers: bool
) -> None:
    link = await shop.link()
    await agree_on_direct_debit(shop)
    await shop.door.rows(MANDATE, creditor=shop.door.creditor, now=BEGIN)
    await shop.door.rows(what, now=BEGIN)
    page = await shop.page(link)
    assert "Du har AvtaleGiro hos oss." in page
    assert ("trekkes på forfallsdagen" in page) is covers


CLAIM = """
with m as (insert into mandate (creditor_id, debtor_id, reference, state, notify, source, confirmed_at, happened_at)
  select creditor_id, debtor_id, '006402710013', 'active', false, 'file', :now, :now from dunning_case
  where creditor_id = :creditor returning id)
insert into claim (creditor_id, case_id, mandate_id, reference, amount, currency, due_on, state, happened_at)
select creditor_id, c.id, m.id, '006402710013', :amount, 'NOK', :due, :state, :now from dunning_case c, m
where creditor_id = :creditor returning id"""


@pytest.mark.parametrize("state", ["planned", "sent"])
async def test_what_is_drawn_is_not_asked_for_a_second_time(shop: Shop, state: str) -> None:
    link = await shop.link()
    await agree_on_direct_debit(shop)
    values = {"creditor": shop.door.creditor, "now": BEGIN, "due": TODAY + timedelta(days=9), "state": state}
    await shop.door.rows(CLAIM, amount=Decimal(802), **values)
    page = await shop.page(link)
    assert "802,00 kr trekkes fra kontoen din med AvtaleGiro" in page
    assert "Å betale" not in page
    assert "stopper du trekket i nettbanken din" in page
    assert "med Vipps" not in page
    assert "Konto" not in page
    assert (await shop.door.client.post(f"{link}/pay/vipps")).headers["location"] == link
    assert await shop.attempts() == []


async def test_after_the_day_of_the_draw_the_page_waits_for_the_money_and_says_so(shop: Shop) -> None:
    link = await shop.link()
    await agree_on_direct_debit(shop)
    values = {"creditor": shop.door.creditor, "now": BEGIN, "due": TODAY - timedelta(days=2), "state": "sent"}
    await shop.door.rows(CLAIM, amount=Decimal(802), **values)
    page = await shop.page(link)
    assert "Vi venter på 802,00 kr som banken din skulle trekke" in page
    assert "stopper du trekket" not in page
    assert "med Vipps" not in page


async def test_of_a_part_that_is_drawn_the_rest_is_asked_for(shop: Shop) -> None:
    link = await shop.link()
    await agree_on_direct_debit(shop)
    values = {"creditor": shop.door.creditor, "now": BEGIN, "due": TODAY + timedelta(days=9), "state": "sent"}
    await shop.door.rows(CLAIM, amount=Decimal(500), **values)
    page = await shop.page(link)
    assert "Resten, 302,00 kr, betaler du her" in page
    assert "Betal 302,00 kr med Vipps" in page
    assert (await shop.started(link)).amount == Decimal(302)


async def test_a_draw_that_was_undone_is_asked_for_again_in_one_tap(shop: Shop) -> None:
    link = await shop.link()
    await agree_on_direct_debit(shop)
    values = {"creditor": shop.door.creditor, "now": BEGIN, "due": TODAY, "state": "returned", "amount": Decimal(802)}
    await shop.door.rows(CLAIM, **values)
    await shop.door.rows(
        "update claim set ended_at = :now where creditor_id = :c returning id", now=BEGIN, c=shop.door.creditor
    )
    assert "Vi trekker den ikke igjen uten at du ber om det" in await shop.page(link)
    assert "Betal 802,00 kr med Vipps" in await shop.page(link)
    await shop.door.client.post(f"{link}/direct-debit")
    assert "ble gjort om" not in await shop.page(link)


async def test_too_late_for_this_invoice_direct_debit_is_for_the_next(shop: Shop) -> None:
    await shop.door.send_invoice(due_date=str(TODAY + timedelta(days=1)))
    await agree_on_direct_debit(shop)
    page = await shop.page(await shop.door.link())
    assert "gjelder fra neste faktura" in page


async def test_without_an_agreement_direct_debit_cannot_be_asked_for(shop: Shop) -> None:
    link = await shop.link()
    answer = await shop.door.client.post(f"{link}/direct-debit")
    assert answer.headers["location"] == f"{link}?problem=direct-debit#direct-debit"


async def test_a_promise_is_agreed_and_shown(shop: Shop) -> None:
    link = await shop.link()
    assert "Avtal datoen" in await shop.page(link)
    answer = await shop.door.client.post(f"{link}/promise", data={"pay_by": str(TODAY + timedelta(days=7))})
    assert answer.headers["location"] == f"{link}#promise"
    query = (
        "select p.by, p.amount from promise p join dunning_case c on c.id = p.case_id where c.creditor_id = :creditor"
    )
    (made,) = await shop.door.rows(query, creditor=shop.door.creditor)
    assert (made.by, made.amount) == ("debtor", Decimal("802.00"))
    assert "Det er avtalt at du betaler senest" in await shop.page(link)


async def test_a_promise_too_far_ahead_is_kindly_refused(shop: Shop) -> None:
    link = await shop.link()
    answer = await shop.door.client.post(f"{link}/promise", data={"pay_by": str(TODAY + timedelta(days=90))})
    assert answer.headers["location"] == f"{link}?problem=promise#promise"
    assert "Den datoen kan vi ikke gi her" in await shop.page(f"{link}?problem=promise")


@pytest.mark.parametrize(
    ("state", "may_pay"),
    [
        (
            "insert into life_event (debtor_id, kind, by, happened_at) select id, 'deceased', 'anne', happened_at"
            " from debtor where creditor_id = :creditor returning id",
            False,
        ),
        (
            "insert into hand_off (creditor_id, case_id, state, happened_at)"
            " select creditor_id, id, 'queued', happened_at from dunning_case where creditor_id = :creditor returning id",
            True,
        ),
    ],
)
async def test_what_would_be_refused_is_not_offered_and_nobody_is_asked_while_a_person_looks(
    shop: Shop, state: str, may_pay: bool
) -> None:
    link = await shop.link()
    await shop.door.rows(state, creditor=shop.door.creditor)
    page = await shop.page(link)
    assert ("Avtal datoen" in page, "med Vipps" in page) == (False, may_pay)
    answer = await shop.door.client.post(f"{link}/promise", data={"pay_by": str(TODAY + timedelta(days=7))})
    assert answer.headers["location"] == f"{link}?problem=promise#promise"


async def test_a_plan_is_chosen_and_its_next_instalment_is_what_is_asked(shop: Shop) -> None:
    await shop.door.send_invoice(amount="6000.00", lines=[])
    await shop.offer()
    link = await shop.door.link()
    assert "3 avdrag, 2 000,00 kr i måneden" in await shop.page(link)
    answer = await shop.door.client.post(f"{link}/plan", data={"months": "3"})
    assert answer.headers["location"] == f"{link}/plan/review?choice=3"
    answer = await shop.door.client.post(f"{link}/plan/agree", data={"choice": "3"})
    assert answer.headers["location"] == f"{link}/plan"
    page = await shop.page(link)
    assert "Du har en avdragsplan" in page
    assert "Betal 2 000,00 kr med Vipps" in page
    answer = await shop.door.client.post(f"{link}/plan", data={"months": "3"})
    assert answer.headers["location"] == f"{link}?problem=plan#plan"
    answer = await shop.door.client.post(f"{link}/plan/agree", data={"choice": "3"})
    assert answer.headers["location"] == f"{link}/plan"


# --- credit of another invoice ------------------------------------------------------------------------------------

USING_CREDIT = """
with text as (insert into policy_text (hash, name, text, happened_at)
  select :c || hash, name, text || E'\ncredit: use\n', happened_at from policy_text
  where hash = (select min(policy_hash) from dunning_case where creditor_id = :c) returning hash)
update dunning_case set policy_hash = (select hash from text) where creditor_id = :c returning 1
"""


async def with_credit(shop: Shop, credit: str) -> str:
    """An invoice of NOK 802.00 whose debtor has so much in credit on another; gives the path of its page."""
    door, link = shop.door, await shop.link()
    await door.send_invoice("1000", reference="1234567897", amount="5000.00", lines=[])
    await door.pay(reference="1234567897", amount="5000.00")
    note = {"number": "C-1", "invoice_number": "1000", "issue_date": str(TODAY), "currency": "NOK", "amount": credit}
    assert (await door.client.post("/v1/credit-notes", json=note)).status_code == 201
    await door.rows(USING_CREDIT, c=door.creditor)
    return link


async def test_what_credit_will_pay_is_not_asked_for(shop: Shop) -> None:
    link = await with_credit(shop, "102.00")
    page = await shop.page(link)
    assert "102,00 kr av dem betaler en del av fakturaen" in page
    assert "Resten, 700,00 kr, betaler du her." in page
    assert "Betal 700,00 kr med Vipps" in page
    attempt = await shop.started(link)
    assert attempt.amount == Decimal("700.00")
    assert "Betal 700,00 kr med Vipps" in await shop.page(link)  # a payment that is begun changes nothing in that
    await shop.choose(link)
    assert [each.id for each in await shop.attempts()] == [attempt.id]


async def test_where_credit_will_pay_all_nothing_is_to_be_paid(shop: Shop) -> None:
    link = await with_credit(shop, "900.00")
    page = await shop.page(link)
    assert "802,00 kr</span> betales av det du har til gode" in page
    assert "Du trenger ikke betale selv." in page
    assert "med Vipps" not in page
    assert "Betal i banken" not in page
    assert (await shop.door.client.post(f"{link}/pay/vipps")).headers["location"] == link
    assert await shop.attempts() == []
