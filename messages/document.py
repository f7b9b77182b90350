"""One message laid out in parts, the same for every form: HTML, text, letter, direct message."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.countries.registry import country_of
from domain.money.accounts import code_line, payment_code
from domain.money.amount import ZERO
from domain.money.references import printed
from domain.money.statement import Standing
from messages import figures
from messages.content import Content, InvoiceItem, StatementRow, StatementTerms
from messages.languages import labels, tag_of
from messages.words import also_said, credit_part, drawn_part, reference_label, words

FOUND_BY = ("order_reference", "buyer_reference", "cost_centre", "buyer_contact")  # by which a buyer finds an invoice
NONE = "-"  # in the place of what an invoice does not have

_PAID_ELSEWHERE = ("handed_off_amount", "drawn_amount")  # leads of messages that give no account to pay to


@dataclass(frozen=True, slots=True)
class Row:
    """A fact and its name; `strong` marks the ones to see first."""

    label: str
    value: str
    strong: bool = False
    is_amount: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """Something the reader may want to tell us, and the place on the page to do it."""

    label: str
    link: str


@dataclass(frozen=True, slots=True)
class Document:
    """Everything a message says, in reading order."""

    language: str
    subject: str
    heading: str
    greeting: str
    opening: tuple[str, ...]
    table: tuple[tuple[Row, ...], ...]
    """One row of cells for each invoice when there are several; every invoice has the same labels."""
    facts: tuple[Row, ...]
    notes: tuple[str, ...]
    action: str
    link: str
    closing: tuple[str, ...]
    offers_heading: str
    offers: tuple[Offer, ...]
    why: Offer
    """Where the page says why it was sent."""
    unsubscribe: Offer | None
    """Where no more emails are asked for, of what no law requires."""
    regards: str
    creditor_name: str
    contact: tuple[str, ...]
    verify: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payment as somebody makes it in their bank, so that a code can say all of it."""

    holder: str
    account: str | None
    amount: Decimal
    currency: str
    reference: str
    by: date

    @property
    def code(self) -> str | None:
        """The line that banks' apps of the account's country read it from; None where there is none."""
        return payment_code(self.account, self.amount, self.reference, self.by)

    @property
    def code_line(self) -> str | None:
        """The line at the foot of a letter that scanners of the account's country read it from; None where there is none."""
        return code_line(self.account, self.amount, self.currency, self.reference)


def transfer_of(content: Content) -> Transfer | None:
    """The payment that a message asks for, where it is one alone: of one invoice, at once, and by hand."""
    if not _has_account(content) or len(content.items) != 1 or content.items[0] not in content.slips:
        return None
    if (
        content.kind.of_statement or content.kind.of_no_claim or content.kind.lead != "to_pay"
    ):  # of several, of none, or in parts
        return None
    (item,) = content.items
    holder = content.account_holder or content.creditor_name
    day = content.deadline or item.due_on
    return Transfer(holder, item.account, content.lead_amount, content.currency, content.pay_with, day)


