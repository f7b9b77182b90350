"""Purr's own facts as a past: every case of a creditor, or of all, with what happened to it as it became known."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import numpy as np
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.regions import postcode_in
from facts.prediction.pages import Page, of_places, pages
from facts.prediction.whoever_left import Heard
from prediction.history.local_days import begins_of
from prediction.history.lost import LOST, lost_of
from prediction.history.past import NOT_TOLD, Events, Happened, Invoices, Moments, Past, Told, Words
from prediction.history.promises import Promised, judged

_MIDDAY: Final = np.timedelta64(12 * 3600, "s")  # when on a day something happened, where the hour is not known
Part = TypeVar("Part", Invoices, Events, Told)


async def own_past(connection: AsyncConnection, now: datetime, creditor: str | None = None) -> Past:
    """All that is known by now; `connection` sees one moment (`Database.snapshot`).

    An invoice's id is its case's, and a debtor's code the debtor's id.
    """
    through = np.datetime64(now.astimezone(UTC).replace(tzinfo=None), "s")
    read = _Read(through)
    async for page in pages(connection, creditor, now):
        read.add(page)
    return read.past(await of_places(connection, creditor))


class _Read:
    """What was read so far: a page comes in Python's own values, and is kept as numbers."""

    def __init__(self, through: np.datetime64) -> None:
        self._through = through
        self._codes: dict[str, dict[str, int]] = {}
        self._count = 0
        self._invoices = [self._of_cases(None)]
        self._events = [self._of_kind(self._invoices[0], "payment", None)]
        self._told = [self._of_what("", None)]

    def add(self, page: Page) -> None:
        """Keep a page."""
        invoices = self._of_cases(page.cases)
        events = _joined([self._events[0], *(self._of_kind(invoices, row.kind, row) for row in page.events)])
        if page.promises is not None:
            promised = Promised(
                np.array(page.promises.places, dtype=np.int32),
                _moments(page.promises.known_at),
                _days(page.promises.pay_by),
                np.array(page.promises.amounts, dtype=np.float64),
            )
            payments = self._of_kind(invoices, "payment", page.paid_of_promised)
            events = _joined([judged(invoices, payments, promised, self._through), events])
        self._invoices.append(invoices)
        self._events.append(_moved(events, self._count))
        self._told += [self._of_what(row.what, row) for row in page.told]
        self._told.append(self._of_lost(page.left))
        self._count += len(invoices)

    def past(self, of_places: Sequence[Any]) -> Past:
        """All of it; what is told of a place is told of everybody who lives there."""
        events, invoices = _joined(self._events), _joined(self._invoices)
        return Past(
            invoices=invoices,
            events=events.of(np.argsort(events.known_at, kind="stable")),
            told=_joined([*self._told, self._of_who_live_there(invoices, of_places)]),
            through=self._through,
        )

    def _of_who_live_there(self, invoices: Invoices, told: Sequence[Any]) -> Told:
        lives = defaultdict[tuple[str, str, str], set[int]](set)
        columns = (invoices.creditor, invoices.country, invoices.postcode)
        for debtor, *codes in zip(
            invoices.debtor.tolist(), *(column.codes.tolist() for column in columns), strict=True
        ):
            if NOT_TOLD not in codes and told:
                creditor, country, postcode = (
                    column.meanings[code] for column, code in zip(columns, codes, strict=True)
                )
                lives[creditor, country, postcode].add(debtor)
        rows = [
            (debtor, fact)
            for fact in told
            for debtor in sorted(lives.get((fact.creditor_id, fact.country, fact.postcode), ()))
        ]
        return Told(
            debtor=np.array([debtor for debtor, _ in rows], dtype=np.int32),
            what=self._words("what", [fact.what for _, fact in rows]),
            since=_days([fact.since for _, fact in rows]),
            until=_days([fact.until for _, fact in rows]),
            known_at=_moments([fact.known_at for _, fact in rows]),
            number=np.array([fact.number for _, fact in rows], dtype=np.float64),
            word=self._words("word", [None] * len(rows)),
        )

    def _words(self, column: str, told: Sequence[str | None]) -> Words:
        """A column's words by codes that stay from page to page."""
        codes = self._codes.setdefault(column, {})
        found = [NOT_TOLD if word is None else codes.setdefault(word, len(codes)) for word in told]
        return Words(np.array(found, dtype=np.int32), tuple(codes))

    def _of_cases(self, page: Any | None) -> Invoices:
        def column(name: str) -> Sequence[Any]:
            return () if page is None else getattr(page, name)

        return Invoices(
            id=np.array(column("cases"), dtype=np.int64),
            creditor=self._words("creditor", column("creditors")),
            debtor=np.array(column("debtors"), dtype=np.int32),
            amount=np.array(column("amounts"), dtype=np.float64),
            currency=self._words("currency", column("currencies")),
            issued=_days(column("issued")),
            due=_days(column("due")),
            known_at=_moments(column("known_at")),
            kind=self._words("kind", column("kinds")),
            country=self._words("country", column("countries")),
            segment=self._words("segment", column("segments")),
            postcode=self._words("postcode", [postcode_in(place or "") or None for place in column("places")]),
        )

    def _of_kind(self, invoices: Invoices, kind: str, row: Any | None) -> Events:
        def column(name: str) -> Sequence[Any]:
            return () if row is None else getattr(row, name)

        place = np.array(column("places"), dtype=np.int32)
        known_at = _moments(column("known_at"))
        midday = begins_of(_days(column("days")), invoices.country.of(place)) + _MIDDAY
        return Events(
            invoice=place,
            kind=np.full(len(place), Happened[kind.upper()], dtype=np.int8),
            at=np.fmin(midday, known_at),
            known_at=known_at,
            amount=np.array(column("amounts"), dtype=np.float64),
            channel=self._words("channel", column("channels")),
            detail=self._words("detail", column("details")),
        )

    def _of_lost(self, left: Mapping[int, Sequence[Heard]]) -> Told:
        lost = [(debtor, each) for debtor, heard in left.items() for each in lost_of(heard)]
        return Told(
            debtor=np.array([debtor for debtor, _ in lost], dtype=np.int32),
            what=self._words("what", [LOST] * len(lost)),
            since=np.array([each.since for _, each in lost], dtype="datetime64[D]"),
            until=np.array([each.until for _, each in lost], dtype="datetime64[D]"),
            known_at=_moments([int(each.known_at.timestamp()) for _, each in lost]),
            number=np.array([each.cost for _, each in lost], dtype=np.float64),
            word=self._words("word", [each.currency for _, each in lost]),
        )

    def _of_what(self, what: str, row: Any | None) -> Told:
        def column(name: str) -> Sequence[Any]:
            return () if row is None else getattr(row, name)

        return Told(
            debtor=np.array(column("debtors"), dtype=np.int32),
            what=self._words("what", [what] * len(column("debtors"))),
            since=_days(column("since")),
            until=_days(column("until")),
            known_at=_moments(column("known_at")),
            number=np.array(column("numbers"), dtype=np.float64),
            word=self._words("word", column("words")),
        )


def _moved(events: Events, by: int) -> Events:
    return replace(events, invoice=(events.invoice + by).astype(np.int32))


def _joined(parts: Sequence[Part]) -> Part:
    """One after the other; the last has the words of all."""
    columns: dict[str, Any] = {}
    for field in fields(parts[0]):
        of_parts = [getattr(part, field.name) for part in parts]
        if isinstance(of_parts[0], Words):
            meanings = max((words.meanings for words in of_parts), key=len)
            columns[field.name] = Words(np.concatenate([words.codes for words in of_parts]), meanings)
        else:
            columns[field.name] = np.concatenate(of_parts)
    return type(parts[0])(**columns)


def _moments(seconds: Sequence[int]) -> Moments:
    found: Moments = np.array(seconds, dtype=np.int64).astype("datetime64[s]")
    return found


def _days(days: Sequence[int | None]) -> Any:
    """Days since 1970; NaT where there is none."""
    told = np.array([np.iinfo(np.int64).min if day is None else day for day in days], dtype=np.int64)
    return told.astype("datetime64[D]")
