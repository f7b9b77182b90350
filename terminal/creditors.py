"""Creditors and their keys to the API."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer
import yaml
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError

from config.files import read_laws, read_policies
from connectors.other_process_files import NoOtherProcessFile, read_sent
from domain.look import Look
from domain.policy.choosing import faults_of_policy
from domain.vocabulary import DebtorKind
from facts import looks
from facts.invoices.invoices import find_creditor
from facts.operations import other_process
from facts.operations.ramps import Percent, Ramp, ramp_of, set_ramp
from facts.parties import clocks, creditor_policies
from facts.parties.creditors import (
    BY_FILE,
    CreditorDetails,
    country_of,
    issue_api_key,
    list_api_keys,
    register,
    revoke_api_key,
)
from facts.parties.rehearsals import rehearsal_of, send_to
from facts.refusals import UnknownCreditor
from terminal import output
from terminal.connection import command, local_day, transaction
from terminal.output import Misuse, Refusal
from terminal.parse import day, existing
from terminal.who import By, agency_named
from views.comparison import comparison, told

PERCENTS: dict[str, Percent] = {"1": 1, "10": 10, "100": 100}
MARKS = {"fine": "✓", "look": "?", "missing": "✗"}

app = typer.Typer()
creditor = typer.Typer(
    help="Register a creditor and check it before it goes live; issue, list and revoke its keys to the API."
)
app.add_typer(creditor, name="creditor")


@command(creditor, "add")
async def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The creditor's details, as YAML or JSON.")],
    by: By,
    reason: Annotated[str, typer.Option(help="Why its policies are others now, as a short code.")] = BY_FILE,
) -> None:
    """Register a creditor and print its API key, this once; a known creditor's details are brought up to date."""
    existing([file])
    details = _read(file)
    _check_methods(details)
    key = None
    try:
        async with transaction() as (connection, now):
            _check_allocation(details, local_day(now))
            _check_policies(details, local_day(now))
            try:
                known = (await find_creditor(connection, details.id)).id == details.id
            except UnknownCreditor:
                known = False
            await register(connection, details, now, by=by, reason_code=reason)
            if not known:
                key = await issue_api_key(connection, details.id, "first key", now)
    except IntegrityError as taken:
        raise Refusal(
            f"organisation number {details.organisation_number} belongs to another creditor: nothing is changed"
        ) from taken
    words = f"creditor {details.id} is registered\nAPI key (shown this once): {key}" if key else None
    output.answer({"creditor": details.id, "api_key": key}, words or f"creditor {details.id} is brought up to date")


@command(creditor, "policies")
async def policies(creditor: Annotated[str, typer.Argument(help="The creditor's id.")]) -> None:
    """By which policies a creditor's invoices have gone, since when, by whose word and why."""
    async with transaction() as (connection, _):
        owner = (await find_creditor(connection, creditor)).id
        found = await creditor_policies.changes(connection, owner)
    rows = [
        {
            "at": each.at,
            "by": each.by,
            "reason": each.reason_code,
            "policies": ", ".join(f"{whom}: {name}" for whom, name in sorted(each.policies.items())),
        }
        for each in found
    ]
    output.answer_table({"creditor": owner, "changes": found}, rows, empty="no change is kept")


@command(creditor, "check")
async def check(creditor: Annotated[str, typer.Argument(help="The creditor's id.")]) -> int:
    """Whether a creditor can go live: what is registered of it, and what the providers say of the senders. Sends nothing."""
    from terminal.going_live import findings_of  # who only issues a key waits for no rules

    findings = await findings_of(creditor)
    rows = [{"": MARKS[each.state], "about": each.about, "found": each.found, "do": each.do} for each in findings]
    output.answer_table({"creditor": creditor, "findings": findings}, rows, records=findings)
    return 1 if any(each.state == "missing" for each in findings) else 0


