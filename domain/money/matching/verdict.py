"""From what a payment tells to the invoice it is for, explained in words, and never by guessing.

A payment books by itself only where one reading of it explains everything and no other comes near; whatever is less
plain waits for a person, with the likeliest invoices and the reasons for each.

An exact reference decides alone. All else needs an amount that fits, and a further sign where the first is weak:

- A reference one slip away is strong: next to no other payment would come that near to one of the creditor's
  references. The payer's name or account must agree as well where several references are that near, or where the
  reference holds as it stands, and so may be somebody else's.
- An invoice or customer number in the text is weak: such numbers run in series, and any number of that length hits
  one. The debtor's name must be the payer's or stand in the text or, where the payment names no payer, the text must
  call the number so. For the very amount the initials do, and the family name where the text calls the number an
  invoice's. With the debtor's own name it may be a part as people pay parts, or what the invoice makes with the
  debtor's others.
- A number written otherwise, without its dashes or zeros, says as much where the debtor is named, and else nothing.
- An account that has paid for one debtor and nobody else says who pays, not for what.
- A name or an amount alone says little: people share names, and subscriptions cost the same. They never book.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from domain.money.amount import ZERO
from domain.money.matching.written import (
    SHORTEST_REFERENCE,
    Likeness,
    Written,
    is_in,
    likeness,
    name_keys,
    names_in,
    number_key,
)
from domain.money.references import cleaned, corrections, is_mod10, is_valid, normalised, with_other_leading_zeros

# How much speaks for an invoice in a review, as `_rank` weighs it.
LIKELY = 55  # the payment names it, if only nearly, or the debtor has paid that very amount
PAUSES = 25  # it may be for it, and its case pauses: one sign is enough, but a name that only resembles is none
MOST_OF_A_DEBTOR = 50  # so many of a debtor's open invoices are looked at
MOST_SUMMED = 12  # among more open invoices than these some sum fits almost any amount
MOST_RANKED = 5
InText = Literal["reference", "number", "number (written otherwise)"]
# What people make of an amount: whole kroner or tens of what is owed, and parts in round sums.
ROUNDED_UP, ROUNDED_DOWN, ROUND_SUM = Decimal(1), Decimal(10), Decimal(50)


@dataclass(frozen=True, slots=True)
class Clue:
    """What a payment tells. A negative amount is a reversal."""

    amount: Decimal
    currency: str
    reference: str | None = None
    text: str | None = None
    payer_name: str | None = None
    payer_account: str | None = None
    number: str | None = None  # the invoice's number, where the source knows it
    elsewhere: bool = False  # the reference is one of another creditor's


@dataclass(frozen=True, slots=True)
class Candidate:
    """An invoice that a payment may be for, with what is left of it."""

    invoice_id: int
    case_id: int
    debtor_id: int
    number: str
    reference: str | None
    plan_reference: str | None
    customer_number: str | None
    debtor_name: str
    currency: str
    balance: Decimal
    principal: Decimal
    interest: Decimal
    fee: Decimal
    instalment: Decimal | None  # what is left of the plan's next instalment
    due_date: date
    open: bool
    payer_known: bool  # the payer's account has paid for this debtor before, and for nobody else


@dataclass(frozen=True, slots=True)
class Share:
    """What an invoice gets of a payment."""

    candidate: Candidate
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Match:
    """The invoices a payment is for, and how they were found.

    The shares sum to the amount. Several pay what is left of each; a single one may be less or more than is left.
    """

    shares: tuple[Share, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """An invoice that a payment may be for, with what speaks for it."""

    candidate: Candidate
    reasons: tuple[str, ...]
    score: int


@dataclass(frozen=True, slots=True)
class Review:
    """Why a person must look, and the likeliest invoices, best first."""

    why: str
    ranked: tuple[Ranked, ...]


@dataclass(frozen=True, slots=True)
class Searched:
    """What the ledger is asked for about a payment; each value is looked up exactly."""

    references: tuple[str, ...]  # as given, and cleaned
    corrected: Mapping[str, str]  # references one slip away, with the slip in words
    in_text: frozenset[str]  # references in the text whose check digit holds
    numbers: frozenset[str]  # in the text: may be invoice numbers
    keys: frozenset[str]  # of these numbers, however they are written
    customers: frozenset[str]  # in the text: may be customer numbers
    called: frozenset[str]  # of these the ones that the text calls so
    names: frozenset[str]  # keys of the payer's name, and of what may be names in the text
    account: str | None


@dataclass(frozen=True, slots=True)
class _Signs:
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
class _Reading:
    """One way to understand a payment: what it pays, why, and what keeps it from booking by itself."""

    shares: tuple[Share, ...]
    why: str
    doubt: str | None


def exact_references(clue: Clue) -> tuple[str, ...]:
    """The reference as it was given and, where that differs, as it was meant to be typed."""
    return tuple(dict.fromkeys((normalised(clue.reference), cleaned(clue.reference)))) if clue.reference else ()


@lru_cache(maxsize=1024)  # asked once to look up and once to compare
def searched(clue: Clue) -> Searched:
    """Everything that the ledger is asked for about a payment."""
    references = exact_references(clue)
    written = Written.read(" ; ".join(filter(None, (clue.reference, clue.text))))
    possible = {cleaned(number) for number in written.unnamed if len(number) >= SHORTEST_REFERENCE}
    possible |= {cleaned(number) for number in written.references}
    valid = {reference for reference in possible if is_valid(reference, "kid") or is_valid(reference, "rf")}
    damaged = [clue.reference] if clue.reference else sorted(possible - valid)[:3]
    corrected = {ref: slip for given in damaged for ref, slip in corrections(given).items()} if clue.amount > 0 else {}
    if not clue.reference and clue.amount > 0:
        corrected |= {ref: slip for given in sorted(valid) for ref, slip in with_other_leading_zeros(given).items()}
    numbers = frozenset((*written.invoices, *written.references, *written.unnamed))
    return Searched(
        references=references,
        corrected={ref: slip for ref, slip in corrected.items() if ref not in references and ref not in valid},
        in_text=frozenset(valid - set(references)),
        numbers=numbers,
        keys=frozenset(map(number_key, numbers)),
        customers=frozenset((*written.customers, *written.unnamed)),
        called=frozenset((*written.invoices, *written.customers)),
        names=name_keys(clue.payer_name or "") | names_in(clue.text or ""),
        account=clue.payer_account if (clue.payer_account or "").strip("0") else None,
    )


def named_plainly(clue: Clue, candidates: Sequence[Candidate]) -> Match | None:
    """The match where the reference or number names one open invoice and the amount fits: nothing else is asked."""
    named = [(c, words) for c in candidates if (words := _named(clue, c))]
    if len({candidate.invoice_id for candidate, _ in named}) != 1:
        return None
    candidate, words = named[0]
    fit = _fit(candidate, clue.amount)
    if fit is None or not candidate.open or candidate.currency != clue.currency:
        return None
    return Match((Share(candidate, clue.amount),), f"{words}, and the amount is {fit}")


def match(clue: Clue, candidates: Sequence[Candidate]) -> Match | Review:
    """The invoices that a payment is for, or what a person is asked.

    `candidates` are all that `searched` finds: the invoices named exactly or one slip away, and the open invoices of
    each debtor who is named. Their order does not matter.
    """
    plain = named_plainly(clue, candidates)
    if plain:
        return plain
    unique = {candidate.invoice_id: candidate for candidate in candidates}
    everything = [_signs(clue, unique[invoice]) for invoice in sorted(unique)]
    named = [s for s in everything if s.named]
    signs = [s for s in everything if s.candidate.currency == clue.currency]
    if any(s.candidate.currency != clue.currency for s in named):
        currencies = " and ".join(sorted({s.candidate.currency for s in named}))
        outcome: Match | str = f"paid in {clue.currency}, the invoice is in {currencies}"
        signs = named
    elif len(named) == 1:
        outcome = _of_named(clue, named[0], signs)
    elif named:
        outcome = _of_shared_reference(clue, named, signs)
    else:
        outcome = _of_unnamed(clue, signs)
    return outcome if isinstance(outcome, Match) else Review(outcome, _ranked(signs))


def compared(clue: Clue, candidate: Candidate) -> tuple[Ranked, bool]:
    """What speaks for one invoice, and whether the payment names it exactly: by reference or number, in its text too."""
    signs = _signs(clue, candidate)
    return _rank(signs), bool(signs.named) or signs.in_text in ("reference", "number")


# --- a reference or number in the ledger ------------------------------------------------------------------------


def _of_named(clue: Clue, only: _Signs, signs: Sequence[_Signs]) -> Match | str:
    """What the one invoice that is named gets of a payment whose amount does not plainly fit it."""
    here, amount = only.candidate, clue.amount
    alone = Match((Share(here, amount),), f"{only.named}; {_difference(here, amount)}")
    if amount < ZERO or clue.number is not None:
        return alone
    others = [s for s in signs if s.candidate.debtor_id == here.debtor_id and s is not only and s.payable]
    twins = [s for s in signs if s.slip and s.fit and s.payable]
    if twins:
        twin = twins[0]
        return (
            f"{only.named}, but the amount is {twin.fit} of {twin.candidate.number}, whose reference is one slip away"
        )
    in_text = [s for s in signs if s.in_text and s.payable and s is not only]
    if here.balance <= ZERO:
        return _of_settled(only, others, alone)
    together = _sum_of([here, *(s.candidate for s in in_text)], amount)
    if together:
        return Match(together, f"the amount is the sum of the {len(together)} invoices that the payment names")
    if any(s.fit for s in in_text):
        return f"{only.named}, but the text names another invoice, and the amount is that one's"
    if only.fit is None and any(s.fit for s in others):
        return f"{only.named}, but the amount is that of another open invoice of the same debtor"
    if amount <= here.balance:
        return alone
    sums = _sums(others, amount, besides=only)
    if len(sums) > 1:
        return f"{only.named}, and the amount is a sum of this debtor's open invoices in more than one way"
    return Match(sums[0], f"{only.named}, and {_sum_in_words(sums[0])}") if sums else alone


def _of_settled(only: _Signs, others: Sequence[_Signs], alone: Match) -> Match | str:
    """An old reference pays the debtor's only other open invoice of that amount; with none open it is paid twice."""
    amount = alone.shares[0].amount
    settled = f"{only.named}, which is settled"
    if not others:
        return Match(alone.shares, f"{settled}; this debtor owes nothing else")
    equal = [s.candidate for s in others if s.fit]
    if len(equal) == 1:
        why = f"{settled}; {equal[0].number} is the only open invoice of this debtor with that amount"
        return Match((Share(equal[0], amount),), why)
    sums = [] if equal else _sums(others, amount)
    if len(sums) == 1:
        return Match(sums[0], f"{settled}; {_sum_in_words(sums[0])}")
    return f"{settled}, and it is not plain which of the debtor's others is meant"


