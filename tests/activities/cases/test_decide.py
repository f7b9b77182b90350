"""What comes to a case from outside: no order in a name of Purr's own, and money within bounds."""

from datetime import timedelta
from typing import Any

import pytest

from activities.cases.decide import Decisions, command_of
from config.settings import Settings
from domain.money.sources import OWN
from facts.refusals import CommandRefused
from tests.store import NOW, PLANNING, TODAY, Store
from web.payment_methods.registry import METHODS
from workflows.contracts import OWN_NAMES, Case, Incoming, Look, PaymentReceived

MONEY = {"provider": "psp", "payment_id": "P-1", "amount": "802.00", "currency": "NOK"}
PRODUCTION = Settings.model_construct(environment="production", money_by_signal=("beta",))
EMBEDDED = Settings.model_construct(environment="embedded", money_by_signal=())


@pytest.mark.parametrize("name", [*sorted(OWN_NAMES), "Purr", "DEBTOR", "Collection  Partner"])
def test_an_order_in_a_name_of_our_own_is_refused(name: str) -> None:
    with pytest.raises(CommandRefused, match="is a name of Purr's own: say who decides"):
        command_of(Incoming(id="1", name="release", order={"by": name, "reason_code": "why"}))


def test_a_cancellation_keeps_its_name_and_people_keep_theirs() -> None:
    cancelled = Incoming(id="1", name="withdraw", order={"by": "temporal-cancel", "reason_code": "cancelled"}, own=True)
    assert command_of(cancelled).by == "temporal-cancel"
    for name in ("anne", "debtor-service", "purrfect"):
        assert command_of(Incoming(id="1", name="release", order={"by": name, "reason_code": "why"})).by == name


async def bring(store: Store, settings: Settings = EMBEDDED, **changes: Any) -> list[str]:
    """A case looks that a signal brought money; gives what the diary says was refused."""
    await store.invoice()
    paid = PaymentReceived.model_validate(MONEY | changes)
    decisions = Decisions(store.database, PLANNING, settings.takes_money_by_signal)
    brought = (Incoming(id="1", name="payment_received", payment=paid),)
    await decisions.decide(Look(case=Case(creditor="acme", invoice="1001"), now=NOW, brought=brought))
    said = await store.rows("select detail from case_event where kind = 'command_refused'")
    assert len(said) + await store.one("select count(*) from incoming_payment") == 1
    return [each.detail["why"] for each in said]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"provider": None},
        {"booked_on": str(TODAY)},
        {"booked_on": str(TODAY - timedelta(days=3653))},
        {"amount": "9999999999.99"},
        {"amount": "-802.00"},  # a payment that was taken back
        {"provider": "vipps-2"},
    ],
)
async def test_money_that_a_signal_brings_is_booked(store: Store, changes: dict[str, Any]) -> None:
    assert await bring(store, **changes) == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        *(({"provider": name}, "a door of Purr's own") for name in (*sorted(OWN), "Stripe", "BANK  FILE", "Api")),
        ({"amount": "10000000000.00"}, "below 10000000000"),
        ({"amount": "-999999999999.99"}, "below 10000000000"),
        ({"amount": "0.00"}, "not zero"),
        ({"booked_on": str(TODAY + timedelta(days=1))}, "is ahead"),
        ({"booked_on": "9999-12-31"}, "more than ten years"),
        ({"booked_on": "0001-01-01"}, "more than ten years"),
        ({"payment_id": None}, "needs payment_id"),
    ],
)
async def test_money_that_a_signal_cannot_bring_is_a_line_in_the_diary(
    store: Store, changes: dict[str, Any], why: str
) -> None:
    (said,) = await bring(store, **changes)
    assert why in said


async def test_in_production_the_creditor_is_named_or_the_diary_names_the_setting(store: Store) -> None:
    (said,) = await bring(store, PRODUCTION)
    assert said.startswith("money by signal is off for creditor acme: name it in PURR_MONEY_BY_SIGNAL")


async def test_in_production_money_of_a_creditor_that_is_named_is_booked(store: Store) -> None:
    assert await bring(store, PRODUCTION.model_copy(update={"money_by_signal": ("acme",)})) == []


def test_every_way_to_pay_is_a_door_of_our_own() -> None:
    assert set(METHODS) <= OWN
