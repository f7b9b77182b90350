"""What every channel brings: how its messages are written, who sends them, at which rate."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from channels.outcomes import Accepted, AddressRejected
from channels.print_batches import PrintBatches
from config.settings import Settings
from domain.look import Logo
from domain.vocabulary import Channel
from messages.content import Content


@dataclass(frozen=True, slots=True)
class Attachment:
    """A PDF that goes with a message: an invoice's own."""

    number: str
    """Its invoice's."""
    name: str
    sha256: str
    """Of the PDF as it is kept."""
    content: bytes
    pages: int = 0
    """How many it adds to a letter; it adds none where the same pages are there already."""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """The PDFs that go with a message, and by the invoice's number why another does not."""

    files: tuple[Attachment, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)


async def all_of_them(files: Sequence[Attachment]) -> Enclosed:
    """A channel that carries any PDF."""
    return Enclosed(tuple(files))


@dataclass(frozen=True, slots=True)
class Written:
    """A message word for word, in the form of its channel."""

    document: dict[str, object]
    """Its texts, as they are kept and sent."""
    billed: int = 1
    """How many SMS segments or sheets it costs."""
    pdf: bytes | None = None
    logo: Logo | None = None
    """What an email shows under `cid:logo`."""
    attachments: tuple[Attachment, ...] = ()
    e_invoice: bytes | None = None
    """The invoice as an e-invoice, which goes beside its letter."""
    unsubscribe: str | None = None
    """Where whoever gets an email asks for no more of them; None where it has to be sent."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A written message on its way to one person."""

    delivery_id: str
    written: Written
    address: str | None
    name: str
    creditor: str
    """The creditor's id."""
    creditor_name: str
    reply_to: str | None
    """The creditor's own address, for answers."""
    open_tracking: bool
    country: str
    """ISO 3166-1 alpha-2."""
    today: date
    """The debtor's."""
    reply_address: str | None = None
    """Where answers come to us, naming this delivery; None where they do not."""
    sender: str | None = None
    """The name or the number that an SMS comes from; None where it is the number of the house."""
    customer_number: str | None = None
    """The creditor's own for the debtor."""

    @property
    def known_address(self) -> str:
        """Where it goes; raises AddressRejected where nobody knows."""
        if self.address is None:
            raise AddressRejected("no address in this channel")
        return self.address


class Sender(Protocol):
    """Hands messages to one provider: one attempt each, and an honest answer."""

    async def send(self, message: Outgoing) -> Accepted:
        """Send once. Raises NotSent, AddressRejected, MessageRefused, ProviderMisconfigured or OutcomeUnknown."""


class Means(Protocol):
    """What a process has for its senders."""

    settings: Settings

    @property
    def print_batches(self) -> PrintBatches:
        """The letters for the printer."""


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """One way to reach a debtor, from words to provider; what the planner goes by is `channel.rule`."""

    channel: Channel
    write: Callable[[Content], Written]
    """Raises UnwritableError where no form of the content fits."""
    sender: Callable[[Means], Sender]
    rate: Callable[[Settings], float]
    """How many messages a second leave at most."""
    carries_notices: bool = False
    """Whether a collection notice may go this way, where the country's law says so."""
    enclose: Callable[[Sequence[Attachment]], Awaitable[Enclosed]] = all_of_them
    """Which PDFs go with a message, where the channel takes files."""
