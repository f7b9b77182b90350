"""How a UBL invoice is paid: reference and account, by direct debit or not."""

from lxml import etree

from connectors.invoice_files.ubl.document import NAMESPACES, Document, text_of

_DANISH_SLIPS = {"DK:FIK", "DK:GIRO"}  # OIOUBL's channels of payment slips: kind, reference and the creditor's account
# Sweden's two kinds of giro numbers share their digits: the place of the dash tells them apart, as people write them.
_SWEDISH_GIRO = {"SE:BANKGIRO": 4, "SE:PLUSGIRO": 1}
_DIRECT_DEBIT = {"49", "59"}  # UNCL 4461: direct debit, SEPA direct debit


def is_drawn(document: Document) -> bool:
    """Whether the creditor draws it by direct debit."""
    return bool(_DIRECT_DEBIT.intersection(document.texts("cac:PaymentMeans/cbc:PaymentMeansCode")))


def payment(document: Document) -> tuple[str | None, str | None]:
    """Payment reference and payee account, of the same payment means where one has both."""
    ways = [_way(means) for means in document.all("cac:PaymentMeans")]
    references = list(dict.fromkeys(reference for reference, _ in ways if reference))
    accounts = list(dict.fromkeys(account for _, account in ways if account))
    if len(references) > 1:
        document.warnings.append(f"{len(references)} payment references: the first is used")
    if len(accounts) > 1:
        document.warnings.append(f"{len(accounts)} payee accounts: the first is used")
    whole = next((way for way in ways if all(way)), None)
    return whole or (next(iter(references), None), next(iter(accounts), None))


def _way(means: etree._Element) -> tuple[str | None, str | None]:
    """The payment reference and account of one payment means; of a Danish slip its number, with its kind before it."""
    if text_of(means.find("cbc:PaymentChannelCode", NAMESPACES)) in _DANISH_SLIPS:
        kind, number = (text_of(means.find(f"cbc:{name}", NAMESPACES)) for name in ("PaymentID", "InstructionID"))
        slip = text_of(means.find("cac:CreditAccount/cbc:AccountID", NAMESPACES))
        return (f"+{kind}<{number}" if number else None), slip or None
    reference = text_of(means.find("cbc:PaymentID", NAMESPACES))
    account = text_of(means.find("cac:PayeeFinancialAccount/cbc:ID", NAMESPACES))
    branch = text_of(means.find("cac:PayeeFinancialAccount/cac:FinancialInstitutionBranch/cbc:ID", NAMESPACES))
    if (after := _SWEDISH_GIRO.get(branch)) and account.isdecimal() and len(account) > after:
        account = f"{account[:-after]}-{account[-after:]}"
    return reference or None, account or None
