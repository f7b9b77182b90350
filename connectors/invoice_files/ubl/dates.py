"""The days of a UBL document: when it was issued, and when it is due by a date or by its payment terms."""

import re
from datetime import date

from connectors.invoice_files.payment_terms import due_by
from connectors.invoice_files.ubl.document import Document, text_of

DUE_DATES = (
    "cbc:DueDate",
    "cac:PaymentMeans/cbc:PaymentDueDate",
    "cac:PaymentTerms/cbc:PaymentDueDate",
    "cac:PaymentTerms/cbc:InstallmentDueDate",
)
_TERMS = "cac:PaymentTerms/cbc:Note"
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?")  # an xsd:date may bear a time zone


def issued_on(document: Document) -> date:
    """The day it was issued."""
    return _day(document, "cbc:IssueDate", document.required("cbc:IssueDate"))


def _day(document: Document, path: str, text: str) -> date:
    """An xsd:date; its time zone, where it has one, tells nothing of the day."""
    written = _DATE.fullmatch(text)
    try:
        return date.fromisoformat(written[1] if written else "")
    except ValueError as error:
        at = next(each for each in document.all(path) if text_of(each) == text)
        raise document.rejected(path, f"{path} is not a date", at) from error


def due_date_of(document: Document) -> date:
    """The day it is due. Of several, as instalments have, the last: nobody is reminded of what is not due yet."""
    stated = sorted({_day(document, path, text) for path in DUE_DATES for text in document.texts(path)})
    if len(stated) > 1:
        days = ", ".join(map(str, stated))
        document.warnings.append(f"{len(stated)} due dates ({days}): all of it is taken as due on the last")
    return stated[-1] if stated else _due_by_terms(document)


def _due_by_terms(document: Document) -> date:
    terms = document.texts(_TERMS)
    named = document.located("the payment terms", next((each for each in document.all(_TERMS) if text_of(each)), None))
    match [due_by(note, issued_on(document)) for note in terms]:
        case [date() as due_date]:
            document.warnings.append(f"no due date given: {due_date} follows from {named}, {terms[0]}")
            return due_date
    why = f"{named} do not plainly give a day" if terms else "there are no payment terms in words"
    raise document.rejected("cbc:DueDate", f"cbc:DueDate is missing, and {why}")
