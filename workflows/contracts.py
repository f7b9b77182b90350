"""What goes in and out of a case's workflow. No personal data: ids, amounts, dates and reason codes."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

TASK_QUEUE = "purr"
LEARNING_QUEUE = "learning"  # of a worker that alone loads what learning needs
WAIT = "wait"
CLOSE = "close"

Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:@+-]*$")]


CANCELLED_BY = "temporal-cancel"  # whoever cancels a case in the web UI
OWN_NAMES = frozenset(
    {"purr", "breaker", "debtor", "adviser", "guardian", "estate", CANCELLED_BY, "collection partner"}
)
"""Who the diary names where nobody gave an order: names that nobody else bears."""


def why_own(name: str) -> str | None:
    """Why nobody who gives an order may bear a name, in words; None for a name that is not one of Purr's own."""
    return (
        f"{name} is a name of Purr's own: say who decides" if " ".join(name.casefold().split()) in OWN_NAMES else None
    )


def not_an_own_name(name: str) -> str:
    """The name of whoever gives an order; ValueError for one of Purr's own."""
    if why := why_own(name):
        raise ValueError(why)
    return name


By = Annotated[Code, AfterValidator(not_an_own_name)]


def _day_alone(given: object) -> object:
    """A day that was written without a clock time stays a day."""
    return date.fromisoformat(given) if isinstance(given, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", given) else given


Until = Annotated[datetime | date, BeforeValidator(_day_alone)]
"""A moment with its zone; or a day, which lasts until its end where the debtor is."""


def why_past(until: datetime, now: datetime) -> str | None:
    """Why nothing can last until a moment, in words; None when it is ahead of `now` (UTC)."""
    if until.tzinfo is None or until > now:
        return None
    return f"{until.isoformat()} is past: give a moment ahead, or none"


class _Told(BaseModel):
    """Results and news: a version knows what it can of what a newer one tells."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Asked(BaseModel):
    """Orders: what is not understood is not done."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Case(_Told):
    """Whose invoice a case is about; its workflow id is `dunning/<creditor>/<invoice>`."""

    creditor: str
    invoice: str


class Story(_Told):
    """How a diary goes on: of what is shown the lines from `first` up to `last` stay (None: to the end), `lines` follow."""

    first: int = 0
    last: int | None = None
    lines: tuple[str, ...] = ()


class Next(_Told):
    """What the case does next: `act` is the activity's name, or wait or close; `at` is UTC, None until news comes."""

    act: str
    at: datetime | None = None
    why: str
    label: str  # as a person reads it in the web UI
    step: str = ""
    channel: str = ""
    queue: str = TASK_QUEUE
    outcome: str = ""
    seen: int = 0  # the news this decision has seen
    open_steps: tuple[str, ...] = ()  # steps that can still be skipped or sent now
    amount_due: Decimal = Decimal(0)
    due_date: date | None = None
    on_hold: bool = False
    diary: str = ""  # what was just done
    flag: str | None = None  # what a person must look at, "" for nothing; None where nothing is said of flags
    customer_number: str | None = None  # the creditor's, where it may be shown; None: nothing is said of it
    stands: tuple[str, ...] | None = None  # what is owed, and what stands in the case now; None: as before
    story: Story | None = None  # how the diary goes on; None: as it is

    def why_not_ahead(self, step: str) -> str | None:
        """Why a step can be neither skipped nor sent now, in words; None when it is ahead."""
        if step in self.open_steps:
            return None
        return f"{step!r} is no step ahead in this case; ahead are: {', '.join(self.open_steps) or 'none'}"

    @property
    def closes_case(self) -> bool:
        """Whether this is the end."""
        return self.act == CLOSE


class Act(_Told):
    """What an act is told: the case, and the step and channel it was decided for. The facts know the rest."""

    case: Case
    step: str
    channel: str


class News(_Told):
    """Something happened. From our own doors the fact is stored and `seq` counts it; without it the case looks again."""

    seq: int | None = None


class PaymentReceived(News):
    """A payment. Told by somebody else than our doors it brings the money itself, booked once under the provider's id."""

    provider: Code | None = None
    payment_id: Code | None = None
    amount: Decimal | None = Field(default=None, max_digits=14, decimal_places=2)
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    booked_on: date | None = None

    @property
    def brings_money(self) -> bool:
        """Whether the signal itself carries the payment, or a part of what belongs to one."""
        return any(each is not None for each in (self.payment_id, self.amount, self.currency))


_CODE = "at most 64 letters, digits, spaces and . _ : @ + -"


class Order(_Asked):
    """A command: who gives it and the reason as a code. Free text belongs in the facts, not here.

    A field's description is what is allowed in it, in words: whoever gives another value reads it.
    """

    by: Code = Field(description=f"who decides, {_CODE}", examples=["anne"])
    reason_code: Code = Field(description=f"why, as a short code, {_CODE}", examples=["asked-for-time"])


class Hold(Order):
    """Pause the case, until a moment ahead or until it is released."""

    until: Until | None = Field(
        default=None,
        description="a moment ahead with its zone, or a day, which counts to its end, or left out",
        examples=["2099-12-24T11:00:00Z"],
    )


class StepOrder(Order):
    """A command about one step."""

    step: str = Field(description="the id of a step ahead in the case's policy", examples=["reminder"])


class Dispute(Order):
    """The debtor disagrees: with all of it, which stops the case, or with a part, and the rest goes on."""

    amount: Decimal | None = Field(
        default=None,
        gt=0,
        max_digits=14,
        decimal_places=2,
        description="the disputed part, above zero with at most two decimals, or left out: all of it",
        examples=["300.00"],
    )


class ResolveDispute(Order):
    """The dispute is decided: upheld withdraws the case, rejected gives the debtor new days."""

    upheld: bool = Field(description="true where the debtor is right, else false", examples=[False])


class Incoming(_Told):
    """What a signal or update brought, to be stored: money, an order (decoded by its name), or what nobody can read."""

    id: str
    name: str
    payment: PaymentReceived | None = None
    order: dict[str, Any] | None = None
    own: bool = False  # nobody's order: what a cancellation means
    unreadable: bool = False  # nothing of what came is repeated
    wrong: str = ""  # what is wrong with what cannot be read, in words


class Look(_Told):
    """A look at the facts: at the case's own moment, after storing what signals brought."""

    case: Case
    now: datetime
    brought: tuple[Incoming, ...] = ()
    shown: tuple[str, ...] = ()  # the diary as the case shows it


class RecordOrder(_Told):
    """A command on its way to the facts."""

    case: Case
    now: datetime
    brought: Incoming
    shown: tuple[str, ...] = ()


class BankFileFound(_Told):
    """A bank file in the folder, by its name there and its content."""

    name: str
    sha256: str


class BankFileAsked(_Told):
    """What is asked about a bank file, and who has accepted it in spite of its flags."""

    file: BankFileFound
    accepted_by: Code | None = None


class BankFileEnds(_Told):
    """A bank file is put away: done, or refused, now or when the same came before."""

    file: BankFileFound
    is_refused: bool = False
    refused: Order | None = None


class BankFileStands(_Told):
    """How far a bank file is. Its account numbers are the creditors' own.

    `flagged`: it waits, or part of it does; `booking`: there is something to book; `gone`: it is not in the folder.
    """

    file: str
    state: Literal["flagged", "booking", "done", "refused", "gone"]
    flags: tuple[str, ...] = ()
    acceptable: bool = False  # a person may accept what is flagged
    transactions: int = 0
    totals: dict[str, Decimal] = {}
    position: int = 0
    booked: int = 0
    known: int = 0
    review: int = 0
    left_out: int = 0
    imported_through: dict[str, date] = {}


class Acceptance(_Asked):
    """A person has looked at what is flagged and wants it booked."""

    by: Code


class ManyAsked(_Told):
    """Which order to many cases: the facts know all of it."""

    order: int


class ManyStands(_Told):
    """How far an order is: cases that it is done to, that were refused, and that there were."""

    done: int
    refused: int
    of: int
    ended: bool
