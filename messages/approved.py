"""The words that WhatsApp approves before they may begin a conversation: they stay as they are, and only variables differ."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from domain.languages import LANGUAGES, Language
from domain.policy.policy import Tone
from messages.content import Content, UnwritableError
from messages.languages import Locale, words_in
from messages.specs import SPECS, MessageSpec
from messages.words import facts_of, voice_of

VARIABLES: Mapping[str, str] = {
    "creditor": "creditor",
    "amount": "lead",
    "invoices": "invoices",
    "due": "due",
    "pay_by": "pay_by",
    "deadline": "deadline",
    "link": "link",
    "contact": "contact",
}
"""What a variable may stand for, by the name of the fact: no more of a person than what the message is about."""
ALWAYS = ("creditor", "amount", "link")
KINDS = ("invoice", "due-date-reminder", "reminder", "notice-alert")
"""What policies send by direct message, or as a copy of a letter."""
MOST_CHARACTERS = 1024
"""Of a template, and of what is made of it."""

_NUMBERED = re.compile(r"\{\{(\d+)\}\}")
_NAMED = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class ApprovedWords:
    """Words with numbered variables, `{{1}}` the first, and what each stands for."""

    words: str
    variables: tuple[str, ...]

    def filled(self, values: Sequence[str]) -> str:
        """The words as they are read, with a value for each variable."""
        return _NUMBERED.sub(lambda found: values[int(found[1]) - 1], self.words)


def ours(language: Locale) -> Mapping[str, ApprovedWords]:
    """The words of a language that we have approved, by kind and tone, such as `reminder.kind`."""
    return {voice: _numbered(words) for voice, words in _file(language).items()}


def as_file(sid_of: Callable[[str, Language], str], languages: Sequence[Language] = LANGUAGES) -> str:
    """Our words as a file of templates, with a content id for each kind and tone in each language."""
    templates = [
        {"message": kind.name}
        | ({} if kind.one_tone else {"tone": tone.value})
        | {"language": language, "sid": sid_of(voice_of(kind, tone), language)}
        | {"variables": list(each.variables), "words": each.words}
        for language in languages
        for kind, tone in voices()
        for each in (ours(language)[voice_of(kind, tone)],)
    ]
    return yaml.safe_dump(templates, allow_unicode=True, sort_keys=False, width=MOST_CHARACTERS)


def voices() -> Iterator[tuple[MessageSpec, Tone]]:
    """Every kind and tone that has words of its own; the neutral tone where a kind has but one."""
    for name in KINDS:
        kind = SPECS[name]
        for tone in (Tone.NEUTRAL,) if kind.one_tone else Tone:
            yield kind, tone


def values_of(content: Content, variables: Sequence[str]) -> tuple[str, ...]:
    """What the variables say of a content, in their order. Raises UnwritableError where the content says more than they can."""
    content = content.tidied()
    if content.new_charge is not None:
        raise UnwritableError("a fee is added, of which approved words say nothing")
    if content.for_another:
        raise UnwritableError("somebody stands in for the debtor, whom approved words do not name")
    if content.draws:
        raise UnwritableError("money is drawn by direct debit, of which approved words say nothing")
    if content.credits:
        raise UnwritableError("credit will pay of it, of which approved words say nothing")
    facts = facts_of(content, long=False)
    facts["contact"] = facts["phone"] or facts["website"]
    said = tuple(str(facts[VARIABLES[name]] or "") for name in variables)
    if empty := [name for name, value in zip(variables, said, strict=True) if not value]:
        raise UnwritableError(f"nothing is known for {', '.join(empty)} in the approved words")
    return said


def faults_of(approved: ApprovedWords, kind: MessageSpec, locale: Locale) -> Iterator[str]:
    """What Meta or we refuse in the words of a kind, each with what to write instead."""
    words, count = approved.words, len(approved.variables)
    numbers = [int(number) for number in _NUMBERED.findall(words)]
    if numbers != list(range(1, count + 1)):
        yield f"the words must have the variables {{{{1}}}} to {{{{{count}}}}}, each once and in this order"
    if re.match(r"\{\{", words) or re.search(r"\}\}\W*$", words):
        yield "the words begin or end with a variable: Meta refuses that, write a word before or after it"
    if re.search(r"\}\}\s*\{\{", words):
        yield "two variables stand side by side: Meta refuses that, write a word between them"
    if len(_NUMBERED.sub(" ", words).split()) < 2 * count + 1:
        yield f"too few words for {count} variables: Meta wants at least {2 * count + 1}"
    if re.search(r"\n{3}|\t| {5}", words):
        yield "the words have more than one blank line, a tab or many spaces: Meta refuses that"
    if len(words) > MOST_CHARACTERS:
        yield f"the words have {len(words)} characters: write {MOST_CHARACTERS} at most"
    if missing := [name for name in (*ALWAYS, *_needed(kind)) if name not in approved.variables]:
        yield f"a {kind.name} says {', '.join(missing)}: add a variable for it"
    said = words.lower()
    yield from (
        f"says {word!r}, which a {kind.name} by WhatsApp never does"
        for word in kind.never_says(locale, "sms")
        if word in said
    )


def _needed(kind: MessageSpec) -> Iterator[str]:
    return (name for name in kind.needs if name in VARIABLES)


def _file(language: Locale) -> Mapping[str, str]:
    """The words of a language with named variables, the offers after each."""
    written = words_in(language, "whatsapp.yaml")
    offers = written["offers"]
    return {voice_of(kind, tone): f"{written[voice_of(kind, tone)]}\n\n{offers}" for kind, tone in voices()}


def _numbered(words: str) -> ApprovedWords:
    names = tuple(_NAMED.findall(words))
    numbers = iter(range(1, len(names) + 1))
    return ApprovedWords(_NAMED.sub(lambda _: f"{{{{{next(numbers)}}}}}", words), names)
