"""What was found in a file: an invoice or credit note that is accepted, or why it is rejected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import ValidationError

from domain.invoices.incoming import IncomingCreditNote, IncomingInvoice, warnings_for

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
) -> ReadInvoice:
    """What the given fields make: accepted, or rejected with each wrong field named."""
    try:
        if kind == "credit_note":
            return ReadInvoice(file, place, kind, IncomingCreditNote.model_validate(given), warnings=tuple(warnings))
        invoice = IncomingInvoice.model_validate(given)
    except ValidationError as error:
        return ReadInvoice(file, place, kind, reason=_reason(error), warnings=tuple(warnings), raw=given)
    noticed = warnings_for(invoice, lines_include_vat=lines_include_vat)
    return ReadInvoice(file, place, kind, invoice, warnings=(*warnings, *noticed))


def _reason(error: ValidationError) -> str:
    """Field and fault of each mistake in one sentence, without repeating what was given."""
    faults = []
    for mistake in error.errors(include_url=False, include_input=False, include_context=False):
        where = ".".join(str(part) for part in mistake["loc"])
        match mistake["type"]:
            case "missing":
                what = "is missing"
            case "extra_forbidden":
                what = "is not a known field"
            case _:
                what = mistake["msg"].removeprefix("Value error, ")
        faults.append(f"{where} {what}" if what.startswith(("is ", "has ", "holds ")) else f"{where}: {what}")
    return "; ".join(fault.removeprefix(": ") for fault in faults)
