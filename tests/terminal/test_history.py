"""`history`: another system's past is read by a map and kept to learn from; no case, debtor or ledger entry comes of it."""

from pathlib import Path

import psycopg
import pytest

from tests.terminal.office import Office

PAST = """countryCode,customerID,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,SettledDate
391,Kari Nordmann,77,1/2/2025,2/1/2025,55.94,1/15/2025
406,K2,78,1/26/2025,2/25/2025,61.74,3/3/2025
406,K2,79,1/27/2025,2/26/2025,10.00,
"""
OF_OURS = ("invoice", "debtor", "dunning_case", "ledger_entry")


def files(office: Office) -> tuple[Path, Path]:
    """A file and the map that was proposed for it."""
    past, map_ = office.folder / "past.csv", office.folder / "map.yaml"
    past.write_text(PAST)
    map_.write_text(office.typed("history", "map", past).out)
    return past, map_


def counts(office: Office) -> list[object]:
    return [office.rows(f"select count(*) from {table}") for table in OF_OURS]


def test_a_strangers_file_is_kept_with_two_commands_and_no_case_comes_of_it(office: Office) -> None:
    before = counts(office)
    past, map_ = files(office)
    add = ("history", "import", past, "--map", map_, "--creditor", office.creditor, "--by", "anne")
    assert "nothing is kept: a dry run: 3 rows, 3 invoices, 2 customers" in office.typed(*add, "--dry-run").out
    said = office.typed(*add, "--json").json
    assert (said["new"], said["invoices"], said["events"], said["through"]) == (True, 3, {"payment": 2}, "2025-03-03")
    assert said["ends"] == {"paid": 2, "closed": 0, "handed off": 0, "paid in part": 0, "open": 1}
    assert counts(office) == before
    (listed,) = office.typed("history", "list", "--creditor", office.creditor, "--json").json["files"]
    assert (listed["number"], listed["by"], listed["name"]) == (said["number"], "anne", "past.csv")


def test_a_file_without_a_map_is_told_one_and_nothing_is_kept(office: Office) -> None:
    past, map_ = files(office)
    said = office.typed("history", "import", past, "--creditor", office.creditor)
    assert (said.code, "nothing is kept: no --map says how" in said.err) == (1, True)
    assert map_.read_text() in said.err
    assert "look at this: country: US is a guess" in said.err
    assert office.typed("history", "list", "--creditor", office.creditor, "--json").json == {"files": []}


def test_the_same_file_twice_is_once_and_an_invoice_is_in_one_file_alone(office: Office) -> None:
    past, map_ = files(office)
    add = ("history", "import", past, "--map", map_, "--creditor", office.creditor)
    number = office.typed(*add, "--json").json["number"]
    again = office.typed(*add, "--json").json
    assert (again["number"], again["new"]) == (number, False)
    map_.write_text(map_.read_text().replace("USD", "CAD"))
    assert f"`history remove {number}`" in office.typed(*add).err
    more = office.folder / "more.csv"
    more.write_text(PAST.replace("78,1/26", "80,1/26"))
    refused = office.typed("history", "import", more, "--map", map_, "--creditor", office.creditor)
    assert (refused.code, f"2 of 3 invoices of {more} are in file {number} already" in refused.err) == (1, True)


def test_names_are_not_kept_and_what_is_removed_is_gone(office: Office) -> None:
    past, map_ = files(office)
    number = office.typed("history", "import", past, "--map", map_, "--creditor", office.creditor, "--json").json[
        "number"
    ]
    ((kept, invoices),) = office.rows(f"select columns, invoices from history_columns where file_id = {number}")
    assert b"Kari" not in bytes(kept)
    assert len(bytes(invoices)) == 24
    remove = ("history", "remove", str(number), "--by", "anne")
    assert office.typed(*remove, "--json").json == {"number": number, "removed": True}
    assert office.typed("history", "list", "--creditor", office.creditor, "--json").json == {"files": []}
    assert office.rows(f"select count(*) from history_columns where file_id = {number}") == [(0,)]
    assert office.rows(f"select by from history_removal where file_id = {number}") == [("anne",)]
    assert f"no file {number} is kept" in office.typed(*remove).err
    added = office.typed("history", "import", past, "--map", map_, "--creditor", office.creditor, "--json").json
    assert added["number"] != number
    with pytest.raises(psycopg.errors.RaiseException):
        office.rows(f"delete from history_file where id = {number} returning id")


def test_what_is_wrong_is_said_and_nothing_is_kept(office: Office) -> None:
    past, map_ = files(office)
    add = ("history", "import", past, "--map", map_)
    assert "no creditor named" in office.typed(*add).err
    assert "no creditor 'nobody'" in office.typed(*add, "--creditor", "nobody").err
    assert "there is no file or folder" in office.typed("history", "import", past, "--map", past / "no").err
    whose = ("--creditor", office.creditor)
    past.write_text(PAST.replace("61.74", "sixty"))
    refused = office.typed(*add, *whose, "--json")
    assert refused.code == 1
    assert f"{past} is refused, and nothing is kept: line 3: InvoiceAmount: 'sixty' is no sum" in refused.json["error"]
    past.write_text(PAST.replace("DueDate", "Due"))
    said = office.typed(*add, *whose).err
    assert f"{map_}:" in said
    assert "the file has no column `DueDate` — did you mean `Due`?" in said
    map_.write_text(f"creditor: somebody\n{map_.read_text()}")
    assert "name one of them" in office.typed(*add, *whose).err
    past.write_text("")
    assert "is empty" in office.typed("history", "map", past).err
    assert office.typed("history", "list", *whose, "--json").json == {"files": []}