def _of_shared_reference(clue: Clue, named: Sequence[_Signs], signs: Sequence[_Signs]) -> Match | str:
    """A reference used for several invoices is plain only within one debtor, and only by the amount."""
    many = f"{len(named)} invoices have this payment reference"
    debtors = {s.candidate.debtor_id for s in named}
    if len(debtors) > 1 or clue.amount < ZERO:
        return many
    fitting = [s.candidate for s in named if s.fit and s.payable]
    if len(fitting) == 1:
        return Match(
            (Share(fitting[0], clue.amount),), f"{many}; {fitting[0].number} is the only open one with that amount"
        )
    sums = [] if fitting else _sums([s for s in signs if s.candidate.debtor_id in debtors and s.payable], clue.amount)
    return Match(sums[0], f"{many}; {_sum_in_words(sums[0])}") if len(sums) == 1 else many


def _named(clue: Clue, candidate: Candidate) -> str | None:
    """The exact reference or number that names a candidate, in words. A number goes before the reference."""
    if clue.number is not None:
        return f"invoice number {clue.number}" if candidate.number == clue.number else None
    for reference in exact_references(clue):
        if candidate.reference == reference:
            return f"payment reference of invoice {candidate.number}"
        if candidate.plan_reference == reference:
            return f"payment reference of the instalment plan of invoice {candidate.number}"
    return None


