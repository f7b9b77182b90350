"""Sweden: OCR numbers, bankgiro, camt.053, and an inkassokrav for which 180 kronor may be asked."""

from decimal import Decimal
from typing import Final

from domain.distribution_house import Way
from domain.money.accounts import iban_of
from domain.parties.sms_senders import OwnSender
from facts.parties.creditors import CreditorDetails
from simulator.casts.home import Home, Said
from simulator.offices.camt_statement import camt_files

NO_DRAWS: Final = "who had a mandate before the story began is told of by Nets alone"
NO_SERVICE: Final = "the country file has no row of how long a service is warned of: nothing may be blocked"
NO_OLD_FEE: Final = "it begins with old fees for reminders, which Swedish law wants agreed on before"
NO_LETTER: Final = "it waits for the reminder's letter, and of who has read the email there is none"

HOME: Final = Home(
    country="SE",
    creditors=(
        CreditorDetails(
            id="nordlys",
            name="Nordlys El AB",
            organisation_number="5599000014",
            country="SE",
            phone="+4684000000",
            email="kund@nordlys.example",
            website="https://nordlys.example",
            address=("Kraftgatan 1", "111 20 Stockholm"),
            accounts=("505-0109",),
            direct_debit={"customer_number": "123456", "account": "505-0109"},
            account_holder="Nordlys El AB",
            reference_checks={"SE": "hard"},
            payment_methods={"stripe": {}},
            consumer_policy="se-gentle",
            business_policy="se-business",
            collection_partner="Rimlig Inkasso AB",
        ),
        CreditorDetails(
            id="fjordnett",
            name="Fjordnett Elnät AB",
            organisation_number="5599000022",
            country="SE",
            phone="+4631000000",
            email="kund@fjordnett.example",
            website="https://fjordnett.example",
            address=("Kajgatan 2", "411 01 Göteborg"),
            accounts=("505-0208",),
            direct_debit={"customer_number": "123464", "account": "505-0208"},
            account_holder="Fjordnett Elnät AB",
            reference_checks={"SE": "hard"},
            consumer_policy="se-standard",
            business_policy="se-business",
            collection_partner="Rimlig Inkasso AB",
            overpayment="refund",
            letters_by=(Way.MAILBOX, Way.PAPER),
            sms_senders={"SE": OwnSender(name="Fjordnett", status="pending")},
        ),
        CreditorDetails(
            id="bynett",
            name="Bynett Fiber AB",
            organisation_number="5599000030",
            country="SE",
            phone="+4640000000",
            email="kund@bynett.example",
            website="https://bynett.example",
            address=("Munkgatan 3", "211 20 Malmö"),
            accounts=("505-0307",),
            account_holder="Bynett Fiber AB",
            payment_methods={"stripe": {}},
            consumer_policy="se-gentle",
            collection_partner="Rimlig Inkasso AB",
            sms_senders={"SE": OwnSender(name="Bynett", status="allowed")},
        ),
    ),
    sells={"nordlys": "El", "fjordnett": "Elnät", "bynett": "Bredband"},
    cheaply="se-gentle",
    worth=Decimal(1),
    first_names=(
        "Anna", "Erik", "Ingrid", "Lars", "Elsa", "Johan", "Sofia", "Henrik", "Emma", "Magnus", "Ida", "Oskar", "Maja",
        "Gustav", "Alma", "Tobias", "Saga", "Håkan", "Astrid", "Viktor", "Linnéa", "Åke",
    ),
    last_names=(
        "Andersson", "Lindberg", "Berg", "Dahl", "Lundgren", "Sjöberg", "Holm", "Nyström", "Strand", "Åkesson", "Vik",
    ),
    places=(
        ("111 20", "Stockholm"), ("411 01", "Göteborg"), ("211 20", "Malmö"), ("903 25", "Umeå"), ("972 31", "Luleå"),
    ),
    street="Storgatan {}",
    languages=("sv", "sv", "sv", "sv", "sv", "sv", "en"),
    phone=lambda place: f"+4670{1000000 + place * 1013:07}",
    account=lambda place: iban_of("SE", f"6000000{place * 7919 + 1000003:013}"),
    somebody="+46700012345",
    pays_for_many=(iban_of("SE", f"6000000{13:013}"), "Socialtjänsten Stockholm"),
    said=Said(
        paid="Hej, den här är betald i dag. Mvh",
        paid_long_ago="Den här är redan betald",
        new_address="Hej! Ni får min nya e-postadress i morgon.",
        lost_letter="Hej, jag har tappat bort brevet från er. Kan ni skicka det en gång till?",
        question="Hej! Kan jag få fakturan med e-post från nästa månad?",
        disputed="Säger att avtalet sades upp i fjol.",
        letter="""
#set text(size: 12pt, lang: "sv")
{city}, {day}

Hej! Jag har fått en faktura med OCR-nummer {reference}, men förstår inte vad den gäller.
Kan ni skicka mig en specifikation?

Med vänlig hälsning \\
{name}
""",
        bank_text="el",
        wrong_price="Fel pris",
    ),
    weeks=13,
    bank_files=camt_files("SE"),
    app="swish",
    wants_direct_debit={"clearing": "5001", "account": "1000007", "holder": "19680305-0001"},
    not_here={
        "has too little on the day": NO_DRAWS,
        "has direct debit": NO_DRAWS,
        "has money a week late": NO_DRAWS,
        "pays when it is blocked": NO_SERVICE,
        "is blocked and pays in the bank": NO_SERVICE,
        "gives up in the app": "Vipps has no payments in Sweden",
        "Death": NO_DRAWS,
        "Returned": "counts the fees of Norwegian law",
        "Minor": NO_LETTER,
        "Protected": NO_LETTER,
        "Migrated": NO_OLD_FEE,
        "Broken plan": NO_OLD_FEE,
    },
)  # fmt: skip
