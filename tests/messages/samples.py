"""Builders of message content for tests."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from domain.agreements.instalments import Instalment
from domain.announcements import Told
from domain.money.charges import Charge, ChargeKind
from domain.money.statement import Standing
from domain.planner.case_facts import Draw
from domain.policy.policy import Tone
from messages.content import Content, InvoiceItem, PlanTerms, StatementRow, StatementTerms
from messages.specs import DRAWN, SPECS, MessageSpec

LINK = "https://faktura.nordkraft.no/i/98a2c.4f1b07.a0c.Zx81kQ20aWmP77rTq3VbNw"


def charge(amount: str = "38.00", kind: ChargeKind = ChargeKind.FEE, on: date = date(2026, 11, 23)) -> Charge:
    return Charge(kind, Decimal(amount), on)


def item(number: str = "10482", **changed: Any) -> InvoiceItem:
    facts: dict[str, Any] = {
        "number": number,
        "issued_on": date(2026, 9, 15),
        "due_on": date(2026, 10, 1),
        "principal": Decimal("764.00"),
        "charges": (charge(),),
        "interest": Decimal(0),
        "interest_rate": None,
        "interest_from": None,
        "amount_due": Decimal("802.00"),
        "reference": "0044555258",
        "account": "1503.40.12345",
        "link": LINK,
        "text": "Strøm september",
    }
    return InvoiceItem(**facts | changed)


def draw(amount: Decimal | str = "802.00", day: date = date(2026, 12, 8), instalment: int | None = None) -> Draw:
    return Draw(Decimal(amount), day, instalment)


def plan(**changed: Any) -> PlanTerms:
    """Two instalments of the sample's 802 kroner, of which the second is asked for."""
    instalments = (
        Instalment(1, date(2026, 12, 21), Decimal("401.00")),
        Instalment(2, date(2027, 1, 21), Decimal("401.00")),
    )
    facts: dict[str, Any] = {"reference": "9000000019", "instalments": instalments, "interest": Decimal(0)}
    return PlanTerms(**facts | {"asks_for": instalments[1:]} | changed)


def statement(**changed: Any) -> StatementTerms:
    """The sample's invoice, and another that is not yet due."""
    rows = (
        StatementRow("10482", "0044555258", date(2026, 10, 1), Decimal(802), Decimal(802), Standing.DUE),
        StatementRow("10590", "0044555266", date(2026, 12, 9), Decimal(100), Decimal(100), Standing.NOT_YET_DUE),
    )
    facts: dict[str, Any] = {"reference": "9000000027", "rows": rows, "due": Decimal(802), "asked": Decimal(902)}
    return StatementTerms(**facts | {"credit": Decimal(0)} | changed)


def content(kind: MessageSpec = SPECS["reminder"], **changed: Any) -> Content:
    facts: dict[str, Any] = {
        "kind": kind,
        "tone": Tone.NEUTRAL,
        "language": "nb",
        "country": "NO",
        "creditor_name": "Nordkraft Strøm AS",
        "creditor_phone": "+47 22 33 44 55",
        "creditor_email": "kunde@nordkraft.no",
        "creditor_address": ("Storgata 1", "0155 Oslo"),
        "creditor_website": "nordkraft.no",
        "debtor_name": "Kari Nordmann",
        "recipient_name": "Kari Nordmann",
        "recipient_address": ("Lilleveien 12 B", "0484 Oslo"),
        "customer_number": "700123",
        "items": (item(),),
        "currency": "NOK",
        "total": Decimal("802.00"),
        "new_charge": charge(),
        "deadline": date(2026, 12, 7),
        "due_date_moved": False,
        "sent_on": date(2026, 11, 23),
        "link": LINK,
        "delivery_id": "0192f3a4-7c1e-7b60-9a55-3d1f0a2b4c6d",
        "collection_partner": "Nordisk Inkasso AS",
        "paid_amount": Decimal("802.00"),
        "plan": plan(),
        "promised_on": date(2026, 11, 20),
        "answer": "Måleren ble lest på nytt.",
        "announcement": Told(
            "Ny nettleie", ("Nettleien blir lavere fra januar.",), "Nettleien blir lavere fra januar."
        ),
        "statement": statement(),
    }
    facts |= changed
    if kind is DRAWN:
        facts["items"] = tuple(replace(each, draw=each.draw or draw(each.amount_due)) for each in facts["items"])
    return Content(**facts)
