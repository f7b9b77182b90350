"""What can be done to a case at the desk: each act with its key, its role, what its form asks, and the command that does it.

No rule stands here: what is refused is refused by the command, in its own words.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, get_args

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.agreement.plan import AgreeOnPlan, EndPlan, offer
from commands.agreement.promise import PromiseToPay, WithdrawPromise
from commands.case.credit import UndoCredit, UseCredit
from commands.case.dispute import Dispute, ResolveDispute
from commands.case.due_date import MoveDueDate
from commands.case.hand_off import ApproveHandOff, RejectHandOff
from commands.case.hold import Hold, Release
from commands.case.note import WriteNote
from commands.case.pay_back import PayBack
from commands.case.policy import ChoosePolicy
from commands.case.send_link import SendLink
from commands.case.steps import SendNow, Skip, UndoSendNow, UndoSkip
from commands.case.waive_fees import WaiveFees
from commands.case.withdraw import Unwithdraw, Withdraw
from commands.case.write_off import AskWriteOff, WriteOff
from commands.command import Command, in_words
from commands.debtor.change import DebtorChange, NoAddress, change_known
from commands.record import record, why_refused
from domain.agreements.instalments import WHY_NO_OFFER
from domain.desk.roles import Act
from domain.invoices.incoming import DebtorKind, IncomingCreditNote
from domain.moment import zones
from domain.parties.life_events import LifeKind
from domain.parties.standing import Standing, Thing, standing_of
from domain.planner.obstacles import why_not
from facts.desk.users import User
from facts.invoices.invoices import amount_in_force
from facts.money import refund_orders
from facts.parties.debtors import Operator
from facts.refusals import CommandRefused, Conflict, Refused
from messages import figures
from planning.service import Planning, next_in_words
from web.desk.at_case import AtCase
from web.desk.fields import Choice, Field, NotAsAsked
from web.services import Services

REASONS: Final = ("asked", "agreed", "checked", "hardship", "our-mistake", "other")
"""Why somebody does something, as short codes that every report knows; more stands in the note."""
SAID: Final = ("agreed", "asked", "other")
TAKEN_BACK: Final = ("our-mistake", "asked", "other")
JUDGED: Final = ("checked", "agreed", "our-mistake", "other")
ONE_WEEK, TWO_WEEKS = timedelta(days=7), timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Doing:
    """Something on its way: `id` is claimed for it, `given` is what its form's own fields say, each read."""

    connection: AsyncConnection
    services: Services
    deed: "Deed"
    case: AtCase
    id: str
    by: str
    reason: str
    note: str | None
    given: Mapping[str, Any]

    @property
    def planning(self) -> Planning:
        """Who plans."""
        return self.services.planning

    async def record(self, kind: type[Command[Any]], **more: Any) -> None:
        """Give a command to the case, once. Raises CommandRefused."""
        asked = {"by": self.by, "reason_code": self.reason, "note": self.note} | more
        command = kind.model_validate(asked)
        await record(self.connection, self.planning, self.case.id, command, f"{self.id}/{kind.name}", self.case.now)


WhyNot = Callable[[AtCase], str | None]


@dataclass(frozen=True, slots=True)
class Deed:
    """One act: its name stands in its address, and `word`, `done` and `hint` in the desk's texts."""

    name: str
    key: str
    needs: Act
    do: Callable[[Doing], Awaitable[None]]
    why_not: WhyNot
    """Why it cannot be done to a case whatever is asked, in words; None where its form decides."""
    fields: tuple[Field, ...] = ()
    reasons: tuple[str, ...] = REASONS

    @property
    def all_fields(self) -> tuple[Field, ...]:
        """Its own, then why."""
        reasons = self.reasons

        def choices(_case: AtCase) -> Sequence[Choice]:
            return [(each, f"reason_{each}") for each in reasons]

        why = Field("reason", "choice", choices=choices, first=lambda _case: reasons[0], weighs=False)
        return (*self.fields, why, Field("note", "long", needed=self.name == WriteNote.name, weighs=False))


def given_as(kind: type[Command[Any]], **fixed: Any) -> Callable[[Doing], Awaitable[None]]:
    """Does a command of which the form's own fields are the fields."""

    async def do(doing: Doing) -> None:
        await doing.record(kind, **{name: value for name, value in doing.given.items() if value is not None}, **fixed)

    return do


