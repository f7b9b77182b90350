"""A column is found by what it is called and by what it holds: what is called right and holds something else is not it."""

from prediction.history.called import plain
from prediction.history.recognised import Head


def head(names: str, *rows: str) -> Head:
    return Head(names.split(","), [row.split(",") for row in rows])


def test_a_column_is_known_without_its_marks_and_what_tools_write_before_it() -> None:
    assert [plain(name) for name in ("Beløp", "(case) customer", "E:concept:name", "case:amount", "Fällig am")] == [
        "belop",
        "casecustomer",
        "conceptname",
        "amount",
        "falligam",
    ]


def test_what_is_called_so_and_holds_something_else_is_not_it() -> None:
    found = head("invoice,paid,due,amount paid,invoice date", "1,yes,soon,10.00,2026-01-01").columns()
    assert found == {"invoice": "invoice", "paid": "amount paid", "issued": "invoice date"}


def test_of_several_ids_the_one_that_is_told_most_often_counts() -> None:
    assert head("doc_id,invoice_id", "1,7", "2,", "3,").columns()["invoice"] == "doc_id"


def test_a_name_is_no_number_of_a_customer() -> None:
    assert "customer" not in head("customer name,cust name", "Kari,Ola").columns()
    assert head("customer name,Cust. No.", "Kari,7").columns()["customer"] == "Cust. No."


def test_only_what_says_days_is_the_days_to_pay() -> None:
    assert head("cust_payment_terms", "NAA8", "NAH4").terms() is None
    assert head("Payment terms", "Net 30", "").terms() == "Payment terms"


def test_a_kind_of_rows_is_asked_for_where_there_are_others_beside_invoices() -> None:
    assert head("Document Type", "Invoice", "Payment").only() == {"Document Type": ["Invoice"]}
    assert head("Document Type", "Invoice", "Invoice").only() == {}
    assert head("lifecycle:transition", "start", "complete").only() == {"lifecycle:transition": ["complete"]}


def test_a_number_that_begins_anew_each_year_tells_no_invoice_apart_alone() -> None:
    rows = head("year,number,amount", "2025,1,10", "2026,1,20")
    assert rows.id_of("number", ["amount"]) == ["year", "number"]
    assert head("year,number,amount", "2025,1,10", "2025,1,20").id_of("number", ["amount"]) == ["number"]
