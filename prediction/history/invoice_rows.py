"""A row an invoice, or a row a payment of it: read as invoices and what happened to them."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from prediction.history.columns import SHOWN, Faults, RowsRefused, Table
from prediction.history.file_map import FileMap
from prediction.history.past import NOT_TOLD, Happened
from prediction.history.rough import Happenings, Mask, Notes, Rough, Rows, again, all_told

_YES: Final = {"yes", "y", "true", "t", "1", "x", "ja", "j", "kyllä", "disputed"}
_NO: Final = {"no", "n", "false", "f", "0", "nei", "nej", "ei"}
WITHOUT_DATE: Final = "disputes have no day: each is known with the last payment, or the end, of its invoice"


def of_invoices(table: Table, file_map: FileMap, notes: Notes) -> Rough:
    """A row an invoice, or a row a payment of it. Raises RowsRefused where rows contradict one another."""
    columns = file_map.columns
    ids, issued, amounts = (
        table.words[columns["invoice"]],
        table.moments[columns["issued"]],
        table.sums[columns["amount"]],
    )
    all_told(
        table, {"invoice": ids.codes == NOT_TOLD, "issued": np.isnat(issued), "amount": np.isnan(amounts)}, columns
    )
    _, first, invoice = np.unique(ids.codes, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    rows, invoice = first[order], place[invoice]
    _same_invoice(table, file_map, rows, invoice)
    happened = Happenings()
    _payments(table, file_map, rows, invoice, happened, notes)
    _ends(table, file_map, invoice, happened)
    _disputes(table, file_map, rows, invoice, happened, notes)
    telling = (rows, np.arange(len(rows), dtype=np.int32), issued[rows])
    return Rough(rows, ids.of(rows), issued[rows], amounts[rows], happened, telling)


def _same_invoice(table: Table, file_map: FileMap, rows: Rows, invoice: Rows) -> None:
    """Rows of one number say one invoice. Raises RowsRefused where they do not."""
    faults = Faults()
    for role in ("issued", "due", "amount", "customer", "currency"):
        if (name := file_map.columns.get(role)) is None:
            continue
        column = _comparable(table, name)
        other = column != column[rows][invoice]
        for row in np.flatnonzero(other):
            first = int(table.lines[rows[invoice[row]]])
            faults.add(int(table.lines[row]), f"{name} is not what line {first} says of the same invoice")
    faults.refuse()


def _comparable(table: Table, name: str) -> NDArray[Any]:
    """A column whose values can be compared: nothing is itself."""
    if name in table.words:
        return table.words[name].codes
    if name in table.moments:
        return table.moments[name].astype(np.int64)
    return np.nan_to_num(table.sums[name], nan=np.inf)


def _payments(table: Table, file_map: FileMap, rows: Rows, invoice: Rows, happened: Happenings, notes: Notes) -> None:
    columns = file_map.columns
    paid_on = table.moments[columns["paid_on"]]
    told = ~np.isnat(paid_on)
    if "paid" in columns:
        paid = table.sums[columns["paid"]]
        without_day = ~told & (np.nan_to_num(paid) != 0)
        all_told(table, {"paid_on": without_day}, columns)
        notes.leave_out("payments of nothing", table.lines[told & (paid == 0)])
        told &= paid != 0
        paid = np.where(np.isnan(paid), table.sums[columns["amount"]], paid)
    else:
        paid = table.sums[columns["amount"]]
    repeated = again(np.column_stack([invoice, paid_on.astype(np.int64), np.nan_to_num(paid).view(np.int64)]))
    extra = repeated & (np.arange(len(table)) != rows[invoice])
    notes.leave_out("rows told twice", table.lines[extra & ~told])
    notes.leave_out("payments told twice (same invoice, moment and sum)", table.lines[extra & told])
    told &= ~extra
    if "paid" not in columns:
        several = np.flatnonzero(told & (np.bincount(invoice[told], minlength=len(rows))[invoice] > 1))
        if len(several):
            lines = ", ".join(str(table.lines[row]) for row in several[:SHOWN])
            raise RowsRefused(
                f"invoices are paid on several days, but no column says how much: name it `paid` (lines {lines})"
            )
    method = table.words.get(columns.get("method", ""))
    happened.add(
        Happened.PAYMENT,
        invoice[told],
        paid_on[told],
        table.lines[told],
        paid[told],
        detail=happened.details_of(method)[told] if method else None,
    )


def _ends(table: Table, file_map: FileMap, invoice: Rows, happened: Happenings) -> None:
    for role, kind in (("closed_on", Happened.CLOSED), ("left_on", Happened.CUSTOMER_LEFT)):
        if (name := file_map.columns.get(role)) is not None:
            moment = table.moments[name]
            told = ~np.isnat(moment) & ~again(np.column_stack([invoice, moment.astype(np.int64)]))
            happened.add(kind, invoice[told], moment[told], table.lines[told])


def _disputes(table: Table, file_map: FileMap, rows: Rows, invoice: Rows, happened: Happenings, notes: Notes) -> None:
    columns = file_map.columns
    if "disputed_on" in columns:
        moments = table.moments[columns["disputed_on"]]
        told = ~np.isnat(moments)
    elif "disputed" in columns:
        told = _flags(table, columns["disputed"])
        paid_on = table.moments[columns["paid_on"]]
        known = np.where(np.isnat(paid_on), np.datetime64(0, "s"), paid_on)
        last = np.zeros(len(rows), dtype="datetime64[s]")
        np.maximum.at(last, invoice, known)
        moments = last[invoice]
        moments[moments == np.datetime64(0, "s")] = np.datetime64("NaT")  # at the end of what is known
        if told.any():
            notes.said.append(WITHOUT_DATE)
    else:
        return
    first = told & ~again(np.where(told, invoice, -1 - np.arange(len(table)))[:, None])
    happened.add(Happened.DISPUTE, invoice[first], moments[first], table.lines[first])


def _flags(table: Table, name: str) -> Mask:
    """A column of yes and no. Raises RowsRefused for what is neither."""
    column = table.words[name]
    said = [word.lower() for word in column.meanings]
    if unknown := [word for word, low in zip(column.meanings, said, strict=True) if low not in _YES | _NO]:
        raise RowsRefused(f"{name} says neither yes nor no: {', '.join(sorted(unknown)[:SHOWN])}")
    return np.array([word in _YES for word in said] + [False])[column.codes]
