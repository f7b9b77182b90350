"""What is stored about a debtor is all that the register of personal data knows: table by table, of this debtor and no other."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlmodel import SQLModel

from domain.vocabulary import Channel
from facts import tables  # noqa: F401  the tables fill the metadata
from tests.connectors.test_attachments import PDF
from tests.store import NOW, Store
from tests.world import debtor
from views.stored_about import KEPT, stored_about

REGISTER = yaml.safe_load((Path(__file__).resolve().parents[2] / "docs" / "personal-data.yaml").read_text("utf-8"))
NOBODYS = {"desk_user", "rehearsal"}
"""Personal, but of somebody who works at the creditor's or here."""
OLA = {"name": "Ola Nordmann", "customer_number": "K-10", "email": "ola@example.no", "phone": "+4798765432"}


def personal() -> dict[str, list[dict[str, Any]]]:
    return {table: told["personal"] for table, told in REGISTER["tables"].items() if told.get("personal")}


def test_every_table_with_personal_data_appears_for_as_long_as_the_register_says() -> None:
    told = {kept.table: kept.period for kept in KEPT if not kept.table.startswith("note of ")}
    assert told.keys() == personal().keys() - NOBODYS
    assert {
        table: period for table, period in told.items() if period not in {e["period"] for e in personal()[table]}
    } == {}


def test_every_personal_column_appears_of_what_is_shown() -> None:
    shown = {kept.table: kept.query for kept in KEPT if kept.query is not None}
    missing = {
        table: [name for entry in entries for name in entry["columns"] if not re.search(rf"\b{name}\b", shown[table])]
        for table, entries in personal().items()
        if table in shown
    }
    assert {table: names for table, names in missing.items() if names} == {}


def test_every_note_that_a_person_wrote_about_a_case_appears() -> None:
    noted = {
        name for name, table in SQLModel.metadata.tables.items() if {"note", "case_id"} <= set(table.columns.keys())
    }
    assert {kept.table.removeprefix("note of ") for kept in KEPT if kept.table.startswith("note of ")} == noted


async def about(store: Store, customer: str, *, protected: bool = False) -> dict[str, Any]:
    number = await store.one("select id from debtor where customer_number = :k", k=customer)
    async with store.database.transaction() as connection:
        return {each.table: each.rows for each in await stored_about(connection, number, protected=protected)}


@pytest.mark.parametrize("protected", [False, True])
async def test_it_is_of_this_debtor_and_a_protected_address_is_shown_nowhere(store: Store, protected: bool) -> None:
    case = await store.invoice()
    await store.invoice("1002", debtor=debtor(**OLA))
    delivery = await store.claim(case, channel=Channel.LETTER)
    await store.do('update delivery set document = \'{"text": "til Storgata 1"}\' where id = :id', id=delivery)
    await store.do(
        """with r as (insert into reply (creditor_id, debtor_id, case_id, channel, text, happened_at)
             select 'acme', debtor_id, id, 'page', 'mine ord', :now from dunning_case where id = :case returning id)
           insert into reply_file (reply_id, position, name, media_type, size, content, happened_at)
           select id, 1, 'kvittering.pdf', 'application/pdf', 9, :pdf, :now from r""",
        case=case,
        now=NOW,
        pdf=PDF,
    )
    (kari,) = [
        row.customer_number for row in await store.rows("select customer_number from debtor where name like 'Kari%'")
    ]
    found = await about(store, kari, protected=protected)
    said = str(found)
    for theirs in ("Kari", "mine ord", "kvittering.pdf", "1001"):
        assert theirs in said
    for others in ("Ola", "K-10", "ola@example.no", "98765432", "1002"):
        assert others not in said
    assert ([table for table, rows in found.items() if "Storgata 1" in str(rows)] == []) is protected
    assert str(PDF) not in said
    assert "mine ord" not in str(await about(store, "K-10"))


async def test_words_that_may_be_another_persons_and_others_accounts_are_not_shown(store: Store) -> None:
    await store.invoice()
    await store.invoice("1002", debtor=debtor(**OLA))
    (kari,) = [
        row.customer_number for row in await store.rows("select customer_number from debtor where name like 'Kari%'")
    ]
    for customer in (kari, "K-10"):
        for account in {kari: ("1", "shared"), "K-10": ("2", "shared")}[customer]:
            await store.do(
                """insert into payer_account (creditor_id, account, debtor_id, happened_at)
                select creditor_id, 'account ' || :a, id, :now from debtor where customer_number = :k""",
                a=account,
                k=customer,
                now=NOW,
            )
        await store.do(
            """insert into reply (creditor_id, debtor_id, channel, sender, text, happened_at)
            select creditor_id, id, 'sms', '+4700000000', 'hvem av oss skrev dette', :now from debtor
            where customer_number = :k""",
            k=customer,
            now=NOW,
        )
    found = await about(store, kari)
    assert "hvem av oss" not in str(found)
    assert [row["account"] for row in found["payer_account"]] == ["account 1"]
