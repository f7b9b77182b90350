"""The words of one message from its template: subject, heading and paragraphs, still without a layout."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from jinja2 import Template

from domain.announcements import Told
from domain.countries.country import DebtAdvice
from domain.countries.registry import country_of
from domain.money import references
from domain.policy.policy import Tone
from messages import figures
from messages.content import Content, PlanTerms, StatementTerms
from messages.languages import Locale, labels, language_of
from messages.own_words import Form, Own, names_in, template_of
from messages.specs import CREDITED, DRAWN, MessageSpec
from messages.templates import templates

SUBJECT_LEAD = 40
"""Creditor and amount stand within this many characters: people decide in two seconds."""

_COMPANY_FORMS = ("ASA", "AS", "BA", "DA", "ANS", "SA", "NUF")


@dataclass(frozen=True, slots=True)
class Words:
    """What a message says, before any layout; opening and closing are paragraphs."""

    subject: str
    heading: str
    opening: tuple[str, ...]
    action: str
    closing: tuple[str, ...]


def voice_of(kind: MessageSpec, tone: Tone) -> str:
    """What words belong to: a kind and, where its words differ by tone, the tone, such as `reminder.kind`."""
    return kind.name if kind.one_tone else f"{kind.name}.{tone.value}"


def template_name(kind: MessageSpec, tone: Tone, locale: Locale, form: Form) -> str:
    """The template of a message, e.g. nb/reminder.kind.txt.j2; `form` is txt or sms. A country's own where it has one."""
    file, language = f"{voice_of(kind, tone)}.{form}.j2", language_of(locale)
    has_own = locale != language and (kind.folder / locale / file).is_file()
    return f"{locale if has_own else language}/{file}"


def _name(content: Content, form: Form) -> str:
    """The template that says a content: of money that is drawn, or that credit pays, whatever its kind, the one of that."""
    kind = DRAWN if content.is_drawn else CREDITED if content.is_paid_by_credit else content.kind
    return template_name(kind, content.tone, content.language, form)


def _template(content: Content, form: Form, facts: Mapping[str, object]) -> Template:
    """The creditor's own, else ours."""
    own = _own(content, form, facts)
    return (
        template_of(own.text, content.language)
        if own
        else templates(content.language, content.kind.folder).get_template(_name(content, form))
    )


def _own(content: Content, form: Form, facts: Mapping[str, object]) -> Own | None:
    """The creditor's own words; None where it has none, or where they name a fact that there is no more."""
    own = content.own_words.get(_name(content, form))
    return own if own is not None and names_in(own.text) <= facts.keys() else None


def own_version(content: Content, form: Form) -> int | None:
    """Which version of the creditor's own words a content is said in; None where it is said in ours."""
    content = content.tidied()
    facts = facts_of(content, long=True) if form == "txt" else sms_facts(content, SmsRoom(SUBJECT_LEAD))
    own = _own(content, form, facts)
    return own.version if own else None


def words(content: Content) -> Words:
    """The words of an email, letter or direct message for this (tidied) content."""
    facts = facts_of(content, long=True)
    template = _template(content, "txt", facts)
    return Words(
        subject=" ".join(_block(template, "subject", facts)),
        heading=" ".join(_block(template, "heading", facts)),
        opening=_block(template, "opening", facts),
        action=" ".join(_block(template, "action", facts)),
        closing=_block(template, "closing", facts),
    )


@dataclass(frozen=True, slots=True)
class SmsRoom:
    """How much an SMS says: what is left out stands on the page behind its link."""

    creditor_width: int
    name_invoice: bool = True
    doubts: bool = True  # how to check that the message is ours
    reference: bool = True  # payment reference and account
    other_parts: bool = True  # what is drawn or paid by credit, beside what is asked for
    also: bool = True  # the sentence that is said besides


def sms_words(content: Content, room: SmsRoom) -> str:
    """The words of an SMS for this (tidied) content, one sentence or fact a line."""
    facts = sms_facts(content, room)
    template = _template(content, "sms", facts)
    lines = [*filter(None, (" ".join(line.split()) for line in template.render(facts).splitlines()))]
    after = next((place for place, line in enumerate(lines, 1) if content.link in line), len(lines))
    also = also_said(content, long=False) if room.also else ()
    return "\n".join((*lines[:after], *_concerning(content, room), *lines[after:], *also))


def sms_facts(content: Content, room: SmsRoom) -> dict[str, object]:
    """What the templates of SMS may say."""
    facts = facts_of(content, long=False)
    facts["creditor"] = shortened(content.creditor_name, room.creditor_width)
    facts |= {"doubts": room.doubts, "with_reference": room.reference}
    if not room.other_parts:
        facts |= {"drawn_part": "", "credit_part": ""}
    if not room.name_invoice:
        facts["invoices"] = labels(content.language)["the_invoice"]
    return facts


