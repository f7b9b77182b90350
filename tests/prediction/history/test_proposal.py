"""A map is proposed for a stranger's file so that it is read as it stands; what was guessed is said."""

import csv
from datetime import date

import pytest

from prediction.history.columns import RowsRefused
from prediction.history.file_map import read_map
from prediction.history.past import Happened
from prediction.history.proposal import Proposal, proposed
from prediction.history.reading import FilePast, read_past

RECEIVABLES = """countryCode,customerID,Paper,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,Disputed,SettledDate,DaysLate
391,0379-NEVHP,4/6/2013,0000611365,1/2/2013,2/1/2013,55.94,No,1/15/2013,0
406,8976-AMJEO,3/3/2012,0007900770,1/26/2013,2/25/2013,61.74,Yes,3/3/2013,6
406,8976-AMJEO,3/3/2012,0007900771,1/26/2013,2/25/2013,61.74,No,3/1/2013,4"""
NORDIC = """Fakturanr;Kundenr;Fakturadato;Forfall;Beløp;Betalt dato
1;A;05.01.2026;19.01.2026;1.234,50;17.01.2026
2;B;13.01.2026;27.01.2026;99,00;"""
FINES = """,amount,case:concept:name,concept:name,dismissal,expense,by,paymentAmount,points,time:timestamp,totalPaymentAmount
0,36.0,A1,Create Fine,NIL,,559,,0.0,2007-05-11 00:00:00+02:00,0.0
1,,A1,Send Fine,,13.0,,,,2007-08-20 00:00:00+02:00,
2,,A1,Insert Fine Notification,,,,,,2007-08-29 00:00:00+02:00,
3,,A1,Insert Date Appeal to Prefecture,,,,,,2007-10-27 00:00:00+02:00,
4,74.0,A1,Add penalty,,,,,,2007-10-28 00:00:00+02:00,
5,,A1,Send Appeal to Prefecture,#,,,,,2007-11-30 00:00:00+01:00,
6,36.0,A2,Create Fine,NIL,,564,,0.0,2007-06-01 00:00:00+02:00,0.0
7,,A2,Payment,,,,36.0,,2007-06-06 00:00:00+02:00,36.0
8,36.0,A3,Create Fine,NIL,,564,,0.0,2007-06-01 00:00:00+02:00,0.0
9,,A3,Receive Result Appeal from Prefecture,,,,,,2007-12-01 00:00:00+01:00,
10,,A3,Notify Result Appeal to Offender,,,,,,2007-12-02 00:00:00+01:00,
11,,A3,Send for Credit Collection,,,,,,2009-03-30 00:00:00+02:00,
12,,A3,Appeal to Judge,,,,,,2009-04-30 00:00:00+02:00,"""

DUNNING = """case_id;activity;timestamp;customer_id;invoice_amount;due_date;amount
1;Invoice created;01.02.2025 09:12;K1;1.200,00;15.02.2025;
1;Invoice sent by e-mail;01.02.2025 09:13;K1;1.200,00;15.02.2025;
1;Dunning level 1;22.02.2025 08:00;K1;1.200,00;15.02.2025;
1;Dunning fee charged;08.03.2025 08:00;K1;1.200,00;15.02.2025;5,00
1;Payment received;12.03.2025 24:00;K1;1.200,00;15.02.2025;1.205,00
2;Invoice created;03.02.2025 10:12;K2;99,50;17.02.2025;
2;Invoice cancelled;13.02.2025 10:12;K2;99,50;17.02.2025;"""
FILLED = """Case ID,Activity,Complete Timestamp,amount,expense,paymentAmount
A1,Create Fine,2006/07/24 00:00:00.000,35.0,,
A1,Send Fine,2006/12/05 00:00:00.000,35.0,11.0,
A1,Insert Fine Notification,2007/01/15 00:00:00.000,35.0,11.0,
A1,Add penalty,2007/03/16 00:00:00.000,71.5,11.0,
A1,Payment,2007/04/01 00:00:00.000,71.5,11.0,82.5"""


