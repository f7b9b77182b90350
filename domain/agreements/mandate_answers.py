"""What a centre answers to mandates that a creditor brings to it: its codes in words, and what a debtor can do about them.

The codes are Bankgirot's for Autogiro (status of a mandate advice, transaction code 73).
"""

from typing import Literal

WITHDRAWN = "withdrawn"
"""How a mandate ended that its debtor took back with the creditor itself."""
WORDS = {
    "02": "the payer, or the payer's bank, has ended the mandate",
    "03": "money cannot be drawn from an account of that kind",
    "04": "the centre has no such mandate",
    "05": "the account, or who holds it, is not as the bank knows it",
    "07": "the payer's bank did not answer whether the account may be drawn from",
    "09": "the payer's bankgiro number is not known",
    "11": "the mandate was stopped",
    "20": "the personal or organisation number cannot be right",
    "21": "the payer's number cannot be right",
    "23": "the account number cannot be right",
    "24": "the creditor's bankgiro number cannot be right",
    "29": "the creditor's bankgiro number is not in use any more",
    "30": "the creditor's bankgiro number is not in use any more",
    "33": "the mandate was ended",
    "98": "the mandate was ended, for it was taken back",
    WITHDRAWN: "the debtor has ended the mandate",
}
ENDS = frozenset({"02", "11", "33", "98", WITHDRAWN})
"""Those by which a mandate that stood has ended; all others refuse one that was asked for."""
_OF_THE_ACCOUNT = frozenset({"03", "05", "09", "20", "23"})

Remedy = Literal["other account", "ask us"]


def in_words(code: str) -> str:
    """Why a mandate was refused or how it ended, as a sentence for people."""
    return WORDS.get(code, f"a reason that is not known ({code})")


def remedy(code: str) -> Remedy:
    """What a debtor can do whose mandate was refused: tell the account anew, or ask the creditor."""
    return "other account" if code in _OF_THE_ACCOUNT else "ask us"
