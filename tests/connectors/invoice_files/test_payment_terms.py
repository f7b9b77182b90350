"""Payment terms in words: days only where nothing else can be meant."""

import pytest

from connectors.invoice_files.payment_terms import days_in


@pytest.mark.parametrize(
    ("note", "days"),
    [
        ("14 dager", 14),
        ("Netto per 14 dager", 14),
        ("Betalingsfrist: 14 dager", 14),
        ("Betales innen 14 dager fra fakturadato.", 14),
        ("30 dagar netto", 30),
        ("Betalningsvillkor 30 dagar", 30),
        ("Netto 8 dage", 8),
        ("14 Tage netto", 14),
        ("Zahlbar innerhalb von 30 Tagen nach Rechnungsdatum ohne Abzug.", 30),
        ("Zahlungsziel: 30 Tage", 30),
        ("Net 30", 30),
        ("NET30", 30),
        ("n/30", 30),
        ("30 days net.", 30),
        ("Please pay within 30 days of the invoice date", 30),
        ("Payment due in 7 days", 7),
        ("14 days (net)", 14),
        ("#SKONTO#TAGE=7#PROZENT=2.00# Zahlbar innerhalb 30 Tagen netto", 30),
    ],
)
def test_a_plain_number_of_days_is_read_in_each_language(note: str, days: int) -> None:
    assert days_in(note) == days


@pytest.mark.parametrize(
    "note",
    [
        "",
        "14",
        "soon",
        "10 or 20 days",
        "30 days end of month",
        "14 bankdager",
        "14 virkedager",
        "14 Werktage",
        "14 dager fra mottak",
        "Zahlbar innerhalb von 30 Tagen nach Rechnungseingang.",
        "2 % Skonto bei Zahlung innerhalb 14 Tagen",
        "Payment within 10 days, 2% discount",
        "2/10 net 30",
        "30 Tage netto bis 04.04.2018",
        "-14 dager",
        "1.5 days",
        "14,5 dager",
        "1400 dager",
        "2 uker",
        "1 month net",
        "ikke 14 dager",
        "Zahlbar sofort ohne Abzug",
        "#SKONTO#TAGE=7#PROZENT=2.00#",
    ],
)
def test_what_may_mean_another_day_is_left_alone(note: str) -> None:
    assert days_in(note) is None
