"""If you do this, then …: what the planner says follows from a choice, in a sentence or two of the page's language."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from domain.planner.consequence import (
    Coming,
    Consequence,
    Disputes,
    InParts,
    Nothing,
    Option,
    Pays,
    Promises,
    Rests,
    WantsDirectDebit,
    consequence,
)
from messages import figures
from messages.languages import Locale
from planning.service import PlannedCase
from web.pages import words

if TYPE_CHECKING:
    from web.invoice_page.shown import Shown

KNOWN = (
    "invoice", "due-date-reminder", "reminder", "collection-notice", "block-warning", "termination-warning",
    "promise-broken", "plan-broken", "open call task", "block service", "terminate service", "hand off",
)  # fmt: skip
"""What has a sentence of its own; all else is that somebody writes."""


def of(shown: "Shown") -> "Sentences":
    """The sentences of a page on which something is asked for."""
    assert shown.sentences is not None
    return shown.sentences


@dataclass(frozen=True, slots=True)
class Sentences:
    """What follows from a choice, in the language of whoever reads it; what was asked once is not planned again."""

    planned: PlannedCase
    language: Locale
    known: dict[tuple[Option, datetime], str] = field(default_factory=dict, compare=False)

    def then(self, option: Option, now: datetime) -> str:
        """The sentences of a choice at a moment (UTC)."""
        if (option, now) not in self.known:
            self.known[option, now] = self._said(option, now)
        return self.known[option, now]

    def _said(self, option: Option, now: datetime) -> str:
        said = consequence(self.planned.policy, self.planned.law, self.planned.case.facts, now, option)
        return " ".join(filter(None, [self._first(option, said), self._after(option, said)]))

    def _first(self, option: Option, said: Consequence) -> str:
        t = words(self.language)
        match option:
            case Nothing():
                return "" if said.then else t["then_nothing"]
            case Pays():
                return t["then_rest"].format(left=self._amount(said.left)) if said.left else t["then_paid"]
            case Promises(day):
                return t["then_promise"].format(day=self._day(day))
            case InParts() if said.last:
                return t["then_plan"].format(last=self._day(said.last), total=self._amount(said.left))
            case Rests(None):
                return t["then_read"]
            case Rests() if said.until:
                return t["then_pause"].format(day=self._day(said.until))
            case Disputes(None):
                return t["then_dispute"]
            case Disputes(amount) if amount:
                rest = self._amount(max(said.left - amount, Decimal(0)))
                return t["then_dispute_part"].format(part=self._amount(amount), rest=rest)
            case WantsDirectDebit() if said.draw:
                return t["then_drawn"].format(amount=self._amount(said.draw.amount), day=self._day(said.draw.day))
            case WantsDirectDebit():
                return t["then_drawn_later"]
        return ""

    def _after(self, option: Option, said: Consequence) -> str:
        if said.then is None:
            return ""
        t = words(self.language)
        condition = t[f"then_if_{_CONDITIONS[type(option)]}"]
        return t["then_join"].format(condition=condition, what=self._coming(said.then))

    def _coming(self, then: Coming) -> str:
        t = words(self.language)
        name = then.what.replace("-", "_").replace(" ", "_") if then.what in KNOWN else "else"
        fee = t["then_fee"].format(fee=self._amount(then.fee)) if then.fee else t["then_free"]
        pay_by = self._day(then.pay_by) if then.pay_by else ""
        return t[f"then_comes_{name}"].format(day=self._day(then.day), fee=fee, pay_by=pay_by)

    def _amount(self, amount: Decimal) -> str:
        return figures.amount(amount, self.planned.case.facts.currency, self.language)

    def _day(self, day: date) -> str:
        return figures.long_date(day, self.language)


_CONDITIONS: dict[type[Option], str] = {
    Nothing: "nothing",
    Pays: "rest",
    Promises: "promise",
    InParts: "plan",
    Rests: "pause",
    Disputes: "rest",
    WantsDirectDebit: "unpaid",
}
