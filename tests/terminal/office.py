"""What is typed, what was said, and a creditor of the test's own to type for."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from facts.database import Database
from tests.begin import turn

ROOT = Path(__file__).resolve().parents[2]


_numbers: Iterator[int] = count(1)


LETTERS = "debtor_name,debtor_customer_number,debtor_email,debtor_address_1,debtor_postcode,debtor_city"


HEAD = f"creditor,number,issue_date,due_date,amount,currency,reference,{LETTERS}"


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


Typed = Callable[..., Said]


def turned(database_url: str, moment: datetime) -> None:
    """Turn the clock of a database's doors to a moment, from which it goes on."""

    async def turning() -> None:
        database = Database(database_url, pool_size=1)
        await turn(database, moment)
        await database.close()

    asyncio.run(turning())


class Office:
    """A creditor of the test's own, and what is typed for it."""

    def __init__(self, at_facts: Typed, folder: Path, database_url: str) -> None:
        number = next(_numbers)
        self.typed, self.folder, self.url = at_facts, folder, database_url
        self.creditor = f"firm-{number}"
        self.account = f"{20_000_000_000 + number}"
        self.key = self.typed("creditor", "add", self.details(), "--json").json["api_key"]

    def turn(self, moment: datetime) -> None:
        """Turn the doors' clock to a moment."""
        turned(self.url, moment)

    def details(self, **changes: Any) -> Path:
        file = self.folder / f"{self.creditor}.yaml"
        details = {
            "id": self.creditor,
            "name": "Firm AS",
            "accounts": [self.account],
            "consumer_policy": "no-gentle",
            "collection_partner": "Fair Inkasso AS",
        }
        file.write_text(json.dumps(details | changes))  # JSON is YAML too
        return file

    def line(self, number: str, *, amount: str = "802.00", due: str = "2026-03-16", reference: str = "") -> str:
        debtor = f"Kari Nordmann,K-{number},kari@example.no,Storgata 1,0155,Oslo"
        return f"{self.creditor},{number},2026-03-02,{due},{amount},NOK,{reference},{debtor}"

    def file(self, *lines: str) -> Path:
        file = self.folder / f"invoices-{next(_numbers)}.csv"
        file.write_text("\n".join([HEAD, *lines]))
        return file

    def invoices(self, *numbers: str, **changes: str) -> None:
        said = self.typed("import", "--yes", self.file(*(self.line(number, **changes) for number in numbers)), "--json")
        assert said.code == 0, said

    def rows(self, query: str) -> list[Any]:
        with psycopg.connect(self.url.replace("postgresql+psycopg://", "postgresql://")) as connection:
            return connection.execute(query.encode()).fetchall()

    def bank_file(self, *payments: tuple[str, str], account: str | None = None) -> Path:
        """An OCR giro file of (reference, amount in øre), booked on 20 March 2026."""
        account = account or self.account
        records = ["NY000010000080800100000000808080".ljust(80, "0")]
        records.append(f"NY090020{'0' * 9}{next(_numbers):07}{account}".ljust(80, "0"))
        total = 0
        for place, (reference, ore) in enumerate(payments, 1):
            total += int(ore)
            records.append(f"NY091030{place:07}200326{'0' * 10}0{int(ore):017}{reference:>25}000000".ljust(80, "0"))
            records.append(
                f"NY091031{place:07}{next(_numbers):010}{next(_numbers):09}{'0' * 7}200326{'0' * 11}".ljust(80, "0")
            )
        inside = len(records)
        sums = f"{len(payments):08}{inside:08}{total:017}"
        records.append(f"NY090088{sums}200326200326200326".ljust(80, "0"))
        records.append(f"NY000089{len(payments):08}{inside + 2:08}{total:017}200326".ljust(80, "0"))
        file = self.folder / f"bank-{next(_numbers)}.txt"
        file.write_text("\n".join(records))
        return file
