"""Who a UBL document is from and to: the creditor's number, and the debtor with every way to reach it."""

import re
from typing import Any

from stdnum.no import fodselsnummer, orgnr

from connectors.invoice_files.ubl.document import Document

CUSTOMER = "cac:AccountingCustomerParty/cac:Party"
NAMES = (f"{CUSTOMER}/cac:PartyLegalEntity/cbc:RegistrationName", f"{CUSTOMER}/cac:PartyName/cbc:Name")
# An endpoint of scheme EM (Electronic Address Scheme) is an email address.
EMAILS = (
    f"{CUSTOMER}/cac:Contact/cbc:ElectronicMail",
    *(f"{CUSTOMER}/cbc:EndpointID[@schemeID='{scheme}']" for scheme in ("EM", "em")),
)
PHONE = f"{CUSTOMER}/cac:Contact/cbc:Telephone"
_NORWEGIAN_ORGANISATIONS = "0192"  # ISO 6523 code of the register of legal entities


def creditor(document: Document) -> str | None:
    """The creditor's organisation number, as far as one is given."""
    party = "cac:AccountingSupplierParty/cac:Party"
    number = document.text(f"{party}/cac:PartyLegalEntity/cbc:CompanyID", f"{party}/cbc:EndpointID")
    return _organisation_number(number) if number else None


def debtor(document: Document) -> dict[str, Any]:
    """The customer as our model has it."""
    address = f"{CUSTOMER}/cac:PostalAddress"
    person = [document.text(f"{CUSTOMER}/cac:Person/cbc:{part}") for part in ("FirstName", "FamilyName")]
    name = document.text(*NAMES) or " ".join(part for part in person if part)
    if not name:
        raise document.rejected(NAMES[0], f"{NAMES[0]} is missing")
    return {
        "name": name,
        "customer_number": document.text(f"{CUSTOMER}/cac:PartyIdentification/cbc:ID"),
        **_legal_person(document),
        "country": document.required(f"{address}/cac:Country/cbc:IdentificationCode"),
        "address_lines": _address_lines(document, address),
        "postcode": document.text(f"{address}/cbc:PostalZone"),
        "city": document.text(f"{address}/cbc:CityName"),
        "email": email(document),
        "phone": document.text(PHONE),
    }


def _address_lines(document: Document, address: str) -> list[str]:
    """Street or box with its number, then what else leads to the door; of too many lines the last share one."""
    number = document.text(f"{address}/cbc:BuildingNumber")
    street = document.text(f"{address}/cbc:StreetName")
    if street and number and not street.endswith(number):
        street = f"{street} {number}"
    box = document.text(f"{address}/cbc:Postbox")
    if box and box.isdecimal():
        box = f"Postboks {box}"
    more = [
        document.text(f"{address}/cbc:{part}") for part in ("AdditionalStreetName", "BuildingName", "Floor", "Room")
    ]
    lines = [line for line in (street, box, *more, *document.texts(f"{address}/cac:AddressLine/cbc:Line")) if line]
    return [*lines[:3], ", ".join(lines[3:])] if len(lines) > 4 else lines


def email(document: Document) -> str | None:
    """The customer's addresses one after the other, the contact's before the one that the invoice itself went to."""
    return "; ".join(address for way in EMAILS for address in document.texts(way)) or None


def _legal_person(document: Document) -> dict[str, Any]:
    """Organisation number of a business, or birth date of a consumer whose identity number is given.

    The identity number is not kept. Who has no number counts as a consumer, who is better protected.
    """
    number = document.text(
        f"{CUSTOMER}/cac:PartyLegalEntity/cbc:CompanyID",
        f"{CUSTOMER}/cbc:EndpointID[@schemeID='{_NORWEGIAN_ORGANISATIONS}']",
        f"{CUSTOMER}/cac:PartyTaxScheme/cbc:CompanyID",
    )
    if number is None:
        return {}
    if fodselsnummer.is_valid(number):
        return {"kind": "consumer", "birth_date": fodselsnummer.get_birth_date(number)}
    return {"organisation_number": _organisation_number(number)}


def _organisation_number(number: str) -> str:
    """A Norwegian number as its nine digits, without NO, MVA and spaces; any other number as it stands."""
    digits = re.sub(r"^NO|MVA$|\s", "", number.upper())
    return digits if orgnr.is_valid(digits) else number
