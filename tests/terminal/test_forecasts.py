"""What would go out in the next days."""

from datetime import timedelta

from tests.begin import TODAY
from tests.terminal.office import Office


def test_the_forecast_counts_what_goes_out_and_its_cost(office: Office) -> None:
    due = TODAY + timedelta(days=14)
    lines = [office.line(f"m{n}", due=str(due)).replace("2026-03-02", str(TODAY)) for n in range(3)]
    assert office.typed("import", "--yes", office.file(*lines), "--json").code == 0
    said = office.typed("forecast", "--days", "7", "--json").json
    emails = [row for row in said["forecast"] if row["step"] == "invoice" and row["what"] == "email"]
    assert sum(row["cases"] for row in emails) >= 3
    assert all(float(row["cost"]) > 0 for row in emails)
