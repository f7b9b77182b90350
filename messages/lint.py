"""Checks the words of every message, tone and language against the rules of the table of words."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import smsutil  # type: ignore[import-untyped]

from domain.agreements.instalments import Instalment
from domain.announcements import Told
from domain.countries.registry import COUNTRIES, country_of
from domain.languages import LANGUAGES, Language
from domain.located_yaml import plain
from domain.money.charges import Charge, ChargeKind
from domain.money.statement import Standing
from domain.planner.case_facts import Draw
from domain.planner.coming_credit import ComingCredit
from domain.planner.demand import TELL_OF_CREDIT
from domain.policy.policy import Tone
from domain.vocabulary import DebtorKind
from messages import approved, render
from messages.content import Content, InvoiceItem, PlanTerms, StatementRow, StatementTerms
from messages.document import document
from messages.languages import FOLDER, Locale, is_to_business, language_of, locale_of, locales, words_in
from messages.own_words import Form, Own, structure_faults
from messages.readability import too_hard
from messages.specs import CREDITED, DRAWN, SPECS, MessageSpec
from messages.to_business import FILE, address_of
from messages.words import SUBJECT_LEAD, SmsRoom, facts_of, sms_facts, template_name, voice_of, words

FIGURES = (
    *("lead", "total", "deadline", "pay_by", "new_charge", "rest", "drawn", "promised_on"),
    *("first_amount", "first_day", "due_now", "reference"),
)
"""The facts that words may not leave out where ours say them: what is owed, what it costs, and by when."""
OF_SMS = ("sms", "answering an sms")
"""The rows of the table of words of what no SMS says: it may leave as a name, to which nobody can answer."""
NAME_HELP = ("collection-notice", "block-warning", "termination-warning")
"""What says where free help is."""
A_DEBTOR = "Nora Eksempel"
"""Of samples, which are nobody's."""
OF_EVERY_LANGUAGE = ("labels.yaml", "whatsapp.yaml", "table.yaml")


def faults() -> list[str]:
    """What is wrong with the words, a sentence each with the template's file; empty when all is well.

    They are looked at in every language, and under the law of each country that has the language.
    """
    found = [fault for language in LANGUAGES for fault in (*_lacking(language), *_stumbling(language))]
    if found:
        return found  # nothing can be written yet
    for locale, country in _written():
        found += _said_to_one(locale) if is_to_business(locale) else ()
        found += _stumbling(locale) if locale != language_of(locale) and not is_to_business(locale) else ()
        found += _approved_faults(locale, country)
        for kind in SPECS.values():
            found += faults_of(kind, language_of(locale), country, "business" if is_to_business(locale) else "any")
    return list(dict.fromkeys(found))


def _written() -> Iterator[tuple[Locale, str]]:
    """All words under each law that they are used under; those of a language that no country has under the first one's."""
    used = list(locales())
    yield from used
    spoken = {language_of(locale) for locale, _ in used}
    yield from ((language, _country_of(language)) for language in LANGUAGES if language not in spoken)


def stumbles(text: str, locale: Locale) -> list[str]:
    """The words of `text` at which a reader of the language stops, each with what to write instead."""
    better = words_in(locale, "table.yaml")["stumbles"]
    return [f"says {word!r}, write {instead!r}" for word, instead in better.items() if word in text.lower()]


def _lacking(language: Language) -> Iterator[str]:
    """The files and names that another language has and this one lacks, or has alone: a missing one would stop a message."""
    first = LANGUAGES[0]
    for file in OF_EVERY_LANGUAGE:
        if not (FOLDER / language / file).is_file():
            yield f"messages/{language}/{file}: the file is missing, write it"
            continue
        wanted, given = (_names(words_in(each, file)) for each in (first, language))
        yield from (f"messages/{language}/{file}: {name} is missing, write it" for name in sorted(wanted - given))
        yield from (
            f"messages/{language}/{file}: {name} is no name in messages/{first}" for name in sorted(given - wanted)
        )
    rows = words_in(language, "table.yaml").get("never", {})
    yield from (
        f"messages/{language}/table.yaml: never.{row} is missing, write it" for row in OF_SMS if row not in rows
    )
    for own in sorted(FOLDER.glob(f"{language}_*")):
        for path in sorted(own.iterdir()):
            below = FOLDER / language / path.name
            if not below.is_file():
                yield f"messages/{own.name}/{path.name}: messages/{language} has no such file"
            elif path.name in OF_EVERY_LANGUAGE:
                more = _names(plain(path.read_text("utf-8"))) - _names(words_in(language, path.name))
                yield from (
                    f"messages/{own.name}/{path.name}: {name} is no name in messages/{language}"
                    for name in sorted(more)
                )


