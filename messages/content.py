"""What a message is made from: plain facts, no words."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import TypeVar
from urllib.parse import urlsplit

from domain.agreements.instalments import Instalment
from domain.announcements import Told
from domain.languages import LANGUAGES
from domain.look import Look
from domain.money.amount import ZERO
from domain.money.charges import Charge
from domain.money.statement import Standing
from domain.planner.case_facts import Draw
from domain.planner.coming_credit import ComingCredit
from domain.policy.policy import Tone
from messages.languages import Locale, language_of
from messages.own_words import Own
from messages.specs import MessageSpec


class UnwritableError(ValueError):
    """No form of a content fits the channel."""


@dataclass(frozen=True, slots=True)
class InvoiceItem:
    """One invoice as a message shows it; amounts are in the message's currency."""

    number: str
    issued_on: date
    due_on: date
    """The original due date; in an invoice's own message the one in force."""
    principal: Decimal
    """What remains of the invoice itself."""
    charges: tuple[Charge, ...]
    """Unpaid fees and compensation of this invoice, oldest first, the one that this message adds included."""
    interest: Decimal
    interest_rate: Decimal | None
    """Percent a year."""
    interest_from: date | None
    amount_due: Decimal
    reference: str
    """The payment reference: a KID, or free text."""
    account: str
    """The creditor's account, as people write it."""
    link: str
    text: str
    """What the invoice is for."""
    draw: Draw | None = None
    """What is drawn of it by direct debit, and need not be paid."""
    credit: ComingCredit | None = None
    """What the debtor's credit on other invoices will pay of it."""
    paid: Decimal | None = None
    """What was paid of it, in thanks for that."""
    order_reference: str = ""
    """What its buyer finds it by: this and the next three, each where it was told."""
    buyer_reference: str = ""
    cost_centre: str = ""
    buyer_contact: str = ""

    @property
    def charged(self) -> Decimal:
        """The unpaid fees and compensation in all."""
        return sum((charge.amount for charge in self.charges), ZERO)

    @property
    def drawn(self) -> Decimal:
        """What is drawn of the amount due."""
        return min(self.draw.amount, self.amount_due) if self.draw else ZERO

    @property
    def by_hand(self) -> Decimal:
        """What is left to be paid once its draw and its credit have paid what they do."""
        return self.amount_due - self.drawn - (self.credit.amount if self.credit else ZERO)


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """An instalment plan as a message shows it; amounts are in the message's currency."""

    reference: str
    """The plan's own payment reference."""
    instalments: tuple[Instalment, ...]
    """All of them, as agreed."""
    interest: Decimal
    """What the plan costs above the debt; zero for a plan that is free of it."""
    asks_for: tuple[Instalment, ...] = ()
    """What the message asks for: the next instalment or the missing ones, each with its unpaid amount."""

    @property
    def total(self) -> Decimal:
        """The whole cost, interest included."""
        return sum((instalment.amount for instalment in self.instalments), Decimal(0))

    @property
    def asked(self) -> Decimal:
        """The amount that the message asks for."""
        return sum((instalment.amount for instalment in self.asks_for), Decimal(0))


