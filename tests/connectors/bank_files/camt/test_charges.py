"""Charges that the bank keeps back: the payer has paid what was there before them, and no file waits for them."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.connectors.bank_files.camt.test_parse import entry, message, read, read_entries, statement, transaction


def charges(
    amount: str, *, included: bool | None = True, indicator: str = "DBIT", currency: str = "NOK", records: bool = True
) -> str:
    direction = f"<CdtDbtInd>{indicator}</CdtDbtInd>" if indicator else ""
    told = "" if included is None else f"<ChrgInclInd>{str(included).lower()}</ChrgInclInd>"
    one = f'<Amt Ccy="{currency}">{amount}</Amt>{direction}{told}'
    return f"<Chrgs>{f'<Rcrd>{one}</Rcrd>' if records else one}</Chrgs>"


def details(**amounts: str) -> str:
    written = [f'<{kind}><Amt Ccy="NOK">{amount}</Amt></{kind}>' for kind, amount in amounts.items()]
    return f"<AmtDtls>{''.join(written)}</AmtDtls>"


@pytest.mark.parametrize(
    ("written", "paid"),
    [
        (entry("787.00", transaction("802.00", more=charges("15.00"))), "802.00"),
        (entry("787.00", transaction("802.00", more=charges("15.00", included=None, records=False))), "802.00"),
        (entry("787.00", transaction("802.00", more=charges("15.00", included=False))), "802.00"),
        (entry("787.00", transaction("802.00", more=charges("10.00") + charges("5.00"))), "802.00"),
        (entry("787.00", transaction("802.00", more=charges("16.00") + charges("1.00", indicator="CRDT"))), "802.00"),
        (entry("787.00", transaction("802.00", more=charges("15.00").replace("Amt", "TtlChrgsAndTaxAmt"))), "802.00"),
        (entry("787.00", transaction("802.00"), more=charges("15.00")), "802.00"),
        (entry("787.00", transaction("802.00", more=charges("15.00")), more=charges("15.00")), "802.00"),
        (entry("787.00", transaction("802.00", more=charges("10.00")), more=charges("5.00")), "802.00"),
        (entry("787.00", transaction("787.00", more=details(InstdAmt="802.00") + charges("15.00"))), "802.00"),
        (entry("787.00", transaction(None, more=details(TxAmt="802.00") + charges("15.00"))), "802.00"),
        (entry("787.00", transaction(None, more=details(InstdAmt="802.00") + charges("15.00", included=None))), "802.00"),
        (entry("787.00", transaction(None, more=charges("15.00"))), "802.00"),
        (entry("787.00", more=charges("15.00")), "802.00"),
        (entry("802.00", transaction("802.00", more=charges("15.00"))), "802.00"),  # taken by another booking
        (entry("802.00", transaction("802.00", more=charges("15.00", included=False))), "802.00"),
        (entry("802.00", transaction(None, more=charges("15.00", included=False))), "802.00"),
        (entry("802.00", transaction("802.00", more=charges("0"))), "802.00"),
        (entry("802.00", transaction("802.00", more=charges("1.40", currency="EUR"))), "802.00"),
    ],
)  # fmt: skip
def test_the_payer_has_paid_what_was_there_before_charges(tmp_path: Path, written: str, paid: str) -> None:
    found, (payment,) = read_entries(tmp_path, written)
    assert (payment.amount, found.flags) == (Decimal(paid), [])


def test_charges_of_a_batch_are_counted_each(tmp_path: Path) -> None:
    one = transaction("802.00", more=charges("15.00"))
    two = transaction("490.00", more=charges("10.00") + details(InstdAmt="500.00"))
    three = transaction("200.00")
    for made, more in (("1477.00", ""), ("1472.00", charges("5.00"))):
        found, read_payments = read_entries(tmp_path, entry(made, one, two, three, batch=3, more=more))
        assert [str(payment.amount) for payment in read_payments] == ["802.00", "500.00", "200.00"]
        assert found.flags == []


def test_what_no_charge_explains_is_flagged_still(tmp_path: Path) -> None:
    for off in (
        transaction("802.00", more=charges("14.00")),
        transaction("802.00", more=charges("15.00", currency="EUR")),
        transaction("802.00", more=charges("15.00", indicator="CRDT")),
        transaction("802.00"),
    ):
        found, (payment,) = read_entries(tmp_path, entry("787.00", off))
        assert payment.amount == Decimal("802.00")
        assert found.flags == ["entry 1 (line 4): is of 787.00, but its transactions make 802.00"]


def test_a_return_takes_back_what_was_paid_and_not_the_bank_s_own_price(tmp_path: Path) -> None:
    reason = "<RtrInf><Rsn><Cd>AM04</Cd></Rsn></RtrInf>"
    for returned in (
        transaction("802.00", more=charges("15.00") + reason),
        transaction(None, more=details(InstdAmt="802.00") + charges("15.00") + reason),
        transaction("817.00", more=details(InstdAmt="802.00") + charges("15.00") + reason),
    ):
        found, (payment,) = read_entries(tmp_path, entry("817.00", returned, indicator="DBIT"))
        assert (payment.amount, found.flags) == (Decimal("-802.00"), [])


def test_charges_on_what_goes_out_hold_no_file(tmp_path: Path) -> None:
    outgoing = entry("1526.00", transaction("1500.00", more=charges("26.00")), indicator="DBIT", bank_reference="E2")
    found, read_payments = read_entries(tmp_path, entry("100.00", transaction()), outgoing)
    assert (len(read_payments), found.flags) == (1, [])


@pytest.mark.parametrize("version", ["02", "04", "08"])
@pytest.mark.parametrize(
    "told",
    [
        details(InstdAmt="802.00", TxAmt="0.07"),
        details(TxAmt="0.07"),
        details(InstdAmt="70.00", CntrValAmt="802.00"),
        details(TxAmt="802.00", InstdAmt="0.07"),
        '<AmtDtls><InstdAmt><Amt Ccy="EUR">70.00</Amt></InstdAmt></AmtDtls>',
    ],
)
def test_the_entry_s_amount_is_that_of_its_only_transaction(tmp_path: Path, told: str, version: str) -> None:
    status = "BOOK" if version < "08" else "<Cd>BOOK</Cd>"
    written = message(statement(entry("802.00", transaction(None, more=told), status=status)), version=version)
    found, (payment,) = read(tmp_path, written)
    assert (payment.amount, payment.currency, found.flags) == (Decimal("802.00"), "NOK", [])
