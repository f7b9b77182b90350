"""Every kind of message: what its words must say and must never say, and which facts they cannot do without."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from domain.claim_words import NEVER_SAID
from domain.countries.registry import country_of
from domain.languages import EVERYWHERE
from messages.languages import FOLDER, Locale, language_of, words_in


@dataclass(frozen=True, slots=True, eq=False)
class MessageSpec:
    """One kind of message; what the planner goes by is in `domain.vocabulary`, under the same name."""

    name: str
    """The template's, and as it is stored: never changed."""
    headings: Mapping[str, str] = field(default_factory=dict)
    """By language; else the table of words has them."""
    forbidden: tuple[str, ...] = ()
    """What its words never say in any language, in small letters, beside what the table of words has of it."""
    must_say: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What its long words always say, by language, in small letters, where the table of words has not that."""
    never: tuple[str, ...] = ()
    """By which rows of the table of words it never says something."""
    one_tone: bool = False
    """The same words in every tone: the law's (practice, Form), and those that are always kind."""
    needs: tuple[str, ...] = ()
    """The facts of a content without which it says nothing."""
    lead: Literal["to_pay", "paid_amount", "plan_total", "handed_off_amount", "drawn_amount"] = "to_pay"
    """The amount it opens with; any but the first is not asked for by a day."""
    deadline: Literal["pay_by", "new_deadline"] = "pay_by"
    """What it calls the day by which to pay."""
    of_statement: bool = False
    """It lists all that is owed, and one payment with a reference of its own pays what it asks for."""
    of_direct_debit: bool = False
    """It speaks of a mandate or a draw: no country without direct debit has it."""
    of_plan: bool = False
    """It asks for payments with the reference of an instalment plan."""
    shows_parts: bool = False
    """It tells principal, fees and interest apart."""
    shows_issue_date: bool = False
    legal_form: bool = False
    """The law's own form: by letter or email alone, its parts are always stated, and it offers what the law asks."""
    may_be_declined: bool = False
    """Neither the law nor an agreement wants it sent: whoever gets its emails may ask for no more (RFC 8058)."""
    of_no_claim: bool = False
    """What is told to many: it says nothing of what is owed, and its words are written for each."""
    offers_in_words: bool = False
    """It says in its own words what to do when something is wrong."""
    folder: Path = FOLDER
    """Where its templates are, in a folder for each language."""

    def heading(self, locale: Locale, country: str) -> str:
        """How it is headed under the law of a country."""
        written = self.headings.get(language_of(locale)) or str(_table(locale)["headings"][self.name])
        return written.format(direct_debit=country_of(country).direct_debit)

    def always_says(self, locale: Locale) -> Sequence[str]:
        """What its long words always say, in small letters: whom they invite."""
        return self.must_say.get(language_of(locale)) or _table(locale)["always"].get(self.name, ())

    def never_says(self, locale: Locale, *more: str) -> Sequence[str]:
        """What its words never say, in small letters, by its rows of the table of words and `more` of them.

        Nor do they in English, in which somebody may put an own word into a text of any language.
        """
        rows = ("any message", *self.never, *more)
        tables = [_table(each)["never"] for each in dict.fromkeys((locale, EVERYWHERE))]
        return (*self.forbidden, *(word for table in tables for row in rows for word in table.get(row, ())))


def _table(locale: Locale) -> Mapping[str, Any]:
    """The table of words: how each kind of message is headed, and what it says always and never."""
    return words_in(locale, "table.yaml")


