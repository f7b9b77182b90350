"""What a message is made from: plain facts, no words."""

import unicodedata
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal, TypeVar
from urllib.parse import urlsplit

Language = Literal["nb", "en"]
LANGUAGES: tuple[Language, ...] = ("nb", "en")


class MessageKind(StrEnum):
    """What a message is for; each kind has its own words."""

    INVOICE = "invoice"
    DUE_DATE = "due-date-reminder"
    REMINDER = "reminder"
    COLLECTION_NOTICE = "collection-notice"
    NOTICE_ALERT = "notice-alert"
    FAILED_DRAW = "failed-draw"
    HANDED_OFF = "handed-off"
    PAID = "paid"


class Tone(StrEnum):
    """How a message sounds."""

    KIND = "kind"
    NEUTRAL = "neutral"
    FIRM = "firm"


ONE_TONE = frozenset({MessageKind.COLLECTION_NOTICE, MessageKind.NOTICE_ALERT})
"""Kinds whose words are the same in every tone (practice, Form: a collection notice has one tone)."""


@dataclass(frozen=True, slots=True)
class InvoiceItem:
    """One invoice as a message shows it; amounts are in the message's currency."""

    number: str
    issued_on: date
    due_on: date
    """The original due date."""
    principal: Decimal
    """What remains of the invoice itself."""
    fee: Decimal
    """Unpaid fees of this invoice, the one that this message adds included."""
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


@dataclass(frozen=True, slots=True)
class Content:
    """One message to one debtor about one or more invoices.

    Raises ValueError, naming the field, when a fact that the kind's words need is missing or a link is not a
    plain web address.
    """

    kind: MessageKind
    tone: Tone
    language: Language
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
    new_fee: Decimal
    """The fee that this message adds; zero for none."""
    deadline: date | None
    """The new deadline that this message gives; for an invoice whose due date was moved, the moved date."""
    due_date_moved: bool
    sent_on: date
    link: str
    """The one link that carries everything."""
    delivery_id: str
    collection_partner: str | None = None
    """Who the case was handed off to."""
    paid_amount: Decimal | None = None

    def __post_init__(self) -> None:
        for field, missing in (
            ("items", not self.items),
            ("deadline", self.deadline is None and self.kind in _NEEDS_DEADLINE),
            ("collection_partner", not self.collection_partner and self.kind is MessageKind.HANDED_OFF),
            ("paid_amount", self.paid_amount is None and self.kind is MessageKind.PAID),
        ):
            if missing:
                raise ValueError(f"a {self.kind} message needs {field}: give it when building the content")
        if self.language not in LANGUAGES:
            raise ValueError(f"no words in language {self.language!r}: use one of {', '.join(LANGUAGES)}")
        for link in (self.link, *(item.link for item in self.items)):
            if not _is_web_address(link):
                raise ValueError(f"link {link!r} is not a plain http(s) address: messages carry no other links")

    @property
    def pay_by(self) -> date:
        """The day by which to pay: the new deadline where there is one, else the earliest due date."""
        return self.deadline or min(item.due_on for item in self.items)

    @property
    def lead_amount(self) -> Decimal:
        """The amount the message opens with: what was paid for a receipt, else what is due in all."""
        return self.total if self.paid_amount is None or self.kind is not MessageKind.PAID else self.paid_amount

    def tidied(self) -> "Content":
        """The same content with every text on one line and free of control characters."""
        return replace(_tidied(self), items=tuple(_tidied(item) for item in self.items))


_NEEDS_DEADLINE = frozenset({MessageKind.REMINDER, MessageKind.COLLECTION_NOTICE})
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


def _tidied(facts: _Facts) -> _Facts:
    changed: dict[str, object] = {}
    for field in fields(facts):
        value = getattr(facts, field.name)
        if type(value) is str:
            changed[field.name] = _one_line(value)
        elif isinstance(value, tuple) and all(isinstance(line, str) for line in value):
            changed[field.name] = tuple(filter(None, map(_one_line, value)))
    return replace(facts, **changed)  # type: ignore[arg-type]
