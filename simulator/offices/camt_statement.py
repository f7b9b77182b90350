"""What came in on accounts as Swedish and Finnish banks tell it: a camt.053 of a day, a statement an account."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from domain.countries.registry import COUNTRIES
from domain.money.accounts import is_iban
from simulator.offices.bank import BankFiles, Order

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def camt_files(country: str) -> BankFiles:
    """The files of a country's banks, in its currency."""
    currency = COUNTRIES[country].currency
    return BankFiles(
        name=lambda day: f"camt.053.{day:%y%m%d}.xml",
        write=lambda day, accounts, orders, number: camt_file(day, accounts, orders, number, currency),
        encoding="utf-8",
    )


def camt_file(day: date, accounts: Sequence[str], orders: Sequence[Order], number: int, currency: str) -> str:
    """One message; an account where nothing came in has a statement without entries, so that its day is told too."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<Document xmlns="{NAMESPACE}"><BkToCstmrStmt>',
        f"<GrpHdr><MsgId>{day:%y%m%d}-{number}</MsgId><CreDtTm>{day}T18:00:00</CreDtTm></GrpHdr>",
    ]
    for place, account in enumerate(accounts):
        paid = [order for order in orders if order.account == account]
        statement = f"{day:%y%m%d}-{number}-{place}"
        lines.append(f"<Stmt><Id>{statement}</Id><Acct><Id>{_named(account)}</Id></Acct>")
        for kind, amount in (("OPBD", Decimal(0)), ("CLBD", _sum(paid))):
            lines.append(
                f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{amount:.2f}</Amt>'
                f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
            )
        if paid:
            lines += _entry(day, statement, paid, currency)
        lines.append("</Stmt>")
    return "\n".join([*lines, "</BkToCstmrStmt></Document>", ""])


def _entry(day: date, statement: str, paid: Sequence[Order], currency: str) -> Sequence[str]:
    """The day's payments by reference, booked together."""
    return [
        f'<Ntry><Amt Ccy="{currency}">{_sum(paid):.2f}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>',
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt><AcctSvcrRef>{statement}</AcctSvcrRef>",
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>VCOM</SubFmlyCd></Fmly></Domn></BkTxCd>",
        f"<NtryDtls><Btch><NbOfTxs>{len(paid)}</NbOfTxs></Btch>",
        *(_transaction(order, f"{statement}-{place}", currency) for place, order in enumerate(paid, start=1)),
        "</NtryDtls></Ntry>",
    ]


def _transaction(order: Order, reference: str, currency: str) -> str:
    return (
        f"<TxDtls><Refs><AcctSvcrRef>{reference}</AcctSvcrRef><EndToEndId>NOTPROVIDED</EndToEndId></Refs>"
        f'<Amt Ccy="{currency}">{order.amount:.2f}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        f"<RltdPties><DbtrAcct><Id>{_named(order.debit_account)}</Id></DbtrAcct></RltdPties>"
        f"<RmtInf><Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{order.kid}</Ref></CdtrRefInf></Strd>"
        "</RmtInf></TxDtls>"
    )


def _named(account: str) -> str:
    """An account as camt names one: an IBAN, else a bankgiro number."""
    if is_iban(account):
        return f"<IBAN>{account}</IBAN>"
    return f"<Othr><Id>{account}</Id><SchmeNm><Prtry>BGNR</Prtry></SchmeNm></Othr>"


def _sum(orders: Sequence[Order]) -> Decimal:
    return sum((order.amount for order in orders), Decimal(0))
