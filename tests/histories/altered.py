"""Workflows with other commands than those whose histories are recorded: none of them may replay."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.bank_file import BankFileWorkflow, BankFolder
    from workflows.contracts import BankFileFound, BankFileStands, Case, Next
    from workflows.daily import Daily, DirectDebitDay, Hourly, Jobs
    from workflows.dunning import Dunning


@workflow.defn(name="dunning")
class WithARenamedActivity(Dunning):
    @workflow.init
    def __init__(self, case: Case) -> None:
        super().__init__(case)

    @workflow.run
    async def run(self, case: Case) -> str:
        return await super().run(case)

    async def perform(self, action: Next) -> None:
        await super().perform(action.model_copy(update={"act": f"{action.act}_by_another_name"}))


@workflow.defn(name="dunning")
class WithAnotherTimer(Dunning):
    @workflow.init
    def __init__(self, case: Case) -> None:
        super().__init__(case)

    @workflow.run
    async def run(self, case: Case) -> str:
        return await super().run(case)

    async def perform(self, action: Next) -> None:
        await workflow.sleep(timedelta(seconds=1))
        await super().perform(action)


@workflow.defn(name="dunning")
class WithoutSearchAttributes(Dunning):
    @workflow.init
    def __init__(self, case: Case) -> None:
        super().__init__(case)

    @workflow.run
    async def run(self, case: Case) -> str:
        return await super().run(case)

    def let_find(self, action: Next) -> None:
        pass


@workflow.defn(name="bank_file")
class WithoutALook(BankFileWorkflow):
    @workflow.init
    def __init__(self, file: BankFileFound) -> None:
        super().__init__(file)

    @workflow.run
    async def run(self, file: BankFileFound) -> BankFileStands:
        return await super().run(file)

    async def examine(self) -> None:
        self.stands = BankFileStands(file=self.file.name, state="booking")


@workflow.defn(name="bank_folder")
class WithoutFiles(BankFolder):
    @workflow.run
    async def run(self) -> None:
        await super().run()

    async def start(self, file: BankFileFound) -> None:
        """Start nothing."""


@workflow.defn(name="daily")
class WithOneJob(Daily):
    @workflow.run
    async def run(self) -> dict[str, int]:
        return {"letters_pulled": await Jobs().do("pull_unposted_letters", ""), "hand_offs_exported": 0}


@workflow.defn(name="direct-debit")
class DrawnFirst(DirectDebitDay):
    @workflow.run
    async def run(self) -> dict[str, int]:
        await Jobs().do("plan_claims", "")
        return await super().run()


@workflow.defn(name="hourly")
class WithAPause(Hourly):
    @workflow.run
    async def run(self) -> dict[str, int]:
        await workflow.sleep(timedelta(seconds=1))
        return await super().run()