def _difference(candidate: Candidate, amount: Decimal) -> str:
    if amount < ZERO:
        return "a payment is taken back"
    if candidate.balance <= ZERO:
        return "it is settled already"
    if amount == candidate.balance:
        return "the amount is all that is owed"
    size = "part of" if amount < candidate.balance else "more than"
    return f"the amount is {size} the {candidate.balance} {candidate.currency} owed"


# --- no reference in the ledger ---------------------------------------------------------------------------------


def _of_unnamed(clue: Clue, signs: Sequence[_Signs]) -> Match | str:
    """What a payment without a reference of ours pays, where all readings of it agree; else the question."""
    if clue.number is not None:
        return "no invoice has this number"
    nothing = "no invoice has this payment reference" if clue.reference else "no payment reference"
    if clue.amount < ZERO:
        return f"{nothing}, and a payment is taken back"
    if clue.elsewhere:
        return "is a reference of another creditor's series"
    readings = [*_by_slip(clue, signs), *_by_text(clue, signs), *_by_debtor(clue, signs)]
    if not readings:
        return f"{nothing}{_what_is_known(signs)}"
    whys = list(dict.fromkeys(reading.why for reading in readings))
    if len({frozenset(share.candidate.invoice_id for share in reading.shares) for reading in readings}) > 1:
        return f"{nothing}, and what is told points to different invoices: {'; or '.join(whys)}"
    if _is_contradicted(readings[0], signs):
        return f"{nothing}; {whys[0]}, but the text names another debtor"
    undoubted = [reading for reading in readings if reading.doubt is None]
    if not undoubted:
        return f"{nothing}; {readings[0].why}, but {readings[0].doubt}"
    return Match(undoubted[0].shares, "; ".join(whys))


