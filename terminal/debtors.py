"""What an operator knows of a debtor's life: told, lifted, shown, and the debtor found by whatever is known."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import uuid4

import typer
from pydantic import ValidationError

from commands.command import in_words
from commands.debtor.change import DebtorChange, StopReason, change_debtor
from commands.debtor.statement import send_statement
from domain.invoices.incoming import DebtorKind
from domain.languages import Language
from domain.learned.behaviour import keys_of
from domain.learned.segments import USE
from domain.moment import moment_in
from domain.parties.roles import ContactRole
from domain.parties.standing import STOPS
from facts import clock
from facts.money import statements
from facts.parties import debtors
from terminal import output, parse
from terminal.connection import command, parts, transaction
from terminal.output import Misuse, Refusal
from terminal.who import AskedBy, By, Note
from views import statement as statement_view
from views.clients import clients_of
from views.debtor_standing import standing_shown
from views.found_debtors import FoundDebtor, find_debtors
from views.prediction.behaviour import behaves, worth, worth_in_words

app = typer.Typer()
debtor = typer.Typer(
    help="A creditor's debtors, by customer number: what is known of their lives, and what that forbids."
)
app.add_typer(debtor, name="debtor")

Stopped = Literal[StopReason, "estate rejected", "pause", "tracking", "profiling", "calls", "danger"]
Lifted = Literal[Stopped, "represented", "guardian", "estate", "protected address", "not me", "prefers", "child of"]
FIELDS = {
    "estate rejected": "estate_rejected",
    "tracking": "objects_to_tracking",
    "profiling": "objects_to_profiling",
    "calls": "no_calls",
    "danger": "danger",
    "protected address": "protected_address",
}
NOTHING: dict[str, Any] = {
    "pause": {"paused_until": None},
    "represented": {"representative": None},
    "guardian": {"guardian": None},
    "estate": {"estate": None},
    "not me": {"not_me": None},
    "prefers": {"preferred_channel": None},
    "child of": {"parent": None},
}

Creditor = Annotated[str, typer.Argument(help="The creditor's id.")]
Number = Annotated[str, typer.Argument(help="The debtor's customer number.", metavar="CUSTOMER_NUMBER")]
Why = Annotated[str, typer.Option("--reason", help="Why, as a short code.")]
Called = Annotated[str | None, typer.Option(help="The name now, where several share the number.")]
Email = Annotated[str | None, typer.Option(help="An address that works, opted out or bounced before or not.")]
Phone = Annotated[str | None, typer.Option(help="A number that works, likewise.")]
Whatsapp = Annotated[
    str | None, typer.Option(help="The mobile number on which they agreed to be written to by WhatsApp.")
]
Since = Annotated[
    date | None, typer.Option(parser=parse.day, metavar="DAY", help="Since when it holds; else from today.")
]
Until = Annotated[
    date | None,
    typer.Option(parser=parse.day, metavar="DAY", help="The first day on which it does not any more."),
]
Lines = Annotated[list[str] | None, typer.Option("--address", help="Street or box; once for each line.")]
Postcode = Annotated[str | None, typer.Option(help="Together with --address and --city.")]
City = Annotated[str | None, typer.Option(help="Together with --address and --postcode.")]


@command(debtor, "show")
async def show(creditor: Creditor, number: Number, called: Called = None) -> None:
    """What is known of a debtor, since when and by whom; what that forbids, and why; and what a person has yet to do."""
    async with parts() as here, here.database.transaction() as connection:
        now = await clock.now(connection, creditor)
        shown = await standing_shown(connection, creditor, number, called, here.laws, now)
    said = [f"{shown.name} ({shown.customer_number}); written to: {shown.written_to}"]
    for known in shown.known:
        value = f" {known.value}" if known.value is not None else ""
        days = f"{f' since {known.since}' if known.since else ''}{f' until {known.until}' if known.until else ''}"
        why = f" ({known.reason_code})" if known.reason_code else ""
        told = f"says {known.by}{why}, told {known.told_at:%Y-%m-%d %H:%M} UTC"
        said.append(f"{'' if known.holds else 'no longer: '}{known.what}{value}{days}, {told}")
    said += [f"{each.thing}: {each.says}, because {each.why}; {each.source}" for each in shown.forbidden]
    said += [
        f"{each['channel']} {each['address']}{f', {role}' if (role := each['role']) else ''}: {each['state']}"
        for each in shown.addresses
    ]
    said += [
        f"open: {each['number']}, {each['balance']} {each['currency']}, {each['why']}" for each in shown.open_cases
    ]
    if shown.parent:
        does = _does(pays=shown.parent["pays"], reached=shown.parent.get("written_to", False))
        said.append(f"child of {shown.parent['parent']} {shown.parent['name'] or '(not known yet)'}{does}")
    said += [
        f"parent of {each.customer_number or '?'} {each.name}"
        f"{_does(pays=each.is_paid_for, reached=each.is_reached_through_parent)}"
        for each in shown.children
    ]
    for task in shown.tasks:
        last = f" by {task['due_on']}" if task["due_on"] else ""
        said.append(f"task {task['id']} of {task['invoice']}{last}: {task['why']}")
    output.answer({"debtor": shown}, "\n".join(said))


def _family(found: FoundDebtor) -> str:
    children = f"parent of {', '.join(found.children)}" if found.children else ""
    return f"child of {found.parent}" if found.parent else children


@command(debtor, "behaviour")
async def behaviour(creditor: Creditor, number: Number, called: Called = None) -> None:
    """How a debtor pays and in which segment, as it was found last, and what the customer is worth by what was told."""
    async with transaction() as (connection, _):
        now = await clock.now(connection, creditor)
        found = await debtors.find(connection, creditor, number, called)
        if found is None:
            raise Refusal(f"creditor {creditor} has no debtor with customer number {number}")
        here = await behaves(connection, found.id)
        value = await worth(connection, creditor, number, moment_in(found.country, now).day)
    said = worth_in_words(value)
    document: dict[str, Any] = {"customer_number": number, "segment": None, "patterns": [], "worth": said}
    if here is None:
        said = ["nothing was found of how this debtor pays, or nothing may be", *said]
    else:
        segment = [f"in the segment {here.name} ({here.key})"] if here.key else []
        said = [*segment, *here.words, *([here.stands] if here.stands else []), *said]
        said.append(f"version {here.version}, found {here.found_at:%Y-%m-%d}: {USE}")
        keys = keys_of(here.patterns)
        document |= {"segment": here.key, "segment_name": here.name, "patterns": keys, "words": here.words}
        document |= {"version": here.version, "found_at": here.found_at, "use": USE}
    output.answer(document, "\n".join(said))


def _does(*, pays: bool, reached: bool) -> str:
    """What a parent does for a child."""
    return f"{', pays for it' if pays else ''}{', is written to about it' if reached else ''}"


@command(debtor, "find")
async def find(
    said: Annotated[str, typer.Argument(metavar="WORDS", help="A name, phone, email, customer number or reference.")],
    creditor: Annotated[str | None, typer.Option(help="Only this creditor's.")] = None,
) -> None:
    """Find a debtor by whatever is said: a name with slips, a phone number, an email address, a number, any reference."""
    async with transaction() as (connection, now):
        found = await find_debtors(connection, creditor, said, now)
    shown = [
        {
            "debtor": f"{each.creditor}/{each.customer_number or '?'}",
            "name": each.name,
            "address": ", ".join(each.address),
            "family": _family(each),
            "open": each.open_cases,
            "by": each.by if each.likeness == 100 else f"{each.by}, {each.likeness} % alike",
        }
        for each in found
    ]
    output.answer_table({"debtors": found}, shown, empty="nobody is found")


@command(debtor, "clients")
async def clients(
    creditor: Creditor,
    address: Annotated[str, typer.Argument(help="The email address or phone number of a guardian or adviser.")],
) -> None:
    """For whom a guardian or adviser stands in: all whose representative is reached at an address."""
    async with transaction() as (connection, _):
        found = await clients_of(connection, creditor, address)
    shown = [
        {
            "debtor": each.customer_number or "?",
            "name": each.name,
            "representative": each.represented_by,
            "open": each.open_cases,
            "balance": each.balance,
        }
        for each in found
    ]
    output.answer_table({"clients": found}, shown, empty="nobody at that address stands in for anybody")


@command(debtor, "stop")
async def stop(
    creditor: Creditor,
    number: Number,
    what: Annotated[Stopped, typer.Argument(help="What became known, or what the debtor does not want.")],
    by: By,
    reason: Why = "operator",
    since: Since = None,
    until: Until = None,
    note: Note = None,
    called: Called = None,
    asked_by: AskedBy = None,
) -> None:
    """Something became known that stops cases, or that the debtor objects to: all open cases look again at once."""
    if what in STOPS:
        given: dict[str, Any] = {"stop_reason": what}
    elif what == "pause":
        if until is None:
            raise Misuse("a pause ends: say the first day after it with --until")
        given = {"paused_until": until}
    else:
        given = {FIELDS[what]: True}
    days = {"since": since, "until": None if what == "pause" else until}
    who = {"by": by, "asked_by": asked_by, "reason_code": reason, "note": note}
    await _change(creditor, number, called, given | days | who)


@command(debtor, "release")
async def release(
    creditor: Creditor,
    number: Number,
    what: Annotated[Lifted, typer.Argument(help="What does not hold any more.")],
    by: By,
    reason: Why = "operator",
    note: Note = None,
    called: Called = None,
) -> None:
    """What was known holds no more: what a person was asked for it is done, and all open cases look again at once."""
    if what in STOPS:
        async with parts() as here, here.database.transaction() as connection:
            now = await clock.now(connection, creditor)
            shown = await standing_shown(connection, creditor, number, called, here.laws, now)
        if what not in {known.what for known in shown.known if known.holds}:
            raise Misuse(f"the debtor is not {what}: `debtor show` says what is known")
        given: dict[str, Any] = {"stop_reason": None}
    else:
        given = NOTHING[what] if what in NOTHING else {FIELDS[what]: False}
    await _change(creditor, number, called, given | {"by": by, "reason_code": reason, "note": note})


@command(debtor, "represent")
async def represent(
    creditor: Creditor,
    number: Number,
    name: Annotated[str, typer.Argument(help="Who gets every message instead.")],
    by: By,
    reason: Why = "operator",
    guardian: Annotated[bool, typer.Option("--guardian", help="A guardian, of a child or a grown person.")] = False,
    estate: Annotated[bool, typer.Option("--estate", help="Who speaks for the estate of a debtor who died.")] = False,
    email: Email = None,
    phone: Phone = None,
    address: Lines = None,
    postcode: Postcode = None,
    city: City = None,
    since: Since = None,
    until: Until = None,
    note: Note = None,
    called: Called = None,
) -> None:
    """An adviser, a guardian or an estate's contact gets every message from now on; the debtor's own channels fall silent."""
    reach: dict[str, Any] = {
        "email": email,
        "phone": phone,
        "address_lines": address or (),
        "postcode": postcode,
        "city": city,
    }
    if not (email or phone or address):
        raise Misuse("say where they are reached: --email, --phone or --address")
    if guardian and estate:
        raise Misuse("say as whom they stand in: --guardian or --estate")
    field = "estate" if estate else "guardian" if guardian else "representative"
    given = {field: {"name": name} | reach, "since": since, "until": until, "note": note}
    await _change(creditor, number, called, given | {"by": by, "reason_code": reason})


@command(debtor, "child-of")
async def child_of(
    creditor: Creditor,
    number: Number,
    parent: Annotated[str, typer.Argument(help="The parent's customer number.")],
    by: By,
    reason: Why = "operator",
    pays: Annotated[bool, typer.Option("--pays", help="What the child owes is on the parent's statement.")] = False,
    written_to: Annotated[
        bool, typer.Option("--written-to", help="What is about the child goes to the parent's addresses.")
    ] = False,
    since: Since = None,
    until: Until = None,
    note: Note = None,
    called: Called = None,
) -> None:
    """A business belongs to another: its group, or its head office, which may pay for it and be written to about it."""
    family = {"customer_number": parent, "pays": pays, "written_to": written_to}
    given = {"parent": family, "since": since, "until": until, "note": note}
    await _change(creditor, number, called, given | {"by": by, "reason_code": reason})


@command(debtor, "protect")
async def protect(
    creditor: Creditor,
    number: Number,
    by: By,
    reason: Why = "operator",
    since: Since = None,
    until: Until = None,
    note: Note = None,
    called: Called = None,
) -> None:
    """The address is protected: a person approves each letter and the hand-off, and nobody is given it."""
    given = {"protected_address": True, "since": since, "until": until, "note": note}
    await _change(creditor, number, called, given | {"by": by, "reason_code": reason})


@command(debtor, "country")
async def country(
    creditor: Creditor,
    number: Number,
    code: Annotated[str, typer.Argument(metavar="CODE", help="Where they live now: a code like FI.")],
    by: By,
    reason: Why = "operator",
    called: Called = None,
) -> None:
    """A debtor has moved to another country: what was told and agreed stays, and of each open case a person says by which policy
    it goes on (`choose-policy`)."""
    await _change(creditor, number, called, {"country": code.upper(), "by": by, "reason_code": reason})


@command(debtor, "kind")
async def kind(
    creditor: Creditor,
    number: Number,
    what: Annotated[DebtorKind, typer.Argument(help="What they turn out to be.")],
    by: By,
    reason: Why = "operator",
    note: Note = None,
    called: Called = None,
) -> None:
    """A debtor is of another kind than was thought: what was told and agreed stays, and of each open case a person says by which
    policy it goes on (`choose-policy`)."""
    await _change(creditor, number, called, {"kind": what, "by": by, "reason_code": reason, "note": note})


@command(debtor, "language")
async def language(
    creditor: Creditor,
    number: Number,
    code: Annotated[Language, typer.Argument(help="The language.")],
    by: By,
    reason: Why = "operator",
    called: Called = None,
) -> None:
    """In which language the debtor wants to be written to, whatever later invoices say."""
    await _change(creditor, number, called, {"language": code, "by": by, "reason_code": reason})


@command(debtor, "prefer")
async def prefer(
    creditor: Creditor,
    number: Number,
    channel: Annotated[Literal["email", "sms", "direct_message", "letter"], typer.Argument(help="The channel.")],
    by: By,
    reason: Why = "operator",
    called: Called = None,
) -> None:
    """Which channel is tried first, where a step may use it."""
    await _change(creditor, number, called, {"preferred_channel": channel, "by": by, "reason_code": reason})


@command(debtor, "not-me")
async def not_me(
    creditor: Creditor,
    number: Number,
    address: Annotated[str, typer.Argument(help="The email address or phone number, as it is stored.")],
    by: By,
    reason: Why = "operator",
    note: Note = None,
    called: Called = None,
) -> None:
    """An address is somebody else's: nothing goes there, its links show nothing, and what went there did not arrive."""
    await _change(creditor, number, called, {"not_me": address, "by": by, "reason_code": reason, "note": note})


