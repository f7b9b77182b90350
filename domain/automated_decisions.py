"""Every kind of decision about a person that Purr makes by itself: by what, on what ground, who is in it, and how to object."""

from dataclasses import dataclass
from typing import Final

from domain.planner.action import ActionKind
from domain.planner.credit import USE_CREDIT

CONTRACT: Final = "GDPR art. 6 (1) b and f: the contract, and the creditor's interest in being paid"
LAW: Final = "GDPR art. 6 (1) c and f: the law of reminding, and the creditor's interest in being paid"
INTEREST: Final = "GDPR art. 6 (1) f: an interest that the debtor may object to, and then nothing of it is left"
BY_POLICY: Final = "people wrote the policy; anybody at the desk may hold, skip or stop it, for one or for all"
APPROVED: Final = "a person approves each one, and sees what it rests on"
READ_BY: Final = "a person reads it and decides; until then reminders only wait"
WATCHED: Final = "people see it at the desk, may switch it off at once, and a control tells of what drifts"
SAY_SO: Final = "say so on the invoice page or to the creditor: a dispute, a hold or a person, and reminders stop"
NO_PROFILING: Final = (
    "say no to profiling on the invoice page: what was guessed is erased at once, and nobody learns from it"
)
ANSWER: Final = "answer, and a person reads it"


@dataclass(frozen=True, slots=True)
class AutomatedDecision:
    """A kind of decision, in sentences. `model`: what was learned that it uses; `actions`: what of the planner it is."""

    name: str
    logic: str
    basis: str
    human: str
    objecting: str
    data: str
    model: str | None = None
    actions: tuple[ActionKind, ...] = ()


REGISTER: Final = (
    AutomatedDecision(
        "send a message",
        "the policy's step is due by its date, is not paid, disputed, held or stopped, and the law and the contact caps allow it",
        CONTRACT,
        BY_POLICY,
        SAY_SO,
        "the invoice, its payments, what was sent and read, contact points, what is known of the debtor's life",
        actions=(ActionKind.DELIVER, ActionKind.TELL_OF_DRAW),
    ),
    AutomatedDecision(
        "choose the channel",
        "the first of the step's channels that reaches the debtor; the next one where it was not read in time or came back",
        CONTRACT,
        BY_POLICY,
        SAY_SO,
        "contact points, what was delivered and read, what the debtor said no to",
    ),
    AutomatedDecision(
        "charge a fee",
        "the policy asks for one, and the country's dated rules allow it: never more, and one for all that goes together",
        LAW,
        BY_POLICY,
        SAY_SO,
        "the invoice, what was sent before, the law of the day",
    ),
    AutomatedDecision(
        "send a notice",
        "the policy's step is due, what the law asks for before was sent, its days have passed, and bank data are fresh",
        LAW,
        BY_POLICY,
        SAY_SO,
        "the invoice, its payments, what was sent and when it arrived, the law of the day",
    ),
    AutomatedDecision(
        "block a service",
        "the debtor was warned as the law asks, the days have passed, and nothing stands against it (danger, a dispute, a plan)",
        LAW,
        BY_POLICY,
        SAY_SO,
        "the invoice, its payments, the warning, what is known of the debtor's life",
        actions=(ActionKind.BLOCK_SERVICE,),
    ),
    AutomatedDecision(
        "ask a person to end a service",
        "the debtor was warned as the law asks, and the days have passed: a person decides",
        LAW,
        APPROVED,
        SAY_SO,
        "the invoice, its payments, the warning, what is known of the debtor's life",
        actions=(ActionKind.TERMINATE_SERVICE,),
    ),
    AutomatedDecision(
        "ask a person to hand a case off",
        "the notice was sent, its days have passed, and bank data are fresh: a person decides whether it goes to collection",
        LAW,
        APPROVED,
        SAY_SO,
        "the invoice, its payments, the notice, what the debtor wrote, what losing the customer costs",
        actions=(ActionKind.REQUEST_APPROVAL, ActionKind.HAND_OFF),
    ),
    AutomatedDecision(
        "ask a person to act",
        "a call, an address or a decision is due by the policy, or nobody can be reached",
        CONTRACT,
        READ_BY,
        ANSWER,
        "the invoice, contact points, what was sent and read",
        actions=(ActionKind.OPEN_CALL_TASK, ActionKind.OPEN_ADDRESS_TASK, ActionKind.OPEN_DECISION_TASK),
    ),
    AutomatedDecision(
        "end a plan",
        "an instalment stayed unpaid after the one chance that the debtor was given, or all of it is paid",
        CONTRACT,
        BY_POLICY,
        SAY_SO,
        "the plan and its payments",
        actions=(ActionKind.END_PLAN,),
    ),
    AutomatedDecision(
        "change what is owed in the debtor's favour",
        "interest that never ran is taken back, credit pays what is owed, and by the creditor's rule a small remainder is let go",
        LAW,
        BY_POLICY,
        SAY_SO,
        "the invoice and its payments",
        actions=(ActionKind.TAKE_BACK_INTEREST, USE_CREDIT, ActionKind.WRITE_OFF),
    ),
    AutomatedDecision(
        "go on, wait or close a case",
        "by what is paid, promised, agreed, disputed, held or moved",
        CONTRACT,
        BY_POLICY,
        SAY_SO,
        "the invoice, its payments and its agreements",
        actions=(ActionKind.NEW_ROUND, ActionKind.WAIT, ActionKind.CLOSE),
    ),
    AutomatedDecision(
        "sort a message that came in",
        "rules for legal stops first, then what was learned of words: where it may be a stop, reminders are held at once",
        INTEREST,
        READ_BY,
        ANSWER,
        "the words of the message alone",
        model="words",
    ),
    AutomatedDecision(
        "guess when an invoice is paid, why it is late, how a debtor pays, and who is alike",
        "from a list of allowed features of the debtor's own past; shown with its reasons, and used for optional steps alone",
        INTEREST,
        WATCHED,
        NO_PROFILING,
        "invoices, payments, messages and agreements of the past, facts from outside that were told for it",
        model="payment",
    ),
    AutomatedDecision(
        "take or leave out an optional step",
        "by the policy's words for whom it is; it moves nothing of the plan: no fee, deadline, notice, block or hand-off",
        INTEREST,
        BY_POLICY,
        NO_PROFILING,
        "the chance to be paid, the segment, and what the creditor told of the customer",
        model="payment",
    ),
    AutomatedDecision(
        "put a debtor into an arm of an experiment",
        "by chance alone, once for each experiment; arms differ in channel, hour, tone or wording of kind contacts",
        INTEREST,
        WATCHED,
        NO_PROFILING,
        "the debtor's number here, and nothing else",
    ),
    AutomatedDecision(
        "propose how a kind contact goes",
        "what was learned of channel, hour, tone and wording, within what the policy lets be learned, and sometimes by chance",
        INTEREST,
        WATCHED,
        NO_PROFILING,
        "what came of contacts before",
    ),
    AutomatedDecision(
        "let a kind contact go as was proposed or in its arm",
        "by the arm of the debtor, else by what is proposed while it is fresh, on the step's own day; else as it is written",
        INTEREST,
        BY_POLICY,
        NO_PROFILING,
        "the arm, or the proposal",
        model="contacts",
    ),
)
"""All of them. A test fails for an action of the planner that is in none, and for a reader of guesses that it knows for none."""
