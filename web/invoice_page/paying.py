"""How the invoice can be paid from the page now, and what is known of a payment under way."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from facts.money.payment_attempts import Payable
from web.payment_methods.method import PaymentMethod
from web.services import Services

ASKS_AT = frozenset({3, 8, 19})  # at these looks the provider is asked, as no news has come
MOST_LOOKS = 20  # back from a provider, the page looks so often by itself for the news of the payment
FIRST_LOOKS, FIRST_PAUSE, PAUSE = 5, 2, 5  # the first looks after 2 seconds each, the later ones after 5
TOLD_FOR = timedelta(days=1)  # how long the page says that a payment was not finished


@dataclass(frozen=True, slots=True)
class Paying:
    """The ways to pay now, and the payment under way."""

    methods: tuple[PaymentMethod, ...]
    waits: bool  # for news of a payment
    on_its_way: bool  # so nothing else is offered, and nobody pays twice
    look: int | None  # the number of this look, while it waits
    asks: bool  # whether the provider is asked at this look
    looks_again: int | None  # the number of the look that comes by itself; None: none comes
    pause: int  # seconds until then
    unfinished: bool  # the latest payment came to nothing, and that is news


def ways_to_pay(services: Services, found: Payable) -> list[str]:
    """The providers that can take what is asked for: set up here and at the creditor, for its currency."""
    if found.to_pay.amount <= 0:
        return []
    return [
        name
        for name, provider in services.providers.items()
        if name in found.methods and provider.takes(found.to_pay.amount, found.to_pay.currency)
    ]


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
        methods=tuple(services.methods[name] for name in ways_to_pay(services, found)),
        waits=waits,
        look=looks if waits else None,
        asks=waits and looks in ASKS_AT,
        on_its_way=waits and (looks_again is not None or (latest is not None and latest.state == "processing")),
        looks_again=looks_again,
        pause=FIRST_PAUSE if looks <= FIRST_LOOKS else PAUSE,
        unfinished=unfinished,
    )
