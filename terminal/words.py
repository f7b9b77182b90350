"""A creditor's own words: what is said now, other words in its place, a look at them, and a sample to oneself."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from channels.channel import Outgoing, Written
from channels.outcomes import (
    AddressRejected,
    MessageRefused,
    NotSent,
    OutcomeUnknown,
    ProviderMisconfigured,
)
from channels.rehearsed import marked, way_of
from channels.specs import SPECS as CHANNELS
from domain.languages import Language
from domain.policy.policy import Tone
from domain.vocabulary import Channel
from facts.deliveries import own_words
from facts.invoices.invoices import find_creditor
from messages.content import Content, UnwritableError
from messages.languages import every_locale
from messages.lint import faults_of_own
from messages.own_words import Form, Own
from messages.specs import SPECS, MessageSpec
from messages.words import template_name
from terminal import output
from terminal.connection import command, parts, transaction
from terminal.output import Misuse, Refusal
from terminal.parse import existing
from terminal.who import By, Reason
from views.sample_message import sample_of

app = typer.Typer()
words = typer.Typer(help="A creditor's own words in the place of ours: list, show, put, reset, preview, sample.")
app.add_typer(words, name="words")

Creditor = Annotated[str, typer.Argument(help="The creditor's id.")]
Message = Annotated[str, typer.Argument(help="The kind of message, such as reminder.")]
InLanguage = Annotated[Language, typer.Option("--language", help="In which language.")]
ToneOf = Annotated[Tone, typer.Option("--tone", help="In which tone; a message of one tone has no other.")]
Sms = Annotated[bool, typer.Option("--sms", help="The words of the SMS, not those of email, letter and WhatsApp.")]
WAYS = {"email": Channel.EMAIL, "sms": Channel.SMS, "letter": Channel.LETTER}


@command(words, "list")
async def list_(creditor: Creditor) -> None:
    """Every version of the creditor's own words, by template: the latest counts, and where it has none, ours do."""
    async with transaction() as (connection, _):
        owner = (await find_creditor(connection, creditor)).id
        versions = await own_words.history(connection, owner)
    rows = [
        {
            "template": each.template,
            "version": each.version,
            "words": "own" if each.text else "ours",
            "since": each.since,
            "by": each.by,
            "reason": each.reason_code,
        }
        for each in versions
    ]
    output.answer_table({"creditor": owner, "versions": versions}, rows, empty="it speaks in our words alone")


@command(words, "show")
async def show(
    creditor: Creditor, message: Message, language: InLanguage = "nb", tone: ToneOf = Tone.KIND, sms: Sms = False
) -> None:
    """The words as they are now, its own or ours: what other words begin from."""
    kind = _kind(message)
    name = template_name(kind, tone, language, _form(sms))
    async with transaction() as (connection, _):
        owner = (await find_creditor(connection, creditor)).id
        own = (await own_words.in_use(connection, owner)).get(name)
    version, text = own or (None, _ours(kind, name))
    output.answer({"creditor": owner, "template": name, "version": version, "text": text}, text.rstrip())


@command(words, "put")
async def put(
    creditor: Creditor,
    message: Message,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The words, as `words show` prints them.")],
    by: By,
    language: InLanguage = "nb",
    tone: ToneOf = Tone.KIND,
    sms: Sms = False,
    reason: Reason = "own-words",
) -> None:
    """Other words from now on, held to what ours are held to; refused with everything that is wrong."""
    kind, form = _kind(message), _form(sms)
    text = _read(file)
    _check(kind, tone, language, form, text, str(file))
    name = template_name(kind, tone, language, form)
    async with transaction() as (connection, now):
        owner = (await find_creditor(connection, creditor)).id
        version = await own_words.put(connection, owner, name, text, by, reason, now)
    output.answer(
        {"creditor": owner, "template": name, "version": version}, f"{owner} says {name} in version {version}"
    )


@command(words, "reset")
async def reset(
    creditor: Creditor,
    message: Message,
    by: By,
    language: InLanguage = "nb",
    tone: ToneOf = Tone.KIND,
    sms: Sms = False,
    reason: Reason = "own-words",
) -> None:
    """Our words again from now on; its own stay in the list."""
    name = template_name(_kind(message), tone, language, _form(sms))
    async with transaction() as (connection, now):
        owner = (await find_creditor(connection, creditor)).id
        if name not in await own_words.in_use(connection, owner):
            raise Refusal(f"{owner} says {name} in our words already")
        version = await own_words.put(connection, owner, name, None, by, reason, now)
    output.answer({"creditor": owner, "template": name, "version": version}, f"{owner} says {name} in our words again")


