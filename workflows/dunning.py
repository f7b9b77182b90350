"""The case: one invoice's dunning process as a thin durable loop."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any, TypeVar, cast

from temporalio import workflow
from temporalio.common import RawValue, RetryPolicy, SearchAttributeKey
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from config import search_attributes
    from workflows.contracts import (
        CANCELLED_BY,
        WAIT,
        Act,
        Case,
        Dispute,
        Hold,
        Incoming,
        Look,
        News,
        Next,
        Order,
        PaymentReceived,
        RecordOrder,
        ResolveDispute,
        StepOrder,
        why_own,
        why_past,
    )
    from workflows.reading import reading, reading_update, takes

ACT_LIMIT = timedelta(minutes=6)  # an act retries five minutes at most; the sixth is for its last answer
LOOK_LIMIT = timedelta(seconds=30)
PAUSE_AFTER_FAILURE = timedelta(minutes=15)
LONGEST_WAIT = timedelta(days=3660)  # of one timer: the server's end after 292 years
ANSWER_TIME = timedelta(milliseconds=1)
LONGEST_SUMMARY = 200  # bytes
MOST_LINES = 50  # of the diary that is shown

Ordered = TypeVar("Ordered", bound=Order)


def order_update(
    name: str, kind: type[Ordered], words: str
) -> workflow.UpdateMethodMultiParam[["Dunning", Ordered], Next]:
    """The update of this name, which does `words`: the case records the order and answers with what it does next."""

    async def record(case: "Dunning", order: Ordered) -> Next:
        return await case.record(name, order)

    def check(case: "Dunning", order: Ordered) -> None:
        case.check(order)

    made = reading_update(name, words, kind, check, record, Next)
    return cast("workflow.UpdateMethodMultiParam[[Dunning, Ordered], Next]", made)


def in_short(label: str) -> str:
    """A label as a summary of an event: the server takes no longer one."""
    written = label.encode()
    return label if len(written) <= LONGEST_SUMMARY else f"{written[: LONGEST_SUMMARY - 3].decode(errors='ignore')}…"


def news_signal(name: str, words: str) -> Callable[..., None]:
    """The signal of this name: something happened, in `words`, and the facts know what."""

    def hear(self: "Dunning", news: News | None) -> None:
        self.hear(news)

    hear.__name__, hear.__doc__ = name, words
    return workflow.signal(description=f"{words} The facts know what: the case looks at them.")(
        reading(News | None)(hear)
    )


@workflow.defn(name="dunning")
class Dunning:
    """An invoice's case, from the first message to payment, withdrawal or hand-off."""

    @workflow.init
    def __init__(self, case: Case) -> None:
        self.case = case
        self.next = Next(act=WAIT, why="starting", label="starting")
        self.look_again = False
        self.fresh_run = False
        self.newest = 0
        self.answering = False  # a command has just been answered
        self.brought: list[Incoming] = []
        self.stands: tuple[str, ...] = ()
        self.diary: list[str] = []
        self.after_reset: asyncio.Task[None] | None = None

    @workflow.run
    async def run(self, case: Case) -> str:
        workflow.register_random_seed_callback(partial(self.begin_again, asyncio.get_running_loop()))
        try:
            await self.decide()
            while not self.next.closes_case or await self.last_news():
                if self.has_news():
                    await self.decide()
                elif await self.moment_comes(self.next):
                    await self.perform(self.next)
            return self.next.outcome
        except BaseException as stopped:
            if is_cancelled_exception(stopped) and not self.next.closes_case:
                await self.end_cancelled()
            raise

    def begin_again(self, loop: asyncio.AbstractEventLoop, _seed: int) -> None:
        """A run that was reset has new random numbers: it is the only sign of a reset that there is."""
        self.after_reset = loop.create_task(self.look_after_reset())

    async def look_after_reset(self) -> None:
        """A run that was reset looks at once: what it shows is of the day it was reset to. Earlier ones slept on."""
        if workflow.patched("a-reset-case-looks-at-once"):
            self.look_again = True

    # --- the loop's four verbs ------------------------------------------------------------------------------

    async def decide(self) -> None:
        """Look at the facts and decide, in a fresh run where one is asked for."""
        if self.fresh_run or workflow.info().is_continue_as_new_suggested():
            await self.continue_afresh()
        await self.look_at_facts()

    async def look_at_facts(self) -> None:
        """The decision that follows from the facts; what signals brought is stored first, and kept until it is."""
        self.look_again = False
        brought, told, shown = tuple(self.brought), self.newest, tuple(self.diary)
        decided: Next = await workflow.execute_local_activity(
            "decide",
            Look(case=self.case, now=workflow.now(), brought=brought, shown=shown),
            result_type=Next,
            summary="Look at the facts, and decide what comes next",
            start_to_close_timeout=LOOK_LIMIT,
            retry_policy=RetryPolicy(
                maximum_interval=timedelta(minutes=1), non_retryable_error_types=["UnknownInvoice"]
            ),
        )
        del self.brought[: len(brought)]
        if decided.seen < told == self.newest:
            self.newest = decided.seen  # facts restored to an earlier day: they know less than was once told
        self.show(decided, shown)

    async def moment_comes(self, action: Next) -> bool:
        """Wait for the action's moment, or without end where it has none; False when something came before it."""
        self.answering = False

        def replaced() -> bool:
            return (self.next.at, self.next.label) != (action.at, action.label)

        if action.at is None:
            await workflow.wait_condition(lambda: self.has_news() or replaced())
            return False
        while (wait := action.at - workflow.now()) > timedelta(0):
            try:
                await workflow.wait_condition(
                    lambda: self.has_news() or replaced(),
                    timeout=min(wait, LONGEST_WAIT),
                    timeout_summary=in_short(action.label),
                )
                return False
            except TimeoutError:
                if wait <= LONGEST_WAIT:
                    return not replaced()
        return True

    async def perform(self, action: Next) -> None:
        """Do what was decided; the activity checks again, acts, and answers with the next action."""
        if action.act == WAIT:
            return await self.decide()
        try:
            done: Next = await workflow.execute_activity(
                action.act,
                Act(case=self.case, step=action.step, channel=action.channel),
                result_type=Next,
                task_queue=action.queue,
                summary=in_short(action.label),
                start_to_close_timeout=timedelta(seconds=45),
                schedule_to_close_timeout=ACT_LIMIT,
                cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
                retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
            )
        except ActivityError as failure:
            if is_cancelled_exception(failure):
                raise
            done = self.pause_after(action, failure)
        else:
            self.stop_if_cancelled()
        if self.next is action:
            return self.show(done)
        return await self.decide()  # a command was decided meanwhile: of the two neither saw the other

    def show(self, action: Next, shown: Sequence[str] | None = None) -> None:
        """Let people see where the case stands. `shown` is what was shown when the answer was asked for: it goes on from that."""
        self.next = action
        if action.story is not None:
            stays = (self.diary if shown is None else shown)[action.story.first : action.story.last]
            self.diary = [*stays, *action.story.lines][-MOST_LINES:]
        elif action.diary and action.flag is None:  # as it was told before there was a story
            self.diary.append(action.diary)
        self.stands = self.stands if action.stands is None else action.stands
        now = [self.heading(), f"**Next**: {action.label}", *(f"**{each}**" for each in self.stands)]
        workflow.set_current_details("\n\n".join([*now, "\n".join(f"- {line}" for line in self.diary)]))
        self.let_find(action)

    def let_find(self, action: Next) -> None:
        """Set the search attributes that have changed."""
        wanted: list[tuple[SearchAttributeKey[Any], Any]] = [
            (search_attributes.CREDITOR, self.case.creditor),
            (search_attributes.STEP, action.step),
            (search_attributes.AMOUNT_DUE, float(action.amount_due)),
            (search_attributes.DUE_DATE, action.due_date and datetime.combine(action.due_date, time(), UTC)),
            (search_attributes.NEXT_ACTION_AT, action.at),
            (search_attributes.ON_HOLD, action.on_hold),
        ]
        if action.flag is not None:
            wanted += [
                (search_attributes.FLAG, action.flag or None),
                (search_attributes.OUTCOME, action.outcome or None),
            ]
        if action.customer_number is not None:  # cases that began before it was shown get it as well
            wanted.append((search_attributes.CUSTOMER_NUMBER, action.customer_number))
        shown = workflow.info().typed_search_attributes
        changed = [
            key.value_unset() if value is None else key.value_set(value)
            for key, value in wanted
            if shown.get(key) != value
        ]
        if changed:
            workflow.upsert_search_attributes(changed)

    def heading(self) -> str:
        """Whose case it is, and where it is told of: a fresh run has no static details."""
        status = workflow.memo_value("status", "", type_hint=str)
        link = f": [status]({status}) with an API key of {self.case.creditor}" if status else ""
        return f"Invoice **{self.case.invoice}** of **{self.case.creditor}**{link}"

    # --- news ------------------------------------------------------------------------------------------------

    def has_news(self) -> bool:
        """Whether something came that the last decision has not seen."""
        return self.look_again or self.fresh_run or bool(self.brought) or self.newest > self.next.seen

    async def last_news(self) -> bool:
        """Before the end: let handlers finish, and look whether they brought news."""
        await self.handlers_answered()
        return self.has_news()

    async def handlers_answered(self) -> None:
        """Wait until every command is answered; the end waits a moment longer, for it would take the answer with it
        where news comes in the same breath."""
        if self.answering or not workflow.all_handlers_finished():
            await workflow.wait_condition(workflow.all_handlers_finished)
            self.answering = False
            await workflow.sleep(ANSWER_TIME, summary="Let the answer to a command arrive")

    def hear(self, news: News | None) -> None:
        """News with a number wakes the case once; news without one always makes it look again."""
        if news is None or news.seq is None:
            self.look_again = True
        else:
            self.newest = max(self.newest, news.seq)

    def bring(self, name: str, **what: Any) -> None:
        """Keep what a signal brought until the next decision stores it."""
        self.brought.append(self.named(str(workflow.uuid4()), name, **what))

    def named(self, identity: str, name: str, **what: Any) -> Incoming:
        """Something to be stored, once for its identity in this case."""
        return Incoming(id=f"{workflow.info().workflow_id}#{identity}", name=name, **what)

    def refuse_signal(self, name: str, why: str) -> None:
        """A signal that says nothing we can read is a line in the diary. Earlier runs of the loop passed over it."""
        if workflow.patched("unreadable-signals-are-refused"):
            self.bring(name, unreadable=True, wrong=why)

    @workflow.signal(
        description="Money came: booked already, or told by this signal where that is allowed. Input, if any: "
        '{"provider": "psp", "payment_id": "P-1", "amount": "802.00", "currency": "NOK"}'
    )
    @reading(PaymentReceived | None)
    def payment_received(self, payment: PaymentReceived | None) -> None:
        """Money came: stored already by our own doors, or brought by this signal."""
        if payment is not None and payment.brings_money:
            self.bring("payment_received", payment=payment)
        else:
            self.hear(payment)

    message_read = news_signal("message_read", "A message reached a person.")
    delivery_failed = news_signal("delivery_failed", "A message bounced, was refused or came back.")
    invoice_changed = news_signal("invoice_changed", "A credit note, another due date, or the invoice itself.")
    debtor_replied = news_signal("debtor_replied", "The debtor wrote, or something about the debtor changed.")
    mandate_changed = news_signal("mandate_changed", "A direct-debit mandate or claim changed.")

    @workflow.signal(description="Go on in a fresh run, on the newest code. No input.")
    def refresh(self, *_nothing: object) -> None:
        """Continue in a fresh run, on the code of today."""
        self.fresh_run = True

    @workflow.signal(dynamic=True, description="Any other name: look at the facts again. No input.")
    def look(self, _name: str, args: Sequence[RawValue]) -> None:
        """Any other signal means: look again. So a new kind of signal never breaks an old case."""
        try:
            news = workflow.payload_converter().from_payload(args[0].payload, News) if args else None
        except Exception:
            news = None  # not ours: whatever it says, the facts know better
        self.hear(news)

    @workflow.signal(name="hold", description=f"Pause the case, as the update does. {takes(Hold)}")
    @reading(Hold)
    def hold_signal(self, order: Hold) -> None:
        """The hold command as a signal, for many cases at once."""
        self.bring("hold", order=order.model_dump(mode="json"))

    @workflow.signal(name="release", description=f"Let the case go on, as the update does. {takes(Order)}")
    @reading(Order)
    def release_signal(self, order: Order) -> None:
        """The release command as a signal."""
        self.bring("release", order=order.model_dump(mode="json"))

    # --- commands --------------------------------------------------------------------------------------------

    hold = order_update("hold", Hold, "Pause the case, until a moment ahead or until it is released.")
    release = order_update("release", Order, "Let a case on hold go on: all its holds end.")
    send_now = order_update("send_now", StepOrder, "Take a step now, as far as the law and what was told allow.")
    skip = order_update("skip", StepOrder, "Leave a step out of this round.")
    withdraw = order_update("withdraw", Order, "Give the case up: nothing more is asked for.")
    unwithdraw = order_update("unwithdraw", Order, "Undo a withdrawal that the debtor has not heard of.")
    approve_hand_off = order_update("approve_hand_off", Order, "Agree to the hand-off that waits for a person.")
    reject_hand_off = order_update("reject_hand_off", Order, "Do not agree to the hand-off that waits for a person.")
    dispute = order_update("dispute", Dispute, "The debtor disagrees: all stops, or a part of the claim waits.")
    use_credit = order_update("use_credit", Order, "Let the debtor's credit on other invoices pay this one.")
    undo_credit = order_update("undo_credit", Order, "Take back the credit of other invoices that has paid this one.")
    ask_write_off = order_update("ask_write_off", Order, "Ask somebody else to write off what is left of it.")
    write_off = order_update("write_off", Order, "Write off what is left of a closed case.")
    resolve_dispute = order_update("resolve_dispute", ResolveDispute, "Decide the dispute that is open.")

    def check(self, order: Order) -> None:
        """Refuses, without a trace, what cannot be right; the facts refuse the rest."""
        why = f"the case is closed: {self.next.why}" if self.next.closes_case else why_own(order.by)
        if isinstance(order, StepOrder) and self.next.seen:
            why = why or self.next.why_not_ahead(order.step)
        if isinstance(order, Hold) and isinstance(order.until, datetime):
            why = why or (
                why_past(order.until, workflow.now()) if order.until.tzinfo else "until has no zone: end it in Z"
            )
        if why:
            raise ApplicationError(why)

    async def record(self, name: str, order: Order) -> Next:
        """Store a command and answer with what the case does next because of it."""
        update, shown = workflow.current_update_info(), tuple(self.diary)
        decided = await self.store(name, order, update.id if update else str(workflow.uuid4()))
        if isinstance(decided, int):  # as it was recorded earlier: the case looks for itself
            self.newest = max(self.newest, decided)
            await workflow.wait_condition(lambda: self.next.seen >= decided)
            return self.next
        self.newest, self.answering = max(self.newest, decided.seen), True
        if decided.seen > self.next.seen:
            self.show(decided, shown)
        return decided

    async def store(self, name: str, order: Order, identity: str, *, own: bool = False) -> int | Next:
        """Store a command in the facts, once for its identity; gives what the case does next.

        Of earlier commands the number of their news is recorded: the type tells which way the case went on.
        """
        brought = self.named(identity, name, order=order.model_dump(mode="json"), own=own)
        decided: int | Next = await workflow.execute_local_activity(
            "record_command",
            RecordOrder(case=self.case, now=workflow.now(), brought=brought, shown=tuple(self.diary)),
            result_type=int | Next,  # type: ignore[arg-type]  # the SDK reads any type that pydantic knows
            summary=f"Record the command {name} of {order.by}, and decide what comes next",
            start_to_close_timeout=LOOK_LIMIT,
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1), non_retryable_error_types=["Refused"]),
        )
        return decided

    # --- queries ---------------------------------------------------------------------------------------------

    @workflow.query(description="Where the case stands, in words, with what was done so far. No input.")
    def status(self) -> dict[str, object]:
        """Where the case stands, in words, with what was done so far."""
        return {
            "case": workflow.info().workflow_id,
            "step": self.next.step,
            "next": self.next.label,
            "why": self.next.why,
            "amount_due": str(self.next.amount_due),
            "due_date": str(self.next.due_date),
            "on_hold": self.next.on_hold,
            "done": self.diary,
        }

    @workflow.query(description="What the case does next, when and why. No input.")
    def next_action(self) -> Next:
        """What the case does next, when and why."""
        return self.next

    # --- endings and pauses ----------------------------------------------------------------------------------

    def pause_after(self, action: Next, failure: ActivityError) -> Next:
        """What follows an act that failed for good: wait a little, then look at the facts again."""
        return action.model_copy(
            update={
                "act": WAIT,
                "at": workflow.now() + PAUSE_AFTER_FAILURE,
                "why": f"{action.act} failed: {failure.cause or failure}"[:300],
                "label": f"{action.act} failed; look again in {PAUSE_AFTER_FAILURE.seconds // 60} minutes",
                "diary": "",
            }
        )

    def stop_if_cancelled(self) -> None:
        """An act that ended well swallows the cancellation that came during it: raise it again."""
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError("cancelled during an act")

    async def end_cancelled(self) -> None:
        """Cancelling a case in the web UI holds it, for a person to release or withdraw; earlier it was withdrawn at once.

        A last look stores what signals brought.
        """
        order = Order(by=CANCELLED_BY, reason_code="cancelled")
        command = "hold" if workflow.patched("a-cancelled-case-is-held") else "withdraw"
        try:
            await self.store(command, order, f"cancel-{workflow.info().run_id}", own=True)
        except ActivityError as failure:
            if not isinstance(failure.cause, ApplicationError):
                raise
            # It is refused: the case has closed meanwhile, and there is nothing to hold.
        await self.look_at_facts()

    async def continue_afresh(self) -> None:
        """A fresh run of the same case: nothing is carried over but the case, the facts know the rest.

        A command under way may wait for the very look that comes after this: then that look comes first.
        """
        if not workflow.all_handlers_finished() and workflow.patched("a-command-is-answered-before-a-fresh-run"):
            while await self.a_command_waits_for_a_look():
                await self.look_at_facts()
            await workflow.sleep(ANSWER_TIME, summary="Let the answer to a command arrive")
        else:
            await self.handlers_answered()
        if not self.brought:
            workflow.continue_as_new(self.case)

    async def a_command_waits_for_a_look(self) -> bool:
        """Wait until every command is answered, which gives False, or one is stored that no look has seen yet."""
        await workflow.wait_condition(lambda: workflow.all_handlers_finished() or self.newest > self.next.seen)
        return not workflow.all_handlers_finished()
