"""Bank files booked: each transaction once, in chunks, so that whoever is interrupted goes on where it was.

AvtaleGiro mandates that come in the same file are recorded when its payments are booked.

What contradicts itself waits for a person, and so does an account that another kind of file imports. What comes in on
an account of nobody is left out and not lost, and so are the mandates of an account that no agreement names: the file stays
flagged until all of it is booked.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.mandate_files import read_mandate_file, without_agreement
from connectors.bank_files.bank_file import BankFile, BankPayment
from connectors.bank_files.reader import examine
from connectors.bank_files.reader import payments as payments_in
from connectors.drop_folder import DropFolder
from domain.money import sources
from facts import clock
from facts.database import Database
from facts.direct_debit import mandates
from facts.money import bank_accounts, bank_files, deposits, refund_orders
from facts.money.bank_files import Owner, StoredFile
from facts.money.payments import Booked, Payment, book, book_plain
from facts.money.refund_orders import Told
from facts.parties import creditors
from facts.refusals import Refused
from workflows.contracts import BankFileAsked, BankFileEnds, BankFileFound, BankFileStands

log = structlog.get_logger()

CHUNK = 500
AT_ONCE = 10_000  # transactions that one activity books: few enough to see it move, many enough for a short history

Progress = Callable[[int], None]
InReview = Callable[[BankPayment, Booked], None]


@dataclass(frozen=True, slots=True)
class BankFileProgress:
    """A bank file as it was found, and what may be booked of it now."""

    file: BankFile
    stored: StoredFile
    creditors: dict[str, str]  # of the accounts that may be booked
    agreed: set[str]  # the accounts whose mandates can be recorded
    faults: tuple[str, ...]  # of the file itself; its sums that a deposit explains are none
    flags: tuple[str, ...]  # these, then those of its accounts
    acceptable: bool  # whether a person may accept what is flagged

    @property
    def waits(self) -> bool:
        """Whether nothing of it may be booked before something changes."""
        if self.stored.state == "refused" or self.file.format is None:
            return True
        return bool(self.faults) and self.stored.accepted_by is None

    @property
    def has_more(self) -> bool:
        """Whether a booking would bring anything that the one before it did not."""
        of_nobody = (self.file.accounts or self.file.mandate_accounts) and not self.creditors and not self.agreed
        if self.waits or self.stored.state == "done" or of_nobody:
            return False
        return self.stored.state == "booking" or self.stored.position < max(1, self.stored.transactions)


@dataclass(frozen=True, slots=True)
class BookedFile:
    """What became of a bank file."""

    file: str
    format: str | None
    transactions: int
    totals: dict[str, Decimal]
    state: str  # flagged | booking | done | refused
    flags: tuple[str, ...]
    waits: bool  # nothing is booked before a person has looked at the flags
    booked: int
    known: int
    review: int
    left_out: int  # came in on accounts that nothing is booked on
    imported_through: dict[str, date]


async def book_file(
    database: Database,
    file: BankFile,
    *,
    accepted_by: str | None = None,
    through: date | None = None,
    progress: Progress = lambda _position: None,
    in_review: InReview = lambda _payment, _booked: None,
) -> BookedFile:
    """Book an examined file whole. One that was interrupted goes on; one that was booked before changes nothing.

    `through` is the day its accounts are complete through, else the latest in the file. `progress` hears how many
    transactions are settled, `in_review` of each that waits for a person. Raises BookedElsewhere or Refused.
    """
    look = await look_at(database, file, accepted_by)
    stored, known_before = look.stored, not look.has_more
    if look.has_more:
        stored = await book_part(database, look, progress=progress, in_review=in_review)
    imported: dict[str, date] = {}
    remarks: tuple[str, ...] = ()
    if not look.waits:
        stored, imported, remarks = await finish(database, look, stored, through)
    settled = stored.booked + stored.known + stored.review
    return BookedFile(
        file=file.file,
        format=file.format,
        transactions=file.transactions,
        totals=file.totals,
        state=stored.state,
        flags=(*look.flags, *remarks),
        waits=look.waits,
        booked=0 if known_before else stored.booked,
        known=settled if known_before else stored.known,
        review=0 if known_before else stored.review,
        left_out=0 if look.waits else file.transactions - settled,
        imported_through=imported,
    )


async def look_at(database: Database, file: BankFile, accepted_by: str | None = None) -> BankFileProgress:
    """Keep what was found in a file and who accepted it, and see what may be booked. Raises Refused if unreadable."""
    if file.sha256 is None:
        raise Refused(f"{file.file} {'; '.join(file.flags)}")
    async with database.transaction() as connection:
        owners = await bank_files.owners(connection, file.accounts)
        of_nobody = [flag for account in file.accounts if (flag := _flag_of(account, owners.get(account)))]
        twice = {account: flag for account in file.accounts if (flag := _flag_of_source(account, file, owners))}
        agreed = await mandates.with_agreement(connection, file.mandate_accounts)
        not_agreed = [without_agreement(account) for account in file.mandate_accounts if account not in agreed]
        faults = await _faults(connection, file, owners)
        flags = (*faults, *of_nobody, *twice.values(), *not_agreed)
        acceptable = file.format is not None and bool(faults or twice)
        stored = await bank_files.note(
            connection,
            sha256=file.sha256,
            name=Path(file.file).name,
            format=file.format,
            flags=flags,
            transactions=file.transactions,
            totals=file.totals,
            accepted_by=accepted_by if acceptable else None,
            now=await clock.now(connection),
        )
    creditors = {
        account: owner.creditor
        for account, owner in owners.items()
        if owner.creditor and (account not in twice or stored.accepted_by)
    }
    if accepted_by and acceptable:
        log.warning("bank_file_accepted", by=accepted_by, file=stored.name, flags=len(flags))
    return BankFileProgress(file, stored, creditors, agreed, faults, flags, acceptable)


async def _faults(connection: AsyncConnection, file: BankFile, owners: dict[str, Owner]) -> tuple[str, ...]:
    """What is wrong with a file, but for sums that deposits explain; of any other sum it is told what is known of that day."""
    said: dict[str, str | None] = {}
    for lump in file.lump_sums:
        owner = owners.get(lump.account)
        if owner is not None and owner.creditor is not None:
            entry = deposits.Entry(lump.id, lump.days, lump.amount, lump.currency, lump.payments, lump.text)
            why = await deposits.explained(connection, owner.creditor, entry)
            said[lump.flag] = None if why is None else f"{lump.flag} ({why})"
    return tuple(told for flag in file.flags if (told := said.get(flag, flag)) is not None)


def _flag_of(account: str, owner: Owner | None) -> str | None:
    if owner is None:
        return f"account {account} belongs to no creditor: nothing of it is booked"
    if owner.creditor is None:
        return f"account {account} belongs to several creditors: nothing of it is booked"
    return None


def _flag_of_source(account: str, file: BankFile, owners: dict[str, Owner]) -> str | None:
    owner = owners.get(account)
    if owner is None or owner.creditor is None or file.is_beside or owner.source in (None, file.source):
        return None
    return (
        f"account {account} is imported from {owner.source}; this is {file.format}: booking both could book money twice"
    )


async def book_part(
    database: Database,
    look: BankFileProgress,
    *,
    most: int | None = None,
    progress: Progress = lambda _position: None,
    in_review: InReview = lambda _payment, _booked: None,
) -> StoredFile:
    """Book on from where the file is, all of it or about `most` transactions; gives how far it is then.

    Raises BookedElsewhere, or Refused where another kind of file began to import an account meanwhile.
    """
    async with database.transaction() as connection:
        stored = await bank_files.begin(connection, look.stored.id)
        for account, creditor in {} if look.file.is_beside else look.creditors.items():
            source = await bank_accounts.import_source(connection, creditor, account, look.file.source)
            if source != look.file.source and stored.accepted_by is None:
                raise Refused(f"account {account} is imported from {source} since just now: look at the file again")
    if stored.state == "done":
        return stored
    payments = payments_in(Path(look.file.file))
    position, stop = stored.position, stored.position + (most or look.file.transactions)
    left_out = await asyncio.to_thread(_left_out, look, islice(payments, position))
    while position < stop and (chunk := await asyncio.to_thread(list, islice(payments, CHUNK))):
        left_out += _left_out(look, chunk)
        await _book_chunk(database, look, position, chunk, left_out, in_review)
        position += len(chunk)
        progress(position)
    async with database.transaction() as connection:
        return await bank_files.find(connection, stored.id)


def _left_out(look: BankFileProgress, payments: "Sequence[BankPayment] | islice[BankPayment]") -> int:
    return sum(payment.account not in look.creditors for payment in payments)


async def _book_chunk(
    database: Database,
    look: BankFileProgress,
    before: int,
    chunk: Sequence[BankPayment],
    left_out: int,
    in_review: InReview,
) -> None:
    """Book the plain payments of a chunk at once, and each other one in a transaction of its own.

    The file's counts change with the bookings; its position does with the chunk's last one.
    """
    file, position = look.stored.id, before + len(chunk)
    told = [
        (payment, _payment(look.creditors[payment.account], payment))
        for payment in chunk
        if payment.account in look.creditors
    ]
    async with database.transaction() as connection:
        results = await book_plain(connection, [payment for _, payment in told]) if told else []
        rest = [each for each, result in zip(told, results, strict=True) if result is None]
        booked = sum(result is not None and result.status == "booked" for result in results)
        await bank_files.count(
            connection,
            file,
            before,
            booked=booked,
            review=0,
            position=None if rest else position,
            left_out=left_out,
        )
    for place, (paid, payment) in enumerate(rest, start=1):
        async with database.transaction() as connection:
            result = await book(connection, payment)
            await bank_files.count(
                connection,
                file,
                before,
                booked=int(result.status == "booked"),
                review=int(result.status == "unmatched"),
                position=position if place == len(rest) else None,
                left_out=left_out,
            )
        if result.status == "unmatched":
            in_review(paid, result)


def _payment(creditor: str, paid: BankPayment) -> Payment:
    """A bank's payment as the facts keep it. Several references are told as text, where matching finds them all."""
    parts = [f"KID {part.reference} {part.amount or ''}".strip() for part in paid.parts]
    told = "; ".join(filter(None, (paid.text, *parts, paid.return_reason)))
    return Payment(
        creditor=creditor,
        source=sources.BANK_FILE,
        source_id=paid.provider_id,
        amount=paid.amount,
        currency=paid.currency,
        booked_on=paid.booked_on,
        reference=paid.reference,
        account=paid.account,
        debit_account=paid.debit_account,
        payer_name=paid.payer_name,
        text=told or None,
        drawn=paid.drawn,
    )


