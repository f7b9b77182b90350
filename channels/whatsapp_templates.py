"""The WhatsApp templates that Meta has approved: which content id has which words, as an operator wrote them down."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

import yaml

from domain.languages import EVERYWHERE, READ_TOO
from domain.located_yaml import FileError, Reader
from domain.policy.policy import Policy, Tone
from domain.vocabulary import Channel
from messages import approved
from messages.approved import KINDS, VARIABLES, ApprovedWords
from messages.languages import Locale, every_locale, is_to_business, language_of, locales
from messages.specs import SPECS, MessageSpec
from messages.words import voice_of

_WORDS = ("message", "tone", "language", "creditor", "sid", "variables", "words")
_SID = re.compile(r"HX[0-9a-fA-F]{32}")  # twilio.com/docs/content: a Content SID


class TemplateError(FileError):
    """A file of templates that cannot be used."""


@dataclass(frozen=True, slots=True)
class Template:
    """Words that may begin a conversation, and the id under which Twilio knows them."""

    voice: str
    """Kind and tone, such as `reminder.kind`."""
    language: Locale
    creditor: str | None
    """Whose alone it is; None: everybody's."""
    sid: str
    approved: ApprovedWords


class Templates:
    """The templates that are approved."""

    def __init__(self, templates: Iterable[Template] = ()) -> None:
        self._by_use = {(each.creditor, each.voice, each.language): each for each in templates}

    def of(self, creditor: str | None, kind: MessageSpec, tone: Tone, language: Locale) -> Template | None:
        """A creditor's own template of a message, else everybody's; else one in a language that its reader reads as well.

        Meta takes no templates in Nynorsk: whoever reads it is reached in Bokmål rather than not at all. So is a business in
        the words to a person.
        """
        voice = voice_of(kind, tone)
        read_too = language_of(language) if is_to_business(language) else READ_TOO.get(language)
        uses = [(of, voice, each) for each in (language, read_too) if each for of in (creditor, None)]
        return next((self._by_use[use] for use in uses if use in self._by_use), None)


def load_templates(files: Mapping[str, str]) -> Templates:
    """Read the texts of files by their names; TemplateError names every line that is wrong and what to write instead."""
    found: dict[tuple[str | None, str, Locale], Template] = {}
    problems = []
    for name, text in files.items():
        reader = Reader(name)
        if (root := reader.root(text)) is not None:
            for node in reader.items(root, "a file of templates"):
                if (each := _template(reader, node)) is None:
                    continue
                use = (each.creditor, each.voice, each.language)
                if use in found:
                    what = f"{each.voice} in {each.language} has a template already: {found[use].sid}"
                    reader.problem(node, what, "keep the one that is approved")
                found[use] = each
        problems += reader.problems
    if problems:
        raise TemplateError(problems)
    return Templates(found.values())


def unapproved(policy: Policy, templates: Templates, creditor: str | None = None) -> list[str]:
    """A sentence for each step of a policy that may go by WhatsApp and has no template in each language that a creditor may
    use: its own or everybody's; everybody's alone where none is named."""
    lines = []
    for step in policy.steps:
        copied = Channel.DIRECT_MESSAGE in step.alert
        if Channel.DIRECT_MESSAGE not in (*step.channels, *step.alert):
            continue
        kind = SPECS["notice-alert" if copied else step.message]
        used = [each for each, country in locales() if country == policy.country and not is_to_business(each)]
        without = [each for each in used if not all(templates.of(creditor, kind, tone, each) for tone in step.tones)]
        lacking = [
            each for nth, each in enumerate(without) if READ_TOO.get(each) not in without[:nth]
        ]  # else helped by that
        if lacking:
            voices = " and ".join(dict.fromkeys(voice_of(kind, tone) for tone in step.tones))
            alone = step.channels[-1:] == (Channel.DIRECT_MESSAGE,)
            then = "nobody is reached" if alone else "no copy goes" if copied else "the next channel is used"
            lines.append(
                f"{policy.name}: `{step.id}` may go by WhatsApp, but no template of {voices} is approved"
                f"{f' for {creditor}' if creditor else ''} in {' and '.join(lacking)}: outside 24 hours {then}"
            )
    return lines


def _template(reader: Reader, node: yaml.Node) -> Template | None:
    before = len(reader.problems)
    given = reader.mapping(node, _WORDS, "a template")
    known = {name: given[name] for name in ("message", "language", "sid", "variables", "words") if name in given}
    for name in ("message", "language", "sid", "variables", "words"):
        if name not in known:
            reader.problem(node, f"a template lacks `{name}`", f"add `{name}: …`; `policy whatsapp` prints a whole one")
    if len(reader.problems) > before:
        return None
    message = reader.choice(given["message"], "message", KINDS)
    language = reader.choice(given["language"], "language", every_locale())
    sid, words = reader.word(given["sid"], "sid"), reader.word(given["words"], "words")
    if sid is not None and not _SID.fullmatch(sid):
        reader.problem(given["sid"], f"`{sid[:40]}` is no content id", "copy it from Twilio: HX and 32 signs")
    names = [
        reader.choice(each, "variables", tuple(VARIABLES)) for each in reader.items(given["variables"], "variables")
    ]
    creditor = reader.word(given["creditor"], "creditor") if "creditor" in given else None
    tone = _tone(reader, node, given, SPECS[message]) if message else None
    if len(reader.problems) > before or message is None or tone is None:
        return None
    written = ApprovedWords((words or "").strip(), tuple(name for name in names if name))
    for fault in approved.faults_of(written, SPECS[message], language or EVERYWHERE):
        what, _, instead = fault.partition(": ")
        reader.problem(given["words"], what, instead or "write other words, and have them approved")
    return Template(voice_of(SPECS[message], tone), cast(Locale, language), creditor, sid or "", written)


def _tone(reader: Reader, node: yaml.Node, given: Mapping[str, yaml.Node], kind: MessageSpec) -> Tone | None:
    """The tone of a template's words: said, where the kind has several."""
    if kind.one_tone:
        if "tone" in given:
            reader.problem(given["tone"], f"a {kind.name} has one tone", "leave `tone` out")
        return Tone.NEUTRAL
    if "tone" not in given:
        reader.problem(node, "a template lacks `tone`", f"add `tone: …`, one of {', '.join(Tone)}")
        return None
    word = reader.choice(given["tone"], "tone", tuple(Tone))
    return Tone(word) if word else None