def document(content: Content) -> Document:
    """The parts of a message, from its facts and its words."""
    content = content.tidied()
    shared = labels(content.language)
    said = words(content)
    statement = content.statement if content.kind.of_statement else None
    listed = statement.rows if statement else content.items
    rows = [tuple(_rows_of(content, each)) for each in listed] if not content.kind.of_no_claim else [()]
    several = len(rows) > 1 or statement is not None
    phone = figures.phone(content.creditor_phone, content.language) if content.creditor_phone else None
    contact = filter(None, (phone, content.creditor_email, content.creditor_website, *content.creditor_address))
    verify = phone or content.creditor_website or content.creditor_email
    # A notice and a receipt say in their own words what to do when something is wrong.
    silent = content.kind.legal_form or content.kind.offers_in_words
    offers = () if silent else ("paid", "more-time", "disagree", "not-me")
    return Document(
        language=tag_of(content.language),
        subject=said.subject,
        heading=said.heading,
        greeting=shared["greeting"].format(name=_called(content)),
        opening=(
            *_for_another(content),
            *said.opening,
            *filter(None, [drawn_part(content, long=True), credit_part(content, long=True)]),
            *also_said(content, long=True),
        ),
        table=tuple(rows) if several else (),
        facts=(*_case_rows(content), *(() if several else rows[0]), *_closing_rows(content))
        if not content.kind.of_no_claim
        else (),
        notes=(*_code_note(content), *_interest_notes(content), *_attached(content)),
        action=said.action,
        link=content.link,
        closing=(*said.closing, *_by_direct_debit(content), *_still_right(content)),
        offers_heading=shared["offers"],
        offers=tuple(Offer(shared[name], f"{content.link}#{name}") for name in offers),
        why=Offer(shared["why"], f"{content.link}#why"),
        unsubscribe=Offer(shared["unsubscribe"], content.unsubscribe) if content.unsubscribe else None,
        regards=shared["regards"],
        creditor_name=content.creditor_name,
        contact=tuple(contact),
        verify=shared["verify"].format(contact=verify) if verify else "",
    )


def _called(content: Content) -> str:
    """How whoever gets it is greeted: guardians who are known by no name stand within the sentence."""
    guardians = labels(content.language)["guardians_of"].format(name=content.debtor_name)
    name = content.recipient_name
    return f"{name[0].lower()}{name[1:]}" if name == guardians else name


def _for_another(content: Content) -> Iterable[str]:
    """Why somebody else than the debtor gets it."""
    if content.for_another:
        yield labels(content.language)["for_another"].format(name=content.debtor_name)


def _by_direct_debit(content: Content) -> Iterable[str]:
    """That the bank can pay the invoices, and where that is asked for."""
    if content.offers_direct_debit:
        name = country_of(content.country).direct_debit
        yield labels(content.language)["offers_direct_debit"].format(direct_debit=name)


def _still_right(content: Content) -> Iterable[str]:
    """The question whether addresses are still right."""
    if content.asks_whether_right:
        yield labels(content.language)["still_right"]


def _attached(content: Content) -> Iterable[str]:
    if content.attached:
        how = "attached_on_paper" if content.typed_link else "attached"
        yield labels(content.language)[how].format(numbers=", ".join(content.attached))


def _case_rows(content: Content) -> Iterable[Row]:
    shared = labels(content.language)
    if content.for_another:
        yield Row(shared["concerning"], content.debtor_name)
    if content.customer_number:
        yield Row(shared["customer_number"], content.customer_number)


def _rows_of(content: Content, each: InvoiceItem | StatementRow) -> Iterable[Row]:
    return _item_rows(content, each) if isinstance(each, InvoiceItem) else _statement_rows(content, each)


def _statement_rows(content: Content, row: StatementRow) -> Iterable[Row]:
    """An invoice of a statement: how it stands, what is left, and how much of that is asked for."""
    shared = labels(content.language)
    standing = shared[f"standing_{row.standing.replace(' ', '_')}"]
    if row.disputed and row.standing is not Standing.DISPUTED:
        disputed = figures.amount(row.disputed, content.currency, content.language)
        standing += f" ({shared['standing_disputed']}: {disputed})"
    yield Row(shared["invoice"], row.number)
    yield _reference_row(row.reference, content)
    yield Row(shared["due"], figures.short_date(row.due_on, content.language))
    yield Row(shared["standing"], standing)
    for label, amount in (("balance", row.balance), ("to_pay", row.asked)):
        yield Row(shared[label], figures.amount(amount, content.currency, content.language), is_amount=True)


