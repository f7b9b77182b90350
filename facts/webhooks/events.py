"""The events that a creditor's system may be told of: when each is told, and what its data has.

Data is ids, amounts and dates, and nothing that names a person; the API tells the rest. A field means the same in every event.
The facts keep numbers; the ids that are told are sealed where an event leaves (`connectors.ids`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from domain.learned.segments import USE

EventType = Literal[
    "case.opened",
    "case.closed",
    "case.reopened",
    "case.handed_off",
    "payment.booked",
    "payment.reversed",
    "payment.review",
    "payment.refund_due",
    "payment.refund_cancelled",
    "payment.refund_ordered",
    "payment.refund_paid",
    "payment.refund_returned",
    "credit.used",
    "credit.returned",
    "service.block",
    "service.unblock",
    "service.terminate",
    "plan.agreed",
    "plan.kept",
    "plan.broken",
    "promise.made",
    "promise.broken",
    "debtor.replied",
    "debtor.behaviour_changed",
    "debtor.in_danger",
]
EventPattern = Literal[
    EventType, "*", "case.*", "payment.*", "credit.*", "service.*", "plan.*", "promise.*", "debtor.*"
]
PATTERNS: Final = frozenset(get_args(EventPattern))

_AMOUNT = {"type": "string", "pattern": r"^\d+\.\d{2}$"}
_DAY = {"type": "string", "format": "date"}
_NUMBER = {"type": "integer"}
_TEXT = {"type": "string"}


@dataclass(frozen=True, slots=True)
class DataField:
    """What a field holds, as JSON Schema; what it means; and how it looks."""

    kind: Mapping[str, Any]
    what: str
    example: Any


FIELDS: Final[Mapping[str, DataField]] = {
    "invoice": DataField(_TEXT, "The invoice's number.", "2026-1001"),
    "of_invoice": DataField(_TEXT, "The number of the same debtor's invoice whose credit it is.", "2026-0999"),
    "customer_number": DataField(_TEXT, "Your own number for the debtor.", "K-1042"),
    "amount": DataField(_AMOUNT, "How much, in `currency`; always positive.", "802.00"),
    "currency": DataField(_TEXT, "ISO 4217 code.", "NOK"),
    "due_date": DataField(_DAY, "The day by which it is to be paid.", "2026-12-04"),
    "outcome": DataField(_TEXT, "How the case ended.", "paid"),
    "why": DataField(_TEXT, "Why, in words for a person.", "its payment was taken back"),
    "hand_off": DataField(_TEXT, "The hand-off's id.", "hof_t5k3m7zq2xwhn4d6yjcarv3bfe2ogslo"),
    "payment": DataField(_TEXT, "The payment's id where it comes from.", "b-000123"),
    "booked_on": DataField(_DAY, "The bank's booking date.", "2026-11-22"),
    "number": DataField(
        _TEXT, "By which the waiting payment is booked or sent back.", "pay_k3v5x2mq7dhzt4wn6jy2rbacfe3o5gsl"
    ),
    "refund": DataField(_TEXT, "The refund's number.", "rfd_m6q2c4zx7ahtnw3y5kdjv2rbofe4gslp"),
    "plan": DataField(_TEXT, "The plan's id.", "pln_d4y6n3hk7mqxz2w5tjcarv4bfe6ogsly"),
    "total": DataField(_AMOUNT, "The whole cost of the plan, interest included.", "3000.00"),
    "instalments": DataField(
        {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["number", "due_on", "amount"],
                "properties": {
                    "number": _NUMBER | {"description": "Its place in the plan, from 1."},
                    "due_on": _DAY | {"description": "The day by which it is to be paid."},
                    "amount": _AMOUNT | {"description": "How much."},
                },
            },
        },
        "The instalments, in order.",
        [
            {"number": 1, "due_on": "2026-12-15", "amount": "1500.00"},
            {"number": 2, "due_on": "2027-01-15", "amount": "1500.00"},
        ],
    ),
    "promise": DataField(_TEXT, "The promise's id.", "prm_q3m6x2wz7tkhn5d4yjcarv6bfe3ogsle"),
    "pay_by": DataField(_DAY, "The day by which the debtor will pay.", "2026-12-01"),
    "reply": DataField(
        _TEXT, "The reply's id; `GET /v1/replies` has its words.", "rep_w4z7n2ykq5mhxt3d6jcarv2bfe5ogslu"
    ),
    "channel": DataField(
        _TEXT, "Where it was written or said: `sms`, `direct_message`, `email`, `page`, `phone`, `letter`.", "sms"
    ),
    "meaning": DataField(
        _TEXT, "What it seems to say; null where the words say nothing that Purr knows.", "needs time"
    ),
    "segment": DataField(_TEXT, "The key of the segment that the debtor is in now; null for none.", "forgets"),
    "segment_before": DataField(_TEXT, "The key of the one before; null for none.", "in-time"),
    "behaviour": DataField(
        {"type": "array", "items": _TEXT}, "How the debtor pays now, each pattern by its key.", ["after channel:sms"]
    ),
    "behaviour_before": DataField({"type": "array", "items": _TEXT}, "How the debtor paid before.", ["payday:25"]),
    "version": DataField(_TEXT, "Of what found it.", "5f0c2a91b7de"),
    "use": DataField(_TEXT, "What it may be used for, in words.", USE),
    "invoices": DataField({"type": "array", "items": _TEXT}, "The open invoices that it may be about.", ["2026-1001"]),
}


@dataclass(frozen=True, slots=True)
class EventSpec:
    """When an event is told, the fields of its data, and those that are null where there is nothing to say."""

    when: str
    fields: frozenset[str]
    may_be_null: frozenset[str] = frozenset()


def _event(when: str, fields: str, may_be_null: str = "") -> EventSpec:
    return EventSpec(when, frozenset(fields.split()), frozenset(may_be_null.split()))


_PAID = "invoice payment amount currency booked_on"
_REFUND = "invoice payment refund amount currency"
_CREDIT = "invoice of_invoice amount currency"
_SERVICE = "invoice customer_number"

EVENTS: Final[Mapping[EventType, EventSpec]] = {
    "case.opened": _event("An invoice came in and its case starts.", "invoice amount currency due_date"),
    "case.closed": _event("A case is over; `outcome` says how it ended.", "invoice outcome"),
    "case.reopened": _event(
        "A closed case goes on: its money is gone again, or it was withdrawn by mistake.", "invoice why"
    ),
    "case.handed_off": _event("A case left in a file for the collection partner.", "invoice hand_off"),
    "payment.booked": _event("Money is booked on an invoice.", _PAID),
    "payment.reversed": _event("Money that was booked on an invoice was taken back.", _PAID),
    "payment.review": _event(
        "A payment that no invoice explains waits for a person.", "payment number amount currency booked_on why"
    ),
    "payment.refund_due": _event(
        "Money is owed back; `invoice` is null where it was booked on none.", _REFUND, "invoice"
    ),
    "payment.refund_cancelled": _event("The money went back without you: send nothing.", _REFUND),
    "payment.refund_ordered": _event("A refund stands in a file for the bank.", _REFUND, "invoice"),
    "payment.refund_paid": _event("The bank has paid a refund that stood in a file.", _REFUND, "invoice"),
    "payment.refund_returned": _event(
        "A refund came back from the bank and is due again: name another account.", f"{_REFUND} why", "invoice"
    ),
    "credit.used": _event("Credit on one of a debtor's invoices pays another.", _CREDIT),
    "credit.returned": _event(
        "Credit that paid another invoice is back where it was: that one is owed again.", _CREDIT
    ),
    "service.block": _event("Block the service that the invoice is about.", _SERVICE, "customer_number"),
    "service.unblock": _event("Open the service again, at once.", _SERVICE, "customer_number"),
    "service.terminate": _event(
        "End the service that the invoice is about: a person has agreed.", _SERVICE, "customer_number"
    ),
    "plan.agreed": _event("The debtor pays in parts from now on.", "invoice plan total currency instalments"),
    "plan.kept": _event("All of a plan is paid.", "invoice plan"),
    "plan.broken": _event("A plan was not kept, nor its one chance used.", "invoice plan"),
    "promise.made": _event("The debtor will pay by a day.", "invoice promise pay_by amount currency"),
    "promise.broken": _event("A promise was not kept, and the debtor was told.", "invoice promise pay_by"),
    "debtor.replied": _event(
        "The debtor wrote; nothing hard goes out until somebody has read it.",
        "reply customer_number channel meaning invoices",
        "meaning customer_number",
    ),
    "debtor.behaviour_changed": _event(
        "A debtor is found in another segment, or pays in another way; not of debtors who object to profiling.",
        "customer_number segment segment_before behaviour behaviour_before version use",
        "segment segment_before",
    ),
    "debtor.in_danger": _event(
        "What somebody wrote sounds of danger to life or health: a person must look at it at once, whatever else waits.",
        "reply customer_number channel invoices",
        "customer_number",
    ),
}


def schema_of(event: EventType) -> dict[str, Any]:
    """An event as it is posted, as JSON Schema with descriptions and examples."""
    spec = EVENTS[event]
    data = {name: _shown(FIELDS[name], null=name in spec.may_be_null) for name in sorted(spec.fields)}
    properties = {
        "type": {"const": event, "type": "string", "description": "Which event it is."},
        "timestamp": {
            "type": "string",
            "format": "date-time",
            "description": "When it happened: order events by it.",
            "examples": ["2026-11-22T10:00:00+00:00"],
        },
        "test": {"const": True, "type": "boolean", "description": "There in test mode alone: none of it is real."},
        "data": {
            "type": "object",
            "description": "What it is about. Fields may be added.",
            "properties": data,
            "required": list(data),
        },
    }
    return {
        "type": "object",
        "description": spec.when,
        "properties": properties,
        "required": ["type", "timestamp", "data"],
    }


def _shown(field: DataField, *, null: bool) -> dict[str, Any]:
    kind = dict(field.kind) | ({"type": [field.kind["type"], "null"]} if null else {})
    return kind | {"description": field.what, "examples": [field.example]}
