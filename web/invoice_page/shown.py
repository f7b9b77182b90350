"""What the parts of the invoice page show from: the invoice, its case and its plan, read once and at one moment."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.parties.life_events import LifeKind
from domain.parties.standing import standing_of
from facts.deliveries import replies
from facts.money.payment_attempts import Payable
from planning.service import PlannedCase
from views.invoice_view import InvoiceView, invoice_view
from views.statement import CLOSED, Account, account_of
from web.invoice_page.link import Opened
from web.invoice_page.more_time import MoreTime, more_time
from web.invoice_page.paying import Paying, paying
from web.invoice_page.rights import Level
from web.invoice_page.sentences import Sentences
from web.services import Services


@dataclass(frozen=True, slots=True)
class Shown:
    """The invoice of a link as it stands at one moment."""

    services: Services
    opened: Opened
    found: Payable
    invoice: InvoiceView
    planned: PlannedCase | None  # None: nothing is owed, or nothing is asked for here
    more_time: MoreTime | None  # what is agreed on it and can be; None as above
    sentences: Sentences | None  # what follows from each choice; None as above
    said: Set[str]  # what the debtor has told on the page, and still stands
    account: Account  # of the debtor
    paying: Paying
    problem: str  # what could not be done, by the name of its form; empty: nothing is known of

    @property
    def connection(self) -> AsyncConnection:
        """The snapshot that all is read in."""
        return self.opened.connection

    @property
    def now(self) -> datetime:
        """The moment in UTC."""
        return self.opened.now

    @property
    def today(self) -> date:
        """The local day."""
        return self.opened.moment.day

    @property
    def stopped(self) -> bool:
        """Whether a person looks at all of the debtor's cases, so that nothing is asked for: only an estate is."""
        return _stopped(self.found, self.today)

    @property
    def owed(self) -> bool:
        """Whether anything is asked for here."""
        return self.planned is not None

    @property
    def open(self) -> bool:
        """Whether there is anything to do for the debtor: what is owed is not being paid just now."""
        return self.owed and not self.paying.on_its_way

    @property
    def nothing_by_hand(self) -> bool:
        """Whether direct debit or the debtor's credit pays all of it."""
        return (self.found.drawn is not None or self.found.credit is not None) and self.found.to_pay.amount <= 0


async def show(services: Services, opened: Opened, looks: int, problem: str) -> Shown:
    """Read what the page is made of, after so many looks for news of a payment. Raises BadLink."""
    connection, now = opened.connection, opened.now
    found = await opened.payable()
    invoice = await invoice_view(connection, opened.link.invoice)
    owed = invoice.balance > 0 and not found.over and not _stopped(found, opened.moment.day)
    planned = await services.planning.plan(connection, found.case, now) if owed else None
    may_stand = found.facts.unread_reply is not None or found.facts.held  # what was told waits to be read, or holds
    return Shown(
        services=services,
        opened=opened,
        found=found,
        invoice=invoice,
        planned=planned,
        more_time=await more_time(connection, planned, now) if planned else None,
        sentences=Sentences(planned, found.language) if planned else None,
        said=await replies.standing_on_page(connection, found.case, now) if may_stand else frozenset(),
        account=await _account(opened, found),
        paying=paying(services, found, looks, now),
        problem=problem,
    )


async def _account(opened: Opened, found: Payable) -> Account:
    """What the link has to do with the debtor's account: nothing for who has less than a link."""
    if opened.level < Level.LINK:
        return CLOSED
    link, life = opened.link, found.facts.life
    return await account_of(opened.connection, link.delivery, found.debtor, found.case, life, opened.moment.day)


def _stopped(found: Payable, today: date) -> bool:
    standing = standing_of(found.facts.life, today)
    return standing.stop is not None and LifeKind.ESTATE not in standing.events