async def finish(
    database: Database, look: BankFileProgress, stored: StoredFile, through: date | None = None
) -> tuple[StoredFile, dict[str, date], tuple[str, ...]]:
    """After all is booked: the refunds and mandates beside the payments, how far each account is imported, whether it is done.

    Gives the file as it stands then, the accounts' days, and what a person should know of the refunds and mandates.
    """
    imported = {}
    await _keep_deposits(database, look)
    remarks = await _settle_orders(database, look)
    if look.file.mandates:
        read = await read_mandate_file(database, Path(look.file.file), accepted_by=stored.accepted_by)
        remarks += tuple(flag for flag in read.flags if flag not in look.flags)
    for account, latest in look.file.imported_through.items():
        if creditor := look.creditors.get(account):
            async with database.transaction() as connection:
                now = await clock.now(connection)
                today = await creditors.local_day(connection, creditor, now)  # whatever the file says
                day = through or min(latest, today)
                await bank_accounts.imported_through(connection, creditor, account, day, now)
            imported[account] = day
    if stored.state == "booking":
        held = (
            stored.left_out
            or look.creditors.keys() < set(look.file.accounts)
            or look.agreed < set(look.file.mandate_accounts)
        )
        async with database.transaction() as connection:
            stored = await bank_files.end(connection, stored.id, "flagged" if held else "done")
        log.info(
            "bank_file_booked",
            file=stored.name,
            state=stored.state,
            booked=stored.booked,
            known=stored.known,
            review=stored.review,
            left_out=stored.left_out,
        )
    return stored, imported, remarks


