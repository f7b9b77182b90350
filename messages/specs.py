"""Every kind of message: what its words must say and must never say, and which facts they cannot do without."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from domain.claim_words import NEVER_SAID

Language = Literal["nb", "en"]
LANGUAGES: tuple[Language, ...] = ("nb", "en")
FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, eq=False)
class MessageSpec:
    """One kind of message; what the planner goes by is in `domain.vocabulary`, under the same name."""

    name: str
    """The template's, and as it is stored: never changed."""
    headings: Mapping[Language, str]
    forbidden: tuple[str, ...]
    """What its words never say, in small letters."""
    must_say: Mapping[Language, tuple[str, ...]] = field(default_factory=dict)
    """What its long words always say, in small letters: whom they invite and what help they name."""
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


_COLLECTION = ("inkasso", "purring", "gebyr", "debt collection", "reminder", "fee ")
_BLAME = ("din feil", "skyld", "brutt", "your fault", "you failed", "you broke", "blame")
_THREATS = (
    *("inkasso", "rettslig", "namsmann", "forliksråd", "betalingsanmerkning", "konsekvens"),
    *("collection", "court", "legal", "enforcement", "consequence", "credit rating"),
)
# Who would be in danger, disagrees or cannot pay is asked to say so, and told where help is.
_OF_A_SERVICE: Mapping[Language, tuple[str, ...]] = {
    "nb": ("farlig", "uenig", "vanskelig å betale", "nav ", "55 55 33 39"),
    "en": ("dangerous", "disagree", "difficulty paying", "nav ", "55 55 33 39"),
}

# What a notice says of what comes next, of disagreeing, and of help (practice, Form).
_OF_A_NOTICE: Mapping[Language, tuple[str, ...]] = {
    "nb": ("til inkasso", "kostnader", "uenig", "stanser vi saken", "vanskelig å betale", "nav ", "55 55 33 39"),
    "en": ("debt collection", "costs", "disagree", "stop the case", "difficulty paying", "nav ", "55 55 33 39"),
}

