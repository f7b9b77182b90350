"""Imported files as pasts: packed into the facts and read from them again, and several joined into the past of one creditor."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.parties import id_keys
from facts.prediction import history_files
from facts.prediction.history_files import Customer, Kept
from facts.refusals import Unknown
from prediction.history.own import own_past
from prediction.history.past import NOT_TOLD, Codes, Events, Happened, Invoices, Past, Told, Words, words
from prediction.history.reading import NOBODY, Keys, keys_of

_PARTS: Final = {"invoices": Invoices, "events": Events, "told": Told}
_FORM: Final = 1
_NO_KEYS: Final = np.zeros(0, dtype=np.uint64)
KNOWN_NO_LONGER: Final = "known no longer"
"""The detail of an invoice's closing where only what is known of it ends."""


@dataclass(frozen=True, slots=True)
class Known:
    """A past, and by which keys its debtors are known again in another: by the debtor's code; NOBODY for one without."""

    past: Past
    customers: Keys


def packed(known: Known) -> bytes:
    """A past as the bytes that are kept: numpy's own form, compressed, with nothing in it that runs when it is read."""
    arrays: dict[str, NDArray[Any]] = {
        "form": np.array(_FORM),
        "through": np.array(known.past.through),
        "customers": known.customers,
    }
    for name in _PARTS:
        part = getattr(known.past, name)
        for each in fields(part):
            column = getattr(part, each.name)
            if isinstance(column, Words):
                arrays[f"{name}.{each.name}"] = column.codes
                arrays[f"{name}.{each.name}.meanings"] = _as_bytes(column.meanings)
            else:
                arrays[f"{name}.{each.name}"] = column
    written = io.BytesIO()
    np.savez_compressed(written, **arrays)  # type: ignore[arg-type]  # its stub takes every name for an option
    return written.getvalue()


def unpacked(kept: bytes) -> Known:
    """What `packed` made. Raises ValueError where it is of another form, or broken."""
    with np.load(io.BytesIO(kept), allow_pickle=False) as arrays:
        if int(arrays["form"]) != _FORM:
            raise ValueError("this past was packed by another version of Purr: import its file again")
        parts = {
            name: kind(*(_column(arrays, name, each.name) for each in fields(kind))) for name, kind in _PARTS.items()
        }
        past = Past(parts["invoices"], parts["events"], parts["told"], np.datetime64(arrays["through"][()], "s"))
        return Known(past, arrays["customers"])


async def whole_past(connection: AsyncConnection, now: datetime, creditor: str | None = None) -> Past:
    """Purr's own past of a creditor, or of all, and what was imported besides; `connection` sees one moment.

    A customer whom both know is one debtor, and an invoice that both know, by its number, is Purr's own. Cases and debtors keep
    their ids; those that were imported alone have other codes, and ids below zero. Of whom nothing may be learned, neither past
    tells anything.
    """
    own = await own_past(connection, now, creditor)
    codes = np.concatenate([own.invoices.debtor, own.told.debtor])
    keys: dict[int, int] = {}
    files: list[Known] = []
    for each in await history_files.creditors(connection, creditor):
        key = await id_keys.of_creditor(connection, each)
        own_numbers = keys_of(await history_files.own_numbers(connection, each), key)
        customers, found, of_creditor = await _files_of(connection, each, now, own_numbers)
        files += of_creditor
        keys |= {customer.debtor: int(known) for customer, known in zip(customers, found, strict=True) if customer.seen}
    if not files:
        return own
    known_by = np.full(max(int(codes.max(initial=-1)), max(keys, default=-1)) + 1, NOBODY, dtype=np.uint64)
    known_by[list(keys)] = list(keys.values())
    return joined([Known(own, known_by), *map(_below_zero, files)]).past


async def file_past(connection: AsyncConnection, number: int, now: datetime) -> Past:
    """An imported file alone, without whom nothing may be learned of. Raises Unknown where none of that number is kept."""
    files = await history_files.list_(connection, None)
    creditor = next((each.creditor for each in files if each.number == number), None)
    if creditor is None:
        raise Unknown(f"no file {number} is kept: `starter.py history list` shows those that are")
    numbers = [each.number for each in files if each.creditor == creditor]
    _, _, known = await _files_of(connection, creditor, now)
    return known[numbers.index(number)].past


async def _files_of(
    connection: AsyncConnection, creditor: str, now: datetime, own: Keys = _NO_KEYS
) -> tuple[list[Customer], Keys, list[Known]]:
    """The creditor's customers with what stands for each, and its files, the oldest first, without whom is not to be seen, and
    without some invoices by their keys."""
    customers = await history_files.customers(connection, creditor, now)
    found = keys_of([customer.number for customer in customers], await id_keys.of_creditor(connection, creditor))
    seen = np.array([customer.seen for customer in customers], dtype=bool)
    files = [
        without(unpacked(kept.columns), found[~seen], np.isin(_keys(kept), own))
        for kept in await history_files.columns(connection, creditor)
    ]
    return customers, found, files


def _below_zero(known: Known) -> Known:
    """A file's past, whose invoices are no case of ours."""
    invoices = replace(known.past.invoices, id=-1 - known.past.invoices.id)
    return Known(replace(known.past, invoices=invoices), known.customers)