SPECS: dict[str, MessageSpec] = {
    spec.name: spec
    for spec in (
        MessageSpec("invoice", never=("collection",), shows_issue_date=True),
        MessageSpec("due-date-reminder", never=("collection",), may_be_declined=True),
        MessageSpec(
            "reminder",
            never=("threats",),
            needs=("deadline",),
            deadline="new_deadline",
            shows_parts=True,
            may_be_declined=True,
        ),
        MessageSpec(
            "block-warning",
            never=("threats", "blame"),
            one_tone=True,
            needs=("deadline",),
            shows_parts=True,
        ),
        MessageSpec(
            "termination-warning",
            never=("threats", "blame"),
            one_tone=True,
            needs=("deadline",),
            shows_parts=True,
        ),
        MessageSpec(
            "collection-notice",
            never=("reminding",),
            one_tone=True,
            needs=("deadline",),
            shows_parts=True,
            shows_issue_date=True,
            legal_form=True,
        ),
        MessageSpec(
            "notice-alert",
            never=("collection", "the law's"),
            one_tone=True,
            may_be_declined=True,
        ),
        MessageSpec(
            "failed-draw",
            of_direct_debit=True,
            never=("collection", "blame"),
            one_tone=True,
        ),
        MessageSpec(
            "handed-off",
            never=("demand",),
            needs=("collection_partner",),
            lead="handed_off_amount",
        ),
        MessageSpec(
            "paid",
            never=("collection",),
            needs=("paid_amount",),
            lead="paid_amount",
            offers_in_words=True,
            may_be_declined=True,
        ),
        MessageSpec(
            "credit-used",
            never=("collection", "blame", "threats"),
            one_tone=True,
            needs=("paid_amount",),
            lead="paid_amount",
            may_be_declined=True,
        ),
        MessageSpec(
            "plan-agreed",
            never=("collection",),
            one_tone=True,
            needs=("plan",),
            lead="plan_total",
            of_plan=True,
        ),
        MessageSpec(
            "instalment-due",
            never=("collection",),
            one_tone=True,
            needs=("deadline", "plan", "plan.asks_for"),
            of_plan=True,
            may_be_declined=True,
        ),
        MessageSpec(
            "plan-broken",
            never=("collection", "blame", "threats"),
            one_tone=True,
            needs=("deadline", "plan", "plan.asks_for"),
            of_plan=True,
        ),
        MessageSpec(
            "statement",
            never=("collection", "blame", "threats"),
            one_tone=True,
            needs=("statement",),
            of_statement=True,
            may_be_declined=True,
        ),
        MessageSpec(
            "promise-broken",
            never=("collection", "blame", "threats"),
            one_tone=True,
            needs=("promised_on",),
        ),
        MessageSpec(
            "dispute-rejected",
            never=("collection", "blame", "threats"),
            one_tone=True,
            needs=("deadline",),
            deadline="new_deadline",
        ),
        MessageSpec(
            "answer",
            never=("collection", "blame", "threats"),
            one_tone=True,
            needs=("answer",),
        ),
        MessageSpec(
            "announcement",
            forbidden=NEVER_SAID,
            one_tone=True,
            needs=("announcement",),
            of_no_claim=True,
            offers_in_words=True,
            may_be_declined=True,
        ),
        MessageSpec(
            "payment-not-found",
            never=("collection", "blame", "threats"),
            one_tone=True,
            needs=("deadline",),
            deadline="new_deadline",
        ),
        MessageSpec(
            "payment-link",
            never=("collection", "blame", "threats"),
            one_tone=True,
        ),
        MessageSpec(
            "address-given",
            never=("collection", "blame", "threats"),
            one_tone=True,
        ),
        MessageSpec(
            "payment-abandoned",
            never=("collection", "blame"),
            one_tone=True,
            may_be_declined=True,
        ),
        MessageSpec(
            "due-date-moved",
            never=("collection", "blame", "threats"),
            one_tone=True,
            needs=("deadline",),
        ),
        MessageSpec(
            "mandate-pending",
            of_direct_debit=True,
            never=("collection", "blame", "threats"),
            one_tone=True,
            may_be_declined=True,
        ),
        MessageSpec(
            "draw-returned",
            of_direct_debit=True,
            never=("collection", "blame", "threats"),
            one_tone=True,
        ),
        MessageSpec(
            "draw-goes-on",
            of_direct_debit=True,
            never=("collection", "blame", "threats"),
            one_tone=True,
            needs=("deadline",),
            lead="drawn_amount",
        ),
        MessageSpec(
            "draw-called-off",
            of_direct_debit=True,
            never=("collection", "blame", "threats"),
            one_tone=True,
            needs=("deadline",),
        ),
        MessageSpec(
            "draw-announced",
            of_direct_debit=True,
            never=("collection", "blame", "threats"),
            one_tone=True,
            needs=("draws",),
            lead="drawn_amount",
        ),
    )
}
"""Every kind by its name."""
DRAWN = SPECS["draw-announced"]
"""Whose words any message has of which nothing is left to be paid by hand."""
CREDITED = SPECS["credit-used"]
"""The same where it is credit of other invoices that will pay all of it."""
