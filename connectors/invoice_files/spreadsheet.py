"""What a spreadsheet makes of a table on its way into CSV: a text kept as a text is taken, what it spoilt is refused."""

import re

_AS_TEXT = re.compile(r'="([^"]*)"')  # a text that must not be read as a number: ="0155"
_MARKED = re.compile(r"^'(?=\+?\d[\d ./-]*$)")  # the same by the mark that a person types before it: '0155
_CUT = re.compile(r"[+-]?\d+(?:[.,]\d+)?E[+-]\d+", re.IGNORECASE)
_ERRORS = re.compile(r"#(?:#+|[A-ZÆØÅÄÖ]+(?:/[A-Z0-9]+)?[!?]|DIV/0!|N/A|NV|I/T|SAKNAS!)", re.IGNORECASE)
_MADE_A_NUMBER = re.compile(r"\d+[.,]0+")  # of a number that counts nothing: 6103 as 6103.0
_COUNTING_NOTHING = {
    "number", "invoice_number", "reference", "account", "debtor_customer_number", "debtor_organisation_number",
    "debtor_postcode", "id", "customer_number",
}  # fmt: skip
_LEFT_OUT_WHERE_WRONG = {
    "debtor_email",
    "debtor_phone",
    "debtor_whatsapp",
}  # the invoice comes in without it, with a warning


def as_typed(cell: str) -> str:
    """A cell's text without what marks it as one, and without blanks around."""
    text = cell.strip()
    if kept := _AS_TEXT.fullmatch(text):
        return kept[1].strip()
    return _MARKED.sub("", text, count=1)


def spoilt(column: str, text: str) -> str | None:
    """What is wrong with a cell that holds no longer what was typed; None where nothing is."""
    if column in _LEFT_OUT_WHERE_WRONG:
        return None
    if _CUT.fullmatch(text):
        return f"is {text}: the spreadsheet has cut the number; write it out, in a column of texts"
    if column in _COUNTING_NOTHING and _MADE_A_NUMBER.fullmatch(text):
        return f"is {text}: the spreadsheet has given it decimals; write it as a text, without them"
    if _ERRORS.fullmatch(text):
        return f"is {text}: an error of the spreadsheet stands for what was meant"
    if text.startswith("="):
        return "holds a formula of the spreadsheet; write what it comes to"
    if "\ufffd" in text:
        return "holds a character that cannot be read; save the file as UTF-8"
    return None
