"""Work without a server: decisions, letters and sorted messages a second on one core."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from config.files import read_laws, read_policies
from domain.money.charges import Charge, ChargeKind
from domain.planner.case_facts import CaseFacts, Contact, Delivery, DeliveryState
from domain.planner.planner import next_action
from domain.policy.policy import Tone
from domain.vocabulary import Channel
from messages import letter
from messages.content import Content, InvoiceItem
from messages.specs import SPECS
from prediction.words.sorting import sort_message

DUE = date(2026, 3, 16)
SECONDS = 2.0
MESSAGES = (
    "Jeg betaler på fredag når lønnen kommer.",
    "Rykkergebyret er jeg ikke enig i.",
    "Could you send me the invoice once more?",
    "Min mamma har flyttat till Lillgatan 5.",
    "Tusen takk for hjelpen i går!",
)


def decisions_a_second() -> float:
    """Decisions of the planner over cases at every stage of a life, with the shipped policies."""
    laws = read_laws()
    policies = [policy for policy, _ in read_policies(laws, DUE).values()]
    mornings = [datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(days=4 * step) for step in range(15)]
    cases = [(policy, laws["NO"], _facts(step), now) for policy in policies for step, now in enumerate(mornings)]
    return _a_second(lambda: [next_action(*case) for case in cases], len(cases))


def letters_a_second() -> float:
    """Reminders of one invoice as PDF/A, each with its own words and codes."""
    serial = iter(range(10**9))
    return _a_second(lambda: letter.letter(_content(next(serial))), 1)


def messages_sorted_a_second() -> float:
    """Messages of four languages and of one to five sentences sorted, as the room of learning does with each that comes in."""
    texts = [" ".join(MESSAGES[: count + 1]) for count in range(len(MESSAGES))]
    return _a_second(lambda: [sort_message(text) for text in texts], len(texts))


def _a_second(work: Callable[[], object], pieces: int) -> float:
    """How many pieces of work a second of CPU time allows."""
    work()
    begun, done = time.process_time(), 0
    while time.process_time() - begun < SECONDS:
        work()
        done += pieces
    return round(done / (time.process_time() - begun))


def _facts(step: int) -> CaseFacts:
    """A case with as many deliveries behind it as its age suggests."""
    began = datetime(2026, 3, 2, 9, tzinfo=UTC)
    history = [("invoice", Channel.EMAIL), ("invoice", Channel.SMS), ("due-date-reminder", Channel.EMAIL)]
    deliveries = tuple(
        Delivery(
            round=1,
            step=name,
            channel=channel,
            state=DeliveryState.ACCEPTED,
            claimed_at=began + timedelta(days=2 * position),
            accepted_at=began + timedelta(days=2 * position),
        )
        for position, (name, channel) in enumerate(history[: step // 4])
    )
    return CaseFacts(
        case=f"dunning/acme/{step}",
        spread_seed=step * 977,
        round=1,
        issue_date=date(2026, 3, 2),
        due_date=DUE,
        currency="NOK",
        balance=Decimal("802.00"),
        principal=Decimal("802.00"),
        bank_data_through=date(2027, 1, 1),
        contacts=tuple(Contact(channel, True) for channel in (Channel.EMAIL, Channel.SMS, Channel.LETTER)),
        deliveries=deliveries,
        recent_contacts=tuple(delivery.claimed_at for delivery in deliveries),
    )


FEE = Charge(ChargeKind.FEE, Decimal("38.00"), DUE)


def _content(serial: int) -> Content:
    number = f"2026-{serial}"
    link = f"https://faktura.example/i/{serial}"
    item = InvoiceItem(
        number=number,
        issued_on=date(2026, 3, 2),
        due_on=DUE,
        principal=Decimal("802.00"),
        charges=(FEE,),
        interest=Decimal(0),
        interest_rate=None,
        interest_from=None,
        amount_due=Decimal("840.00"),
        reference="006402710013",
        account="12345678903",
        link=link,
        text="Nettleie mars",
    )
    return Content(
        kind=SPECS["reminder"],
        tone=Tone.NEUTRAL,
        language="nb",
        country="NO",
        creditor_name="Acme Kraft AS",
        creditor_phone="+4722000000",
        creditor_email="kunde@acme.example",
        creditor_address=("Kraftgata 1", "0155 Oslo"),
        creditor_website="https://acme.example",
        debtor_name=f"Kari Nordmann {serial}",
        recipient_name=f"Kari Nordmann {serial}",
        recipient_address=("Storgata 1", "0155 Oslo"),
        customer_number=f"K-{serial}",
        items=(item,),
        currency="NOK",
        total=Decimal("840.00"),
        new_charge=FEE,
        deadline=date(2026, 4, 20),
        due_date_moved=False,
        sent_on=date(2026, 3, 30),
        link=link,
        delivery_id=str(UUID(int=serial)),
    )
