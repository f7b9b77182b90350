"""After a restore: what went out since the backup stands as sent again, in one command, and what else happened is named."""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.email import sendgrid_of
from channels.outcomes import Listed, SendFailed
from channels.twilio import twilio_of
from commands.case.hold import Hold
from commands.record import record
from composition import Parts
from domain.planner.action import ActionKind
from domain.planner.occasions import step_named
from domain.vocabulary import Channel
from facts import clock
from facts.cases.load import OpenCase, case_of, load_case
from facts.deliveries import restored
from facts.deliveries.restored import SentSince
from facts.operations import after_restore
from facts.operations.stops import RESTORING, list_stops
from facts.parties.creditors import every_sms_sender
from planning.service import PlannedCase
from terminal import output
from terminal.connection import command, parts
from terminal.output import Misuse, Refusal
from terminal.restored_sources import Since, from_histories, from_logs
from terminal.servers import connected
from terminal.who import By

app = typer.Typer()

TOGETHER = timedelta(minutes=2)  # how soon the other cases that a message serves are told of it
DRAWN = re.compile(r"NY21\d\d30.{41}(?P<kid>.{25})")  # the first line of a claim for AvtaleGiro
AT_THE_BANK = "claim-at-the-bank"
PERHAPS_SENT = "perhaps-sent"
SENT_BY_PROVIDERS = frozenset({Channel.EMAIL, Channel.SMS, Channel.DIRECT_MESSAGE})
NOTHING_LISTED: Mapping[Channel, Sequence[Listed]] = {}


@dataclass
class Report:
    """What was put back, and what a person must see to."""

    put_back: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    invoices_missing: list[str] = field(default_factory=list)
    steps_missing: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    perhaps_sent: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    hand_off_files: list[str] = field(default_factory=list)
    direct_debit_files: list[str] = field(default_factory=list)
    bank_files: list[str] = field(default_factory=list)
    happened: list[str] = field(default_factory=list)


WORDS = {
    "put_back": "stands as sent again, and is not sent twice",
    "known": "was sent, and the facts know it",
    "invoices_missing": "was written to, and the facts have no such invoice: import it again, then run this again",
    "steps_missing": "was sent a step that its policy does not have: skip what it stands for by hand",
    "untold": "was listed by its provider, and neither log nor history tells the step: on hold; skip that, and release",
    "perhaps_sent": "may have left, and nobody can tell: on hold; look at the provider's, skip it if so, and release",
    "held": "is on hold: what is drawn of it is at the bank, and the facts do not know it",
    "letters": "lies in a batch, and the facts do not know it: print it once, and tell its posting by hand",
    "hand_off_files": "was published: its cases are handed off already; hold or withdraw them before the next export",
    "direct_debit_files": "was published: it stays with the bank",
    "bank_files": "was booked since: put it into the folder again, each transaction books once",
    "happened": "was told or asked since: give it again",
}


