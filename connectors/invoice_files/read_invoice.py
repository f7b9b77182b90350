"""What was found in a file: an invoice or credit note that is accepted, or why it is rejected."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from domain.invoices.incoming import NO_OTHER_NAMES, IncomingCreditNote, IncomingInvoice, warnings_for

Kind = Literal["invoice", "credit_note"]
KINDS: tuple[Kind, ...] = ("invoice", "credit_note")


@dataclass(frozen=True)
class ReadInvoice:
    """One invoice or credit note of a file; `model` where it is accepted, otherwise `reason`."""

    file: str
    place: str  # "line 12", "element 3", "/Invoice/cac:LegalMonetaryTotal"
    kind: Kind | None  # None where the file does not tell
    model: IncomingInvoice | IncomingCreditNote | None = None
    reason: str | None = None
    warnings: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)  # fields of the model as given, unchecked
    pdfs: tuple[Path, ...] = ()  # the file beside it that is its own PDF

    @property
    def number(self) -> str | None:
        """The invoice's or credit note's number, where one could be read."""
        number = self.model.number if self.model else self.raw.get("number")
        return str(number) if number else None


def checked(
    file: str,
    place: str,
    kind: Kind,
    given: Mapping[str, Any],
    *,
    warnings: Sequence[str] = (),
    lines_include_vat: bool = True,
    called: Mapping[str, str] = NO_OTHER_NAMES,
) -> ReadInvoice:
    """What the given fields make: accepted, or rejected with each wrong field as it is `called` in the file."""
    try:
        if kind == "credit_note":
            return ReadInvoice(file, place, kind, IncomingCreditNote.model_validate(given), warnings=tuple(warnings))
        invoice = IncomingInvoice.model_validate(given)
    except ValidationError as error:
        return ReadInvoice(
            file, place, kind, reason=faults_in_words(error, called), warnings=tuple(warnings), raw=given
        )
    noticed = warnings_for(invoice, lines_include_vat=lines_include_vat, called=called)
    return ReadInvoice(file, place, kind, invoice, warnings=(*warnings, *noticed))


def faults_in_words(error: ValidationError, called: Mapping[str, str] = NO_OTHER_NAMES) -> str:
    """Field and fault of each mistake in one sentence, without repeating what was given."""
    faults = []
    for mistake in error.errors(include_url=False, include_input=False):
        where = _field(mistake["loc"], called)
        what = _what(mistake["type"], mistake.get("ctx", {})) or mistake["msg"].removeprefix("Value error, ")
        if not where:  # a fault of several fields names them itself
            what = re.sub(r"\b[a-z]+_[a-z]+\b", lambda name: called.get(name[0], name[0]), what)
        faults.append(f"{where} {what}" if what.startswith(("is ", "has ", "holds ")) else f"{where}: {what}")
    return "; ".join(fault.removeprefix(": ") for fault in faults)


def _field(place: tuple[str | int, ...], called: Mapping[str, str]) -> str:
    """A field as the file calls it, or the longest part of its place that has a name there: an empty one needs no naming."""
    parts = [str(part) for part in place]
    for upto in range(len(parts), 0, -1):
        if (name := called.get(".".join(parts[:upto]))) is not None:
            return ".".join([name, *parts[upto:]] if name else parts[upto:])
    return ".".join(parts)


def _what(kind: str, context: Mapping[str, Any]) -> str | None:
    """A mistake that pydantic found, in plain words; None for those that our own rules put into words."""
    match kind:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not a known field"
        case "string_type":
            return "is not a text"
        case "string_too_short" | "too_short":
            return "is empty"
        case "string_too_long":
            return f"has more than {context['max_length']} characters"
        case "too_long":
            return f"has more than {context['max_length']} {'entries' if context['field_type'] == 'Tuple' else 'characters'}"
        case "decimal_parsing" | "decimal_type" | "finite_number":
            return "is not a number"
        case "decimal_max_digits" | "decimal_whole_digits":
            return "is too long a number"
        case "decimal_max_places":
            return f"has more than {context['decimal_places']} decimals"
        case "greater_than":
            return f"is not more than {context['gt']}"
        case "greater_than_equal":
            return f"is less than {context['ge']}"
        case "less_than":
            return f"is not less than {context['lt']}"
        case "literal_error" | "enum":
            return f"is neither {context['expected'].replace(', ', ' nor ').replace(' or ', ' nor ')}"
        case "bool_parsing" | "bool_type":
            return "is neither yes nor no"
        case "date_from_datetime_parsing" | "date_parsing":
            return "is not a day of the calendar"
    return None
