"""An invoice as an e-invoice at the terminal: a file, or all that is missing for one."""

import json

from tests.terminal.office import Office


def test_an_e_invoice_comes_into_a_folder_or_what_is_missing_is_said(office: Office) -> None:
    invoice = {
        "number": "e1", "creditor": office.creditor, "issue_date": "2026-03-02", "due_date": "2026-03-16",
        "policy": "no-standard", "currency": "NOK", "amount": "125.00", "reference": "2345676", "buyer_reference": "Avd. 12",
        "debtor": {"name": "Butikk AS", "organisation_number": "987654325"},
        "lines": [{"text": "Strøm", "amount": "125.00", "vat_category": "S", "vat_rate": 25}],
    }  # fmt: skip
    file = office.folder / "e1.json"
    file.write_text(json.dumps(invoice))
    imported = office.typed("import", "--yes", file, "--json")
    assert imported.code == 0, imported.out
    typed = ("e-invoice", f"{office.creditor}/e1", "--folder", office.folder)
    refused = office.typed(*typed)
    assert (refused.code, "the creditor has no organisation number" in refused.out + refused.err) == (1, True)
    office.rows(f"update creditor set organisation_number = '923609016' where id = '{office.creditor}' returning 1")
    said = office.typed(*typed, "--json")
    assert said.code == 0
    assert (office.folder / f"{office.creditor}-e1.xml").read_bytes().startswith(b"<?xml")
    note = {
        "kind": "credit_note", "number": "K-77", "creditor": office.creditor, "invoice_number": "e1",
        "issue_date": "2026-03-10", "currency": "NOK", "amount": "125.00",
    }  # fmt: skip
    file.write_text(json.dumps(note))
    assert office.typed("import", "--yes", file, "--json").code == 0
    assert office.typed(*typed, "--credit-note", "K-77").code == 0
    assert b"<CreditNote " in (office.folder / f"{office.creditor}-k-77.xml").read_bytes()
    unknown = office.typed(*typed, "--credit-note", "K-78")
    assert (unknown.code, "has no credit note K-78" in unknown.out + unknown.err) == (1, True)
    office.rows(f"update creditor set organisation_number = null where id = '{office.creditor}' returning 1")
