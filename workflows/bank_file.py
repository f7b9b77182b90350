"""Bank files: a folder is watched, and each file in it is booked once, flagged ones after a person has accepted them."""

from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from workflows.contracts import (
        Acceptance,
        BankFileAsked,
        BankFileEnds,
        BankFileFound,
        BankFileStands,
        Order,
        not_an_own_name,
    )

A_LOOK = timedelta(minutes=1)  # between two looks into the folder
LOOK_AGAIN = timedelta(hours=1)  # a flagged file may be accepted, or its account registered, in the terminal
READ_LIMIT = timedelta(minutes=30)
HEARTBEAT = timedelta(seconds=30)
RETRY = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=1))


@workflow.defn(name="bank_file")
class BankFileWorkflow:
    """One bank file, from the folder it came into to the one for those that are done or refused."""

    @workflow.init
    def __init__(self, file: BankFileFound) -> None:
        self.file = file
        self.stands = BankFileStands(file=file.name, state="flagged")
        self.accepted_by: str | None = None
        self.refused: Order | None = None
        self.look_now = False

    @workflow.run
    async def run(self, file: BankFileFound) -> BankFileStands:
        await self.examine()
        while self.stands.state in ("booking", "flagged"):
            if self.stands.state == "booking":
                await self.book()
            else:
                await self.decision()
        if self.stands.state != "gone":
            await self.put_away()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.stands

    # --- the steps ---------------------------------------------------------------------------------------------

    async def examine(self) -> None:
        """Read the file through: is it whole, and whose money is in it?"""
        accepted_by, self.accepted_by, self.look_now = self.accepted_by, None, False
        stands = await workflow.execute_activity(
            "examine_bank_file",
            BankFileAsked(file=self.file, accepted_by=accepted_by),
            result_type=BankFileStands,
            summary="Read the file and hold it against its own counts and sums",
            start_to_close_timeout=READ_LIMIT,
            retry_policy=RETRY,
        )
        self.show(stands)

    async def book(self) -> None:
        """Book on; interrupted, the next attempt goes on where the facts say."""
        stands = await workflow.execute_activity(
            "book_bank_file",
            BankFileAsked(file=self.file),
            result_type=BankFileStands,
            summary=f"Book from transaction {self.stands.position + 1} of {self.stands.transactions}",
            start_to_close_timeout=READ_LIMIT,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=RETRY,
        )
        self.show(stands)

    async def decision(self) -> None:
        """Wait for a person, and look again from time to time: the facts may have changed."""
        if workflow.info().is_continue_as_new_suggested():
            await workflow.wait_condition(workflow.all_handlers_finished)
            workflow.continue_as_new(self.file)
        with suppress(TimeoutError):
            await workflow.wait_condition(
                self.is_decided, timeout=LOOK_AGAIN, timeout_summary="Look whether it may be booked by now"
            )
        if self.refused:
            self.show(self.stands.model_copy(update={"state": "refused"}))
        else:
            await self.examine()

    async def put_away(self) -> None:
        """Move the file to the others that are done or refused."""
        await workflow.execute_activity(
            "put_away_bank_file",
            BankFileEnds(file=self.file, refused=self.refused, is_refused=self.stands.state == "refused"),
            summary=f"Put the file away: {self.stands.state}",
            start_to_close_timeout=READ_LIMIT,
            retry_policy=RETRY,
        )

    def show(self, stands: BankFileStands) -> None:
        """Let people see how far the file is, and what it waits for."""
        self.stands = stands
        words = [f"**{stands.file}**: {stands.state}, {stands.position} of {stands.transactions} transactions settled"]
        totals = " and ".join(f"{amount} {currency}" for currency, amount in stands.totals.items())
        counts = f"{stands.booked} booked, {stands.known} known before, {stands.review} in review"
        words.append(f"{counts}, {stands.left_out} left out; {totals or '0.00'} in all")
        words += [f"- flag: {flag}" for flag in stands.flags]
        words += [f"- account {account} imported through {day}" for account, day in stands.imported_through.items()]
        if stands.state == "flagged":
            words.append(
                "Waits for a person: update `accept` with `by`, or `refuse` with `by` and `reason_code`."
                if stands.acceptable
                else "Waits until what is flagged is put right (signal `look_again`); or update `refuse`."
            )
        workflow.set_current_details("\n\n".join(words))

    # --- what a person decides ------------------------------------------------------------------------------------

    def is_decided(self) -> bool:
        """Whether somebody wants the file to go on."""
        return self.look_now or self.refused is not None

    @workflow.update(description='Book the file in spite of its flags. Input: {"by": "anne"}')
    def accept(self, accepted: Acceptance) -> None:
        """A person has looked at the flags: book the file."""
        self.accepted_by, self.look_now = accepted.by, True

    @accept.validator
    def check_accept(self, accepted: Acceptance) -> None:
        """Refuses where nothing waits for it."""
        self.check_flagged(accepted.by)
        if not self.stands.acceptable:
            raise ApplicationError(f"accepting does not help here: {'; '.join(self.stands.flags)}")

    @workflow.update(
        description='Do not book the file, or what is left of it. Input: {"by": "anne", "reason_code": "wrong-file"}'
    )
    def refuse(self, order: Order) -> None:
        """Do not book the file, or what is left of it."""
        self.refused = order

    @refuse.validator
    def check_refuse(self, order: Order) -> None:
        """Refuses where nothing waits for it."""
        self.check_flagged(order.by)

    def check_flagged(self, by: str) -> None:
        """Raises where the file does not wait for a person, or the person's name is one of our own."""
        try:
            not_an_own_name(by)
        except ValueError as own:
            raise ApplicationError(str(own)) from own
        if self.stands.state != "flagged" or not self.stands.flags or self.is_decided():
            raise ApplicationError(f"the file does not wait for a person: it is {self.stands.state}")

    @workflow.signal(description="Something was put right: look at the file at once. No input.")
    def look_again(self, *_nothing: object) -> None:
        """Something was put right: look at once."""
        self.look_now = True

    @workflow.query(description="How far the file is, and what it waits for. No input.")
    def status(self) -> BankFileStands:
        """How far the file is."""
        return self.stands


@workflow.defn(name="bank_folder")
class BankFolder:
    """Looks into the folder of bank files every minute, and starts a workflow for each new one."""

    @workflow.run
    async def run(self) -> None:
        seen: set[BankFileFound] = set()
        while not workflow.info().is_continue_as_new_suggested():
            lying = await workflow.execute_activity(
                "arrived_bank_files",
                result_type=list[BankFileFound],
                summary="See which bank files lie in the folder",
                start_to_close_timeout=READ_LIMIT,
                retry_policy=RETRY,
            )
            for file in lying:
                if file not in seen:
                    await self.start(file)
            seen = set(lying)
            await workflow.sleep(A_LOOK, summary="Look into the folder again")
        workflow.continue_as_new()

    async def start(self, file: BankFileFound) -> None:
        """Start the file's workflow, which lives on without this one. The same content is booked once at a time."""
        try:
            await workflow.start_child_workflow(
                "bank_file",
                file,
                id=f"bank-file/{file.sha256[:16]}",
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                static_summary=file.name,
            )
        except WorkflowAlreadyStartedError:
            workflow.logger.info("bank_file_running")
