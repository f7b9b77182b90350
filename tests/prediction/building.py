"""A past put together line by line, for tests: invoices, what happened to them, what was told of who owes."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from prediction.history.past import Events, Happened, Invoices, Past, Told, words

NOON = np.timedelta64(12 * 3600, "s")


def noon(day: str) -> np.datetime64:
    """Noon (UTC) of a day."""
    return np.datetime64(day, "s") + NOON


@dataclass
class Building:
    """What is built so far; days are written as 2026-06-03."""

    invoices: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)

    def invoice(self, debtor: int, due: str, amount: float = 500.0, **others: Any) -> int:
        """An invoice of a debtor, issued a fortnight before it is due; gives its place."""
        row = {"debtor": debtor, "due": np.datetime64(due, "D"), "amount": amount, "creditor": "north"}
        row |= {"currency": "NOK", "kind": "consumer", "country": "NO", "segment": None, "postcode": None}
        row["issued"] = row["due"] - np.timedelta64(14, "D")
        self.invoices.append(row | others)
        return len(self.invoices) - 1

    def happened(
        self,
        invoice: int,
        kind: Happened,
        day: str,
        channel: str | None = None,
        detail: str | None = None,
        amount: float = float("nan"),
        known: str | None = None,
    ) -> None:
        """Something that happened at noon of a day, and was known at once unless another day is named."""
        at = noon(day)
        row = {"invoice": invoice, "kind": kind, "at": at, "known_at": noon(known) if known else at}
        self.events.append(row | {"channel": channel, "detail": detail, "amount": amount})

    def paid(self, invoice: int, day: str, amount: float | None = None, method: str = "bank") -> None:
        """Money for an invoice, all of it unless an amount is named."""
        self.happened(invoice, Happened.PAYMENT, day, detail=method, amount=amount or self.invoices[invoice]["amount"])

    def say(self, debtor: int, what: str, number: float, since: str = "2020-01-01") -> None:
        """A dated fact of a debtor, known since it holds."""
        self.told.append({"debtor": debtor, "what": what, "number": number, "since": since})

    def past(self, through: str) -> Past:
        """All of it, up to noon of a day."""
        invoices, told = self.invoices, self.told
        events = sorted(self.events, key=lambda event: event["known_at"])

        def column(rows: list[dict[str, Any]], name: str, kind: Any) -> Any:
            return np.array([row[name] for row in rows], dtype=kind)

        def spoken(rows: list[dict[str, Any]], name: str) -> Any:
            return words([row[name] for row in rows])

        issued = column(invoices, "issued", "datetime64[D]")
        whole = Past(
            Invoices(
                id=np.array([row.get("id", place) for place, row in enumerate(invoices)], dtype=np.int64),
                creditor=spoken(invoices, "creditor"),
                debtor=column(invoices, "debtor", np.int32),
                amount=column(invoices, "amount", np.float64),
                currency=spoken(invoices, "currency"),
                issued=issued,
                due=column(invoices, "due", "datetime64[D]"),
                known_at=issued.astype("datetime64[s]"),
                kind=spoken(invoices, "kind"),
                country=spoken(invoices, "country"),
                segment=spoken(invoices, "segment"),
                postcode=spoken(invoices, "postcode"),
            ),
            Events(
                invoice=column(events, "invoice", np.int32),
                kind=column(events, "kind", np.int8),
                at=column(events, "at", "datetime64[s]"),
                known_at=column(events, "known_at", "datetime64[s]"),
                amount=column(events, "amount", np.float64),
                channel=spoken(events, "channel"),
                detail=spoken(events, "detail"),
            ),
            Told(
                debtor=column(told, "debtor", np.int32),
                what=spoken(told, "what"),
                since=column(told, "since", "datetime64[D]"),
                until=np.full(len(told), np.datetime64("NaT"), dtype="datetime64[D]"),
                known_at=column(told, "since", "datetime64[s]"),
                number=column(told, "number", np.float64),
                word=words([None] * len(told)),
            ),
            noon(through),
        )
        return whole.as_of(noon(through))


def days_after(day: str, days: int) -> str:
    """The day so many days after another."""
    return str(np.datetime64(day, "D") + np.timedelta64(days, "D"))


def months(first: str, count: int) -> list[str]:
    """The same day of so many months, from a day on."""
    begin = date.fromisoformat(first)
    spots = [divmod(begin.month - 1 + each, 12) for each in range(count)]
    return [begin.replace(year=begin.year + years, month=month + 1).isoformat() for years, month in spots]