def refused_by(kind: type[Command[Any]], **fixed: Any) -> WhyNot:
    """Why a command would be refused, whatever its fields."""

    def why_not(case: AtCase) -> str | None:
        command = kind.model_construct(by="desk", reason_code="desk", note=None, **fixed)
        refused = why_refused(command, case.state, case.now)
        return str(refused) if refused else None

    return why_not


def _never(_case: AtCase) -> str | None:
    return None


def _no_such(fits: Callable[[AtCase], bool], why: str) -> WhyNot:
    return lambda case: None if fits(case) else why


def _in_two_weeks(case: AtCase) -> str:
    return (case.today + TWO_WEEKS).isoformat()


def _in_a_week(case: AtCase) -> str:
    return case.plan.law.calendar.banking_day_on_or_after(case.today + ONE_WEEK).isoformat()


def _open_steps(case: AtCase) -> Sequence[Choice]:
    return [(step, step) for step in next_in_words(case.plan, case.now).open_steps]


def _next_step(case: AtCase) -> str:
    steps = [value for value, _ in _open_steps(case)]
    coming = case.plan.action.step or ""
    return coming if coming in steps else next(iter(steps), "")


def _skipped(case: AtCase) -> Sequence[Choice]:
    return [(step, step) for step in sorted(case.plan.case.facts.skipped)]


def _asked(case: AtCase) -> Sequence[Choice]:
    return [(step, step) for step in sorted(case.plan.case.facts.send_now)]


def _plans(case: AtCase) -> Sequence[Choice]:
    """The invoice page's own offers."""
    try:
        plans = offer(case.plan, case.now).plans
    except CommandRefused:
        return []
    return [
        (str(each.months), f"{each.months} x {_amount(case, each.monthly)} = {_amount(case, each.total)}")
        for each in plans
    ]


def _why_no_plan(case: AtCase) -> str | None:
    try:
        offered = offer(case.plan, case.now)
    except CommandRefused as why:
        return str(why)
    return WHY_NO_OFFER[offered.none_because] if offered.none_because else None


def _why_no_promise(case: AtCase) -> str | None:
    return why_not(Thing.PROMISE, case.plan.case.facts, case.plan.law.calendar, case.now)


def _refunds(case: AtCase) -> Sequence[Choice]:
    """Each with what whoever approves it must know: how much, to where, and who decided it."""
    return [
        (str(number), f"{number}: {_amount(case, amount)}{f' → {account}' if account else ''} ({by})")
        for number, amount, account, by in case.refunds
    ]


def _first(choices: Callable[[AtCase], Sequence[Choice]]) -> Callable[[AtCase], str]:
    return lambda case: next((value for value, _ in choices(case)), "")


def _amount(case: AtCase, amount: Decimal) -> str:
    return figures.amount(amount, case.currency, case.language)


def _one_of(*values: str) -> Callable[[AtCase], Sequence[Choice]]:
    return lambda _case: [(each, f"choice_{each.replace(' ', '_')}") for each in values]


def _choice(
    name: str, choices: Callable[[AtCase], Sequence[Choice]], first: Callable[[AtCase], str] | None = None
) -> Field:
    return Field(name, "choice", choices=choices, first=first or _first(choices))


async def _credit(doing: Doing) -> None:
    """As the creditor's own system credits."""
    case = doing.case
    try:
        note = IncomingCreditNote(
            number=doing.given["credit_note"],
            invoice_number=case.number,
            issue_date=case.today,
            currency=case.currency,
            amount=doing.given["amount"],
        )
    except ValidationError:
        raise NotAsAsked({"credit_note": "error_text"}) from None
    if doing.given["amount"] > await amount_in_force(doing.connection, case.id) > 0:
        raise NotAsAsked({"amount": "error_above"})  # a person is there, who can write what is meant
    imported = await doing.services.intake.credit_note(doing.connection, note, case.now, creditor=case.creditor)
    if imported.status == "known":
        raise Conflict(f"credit note {note.number} came before: give another number")


def _changes(**fixed: Any) -> Callable[[Doing], Awaitable[None]]:
    """Says something of the debtor: what the form's own fields say, and what is fixed."""

    async def do(doing: Doing) -> None:
        said = {name: value for name, value in doing.given.items() if value is not None} | fixed
        if not said:
            raise NotAsAsked({doing.deed.fields[0].name: "error_needed"})
        if "street" in said:
            said["address_lines"] = (said.pop("street"),)
        try:
            change = DebtorChange(by=doing.by, reason_code=doing.reason, note=doing.note, **said)
        except ValidationError as wrong:
            raise Refused(in_words(wrong)) from None
        who = Operator(doing.by, doing.reason)
        try:
            await change_known(doing.connection, doing.planning, doing.case.debtor, change, who, doing.case.now)
        except NoAddress as wrong_address:
            raise NotAsAsked(dict.fromkeys(wrong_address.wrong, "error_address")) from None

    return do


