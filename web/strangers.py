"""Who is refused at a door: counted by address, and told in a log of its own by key, creditor and network, never a person."""

from ipaddress import ip_address, ip_network
from typing import Final

import structlog
from fastapi import Request
from limits import parse

from facts.parties.creditors import hashed
from web.services import Services

WRONG: Final = parse(
    "100 per hour"
)  # keys or links from one address; who has a right one is let in whatever others try
TOLD: Final = frozenset({"unauthorized", "too-many-wrong", "bad-signature", "other-creditor", "same-key"})
"""The problems that a watchman should hear of: refused keys, signatures, and walls between creditors."""

log = structlog.get_logger("security")


def one_more(services: Services, what: str, request: Request) -> bool:
    """Count something wrong of its address; whether that is still little enough to be a mistake."""
    return services.limiter.hit(WRONG, what, network(request))


def left(services: Services, what: str, request: Request) -> dict[str, str]:
    """How many more wrong ones may come of its address within the hour, as headers."""
    count = services.limiter.get_window_stats(WRONG, what, network(request)).remaining
    policy = f'"wrong-{what}s";q={WRONG.amount};w={WRONG.get_expiry()}'
    return {"RateLimit-Policy": policy, "RateLimit": f'"wrong-{what}s";r={count}'}


def tell(request: Request, problem: str) -> None:
    """Tell of a refusal, where it is one of those: a key by its id in `creditor keys`, never itself."""
    if problem not in TOLD:
        return
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    log.warning(
        "request_refused",
        reason=problem,
        key=hashed(key.strip())[:12] if kind.lower() == "bearer" and key else None,
        creditor=getattr(request.state, "creditor", None),
        network=network(request, 24, 48),  # too wide to be a person's address
        route=getattr(request.scope.get("route"), "path", "none"),
    )


def network(request: Request, of_ipv4: int = 32, of_ipv6: int = 64) -> str:
    """The network of so many bits that a request comes from; empty where none is known."""
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return ""
    return str(ip_network((address, of_ipv4 if address.version == 4 else of_ipv6), strict=False))