def _is_contradicted(reading: _Reading, signs: Sequence[_Signs]) -> bool:
    """Whether the text plainly names a debtor who gets nothing of the payment."""
    paid = {share.candidate.debtor_id for share in reading.shares}
    return any((s.called or s.in_text == "reference") and s.candidate.debtor_id not in paid for s in signs)


def _by_slip(clue: Clue, signs: Sequence[_Signs]) -> list[_Reading]:
    """The invoices whose reference is one slip from the one given and whose amount fits."""
    near = [s for s in signs if s.slip]
    fitting = [s for s in near if s.fit and s.payable]
    of_payer = [s for s in near if s.supported]
    if len(of_payer) == 1 and of_payer[0] in fitting:
        fitting = of_payer
    readings = []
    for s in fitting:
        doubt = None
        if s not in of_payer and len({other.candidate.debtor_id for other in near}) > 1:
            doubt = f"{len(near)} payment references are as near"
        elif s not in of_payer and _holds_as_it_stands(clue, s):
            doubt = "the reference given holds as it stands, so that it may be somebody else's"
        why = f"payment reference of invoice {s.candidate.number} with {s.slip}, and the amount is {s.fit}"
        readings.append(_Reading((Share(s.candidate, clue.amount),), why, doubt))
    return readings


def _by_text(clue: Clue, signs: Sequence[_Signs]) -> list[_Reading]:
    """The invoices that the text names: the only one with that amount, or all of them together."""
    named = [s for s in signs if s.in_text]
    fitting = [s for s in named if s.fit and s.payable]
    if len(named) > 1:
        of_payer = [s for s in fitting if s.supported or _has_both_numbers(s)]
        strangers = [s for s in named if s not in fitting and not s.supported]
        if len(of_payer) == len(fitting) == 1 and len(strangers) == len(named) - 1:
            named = fitting  # the other numbers only look like somebody's: a phone number, a date
    if len(named) > 1:
        shares = _sum_of([s.candidate for s in named if s.payable], clue.amount)
        if shares is None or len(shares) < len(named):
            return []
        why = f"the amount is the sum of the {len(named)} invoices in the text"
    elif named:
        found = _paid_of(named[0], clue.amount, signs)
        if found is None:
            return []
        shares, paid = found
        why = f"{named[0].in_text} of invoice {named[0].candidate.number} in the text, and {paid}"
    else:
        return []
    proven = (
        all(s.in_text == "reference" or _has_both_numbers(s) for s in named)
        or any(s.supported for s in named)
        or (len(named) == 1 and bool(fitting) and _is_of_the_family(named[0]))
    )
    return [_Reading(shares, why, None if proven else _doubt_of_payer(clue, named))]