def _item_rows(content: Content, item: InvoiceItem) -> Iterable[Row]:
    """The facts of one invoice, as few as its kind of message needs."""
    shared = labels(content.language)
    several = len(content.items) > 1
    day = figures.short_date if several else figures.long_date

    def money(label: str, value: Decimal) -> Row:
        return Row(shared[label], figures.amount(value, content.currency, content.language), is_amount=True)

    found_by = [(shared[name], told) for name in FOUND_BY if (told := getattr(item, name))]
    name = f"{item.number}, {item.text}" if item.text else item.number
    if several:
        name = " ".join(filter(None, (item.number, item.text)))
        name += f" ({', '.join(f'{label} {told}' for label, told in found_by)})" if found_by else ""
    yield Row(shared["invoice"], name)
    if not several:
        yield from (Row(label, told) for label, told in found_by)
    if not several and content.kind.shows_issue_date:
        yield Row(shared["issued"], day(item.issued_on, content.language))
    later = content.deadline is not None and item.due_on < content.deadline
    overdue = later or content.kind.shows_parts or content.kind.of_plan or content.kind.lead == "handed_off_amount"
    yield Row(
        shared["original_due" if overdue else "due"],
        day(item.due_on, content.language),
    )
    slip = not (content.draws or content.credits) or item in content.slips
    if not _needs_nothing(content) and content.kind.lead != "handed_off_amount":  # with ours, money would come to us
        reference = item.reference if several else content.pay_with
        yield _reference_row(reference, content, shown=slip)
    if _has_account(content) and (not several or not _one_account(content)):
        yield Row(
            figures.account_called(item.account) or shared["account"], figures.account(item.account) if slip else NONE
        )
        if slip:
            yield from _holder_row(content)
    if several and content.draws:
        yield Row(shared["drawn_on"], _draw_of(content, item))
    if several and content.credits:
        yield money("credit_to_use", item.credit.amount if item.credit else ZERO)
    if content.kind.shows_parts:
        notice = content.kind.legal_form
        interest = notice or any(each.interest for each in content.items)
        if interest or any(each.charges for each in content.items):
            yield money("principal" if notice else "invoice_amount", item.principal)
        yield from _charge_rows(content, item)
        if interest:
            yield money("interest", item.interest)
    if several and item.paid is not None:
        yield money("paid_amount", item.paid)
    elif several and content.kind.lead != "paid_amount":
        yield money("amount", item.amount_due)


def _reference_row(reference: str, content: Content, *, shown: bool = True) -> Row:
    """A payment reference as people of its country call and write it; where it is not `shown`, its place stays empty."""
    label = reference_label(reference, content.currency, content.language)
    return Row(label, printed(reference, content.currency) if shown else NONE)


def _holder_row(content: Content) -> Iterable[Row]:
    """Whose the account is, where its bank knows the creditor by another name: payers' banks compare it."""
    if content.account_holder and content.account_holder != content.creditor_name:
        yield Row(labels(content.language)["account_holder"], content.account_holder)


def _code_note(content: Content) -> Iterable[str]:
    """The line from which banks' apps read the whole payment of one invoice, where the account's country has one."""
    transfer = transfer_of(content)
    if transfer and transfer.code:
        yield f"{labels(content.language)['payment_code']}: {transfer.code}"


def _charge_rows(content: Content, item: InvoiceItem) -> Iterable[Row]:
    """Each fee and compensation of one invoice with its day; among several invoices a column for each name."""
    shared = labels(content.language)
    if len(content.items) > 1:
        for label in dict.fromkeys(shared[charge.name] for each in content.items for charge in each.charges):
            so_called = sum((charge.amount for charge in item.charges if shared[charge.name] == label), ZERO)
            yield Row(label, figures.amount(so_called, content.currency, content.language), is_amount=True)
        return
    for charge in item.charges:
        label = shared[f"{charge.name}_of"].format(day=figures.long_date(charge.on, content.language))
        yield Row(label, figures.amount(charge.amount, content.currency, content.language), is_amount=True)


