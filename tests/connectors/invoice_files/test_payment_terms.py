"""Payment terms in words: a day only where nothing else can be meant."""

from datetime import date, timedelta

import pytest

from connectors.invoice_files.payment_terms import due_by

ISSUED = date(2018, 3, 5)


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
        ("#SKONTO#TAGE=7#PROZENT=2.00#\n#SKONTO#TAGE=30#PROZENT=0.00#\n", 30),
        ("Bitte überweisen Sie den Betrag innerhalb von 14 Tagen auf das unten genannte Konto.", 14),
        ("30 dager netto, 2 % rabatt innen 10 dager", 30),
        ("14 dagar netto; dröjsmålsränta 8 %", 14),
        ("Zahlbar sofort ohne Abzug.", 0),
        ("Fällig sofort, ohne Abzug", 0),
        ("Netto kontant", 0),
        ("14 dager. Etter forfall beregnes 12,5 % forsinkelsesrente.", 14),
        ("Betalingsbetingelser: 14 dager. Ved for sen betaling påløper forsinkelsesrente.", 14),
        ("Forfall 14 dager, deretter påløper renter", 14),
        ("30 Tage rein netto ohne Skontoabzug. Bei Verzug fallen Zinsen an.", 30),
        ("14 päivää netto", 14),
        ("Maksuehto: 14 pv. Viivästyskorko 8 %.", 14),
        ("Netto 8 dg.", 8),
        ("Heti", 0),
    ],
)
def test_a_plain_number_of_days_is_read_in_each_language(note: str, days: int) -> None:
    assert due_by(note, ISSUED) == ISSUED + timedelta(days=days)


@pytest.mark.parametrize(
    ("note", "day"),
    [
        ("Zahlbar ohne Abzug bis 04.04.2018", date(2018, 4, 4)),
        ("Zahlung ohne Abzug bis zum 13.04.2018 bei uns eingehend.", date(2018, 4, 13)),
        (
            "Zahlbar innerhalb 30 Tagen netto bis 04.04.2018, 3% Skonto innerhalb 10 Tagen bis 15.03.2018",
            date(2018, 4, 4),
        ),
        ("Betales senest 4.4.2018", date(2018, 4, 4)),
        ("Please pay by 2018-04-04", date(2018, 4, 4)),
    ],
)
def test_a_date_in_words_is_read_where_nothing_in_the_note_contradicts_it(note: str, day: date) -> None:
    assert due_by(note, ISSUED) == day


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
        "30 Tage netto bis 05.04.2018",
        "bis 31.02.2018",
        "Please pay by 04/05/2018",
        "bis 04.04.2018 oder 05.04.2018",
        "Zahlbar sofort nach Erhalt",
        "14 dager, 30 dager",
        "-14 dager",
        "1.5 days",
        "14,5 dager",
        "1400 dager",
        "2 uker",
        "14 dager. Deretter 2 % rente fra dag 20. Fri leveringsmåned",
        "14 dager. Netto fri leveringsmåned",
        "Rente påløper etter 14 dager",
        "1 month net",
        "ikke 14 dager",
        "Penalty 10% from due date",
        "#SKONTO#TAGE=7#PROZENT=2.00#",
    ],
)
def test_what_may_mean_another_day_is_left_alone(note: str) -> None:
    assert due_by(note, ISSUED) is None
