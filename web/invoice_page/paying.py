"""How the invoice can be paid from the page now, and what is known of a payment under way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.moment import moment_in
from facts.money.payment_attempts import Merchant, Payable
from web.payment_methods.method import PaymentMethod, Way
from web.services import Services

ASKS_AT = frozenset({3, 8, 19})  # at these looks the provider is asked, as no news has come
MOST_LOOKS = 20  # back from a provider, the page looks so often by itself for the news of the payment
FIRST_LOOKS, FIRST_PAUSE, PAUSE = 5, 2, 5  # the first looks after 2 seconds each, the later ones after 5
TOLD_FOR = timedelta(days=1)  # how long the page says that a payment was not finished


@dataclass(frozen=True, slots=True)
class WayToPay:
    """A way to pay that is offered, through which provider, and the account there that is paid."""

    method: PaymentMethod
    way: Way
    merchant: Merchant


@dataclass(frozen=True, slots=True)
class Paying:
    """The ways to pay now, and the payment under way."""

    ways: tuple[WayToPay, ...]
    waits: bool  # for news of a payment
    on_its_way: bool  # so nothing else is offered, and nobody pays twice
    look: int | None  # the number of this look, while it waits
    asks: bool  # whether the provider is asked at this look
    looks_again: int | None  # the number of the look that comes by itself; None: none comes
    pause: int  # seconds until then
    unfinished: bool  # the latest payment came to nothing, and that is news


def ways_to_pay(services: Services, found: Payable, now: datetime) -> list[WayToPay]:
    """The ways that can take what is asked for, set up here and at the creditor, for its currency.

    Those that the country's file names come first, in its order, and each once; then those that people everywhere can use.
    """
    offered: dict[str, WayToPay] = {}
    for each in _that_take_it(services, found):
        offered.setdefault(each.way.name, each)
    law = services.intake.laws.get(found.country)
    named = (law and law.ways_to_pay.find(moment_in(law.country, now).day)) or ()
    others = (name for name, each in offered.items() if name not in named and not each.way.local)
    return [offered[name] for name in (*named, *others) if name in offered]


def _that_take_it(services: Services, found: Payable) -> Iterator[WayToPay]:
    asked = found.to_pay
    for name, provider in services.providers.items():
        if name not in found.methods or asked.amount <= 0 or not provider.takes(asked.amount, asked.currency):
            continue
        method = services.methods[name]
        merchant = method.account_for(found.methods[name], asked.currency, found.home_currency)
        for way in method.ways:
            if merchant is not None and asked.currency in (way.currencies or {asked.currency}):
                yield WayToPay(method, way, merchant)


def chosen(ways: Sequence[WayToPay], method: str, way: str) -> WayToPay | None:
    """The way that a form names, or the first of its provider where it names none; None where that is not offered."""
    return next((each for each in ways if each.method.name == method and way in ("", each.way.name)), None)


def looks_of(said: str) -> int:
    """How often was looked by what an address or a form says; 0 for what is no such number."""
    return int(said) if said.isdecimal() and len(said) < 3 else 0


def paying(services: Services, found: Payable, looks: int, now: datetime) -> Paying:
    """What can be paid how after so many looks for news; the page looks again while it waits for them."""
    latest = found.latest
    waits = latest is not None and (latest.state == "processing" or (latest.state == "started" and looks > 0))
    unfinished = (
        latest is not None
        and latest.state in ("failed", "abandoned")
        and latest.ended_at is not None
        and now - latest.ended_at < TOLD_FOR
    )
    looks_again = looks + 1 if waits and 0 < looks < MOST_LOOKS else None
    return Paying(
        ways=tuple(ways_to_pay(services, found, now)),
        waits=waits,
        look=looks if waits else None,
        asks=waits and looks in ASKS_AT,
        on_its_way=waits and (looks_again is not None or (latest is not None and latest.state == "processing")),
        looks_again=looks_again,
        pause=FIRST_PAUSE if looks <= FIRST_LOOKS else PAUSE,
        unfinished=unfinished,
    )