def _names(given: Mapping[str, Any]) -> set[str]:
    """The names in a file of words, with those below a name; a language has stumbles and rows of its own."""
    below = {
        f"{name}.{each}"
        for name, inner in given.items()
        if name in ("headings", "always", "readability")
        for each in inner
    }
    return {*given, *below}


def _stumbling(locale: Locale) -> Iterator[str]:
    for path in sorted((FOLDER / locale).iterdir()):
        if path.name != "table.yaml":  # which says what to write instead
            said = path.read_text("utf-8")
            yield from (f"messages/{locale}/{path.name}: {fault}" for fault in stumbles(said, locale))


def _said_to_one(locale: Locale) -> Iterator[str]:
    """The words to a business that are still said to one person."""
    language = language_of(locale)
    address = address_of(FOLDER / language)
    assert address is not None, "words to a business have a file that says how they are made"
    for path in sorted((FOLDER / language).iterdir()):
        if path.suffix == ".j2":
            said = address.of(path.read_text("utf-8"))
        elif path.name in ("labels.yaml", "whatsapp.yaml"):
            said = "\n".join(map(str, words_in(locale, path.name).values()))
        elif path.name == "table.yaml":
            said = "\n".join(words_in(locale, path.name)["headings"].values())
        else:
            continue
        yield from (
            f"messages/{language}/{path.name}: {word!r} is said to one person: say in {FILE} what a business is told"
            for word in dict.fromkeys(address.left(said))
        )


def _approved_faults(locale: Locale, country: str) -> Iterator[str]:
    """What is wrong with the words that WhatsApp approves."""
    for kind, tone in approved.voices():
        words = approved.ours(locale)[voice_of(kind, tone)]
        file = f"messages/{locale}/whatsapp.yaml: {voice_of(kind, tone)}"
        yield from (f"{file}: {fault}" for fault in approved.faults_of(words, kind, locale))
        content = replace(_longest(kind, tone, locale, country, drawn=False), new_charge=None)
        text = words.filled(approved.values_of(content, words.variables))
        if len(text) > approved.MOST_CHARACTERS:
            yield f"{file}: takes {len(text)} characters with long values, {approved.MOST_CHARACTERS} at most"
        if hard := too_hard(text.replace(content.link, ""), locale):
            yield f"{file}: {hard}: use shorter words"


def faults_of(kind: MessageSpec, language: Language, country: str = "", debtor: DebtorKind = "any") -> Iterator[str]:
    """What is wrong with the words of one kind, in every tone, under the law of a country, or of the first with the language."""
    country = country or _country_of(language)
    if not _is_said(kind, country):
        return
    locale = locale_of(language, country, debtor)
    for tone in (Tone.NEUTRAL,) if kind.one_tone else Tone:
        content = _longest(kind, tone, locale, country, drawn=kind is DRAWN)
        forms: tuple[Form, ...] = ("txt",) if kind.legal_form else ("txt", "sms")
        names = [template_name(kind, tone, locale, form) for form in forms]
        if missing := [name for name in names if not (kind.folder / name).exists()]:
            yield from (f"messages/{name}: the file is missing, write it" for name in missing)
            return
        yield from _document_faults(content)
        if not kind.legal_form:
            yield from _sms_faults(content)
    if kind.lead in ("to_pay", "plan_total") and not kind.legal_form:
        drawn = _longest(kind, Tone.KIND, locale, country, drawn=bool(country_of(country).direct_debit))
        yield from (*_document_faults(drawn), *_sms_faults(drawn))
    if kind.name in TELL_OF_CREDIT:
        for part in (drawn.total, drawn.total - 1):
            credit = ComingCredit(part, date(2026, 12, 30))
            paid = replace(drawn, items=(replace(drawn.items[0], draw=None, credit=credit),))
            yield from (*_document_faults(paid), *_sms_faults(paid))


def faults_of_own(kind: MessageSpec, tone: Tone, language: Locale, form: Form, text: str) -> list[str]:
    """What is wrong with a creditor's own words in the place of a template of ours, a sentence each.

    They are held to what ours are held to under the law of every country where they would be said, and say every amount
    and day that ours say.
    """
    name = template_name(kind, tone, language, form)
    if kind in (DRAWN, CREDITED):
        return [f"{kind.name} speaks for many kinds of message: its words are ours"]
    if kind.of_no_claim:
        return [f"an {kind.name} is written anew each time: its words are ours"]
    if kind.legal_form and form == "sms":
        return [f"a {kind.name} does not go by SMS"]
    said_in = [
        (each, of) for each, of in locales() if template_name(kind, tone, each, form) == name and _is_said(kind, of)
    ]
    faults = dict[str, None]()
    for locale, country in said_in or [(language, _country_of(language))]:
        faults |= dict.fromkeys(_faults_under(kind, tone, locale, country, form, name, text))
    return list(faults)