def _concerning(content: Content, room: SmsRoom) -> Iterable[str]:
    """Whom an SMS to somebody else concerns, who may look after many."""
    if content.for_another:
        name = shortened(content.debtor_name, room.creditor_width)
        yield labels(content.language)["concerning_short"].format(name=name)


def also_said(content: Content, *, long: bool) -> tuple[str, ...]:
    """The sentence that a message says besides; none where there is nothing left to pay by hand."""
    if not content.also or content.is_drawn or content.is_paid_by_credit:
        return ()
    return (labels(content.language)[f"also_{content.also.replace('-', '_')}{'' if long else '_short'}"],)


def shortened(name: str, width: int) -> str:
    """A creditor's name in at most `width` characters: no company form, then whole words, then cut."""
    if len(name) <= width:
        return name
    parts = name.split()
    if len(parts) > 1 and parts[-1].upper() in _COMPANY_FORMS:
        parts.pop()
    while len(parts) > 1 and len(" ".join(parts)) > width:
        parts.pop()
    return " ".join(parts)[:width].rstrip(" ,.-&")


def reference_label(reference: str, currency: str, language: Locale) -> str:
    """The country's word for a payment reference whose check digits hold: a bank takes no other as one; else the plain word."""
    return references.label_of(reference, currency) or labels(language)["reference"]


def _block(template: Template, name: str, facts: dict[str, object]) -> tuple[str, ...]:
    """The paragraphs of a template's block: blank lines part them."""
    text = "".join(template.blocks[name](template.new_context(facts)))
    lines = [" ".join(line.split()) for line in text.strip().splitlines()]
    paragraphs = "\n".join(lines).split("\n\n")
    return tuple(" ".join(paragraph.split()) for paragraph in paragraphs if paragraph.strip())


def facts_of(content: Content, *, long: bool) -> dict[str, object]:
    """What the templates may say; `long` dates are in words, others in figures."""
    language, currency = content.language, content.currency
    shared = labels(language)

    def money(value: Decimal | None) -> str:
        return "" if value is None else figures.amount(value, currency, language)

    def day(value: date | None) -> str:
        if value is None:
            return ""
        return figures.long_date(value, language) if long else figures.short_date(value, language)

    def last_day(value: date | None) -> str:
        return figures.deadline(value, language) if value and long else day(value)

    several = len(content.items) > 1
    first, slip = content.items[0], content.slips[0]
    reference = content.pay_with
    lead = money(content.lead_amount)
    phone = figures.phone(content.creditor_phone, language) if content.creditor_phone else ""
    return {
        "creditor": shortened(content.creditor_name, max(SUBJECT_LEAD - len(lead) - 2, 10)),
        "creditor_name": content.creditor_name,
        "lead": lead,
        "kind": content.kind.name,
        "kind_tone": content.tone is Tone.KIND,
        "total": money(content.lead_amount if content.draws or content.credits else content.total),
        "invoices": (
            shared["many_invoices"].format(count=len(content.items))
            if several
            else shared["one_invoice"].format(number=first.number)
        ),
        "several": several,
        "for_another": content.for_another,
        "slips": 1 if content.kind.of_statement else len(content.slips),
        "due": day(min(item.due_on for item in content.slips)),
        "pay_by": last_day(content.pay_by),
        "deadline": last_day(content.deadline),
        "rest": money(content.by_hand) if content.by_hand else "",
        "credit_of": ", ".join(content.credit_of),
        "moved": content.due_date_moved,
        "returned": content.payment_returned,
        "answer": content.answer,
        **(_announcement_facts(content.announcement) if content.announcement else {}),
        "sorry": content.sorry,
        "opened_again": content.opened_again,
        "late": content.sent_on > content.pay_by,
        "new_charge": _new_charge(content, "added" if long else "short"),
        "partner": content.collection_partner,
        "reference": reference,
        "reference_label": reference_label(reference, currency, language),
        "reference_word": _in_a_sentence(reference_label(reference, currency, language)),
        "account": figures.account(slip.account),
        "account_word": (figures.account_called(slip.account) or labels(language)["account"]).lower(),
        "link": content.link,
        "phone": phone,
        "website": content.creditor_website or content.creditor_email or "",
        "promised_on": day(content.promised_on),
        "drawn": money(content.drawn) if content.draws else "",
        "direct_debit": country_of(content.country).direct_debit,
        "drawn_by": _drawn_by(content),
        "draw_day": _between((draw.day for draw in content.draws), content, long=long),
        "drawn_part": drawn_part(content, long=long),
        "credit_day": _between((credit.day for credit in content.credits), content, long=long),
        "credit_part": credit_part(content, long=long),
        **_help_facts(content),
        **(_statement_facts(content.statement, money) if content.statement else {}),
        **(_plan_facts(content.plan, shared, money, day) if content.plan else {}),
    }