@command(words, "check")
async def check(creditor: Creditor) -> int:
    """Whether all of its own words still hold: after an upgrade, which may ask more of words, or know other facts."""
    async with transaction() as (connection, _):
        owner = (await find_creditor(connection, creditor)).id
        used = await own_words.in_use(connection, owner)
    faults = {name: found for name, (_, text) in used.items() if (found := _faults_of(name, text))}
    rows = [{"template": name, "fault": fault} for name, found in faults.items() for fault in found]
    output.answer_table({"creditor": owner, "faults": faults}, rows, empty=f"{len(used)} templates, all of them hold")
    return 1 if faults else 0


@command(words, "preview")
async def preview(
    creditor: Creditor,
    message: Message,
    language: InLanguage = "nb",
    tone: ToneOf = Tone.KIND,
    file: Annotated[Path | None, typer.Option(help="Words that are not put yet, instead.")] = None,
    sms: Sms = False,
    folder: Annotated[Path | None, typer.Option(help="Write the email as HTML and the letter as PDF there.")] = None,
) -> None:
    """The message as a debtor would get it, about an invoice that nobody has."""
    kind = _kind(message)
    instead = {}
    if file is not None:
        text = _read(file)
        _check(kind, tone, language, _form(sms), text, str(file))
        instead = {template_name(kind, tone, language, _form(sms)): Own(0, text)}
    async with transaction() as (connection, _):
        owner = (await find_creditor(connection, creditor)).id
        content = await sample_of(connection, owner, kind, tone, language, instead)
    written = {name: found for name, way in WAYS.items() if (found := _written(content, way))}
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        shown = str(written["email"].document["html"])
        if logo := written["email"].logo:
            shown = shown.replace("cid:logo", logo.as_address)  # as a mail program does
        (folder / f"{message}.html").write_text(shown, "utf-8")
        (folder / f"{message}.pdf").write_bytes(written["letter"].pdf or b"")
    email = written["email"].document
    said = {"subject": email["subject"], "text": email["text"]}
    said |= {"sms": written["sms"].document["text"]} if "sms" in written else {}
    output.answer({"creditor": owner, "said": said}, "\n\n".join(map(str, said.values())))


@command(words, "sample")
async def sample(
    creditor: Creditor,
    message: Message,
    to: Annotated[str, typer.Option(help="Your own email address, or phone number for an SMS.")],
    channel: Annotated[Literal["email", "sms", "letter"], typer.Option(help="A letter comes as a PDF.")] = "email",
    language: InLanguage = "nb",
    tone: ToneOf = Tone.KIND,
) -> None:
    """Send me a sample: the message as it is said now, marked as a test, to you and to nobody else."""
    kind, way = _kind(message), WAYS[channel]
    async with parts() as here:
        async with here.database.transaction() as connection:
            owner = (await find_creditor(connection, creditor)).id
            content = await sample_of(connection, owner, kind, tone, language)
        written = _written(content, way)
        if written is None:
            raise Refusal(f"a {message} does not go by {channel}")
        message_ = Outgoing(
            delivery_id="sample",
            written=written,
            address=None,
            name=content.recipient_name,
            creditor=owner,
            creditor_name=content.creditor_name,
            reply_to=content.creditor_email,
            open_tracking=False,
            country=here.calendar.country,
            today=content.sent_on,
        )
        try:
            await CHANNELS[way_of(way)].sender(here).send(marked(message_, way, to))
        except (AddressRejected, MessageRefused, NotSent, OutcomeUnknown, ProviderMisconfigured) as problem:
            raise Refusal(f"the sample did not leave: {problem.reason}") from problem
    output.answer({"creditor": owner, "sent_to": to}, f"a sample of {message} by {channel} is on its way to {to}")


def _written(content: Content, channel: Channel) -> Written | None:
    """The message by a channel; None where it does not go that way."""
    try:
        return CHANNELS[channel].write(content)
    except (UnwritableError, ValueError):
        return None


def _kind(message: str) -> MessageSpec:
    if message not in SPECS:
        raise Misuse(f"there is no message {message}: there are {', '.join(SPECS)}")
    return SPECS[message]


def _form(sms: bool) -> Form:
    return "sms" if sms else "txt"


def _ours(kind: MessageSpec, name: str) -> str:
    if not (kind.folder / name).is_file():
        raise Refusal(f"a {kind.name} has no such words: {name}")
    return (kind.folder / name).read_text("utf-8")


def _read(file: Path) -> str:
    existing([file])
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise Refusal(f"{file} cannot be read: {wrong}") from wrong


def _check(kind: MessageSpec, tone: Tone, language: Language, form: Form, text: str, file: str) -> None:
    if found := faults_of_own(kind, tone, language, form, text):
        raise Refusal(f"{file}: {'; '.join(found)}")


def _faults_of(name: str, text: str) -> list[str]:
    """What is wrong with words that stand in the place of a template."""
    for kind in SPECS.values():
        for language in every_locale():
            for tone in Tone:
                for form in ("txt", "sms"):
                    if template_name(kind, tone, language, form) == name:
                        return faults_of_own(kind, tone, language, form, text)
    return ["there is no such template any more"]
