"""What belongs to one country beside its law: days without settlement, references, numbers that can be checked."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal

from domain.languages import Language


@dataclass(frozen=True, slots=True)
class ReferenceScheme:
    """The payment references of one country."""

    name: str
    """As files and the API name it: never changed."""
    shape: re.Pattern[str]
    """What one looks like, without blanks."""
    holds: Callable[[str], bool]
    """Whether the check digits of one of that shape hold."""
    made_of: Callable[[str], str]
    """A new one of some digits; ValueError where they are no digits or too many."""
    label: str = ""
    """What people call one that holds, in every language; without, it is a payment reference."""
    called: tuple[str, ...] = ()
    """What people write before one, in small letters."""
    usual: Callable[[str], bool] | None = None
    """Where one may hold by several check digits: the usual of them."""
    last: str = ""
    """What beside a digit may be the last sign."""
    zeros_count: bool = True
    """Whether other leading zeros make another reference."""
    in_rf: bool = False
    """Whether people may write one as the RF reference that is made of it."""
    group: int = 0
    """How many digits people write together, reckoned from the last; 0 where they write all."""


@dataclass(frozen=True, slots=True)
class ReferenceAgreements:
    """What creditors of one country may agree with their bank about the references that it takes."""

    words: str
    """What can be agreed, for whoever wrote another."""
    shape: re.Pattern[str]
    """What an agreement looks like."""
    made_of: Callable[[str, str], str]
    """By an agreement, a new reference of some digits, of which it takes the first where there is no room for all."""
    takes: Callable[[str, str], bool]
    """Whether the bank takes a reference under an agreement."""


@dataclass(frozen=True, slots=True)
class DirectDebitRules:
    """When the centre of one country draws money for creditors, from a day on: a row of the country's file."""

    cut_off: time
    """Local: what the centre has by then on a banking day is worked on that day."""
    notice_days: int
    """From the day the centre works on a claim to its due date; public holidays do not count."""
    bank_notice_days: int
    """From the account statement in which the bank tells of a claim, at the end of a month, to its due date."""
    months_ahead: int
    """A due date farther away is refused."""
    grace_banking_days: int
    """A draw has failed when nothing came this long after its due date."""


@dataclass(frozen=True, slots=True)
class AgreementField:
    """One number of a creditor's agreement with the centre of direct debit."""

    shape: re.Pattern[str]
    words: str
    """What it looks like, for whoever wrote another."""
    needed: bool = True
    holds: Callable[[str], bool] = lambda value: True
    """What the shape cannot say of one."""


@dataclass(frozen=True, slots=True)
class PayerForm:
    """What a debtor tells for a mandate that the creditor itself brings to the centre, each as the centre's files have it.

    None where what was typed cannot be it. A draw then names its payer by the mandate's number, beside a reference of its own,
    and the limit of a month, which the centre does not know, is kept here.
    """

    account: Callable[[str, str], str | None]
    """Of the sorting code and the number, as people write them."""
    holder: Callable[[str, date], str | None]
    """Of the personal or organisation number, as people write it, on a day."""
    is_theirs: Callable[[str, date | None, str | None], bool]
    """Whether whoever holds the account can be the debtor of a day of birth and an organisation number, where either is known."""
    longest_number: int
    """How many digits the payer's number has at most."""


@dataclass(frozen=True, slots=True)
class OnlineBank:
    """A bank, and its own page on how its customers make a mandate for direct debit."""

    name: str
    guide: str


@dataclass(frozen=True, slots=True)
class EInvoicing:
    """How the companies of one country are named in e-invoices, each by its organisation number in one spelling."""

    address: Callable[[str], tuple[str, str] | None]
    """Where Peppol finds one: the scheme (Electronic Address Scheme) and the number in it; None for a number that is none."""
    legal_number: Callable[[str], tuple[str, str]]
    """Its number in the country's register: the register (ISO 6523), and the number as it is written there."""
    vat_number: Callable[[str], str | None] = lambda number: None
    """Its VAT number, where the organisation number alone makes it."""
    vat_rates: tuple[Decimal, ...] = ()
    """The only ones above nothing that Peppol takes of its sellers; none: it takes any."""
    kind_of: Callable[[str], str | None] = lambda account: None
    """What kind of number an account of the country is, where it has several kinds."""
    registered: Callable[[str], str | None] = lambda name: None
    """What a seller of a name has to say of its registration."""