def _faults_under(
    kind: MessageSpec, tone: Tone, language: Locale, country: str, form: Form, name: str, text: str
) -> list[str]:
    """What is wrong with a creditor's own words under the law of a country."""
    plain = _longest(kind, tone, language, country, drawn=False)
    facts = facts_of(plain, long=True) if form == "txt" else sms_facts(plain, SmsRoom(SUBJECT_LEAD))
    written = (kind.folder / name).read_text("utf-8")
    never = kind.never_says(language, *(OF_SMS if form == "sms" else ()))
    always = kind.always_says(language) if form == "txt" else ()
    wrong = structure_faults(
        text, written, form, language_of(language), known=frozenset(facts), never=never, always_said=always
    )
    if found := list(wrong):
        return found
    faults = dict.fromkeys(stumbles(text, language))
    check, says = (_document_faults, _said_long) if form == "txt" else (_sms_faults, _said_short)
    for ours in _variants(plain):
        theirs = replace(ours, own_words={name: Own(1, text)})
        accepted = set(check(ours))  # what is so of ours as well, as with a link that is too long
        faults |= dict.fromkeys(fault.partition(": ")[2] for fault in check(theirs) if fault not in accepted)
        values, before, after = facts_of(ours, long=form == "txt"), says(ours), says(theirs)
        faults |= {
            f"does not say {{{{ {each} }}}}, which ours do": None
            for each in FIGURES
            if (value := str(values.get(each) or "")) and value in before and value not in after
        }
    return list(faults)


def _variants(plain: Content) -> Iterator[Content]:
    """A message with and without what it may say or not."""
    yield plain
    yield replace(plain, new_charge=None)
    yield replace(plain, sent_on=plain.pay_by + timedelta(days=1), due_date_moved=False)
    yield replace(plain, recipient_name="Per Rådgiver")


def _said_long(content: Content) -> str:
    said = words(content.tidied())
    return "\n".join((said.subject, *said.opening, *said.closing))


def _said_short(content: Content) -> str:
    try:
        return render.sms(content).text
    except render.SmsTooLongError:
        return ""  # that is told already


def _is_said(kind: MessageSpec, country: str) -> bool:
    """Whether a kind of message is ever sent under the law of a country: of draws, where money is drawn."""
    return not kind.of_direct_debit or bool(country_of(country).direct_debit)


def _country_of(locale: Locale) -> str:
    """The first country in which words are used."""
    return next((country for each, country in locales() if each == locale), next(iter(COUNTRIES)))


def sample(kind: MessageSpec, tone: Tone, language: Locale) -> Content:
    """A message with values as they commonly are, to show words with."""
    country = _country_of(language)
    plain = _longest(kind, tone, language, country, drawn=kind is DRAWN, amount=Decimal("802.00"))
    return replace(plain, debtor_name=A_DEBTOR, recipient_name=A_DEBTOR)


def _document_faults(content: Content) -> Iterator[str]:
    file = f"messages/{template_name(content.kind, content.tone, content.language, 'txt')}"
    said = words(content)
    text = render.email(content).text.lower().replace(str(content.collection_partner).lower(), "")
    heading = content.kind.heading(content.language, content.country)
    shared = [spec for spec, used in ((DRAWN, content.is_drawn), (CREDITED, content.is_paid_by_credit)) if used]
    if said.heading not in (heading, *(spec.heading(content.language, content.country) for spec in shared)):
        yield f"{file}: the heading is {said.heading!r}, write {heading!r}"
    lead = said.subject[:SUBJECT_LEAD]
    amount = next((row.value for row in document(content).facts if row.strong), "")
    if amount not in lead or not lead.startswith(content.creditor_name[:8]):
        yield f"{file}: creditor and amount are not in the subject's first {SUBJECT_LEAD} characters"
    yield from (
        f"{file}: says {word!r}, which a {content.kind.name} message never does"
        for word in content.kind.never_says(content.language)
        if word in text or word in said.subject.lower()
    )
    yield from (
        f"{file}: does not say {word!r}, which a {content.kind.name} message always does"
        for word in (*content.kind.always_says(content.language), *_help_named(content))
        if word not in text and not content.is_drawn
    )
    if hard := too_hard(" ".join((*said.opening, *said.closing)), content.language):
        yield f"{file}: {hard}: use shorter words and sentences"