@command(debtor, "change")
async def change(
    creditor: Creditor,
    number: Number,
    by: By,
    reason: Why,
    called: Called = None,
    name: Annotated[str | None, typer.Option(help="Another name of the same debtor.")] = None,
    email: Email = None,
    phone: Phone = None,
    whatsapp: Whatsapp = None,
    another_phone: Annotated[
        str | None, typer.Option(help="One more number: it replaces none, and messages go where they went.")
    ] = None,
    no_longer: Annotated[
        str | None, typer.Option(help="An email address or number that they do not use any more.")
    ] = None,
    role: Annotated[
        ContactRole | None,
        typer.Option(help="Of a business: for which messages the address is; it replaces that role's."),
    ] = None,
    offers: Annotated[
        bool | None, typer.Option("--offers/--no-offers", help="Whether the debtor consents to offers.")
    ] = None,
) -> None:
    """Give a debtor another name, or an address that works: a person's word goes before what systems repeat."""
    numbers = {"another_phone": another_phone, "no_longer": no_longer}
    if not (name or email or phone or whatsapp or any(numbers.values())) and offers is None:
        raise Misuse(
            "say what to change: --name, --email, --phone, --whatsapp, --another-phone, --no-longer or --offers"
        )
    consent = {} if offers is None else {"consents_to_offers": offers}
    given = {"name": name, "email": email, "phone": phone, "whatsapp": whatsapp, "role": role}
    given |= {"by": by, "reason_code": reason}
    await _change(creditor, number, called, given | numbers | consent)