@dataclass(frozen=True, slots=True)
class StatementRow:
    """An invoice as a statement of account shows it."""

    number: str
    reference: str
    due_on: date
    balance: Decimal
    """Below zero it is credit."""
    asked: Decimal
    standing: Standing
    disputed: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class StatementTerms:
    """A statement of account as a message shows it; amounts are in the message's currency."""

    reference: str
    """One payment with it pays all that is asked for; empty where nothing is."""
    rows: tuple[StatementRow, ...]
    due: Decimal
    """What of that is due."""
    asked: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class Content:
    """One message to one debtor about one or more invoices.

    Raises ValueError, naming the field, when a fact that the kind's words need is missing or a link is not a
    plain web address.
    """

    kind: MessageSpec
    tone: Tone
    language: Locale
    country: str
    """Whose law holds."""
    creditor_name: str
    creditor_phone: str | None
    creditor_email: str | None
    creditor_address: tuple[str, ...]
    creditor_website: str | None
    debtor_name: str
    recipient_name: str
    """The debtor, or the representative who gets every message."""
    recipient_address: tuple[str, ...]
    customer_number: str | None
    items: tuple[InvoiceItem, ...]
    currency: str
    total: Decimal
    new_charge: Charge | None
    """The fee or compensation that this message adds."""
    deadline: date | None
    """The new deadline that this message gives: for an invoice whose due date was moved, the moved date; for an
    instalment its due date; for a plan with a missing one, the end of its chance."""
    due_date_moved: bool
    sent_on: date
    link: str
    """The one link that carries everything."""
    delivery_id: str
    collection_partner: str | None = None
    """Who the case was handed off to."""
    paid_amount: Decimal | None = None
    credit_of: tuple[str, ...] = ()
    """The numbers of the debtor's other invoices whose credit paid it."""
    plan: PlanTerms | None = None
    statement: StatementTerms | None = None
    promised_on: date | None = None
    """The day by which the debtor had promised to pay."""
    typed_link: tuple[str, str] | None = None
    """On paper: a short address to type, and the code that it asks for."""
    payment_returned: bool = False
    """The due date was moved because a payment was taken back."""
    answer: str | None = None
    """What a person answered, in their words: to what the debtor wrote, or why a dispute was rejected."""
    announcement: Told | None = None
    """What the creditor tells many, in the words that one of them gets."""
    sorry: bool = False
    """The debtor was asked for what had been paid before."""
    opened_again: bool = False
    """The payment opened the service again."""
    asked: Decimal | None = None
    """What the message asks for, where that is less than all that is due: an instalment, or the rest of a promise."""
    attached: tuple[str, ...] = ()
    """The numbers of the invoices whose own PDFs go with it; on paper their pages follow."""

    account_holder: str = ""
    """Of the creditor's account, as its bank knows it; empty where that is the creditor's name."""
    creditor_id: str = ""
    conversation_open: bool = False
    """Whoever gets it wrote to us so lately that any words may answer, where a channel asks for that."""

    also: str = ""
    """A sentence that it says besides, by its name in its kind's `contents`; empty for none."""

    own_words: Mapping[str, Own] = field(default_factory=dict)
    """The creditor's own words, by the name of the template in whose place they stand."""

    look: Look | None = None
    """The creditor's own colour and logo."""

    unsubscribe: str | None = None
    """Where whoever gets the email asks for no more of them; None where the law or an agreement wants the message sent."""

    offers_direct_debit: bool = False
    """Whoever gets it pays by hand, and could have the bank pay: it is said how."""

    asks_whether_right: bool = False
    """Whoever has the address that it goes to is asked whether it is still the right one."""

    def __post_init__(self) -> None:
        for name in ("items", *self.kind.needs):
            if attrgetter(name)(self) in (None, "", ()):
                raise ValueError(f"a {self.kind.name} message needs {name}: give it when building the content")
        if language_of(self.language) not in LANGUAGES:
            raise ValueError(f"no words in language {self.language!r}: use one of {', '.join(LANGUAGES)}")
        for link in (self.link, *(item.link for item in self.items), *filter(None, [self.unsubscribe])):
            if not _is_web_address(link):
                raise ValueError(f"link {link!r} is not a plain http(s) address: messages carry no other links")

    @property
    def for_another(self) -> bool:
        """Whether somebody gets it who stands in for the debtor, whom it then names."""
        return self.recipient_name != self.debtor_name

    @property
    def pay_by(self) -> date:
        """The day by which to pay: the new deadline where there is one, else the earliest due date."""
        return self.deadline or min(item.due_on for item in self.slips)

    @property
    def draws(self) -> tuple[Draw, ...]:
        """What is drawn of the invoices by direct debit."""
        return () if self.kind.of_no_claim else tuple(item.draw for item in self.items if item.draw)

    @property
    def drawn(self) -> Decimal:
        """What is drawn in all."""
        return sum((draw.amount for draw in self.draws), ZERO)

    @property
    def by_hand(self) -> Decimal:
        """What the debtor is asked to pay: of a plan that is agreed the first instalment, less what is drawn."""
        first = self.plan.instalments[0].amount if self.plan and self.kind.lead == "plan_total" else self._asked
        return max(ZERO, first - sum((item.amount_due - item.by_hand for item in self.items), ZERO))

    @property
    def is_drawn(self) -> bool:
        """Whether nothing is left to be paid by hand, as it is drawn: then it has no payment slip, and speaks of the draw."""
        if self.kind.lead == "paid_amount":
            return False  # it speaks of what was paid
        return bool(self.draws) and (self.kind.lead == "drawn_amount" or self.by_hand == 0)

    @property
    def credits(self) -> tuple[ComingCredit, ...]:
        """What credit will pay of the invoices."""
        return () if self.kind.of_no_claim else tuple(item.credit for item in self.items if item.credit)

    @property
    def from_credit(self) -> Decimal:
        """What credit will pay in all."""
        return sum((credit.amount for credit in self.credits), ZERO)

    @property
    def is_paid_by_credit(self) -> bool:
        """Whether credit will pay all of it: then it has no payment slip either."""
        return bool(self.credits) and not self.draws and self.by_hand == 0

    @property
    def slips(self) -> tuple[InvoiceItem, ...]:
        """The invoices that are paid by hand, at least in part; all of them where none is."""
        return tuple(item for item in self.items if item.by_hand > 0) or self.items

    @property
    def lead_amount(self) -> Decimal:
        """The amount the message opens with: what was paid, drawn, costs as a plan, else what is to be paid."""
        if self.kind.lead == "paid_amount" and self.paid_amount is not None:
            return self.paid_amount
        if not (self.draws or self.credits) or self.kind.lead == "plan_total":
            return self._asked
        if self.is_paid_by_credit:
            return self.from_credit
        return self.drawn if self.is_drawn else self.by_hand

    @property
    def _asked(self) -> Decimal:
        """All that the message is about, drawn or not."""
        if self.asked is not None:
            return self.asked
        if self.kind.of_statement and self.statement is not None:
            return self.statement.asked
        if self.kind.of_plan and self.plan is not None:
            return self.plan.total if self.kind.lead == "plan_total" else self.plan.asked
        return self.total

    @property
    def pay_with(self) -> str:
        """The payment reference that the message asks for: the plan's or statement's own, else the first invoice's."""
        if self.kind.of_statement and self.statement is not None:
            return self.statement.reference
        return self.plan.reference if self.kind.of_plan and self.plan is not None else self.slips[0].reference

    def tidied(self) -> "Content":
        """The same content with every text on one line and free of control characters."""
        return self.with_texts(_one_line)

    def with_texts(self, change: Callable[[str], str], keep: frozenset[str] = frozenset()) -> "Content":
        """The same content with every text changed, but for the fields to `keep`."""
        items = tuple(_with_texts(item, change, frozenset()) for item in self.items)
        return replace(_with_texts(self, change, keep), items=items)


_DIRECTION_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_Facts = TypeVar("_Facts", Content, InvoiceItem)


def _is_web_address(link: str) -> bool:
    parts = urlsplit(link)
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and link.isascii() and " " not in link


def _one_line(text: str) -> str:
    """The text with white space runs as one space, and no control or text-direction override characters."""
    spaced = " ".join(text.split())
    if spaced.isprintable():
        return spaced
    return "".join(
        letter
        for letter in spaced
        if unicodedata.category(letter) not in {"Cc", "Cs"} and letter not in _DIRECTION_OVERRIDES
    )


def _with_texts(facts: _Facts, change: Callable[[str], str], keep: frozenset[str]) -> _Facts:
    changed: dict[str, object] = {}
    for each in fields(facts):
        value = getattr(facts, each.name)
        if each.name in keep:
            continue
        if type(value) is str:
            changed[each.name] = change(value)
        elif isinstance(value, tuple) and all(isinstance(line, str) for line in value):
            changed[each.name] = tuple(filter(None, map(change, value)))
    return replace(facts, **changed)  # type: ignore[arg-type]
