"""Finland: viitenumero, IBAN, camt.053, MobilePay, and people who read Finnish, Swedish or English."""

from decimal import Decimal
from typing import Final

from stdnum import luhn

from domain.distribution_house import Way
from domain.money.accounts import iban_of
from domain.parties.sms_senders import OwnSender
from facts.parties.creditors import CreditorDetails
from simulator.casts.home import Home, Said
from simulator.offices.camt_statement import camt_files

NO_DRAWS: Final = "nobody draws money from accounts in Finland"
NO_SERVICE: Final = "the country file has no row of how long a service is warned of: nothing may be blocked"


def account(place: int) -> str:
    """An account for everybody, whose national check digit holds."""
    digits = f"123456{place * 7919 + 1000003:07}"
    return iban_of("FI", digits + luhn.calc_check_digit(digits))


HOME: Final = Home(
    country="FI",
    creditors=(
        CreditorDetails(
            id="nordlys",
            name="Nordlys Sähkö Oy",
            organisation_number="9000001-1",
            country="FI",
            phone="+358900000001",
            email="asiakas@nordlys.example",
            website="https://nordlys.example",
            address=("Voimakatu 1", "00100 Helsinki"),
            accounts=("FI3112345600000702",),
            account_holder="Nordlys Sähkö Oy",
            consumer_policy="fi-gentle",
            business_policy="fi-business",
            collection_partner="Kohtuus Perintä Oy",
            payment_methods={"stripe": {}},
        ),
        CreditorDetails(
            id="fjordnett",
            name="Fjordnett Verkko Oy",
            organisation_number="9000003-8",
            country="FI",
            phone="+358200000002",
            email="asiakas@fjordnett.example",
            website="https://fjordnett.example",
            address=("Rantakatu 2", "20100 Turku"),
            accounts=("FI0912345600000710",),
            account_holder="Fjordnett Verkko Oy",
            consumer_policy="fi-standard",
            business_policy="fi-business",
            collection_partner="Kohtuus Perintä Oy",
            overpayment="refund",
            letters_by=(Way.MAILBOX, Way.PAPER),
            sms_senders={"FI": OwnSender(name="Fjordnett", status="pending")},
        ),
        CreditorDetails(
            id="bynett",
            name="Bynett Kuitu Oy",
            organisation_number="9000004-6",
            country="FI",
            phone="+358300000003",
            email="asiakas@bynett.example",
            website="https://bynett.example",
            address=("Kauppakatu 3", "33100 Tampere"),
            accounts=("FI0812345600000728",),
            account_holder="Bynett Kuitu Oy",
            consumer_policy="fi-gentle",
            collection_partner="Kohtuus Perintä Oy",
            payment_methods={"vipps": {"merchant_serial_number": "734512"}},
            sms_senders={"FI": OwnSender(name="Bynett", status="registered")},
        ),
    ),
    sells={"nordlys": "Sähkö", "fjordnett": "Sähkön siirto", "bynett": "Laajakaista"},
    cheaply="fi-gentle",
    worth=Decimal("0.1"),
    first_names=(
        "Aino", "Eero", "Helmi", "Lauri", "Venla", "Juho", "Sofia", "Heikki", "Emma", "Mikko", "Iida", "Otto", "Siiri",
        "Väinö", "Elli", "Topi", "Saara", "Pekka", "Astrid", "Ville", "Linnea", "Yrjö",
    ),
    last_names=(
        "Korhonen", "Virtanen", "Mäkinen", "Nieminen", "Lehto", "Holm", "Salonen", "Heino", "Ranta", "Mäki", "Niemi",
    ),
    places=(
        ("00100", "Helsinki"), ("20100", "Turku"), ("33100", "Tampere"), ("90100", "Oulu"), ("65100", "Vaasa"),
    ),
    street="Keskuskatu {}",
    languages=("fi", "fi", "fi", "sv", "fi", "fi", "en"),
    phone=lambda place: f"+35840{1000000 + place * 1013:07}",
    account=account,
    somebody="+358400012345",
    pays_for_many=(account(999), "Kela"),
    said=Said(
        paid="Hei, maksoin tämän tänään. T.",
        paid_long_ago="Tämä on jo maksettu",
        new_address="Hei! Saatte uuden sähköpostiosoitteeni huomenna.",
        lost_letter="Hei, hukkasin kirjeenne. Voitteko lähettää sen uudelleen?",
        question="Hei! Voinko saada laskun sähköpostiin ensi kuusta alkaen?",
        disputed="Sanoo, että sopimus irtisanottiin viime vuonna.",
        letter="""
#set text(size: 12pt, lang: "fi")
{city}, {day}

Hei! Sain laskun, jonka viitenumero on {reference}, mutta en ymmärrä, mistä se on.
Voitteko lähettää minulle erittelyn?

Ystävällisin terveisin \\
{name}
""",
        bank_text="sähkö",
        wrong_price="Väärä hinta",
    ),
    weeks=17,
    bank_files=camt_files("FI"),
    app="mobilepay",
    wants_direct_debit={},
    not_here={
        "has too little on the day": NO_DRAWS,
        "has direct debit": NO_DRAWS,
        "has money a week late": NO_DRAWS,
        "asks for direct debit": NO_DRAWS,
        "pays when it is blocked": NO_SERVICE,
        "is blocked and pays in the bank": NO_SERVICE,
        "Death": NO_DRAWS,
        "Returned": "counts the fees of Norwegian law",
    },
)  # fmt: skip
