"""`fees`: month by month, a verdict in words, and the same for machines."""

from pathlib import Path

import psycopg
import pytest

from tests.terminal.office import Office, Typed

FEES = """
insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, happened_at)
select creditor_id, id, e.kind, 'fee', e.amount, 'NOK', e.booked_on, e.source, id || e.part, e.booked_on
from invoice, (values ('fee', 38, date '2026-07-01', 'already sent', '#1'),
  ('write-off', -38, date '2026-08-03', 'write-off', '/fee')) e(kind, amount, booked_on, source, part)
where creditor_id = %s
"""


@pytest.fixture
def office(at_facts: Typed, tmp_path: Path, database_url: str) -> Office:
    """A creditor with one fee, charged in July and waived in August."""
    office = Office(at_facts, tmp_path, database_url)
    office.invoices("1001")
    with psycopg.connect(database_url.replace("postgresql+psycopg://", "postgresql://")) as connection:
        connection.execute(FEES, (office.creditor,))
    return office


def test_the_months_and_a_verdict_are_told(office: Office) -> None:
    said = office.typed("fees", "--creditor", office.creditor)
    assert said.code == 0
    assert "2026-07" in said.out
    assert f"{office.creditor}: letting go of the fee would have changed nothing" in said.out
    months = office.typed("fees", "--creditor", office.creditor, "--json").json["months"]
    assert [(month["month"], month["charged"], month["waived"]) for month in months] == [
        ("2026-07", "38.00", "0"),
        ("2026-08", "0", "38.00"),
    ]


def test_only_the_months_asked_for_are_told(office: Office) -> None:
    for span, expected in (
        (["--from", "2026-08"], ["2026-08"]),
        (["--to", "2026-07"], ["2026-07"]),
        (["--from", "2026-07", "--to", "2026-08"], ["2026-07", "2026-08"]),
    ):
        said = office.typed("fees", "--creditor", office.creditor, *span, "--json")
        assert [month["month"] for month in said.json["months"]] == expected


def test_no_fees_is_an_answer_too(at_facts: Typed) -> None:
    said = at_facts("fees", "--creditor", "nobody")
    assert (said.code, said.out.strip()) == (0, "no fees were charged")


@pytest.mark.parametrize(
    ("words", "says"),
    [(["--from", "July"], "is no month"), (["--from", "2026-08", "--to", "2026-07"], "is before --from 2026-08")],
)
def test_months_that_cannot_be_are_refused(typed: Typed, words: list[str], says: str) -> None:
    said = typed("fees", *words)
    assert said.code == 2
    assert says in said.err
