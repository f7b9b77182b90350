"""A row an invoice, or a row a payment of it: read as invoices and what happened to them."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from domain.vocabulary import CHANNELS
from prediction.history.columns import SHOWN, Faults, RowsRefused, Table
from prediction.history.file_map import FileMap
from prediction.history.past import NOT_TOLD, Happened
from prediction.history.rough import NAMED_BY_ACTIVITY, Happenings, Mask, Notes, Rough, Rows, again, all_told
from prediction.history.written import local_days

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
    _ends(table, file_map, rows, invoice, happened)
    _acts(table, file_map, invoice, happened)
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


def _ends(table: Table, file_map: FileMap, rows: Rows, invoice: Rows, happened: Happenings) -> None:
    """On the day that a column tells; closed also by a word without a day: that is known at the end alone."""
    for role, kind in (("closed_on", Happened.CLOSED), ("left_on", Happened.CUSTOMER_LEFT)):
        if (name := file_map.columns.get(role)) is not None:
            moment = table.moments[name]
            told = ~np.isnat(moment) & ~again(np.column_stack([invoice, moment.astype(np.int64)]))
            happened.add(kind, invoice[told], moment[told], table.lines[told])
    if file_map.closed is not None:
        name, words = file_map.closed
        column = table.words[name]
        said = rows[column.of(rows).among(*words)]
        never = np.full(len(said), np.datetime64("NaT"), dtype="datetime64[s]")
        happened.add(Happened.CLOSED, invoice[said], never, table.lines[said], detail=happened.details_of(column)[said])


def _acts(table: Table, file_map: FileMap, invoice: Rows, happened: Happenings) -> None:
    """What happened on the days of columns; on a day of which several rows of an invoice tell, it happened once."""
    for name, act in file_map.activities.items():
        if act.kind is None:
            continue
        on = table.moments[name]
        told = np.flatnonzero(~np.isnat(on) & ~again(np.column_stack([invoice, on.astype(np.int64)])))
        if act.amount is not None:
            told = told[table.sums[act.amount.column][told] != 0]
        amount = table.sums[act.amount.column][told] if act.amount else None
        if act.day is not None:
            days = local_days(table.moments[act.day][told], file_map.days_in)
            amount = np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(np.float64))
        channel = np.full(len(told), list(CHANNELS).index(act.channel), dtype=np.int32) if act.channel else None
        detail = act.detail or (name if act.kind in NAMED_BY_ACTIVITY else None)
        details = np.full(len(told), happened.detail(detail), dtype=np.int32) if detail else None
        happened.add(act.kind, invoice[told], on[told], table.lines[told], amount, channel, details)
        if act.fee is not None:
            fee = table.sums[act.fee.column][told]
            some = ~np.isnan(fee) & (fee != 0)
            happened.add(Happened.FEE, invoice[told][some], on[told][some], table.lines[told][some], fee[some])


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


def is_yes_or_no(text: str) -> bool:
    """Whether a word says yes or no."""
    return text.lower() in _YES | _NO


def _flags(table: Table, name: str) -> Mask:
    """A column of yes and no. Raises RowsRefused for what is neither."""
    column = table.words[name]
    said = [word.lower() for word in column.meanings]
    if unknown := [word for word in column.meanings if not is_yes_or_no(word)]:
        raise RowsRefused(f"{name} says neither yes nor no: {', '.join(sorted(unknown)[:SHOWN])}")
    return np.array([word in _YES for word in said] + [False])[column.codes]
