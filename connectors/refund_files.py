"""Refunds for the bank: ISO 20022 pain.001.001.09, one file of domestic credit transfers, and the folder it is left in."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from lxml import etree

from connectors.published_files import PublishedFiles
from domain.countries.registry import country_of
from domain.languages import Language, for_everybody
from domain.money.accounts import EURO, as_bank_files_have_it, one_spelling, scheme_of
from domain.money.pay_out import PaysFrom

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
LONGEST_NAME: Final = 140
LONGEST_TEXT: Final = 140
LONGEST_TOWN: Final = 35
ZERO = Decimal("0.00")
END_TO_END: Final = re.compile(r"PURR[0-9A-F]{28}")
"""What a bank repeats of one of ours in whatever it tells of it."""
MESSAGE: Final = re.compile(r"PURR[0-9A-F]{24}")
"""And of a whole file of them."""
_NAME = re.compile(r"\d{4}-\d\d-\d\d-[a-z0-9][a-z0-9-]*-PURR[0-9A-F]{24}\.xml")
# What Nordic banks take in names and texts: the Latin letters of SWIFT, and those of their own languages.
_TAKEN = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ áäçđéíóöúüýæøåÁÄÇÐÉÍÓÖÚÜÝÆØÅß%&=@§"
)
_WORDS: Mapping[Language, str] = {
    "nb": "Tilbakebetaling",
    "nn": "Tilbakebetaling",
    "sv": "Återbetalning",
    "fi": "Maksun palautus",
    "en": "Refund",
}


@dataclass(frozen=True, slots=True)
class Transfer:
    """One refund in a file. `end_to_end` names it in whatever the bank tells of it."""

    end_to_end: str
    amount: Decimal
    to_account: str
    name: str
    language: str
    invoice: str | None


@dataclass(frozen=True, slots=True)
class FileHead:
    """What a file says of itself and of who pays."""

    message_id: str
    created_at: datetime
    execute_on: date
    payer: str
    country: str
    account: PaysFrom
    town: str | None = None
    """Where the payer is: banks want it beside the country from November 2026."""


class RefundFiles(PublishedFiles):
    """The folder that somebody hands to the bank."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, _NAME)


def file_name(creditor: str, day: date, message_id: str) -> str:
    """The file of a creditor's message to its bank."""
    return f"{day}-{creditor}-{message_id}.xml"


def pain_001(head: FileHead, transfers: Sequence[Transfer]) -> bytes:
    """The file: one payment for all transfers, each booked by itself.

    Accounts are IBANs or the own numbers of the bank's country (BBAN, a bankgiro number BGNR), which in Sweden are found by the
    clearing number of who has them. Euro go as SEPA credit transfers, from IBAN to IBAN, each bank's costs to its own customer.
    """
    document = etree.fromstring(f'<Document xmlns="{NAMESPACE}"/>')
    message = _in(document, "CstmrCdtTrfInitn")
    number, total = str(len(transfers)), f"{sum((each.amount for each in transfers), ZERO):.2f}"
    group = _in(message, "GrpHdr")
    _in(group, "MsgId", head.message_id)
    _in(group, "CreDtTm", head.created_at.replace(microsecond=0).isoformat())
    _in(group, "NbOfTxs", number)
    _in(group, "CtrlSum", total)
    initiator = _in(group, "InitgPty")
    _in(initiator, "Nm", bank_text(head.payer, LONGEST_NAME))
    if head.account.customer_id is not None:
        other = _in(initiator, "Id/OrgId/Othr")
        _in(other, "Id", head.account.customer_id)
        _in(other, "SchmeNm/Cd", "CUST")
    payment = _in(message, "PmtInf")
    _in(payment, "PmtInfId", head.message_id)
    _in(payment, "PmtMtd", "TRF")
    _in(payment, "BtchBookg", "false")
    _in(payment, "NbOfTxs", number)
    _in(payment, "CtrlSum", total)
    euro = head.account.currency == EURO
    _in(payment, "PmtTpInf/SvcLvl/Cd", "SEPA" if euro else "NURG")
    _in(payment, "ReqdExctnDt/Dt", head.execute_on.isoformat())
    debtor = _in(payment, "Dbtr")
    _in(debtor, "Nm", bank_text(head.payer, LONGEST_NAME))
    address = _in(debtor, "PstlAdr")
    if head.town:
        _in(address, "TwnNm", bank_text(head.town, LONGEST_TOWN))
    _in(address, "Ctry", head.country)
    account = _in(payment, "DbtrAcct")
    _name_account(account, head.account, head.account.account)
    _in(account, "Ccy", head.account.currency)
    _in(payment, "DbtrAgt/FinInstnId/BICFI", head.account.bic)
    if euro:
        _in(payment, "ChrgBr", "SLEV")
    for transfer in transfers:
        _transfer(payment, transfer, head)
    return etree.tostring(document, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def bank_text(text: str, longest: int) -> str:
    """A text in the letters that banks take: others as the letter they are made from, what is none as a blank."""
    letters = (letter if letter in _TAKEN else _plain(letter) for letter in unicodedata.normalize("NFC", text))
    return " ".join("".join(letters).split())[:longest].strip() or "-"


def _plain(letter: str) -> str:
    return "".join(part if part in _TAKEN else " " for part in unicodedata.normalize("NFKD", letter)[:1])


def _transfer(payment: etree._Element, transfer: Transfer, head: FileHead) -> None:
    element = _in(payment, "CdtTrfTxInf")
    ids = _in(element, "PmtId")
    _in(ids, "InstrId", transfer.end_to_end)
    _in(ids, "EndToEndId", transfer.end_to_end)
    _in(element, "Amt/InstdAmt", f"{transfer.amount:.2f}").set("Ccy", head.account.currency)
    clearing = country_of(head.account.country).account_clearing(one_spelling(transfer.to_account))
    if clearing and head.account.currency != EURO:
        member = _in(element, "CdtrAgt/FinInstnId/ClrSysMmbId")
        _in(member, "ClrSysId/Cd", clearing[0])
        _in(member, "MmbId", clearing[1])
    _in(element, "Cdtr/Nm", bank_text(transfer.name, LONGEST_NAME))
    _name_account(_in(element, "CdtrAcct"), head.account, transfer.to_account)
    words = " ".join(filter(None, (for_everybody(transfer.language, _WORDS), transfer.invoice, head.payer)))
    _in(element, "RmtInf/Ustrd", bank_text(words, LONGEST_TEXT))


def _name_account(account: etree._Element, bank: PaysFrom, number: str) -> None:
    plain, scheme = one_spelling(number), scheme_of(bank.country, number) or "BBAN"
    if scheme == "IBAN" or bank.currency == EURO:
        _in(account, "Id/IBAN", as_bank_files_have_it(number))
        return
    other = _in(account, "Id/Othr")
    _in(other, "Id", plain.replace("-", ""))
    _in(other, "SchmeNm/Cd" if scheme == "BBAN" else "SchmeNm/Prtry", scheme)


def _in(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    """The last of new elements, each in the one before: `name` is one element's, or several with slashes."""
    element = parent
    for each in name.split("/"):
        element = etree.SubElement(element, f"{{{NAMESPACE}}}{each}")
    element.text = text
    return element