def _closing_rows(content: Content) -> Iterable[Row]:
    """What it comes to, and by when."""
    shared = labels(content.language)
    if _has_account(content) and (content.kind.of_statement or (len(content.items) > 1 and _one_account(content))):
        account = content.slips[0].account
        yield Row(figures.account_called(account) or shared["account"], figures.account(account))
        yield from _holder_row(content)
    if content.kind.of_statement and content.statement:
        yield from _rows_of_all(content, content.statement)
    if content.kind.lead == "plan_total":
        yield from _schedule_rows(content)
    if content.draws and not content.is_drawn:
        drawn = figures.amount(content.drawn, content.currency, content.language)
        yield Row(shared["drawn_amount"], drawn, is_amount=True)
    if content.credits and not content.is_paid_by_credit:
        credit = figures.amount(content.from_credit, content.currency, content.language)
        yield Row(shared["credit_to_use"], credit, is_amount=True)
    is_drawn = content.is_drawn and content.kind.lead != "plan_total"
    yield Row(
        shared["drawn_amount" if is_drawn else "credit_to_use" if content.is_paid_by_credit else content.kind.lead],
        figures.amount(content.lead_amount, content.currency, content.language),
        strong=True,
        is_amount=True,
    )
    if is_drawn:
        first, last = (
            figures.long_date(pick(draw.day for draw in content.draws), content.language) for pick in (min, max)
        )
        yield Row(shared["drawn_on"], first if first == last else f"{first} - {last}", strong=True)
    elif content.deadline and content.kind.lead == "to_pay" and not content.is_paid_by_credit:
        yield Row(shared[content.kind.deadline], figures.deadline(content.deadline, content.language), strong=True)


def _rows_of_all(content: Content, statement: StatementTerms) -> Iterable[Row]:
    """The reference that pays all that a statement asks for, what of it is due, and the credit beside it."""
    shared = labels(content.language)
    if statement.reference:
        yield _reference_row(statement.reference, content)
    for label, amount in (("due_now", statement.due), ("credit", statement.credit)):
        if amount:
            yield Row(shared[label], figures.amount(amount, content.currency, content.language), is_amount=True)


def _schedule_rows(content: Content) -> Iterable[Row]:
    """Each instalment of an agreed plan: when and how much."""
    label = labels(content.language)["instalment"]
    for instalment in content.plan.instalments if content.plan else ():
        due = figures.long_date(instalment.due_on, content.language)
        yield Row(
            label.format(number=instalment.number, due=due),
            figures.amount(instalment.amount, content.currency, content.language),
            is_amount=True,
        )


def _interest_notes(content: Content) -> Iterable[str]:
    """How much interest came to it from when until when, at which rate and on what; invoices with alike ones share a note."""
    if not content.kind.shows_parts:
        return
    stated = content.kind.legal_form
    of_rate: dict[tuple[Decimal, date], list[InvoiceItem]] = {}
    for item in content.items:
        if item.interest_rate and item.interest_from and (stated or item.interest > 0):
            of_rate.setdefault((item.interest_rate, item.interest_from), []).append(item)
    one_rate = len(of_rate) == 1 and len(next(iter(of_rate.values()))) == len(content.items)
    for (rate, start), alike in of_rate.items():
        amount, principal = (
            figures.amount(sum(parts, ZERO), content.currency, content.language)
            for parts in ([item.interest for item in alike], [item.principal for item in alike])
        )
        yield labels(content.language)["interest_note" if one_rate else "interest_note_of"].format(
            number=", ".join(item.number for item in alike),
            rate=figures.rate(rate, content.language),
            start=figures.long_date(start, content.language),
            until=figures.long_date(content.sent_on, content.language),
            amount=amount,
            principal=principal,
        )


def _has_account(content: Content) -> bool:
    return content.kind.lead not in _PAID_ELSEWHERE and not _needs_nothing(content)


def _needs_nothing(content: Content) -> bool:
    """Whether nothing is left for its reader to pay."""
    return content.is_drawn or content.is_paid_by_credit


def _draw_of(content: Content, item: InvoiceItem) -> str:
    """When one of several invoices is drawn, and how much where that is not all of it."""
    if item.draw is None:
        return NONE
    day = figures.short_date(item.draw.day, content.language)
    if item.draw.amount == item.amount_due:
        return day
    return f"{figures.amount(item.draw.amount, content.currency, content.language)} {day}"


def _one_account(content: Content) -> bool:
    return len({item.account for item in content.items}) == 1
