"""Norway: KID, OCR giro, AvtaleGiro, Vipps, and a service that may be blocked."""

from decimal import Decimal
from typing import Final

from facts.parties.creditors import CreditorDetails
from simulator.casts.home import Home, Said
from simulator.offices.bank import OCR_GIRO

HOME: Final = Home(
    country="NO",
    creditors=(
        CreditorDetails(
            id="nordlys",
            name="Nordlys Strøm AS",
            organisation_number="900000006",
            phone="+4722000000",
            email="kunde@nordlys.example",
            website="https://nordlys.example",
            address=("Kraftgata 1", "0155 Oslo"),
            accounts=("15030000010",),
            consumer_policy="no-gentle",
            business_policy="no-minimal-cost",
            collection_partner="Rimelig Inkasso AS",
            payment_methods={"vipps": {}},
            direct_debit={"customer_unit": "00131936", "data_sender": "00131936", "account": "15030000010"},
        ),
        CreditorDetails(
            id="fjordnett",
            name="Fjordnett AS",
            organisation_number="900000014",
            phone="+4755000000",
            email="kunde@fjordnett.example",
            website="https://fjordnett.example",
            address=("Kaigata 2", "5003 Bergen"),
            accounts=("15030000029",),
            consumer_policy="no-standard",
            business_policy="no-standard",
            collection_partner="Rimelig Inkasso AS",
            overpayment="refund",
            direct_debit={"customer_unit": "00131944", "data_sender": "00131944", "account": "15030000029"},
        ),
        CreditorDetails(
            id="bynett",
            name="Bynett Fiber AS",
            organisation_number="900000022",
            phone="+4773000000",
            email="kunde@bynett.example",
            website="https://bynett.example",
            address=("Munkegata 3", "7011 Trondheim"),
            accounts=("15030000037",),
            consumer_policy="no-service",
            collection_partner="Rimelig Inkasso AS",
            payment_methods={"vipps": {"merchant_serial_number": "734512"}},
        ),
    ),
    sells={"nordlys": "Strøm", "fjordnett": "Nettleie", "bynett": "Bredbånd"},
    cheaply="no-minimal-cost",
    worth=Decimal(1),
    first_names=(
        "Kari", "Ola", "Ingrid", "Lars", "Nora", "Jonas", "Sofie", "Henrik", "Emma", "Magnus", "Ida", "Eirik", "Thea",
        "Sindre", "Maja", "Tobias", "Selma", "Håkon", "Astrid", "Vegard", "Live", "Sander",
    ),
    last_names=("Nordmann", "Hansen", "Berg", "Dahl", "Lie", "Moen", "Solberg", "Haugen", "Strand", "Bakke", "Vik"),
    places=(("0155", "Oslo"), ("5003", "Bergen"), ("7010", "Trondheim"), ("9008", "Tromsø"), ("4006", "Stavanger")),
    street="Storgata {}",
    languages=("nb", "nb", "nb", "nb", "nb", "nb", "en"),
    phone=lambda place: f"+479{1000000 + place * 1013:07}",
    account=lambda place: f"9710{place * 7919 + 1000003:07}",
    somebody="+4790012345",
    pays_for_many=("97100000013", "NAV Oslo"),
    said=Said(
        paid="Hei, denne er betalt i dag. Mvh",
        paid_long_ago="Denne er allerede betalt",
        new_address="Hei! Dere får den nye e-postadressen min i morgen.",
        lost_letter="Hei, jeg har mistet brevet fra dere. Kan dere sende det en gang til?",
        question="Hei! Kan jeg få fakturaen på e-post fra neste måned?",
        disputed="Sier at avtalen ble sagt opp i fjor.",
        letter="""
#set text(size: 12pt, lang: "nb")
{city}, {day}

Hei! Jeg har fått en faktura med KID {reference}, men skjønner ikke hva den er for.
Kan dere sende meg en spesifikasjon?

Med vennlig hilsen \\
{name}
""",
        bank_text="strøm",
        wrong_price="Feil pris",
    ),
    weeks=13,
    bank_files=OCR_GIRO,
    app="",
    wants_direct_debit={},
    not_here={},
)  # fmt: skip
