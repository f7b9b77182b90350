"""An invoice or credit note as a billing system gives it, whether in a file or over the API.

What cannot be trusted is refused with the field's name; what can be done without is kept or left out with a
warning (`warnings_for`). Texts hold no control characters. An invoice number may hold letters, digits and
most signs ("2026/1042" is common), but none of \\ ? # %, since it stands in web addresses (/v1/invoices/NUMBER),
where these would split or change it.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

import phonenumbers
from babel.core import get_global
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from domain.countries.registry import COUNTRIES, country_of
from domain.invoices.e_invoice import net_of
from domain.invoices.own_pdf import a_pdf, decoded_pdf
from domain.invoices.vat import VatCategory, wrong_vat
from domain.languages import Language
from domain.moment import zones
from domain.money import references
from domain.money.accounts import is_account
from domain.money.amount import can_be_paid
from domain.parties.families import BUSINESSES

DebtorKind = Literal["consumer", "business"]

_CONTROL = {"Cc", "Cs", "Zl", "Zp"}  # control characters, halves of a character, line and paragraph breaks
# What makes a text read otherwise than it is stored: it turns the direction, sets a part apart, or is not seen at all.
_UNSEEN = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x2070), *range(0xE0000, 0xE0080)))) - {"\u202c"}
_CENT = Decimal("0.01")
_EARLIEST, _LATEST = date(1900, 1, 1), date(2100, 1, 1)
OF_AN_INVOICE = frozenset(
    {
        "amount",
        "card-link",
        "commands",
        "dossier",
        "due-date",
        "e-invoice",
        "end",
        "links",
        "pdf",
        "plan",
        "plan-offers",
        "promises",
        "revoke",
        "why",
        "withdraw",
    }
)
"""What the API's addresses have behind an invoice's number."""
_MOBILE_TYPES = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_EMAIL_SHAPE = re.compile(
    r"[^\s@<>,;:\"()\[\]\\]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+(?:[^\W\d_]{2,63}|xn--[a-z0-9-]{1,59})",
    re.IGNORECASE,
)
_LONGEST_DOMAIN = 253
_BETWEEN_EMAILS = re.compile(r"[,;|]|\s(?:&|eller|oder|or|og|och|und|and)\s", re.IGNORECASE)
_ASIDE = re.compile(r"\([^()]*\)")
_NAMED_EMAIL = re.compile(r"[^<>]*<\s*([^<>\s]+)\s*>")  # with its owner's name
_AROUND_EMAIL = re.compile(r"^['\"]?\s*(?:mailto:)?|\s*['\"]$", re.IGNORECASE)
_BETWEEN_NUMBERS = re.compile(r"[,;/|]|\b(?:eller|og|or|and)\b")
_VAT_NUMBER = re.compile(r"[A-Z]{2}[A-Z0-9]{2,18}")
_NORWEGIAN_ORGANISATION = re.compile(r"(?:NO)?(\d{9})(?:MVA)?")
# CLDR's table of what each territory pays with: (currency, from, to, legal tender).
_TERRITORIES = get_global("territory_currencies")
_COUNTRIES = frozenset(_TERRITORIES) & zones().keys()  # those where clocks go, and somebody may live
_CURRENCIES = frozenset(
    currency for uses in _TERRITORIES.values() for currency, _, until, is_tender in uses if until is None and is_tender
)


def _without_control_characters(text: str) -> str:
    for character in text:
        if unicodedata.category(character) in _CONTROL or character in _UNSEEN:
            raise ValueError(f"holds a control character (U+{ord(character):04X}); send one line of plain text")
    return text


def _fit_for_addresses(identifier: str) -> str:
    refused = sorted({sign for sign in identifier if sign in "\\?#%" or not sign.isprintable()})
    if refused:
        raise ValueError(f"holds {' '.join(map(ascii, refused))}, which cannot stand in a web address or id")
    if any(part in {"", ".", ".."} for part in identifier.split("/")):
        raise ValueError("has an empty or dotted part between its slashes, which web addresses drop")
    return unicodedata.normalize("NFC", identifier)


def _no_part_of_another(number: str) -> str:
    """A number that does not read as something of another invoice: /v1/invoices/a/plan is the plan of invoice a."""
    last = number.rpartition("/")[2]
    if "/" in number and last in OF_AN_INVOICE:
        raise ValueError(f"ends in /{last}, which web addresses read as the {last} of another invoice")
    return number


def _calendar_date(value: object) -> object:
    """Only a date or YYYY-MM-DD: no timestamps, no numbers that happen to look like one."""
    if isinstance(value, datetime) or not isinstance(value, date | str):
        raise ValueError("is not a date; write it as YYYY-MM-DD")
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip(), re.ASCII):
        raise ValueError("is not a date; write it as YYYY-MM-DD")
    return value


def _plausible(value: date) -> date:
    if not _EARLIEST <= value < _LATEST:
        raise ValueError(f"is outside {_EARLIEST} to {_LATEST}")
    return value


def _as_people_write(value: object) -> object:
    """A number in digits: no exponents, no signs between the digits, which a spreadsheet or a program puts there."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        raise ValueError("is not a number; write it in digits, like 1234.50")
    return value


