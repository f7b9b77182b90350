"""Payments without news: their provider is asked before they are given up, and what it shows is done."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
import pytest_asyncio

from activities.jobs.payments import Payments
from connectors.payment_providers.provider import Checkout, PaymentProvider
from connectors.payment_providers.vipps import VippsMobilePay
from facts.money import payment_attempts
from facts.money.payment_attempts import Merchant
from simulator.emulators.providers import serving
from simulator.emulators.vipps import Payment, Vipps, create_app
from tests.begin import turn
from tests.store import LAWS, NOW, Store

OURS = Merchant("vipps", "123456", True, "merchant_serial_number")
CALENDAR = LAWS["NO"].calendar
SOON = NOW + timedelta(minutes=61)


@dataclass
class Till:
    """A debtor who has begun to pay an invoice of NOK 802.00 at Vipps, whose news never come."""

    store: Store
    vipps: Vipps
    provider: VippsMobilePay

    async def begun(self) -> Payment:
        """The payment, as Vipps has it."""
        invoice = await self.store.one("select id from invoice")
        async with self.store.database.transaction() as connection:
            found = await payment_attempts.payable(connection, invoice, CALENDAR, NOW, lock=True)
            assert found is not None
            attempt = await payment_attempts.start(connection, found, OURS, NOW, "vipps")
        page = "https://faktura.example"
        started = await self.provider.start(
            Checkout(attempt, Decimal(802), "NOK", "acme", "Acme", "1001", None, page, page, "nb", "123456", "vipps")
        )
        async with self.store.database.transaction() as connection:
            await payment_attempts.opened(connection, attempt, started.provider_id, started.url)
        return self.vipps.payments[started.provider_id]

    async def an_hour_later(self, providers: Mapping[str, PaymentProvider] | None = None) -> int:
        """The hourly job; gives how many payments it gave up."""
        await turn(self.store.database, SOON)
        asked = {"vipps": self.provider} if providers is None else providers
        return await Payments(self.store.database, asked, CALENDAR).give_up_payments()

    async def left(self) -> tuple[Decimal, str]:
        """What is owed, and how far the payment has come."""
        (row,) = await self.store.rows(
            "select c.balance, a.state from dunning_case c join payment_attempt a on a.case_id = c.id"
        )
        return row.balance, row.state


@pytest_asyncio.fixture
async def till(store: Store) -> AsyncIterator[Till]:
    """An invoice, and a Vipps that calls nobody back."""
    await store.invoice()
    vipps = Vipps()
    async with serving(create_app(vipps)) as url:
        vipps.url = url
        provider = vipps.settings("123456").method().provider
        assert isinstance(provider, VippsMobilePay)
        yield Till(store, vipps, provider)
        await provider.aclose()
    await vipps.aclose()


async def test_what_nobody_finished_is_given_up_once(till: Till) -> None:
    await till.begun()
    assert await till.an_hour_later() == 1
    assert await till.left() == (Decimal(802), "abandoned")
    assert await till.an_hour_later() == 0


async def test_what_was_approved_is_drawn_and_booked(till: Till) -> None:
    payment = await till.begun()
    await till.vipps.approve(payment.reference)
    assert await till.an_hour_later() == 0
    assert (await till.left(), payment.captured) == ((Decimal(0), "paid"), 80200)


async def test_what_was_captured_is_booked_on_the_account_it_was_begun_with(till: Till) -> None:
    payment = await till.begun()
    await till.vipps.approve(payment.reference)
    await till.provider.capture(payment.reference, Decimal(802), "NOK", "123456")
    await till.store.do('update creditor set payment_methods = \'{"vipps": {"merchant_serial_number": "999"}}\'')
    assert await till.an_hour_later() == 0
    assert await till.left() == (Decimal(0), "paid")


@pytest.mark.parametrize("meanwhile", ["paid by bank", "withdrawn"])
async def test_what_was_approved_and_is_not_owed_any_more_is_let_go(till: Till, meanwhile: str) -> None:
    payment = await till.begun()
    await till.vipps.approve(payment.reference)
    if meanwhile == "withdrawn":
        await till.store.do("update dunning_case set withdrawn_at = :now", now=NOW)
    else:
        await till.store.pay()
    assert await till.an_hour_later() == 1
    assert (payment.captured, payment.cancelled) == (0, 80200)
    assert (await till.left())[1] == "abandoned"


async def test_a_provider_that_does_not_answer_is_asked_again_in_an_hour(till: Till) -> None:
    await till.begun()
    await till.provider.aclose()
    away = VippsMobilePay(
        client_id="c",
        client_secret="s",
        subscription_key="k",
        merchant_serial_number="1",
        api_base="http://127.0.0.1:1",
    )
    assert await till.an_hour_later({"vipps": away}) == 0
    assert await till.left() == (Decimal(802), "started")
    await away.aclose()


async def test_a_provider_that_is_no_longer_set_up_is_not_waited_for(till: Till) -> None:
    await till.begun()
    assert await till.an_hour_later({}) == 1