def _paid_of(only: _Signs, amount: Decimal, signs: Sequence[_Signs]) -> tuple[tuple[Share, ...], str] | None:
    """What a payment pays where its text names this invoice alone, in words.

    Another amount than what is owed is understood where it is the debtor who pays: as the sum with the debtor's other
    open invoices, or as a part of the kind that people pay.
    """
    here = only.candidate
    if only.fit and only.payable:
        return (Share(here, amount),), f"the amount is {only.fit}"
    if not (only.supported and only.payable) or only.in_text == "number (written otherwise)":
        return None
    others = [s for s in signs if s.candidate.debtor_id == here.debtor_id and s is not only and s.payable]
    sums = _sums(others, amount, besides=only)
    if len(sums) == 1:
        return sums[0], _sum_in_words(sums[0])
    if sums or any(s.fit for s in others) or not _is_usual_part(here, amount):
        return None
    return (Share(here, amount),), _difference(here, amount)


def _is_of_the_family(s: _Signs) -> bool:
    """Whether somebody of the debtor's family name pays: with the debtor's initials, or an invoice called so."""
    return s.in_text == "number" and (s.name == "initials" or (s.name == "family" and s.called))


def _by_debtor(clue: Clue, signs: Sequence[_Signs]) -> list[_Reading]:
    """What the amount pays of the debtors whom a customer number or a known account names."""
    readings = []
    for debtor in sorted({s.candidate.debtor_id for s in signs if s.customer or s.account}):
        theirs = [s for s in signs if s.candidate.debtor_id == debtor and s.payable]
        fitting = [s for s in theirs if s.fit]
        sums = [] if fitting else _sums(theirs, clue.amount)
        if len(fitting) == 1:
            shares: tuple[Share, ...] = (Share(fitting[0].candidate, clue.amount),)
            paid = f"{fitting[0].candidate.number} is the only open invoice of this debtor with that amount"
        elif len(sums) == 1:
            shares, paid = sums[0], _sum_in_words(sums[0])
        else:
            continue
        if theirs[0].account:
            why, doubt = "the payer's account has paid for this debtor before", _doubt_of_reference(clue, debtor, signs)
        else:
            why, doubt = "customer number in the text", None if theirs[0].supported else _doubt_of_payer(clue, theirs)
        readings.append(_Reading(shares, f"{why}, and {paid}", doubt))
    return readings


def _doubt_of_payer(clue: Clue, named: Sequence[_Signs]) -> str | None:
    if clue.payer_name:
        return "the payer's name is not the debtor's"
    if any(s.in_text == "number (written otherwise)" for s in named):
        return "nothing says who pays"
    return None if any(s.called for s in named) else "nothing says what number that is, or who pays"


def _doubt_of_reference(clue: Clue, debtor: int, signs: Sequence[_Signs]) -> str | None:
    """What stands against this debtor in the reference given, which names no invoice here."""
    near = {s.candidate.debtor_id for s in signs if s.slip}
    if near and debtor not in near:
        return "the reference given is one slip from another debtor's"
    if clue.reference and not near and (is_valid(clue.reference, "kid") or is_valid(clue.reference, "rf")):
        return "the reference given holds as it stands, so that it may be somebody else's"
    return None


def _holds_as_it_stands(clue: Clue, near: _Signs) -> bool:
    """Whether the reference given could be another of the same series: as long, and held by the same check digit."""
    given = cleaned(clue.reference or "")
    meant = [ref for ref in (near.candidate.reference, near.candidate.plan_reference) if ref and len(ref) == len(given)]
    if any(ref.isdecimal() and is_mod10(ref) for ref in meant):
        return given.isdecimal() and is_mod10(given)
    return bool(meant) and (is_valid(given, "kid") or is_valid(given, "rf"))


def _has_both_numbers(s: _Signs) -> bool:
    return s.customer and s.candidate.customer_number != s.candidate.number


def _what_is_known(signs: Sequence[_Signs]) -> str:
    """Why what is known does not suffice, in words that follow on `no payment reference`."""
    if any(s.slip for s in signs):
        return "; one is near, but the amount is not what is owed there"
    if any(s.in_text or s.customer or s.account for s in signs):
        return "; what else is told does not explain the amount"
    if any(s.name and s.fit for s in signs):
        return "; only the payer's name and the amount point to an invoice"
    return ""


# --- amounts ----------------------------------------------------------------------------------------------------