async def forget_customer(connection: AsyncConnection, creditor: str, number: str) -> int:
    """Delete all that the creditor's files told of a customer, and nothing else; gives how many invoices that were."""
    await history_files.lock(connection, creditor)
    customer = keys_of([number], await id_keys.of_creditor(connection, creditor))
    forgotten = 0
    for kept in await history_files.columns(connection, creditor):
        known = unpacked(kept.columns)
        if not np.isin(known.customers, customer).any():
            continue
        gone = np.isin(known.customers, customer)[known.past.invoices.debtor]
        left = Kept(kept.number, packed(without(known, customer)), _keys(kept)[~gone].tobytes())
        await history_files.rewrite(connection, left)
        forgotten += int(gone.sum())
    return forgotten


def _keys(kept: Kept) -> Keys:
    """What stands for the invoices of a file, in its order."""
    return np.frombuffer(kept.invoices, dtype="<u8").astype(np.uint64)


def without(known: Known, customers: Keys, invoices: NDArray[np.bool_] | None = None) -> Known:
    """A past without some customers: neither their invoices nor anything that is known of them; and without some invoices."""
    stays = ~np.isin(known.customers, customers)
    past, place = known.past, (np.cumsum(stays) - 1).astype(np.int32)
    gone = np.zeros(len(past.invoices), dtype=bool) if invoices is None else invoices
    left_invoices = stays[past.invoices.debtor] & ~gone
    events, told = past.events.of(left_invoices[past.events.invoice]), past.told.of(stays[past.told.debtor])
    row_of = (np.cumsum(left_invoices) - 1).astype(np.int32)
    left = past.invoices.of(left_invoices)
    return Known(
        Past(
            replace(left, debtor=place[left.debtor]),
            replace(events, invoice=row_of[events.invoice]),
            replace(told, debtor=place[told.debtor]),
            past.through,
        ),
        known.customers[stays],
    )


def joined(pasts: Sequence[Known]) -> Known:
    """Several pasts of one creditor as one, through the last day of any: a customer of several is one debtor.

    Of which nothing is known from a day before on, an invoice is closed then: nobody says that it went unpaid ever after.
    The debtors of the first keep their codes. Raises ValueError for no past at all.
    """
    if not pasts:
        raise ValueError("there is no past to join")
    through = max(known.past.through for known in pasts)
    cut = [known if known.past.through == through else Known(_ended(known.past), known.customers) for known in pasts]
    debtor_of, customers = _one_debtor(cut)
    first_row = np.concatenate([[0], np.cumsum([len(known.past.invoices) for known in cut])]).astype(np.int32)
    invoices = stacked(
        Invoices,
        [replace(k.past.invoices, debtor=of[k.past.invoices.debtor]) for k, of in zip(cut, debtor_of, strict=True)],
    )
    events = stacked(
        Events,
        [
            replace(k.past.events, invoice=k.past.events.invoice + row)
            for k, row in zip(cut, first_row[:-1], strict=True)
        ],
    )
    told = stacked(
        Told, [replace(k.past.told, debtor=of[k.past.told.debtor]) for k, of in zip(cut, debtor_of, strict=True)]
    )
    events = events.of(np.argsort(events.known_at, kind="stable"))
    return Known(Past(invoices, events, told, through), customers)


def _ended(past: Past) -> Past:
    """A past of which nothing more will be known: each invoice that is not closed is, at its end."""
    closed = np.zeros(len(past.invoices), dtype=bool)
    closed[past.events.invoice[past.events.kind == Happened.CLOSED]] = True
    rows = np.flatnonzero(~closed).astype(np.int32)
    at = np.full(len(rows), past.through)
    none = Words(np.full(len(rows), NOT_TOLD, dtype=np.int32), ())
    ends = Events(
        rows,
        np.full(len(rows), Happened.CLOSED, dtype=np.int8),
        at,
        at,
        np.full(len(rows), np.nan),
        none,
        words([KNOWN_NO_LONGER] * len(rows)),
    )
    return replace(past, events=stacked(Events, [past.events, ends]))


def _one_debtor(pasts: Sequence[Known]) -> tuple[list[Codes], Keys]:
    """Of each past the new code of each debtor, and the keys by new codes."""
    places: list[Codes] = []
    before: dict[int, int] = {}
    keys: list[int] = []
    for known in pasts:
        new = {key: len(keys) + place for place, key in enumerate(known.customers.tolist())}
        codes = np.arange(len(keys), len(keys) + len(known.customers), dtype=np.int32)
        for code, key in enumerate(known.customers.tolist()):
            codes[code] = before.get(key, codes[code])
        places.append(codes)
        keys += known.customers.tolist()
        before = {key: place for key, place in new.items() if key != NOBODY} | before
    return places, np.array(keys, dtype=np.uint64)


def stacked(kind: Any, parts: Sequence[Any]) -> Any:
    """Parts of several pasts below one another, their words in common codes."""
    return kind(*(_below([getattr(part, each.name) for part in parts]) for each in fields(kind)))


def _below(columns: Sequence[Any]) -> Any:
    if not isinstance(columns[0], Words):
        return np.concatenate(columns)
    meanings: dict[str, int] = {}
    codes = []
    for column in columns:
        common = [meanings.setdefault(word, len(meanings)) for word in column.meanings]
        codes.append(np.array([*common, NOT_TOLD], dtype=np.int32)[column.codes])
    return Words(np.concatenate(codes), tuple(meanings))


def _column(arrays: Any, part: str, name: str) -> Any:
    column = arrays[f"{part}.{name}"]
    meanings = f"{part}.{name}.meanings"
    return Words(column, tuple(json.loads(arrays[meanings].tobytes()))) if meanings in arrays else column


def _as_bytes(meanings: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(list(meanings)).encode(), dtype=np.uint8)