@command(creditor, "ramp")
async def ramp(
    creditor: Annotated[str, typer.Argument(help="The creditor's id.")],
    percent: Annotated[
        Literal["1", "10", "100"] | None,
        typer.Argument(help="How many of a hundred debtors are in; without it: how it stands."),
    ] = None,
    *,
    by: By,
    reason: Annotated[str | None, typer.Option(help="Why, as a short code.")] = None,
) -> None:
    """Begin with a few debtors: the others wait, nothing is sent to them. `stop on creditor ID` stops everybody at once."""
    if (percent is None) != (reason is None):
        raise Misuse("give a percentage and --reason, or neither to see how it stands")
    woken = None
    async with transaction() as (connection, now):
        owner = (await find_creditor(connection, creditor)).id
        if percent is not None and reason is not None:
            woken = await set_ramp(connection, owner, PERCENTS[percent], by, reason, now)
        stands = await ramp_of(connection, owner)
    output.answer(
        {"creditor": owner, "looking_again": woken, "ramp": stands}, "\n".join(_ramp_told(owner, stands, woken))
    )


@command(creditor, "look")
async def look(
    creditor: Annotated[str, typer.Argument(help="The creditor's id.")],
    colour: Annotated[str | None, typer.Option(help="Of links and buttons, as #1d4ed8.")] = None,
    logo: Annotated[Path | None, typer.Option(metavar="FILE", help="A PNG or JPEG of at most 100 kB.")] = None,
    ours: Annotated[bool, typer.Option("--ours", help="As everybody looks, from now on.")] = False,
    *,
    by: By,
    reason: Annotated[str | None, typer.Option(help="Why, as a short code.")] = None,
) -> None:
    """A logo and a colour on page, email and letter, both from now on; without options: how it looks."""
    if (ours and (colour or logo)) or bool(ours or colour or logo) != (reason is not None):
        raise Misuse("give --colour, --logo or both, or --ours, and --reason; or nothing, to see how it looks")
    wanted = _look(colour, logo) if colour or logo else None
    async with transaction() as (connection, now):
        owner = (await find_creditor(connection, creditor)).id
        if reason is not None:
            await looks.put(connection, owner, wanted, by, reason, now)
        shown = await looks.read(connection, owner)
    size = f"a logo of {len(shown.logo.content):,} bytes" if shown and shown.logo else "no logo"
    words = f"{owner} looks as everybody"
    if shown:
        words = f"{owner}: {shown.colour}, on dark grounds {shown.colour_on_dark}, {size}"
    told = {"colour": shown.colour if shown else None, "colour_on_dark": shown.colour_on_dark if shown else None}
    output.answer({"creditor": owner, **told, "has_logo": bool(shown and shown.logo)}, words)


@command(creditor, "did")
async def did(
    creditor: Annotated[str, typer.Argument(help="The creditor's id.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV: invoice, date, step, channel.")],
    of: Annotated[date, typer.Option("--day", parser=day, metavar="DAY", help="The day that the file tells of.")],
    by: By,
) -> None:
    """What the creditor's process of today sent on a day, to be held against a shadow; one line that is wrong refuses it all."""
    existing([file])
    try:
        sent = read_sent(file.read_bytes(), of)
    except NoOtherProcessFile as wrong:
        raise Refusal(f"{file}: {wrong}: nothing is kept") from wrong
    async with transaction() as (connection, now):
        owner = (await find_creditor(connection, creditor)).id
        await other_process.keep(connection, owner, of, sent, by, now)
    output.answer({"creditor": owner, "day": of, "messages": len(sent)}, f"{owner} sent {len(sent):,} messages on {of}")


@command(creditor, "compare")
async def compare(
    creditor: Annotated[str, typer.Argument(help="The creditor's id.")],
    on: Annotated[date | None, typer.Option("--day", parser=day, metavar="DAY", help="The day; yesterday.")] = None,
) -> int:
    """What a shadow would have sent on a day beside what today's process sent: only Purr, only them, other day, other channel."""
    async with transaction() as (connection, now):
        owner = (await find_creditor(connection, creditor)).id
        calendar = read_laws()[await country_of(connection, owner)].calendar
        on = on or calendar.local_date(now) - timedelta(days=1)
        found = await comparison(connection, owner, calendar, on)
    rows = [{"kind": each.kind, "purr": each.purr, "them": each.them} for each in found.found]
    output.answer({"creditor": owner, "comparison": found}, "\n".join(told(found)), rows)
    return 1 if found.differs else 0