def of(text: str) -> tuple[Proposal, FilePast]:
    """A file's proposal, and the file as it is read by it."""
    delimiter = max(",;\t", key=text.splitlines()[0].count)
    names, *rows = list(csv.reader(text.splitlines(), delimiter=delimiter))
    names = [name or "column 1" for name in names]
    numbered = list(enumerate(rows, 2))
    proposal = proposed("past.csv", names, iter(numbered), delimiter, "utf-8")
    read = read_past(read_map(proposal.text, "map.yaml"), names, numbered, "north", b"k" * 32, date(2026, 11, 30))
    return proposal, read


def test_a_table_of_receivables_is_read_by_what_its_columns_are_called_and_hold() -> None:
    proposal, found = of(RECEIVABLES)
    assert "dates: M/D/YYYY" in proposal.text
    assert (found.summary["invoices"], found.summary["customers"], found.summary["late_share"]) == (3, 2, 0.6667)
    assert found.summary["events"] == {"payment": 3, "dispute": 1}
    assert "country: US is a guess; it says where days begin" in proposal.unsure


def test_a_nordic_table_is_read_too() -> None:
    proposal, found = of(NORDIC)
    assert 'decimal: ","' in proposal.text
    assert "delimiter: semicolon" in proposal.text
    assert found.past.invoices.amount.tolist() == [1234.5, 99]


def test_a_log_of_fines_is_read_by_what_its_activities_are_called_and_which_sums_stand_beside_them() -> None:
    proposal, found = of(FINES)
    for line in (
        "Create Fine: {is: issued, amount: amount}",
        "Send Fine: {is: message, channel: letter, detail: invoice, fee: expense}",
        "Insert Fine Notification: {is: notice, channel: letter}",
        "Add penalty: {is: fee, total: amount}",
        "Payment: {is: payment, amount: paymentAmount}",
        "Send for Credit Collection: hand-off",
        "Receive Result Appeal from Prefecture: dispute ended",
        "Notify Result Appeal to Offender: {is: message, channel: letter}",
        "Appeal to Judge: dispute",
        "due: {days: 60, after: Insert Fine Notification}",
        'closed: {column: dismissal, words: ["#"]}',
    ):
        assert line in proposal.text, line
    assert found.summary["events"]["fee"] == 2
    assert found.summary["ends"] == {"paid": 1, "closed": 1, "handed off": 1, "paid in part": 0, "open": 0}


def test_a_log_of_dunning_is_read_with_the_sums_that_each_activity_tells_anew() -> None:
    proposal, found = of(DUNNING)
    for line in (
        "Invoice created: {is: issued, amount: invoice_amount}",
        "Invoice sent by e-mail: {is: message, channel: email, detail: invoice}",
        "Dunning level 1: {is: message, channel: letter}",
        "Dunning fee charged: {is: fee, amount: amount}",
        "Payment received: {is: payment, amount: amount}",
        "Invoice cancelled: closed",
    ):
        assert line in proposal.text, line
    assert found.past.invoices.amount.tolist() == [1200, 99.5]
    assert found.summary["ends"] == {"paid": 1, "closed": 1, "handed off": 0, "paid in part": 0, "open": 0}


def test_what_a_log_repeats_in_each_row_of_a_case_is_no_sum_of_that_row() -> None:
    proposal, found = of(FILLED)
    assert "Insert Fine Notification: {is: notice, channel: letter}  #" in proposal.text
    assert "Add penalty: {is: fee, total: amount}" in proposal.text
    fees = found.past.events.amount[found.past.events.kind == Happened.FEE]
    assert fees.tolist() == [11, 36.5]


def test_what_nobody_can_tell_from_a_name_is_ignored_and_said() -> None:
    proposal, _ = of(FINES + "\n13,,A3,T05 Xyz,,,,,,2009-05-30 00:00:00+02:00,")
    assert "ignore: [T05 Xyz]" in proposal.text
    assert any("T05 Xyz" in each for each in proposal.unsure)


def test_a_day_that_can_be_read_two_ways_is_said() -> None:
    proposal, _ = of(RECEIVABLES.splitlines()[0] + "\n1,K,1/2/2013,1,1/2/2013,2/3/2013,5,No,1/4/2013,0")
    assert any("reads them too" in each for each in proposal.unsure)