def _other_kinds(case: AtCase) -> Sequence[Choice]:
    """What the debtor may turn out to be."""
    return [(kind, f"choice_{kind}") for kind in get_args(DebtorKind) if kind != case.plan.case.facts.debtor_kind]


async def _moves(doing: Doing) -> None:
    """Says where the debtor lives now."""
    country = doing.given["country"].upper()
    if country not in zones():
        raise NotAsAsked({"country": "error_country"})
    await _changes(country=country)(doing)


def _decides(approved: bool) -> Callable[[Doing], Awaitable[None]]:
    async def do(doing: Doing) -> None:
        number = int(doing.given["refund"])
        await refund_orders.decide(
            doing.connection, number, doing.by, approved, doing.case.now, note=doing.note, creditor=doing.case.creditor
        )

    return do


async def _agree(doing: Doing) -> None:
    await doing.record(AgreeOnPlan, months=int(doing.given["months"]))


def _why_no_fees(case: AtCase) -> str | None:
    refused = refused_by(WaiveFees)(case)
    return refused or (None if case.fees else "no fee stands on the invoice")


async def _resolve(doing: Doing) -> None:
    upheld = doing.given["verdict"] == "upheld"
    await doing.record(ResolveDispute, upheld=upheld, answer=None if upheld else doing.given["answer"])


def _holds_of(case: AtCase) -> Standing:
    return standing_of(case.plan.case.facts.life, case.today)


_A_STEP: Final = _choice("step", _open_steps, _next_step)
_A_REFUND: Final = _choice("refund", _refunds)
_HAS_STEPS: Final = _no_such(lambda case: bool(_open_steps(case)), "no step is ahead")
_HAS_REFUND: Final = _no_such(lambda case: bool(case.refunds), "no refund of this invoice is due")