@command(creditor, "rehearse")
async def rehearse(
    creditor: Annotated[str, typer.Argument(help="The id of a creditor in test mode.")],
    email: Annotated[str | None, typer.Option(help="Where emails go, and letters as what an email carries.")] = None,
    phone: Annotated[str | None, typer.Option(help="Where SMS and WhatsApp go, as SMS.")] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="From now on nobody gets them.")] = False,
    *,
    by: By,
    reason: Annotated[str | None, typer.Option(help="Why, as a short code.")] = None,
) -> None:
    """All messages to me: who tries a creditor out gets each of them, marked as a test, and no debtor gets any."""
    changes = bool(email or phone or nobody)
    if (nobody and (email or phone)) or changes != (reason is not None):
        raise Misuse("give --email, --phone or both, or --nobody, and --reason; or nothing, to see who gets them")
    async with transaction() as (connection, now):
        owner = (await find_creditor(connection, creditor)).id
        if reason is not None:
            await send_to(connection, owner, email, phone, by, reason, now)
        shown = await rehearsal_of(connection, owner)
    places = " and ".join(filter(None, (shown.email, shown.phone))) if shown else "nobody"
    output.answer({"creditor": owner, "rehearsal": shown}, f"all messages of {owner} go to {places}")


@command(creditor, "key")
async def new_key(
    creditor: Annotated[str, typer.Argument(help="The creditor's id.")],
    label: Annotated[str, typer.Option(help="What the key is for.")] = "terminal",
    agency: Annotated[
        str | None, typer.Option(metavar="NAME", help="For this agency alone: it sees the calls given to it.")
    ] = None,
) -> None:
    """Issue another API key; it is shown this once. Keys given before stay valid."""
    agency = agency_named(agency) if agency else None
    async with transaction() as (connection, now):
        owner = (await find_creditor(connection, creditor)).id
        key = await issue_api_key(connection, owner, label, now, agency)
    output.answer({"creditor": owner, "api_key": key}, f"API key of {owner} (shown this once): {key}")


@command(creditor, "keys")
async def keys(creditor: Annotated[str, typer.Argument(help="The creditor's id.")]) -> None:
    """The API keys that were issued, oldest first: what each is for, never the key itself."""
    async with transaction() as (connection, _):
        owner = (await find_creditor(connection, creditor)).id
        issued = await list_api_keys(connection, owner)
    output.answer_table({"creditor": owner, "keys": issued}, issued, empty="no keys")


@command(creditor, "revoke")
async def revoke(
    key: Annotated[str, typer.Argument(help="The key's id or label, as `creditor keys` shows them.")],
    creditor: Annotated[str, typer.Option(help="The creditor's id.")],
) -> None:
    """End an API key: it opens nothing from now on."""
    async with transaction() as (connection, now):
        owner = (await find_creditor(connection, creditor)).id
        await revoke_api_key(connection, owner, key, now)
    output.answer({"creditor": owner, "revoked": key}, f"key {key} of {owner} is revoked")


@command(creditor, "clock")
async def own_clock(
    creditor: Annotated[str, typer.Argument(help="The id of a creditor in test mode.")],
    days: Annotated[int | None, typer.Option(min=1, help="Move it so many days ahead.")] = None,
    to: Annotated[str | None, typer.Option(help="Move it to 08:00 UTC of a day ahead (YYYY-MM-DD).")] = None,
) -> None:
    """What time it is for a creditor in test mode; its cases do what comes due on the way where the clock is moved."""
    if days is not None and to is not None:
        raise Misuse("give --days or --to")
    async with transaction() as (connection, _):
        shown = await clocks.own_clock(connection, creditor)
        ahead = shown.now + timedelta(days=days) if days else None
        ahead = datetime.combine(day(to), time(8), UTC) if to else ahead
        if ahead is not None:
            shown = await clocks.set_out(connection, creditor, ahead)
    words = f"{creditor}: {shown.now.isoformat(timespec='minutes')}"
    if shown.target is not None:
        words += f", on its way to {shown.target.isoformat(timespec='minutes')}"
    output.answer({"creditor": creditor, "now": shown.now, "advancing_to": shown.target}, words)