@command(debtor, "statement")
async def statement(
    creditor: Creditor,
    number: Number,
    by: By,
    send: Annotated[bool, typer.Option("--send", help="Send it to the debtor too.")] = False,
    reason: Why = "asked",
    called: Called = None,
) -> None:
    """All that a debtor owes a creditor, with one reference that pays what is asked for."""
    async with parts() as here, here.database.transaction() as connection:
        now = await clock.now(connection, creditor)
        found = await debtors.find(connection, creditor, number, called)
        if found is None:
            raise Refusal(f"no debtor with customer number {number}")
        await statements.issue(connection, creditor, found.id, now)
        if send:
            await send_statement(connection, here.planning, found, by, reason, f"terminal#{uuid4()}", now)
        read = await statement_view.read(connection, found.id, moment_in(found.country, now).day)
    rows = [
        {
            "invoice": f"{line.number} ({line.child})" if line.child else line.number,
            "due": line.due_date,
            "balance": line.balance,
            "disputed": line.disputed,
            "asked": line.asked,
            "currency": line.currency,
            "standing": line.standing,
        }
        for line in read.lines
    ]
    title = " ".join(map(_payable_in_words, read.payable))
    output.answer_table({"statement": read}, rows, title=title, empty="nothing is owed")


def _payable_in_words(payable: statement_view.Payable) -> str:
    of = payable.sums
    paid = (
        f"{of.asked} {of.currency} with reference {payable.reference} pays all that is asked for, {of.due} of it due."
    )
    return f"{paid if payable.reference else f'Nothing is asked for in {of.currency}.'} Credit: {of.credit}."


async def _change(creditor: str, number: str, called: str | None, given: dict[str, Any]) -> None:
    try:
        told = DebtorChange.model_validate(given)
    except ValidationError as wrong:
        raise Misuse(in_words(wrong)) from wrong
    async with parts() as here, here.database.transaction() as connection:
        now = await clock.now(connection, creditor)
        done = await change_debtor(connection, here.planning, creditor, number, called, told, now)
    output.answer(
        {"customer_number": number, "open_cases": done.open_cases},
        f"debtor {number} is changed; {done.open_cases} open cases look again",
    )
