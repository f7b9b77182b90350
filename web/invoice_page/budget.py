"""What somebody has and spends in a month, to find a plan that can be borne: in the form and in their own browser, never with us.

It stands sealed in a cookie of the page, for as long as the three screens of a plan take, so that going back loses nothing.
No table, log or address has it, and once a plan is agreed on or a person has been asked, the cookie is gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from fastapi import Request
from fastapi.responses import Response

from connectors.links import BadLink, Links
from domain.money.amount import ZERO
from web.invoice_page.amounts import read_amount, typed

INCOME: Final = ("pay", "benefits", "other_income")
SPENDING: Final = (
    "housing", "energy", "food", "travel", "children", "insurance", "phone", "health", "debts", "other_spending",
)  # fmt: skip
FIELDS: Final = (*INCOME, *SPENDING)
KEPT_FOR: Final = timedelta(minutes=30)
ABOUT: Final = "budget"
LONGEST: Final = 30  # characters of one amount


@dataclass(frozen=True, slots=True)
class Budget:
    """A month's amounts by field; what was left empty is zero."""

    amounts: Mapping[str, Decimal]

    @property
    def income(self) -> Decimal:
        """All that comes in."""
        return sum((self.amounts[name] for name in INCOME), ZERO)

    @property
    def spending(self) -> Decimal:
        """All that goes out."""
        return sum((self.amounts[name] for name in SPENDING), ZERO)

    @property
    def left(self) -> Decimal:
        """What is left, which may be below zero."""
        return self.income - self.spending


def read(given: Mapping[str, str]) -> tuple[Budget | None, dict[str, str]]:
    """A budget from its form; else None, and what is wrong by field, as words of the page: `unreadable`, `no_income` …"""
    amounts, wrong = {}, {}
    for name in FIELDS:
        written = given.get(name, "").strip()
        amount = read_amount(written) if written else ZERO
        if amount is None:
            wrong[name] = "unreadable"
        else:
            amounts[name] = amount
    if not wrong and not any(amounts[name] for name in INCOME):
        wrong[INCOME[0]] = "no_income"
    if not wrong and not any(amounts[name] for name in SPENDING):
        wrong[SPENDING[0]] = "no_spending"
    return (None, wrong) if wrong else (Budget(amounts), {})


def as_typed(budget: Budget | None) -> dict[str, str]:
    """A budget as its form shows it."""
    return {name: typed(amount) for name, amount in budget.amounts.items() if amount} if budget else {}


def name_of(key: str, *, secure: bool) -> str:
    """The cookie's name for a page's short name."""
    return f"__Host-budget-{key}" if secure else f"budget-{key}"


def keep(links: Links, response: Response, key: str, budget: Budget, now: datetime, *, secure: bool) -> None:
    """The browser keeps what was told, sealed, for as long as the screens take."""
    said = " ".join([str(int(now.timestamp())), *(str(budget.amounts[name]) for name in FIELDS)])
    response.set_cookie(
        name_of(key, secure=secure),
        links.seal(said.encode(), ABOUT, key),
        max_age=int(KEPT_FOR.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def kept(links: Links, request: Request, key: str, now: datetime, *, secure: bool) -> Budget | None:
    """What was told in this browser a moment ago; None where nothing was, or it is too long ago."""
    try:
        at, *amounts = (
            links.opened(request.cookies.get(name_of(key, secure=secure), ""), ABOUT, key).decode().split(" ")
        )
    except BadLink:
        return None
    told_at = datetime.fromtimestamp(int(at), UTC)
    if not timedelta(0) <= now - told_at + timedelta(seconds=1) <= KEPT_FOR or len(amounts) != len(FIELDS):
        return None
    return Budget(dict(zip(FIELDS, map(Decimal, amounts), strict=True)))


def forget(response: Response, key: str, *, secure: bool) -> None:
    """The browser lets go of it."""
    response.delete_cookie(name_of(key, secure=secure), path="/", secure=secure, httponly=True, samesite="lax")
