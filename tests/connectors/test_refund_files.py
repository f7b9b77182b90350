"""The file of refunds for the bank (pain.001): what it says, in letters that banks take, and its sums."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.refund_files import NAMESPACE, FileHead, Transfer, bank_text, pain_001
from domain.money.pay_out import PaysFrom

GOLDEN = Path(__file__).parent / "refund_file.xml"
"""As `pain_001` writes it: held against the schema of pain.001.001.09 of ISO 20022."""
ACCOUNT = PaysFrom("NOK", "1234.56.78911", "DNBANOKK", "NO", "00131936")
AT = datetime(2026, 11, 28, 10, 0, tzinfo=ZoneInfo("Europe/Oslo"))
HEAD = FileHead(f"PURR{'A' * 24}", AT, date(2026, 11, 30), "Acme Kraft & Sønn <AS>", "NO", ACCOUNT)
TRANSFERS = (
    Transfer(f"PURR{'B' * 28}", Decimal("198"), "99990512341", "Kari Nordmann", "nb", "2026-1001"),
    Transfer(f"PURR{'C' * 28}", Decimal("0.50"), "99990512342", "\u202e王Ǆ\u0000", "en", None),
)


def test_the_file_is_written_as_the_bank_has_agreed_to_read_it() -> None:
    assert pain_001(HEAD, TRANSFERS).decode() == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("country", "currency", "to", "named"),
    [
        ("SE", "SEK", "5050-1055", {"Id": "50501055", "Prtry": "BGNR"}),
        ("SE", "SEK", "991-2346", {"Id": "9912346", "Prtry": "BGNR"}),
        ("SE", "SEK", "28 65 43-4", {"Id": "2865434", "Cd": "BBAN"}),
        ("SE", "SEK", "5000-111 1116", {"Id": "50001111116", "Cd": "BBAN"}),
        ("SE", "SEK", "SE45 5000 0000 0583 9825 7466", {"IBAN": "SE4550000000058398257466"}),
        ("FI", "EUR", "FI21 1234 5600 0007 85", {"IBAN": "FI2112345600000785"}),
        ("NO", "NOK", "9999.05.12341", {"Id": "99990512341", "Cd": "BBAN"}),
        ("NO", "NOK", "NO9386011117947", {"Id": "86011117947", "Cd": "BBAN"}),
    ],
)
def test_an_account_is_named_as_banks_of_its_country_know_it(
    country: str, currency: str, to: str, named: dict[str, str]
) -> None:
    head = replace(HEAD, country=country, account=PaysFrom(currency, to, "NDEASESS", country))
    written = etree.fromstring(pain_001(head, [replace(TRANSFERS[0], to_account=to)]))
    for which in ("DbtrAcct", "CdtrAcct"):
        account = written.find(f".//{{{NAMESPACE}}}{which}/{{{NAMESPACE}}}Id")
        assert account is not None
        assert {etree.QName(each).localname: each.text for each in account.iter() if len(each) == 0} == named


@pytest.mark.parametrize(
    ("to", "member"),
    [
        ("5050-1055", "9900"),  # Bankgirot
        ("28 65 43-4", "9960"),  # Plusgirot
        ("5000-111 1116", "5000"),  # the clearing number of the bank
        ("SE45 5000 0000 0583 9825 7466", None),
    ],
)
def test_a_swedish_account_is_found_by_the_clearing_number_of_who_has_it(to: str, member: str | None) -> None:
    head = replace(HEAD, country="SE", account=PaysFrom("SEK", "5050-1055", "NDEASESS", "SE"))
    written, names = etree.fromstring(pain_001(head, [replace(TRANSFERS[0], to_account=to)])), {"d": NAMESPACE}
    assert written.findtext(".//d:CdtrAgt//d:MmbId", namespaces=names) == member
    assert written.findtext(".//d:CdtrAgt//d:ClrSysId/d:Cd", namespaces=names) == (member and "SESBA")
    transfer = written.find(".//d:CdtTrfTxInf", names)
    assert transfer is not None
    order = [etree.QName(each).localname for each in transfer]
    assert order == ["PmtId", "Amt", *(["CdtrAgt"] if member else []), "Cdtr", "CdtrAcct", "RmtInf"]


def test_the_payers_town_stands_before_the_country_where_it_is_known() -> None:
    written = etree.fromstring(pain_001(replace(HEAD, town="Umeå"), TRANSFERS))
    address = written.find(f".//{{{NAMESPACE}}}Dbtr/{{{NAMESPACE}}}PstlAdr")
    assert address is not None
    assert [(etree.QName(each).localname, each.text) for each in address] == [("TwnNm", "Umeå"), ("Ctry", "NO")]


def test_euro_go_as_a_sepa_credit_transfer() -> None:
    euro = replace(HEAD, country="FI", account=PaysFrom("EUR", "FI2112345600000785", "NDEAFIHH", "FI"))
    written = etree.fromstring(pain_001(euro, [replace(TRANSFERS[0], to_account="FI3715903000000776")]))
    assert written.findtext(f".//{{{NAMESPACE}}}SvcLvl/{{{NAMESPACE}}}Cd") == "SEPA"
    assert written.findtext(f".//{{{NAMESPACE}}}ChrgBr") == "SLEV"


def test_a_norwegian_pays_euro_back_from_iban_to_iban() -> None:
    euro = replace(HEAD, account=PaysFrom("EUR", "NO9386011117947", "DNBANOKK", "NO"))
    written = etree.fromstring(pain_001(euro, [replace(TRANSFERS[0], to_account="NO93 8601 1117 947")]))
    names = {"d": NAMESPACE}
    assert [each.text for each in written.iterfind(".//d:IBAN", names)] == ["NO9386011117947"] * 2
    assert {each.get("Ccy") for each in written.iterfind(".//d:InstdAmt", names)} == {"EUR"}
    assert written.findtext(".//d:Dbtr/d:PstlAdr/d:Ctry", namespaces=names) == "NO"


def test_kronor_from_an_account_in_sweden_are_named_as_there() -> None:
    kronor = replace(HEAD, account=PaysFrom("SEK", "5050-1055", "NDEASESS", "SE"))
    written = etree.fromstring(pain_001(kronor, [replace(TRANSFERS[0], to_account="28 65 43-4")]))
    names = {"d": NAMESPACE}
    assert [each.text for each in written.iterfind(".//d:SchmeNm/d:Prtry", names)] == ["BGNR"]
    assert [each.text for each in written.iterfind(".//d:CdtrAcct//d:SchmeNm/d:Cd", names)] == ["BBAN"]
    assert written.findtext(".//d:SvcLvl/d:Cd", namespaces=names) == "NURG"


@given(st.lists(st.decimals("0.01", "99999", places=2), min_size=1, max_size=20))
def test_its_sums_are_those_of_its_transfers(amounts: list[Decimal]) -> None:
    transfers = [Transfer(f"PURR{n:028}", each, "99990512341", "Kari", "nb", None) for n, each in enumerate(amounts)]
    written, names = etree.fromstring(pain_001(HEAD, transfers)), {"d": NAMESPACE}
    assert {each.text for each in written.iterfind(".//d:CtrlSum", names)} == {f"{sum(amounts):.2f}"}
    assert {each.text for each in written.iterfind(".//d:NbOfTxs", names)} == {str(len(amounts))}
    assert [Decimal(str(each.text)) for each in written.iterfind(".//d:InstdAmt", names)] == amounts


@given(st.text(max_size=300))
def test_any_text_becomes_one_that_banks_take(text: str) -> None:
    written = bank_text(text, 140)
    assert 1 <= len(written) <= 140
    assert written == bank_text(written, 140) == written.strip()
    assert etree.fromstring(f"<a>{written.replace('&', '&amp;')}</a>").text == written
