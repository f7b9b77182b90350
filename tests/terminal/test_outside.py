"""Facts from outside, over the terminal: added one by one, imported from files, listed and ended."""

from tests.terminal.office import Office

HEAD = "id,what,number,customer_number,since,source,purpose"
WHOLE = ("--since", "2026-01-01", "--source", "Eksempel Kredittbyrå AS", "--purpose", "prediction")


def test_facts_are_imported_line_by_line_listed_and_ended(office: Office) -> None:
    file = office.folder / f"{office.creditor}-scores.csv"
    lines = [
        "s-1,credit score,612,K-o1,2026-01-01,Eksempel Kredittbyrå AS,prediction",
        "s-2,shoe size,44,K-o1,2026-01-01,Eksempel Kredittbyrå AS,prediction",
        "s-1,credit score,700,K-o1,2026-01-01,Eksempel Kredittbyrå AS,prediction",
    ]
    file.write_text("\n".join([HEAD, *lines]))
    mine = ("--creditor", office.creditor)
    tried = office.typed("outside", "import", file, *mine, "--dry-run", "--json")
    assert (tried.code, [fact["status"] for fact in tried.json["facts"]]) == (1, ["new", "rejected", "rejected"])
    stored = office.typed("outside", "import", file, *mine)
    assert f"rejected {file}: line 3: what 'shoe size' is not taken: there are credit score" in stored.out
    assert f"rejected {file}: line 4: fact s-1 came before with other content" in stored.out
    assert "1 kept, 0 known, 2 rejected" in stored.out
    ended = office.typed("outside", "end", office.creditor, "s-1", "--on", "2026-06-01", "--by", "anne")
    assert "s-1: credit score does not hold from 2026-06-01 on" in ended.out
    told = office.typed("outside", "list", office.creditor, "--customer", "K-o1", "--json").json["facts"]
    assert [(fact["id"], fact["until"]) for fact in told] == [("s-1", None), ("s-1#ended", "2026-06-01")]


def test_a_fact_needs_a_source_and_a_purpose(office: Office) -> None:
    score = ("outside", "add", office.creditor, "s-9", "credit score", "612", "--customer", "K-o9")
    assert office.typed(*score, "--since", "2026-01-01", "--purpose", "prediction").code == 2
    assert "kept" in office.typed(*score, *WHOLE).out
    assert "known already" in office.typed(*score, *WHOLE).out
    wrong = office.typed(*score[:3], "s-10", *score[4:], *WHOLE[:-1], "fairness report")
    assert (wrong.code, "may be prediction, not fairness report" in wrong.err) == (1, True)
    place = (
        "outside",
        "add",
        office.creditor,
        "i-1",
        "income statistics",
        "350000",
        "--country",
        "NO",
        "--postcode",
        "0155",
    )
    assert "kept" in office.typed(*place, *WHOLE).out
    listed = office.typed("outside", "list", office.creditor)
    assert "0155" in listed.out
    assert "K-o9" not in listed.out
