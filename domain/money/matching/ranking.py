"""What of a payment points to an invoice, and how much it weighs where a person must choose."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from domain.money.amount import ZERO
from domain.money.matching.amounts import Candidate, fit_of
from domain.money.matching.names import Likeness, is_in, likeness
from domain.money.matching.reading import Clue, exact_references, number_key, searched

# How much speaks for an invoice in a review, as `_rank` weighs it.
LIKELY = 55  # the payment names it, if only nearly, or the debtor has paid that very amount
SAID = "the debtor says that it is paid"  # the last of the reasons where that word decided
PAUSES = 25  # it may be for it, and its case pauses: one sign is enough, but a name that only resembles is none
MOST_RANKED = 5
InText = Literal["reference", "number", "number (written otherwise)"]


@dataclass(frozen=True, slots=True)
class Signs:
    """What of a payment points to one candidate."""

    candidate: Candidate
    fit: str | None  # what the amount is of the invoice, in words
    named: str | None  # the exact reference or number that names it, in words
    slip: str | None  # how its reference differs from the one given, in words
    in_text: InText | None  # what names it in the text
    customer: bool  # its customer number is in the text
    called: bool  # the text calls the number an invoice's or a customer's
    name: Likeness | None  # how the payer's name is to the debtor's
    name_in_text: bool
    account: bool

    @property
    def supported(self) -> bool:
        """Whether the payer is the debtor, by name or account, or names the debtor."""
        return self.name == "is" or self.name_in_text or self.account

    @property
    def payable(self) -> bool:
        """Whether something is left to pay."""
        return self.candidate.open and self.candidate.balance > ZERO


@dataclass(frozen=True, slots=True)
class Ranked:
    """An invoice that a payment may be for, with what speaks for it."""

    candidate: Candidate
    reasons: tuple[str, ...]
    score: int


def signs_of(clue: Clue, candidate: Candidate) -> Signs:
    """What of a payment points to this invoice."""
    asked = searched(clue)
    references = [ref for ref in (candidate.reference, candidate.plan_reference) if ref]
    in_text: InText | None = None
    if any(ref in asked.in_text for ref in references):
        in_text = "reference"
    elif candidate.number in asked.numbers:
        in_text = "number"
    elif number_key(candidate.number) in asked.keys:
        in_text = "number (written otherwise)"
    return Signs(
        candidate=candidate,
        fit=fit_of(candidate, clue.amount),
        named=named_by(clue, candidate),
        slip=next((asked.corrected[ref] for ref in references if ref in asked.corrected), None),
        in_text=in_text,
        customer=candidate.customer_number in asked.customers,
        called=candidate.number in asked.called or candidate.customer_number in asked.called,
        name=likeness(clue.payer_name or "", candidate.debtor_name),
        name_in_text=is_in(clue.text or "", candidate.debtor_name),
        account=candidate.payer_known,
    )


def named_by(clue: Clue, candidate: Candidate) -> str | None:
    """The exact reference or number that names a candidate, in words. A number goes before the reference."""
    if clue.number is not None:
        return f"invoice number {clue.number}" if candidate.number == clue.number else None
    for reference in exact_references(clue):
        if candidate.reference == reference:
            return f"payment reference of invoice {candidate.number}"
        if candidate.plan_reference == reference:
            return f"payment reference of the instalment plan of invoice {candidate.number}"
    return None


def compared(clue: Clue, candidate: Candidate) -> tuple[Ranked, bool]:
    """What speaks for one invoice, and whether the payment names it exactly: by reference or number, in its text too."""
    signs = signs_of(clue, candidate)
    return _rank(signs), bool(signs.named) or signs.in_text in ("reference", "number")


def likeliest(signs: Iterable[Signs]) -> tuple[Ranked, ...]:
    """The invoices that most speaks for, best first."""
    ranked = [_rank(s) for s in signs]
    best = sorted(
        (r for r in ranked if r.score > 0), key=lambda r: (-r.score, r.candidate.due_date, r.candidate.invoice_id)
    )
    return tuple(best[:MOST_RANKED])


def _rank(s: Signs) -> Ranked:
    weighed = [
        (100, s.named),
        (70, s.slip and f"payment reference with {s.slip}"),
        (60, s.in_text and f"{s.in_text} in the text"),
        (40, s.customer and "customer number in the text"),
        (40, s.account and "the payer's account has paid for this debtor before"),
        (30, s.fit and f"the amount is {s.fit}"),
        (25, s.name == "is" and "the payer's name is the debtor's"),
        (25, s.name_in_text and s.name != "is" and "the debtor's name is in the text"),
        (20, s.name == "initials" and "the payer has the debtor's family name and initials"),
        (10, s.name in ("family", "resembles") and "the payer's name resembles the debtor's"),
    ]
    told = [(weight, reason) for weight, reason in weighed if reason]
    against = () if s.payable else ("it is settled or closed",)
    score = sum(weight for weight, _ in told) - 20 * len(against)
    return Ranked(s.candidate, (*(reason for _, reason in told), *against), score)