async def _keep_deposits(database: Database, look: BankFileProgress) -> None:
    """Keep as which sums the payments of a file came in: the account's own file may have these alone."""
    for account, creditor in look.creditors.items():
        told = [each._asdict() for each in look.file.deposits if each.number == account]
        async with database.transaction() as connection:
            await deposits.record(connection, creditor, told, await clock.now(connection, creditor))


async def _settle_orders(database: Database, look: BankFileProgress) -> tuple[str, ...]:
    """Note what the file tells of refunds that were ordered; gives what a person should know of them."""
    remarks = []
    for told in look.file.orders:
        if creditor := look.creditors.get(told.account):
            async with database.transaction() as connection:
                now = await clock.now(connection, creditor)
                why = await refund_orders.settle(connection, creditor, Told(*told[1:]), now)
            remarks += [why] if why else []
    for id, whole, day, reason in look.file.refused:
        async with database.transaction() as connection:
            owner = next(iter(await refund_orders.whose(connection, [id])), None)
            now = await clock.now(connection, owner)
            remarks += await refund_orders.refuse(connection, id, day, reason, now, whole=whole)
    return tuple(remarks)


class BankFiles:
    """What is done for the bank files in a folder. The activities may run at any time, twice too."""

    def __init__(self, database: Database, folder: DropFolder) -> None:
        self._database = database
        self._folder = folder
        self._examined: dict[str, BankFile] = {}  # by content: a large file is not read for every part of it

    @activity.defn
    async def arrived_bank_files(self) -> list[BankFileFound]:
        """The files in the folder that are complete and not put away."""
        arrived = await asyncio.to_thread(self._folder.arrived)
        return [BankFileFound(name=name, sha256=sha256) for name, sha256 in arrived.items()]

    @activity.defn
    async def examine_bank_file(self, asked: BankFileAsked) -> BankFileStands:
        """Read a file through, and say what is wrong with it and whether there is something to book."""
        look = await self._look_at(asked)
        return self._stands(look, look.stored) if look else _gone(asked.file)

    @activity.defn
    async def book_bank_file(self, asked: BankFileAsked) -> BankFileStands:
        """Book a part of a file, from where it is; after the last part, say how far its accounts are imported."""
        look = await self._look_at(asked)
        if look is None:
            return _gone(asked.file)
        if not look.has_more:
            return self._stands(look, look.stored)
        stored = await book_part(self._database, look, most=AT_ONCE, progress=activity.heartbeat)
        if stored.state == "booking" and stored.position < look.file.transactions:
            return self._stands(look, stored)
        stored, imported, remarks = await finish(self._database, look, stored)
        return self._stands(look, stored, imported, remarks)

    @activity.defn
    async def put_away_bank_file(self, ends: BankFileEnds) -> None:
        """Move a file out of the way, and note who refused it."""
        refused = ends.refused
        if refused is not None and (look := await self._look_at(BankFileAsked(file=ends.file))):
            async with self._database.transaction() as connection:
                await bank_files.end(connection, look.stored.id, "refused")
            log.warning("bank_file_refused", file=ends.file.name, by=refused.by, reason=refused.reason_code)
        await asyncio.to_thread(self._folder.put_away, ends.file.name, "refused" if ends.is_refused else "done")

    async def _look_at(self, asked: BankFileAsked) -> BankFileProgress | None:
        """A look at the file, None where this content is not there any more."""
        name, sha256 = asked.file.name, asked.file.sha256
        if await asyncio.to_thread(self._folder.sha256, name) != sha256:
            return None
        path = self._folder.path(name)
        file = self._examined.get(sha256)
        if file is None or file.file != str(path):
            file = await asyncio.to_thread(examine, path)
            self._examined = {sha256: file}
        return await look_at(self._database, file, asked.accepted_by)

    @staticmethod
    def _stands(
        look: BankFileProgress,
        stored: StoredFile,
        imported: dict[str, date] | None = None,
        remarks: tuple[str, ...] = (),
    ) -> BankFileStands:
        state = (
            "booking" if look.has_more and stored.state in ("flagged", "booking") and imported is None else stored.state
        )
        return BankFileStands(
            file=stored.name,
            state=state,
            flags=(*look.flags, *remarks),
            acceptable=look.acceptable and stored.accepted_by is None,
            transactions=look.file.transactions,
            totals=look.file.totals,
            position=stored.position,
            booked=stored.booked,
            known=stored.known,
            review=stored.review,
            left_out=stored.left_out,
            imported_through=imported or {},
        )


def _gone(file: BankFileFound) -> BankFileStands:
    return BankFileStands(file=file.name, state="gone")
