"""The worker: connects, and runs the cases, the acts and the relays; `worker.py learning` runs the room of learning alone."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import structlog
from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities import judge_strategies, propose_contacts
from activities.bank_files import BankFiles
from activities.cases.compose import Composer
from activities.cases.decide import Decisions
from activities.cases.deliver import Deliveries
from activities.cases.registry import activities_of
from activities.find_segments import Finder, FindSegments
from activities.guess_payments import GuessPayments, Room
from activities.house_folder import HouseFolder
from activities.invoice_folder import InvoiceFolder
from activities.jobs.announcements import Announcements
from activities.jobs.breaker import Breaker
from activities.jobs.control import Control
from activities.jobs.direct_debit import DirectDebit
from activities.jobs.hand_offs import HandOffs
from activities.jobs.letters import Letters
from activities.jobs.many import Many
from activities.jobs.partners import Partners
from activities.jobs.payments import Payments
from activities.jobs.sweep import Sweep
from activities.jobs.vouchers import Vouchers
from activities.jobs.watched import WatchedJobs
from activities.judge_strategies import JudgeStrategies
from activities.learn_words import Learner, LearnWords
from activities.letter_folder import LetterFolder
from activities.look_at_experiments import LookAtExperiments
from activities.propose_contacts import ProposeContacts
from activities.relation_folder import RelationFolder
from activities.schedules import ensure_schedules, keep_jobs, keep_learning, watch_bank_files
from activities.sort_words import Sorting, SortWords
from channels import direct_message
from channels.specs import SPECS
from composition import Parts, database_address
from config import search_attributes
from config.files import HOME, read_laws
from config.logs import configure_logs
from config.settings import SettingsError, read_settings
from config.temporal import MetricsPortTakenError, TemporalAwayError, connect, prometheus_runtime
from connectors.payment_providers.provider import PaymentProvider
from domain.located_yaml import FileError
from domain.vocabulary import Channel
from facts.database import Database
from facts.invoices.intake import Intake
from planning.service import queue_of
from relays.clock_mover import ClockMover
from relays.forgetting import Forgetting
from relays.law_watch import LawWatch
from relays.many_starter import ManyStarter
from relays.outage_watch import OutageWatch
from relays.outbox_relay import OutboxRelay
from relays.summing_up import SummingUp
from relays.webhook_sender import WebhookSender
from relays.worker_watch import WorkerWatch
from web.payment_methods.registry import payment_methods
from workflows.bank_file import BankFileWorkflow, BankFolder
from workflows.contracts import LEARNING_QUEUE, TASK_QUEUE
from workflows.daily import Daily, DirectDebitDay, Hourly, MorningControl
from workflows.dunning import Dunning
from workflows.learning import (
    ContactsProposed,
    ExperimentsLookedAt,
    Learning,
    PaymentGuesses,
    SegmentsFound,
    StrategiesJudged,
    WordsLesson,
)
from workflows.many import ManyCases

log = structlog.get_logger()

NO_PROVIDERS: Mapping[str, PaymentProvider] = {}
GRACE = timedelta(seconds=30)  # how long acts may finish when the worker is asked to stop
SENDER_THREADS = 64
LEARNING = "learning"  # the role that is named on the command line
PARENT_LOOK = timedelta(seconds=2)
# The workflow's own modules are loaded once, not anew for every case: they import nothing but their contracts (a
# check sees to it) and keep no state of their own, and a case costs a tenth less.
RUN_ONCE_LOADED = SandboxRestrictions.default.with_passthrough_modules("workflows", "config.search_attributes")

WORKFLOWS: Sequence[type] = (
    Dunning,
    Daily,
    DirectDebitDay,
    Hourly,
    MorningControl,
    BankFileWorkflow,
    BankFolder,
    ManyCases,
)
OF_LEARNING: Sequence[type] = (
    Learning,
    WordsLesson,
    PaymentGuesses,
    SegmentsFound,
    ExperimentsLookedAt,
    ContactsProposed,
    StrategiesJudged,
)
Activity = Callable[..., Any]


def deliveries_of(parts: Parts) -> Deliveries:
    """The sending activities."""
    return Deliveries(
        parts.database,
        parts.planning,
        Composer(parts.links, {**SPECS, Channel.DIRECT_MESSAGE: direct_message.spec_with(parts.templates)}),
        {channel: spec.sender(parts) for channel, spec in SPECS.items()},
        parts.reply_addresses,
    )


def workers_of(
    client: Client, parts: Parts, providers: Mapping[str, PaymentProvider] = NO_PROVIDERS
) -> Sequence[Worker]:
    """One worker for the cases, and one for each provider of messages with its own rate; `providers` are of payments."""
    settings, database, planning = parts.settings, parts.database, parts.planning
    sending = deliveries_of(parts)
    decisions = Decisions(database, planning, settings.takes_money_by_signal)
    direct_debit = DirectDebit(database, parts.calendar, parts.direct_debit_folder, *parts.calendars)
    files = BankFiles(database, parts.bank_file_folder)
    many = Many(database, planning)
    own: list[Activity] = [
        decisions.decide,
        decisions.record_command,
        *activities_of(database, planning).values(),
        HandOffs(database, planning, parts.hand_off_files).export_hand_offs,
        Partners(database, planning, parts.webhook_post, settings.collection_partner_secrets).meet_partners,
        Vouchers(database, parts.laws, parts.voucher_files).close_accounting_days,
        Letters(database, planning, parts.print_batches).pull_unposted_letters,
        Sweep(database, client, planning).sweep,
        Breaker(database).trip_breaker,
        Payments(database, providers, parts.calendar).give_up_payments,
        Control(
            database, parts.laws, parts.laws[HOME], SPECS[Channel.EMAIL].sender(parts), settings.operations_email
        ).mail_control,
        direct_debit.read_mandate_files,
        direct_debit.fail_claims,
        direct_debit.cancel_claims,
        direct_debit.plan_claims,
        files.arrived_bank_files,
        files.examine_bank_file,
        files.book_bank_file,
        files.put_away_bank_file,
        many.prepare_many,
        many.do_many,
    ]
    cases = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=WORKFLOWS,
        activities=own,
        interceptors=[WatchedJobs(database)],
        workflow_runner=SandboxedWorkflowRunner(RUN_ONCE_LOADED),
        graceful_shutdown_timeout=GRACE,
    )
    senders = [
        Worker(
            client,
            task_queue=queue_of(channel),
            activities=sending.acts_of(spec),
            max_task_queue_activities_per_second=spec.rate(settings),
            disable_eager_activity_execution=True,
            graceful_shutdown_timeout=GRACE,
        )
        for channel, spec in SPECS.items()
    ]
    return [cases, *senders]


def invoice_folder_of(parts: Parts) -> InvoiceFolder:
    """The folder of invoice files, and what imports them."""

    def intake(now: datetime) -> Intake:
        return parts.intake(parts.calendar.local_date(now))

    return InvoiceFolder(parts.database, parts.settings.invoice_folder, intake)


def letter_folder_of(parts: Parts) -> LetterFolder:
    """The folder of letters that came on paper."""
    place = parts.settings.letter_in_folder
    return LetterFolder(parts.database, parts.planning, parts.attachments, parts.scanner, place)


def house_folder_of(parts: Parts) -> HouseFolder:
    """The folder of status files from a distribution house."""
    return HouseFolder(parts.database, parts.print_batches, parts.settings.house_status_folder)


@asynccontextmanager
async def running(
    client: Client, parts: Parts, providers: Mapping[str, PaymentProvider] = NO_PROVIDERS
) -> AsyncIterator[OutboxRelay]:
    """The workers, the outbox relay and the sender of webhooks, running until the block ends.

    Whoever gives the providers of payments gives their connections back.
    """
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(SENDER_THREADS, "send"))
    async with AsyncExitStack() as stack:
        for worker in workers_of(client, parts, providers):
            await stack.enter_async_context(worker)
        relay = OutboxRelay(parts.database, client, public_url=parts.settings.public_url)
        hand_offs = HandOffs(parts.database, parts.planning, parts.hand_off_files)
        background = [
            asyncio.create_task(relay.run(), name="outbox relay"),
            asyncio.create_task(LawWatch(parts.database, parts.laws).run(), name="law watch"),
            asyncio.create_task(Forgetting(parts.database, parts.attachments).run(), name="forgetting"),
            asyncio.create_task(SummingUp(parts.database).run(), name="summing up"),
            asyncio.create_task(invoice_folder_of(parts).run(), name="invoice folder"),
            asyncio.create_task(letter_folder_of(parts).run(), name="letter folder"),
            asyncio.create_task(
                RelationFolder(parts.database, parts.settings.relation_folder).run(), name="relation folder"
            ),
            asyncio.create_task(house_folder_of(parts).run(), name="house folder"),
            asyncio.create_task(
                Letters(parts.database, parts.planning, parts.print_batches).watch(), name="letters of held cases"
            ),
            asyncio.create_task(Announcements(parts.database, parts.planning).run(), name="announcements"),
            asyncio.create_task(OutageWatch(parts.database).run(), name="outage watch"),
            asyncio.create_task(WorkerWatch(parts.database, parts.written_folders).run(), name="worker watch"),
            asyncio.create_task(ClockMover(parts.database, hand_offs.hand_over_in_test_mode).run(), name="test clocks"),
            asyncio.create_task(ManyStarter(parts.database, client).run(), name="orders to many"),
            asyncio.create_task(keep_jobs(client), name="jobs"),
        ]
        if parts.webhook_secrets is not None:
            sender = WebhookSender(parts.database, parts.webhook_secrets, parts.webhook_post)
            background.append(asyncio.create_task(sender.run(), name="webhook sender"))
        try:
            yield relay
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)


def learning_of(
    client: Client,
    parts: Parts,
    sorting: Sorting,
    learner: Learner,
    room: Room,
    finder: Finder,
    helper: propose_contacts.Room,
    judge: judge_strategies.Room,
) -> Worker:
    """The worker of the room of learning; `room` learns who pays, `finder` finds who pays alike, `helper` what helps, and `judge`
    says what a changed line of a policy would come to."""
    guesses = GuessPayments(parts.database, room)
    contacts = ProposeContacts(parts.database, parts.planning, helper)
    return Worker(
        client,
        task_queue=LEARNING_QUEUE,
        workflows=OF_LEARNING,
        activities=[
            SortWords(parts.database, parts.planning, sorting).sort_what_comes,
            LearnWords(parts.database, learner).learn_words,
            guesses.learn_who_pays,
            guesses.score_open_cases,
            FindSegments(parts.database, finder).find_segments,
            contacts.learn_what_helps,
            contacts.propose_contacts,
            LookAtExperiments(parts.database, parts.planning).look_at_experiments,
            JudgeStrategies(parts.database, parts.planning, parts.laws, judge).judge_strategies,
        ],
        interceptors=[WatchedJobs(parts.database)],
        workflow_runner=SandboxedWorkflowRunner(RUN_ONCE_LOADED),
        graceful_shutdown_timeout=GRACE,
    )


@asynccontextmanager
async def learning(client: Client, parts: Parts) -> AsyncIterator[None]:
    """The room of learning, running until the block ends. Nothing else loads what it needs."""
    from prediction.contacts import learning as helping
    from prediction.effects import judging
    from prediction.payments import finding, refresh
    from prediction.words.apart import learn_apart
    from prediction.words.code import code
    from prediction.words.learning import data_hash
    from prediction.words.model import version
    from prediction.words.packed import read_sorter
    from prediction.words.sorting import sort_message

    sorting = Sorting(sort_message, version(), lambda weights: read_sorter(weights).sort, code())
    learner = Learner(learn_apart, code(), data_hash)
    async with learning_of(client, parts, sorting, learner, refresh, finding, helping, judging):
        kept = asyncio.create_task(keep_learning(client), name="learning")
        try:
            yield
        finally:
            kept.cancel()
            await asyncio.gather(kept, return_exceptions=True)


async def learn() -> None:
    """Run the room of learning until asked to stop, or until whoever started it is gone."""
    settings = read_settings()
    configure_logs(settings)
    parts = Parts(settings, Database(database_address(settings)), read_laws(settings.countries_folder))
    client = await connect(settings, runtime=prometheus_runtime(settings))
    stopped, started_by = _asked_to_stop(), os.getppid()
    async with learning(client, parts):
        log.info("worker_started", task_queue=LEARNING_QUEUE, temporal=settings.temporal_address)
        while not stopped.is_set() and os.getppid() == started_by:
            with suppress(TimeoutError):
                async with asyncio.timeout(PARENT_LOOK.total_seconds()):
                    await stopped.wait()
        log.info("worker_stopping")
    await parts.database.close()


def _asked_to_stop() -> asyncio.Event:
    """Set once the process is asked to stop."""
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    return stopped


async def main() -> None:
    """Run until asked to stop, then let acts finish."""
    settings = read_settings()
    configure_logs(settings)
    laws = read_laws(settings.countries_folder)
    parts = Parts(settings, Database(database_address(settings)), laws)
    client = await connect(settings, runtime=prometheus_runtime(settings))
    await search_attributes.ensure(client)
    await ensure_schedules(client)
    await watch_bank_files(client)
    providers = {way.name: way.provider for way in payment_methods() if way.provider is not None}
    stopped = _asked_to_stop()
    async with running(client, parts, providers):
        log.info("worker_started", task_queue=TASK_QUEUE, temporal=settings.temporal_address)
        await stopped.wait()
        log.info("worker_stopping")
    for provider in providers.values():
        await provider.aclose()
    await parts.database.close()


if __name__ == "__main__":
    failed = False
    if sys.argv[1:] not in ([], [LEARNING]):
        sys.exit(f"worker.py runs the cases, and `worker.py {LEARNING}` what sorts messages: {sys.argv[1:]} is neither")
    try:
        asyncio.run(learn() if sys.argv[1:] else main())
    except (
        SettingsError,
        FileError,
        MetricsPortTakenError,
        TemporalAwayError,
        search_attributes.SearchAttributeError,
    ) as error:
        failed = True
        print(error, file=sys.stderr, flush=True)
    logging.shutdown()
    # The Temporal client's threads may still be at work, and abort an interpreter that ends under them.
    os._exit(failed)
