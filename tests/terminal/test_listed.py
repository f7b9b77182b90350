"""Lists besides cases: the rows and the words of the API, typed."""

from typing import get_args

import pytest

from terminal.case_list import What
from terminal.listed import LISTS
from tests.begin import BEGIN
from tests.terminal.office import Office


def test_every_list_can_be_typed() -> None:
    assert get_args(What) == ("cases", *LISTS)


def test_what_is_of_an_invoice_is_listed_by_its_number(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    office.invoices("t1", "t2")
    of_t1 = f"""from dunning_case c join invoice i on i.id = c.invoice_id
        where c.creditor_id = '{office.creditor}' and i.number = 't1'"""
    ((delivery,),) = office.rows(
        f"""with d as (insert into delivery (id, serial, creditor_id, debtor_id, channel, message, tone, language, alert, state,
          attempt, fee, cost, currency, claimed_at, happened_at)
        select gen_random_uuid(), nextval('delivery_serial'), c.creditor_id, c.debtor_id, 'letter', 'reminder', 'kind', 'nb',
          false, 'accepted', 1, 0, 9.60, 'NOK', timestamptz '{BEGIN}', timestamptz '{BEGIN}' {of_t1} returning id)
        insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee)
        select d.id, x.id, 1, 'reminder', 'letter', false from d, (select c.id {of_t1}) x returning delivery_id"""
    )
    office.typed("pay", f"{office.creditor}/t1", "2.00", "--id", "t1-first")
    found = {"deliveries": str(delivery), "letters": str(delivery), "payments": "t1-first"}
    for what, id_ in found.items():
        for number, expected in (("t1", [id_]), ("t2", [])):
            where = f"creditor={office.creditor} and invoice={number}"
            said = office.typed("list", what, "--where", where, "--json").json
            assert ([row["id"] for row in said[what]], said["more"]) == (expected, False)
    shown = office.typed("list", "deliveries", "--where", f"creditor={office.creditor}, channel=letter")
    assert f"1 deliveries of {office.creditor}" in shown.out
    assert [line for line in shown.out.splitlines() if len(line) > 80] == []
    assert office.typed("list", "tasks", "--where", f"creditor={office.creditor}, invoice=t1").out == "no tasks\n"
    csv = office.typed("list", "payments", "--where", f"creditor={office.creditor}", "--output", "csv").out
    assert csv.startswith("number,id,source,amount,currency,booked_on")


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("invoice=t1", "say whose: add creditor=ID to --where; there are "),
        ("creditor=nobody", "there is no creditor nobody: there are "),
        ("creditor={}, invoice=nope", "there is no number nope"),
        ("creditor={}, message=remainder", "there is no message remainder: there are invoice, "),
        ("creditor={}, colour=red", "'colour' is no word of filters: there are creditor, channel, message"),
        (", ".join(["creditor={}"] * 50), "a filter has at most 20 conditions"),
    ],
)
def test_what_names_nothing_is_an_error(office: Office, where: str, says: str) -> None:
    Office(office.typed, office.folder, office.url)  # so that there are two
    said = office.typed("list", "deliveries", "--where", where.replace("{}", office.creditor))
    assert (said.code, says in said.err) == (2, True), said.err
