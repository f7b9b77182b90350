"""A statement's entries are held against its balances and its summary."""

from datetime import date
from pathlib import Path

from tests.connectors.bank_files.camt.test_parse import ACCOUNT, entry, message, read, statement, transaction


def balance(kind: str, amount: str, indicator: str = "CRDT") -> str:
    head = f"<Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
    return (
        f'<Bal>{head}<Amt Ccy="NOK">{amount}</Amt><CdtDbtInd>{indicator}</CdtDbtInd><Dt><Dt>2026-11-21</Dt></Dt></Bal>'
    )


def test_a_statement_is_held_against_its_balances(tmp_path: Path) -> None:
    entries = entry("100.00", transaction()) + entry("12.00", indicator="DBIT", bank_reference="E2")
    for closing, flags in (
        ("138.00", []),
        ("150.00", ["statement 1 (line 3): the balance changes by 100.00, but its entries make 88.00"]),
    ):
        head = balance("OPBD", "50.00") + balance("CLBD", closing)
        found, _ = read(tmp_path, message(statement(entries, head=head, name="Stmt"), kind="053"))
        assert (found.format, found.flags) == ("camt.053", flags)
        assert found.imported_through == {ACCOUNT: date(2026, 11, 21)}


def test_a_statement_is_held_against_its_summary(tmp_path: Path) -> None:
    entries = entry("100.00", transaction()) + entry("12.00", indicator="DBIT", bank_reference="E2")
    right = "<TtlNtries><NbOfNtries>2</NbOfNtries><Sum>112.00</Sum></TtlNtries>"
    wrong = "<TtlCdtNtries><NbOfNtries>2</NbOfNtries><Sum>112.00</Sum></TtlCdtNtries>"
    for summary, flags in (
        (right, []),
        (
            wrong,
            [
                "statement 1 (line 3): says 2 credit entries, but holds 1",
                "statement 1 (line 3): says a sum of 112.00 of credit entries, but they make 100.00",
            ],
        ),
    ):
        found, _ = read(tmp_path, message(statement(entries, head=f"<TxsSummry>{summary}</TxsSummry>")))
        assert found.flags == flags
