"""The bank: people's orders of one day become a file of the next banking day, as their country's banks write it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from activities.bank_files import book_file
from connectors.bank_files.reader import examine
from facts.database import Database

WIDTH = 80
DAILY = 1  # the number of a day's first file


@dataclass(frozen=True, slots=True)
class Order:
    """A payment that a person has ordered: to an account, with a reference, an amount, from an account."""

    account: str
    kid: str
    amount: Decimal
    debit_account: str = "99990512341"


@dataclass(frozen=True, slots=True)
class BankFiles:
    """How the banks of a country tell what came in."""

    name: Callable[[date], str]
    """Of a day's file."""
    write: Callable[[date, Sequence[str], Sequence[Order], int], str]
    """A file of a day, for accounts, with what came in; the number is its own among those of the day."""
    encoding: str


class Bank:
    """Keeps orders until the next banking day and gives every account its daily file."""

    def __init__(self, database: Database, folder: Path, accounts: Sequence[str], files: BankFiles) -> None:
        self._database = database
        self._folder = folder
        self._accounts = accounts
        self._files = files
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
        path = self._folder / self._files.name(day)
        path.write_text(self._files.write(day, self._accounts, booked, DAILY), encoding=self._files.encoding)
        await import_file(self._database, path)
        return booked


async def import_file(database: Database, path: Path) -> None:
    """Book all of a file; raises ValueError where it is not as banks write them."""
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


OCR_GIRO = BankFiles(
    name=lambda day: f"OCR.{day:%y%m%d}",
    write=lambda day, accounts, orders, number: ocr_file(day, accounts, orders, first_assignment=number),
    encoding="latin-1",
)
"""Norway's."""