def _drawn_by(content: Content) -> str:
    """The name of direct debit, where the currency of its country is drawn."""
    country = country_of(content.country)
    if not country.direct_debit or content.currency != country.currency:
        return ""
    return labels(content.language)["drawn_by"].format(direct_debit=country.direct_debit)


def _between(days: Iterable[date], content: Content, *, long: bool) -> str:
    """On which day, or between which days; nothing where there is none."""
    each = list(days)
    if not each:
        return ""
    day = figures.long_date if long else figures.short_date
    first, last = (day(pick(each), content.language) for pick in (min, max))
    shared = labels(content.language)
    return shared["on_day" if first == last else "between_days"].format(first=first, last=last)


def drawn_part(content: Content, *, long: bool) -> str:
    """What is drawn, of which invoices, and what is left to be paid; nothing where the message speaks of that, or none is."""
    if not content.draws or content.is_drawn:
        return ""
    form = "drawn_short" if not long else "drawn_of" if len(content.items) > 1 else "drawn_part"
    if content.by_hand == 0:
        form = "drawn_all"
    return labels(content.language)[form].format(
        drawn=figures.amount(content.drawn, content.currency, content.language),
        numbers=", ".join(item.number for item in content.items if item.draw),
        by=_drawn_by(content),
        day=_between((draw.day for draw in content.draws), content, long=long),
        rest=figures.amount(content.by_hand, content.currency, content.language),
    )


def credit_part(content: Content, *, long: bool) -> str:
    """What credit will pay, when, and what is left to be paid; nothing where it pays all, or nothing."""
    if not content.credits or content.is_paid_by_credit:
        return ""
    return labels(content.language)["credit_part" if long else "credit_short"].format(
        credit=figures.amount(content.from_credit, content.currency, content.language),
        day=_between((credit.day for credit in content.credits), content, long=long),
        rest=figures.amount(content.by_hand, content.currency, content.language),
    )


def _new_charge(content: Content, form: str) -> str:
    """The fee or the compensation that a message adds, each by its own name; nothing where it adds none."""
    charge = content.new_charge
    if charge is None:
        return ""
    amount = figures.amount(charge.amount, content.currency, content.language)
    return labels(content.language)[f"{charge.kind.value}_{form}"].format(amount=amount)


def _help_facts(content: Content) -> dict[str, str]:
    """Who helps for free in the country whose law holds, and how they are reached; nothing where nobody is known."""
    country = country_of(content.country)
    found = {
        f"{name}{end}": said
        for name, helps in (("advice", country.debt_advice), ("social_help", country.social_help))
        for end, said in zip(("", "_at"), _called_and_reached(helps, content.language), strict=True)
    }
    return found | {"advice_begins": f"{found['advice'][:1].upper()}{found['advice'][1:]}"}


def _called_and_reached(helps: DebtAdvice | None, language: Locale) -> tuple[str, str]:
    if helps is None:
        return "", ""
    shared, page = labels(language), (helps.page or "").removeprefix("https://").removeprefix("www.").rstrip("/")
    reached = shared["at_phone"].format(phone=helps.phone) if helps.phone else shared["at_page"].format(page=page)
    return helps.said.get(language_of(language), helps.name), reached if helps.phone or page else ""


def _in_a_sentence(label: str) -> str:
    """A name of a row as it stands within a sentence: abbreviations keep their capitals."""
    return label if label[:2].isupper() else f"{label[:1].lower()}{label[1:]}"


def _statement_facts(statement: StatementTerms, money: Callable[[Decimal], str]) -> dict[str, object]:
    """What the templates may say of a statement of account."""
    return {
        "asked": bool(statement.asked),
        "rows": len(statement.rows),
        "due_now": money(statement.due) if statement.due else "",
        "all_due": statement.due == statement.asked,
        "credit": money(statement.credit) if statement.credit else "",
    }


def _announcement_facts(told: Told) -> dict[str, object]:
    """What the templates may say of something that many are told."""
    return {"title": told.title, "told": "\n\n".join(told.paragraphs), "told_short": told.short}


def _plan_facts(
    plan: PlanTerms,
    shared: Mapping[str, str],
    money: Callable[[Decimal], str],
    day: Callable[[date], str],
) -> dict[str, object]:
    """What the templates may say of an instalment plan."""
    first, asked = plan.instalments[0], plan.asks_for
    return {
        "plan_count": len(plan.instalments),
        "plan_interest": money(plan.interest) if plan.interest else "",
        "first_amount": money(first.amount),
        "first_day": day(first.due_on),
        "number": asked[0].number if asked else first.number,
        "missing": (
            shared["many_instalments"].format(count=len(asked))
            if len(asked) > 1
            else shared["one_instalment"].format(number=asked[0].number if asked else first.number)
        ),
    }
