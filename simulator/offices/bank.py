"""The bank: people's orders of one day become an OCR giro file of the next banking day, which is then imported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from activities.bank_files import book_file
from connectors.bank_files.reader import examine
from facts.database import Database

WIDTH = 80


@dataclass(frozen=True, slots=True)
class Order:
    """A payment that a person has ordered: to an account, with a KID, an amount in kroner, from an account."""

    account: str
    kid: str
    amount: Decimal
    debit_account: str = "99990512341"


class Bank:
    """Keeps orders until the next banking day and gives every account its daily file."""

    def __init__(self, database: Database, folder: Path, accounts: Sequence[str]) -> None:
        self._database = database
        self._folder = folder
        self._accounts = accounts
        self._orders: list[Order] = []
        folder.mkdir(parents=True, exist_ok=True)

    def order(self, order: Order) -> None:
        """Take a person's order; it is booked on the next banking day."""
        self._orders.append(order)

    def on_its_way(self, kid: str) -> Decimal:
        """What is ordered with a KID and not yet booked."""
        return sum((order.amount for order in self._orders if order.kid == kid), Decimal(0))

    async def close_day(self, day: date) -> list[Order]:
        """Book all orders on a banking day, write the day's file and import it; gives what was booked."""
        booked, self._orders = self._orders, []
        path = self._folder / f"OCR.{day:%y%m%d}"
        path.write_text(ocr_file(day, self._accounts, booked), encoding="latin-1")
        await import_file(self._database, path)
        return booked


async def import_file(database: Database, path: Path) -> None:
    """Book all of a file; raises ValueError where it is not as Nets writes them."""
    booked = await book_file(database, examine(path))
    if booked.state != "done":
        raise ValueError(f"the simulated bank wrote a file that is {booked.state}: {'; '.join(booked.flags)}")


def ocr_file(
    day: date, accounts: Sequence[str], orders: Sequence[Order], *, kind: str = "10", first_assignment: int = 1
) -> str:
    """An OCR giro file as Nets writes it: one assignment an account, two records a payment, all of one kind."""
    records = [f"NY00001000008080{day.toordinal():07}00008080"]
    for number, account in enumerate(accounts, start=first_assignment):
        paid = [order for order in orders if order.account == account]
        records.append(f"NY090020{number:09}{number:07}{account}")
        for sequence, order in enumerate(paid, start=1):
            settlement = f"{'1':>10}"
            ore = int(order.amount * 100)
            records.append(f"NY09{kind}30{sequence:07}{day:%d%m%y}{settlement} {ore:017}{order.kid:>25}")
            records.append(
                f"NY09{kind}31{sequence:07}{sequence:010}{sequence:09}{'':7}{day:%d%m%y}{order.debit_account:11}"
            )
        records.append(
            f"NY090088{len(paid):08}{2 + 2 * len(paid):08}{_ore(paid):017}{day:%d%m%y}{day:%d%m%y}{day:%d%m%y}"
        )
    records.append(f"NY000089{len(orders):08}{len(records) + 1:08}{_ore(orders):017}{day:%d%m%y}")
    return "".join(f"{record:0<{WIDTH}}\n" for record in records)


def _ore(orders: Sequence[Order]) -> int:
    return int(sum((order.amount for order in orders), Decimal(0)) * 100)
