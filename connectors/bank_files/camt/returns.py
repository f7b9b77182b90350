"""Money that goes back: which entries and transactions tell of it, and why."""

from lxml import etree

from connectors.bank_files.camt.elements import Elements, code_of

# ISO 20022 sub-families of bank transaction codes that tell of money going back.
_RETURNS = {"UPDD", "PRDD", "ARET", "AREV", "RPCR", "RRTN"}
_REASONS = {  # ISO 20022 external return reasons that occur with creditors
    "AC01": "the account number is wrong",
    "AC04": "the account is closed",
    "AC06": "the account is blocked",
    "AG01": "the account may not be used like this",
    "AM04": "not enough money",
    "AM05": "paid twice",
    "CUST": "the payer asked for it",
    "DUPL": "paid twice",
    "FOCR": "the payment was recalled",
    "MD01": "no mandate",
    "MD06": "the payer wants the money back",
    "MD07": "the payer has died",
    "MS02": "the payer refused",
    "MS03": "the bank gives no reason",
    "NARR": "told in words",
    "TECH": "a technical error",
}


def tells_of_return(code: str) -> bool:
    """Whether a bank transaction code, written as one, tells of money that goes back."""
    return code_of(code)[-4:] in _RETURNS


def return_reason(element: etree._Element, elements: Elements) -> str | None:
    """Why a transaction went back, as a code and in words, as far as either is told."""
    code = elements.text(element, "d:RtrInf/d:Rsn/d:Cd")
    told = elements.text(element, "d:RtrInf/d:AddtlInf") or elements.text(element, "d:RtrInf/d:Rsn/d:Prtry")
    return ": ".join(filter(None, (code, told or _REASONS.get(code or "")))) or None