def _look(colour: str | None, logo: Path | None) -> Look:
    """A look that was typed; the picture must be one that letters can print."""
    from messages.sample_look import checked_look  # who only issues a key waits for no letters

    try:
        return checked_look(colour, existing([logo])[0].read_bytes() if logo else None)
    except (ValueError, OSError) as wrong:
        raise Refusal(str(wrong)) from wrong


def _ramp_told(creditor: str, ramp: Ramp, woken: int | None) -> Iterator[str]:
    if woken is not None:
        yield f"to look again: {_so_many(woken, 'open case')}"
    yield f"{creditor}: {ramp.percent} of 100 debtors are in" + ("" if ramp.history else ": there is no ramp")
    debtors, cases = ramp.debtors - ramp.debtors_waiting, ramp.cases - ramp.cases_waiting
    yield f"  in: {_so_many(debtors, 'debtor')} with {_so_many(cases, 'open case')}"
    yield f"  waiting: {_so_many(ramp.debtors_waiting, 'debtor')} with {_so_many(ramp.cases_waiting, 'open case')}"
    for each in ramp.history:
        yield f"  {each.since:%Y-%m-%d %H:%M} {each.percent} of 100, by {each.by}: {each.reason_code}"


def _so_many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _read(file: Path) -> CreditorDetails:
    try:
        return CreditorDetails.model_validate(yaml.safe_load(file.read_text()))
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(f"{file} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise Refusal(f"{file} is neither YAML nor JSON: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        )
        raise Refusal(f"{file}: {faults}") from error


def _check_allocation(details: CreditorDetails, on: date) -> None:
    """A creditor has its own order in which money pays the parts of a claim only where its country lets it, for some debtors."""
    law = read_laws().get(details.country)
    if law is None:
        raise Refusal(f"country: no law of {details.country} is known: add it to config/countries")
    own = details.allocation
    kinds: tuple[DebtorKind, ...] = ("consumer", "business")
    if own is not None and all(law.allocation_for(own, on, kind) != own for kind in kinds):
        order = ", ".join(law.allocation_for(own, on))
        raise Refusal(f"allocation: in {details.country} the law gives the order {order}: leave it out")


def _check_methods(details: CreditorDetails) -> None:
    from web.payment_methods.registry import METHODS, payment_methods  # the web's libraries: --help waits for none

    if unknown := details.payment_methods.keys() - METHODS.keys():
        raise Refusal(f"payment_methods: no provider {', '.join(sorted(unknown))}; there are {', '.join(METHODS)}")
    for method in payment_methods():
        if strange := [key for key in details.payment_methods.get(method.name, {}) if not method.reads(key)]:
            raise Refusal(
                f"payment_methods.{method.name}: nobody reads {', '.join(strange)}; write {method.merchant_key}, or"
                f" {method.merchant_key}_EUR of an account that is paid in EUR"
            )


def _check_policies(details: CreditorDetails, today: date) -> None:
    laws = read_laws()
    policies = {name: policy for name, (policy, _) in read_policies(laws, today).items()}
    named: list[tuple[str, str, str | None, str]] = [("consumer_policy", "consumer", None, details.consumer_policy)]
    if details.business_policy is not None:
        named.append(("business_policy", "business", None, details.business_policy))
    for code, names in details.policies.items():
        named += [(f"policies.{code}.{kind}", kind, code, name) for kind, name in names.items()]
    for field, kind, country, name in named:
        for fault in faults_of_policy(name, policies, laws, kind=kind, country=country):
            raise Refusal(f"{field}: {fault}")
