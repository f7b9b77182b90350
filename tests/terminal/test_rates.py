"""`rates`: told from a file, kept as they came, and used by `report --own-currency`."""

from tests.begin import TODAY
from tests.terminal.office import Office


def test_rates_are_told_from_a_file_and_a_report_uses_them(office: Office) -> None:
    office.invoices("1001")
    file = office.folder / "rates.csv"
    file.write_text(f"currency;on;rate;source\nEUR;{TODAY};11.6035;Norges Bank\nSEK;{TODAY};1.0210;Norges Bank\n")
    add = ("rates", "add", file, "--creditor", office.creditor, "--by", "anne")
    assert "2 kept, 0 known" in office.typed(*add).out
    assert office.typed(*add, "--json").json == {"new": 0, "known": 2}
    known = office.typed("rates", "list", "--creditor", office.creditor, "--json").json["rates"]
    assert [(each["currency"], each["into"], each["rate"]) for each in known] == [
        ("SEK", "NOK", "1.02100000"),
        ("EUR", "NOK", "11.60350000"),
    ]
    said = office.typed("report", "ageing", "--creditor", office.creditor, "--own-currency", "--json").json
    assert [(row["currency"], row["converted_from"], row["owed"]) for row in said["rows"]] == [("NOK", "", "802.00")]


def test_a_file_that_is_wrong_somewhere_keeps_nothing(office: Office) -> None:
    file = office.folder / "wrong.csv"
    for line, why in (
        (f"NOK,{TODAY},1,us", "own currency"),
        ("EUR,2099-01-01,11,us", "is ahead"),
        (f"EUR,{TODAY},eleven,us", "line 3: rate"),
        (f"EUR,{TODAY},11", "line 3 has 3 fields"),
    ):
        file.write_text(f"currency,on,rate,source\nEUR,{TODAY},11.6,Norges Bank\n{line}\n")
        said = office.typed("rates", "add", file, "--creditor", office.creditor, "--by", "anne")
        assert (said.code, why in said.err) == (1, True), said
    file.write_text("day,worth\n")
    assert (
        "no column named currency" in office.typed("rates", "add", file, "--creditor", office.creditor, "--by", "a").err
    )
    assert office.typed("rates", "list", "--creditor", office.creditor, "--json").json == {"rates": []}