def _fit(candidate: Candidate, amount: Decimal) -> str | None:
    """What the amount is of an invoice, in words; None where it is none of what a payer may be expected to pay."""
    if amount <= ZERO or candidate.balance <= ZERO:
        return None
    if amount == candidate.balance:
        return "all that is owed"
    if amount == candidate.principal + candidate.interest:
        return "all that is owed without the fee"
    if amount == candidate.principal:
        return "all that is owed without fee and interest"
    if amount == candidate.instalment:
        return "the next instalment of its plan"
    return None


def _is_usual_part(candidate: Candidate, amount: Decimal) -> bool:
    """Whether people pay such an amount of an invoice: a round sum, a half, a third or a quarter, or nearly all of it."""
    owed = candidate.balance
    if amount >= owed:
        return amount - owed < ROUNDED_UP
    divided = any(abs(whole - amount * parts) <= parts for whole in (owed, candidate.principal) for parts in (2, 3, 4))
    return amount % ROUND_SUM == 0 or owed - amount <= ROUNDED_DOWN or divided


def _sum_of(candidates: Sequence[Candidate], amount: Decimal) -> tuple[Share, ...] | None:
    """The shares where the amount is what is owed on all of these together, with fees and interest or without."""
    for owed in ([c.balance for c in candidates], [c.principal for c in candidates]):
        if len(candidates) > 1 and sum(owed) == amount and min(owed) > ZERO:
            return tuple(map(Share, candidates, owed))
    return None


def _sums(theirs: Sequence[_Signs], amount: Decimal, besides: _Signs | None = None) -> list[tuple[Share, ...]]:
    """The ways in which an amount is the sum of several of a debtor's open invoices; at most two are told.

    `besides` is one that every sum must hold.
    """
    fixed = (besides.candidate,) if besides else ()
    candidates = [s.candidate for s in theirs]
    if len(candidates) >= MOST_OF_A_DEBTOR:  # there may be more than we know of
        return []
    everything = _sum_of([*fixed, *candidates], amount)
    if everything:
        return [everything]
    if len(candidates) > MOST_SUMMED:
        return []
    ways: dict[Decimal, tuple[tuple[Candidate, ...], ...]] = {sum((c.balance for c in fixed), ZERO): (fixed,)}
    for candidate in candidates:
        for total, chosen in list(ways.items()):
            longer = total + candidate.balance
            if longer <= amount:
                ways[longer] = (*ways.get(longer, ()), *((*some, candidate) for some in chosen))[:2]
    found = [chosen for chosen in ways.get(amount, ()) if len(chosen) > 1]
    return [tuple(Share(candidate, candidate.balance) for candidate in chosen) for chosen in found]


def _sum_in_words(shares: Sequence[Share]) -> str:
    return f"the amount is the sum of {len(shares)} open invoices of this debtor"


# --- signs ------------------------------------------------------------------------------------------------------


def _signs(clue: Clue, candidate: Candidate) -> _Signs:
    asked = searched(clue)
    references = [ref for ref in (candidate.reference, candidate.plan_reference) if ref]
    in_text: InText | None = None
    if any(ref in asked.in_text for ref in references):
        in_text = "reference"
    elif candidate.number in asked.numbers:
        in_text = "number"
    elif number_key(candidate.number) in asked.keys:
        in_text = "number (written otherwise)"
    return _Signs(
        candidate=candidate,
        fit=_fit(candidate, clue.amount),
        named=_named(clue, candidate),
        slip=next((asked.corrected[ref] for ref in references if ref in asked.corrected), None),
        in_text=in_text,
        customer=candidate.customer_number in asked.customers,
        called=candidate.number in asked.called or candidate.customer_number in asked.called,
        name=likeness(clue.payer_name or "", candidate.debtor_name),
        name_in_text=is_in(clue.text or "", candidate.debtor_name),
        account=candidate.payer_known,
    )


def _ranked(signs: Iterable[_Signs]) -> tuple[Ranked, ...]:
    ranked = [_rank(s) for s in signs]
    best = sorted(
        (r for r in ranked if r.score > 0), key=lambda r: (-r.score, r.candidate.due_date, r.candidate.invoice_id)
    )
    return tuple(best[:MOST_RANKED])


def _rank(s: _Signs) -> Ranked:
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