DEEDS: Final[Mapping[str, Deed]] = {
    each.name: each
    for each in (
        Deed("hold", "h", Act.SERVE, given_as(Hold), refused_by(Hold, until=None),
             fields=(Field("until", "day", needed=False, first=_in_two_weeks),)),
        Deed("release", "r", Act.SERVE, given_as(Release), refused_by(Release, held_for=None)),
        Deed("pause", "u", Act.SERVE, _changes(), refused_by(Hold, until=None),
             fields=(Field("paused_until", "day", first=_in_two_weeks),)),
        Deed("end-pause", "U", Act.SERVE, _changes(paused_until=None),
             _no_such(lambda case: LifeKind.PAUSE in _holds_of(case).events, "the debtor has no pause")),
        Deed("promise", "p", Act.SERVE, given_as(PromiseToPay), _why_no_promise,
             fields=(Field("pay_by", "day", first=_in_a_week), Field("amount", "amount", needed=False)), reasons=SAID),
        Deed("withdraw-promise", "P", Act.SERVE, given_as(WithdrawPromise), refused_by(WithdrawPromise)),
        Deed("plan", "a", Act.SERVE, _agree, _why_no_plan, fields=(_choice("months", _plans),), reasons=SAID),
        Deed("end-plan", "A", Act.SERVE, given_as(EndPlan), refused_by(EndPlan)),
        Deed("send-link", "l", Act.SERVE, given_as(SendLink), refused_by(SendLink), reasons=SAID),
        Deed("send-now", "n", Act.SERVE, given_as(SendNow), _HAS_STEPS, fields=(_A_STEP,)),
        Deed("skip", "x", Act.SERVE, given_as(Skip), _HAS_STEPS, fields=(_A_STEP,)),
        Deed("undo-skip", "X", Act.SERVE, given_as(UndoSkip), _no_such(lambda case: bool(_skipped(case)), "no step is left out"),
             fields=(_choice("step", _skipped),), reasons=TAKEN_BACK),
        Deed("undo-send", "N", Act.SERVE, given_as(UndoSendNow),
             _no_such(lambda case: bool(_asked(case)), "no step is waited for"),
             fields=(_choice("step", _asked),), reasons=TAKEN_BACK),
        Deed("dispute", "i", Act.SERVE, given_as(Dispute), refused_by(Dispute, amount=None),
             fields=(Field("amount", "amount", needed=False),), reasons=SAID),
        Deed("resolve-dispute", "o", Act.SERVE, _resolve, refused_by(ResolveDispute),
             fields=(_choice("verdict", _one_of("rejected", "upheld")), Field("answer", "long", needed=False)),
             reasons=("checked", "agreed", "our-mistake", "other")),
        Deed("contact", "t", Act.SERVE, _changes(), _never,
             fields=(Field("email", "text", needed=False), Field("phone", "text", needed=False),
                     Field("another_phone", "text", needed=False), Field("no_longer", "text", needed=False),
                     Field("street", "text", needed=False), Field("postcode", "text", needed=False),
                     Field("city", "text", needed=False)), reasons=SAID),
        Deed("kind", "B", Act.SERVE, _changes(), _never, fields=(_choice("kind", _other_kinds),), reasons=JUDGED),
        Deed("country", "C", Act.SERVE, _moves, _never, fields=(Field("country", "text"),), reasons=("asked", *JUDGED)),
        Deed("note", "m", Act.SERVE, given_as(WriteNote), _never, reasons=("asked", *REASONS[1:])),
        Deed("stop", "y", Act.STOP_DEBTOR, _changes(), _never,
             fields=(_choice("stop_reason", _one_of("deceased", "insolvent", "debt settlement", "minor", "other")),)),
        Deed("go-on", "Y", Act.STOP_DEBTOR, _changes(stop_reason=None),
             _no_such(lambda case: _holds_of(case).stop is not None, "the debtor is not stopped")),
        Deed("waive-fees", "w", Act.CHANGE_AMOUNT, given_as(WaiveFees), _why_no_fees),
        Deed("due-date", "d", Act.CHANGE_AMOUNT, given_as(MoveDueDate), refused_by(MoveDueDate, due_date=date.max),
             fields=(Field("due_date", "day"),)),
        Deed("choose-policy", "G", Act.CHANGE_AMOUNT, given_as(ChoosePolicy),
             _no_such(lambda case: case.plan.case.facts.unsettled is not None, "nothing of its policy is to be settled"),
             fields=(Field("policy", "text", first=lambda case: case.plan.policy.name),), reasons=JUDGED),
        Deed("credit", "c", Act.CHANGE_AMOUNT, _credit, _never,
             fields=(Field("amount", "amount"), Field("credit_note", "text"))),
        Deed("use-credit", "K", Act.CHANGE_AMOUNT, given_as(UseCredit), refused_by(UseCredit)),
        Deed("undo-credit", "Z", Act.CHANGE_AMOUNT, given_as(UndoCredit),
             _no_such(lambda case: case.has_credit, "no credit of another invoice stands as paid here")),
        Deed("withdraw", "v", Act.CHANGE_AMOUNT, given_as(Withdraw), refused_by(Withdraw),
             reasons=("our-mistake", "checked", "agreed", "other")),
        Deed("unwithdraw", "z", Act.CHANGE_AMOUNT, given_as(Unwithdraw),
             _no_such(lambda case: case.withdrawn, "the case is not withdrawn"),
             reasons=("our-mistake", "checked", "other")),
        Deed("approve-hand-off", "g", Act.HAND_OFF, given_as(ApproveHandOff), refused_by(ApproveHandOff), reasons=JUDGED),
        Deed("reject-hand-off", "b", Act.HAND_OFF, given_as(RejectHandOff), refused_by(RejectHandOff), reasons=JUDGED),
        Deed("pay-back", "f", Act.PAY_OUT, given_as(PayBack), refused_by(PayBack)),
        Deed("approve-refund", "F", Act.PAY_OUT, _decides(True), _HAS_REFUND, fields=(_A_REFUND,), reasons=JUDGED),
        Deed("hold-refund", "H", Act.PAY_OUT, _decides(False), _HAS_REFUND, fields=(_A_REFUND,), reasons=JUDGED),
        Deed("ask-write-off", "Q", Act.CHANGE_AMOUNT, given_as(AskWriteOff), refused_by(AskWriteOff), reasons=JUDGED),
        Deed("write-off", "q", Act.WRITE_OFF, given_as(WriteOff), refused_by(WriteOff), reasons=JUDGED),
    )
}  # fmt: skip
"""All that can be done, in the order in which it is offered."""


def offered(user: User, case: AtCase) -> list[Deed]:
    """What somebody may do to a case now."""
    return [deed for deed in DEEDS.values() if user.may(deed.needs) and deed.why_not(case) is None]