@dataclass(frozen=True, slots=True)
class DebtAdvice:
    """Who gives everybody free advice about money and debt in one country, as it is called there; or other help."""

    name: str
    phone: str | None = None  # as people write it
    page: str | None = None
    said: Mapping[Language, str] = field(default_factory=dict)
    """What a sentence calls it, by language, where that is not its name."""


@dataclass(frozen=True, slots=True)
class Country:
    """One country; what is not given is not checked there, and its references are the international ones."""

    code: str
    adjective: str = ""
    currency: str = ""
    languages: tuple[Language, ...] = ()
    """In which its law's messages are written, the one that most debtors there read first; none: in any."""
    without_settlement: frozenset[tuple[int, int]] = frozenset()
    """Month and day on which the central bank settles nothing, though it is no public holiday."""
    rests: Callable[[date], bool] = lambda day: False
    """Whether banks settle nothing on a day that is the same in no two years."""
    references: ReferenceScheme | None = None
    reference_agreements: ReferenceAgreements | None = None
    reference_of_customer: Callable[[str, str, int], str | None] = lambda structures, reference, number: None
    """By the structures of an agreement, another reference and a number: a new one that the same mandate covers."""
    agreement: Mapping[str, AgreementField] = field(default_factory=dict)
    """What a creditor's agreement with the centre says, beside its account."""
    e_invoice: Mapping[str, AgreementField] = field(default_factory=dict)
    """What a debtor has to know to order a creditor's e-invoices in the own bank; empty where they are not ordered so."""
    online_banks: tuple[OnlineBank, ...] = ()
    payer_form: PayerForm | None = None
    """None where debtors make their mandates with the bank alone."""
    account: re.Pattern[str] | None = None
    """What an account number looks like that is no IBAN, without blanks and dots."""
    is_account: Callable[[str], bool] = lambda number: False
    account_groups: tuple[int, ...] = ()
    """How people group the digits of an account number."""
    account_called: Callable[[str], str] = lambda number: ""
    """What people call one, in every language, where it is no number of the account itself."""
    account_written: Callable[[str], str] | None = None
    """How people write one, where groups of digits do not tell it."""
    account_scheme: Callable[[str], str | None] | None = None
    """By which of the country's schemes an order to a bank names an account that is no IBAN (ISO 20022); None for no account."""
    account_clearing: Callable[[str], tuple[str, str] | None] = lambda number: None
    """Where an order to a bank finds an account of the country's own: a clearing system (ISO 20022) and a member of it."""
    payment_code: Callable[[str, Decimal, str, date | None], str | None] = lambda account, amount, reference, due: None
    """A line that banks' apps read a whole payment from: of an account, an amount, a reference that holds, and a day."""
    code_line: Callable[[str, Decimal, str], str | None] = lambda account, amount, reference: None
    """The line at the foot of a bill that scanners read a payment from: of an account, an amount, a reference that holds."""
    is_iban_of: Callable[[str], bool] = lambda rest: True
    """Whether the check digits of the country's own hold in an IBAN, of which `rest` is what follows its first four signs."""
    place: Callable[[str, str], str] = lambda postcode, town: f"{postcode} {town}"
    """The last line of a postal address there, of a postcode and a town as somebody wrote them."""
    is_organisation_number: Callable[[str], bool] = lambda number: True
    debt_advice: DebtAdvice | None = None
    social_help: DebtAdvice | None = None
    """Who helps those who cannot pay for what they live by."""
    e_invoicing: EInvoicing | None = None
    in_union: bool = False
    """Whether it is a member state of the European Union, whose VAT holds there."""
    moves_draws: bool = False
    """Whether the centre takes another day for a draw that it has; else it is taken back and sent anew."""
    direct_debit: str = ""
    """What its direct debit is called, in every language; empty where money is not drawn so."""