def two_decimals(value: Decimal) -> Decimal:
    """An amount to the cent; raises ValueError for one that says more."""
    rounded = value.quantize(_CENT)
    if rounded != value:
        raise ValueError("has more than two decimals")
    return rounded


def _no_finer_than_its_currency(amount: Decimal, currency: str) -> None:
    if not can_be_paid(amount, currency):
        raise ValueError(f"amount: {currency} has no decimals; give a whole amount")


def _known_currency(code: str) -> str:
    if code not in _CURRENCIES:
        raise ValueError(f"{code} is not a currency in use; give its ISO 4217 code, such as NOK")
    return code


def _known_country(code: str) -> str:
    if code not in _COUNTRIES:
        raise ValueError(f"{code} is not a country; give its ISO 3166 code of two letters, such as NO")
    return code


def _account(text: str) -> str:
    return re.sub(r"[\s.]", "", text).upper()


def _vat_number(text: str) -> str:
    """A VAT number without the signs that people write in it."""
    number = re.sub(r"[\s.\-]", "", text).upper()
    if not _VAT_NUMBER.fullmatch(number):
        raise ValueError("is not a VAT number: the two letters of its country come first, as in SE556012579001")
    return number


def one_spelling(text: str) -> str:
    """An organisation number in the one spelling it is compared by: of Norway's its nine digits, else without signs."""
    plain = re.sub(r"[\s.\-]", "", text).upper()
    norwegian = _NORWEGIAN_ORGANISATION.fullmatch(plain)
    return norwegian[1] if norwegian else plain