def test_a_file_that_is_neither_is_refused_with_its_columns() -> None:
    with pytest.raises(RowsRefused, match="shows no column for invoice, issued, amount, paid on: its columns are a, b"):
        of("a,b\n1,2")
    with pytest.raises(RowsRefused, match="no rows"):
        of("a,b")


SAP = """BUKRS;KUNNR;BELNR;GJAHR;BLART;BLDAT;ZBD1T;WAERS;WRBTR;AUGDT
1000;K1;18001;2021;DR;20210105;30;EUR;1.234,50;20210203
1000;K1;18001;2022;DR;20220105;14;EUR;99,00;00000000
1000;K2;18002;2021;DZ;20210106;0;EUR;99,00;20210203
2000;K3;18002;2021;RV;20210107;45;EUR;7,00;20210301"""
NAVISION = """Customer No.\tPosting Date\tDocument Type\tDocument No.\tCurrency Code\tOriginal Amount\tDue Date\tClosed at Date
C1\t15-01-23\tInvoice\tINV1\t\t1,200.00\t14-02-23\t01-03-23
C1\t16-01-23\tInvoice\tINV2\tEUR\t20.00\t15-02-23\t
C1\t01-03-23\tPayment\tP1\t\t-1,200.00\t01-03-23\t01-03-23"""
GERMAN = """Debitorennr.;Name;Belegnr.;Rechnungsdatum;Zahlungsziel (Tage);Rechnungsbetrag;Zahlungsdatum
D1;Vogt;RG1;13.01.2022;14;1.100,00 €;28.01.2022
D2;Adler;RG2;14.01.2022;30 Tage;7,50 €;"""
ORDERS = """order_id,event_type,event_date,invoice_no,amount
O1,Order created,13/01/2022 08:00,F1,100
O1,Invoice issued,14/01/2022 08:00,F1,100
O1,Payment overdue,14/02/2022 08:00,F1,
O1,Reminder sent by SMS,15/02/2022 08:00,F1,
O1,Direct debit failed,16/02/2022 08:00,F1,
O1,Promise broken,17/02/2022 08:00,F1,
O1,Collection call,18/02/2022 08:00,F1,
O1,Paid,20/02/2022 08:00,F1,100
O1,Cleared,20/02/2022 08:00,F1,"""


def test_an_export_of_sap_is_read_with_its_terms_and_by_what_tells_a_number_apart() -> None:
    proposal, found = of(SAP)
    for line in ("  invoice: [GJAHR, BELNR]", "due: {terms: ZBD1T}", "  BLART: [DR, RV]", "country: DE"):
        assert line in proposal.text.splitlines(), line
    assert [str(day) for day in found.past.invoices.due] == ["2021-02-04", "2022-01-19", "2021-02-21"]
    assert found.summary["ends"]["open"] == 1


def test_an_export_of_navision_is_read_in_the_currency_where_none_stands() -> None:
    proposal, found = of(NAVISION)
    assert "dates: D-M-YY" in proposal.text
    assert "currency: EUR is a guess where Currency Code is empty" in proposal.unsure
    assert found.summary["ends"] == {"paid": 1, "closed": 0, "handed off": 0, "paid in part": 0, "open": 1}


def test_days_to_pay_and_the_mark_of_a_currency_are_seen() -> None:
    proposal, found = of(GERMAN)
    assert "due: {terms: Zahlungsziel (Tage)}" in proposal.text
    assert found.summary["currencies"] == {"EUR": 2}
    assert "name" not in proposal.text.split("# not read")[0].lower()


def test_a_log_by_the_invoices_number_begins_with_the_invoice_and_what_means_nothing_here_is_ignored() -> None:
    proposal, found = of(ORDERS)
    for line in (
        "  case: invoice_no",
        "  Invoice issued: {is: issued, amount: amount}  # 1 in the file",
        "  Reminder sent by SMS: {is: message, channel: sms}  # 1 in the file",
        "  Direct debit failed: draw failed  # 1 in the file",
        "  Promise broken: promise broken  # 1 in the file",
        "ignore: [Order created, Payment overdue]",
    ):
        assert line in proposal.text.splitlines(), line
    assert found.summary["events"] == {
        "payment": 1, "message": 1, "promise broken": 1, "call": 1, "draw failed": 1,
    }  # fmt: skip