def _help_named(content: Content) -> Iterator[str]:
    """Where free help is, in the country whose law holds: what presses hardest names it."""
    if content.kind.name not in NAME_HELP:
        return
    facts = facts_of(content, long=True)
    for name in ("advice", "advice_at"):
        if said := str(facts[name]).strip().lower():
            yield said


def _sms_faults(content: Content) -> Iterator[str]:
    name = template_name(content.kind, content.tone, content.language, "sms")
    file = f"messages/{name}"
    own = content.own_words.get(name)
    written = own.text if own else (content.kind.folder / name).read_text("utf-8")
    foreign = {sign for sign in written if not smsutil.is_valid_gsm(sign)}
    if foreign:
        yield f"{file}: {sorted(foreign)} are not in the GSM alphabet, use plain letters"
    try:
        text = render.sms(content).text
    except render.SmsTooLongError as error:
        yield f"{file}: {error}"
        return
    if content.link not in text:
        yield f"{file}: does not give the link"
    yield from (
        f"{file}: says {word!r}, which a {content.kind.name} SMS never does"
        for word in content.kind.never_says(content.language, *OF_SMS)
        if word in text.lower()
    )


def _longest(
    kind: MessageSpec,
    tone: Tone,
    language: Locale,
    country: str,
    *,
    drawn: bool,
    amount: Decimal = Decimal("123456.78"),
) -> Content:
    """A message with the longest values that are still common, in the currency of the country whose law holds."""
    link = "https://faktura.kommunalkraft.no/i/".ljust(render.LONGEST_LINK, "x")
    charge = Charge(ChargeKind.FEE, Decimal(38), date(2026, 12, 16))
    item = InvoiceItem(
        number="202610482077",
        issued_on=date(2026, 9, 15),
        due_on=date(2026, 9, 30),
        principal=amount - 38 - 12,
        charges=(charge,),
        interest=Decimal(12),
        interest_rate=Decimal("12.25"),
        interest_from=date(2026, 10, 1),
        amount_due=amount,
        reference="1234567890123456789012340",
        account="1503.40.12345",
        link=link,
        text="Strøm",
        draw=Draw(amount, date(2026, 12, 30)) if drawn else None,
    )
    instalments = tuple(Instalment(number, date(2027, 9, 30), Decimal("10288.06")) for number in range(1, 13))
    return Content(
        kind=kind,
        tone=tone,
        language=language,
        country=country,
        creditor_name="Kommunalkraft Nettservice Nord",
        creditor_phone="+47 22 33 44 55",
        creditor_email="kunde@kommunalkraft.no",
        creditor_address=("Storgata 1", "0155 Oslo"),
        creditor_website="kommunalkraft.no",
        debtor_name="Kari Nordmann",
        recipient_name="Kari Nordmann",
        recipient_address=("Lilleveien 12 B", "0484 Oslo"),
        customer_number="700123",
        items=(item,),
        currency=country_of(country).currency,
        total=amount,
        new_charge=charge,
        deadline=date(2026, 12, 30),
        due_date_moved=True,
        sent_on=date(2026, 12, 16),
        link=link,
        delivery_id="0192f3a4-7c1e-7b60-9a55-3d1f0a2b4c6d",
        collection_partner="Nordisk Inkasso AS",
        paid_amount=amount,
        credit_of=("202610482076",),
        plan=PlanTerms("1234567890123456789012340", instalments, Decimal("123.45"), instalments[10:]),
        promised_on=date(2026, 12, 30),
        announcement=Told(
            "Lengre ventetid på telefonen denne uken enn ellers i året",
            ("Det tar litt lengre tid å svare på telefonen denne uken.", "Skriv gjerne til oss. Da får du svar i dag."),
            "Det tar litt lengre tid enn ellers å svare på telefonen denne uken. Skriv gjerne til oss. Da får du svar i dag",
        ),
        answer="Måleren ble lest på nytt. Den viser 4 211 kWh, og derfor er beløpet riktig.",
        statement=StatementTerms(
            "1234567890123456789012340",
            (StatementRow(item.number, item.reference, item.due_on, amount, amount, Standing.DUE, Decimal(12)),),
            due=amount - 12,
            asked=amount,
            credit=Decimal("123.45"),
        ),
    )


if __name__ == "__main__":
    found = faults()
    sys.stdout.writelines(f"{fault}\n" for fault in found)
    sys.exit(1 if found else 0)
