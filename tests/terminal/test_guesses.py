"""`prediction`: how good the guesses are is told in words and figures; what is too thin says what is missing."""

import csv

import numpy as np
import pytest

from prediction.history.past import Happened
from tests.prediction.payments.book import a_book
from tests.terminal.office import Office


def imported(office: Office, invoices: int, customers: int) -> int:
    """A made-up book, read as another system's file; its number."""
    past = a_book(invoices, customers)
    paid_at = np.full(len(past.invoices), np.datetime64("NaT", "D"))
    payments = past.events.kind == Happened.PAYMENT
    paid_at[past.events.invoice[payments]] = past.events.at[payments].astype("datetime64[D]")
    file, map_ = office.folder / "book.csv", office.folder / "book.yaml"
    with file.open("w", newline="") as written:
        rows = csv.writer(written)
        rows.writerow(["customerID", "invoiceNumber", "InvoiceDate", "DueDate", "InvoiceAmount", "SettledDate"])
        for at in range(len(past.invoices)):
            paid = "" if np.isnat(paid_at[at]) else paid_at[at]
            told = (past.invoices.issued[at], past.invoices.due[at], past.invoices.amount[at], paid)
            rows.writerow([f"C{past.invoices.debtor[at]}", f"I{at}", *told])
    map_.write_text(office.typed("history", "map", file).out)
    said = office.typed("history", "import", file, "--map", map_, "--creditor", office.creditor, "--json")
    return int(said.json["number"])


def test_a_thin_past_says_what_is_missing_and_the_ladder_stands(office: Office) -> None:
    number = imported(office, 60, 10)
    said = office.typed("prediction", "report", "--history", number)
    assert said.code == 0
    assert said.out.startswith("nothing is learned: ")
    assert "the fixed ladder stands" in said.out
    assert office.typed("prediction", "report", "--history", number, "--json").json["verdict"] is None
    assert office.typed("prediction", "report", "--creditor", office.creditor).code == 0
    assert "no file 9999 is kept" in office.typed("prediction", "report", "--history", 9999).err
    both = office.typed("prediction", "report", "--history", number, "--creditor", office.creditor)
    assert (both.code, "give one of them" in both.err) == (1, True)
    assert office.typed("prediction", "score").out == "0 open cases are scored\n"
    contacts = office.typed("prediction", "contacts", "--json")
    assert contacts.json["said"].startswith("nothing is learned: nothing can be said of contacts")
    assert (contacts.code, contacts.json["proposed"]) == (0, 0)
    assert office.typed("prediction", "contacts").out.endswith("new proposals: 0\n")


@pytest.mark.thorough
def test_an_imported_past_alone_is_learned_from_and_judged_in_words(office: Office) -> None:
    number = imported(office, 1_500, 150)
    told = office.typed("prediction", "report", "--history", number, "--json").json
    assert told["verdict"].startswith(("boosted: better", "logistic: better", "no better: the ratio is used"))
    assert set(told["figures"]) == {"base rate", "ratio", "logistic", "boosted"}
    said = office.typed("prediction", "report", "--history", number)
    assert told["verdict"] in said.err
    assert "calibration_error" in said.out.replace(" ", "_")