Text = Annotated[str, AfterValidator(_without_control_characters), Field(min_length=1, max_length=200)]
LongText = Annotated[str, AfterValidator(_without_control_characters), Field(min_length=1, max_length=1000)]
Identifier = Annotated[str, AfterValidator(_fit_for_addresses), Field(min_length=1, max_length=64)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)]
Day = Annotated[date, BeforeValidator(_calendar_date), AfterValidator(_plausible)]
Digits = BeforeValidator(_as_people_write)  # last, so that the bounds stay those of a number in the API's schema
Amount = Annotated[Decimal, Field(gt=0, lt=10**10), AfterValidator(two_decimals), Digits]
SignedAmount = Annotated[Decimal, Field(gt=-(10**10), lt=10**10), AfterValidator(two_decimals), Digits]
Currency = Annotated[str, AfterValidator(_known_currency), Field(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, AfterValidator(_known_country), Field(pattern=r"^[A-Z]{2}$")]
_PDF_IN_JSON = {"type": "string", "contentEncoding": "base64", "contentMediaType": "application/pdf"}
Pdf = Annotated[bytes, BeforeValidator(decoded_pdf), AfterValidator(a_pdf), WithJsonSchema(_PDF_IN_JSON)]
Account = Annotated[Text, AfterValidator(_account), Field(max_length=50)]
VatNumber = Annotated[Text, AfterValidator(_vat_number), Field(max_length=30)]


class Given(BaseModel):
    """What another system sends: known fields alone, blanks around texts aside."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Parent(Given):
    """The customer of which a business is the child: its group, or its head office."""

    customer_number: Annotated[Text, Field(description="The parent's, of yours.", examples=["K-2000"])]
    pays: Annotated[
        bool, Field(description="What the child owes stands on the parent's statement of account.", examples=[True])
    ] = False
    written_to: Annotated[
        bool,
        Field(
            description="What is about the child goes to the parent's addresses, within the parent's contact cap.",
            examples=[True],
        ),
    ] = False

    def as_fact(self) -> dict[str, Any]:
        """As it is kept of the child's life."""
        return {"parent": self.customer_number, "pays": self.pays, "written_to": self.written_to}


class IncomingDebtor(Given):
    """The creditor's customer, as the billing system knows them."""

    name: Annotated[
        Text,
        Field(description="Full name, the legal one for a business.", examples=["Kari Nordmann"]),
    ]
    customer_number: Annotated[
        Text | None, Field(description="The creditor's own number for this debtor.", examples=["K-1042"])
    ] = None
    organisation_number: Annotated[
        Annotated[Text, AfterValidator(one_spelling), Field(min_length=1)] | None,
        Field(description="Organisation number of a business, in any spelling.", examples=["987654325"]),
    ] = None
    kind: Annotated[
        DebtorKind,
        Field(description="Left out: business where an organisation number is given, otherwise consumer."),
    ] = "consumer"
    birth_date: Annotated[Day | None, Field(description="A consumer's date of birth.", examples=["1984-05-17"])] = None
    language: Annotated[
        Language,
        Field(
            description="The language of messages: `nb` is Bokmål, `nn` Nynorsk. Left out: the first of the country's."
        ),
    ] = "nb"
    country: Annotated[
        Country,
        Field(description="ISO 3166 code: whose law and calendar hold. Left out: the creditor's.", examples=["NO"]),
    ] = "NO"
    address_lines: Annotated[
        tuple[Text, ...],
        Field(max_length=4, description="Street or box, one line each.", examples=[["Storgata 1"]]),
    ] = ()
    postcode: Annotated[Text | None, Field(description="As it stands on letters.", examples=["0155"])] = None
    city: Annotated[Text | None, Field(description="As it stands on letters.", examples=["Oslo"])] = None
    email: Annotated[
        LongText | None,
        Field(
            description="Of several the first is used. Left out with a warning where it is no address.",
            examples=["kari@example.no"],
        ),
    ] = None
    phone: Annotated[
        LongText | None,
        Field(
            description="With +country code, or as dialled in the debtor's country; of several the first is used. "
            "Left out with a warning where it is no number; only mobile numbers get SMS.",
            examples=["+4791234567"],
        ),
    ] = None
    whatsapp: Annotated[
        LongText | None,
        Field(
            description="The mobile number on which the debtor has agreed to be written to by WhatsApp: Meta asks for that. "
            "Left out with a warning where it is no mobile number.",
            examples=["+4791234567"],
        ),
    ] = None

    parent: Annotated[
        Parent | None,
        Field(
            description="Of a business: whose child it is. Left out, what is known stays, and a person's word always does."
        ),
    ] = None

    @model_validator(mode="after")
    def _families_are_of_businesses(self) -> Self:
        if self.parent and self.kind != "business":
            raise ValueError(f"parent: {BUSINESSES}")
        return self

    @model_validator(mode="before")
    @classmethod
    def _kind_by_its_number(cls, given: Any) -> Any:
        """Before the fields: a fault in one of them is no fault of the kind."""
        if isinstance(given, dict) and given.get("organisation_number") and "kind" not in given:
            return given | {"kind": "business"}
        return given

    @model_validator(mode="before")
    @classmethod
    def _language_by_its_country(cls, given: Any) -> Any:
        """Who says nothing of it is written to as most there are."""
        if isinstance(given, dict) and "language" not in given:
            languages = country_of(str(given.get("country"))).languages
            return given | {"language": languages[0]} if languages else given
        return given

    @property
    def email_address(self) -> str | None:
        """The email address to write to, the first that is one, or None where what was given is none."""
        for given in _BETWEEN_EMAILS.split(_ASIDE.sub(" ", self.email or "")):
            named = _NAMED_EMAIL.fullmatch(given.strip())
            bare = _AROUND_EMAIL.sub("", named[1] if named else given.strip())
            for words in (bare.split(), re.split(r"[\s/]+", bare)):  # a slash may be part of an address
                if words and all(map(_is_email, words)):
                    return words[0]
        return None

    @property
    def phone_number(self) -> str | None:
        """The number to call, the first that is one of its country, as E.164, or None where what was given is none."""
        return next((_e164(number) for number in self._numbers(self.phone)), None)

    @property
    def mobile_number(self) -> str | None:
        """The first number that takes SMS, as E.164; None for a landline (Danish numbers never tell)."""
        return self._mobile(self.phone)

    @property
    def whatsapp_number(self) -> str | None:
        """The first number on which WhatsApp is agreed, as E.164; None where what was given is no mobile number."""
        return self._mobile(self.whatsapp)

    def _mobile(self, field: str | None) -> str | None:
        mobile = (number for number in self._numbers(field) if phonenumbers.number_type(number) in _MOBILE_TYPES)
        return next((_e164(number) for number in mobile), None)

    def _numbers(self, field: str | None) -> Iterator[phonenumbers.PhoneNumber]:
        """The phone numbers that a field holds, in order."""
        for given in _BETWEEN_NUMBERS.split(field or ""):
            try:
                number = phonenumbers.parse(given, self.country)
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.is_valid_number(number):
                yield number


def _is_email(word: str) -> bool:
    """Whether it has the shape of an address, and its domain a spelling in the name system (IDNA)."""
    try:
        domain = word.rpartition("@")[2].encode("idna")
        return bool(_EMAIL_SHAPE.fullmatch(word) and domain.decode("idna")) and len(domain) <= _LONGEST_DOMAIN
    except UnicodeError:
        return False


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class IncomingLine(Given):
    """One line of an invoice: what the debtor bought."""

    text: Annotated[LongText, Field(description="What the debtor bought.", examples=["Nettleie oktober"])]
    quantity: Annotated[
        Decimal,
        Field(max_digits=16, decimal_places=6, description="Negative for what is returned.", examples=["1"]),
        Digits,
    ] = Decimal(1)
    amount: Annotated[
        SignedAmount, Field(description="VAT included; negative lowers the invoice.", examples=["640.00"])
    ]
    vat_category: Annotated[
        VatCategory | None,
        Field(
            description="For an e-invoice: UNCL 5305, `S` taxed, `Z` at nothing, `E` exempt, `AE` reverse charge, `K` within the "
            "EU, `G` out of the EU, `O` not subject to VAT.",
            examples=["S"],
        ),
    ] = None
    vat_rate: Annotated[
        Decimal | None, Field(ge=0, le=100, decimal_places=2, description="Percent.", examples=["25"]), Digits
    ] = None
    vat_exemption: Annotated[
        LongText | None,
        Field(
            description="Why it bears no VAT, in words or as a code of VATEX. `E` needs it; what `AE`, `K`, `G` and `O` mean "
            "is said without it.",
            examples=["VATEX-EU-132-1I"],
        ),
    ] = None
    net_amount: Annotated[
        SignedAmount | None,
        Field(description="Without VAT. Left out: what the rate leaves of the amount.", examples=["512.00"]),
    ] = None

    @property
    def net(self) -> Decimal | None:
        """What it costs without VAT; None where the VAT is not told."""
        if self.vat_category is None or self.net_amount is not None:
            return self.net_amount
        return net_of(self.amount, self.vat_rate or Decimal(0))

    @model_validator(mode="after")
    def _vat_can_be(self) -> Self:
        if wrong := wrong_vat(self.vat_category, self.vat_rate, self.vat_exemption):
            raise ValueError(wrong)
        return self


class IncomingSent(Given):
    """A message about an invoice that its creditor sent before the invoice came here."""

    kind: Annotated[
        Literal["invoice", "due-date-reminder", "reminder", "collection-notice"],
        Field(description="Which message it was.", examples=["reminder"]),
    ]
    channel: Annotated[
        Literal["email", "sms", "direct_message", "letter"], Field(description="How it was sent.", examples=["letter"])
    ]
    date: Annotated[Day, Field(description="The day it was sent.", examples=["2026-10-02"])]
    fee: Annotated[
        Decimal,
        Field(ge=0, lt=10**10, description="What it asked for besides the amount; booked on top.", examples=["35.00"]),
        AfterValidator(two_decimals),
        Digits,
    ] = Decimal("0.00")
    deadline: Annotated[Day | None, Field(description="The last day it gave.", examples=["2026-10-16"])] = None

    @model_validator(mode="before")
    @classmethod
    def _is_told_in_parts(cls, given: object) -> object:
        if not isinstance(given, dict | IncomingSent):
            raise ValueError('is not a message: tell its kind, channel and date ("reminder letter 2026-10-02" in CSV)')
        return given

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.deadline is not None and self.deadline < self.date:
            raise ValueError(f"deadline {self.deadline} is before date {self.date}")
        if self.fee and self.kind not in ("reminder", "collection-notice"):
            raise ValueError(f"fee: the {self.kind} bears none")
        if self.kind == "collection-notice" and self.deadline is None:
            raise ValueError("deadline: a collection-notice gave one")
        return self


EXAMPLE: dict[str, Any] = {
    "number": "2026-1001",
    "issue_date": "2026-11-02",
    "due_date": "2026-11-16",
    "currency": "NOK",
    "amount": "802.00",
    "reference": "006402710013",
    "account": "12345678903",
    "debtor": {
        "name": "Kari Nordmann",
        "customer_number": "K-1042",
        "email": "kari@example.no",
        "phone": "+4791234567",
        "address_lines": ["Storgata 1"],
        "postcode": "0155",
        "city": "Oslo",
    },
    "lines": [{"text": "Nettleie oktober", "amount": "802.00"}],
}


class IncomingInvoice(Given):
    """An invoice that a debtor owes."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})
    creditor: Annotated[
        Identifier | None,
        Field(description="Creditor id or organisation number; left out where the API key tells it."),
    ] = None
    number: Annotated[
        Identifier,
        AfterValidator(_no_part_of_another),
        Field(
            description="The creditor's invoice number, unique for the creditor. None of \\ ? # %.",
            examples=["2026-1001"],
        ),
    ]
    issue_date: Annotated[Day, Field(description="The day it was issued.", examples=["2026-11-02"])]
    due_date: Annotated[Day, Field(description="Not before the issue date.", examples=["2026-11-16"])]
    currency: Annotated[Currency, Field(description="ISO 4217 code.", examples=["NOK"])]
    amount: Annotated[
        Amount,
        Field(description="What is owed: VAT included, prepaid already taken off.", examples=["802.00"]),
    ]
    prepaid_amount: Annotated[
        Decimal,
        Field(description="What was paid before it was issued: told, not owed.", ge=0, lt=10**10, examples=["0.00"]),
        AfterValidator(two_decimals),
        Digits,
    ] = Decimal("0.00")
    reference: Annotated[
        Annotated[str, Field(min_length=1, max_length=140)] | None,
        Field(
            description="Payment reference: KID or RF; another text is kept with a warning.",
            examples=["006402710013"],
        ),
        AfterValidator(lambda text: text and references.normalised(_without_control_characters(text))),
    ] = None
    account: Annotated[
        Account | None, Field(description="The payee account: 11 digits or IBAN.", examples=["12345678903"])
    ] = None
    policy: Annotated[
        Name | None, Field(description="The policy's name; left out: the creditor's.", examples=["no-gentle"])
    ] = None
    segment: Annotated[
        Name | None, Field(description="The creditor's word for a group of debtors.", examples=["private"])
    ] = None
    claim_due: Annotated[
        Day | None, Field(description="A direct-debit draw is pending at this date.", examples=["2026-11-16"])
    ] = None
    order_reference: Annotated[Text | None, Field(description="The buyer's order.", examples=["4500012345"])] = None
    buyer_reference: Annotated[
        Text | None, Field(description="What the buyer asked to be told by.", examples=["Avd. 12"])
    ] = None
    cost_centre: Annotated[Text | None, Field(description="Where the buyer books it.", examples=["4100"])] = None
    buyer_contact: Annotated[
        Text | None, Field(description="Who knows of it at the buyer's.", examples=["Kari Nordmann"])
    ] = None
    buyer_vat_number: Annotated[
        VatNumber | None,
        Field(
            description="The buyer's VAT number, where its organisation number does not make it.",
            examples=["SE556012579001"],
        ),
    ] = None
    delivery_date: Annotated[
        Day | None, Field(description="The day of delivery; category `K` needs it.", examples=["2026-10-30"])
    ] = None
    delivery_country: Annotated[
        Country | None,
        Field(description="The country that it was delivered to; category `K` needs it.", examples=["FI"]),
    ] = None
    already_sent: Annotated[
        tuple[IncomingSent, ...],
        Field(max_length=20, description="An old invoice: what the debtor was sent before. Nothing is said twice."),
    ] = ()
    debtor: Annotated[IncomingDebtor, Field(description="Who owes it.")]
    lines: Annotated[
        tuple[IncomingLine, ...], Field(description="What it is for; shown to the debtor.", max_length=10_000)
    ] = ()
    pdf: Annotated[
        Pdf | None,
        Field(
            repr=False, description="The invoice itself as a PDF, in Base64. A large one is sent to its own address."
        ),
    ] = None

    @model_validator(mode="after")
    def _can_be_paid(self) -> Self:
        _no_finer_than_its_currency(self.amount, self.currency)
        return self

    @model_validator(mode="after")
    def _due_after_issue(self) -> Self:
        if self.due_date < self.issue_date:
            raise ValueError(f"due_date {self.due_date} is before issue_date {self.issue_date}")
        for sent in self.already_sent:
            if sent.date < self.issue_date:
                raise ValueError(f"already_sent {sent.date} is before issue_date {self.issue_date}")
            if sent.fee and sent.date <= self.due_date:
                raise ValueError(f"already_sent {sent.date} has a fee, but due_date is {self.due_date}")
        return self

    @property
    def reference_scheme(self) -> str | None:
        """The scheme the payment reference follows; None for free text or no reference."""
        return references.scheme_of(self.reference, self.account, self.currency) if self.reference else None

    @property
    def reference_valid(self) -> bool | None:
        """Whether the payment reference's check digits hold; None where there is no reference."""
        return references.is_valid(self.reference, self.reference_scheme) if self.reference else None


def at_home(invoice: IncomingInvoice, country: str) -> IncomingInvoice:
    """An invoice of a creditor in a country: a debtor of whom no country is told is taken to be there too."""
    debtor = invoice.debtor
    if "country" in debtor.model_fields_set or debtor.country == country:
        return invoice
    there = IncomingDebtor.model_validate(debtor.model_dump(exclude_unset=True) | {"country": country})
    there.model_fields_set.discard("country")  # still nobody's word, which changes nothing of a debtor who is known
    return invoice.model_copy(update={"debtor": there})


class IncomingCreditNote(Given):
    """A credit note: it lowers what is owed on one invoice."""

    creditor: Annotated[
        Identifier | None,
        Field(description="Creditor id or organisation number; left out where the API key tells it."),
    ] = None
    number: Annotated[Identifier, Field(description="The credit note's own number.", examples=["K-77"])]
    invoice_number: Annotated[Identifier, Field(description="The invoice it lowers.", examples=["2026-1001"])]
    issue_date: Annotated[Day, Field(description="The day it was issued.", examples=["2026-11-10"])]
    currency: Annotated[Currency, Field(description="The invoice's currency.", examples=["NOK"])]
    amount: Annotated[Amount, Field(description="How much it lowers: positive.", examples=["100.00"])]
    reason: Annotated[
        LongText | None, Field(description="Why, in words for the debtor.", examples=["Returned goods"])
    ] = None
    lines: Annotated[
        tuple[IncomingLine, ...],
        Field(
            description="What it takes back, for an e-invoice: amounts positive. Left out where it takes back all of the "
            "invoice's lines, or all of them bear the same VAT.",
            max_length=10_000,
        ),
    ] = ()


NO_OTHER_NAMES: Mapping[str, str] = {}


def warnings_for(
    invoice: IncomingInvoice, *, lines_include_vat: bool = True, called: Mapping[str, str] = NO_OTHER_NAMES
) -> list[str]:
    """What is odd about an accepted invoice, one sentence each, with the debtor's fields as they are `called` in its file.

    No personal data in them. Lines without VAT (as in UBL, whose sums are checked by its own rules) are not compared with
    the amount.
    """

    def name(field: str) -> str:
        return called.get(field, field)

    warnings = []
    debtor = invoice.debtor
    if invoice.reference is None:
        warnings.append("no payment reference: payments must be matched by hand or by their text")
    elif invoice.reference_scheme is None:
        known = " nor ".join(scheme.name.upper() for scheme in references.schemes())
        warnings.append(f"reference {invoice.reference} is neither {known}: kept as free text")
    elif not invoice.reference_valid:
        scheme = invoice.reference_scheme.upper()
        warnings.append(f"reference {invoice.reference} is no valid {scheme} (check digits): kept as free text")
    account, checked = invoice.account, [country for country in COUNTRIES.values() if country.account]
    if account and not is_account(account):
        numbers = " nor a ".join(f"{country.adjective} account number" for country in checked)
        warnings.append(f"account {account} is neither a {numbers} nor an IBAN")
    if debtor.email and not debtor.email_address:
        warnings.append(f"{name('debtor.email')} is not an email address: left out")
    if debtor.phone and not debtor.phone_number:
        warnings.append(f"{name('debtor.phone')} is not a phone number in {debtor.country}: left out")
    elif debtor.phone and not debtor.mobile_number:
        warnings.append(f"{name('debtor.phone')} is not a mobile number: for calls only, no SMS")
    if debtor.whatsapp and not debtor.whatsapp_number:
        warnings.append(f"{name('debtor.whatsapp')} is not a mobile number in {debtor.country}: left out")
    home = country_of(debtor.country)
    if debtor.organisation_number and not home.is_organisation_number(debtor.organisation_number):
        warnings.append(f"{name('debtor.organisation_number')} is not a {home.adjective} organisation number")
    if not (debtor.address_lines or debtor.postcode or debtor.city):
        warnings.append("no postal address: no letter can be sent")
    if lines_include_vat and invoice.lines:
        total = sum((line.amount for line in invoice.lines), Decimal(0))
        if total != invoice.amount + invoice.prepaid_amount:
            owed = f"{invoice.amount} + prepaid {invoice.prepaid_amount}"
            warnings.append(f"the lines add up to {total}, but the amount is {owed}")
    return warnings