def _since(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise Misuse(f"--since {written} has no zone: write 2026-12-24T11:00:00+01:00")
    return moment


@command(app, "restored")
async def restored_(
    since: Annotated[str, typer.Option(help="When the backup was made: 2026-12-24T11:00:00+01:00.")],
    by: By,
    log: Annotated[list[Path] | None, typer.Option(help="A log of a worker or web app, as JSON lines.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell.")] = False,
) -> int:
    """Put back what went out since the backup, and name what else happened since. May be run again."""
    moment = _since(since)
    async with parts() as here:
        found = from_logs(log or [], moment)
        histories = await from_histories(await connected(here.settings), moment)
        listed = await _listed(here, moment)
        blind = set() if found.reaches_back else SENT_BY_PROVIDERS - listed.keys()
        report = await put_right(here, found, histories, moment, by, listed=listed, blind=blind, dry_run=dry_run)
    told = asdict(report)
    rows = [{"what": what, "and": WORDS[kind]} for kind, all_of in told.items() for what in all_of if kind != "known"]
    output.answer_table(told, rows, empty="nothing is known that happened since")
    if report.bank_files:
        output.hint(f"move {len(report.bank_files)} files from done/ into {here.settings.bank_file_folder} again")
    return 1 if any(told[kind] for kind in told if kind not in ("put_back", "known")) else 0


async def put_right(
    here: Parts,
    logs: Since,
    histories: Since,
    since: datetime,
    by: str,
    *,
    listed: Mapping[Channel, Sequence[Listed]] = NOTHING_LISTED,
    blind: Collection[Channel] = (),
    until: datetime | None = None,
    dry_run: bool = False,
) -> Report:
    """Put back what is known to have left, hold what is at the bank or may have left, and name the rest.

    `listed` is what providers know of, by channel. Of the channels that are `blind` nobody can tell what left between
    `since` and `until`, which is now unless told: a case that would send by one of them is held for a person.

    Raises Refusal where cases may act meanwhile: they would send what is about to be put back.
    """
    report = Report()
    async with here.database.transaction() as connection:
        stops = await list_stops(connection)
        if not any(stop.scope == "everything" and stop.reason_code == RESTORING for stop in stops):
            raise Refusal(f"first `starter.py stop on everything --reason {RESTORING}`: cases may act meanwhile")
        for sent in _all_sent(logs, histories):
            await _stands_as_sent(connection, here, sent, report)
        for sent in await _companions(connection, here, histories):
            await _stands_as_sent(connection, here, sent, report)
        now = await clock.now(connection)
        hold = partial(_hold, connection, here, since, by, PERHAPS_SENT, now)
        for channel, sent_to in listed.items():
            for untold, creditor, number, times in await restored.untold(connection, channel, sent_to, since):
                report.untold.append(f"{creditor}/{number}: {times} by {channel}")
                await hold(untold)
        await _files(connection, here, since, by, report)
        # Of a letter that nobody tells of it is unknown whose it is.
        unseen = {*blind, *([Channel.LETTER] if report.letters else [])}
        for plan in await _perhaps_sent(connection, here, unseen, until or now):
            case, action = plan.case, plan.action
            report.perhaps_sent.append(f"{case.creditor_id}/{case.number}: {action.step} by {action.channel}")
            await hold(case.id)
        if dry_run:
            await connection.rollback()
    heard = sorted({(case, what) for case, what, _ in (*logs.heard, *histories.heard)})
    report.happened = [
        f"{case}: {', '.join(what for _, what in some)}" for case, some in groupby(heard, lambda h: h[0])
    ]
    return report


async def _listed(here: Parts, since: datetime) -> Mapping[Channel, Sequence[Listed]]:
    """What the providers list. SendGrid does where the account has its additional email activity history."""
    settings = here.settings
    asked: dict[Channel, Callable[[datetime], Awaitable[Sequence[Listed]]]]
    asked = {Channel.EMAIL: sendgrid_of(settings).sent_since}
    async with here.database.transaction() as connection:
        senders = await every_sms_sender(connection)
    if settings.twilio_account_sid and (settings.twilio_sms_from or senders):
        asked[Channel.SMS] = partial(twilio_of(settings, settings.twilio_sms_from).sent_since, also=senders)
    if settings.twilio_account_sid and settings.twilio_whatsapp_from:
        whatsapp = twilio_of(settings, f"whatsapp:{settings.twilio_whatsapp_from}")
        asked[Channel.DIRECT_MESSAGE] = whatsapp.sent_since
    listed: dict[Channel, Sequence[Listed]] = {}
    for channel, ask in asked.items():
        try:
            listed[channel] = await ask(since)
        except SendFailed as away:
            output.hint(f"nobody lists what went out by {channel} ({away.reason})")
    return listed


async def _perhaps_sent(
    connection: AsyncConnection, here: Parts, blind: Collection[Channel], until: datetime
) -> list[PlannedCase]:
    """The cases that would now send what may have left already, as they would go on if nothing stopped all."""
    found = []
    for case in await restored.due(connection, until) if blind else ():
        stopped = await here.planning.plan(connection, case, until)
        free = replace(stopped.case.facts, stops=tuple(s for s in stopped.case.facts.stops if s != "everything"))
        plan = here.planning.replan(stopped, free, until)
        is_due = plan.action.at is None or plan.action.at <= until
        if is_due and plan.action.kind is ActionKind.DELIVER and plan.action.channel in blind:
            found.append(plan)
    return found


async def _hold(
    connection: AsyncConnection, here: Parts, since: datetime, by: str, why: str, now: datetime, case: int
) -> None:
    """Hold a case for a person, once for a restore."""
    order = Hold(by=by, reason_code=why)
    await record(connection, here.planning, case, order, f"restored#{why}#{case}#{since.isoformat()}", now)


def _all_sent(logs: Since, histories: Since) -> list[SentSince]:
    """Each message once: a log knows it better than a history."""
    known = {(each.creditor, each.number, each.step, each.channel): each for each in histories.sent}
    known |= {(each.creditor, each.number, each.step, each.channel): each for each in logs.sent}
    return sorted(known.values(), key=lambda each: each.at)


async def _stands_as_sent(connection: AsyncConnection, here: Parts, sent: SentSince, report: Report) -> None:
    what = f"{sent.creditor}/{sent.number}: {sent.step} by {sent.channel}, {sent.at:%Y-%m-%d %H:%M} UTC"
    case = await _case(connection, sent)
    if case is None:
        report.invoices_missing.append(what)
        return
    plan = await here.planning.plan_loaded(connection, case, sent.at)
    try:
        step = step_named(plan.policy, sent.step)
    except KeyError:
        report.steps_missing.append(what)
        return
    alert = sent.channel in step.alert and sent.channel not in step.channels
    day = plan.law.calendar.local_date(sent.at)
    put = await restored.put_back(
        connection, case, sent, sent.delivery or uuid4(), step.message or "", day, alert=alert
    )
    (report.put_back if put else report.known).append(what)


async def _case(connection: AsyncConnection, sent: SentSince) -> OpenCase | None:
    found = await case_of(connection, sent.creditor, sent.number)
    return None if found is None else await load_case(connection, found.id, sent.at)


async def _companions(connection: AsyncConnection, here: Parts, histories: Since) -> list[SentSince]:
    """The steps of cases that rode in another's message: the same message by the same channel, in their own policies."""
    found = []
    for creditor, number, at in histories.rode:
        for lead in histories.sent:
            if lead.creditor != creditor or not at - TOGETHER <= lead.at <= at:
                continue
            rider = await _case(connection, replace(lead, number=number))
            leading = await _case(connection, lead)
            if rider is None or leading is None or rider.debtor_id != leading.debtor_id:
                continue
            said = step_named((await here.planning.plan_loaded(connection, leading, at)).policy, lead.step).message
            own = (await here.planning.plan_loaded(connection, rider, at)).policy.steps
            step = next((each.id for each in own if each.message == said and lead.channel in each.channels), None)
            if step is not None:
                found.append(replace(lead, number=number, step=step, at=at, delivery=None, provider_id=None))
    return found


async def _files(connection: AsyncConnection, here: Parts, since: datetime, by: str, report: Report) -> None:
    batches = here.print_batches
    letters = {each.delivery_id: batch for batch in batches.batches() for each in batches.letters(batch)}
    report.letters = [f"{letters[each]}/{each}.pdf" for each in await restored.unknown(connection, list(letters))]
    hand_offs = _published(here.settings.hand_off_folder, "*.json")
    report.hand_off_files = await after_restore.unknown_hand_off_files(connection, [each.name for each in hand_offs])
    draws = {each.name: each for each in _published(here.settings.direct_debit_folder / "out", "*.txt")}
    report.direct_debit_files = await after_restore.unknown_direct_debit_files(connection, list(draws))
    drawn = [kid for name in report.direct_debit_files if "-claims-" in name for kid in _drawn(draws[name])]
    now = await clock.now(connection)
    for case, creditor, number in await after_restore.by_reference(connection, drawn):
        await _hold(connection, here, since, by, AT_THE_BANK, now, case)
        report.held.append(f"{creditor}/{number}")
    done = _published(here.settings.bank_file_folder / "done", "*")
    report.bank_files = [each.name for each in done if each.stat().st_mtime >= since.timestamp()]


def _published(folder: Path, names: str) -> list[Path]:
    return sorted(each for each in folder.glob(names) if each.is_file() and not each.name.startswith("."))


def _drawn(file: Path) -> Sequence[str]:
    return [found["kid"].strip() for line in file.read_text("latin-1").splitlines() if (found := DRAWN.match(line))]
