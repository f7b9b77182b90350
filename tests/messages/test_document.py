"""A message laid out in parts: what the law of each country wants told in it is there, in the reader's words."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from messages import render
from messages.document import document
from messages.specs import SPECS
from tests.messages.samples import charge, content, item


def test_a_swedish_demand_says_all_that_inkassolagen_asks() -> None:
    reminded = charge("60.00", on=date(2026, 10, 12))
    demanded = replace(charge("180.00", on=date(2026, 11, 23)), of_notice=True)
    claim = item(
        number="10482",
        text="El september",
        principal=Decimal("10000.00"),
        charges=(reminded, demanded),
        interest=Decimal("164.38"),
        interest_rate=Decimal("10.00"),
        interest_from=date(2026, 9, 25),
        amount_due=Decimal("10404.38"),
        reference="1234567897",
    )
    letter = document(
        content(
            SPECS["collection-notice"],
            language="sv",
            country="SE",
            currency="SEK",
            creditor_name="Svensk Kraft AB",
            items=(claim,),
            total=Decimal("10404.38"),
            sent_on=date(2026, 11, 23),
            deadline=date(2026, 12, 9),
        )
    )
    rows = {row.label: row.value for row in letter.facts}
    assert letter.heading == "Inkassokrav"
    assert letter.opening[0].startswith(
        "Svensk Kraft AB saknar fortfarande 10 404,38 kr för faktura 10482. Betala eller invänd senast den 9 december 2026."
    )
    assert rows["Faktura"] == "10482, El september"
    assert rows["Kapitalbelopp"] == "10 000,00 kr"
    assert rows["Påminnelseavgift 12 oktober 2026"] == "60,00 kr"
    assert rows["Kostnad för inkassokrav 23 november 2026"] == "180,00 kr"
    assert rows["Dröjsmålsränta"] == "164,38 kr"
    assert rows["Att betala"] == "10 404,38 kr"
    assert letter.notes == (
        "Dröjsmålsränta: 164,38 kr från den 25 september 2026 till och med den 23 november 2026, "
        "10,00 % per år på det obetalda kapitalbeloppet, nu 10 000,00 kr.",
    )


def test_among_several_invoices_each_cost_has_a_column_of_its_own() -> None:
    claims = (
        item("1", charges=(charge("60.00"),), reference="18"),
        item("2", charges=(replace(charge("180.00"), of_notice=True),), reference="26"),
    )
    letter = document(content(SPECS["collection-notice"], language="sv", country="SE", currency="SEK", items=claims))
    costs = [
        [(cell.label, cell.value) for cell in row if "avgift" in cell.label or "Kostnad" in cell.label]
        for row in letter.table
    ]
    assert costs == [
        [("Påminnelseavgift", "60,00 kr"), ("Kostnad för inkassokrav", "0,00 kr")],
        [("Påminnelseavgift", "0,00 kr"), ("Kostnad för inkassokrav", "180,00 kr")],
    ]


def test_a_finnish_letter_before_collection_says_who_may_object_how_and_by_when() -> None:
    letter = document(
        content(SPECS["collection-notice"], language="fi", country="FI", currency="EUR", deadline=date(2026, 12, 9))
    )
    assert letter.heading == "Maksumuistutus ennen perintää"
    assert (
        "Sinulla on oikeus tehdä huomautus. Tee se meille viimeistään 9. joulukuuta 2026. "
        "Voit soittaa, kirjoittaa tai kertoa verkkosivulla." in " ".join(letter.closing)
    )
    assert "maksuvaatimu" not in repr(letter).lower()


@pytest.mark.parametrize(
    ("account", "language", "country", "called", "written"),
    [
        ("5050208", "sv", "SE", "Bankgiro", "505-0208"),
        ("123456-6", "sv", "SE", "Plusgiro", "12 34 56-6"),
        ("5050208", "en_SE", "SE", "Bankgiro", "505-0208"),
        ("SE4550000000058398257466", "sv", "SE", "Konto", "SE45 5000 0000 0583 9825 7466"),
        ("FI3112345600000702", "fi", "FI", "Saajan tilinumero", "FI31 1234 5600 0007 02"),
        ("15030000010", "nb", "NO", "Konto", "1503 00 00010"),
    ],
)
def test_an_account_is_called_what_its_payer_chooses_in_the_bank(
    account: str, language: str, country: str, called: str, written: str
) -> None:
    one, two = item(account=account), item("10483", account=account)
    for items in ((one,), (one, two)):
        rows = {
            row.label: row.value
            for row in document(content(SPECS["reminder"], language=language, country=country, items=items)).facts
        }
        assert rows.get(called) == written
    if called.endswith("giro") and language == "sv":
        sms = render.sms(content(SPECS["reminder"], language=language, country=country, items=(one,))).text
        assert f"{called.lower()} {written}" in sms