SPECS: dict[str, MessageSpec] = {
    spec.name: spec
    for spec in (
        MessageSpec("invoice", {"nb": "Faktura", "en": "Invoice"}, _COLLECTION, shows_issue_date=True),
        MessageSpec(
            "due-date-reminder", {"nb": "Forfaller i dag", "en": "Due today"}, _COLLECTION, may_be_declined=True
        ),
        MessageSpec(
            "reminder",
            {"nb": "Purring", "en": "Reminder"},
            _THREATS,
            needs=("deadline",),
            deadline="new_deadline",
            shows_parts=True,
            may_be_declined=True,
        ),
        MessageSpec(
            "block-warning",
            {"nb": "Tjenesten kan bli stengt", "en": "Your service may be paused"},
            (*_THREATS, *_BLAME),
            must_say=_OF_A_SERVICE,
            one_tone=True,
            needs=("deadline",),
            shows_parts=True,
        ),
        MessageSpec(
            "termination-warning",
            {"nb": "Avtalen kan bli avsluttet", "en": "Your contract may end"},
            (*_THREATS, *_BLAME),
            must_say=_OF_A_SERVICE,
            one_tone=True,
            needs=("deadline",),
            shows_parts=True,
        ),
        MessageSpec(
            "collection-notice",
            {"nb": "Inkassovarsel", "en": "Collection notice (inkassovarsel)"},
            ("purring", "reminder"),
            must_say=_OF_A_NOTICE,
            one_tone=True,
            needs=("deadline",),
            shows_parts=True,
            shows_issue_date=True,
            legal_form=True,
        ),
        MessageSpec(
            "notice-alert",
            {"nb": "Viktig brev til deg", "en": "Important letter for you"},
            (*_COLLECTION, "collection"),
            one_tone=True,
            may_be_declined=True,
        ),
        MessageSpec(
            "failed-draw",
            {"nb": "Trekket gikk ikke gjennom", "en": "Payment not drawn"},
            (*_COLLECTION, *_BLAME),
            one_tone=True,
        ),
        MessageSpec(
            "handed-off",
            {"nb": "Saken er oversendt", "en": "Case transferred"},
            ("konto:", "account:", "purring", "gebyr", "reminder"),
            needs=("collection_partner",),
            lead="handed_off_amount",
        ),
        MessageSpec(
            "paid",
            {"nb": "Takk", "en": "Thank you"},
            _COLLECTION,
            needs=("paid_amount",),
            lead="paid_amount",
            offers_in_words=True,
            may_be_declined=True,
        ),
        MessageSpec(
            "credit-used",
            {"nb": "Penger til gode", "en": "Your credit"},
            (*_COLLECTION, *_BLAME, *_THREATS),
            one_tone=True,
            needs=("paid_amount",),
            lead="paid_amount",
            may_be_declined=True,
        ),
        MessageSpec(
            "plan-agreed",
            {"nb": "Betalingsplanen din", "en": "Your instalment plan"},
            _COLLECTION,
            one_tone=True,
            needs=("plan",),
            lead="plan_total",
            of_plan=True,
        ),
        MessageSpec(
            "instalment-due",
            {"nb": "Et avdrag forfaller snart", "en": "Instalment due soon"},
            _COLLECTION,
            one_tone=True,
            needs=("deadline", "plan", "plan.asks_for"),
            of_plan=True,
            may_be_declined=True,
        ),
        MessageSpec(
            "plan-broken",
            {"nb": "Et avdrag mangler", "en": "An instalment is missing"},
            (*_COLLECTION, *_BLAME, *_THREATS),
            one_tone=True,
            needs=("deadline", "plan", "plan.asks_for"),
            of_plan=True,
        ),
        MessageSpec(
            "statement",
            {"nb": "Kontoutskrift", "en": "Statement of account"},
            (*_COLLECTION, *_BLAME, *_THREATS),
            one_tone=True,
            needs=("statement",),
            of_statement=True,
            may_be_declined=True,
        ),
        MessageSpec(
            "promise-broken",
            {"nb": "Vi venter på betalingen", "en": "We are waiting for your payment"},
            (*_COLLECTION, *_BLAME, *_THREATS),
            one_tone=True,
            needs=("promised_on",),
        ),
        MessageSpec(
            "dispute-rejected",
            {"nb": "Svar på innvendingen din", "en": "Answer to your objection"},
            (*_COLLECTION, *_BLAME, *_THREATS),
            one_tone=True,
            needs=("deadline",),
            deadline="new_deadline",
        ),
        MessageSpec(
            "answer",
            {"nb": "Svar på meldingen din", "en": "Answer to your message"},
            (*_COLLECTION, *_BLAME, *_THREATS),
            one_tone=True,
            needs=("answer",),
        ),
        MessageSpec(
            "announcement",
            {"nb": "Til deg som er kunde", "en": "To you as a customer"},
            NEVER_SAID,
            one_tone=True,
            needs=("announcement",),
            of_no_claim=True,
            offers_in_words=True,
            may_be_declined=True,
        ),
        MessageSpec(
            "payment-not-found",
            {"nb": "Vi finner ikke betalingen din", "en": "We cannot find your payment"},
            (*_COLLECTION, *_BLAME, *_THREATS),
            one_tone=True,
            needs=("deadline",),
            deadline="new_deadline",
        ),
        MessageSpec(
            "payment-link",
            {"nb": "Slik betaler du", "en": "How to pay"},
            (*_COLLECTION, *_BLAME, *_THREATS),
            one_tone=True,
        ),
        MessageSpec(
            "address-given",
            {"nb": "Vi har fått en ny adresse", "en": "We were given a new address"},
            (*_COLLECTION, *_BLAME, *_THREATS),
            one_tone=True,
        ),
        MessageSpec(
            "payment-abandoned",
            {"nb": "Betalingen ble ikke fullført", "en": "Payment not completed"},
            (*_COLLECTION, *_BLAME),
            one_tone=True,
            may_be_declined=True,
        ),
        MessageSpec(
            "due-date-moved",
            {"nb": "Ny forfallsdato", "en": "New due date"},
            (*_COLLECTION, *_BLAME, *_THREATS),
            one_tone=True,
            needs=("deadline",),
        ),
        MessageSpec(
            "mandate-pending",
            {"nb": "AvtaleGiro gjelder ikke ennå", "en": "AvtaleGiro is not in force yet"},
            (*_COLLECTION, *_BLAME, *_THREATS),
            one_tone=True,
            may_be_declined=True,
        ),
        MessageSpec(
            "draw-returned",
            {"nb": "Trekket ble tilbakeført", "en": "The draw was reversed"},
            (*_COLLECTION, *_BLAME, *_THREATS),
            one_tone=True,
        ),
        MessageSpec(
            "draw-goes-on",
            {"nb": "Beløpet trekkes fra kontoen", "en": "The amount is drawn from your account"},
            (*_COLLECTION, *_BLAME, *_THREATS),
            one_tone=True,
            needs=("deadline",),
            lead="drawn_amount",
        ),
        MessageSpec(
            "draw-called-off",
            {"nb": "Beløpet trekkes ikke", "en": "The amount is not drawn"},
            (*_COLLECTION, *_BLAME, *_THREATS),
            one_tone=True,
            needs=("deadline",),
        ),
        MessageSpec(
            "draw-announced",
            {"nb": "Beløpet trekkes snart", "en": "Payment will be drawn"},
            (*_COLLECTION, *_BLAME, *_THREATS),
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
