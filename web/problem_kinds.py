"""Every kind of problem that is answered, in one table: what it means and what to do. A kind keeps its name for ever."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its title, what happened, what to do, and whether the same request may be sent again as it is."""

    title: str
    what: str
    do: str
    again: bool = False


KINDS: Final[Mapping[str, Kind]] = {
    "amount-raised": Kind(
        "The amount is higher than before",
        "An invoice's amount can be lowered, not raised. Nothing was changed.",
        "Send a further invoice for the rest.",
    ),
    "bad-request": Kind(
        "The request cannot be read",
        "What was sent is no request that this address understands. Nothing was stored.",
        "Look at its headers, its length and its encoding.",
    ),
    "bad-signature": Kind(
        "The signature is wrong",
        "What was told is not signed by whom it says it is from, or not just now. Nothing was stored.",
        "See that the secret is the one of this address, that the body is signed as it is sent, and that the clock is right.",
    ),
    "busy": Kind(
        "Too much at once",
        "Two requests of a creditor are worked on at once and the next wait in line; this one waited too long, or the "
        "line was full. Nothing was stored.",
        "Send it again after the seconds in Retry-After, a few at a time. RateLimit says how many may be on their way.",
        again=True,
    ),
    "case-closed": Kind(
        "The case is closed",
        "Nothing more happens in the case of this invoice.",
        "Send a new invoice where more is owed.",
    ),
    "conflict": Kind(
        "It stands otherwise by now",
        "The same number came before with other content, or what was asked for is decided already. Nothing was changed.",
        "Look at how it stands, and ask for what is still to be done. The detail says what stands in the way.",
    ),
    "content-too-large": Kind(
        "The body is too large",
        "The body has more bytes than this address takes. Nothing was stored.",
        "Send it in smaller parts.",
    ),
    "database-unavailable": Kind(
        "It cannot be taken now",
        "The database does not answer. Nothing was stored.",
        "Send it again after the seconds in Retry-After.",
        again=True,
    ),
    "file-refused": Kind(
        "The file is not taken",
        "The file as a whole cannot be read as what this address takes, holds too many, or is of accounts that are not yours. "
        "Nothing of it was stored.",
        "The detail says what the file is, or where it breaks off. Send what the integrators' guide describes, in parts.",
    ),
    "future-date": Kind(
        "The date is ahead",
        "What has not happened yet cannot be told.",
        "Give the last day of which it is true.",
    ),
    "idempotency-key-reused": Kind(
        "The idempotency key came before",
        "This Idempotency-Key came before with another request. Nothing was done.",
        "Make a new key for each new request, and send the same one only with the same request.",
    ),
    "internal": Kind(
        "Something went wrong on our side",
        "A fault of ours. Nothing was stored, unless an Idempotency-Key tells otherwise.",
        "Send it again with the same Idempotency-Key. If it stays, tell the operator the request_id.",
        again=True,
    ),
    "invalid": Kind(
        "A field is not as it should be",
        "The request can be read, and something in it cannot be taken. Nothing was stored.",
        "errors names each field as you wrote it, with what to write instead.",
    ),
    "method-not-allowed": Kind(
        "The address takes another method",
        "There is something at this address, and it does not take this method.",
        "The reference says which methods it takes.",
    ),
    "not-found": Kind(
        "There is no such thing",
        "Nothing has this address, or this name among your own. What belongs to another creditor is answered the same.",
        "Look at the number, and at whose API key it is.",
    ),
    "not-json": Kind(
        "The body is no JSON array",
        "A batch of events comes as one JSON array. Nothing was stored.",
        "Send the batch as the provider makes it.",
    ),
    "not-now": Kind(
        "The step cannot be sent now",
        "Something stands in the way of sending the step at once: the detail says what.",
        "Lift what stands in the way, or let the step come at its own time.",
    ),
    "not-ready": Kind(
        "The web app is not ready",
        "The database does not answer: nothing can be accepted.",
        "Wait until it is ready.",
        again=True,
    ),
    "other-creditor": Kind(
        "Another creditor is named",
        "The request names a creditor that is not the one of its API key. Nothing was stored.",
        "Leave creditor out, or use that creditor's own key.",
    ),
    "past-date": Kind(
        "The date is past",
        "A due date is today or later, and not before the issue date.",
        "Give the earliest date that the detail names, or a later one.",
    ),
    "provider-unavailable": Kind(
        "The payment provider does not answer",
        "What was told could not be checked with the payment provider. Nothing was stored.",
        "Tell it again.",
        again=True,
    ),
    "refused": Kind(
        "The facts do not allow it",
        "The request is well formed, and what it asks for cannot be: the detail says why. Nothing was changed.",
        "Do what the detail says.",
    ),
    "same-key": Kind(
        "The same key sent the invoice",
        "A hand-off to collection is approved with another API key than the one that sent the invoice.",
        "Approve it with another key, or let a person do it.",
    ),
    "step-gone": Kind(
        "The step is gone",
        "The case has passed this step, or will not come to it.",
        "Look at what the case does next.",
    ),
    "too-early": Kind(
        "Told too early",
        "The provider told of something whose beginning is not stored yet. Nothing was stored.",
        "Tell it again in a moment.",
        again=True,
    ),
    "too-many-wrong": Kind(
        "Too many wrong API keys",
        "A hundred wrong API keys came from this address within an hour. A right one is always let in.",
        "Use the right key, or wait the seconds in Retry-After.",
    ),
    "unauthorized": Kind(
        "No valid API key",
        "The request has no API key, or one that was never made or was taken back.",
        "Send a creditor's key as Authorization: Bearer purr_…",
    ),
    "unknown-creditor": Kind(
        "No such creditor",
        "The event names a creditor that is not there. Nothing was stored.",
        "Give the id of the creditor that the secret belongs to.",
    ),
    "unknown-step": Kind(
        "The policy has no such step",
        "The policy of this case has no step of that name.",
        "The detail names the steps that there are.",
    ),
    "webhooks-off": Kind(
        "Webhooks are off",
        "No secrets can be made for webhooks here, so no endpoint can be registered.",
        "The operator sets PURR_WEBHOOK_SIGNING_KEYS first.",
    ),
}
