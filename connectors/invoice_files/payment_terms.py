"""Payment terms in words: the day that a note plainly gives, and nothing where it could mean another.

A note is plain where each of its clauses gives one number of days, one date or "at once", and besides it only words that
add nothing to it, in Norwegian, Swedish, Danish, Finnish, German or English: "14 dager", "Net 30", "Zahlbar sofort ohne Abzug",
"bis zum 13.08.2026". A discount for paying by a day of its own and interest for paying late do not change the day. Whatever
else stands there ("end of month", "bankdager", "after receipt") may, so the note is left alone; and where two clauses give
two days, it gives none.
"""

import re
from datetime import date, timedelta

_TOKENS = re.compile(r"[0-9]+|[^\W\d_]+")
_BETWEEN = re.compile(r"[\w\s.,:;()/]*")  # no sign, no percent, no currency
_DISCOUNT = re.compile(r"#SKONTO((?:#[A-Z]+=[0-9.]+)+)#")  # XRechnung's own line: what is offered for paying early
_NO_DISCOUNT = re.compile(r"#TAGE=([0-9]{1,3})#PROZENT=0+(?:\.0+)?")  # ... which with none is when it is due
_CLAUSES = re.compile(r"[,;]\s|[\r\n]+|\.\s+(?=[^\W\d_a-zæøåäöü])")  # ... or a sentence
_DATE = re.compile(r"(?<!\d)(?:(\d{1,2})\.(\d{1,2})\.(\d{4})|(\d{4})-(\d{2})-(\d{2}))(?!\d)", re.ASCII)
_PERCENT = re.compile(r"\d+(?:[.,]\d+)?\s*%")
_INTEREST = re.compile(r"rente|ränt[ao]|zins|interest|korko")
_AT_ONCE = frozenset(
    {"sofort", "straks", "omgående", "umiddelbart", "kontant", "genast", "prompt", "heti", "immediately"}
)
_DAY_WORDS = "d day days dag dagar dage dagen dager dg dgr tag tage tagen pv päivä päivän päivää"
_NET_WORDS = "n net nett netto"
_SAYING_NOTHING_ELSE = """
a an the of in within from after by no later than payment payments pay paid payable due please make terms term is to be
invoice date our account
betaling betales betal betalingsfrist betalingsbetingelser betalingsvilkår frist innen inden indenfor senest per pr fra
etter efter forfall forfaller forfallsdato forfaldsdato fakturadato fakturadatoen er
betalas betalning betalningsvillkor betalningstid förfallodag förfallodatum innan inom senast från fakturadatum
fakturans datum
maksu maksuaika maksuehto maksuehdot maksetaan kuluessa laskun päiväyksestä päivämäärästä eräpäivä viimeistään
zahlbar zahlung zahlungsziel zahlungsbedingung zahlungsbedingungen zahlungsfrist zahlen bitte innerhalb binnen von bis zum
ab nach ohne abzug skontoabzug rein rechnungsdatum rechnungsstellung fällig bei uns eingehend
überweisen sie den betrag gesamtbetrag rechnungsbetrag auf unser das unten oben stehendes genannte angegebene konto
"""
_UNIT = frozenset((_DAY_WORDS + " " + _NET_WORDS).split())
_PLAIN = _UNIT | _AT_ONCE | frozenset(_SAYING_NOTHING_ELSE.split())


def due_by(note: str, issued: date) -> date | None:
    """The day that a note of payment terms plainly gives to an invoice of a date; None where it does not."""
    days: set[date | None] = set()
    days |= {_after(issued, int(net[1])) for told in _DISCOUNT.findall(note) if (net := _NO_DISCOUNT.fullmatch(told))}
    for clause in _CLAUSES.split(_DISCOUNT.sub("\n", note)):
        if clause.strip() and not _is_aside(clause.casefold()):
            days |= _told_in(clause.strip().casefold(), issued)
    return days.pop() if len(days) == 1 else None


def _is_aside(clause: str) -> bool:
    """Whether a clause is of interest for paying late, or of a discount with a day of its own."""
    rest, percentages = _PERCENT.subn(" ", clause)
    has_number = re.search(r"\d", rest) is not None
    if _INTEREST.search(rest):
        return bool(percentages) or not has_number
    return bool(percentages) and has_number


def _told_in(clause: str, issued: date) -> set[date | None]:
    """The days that a clause gives, or nobody knows which."""
    days = {_day(written) for written in _DATE.finditer(clause)}
    rest = _DATE.sub(" ", clause)
    tokens = _TOKENS.findall(rest)
    numbers = [token for token in tokens if token.isdecimal()]
    words = {token for token in tokens if not token.isdecimal()}
    if not words <= _PLAIN or not _BETWEEN.fullmatch(rest) or re.search(r"\d[.,:/]\d", rest) or len(numbers) > 1:
        return {None}
    if numbers:
        days.add(_after(issued, int(numbers[0])) if words & _UNIT and len(numbers[0]) <= 3 else None)
    if words & _AT_ONCE:
        days.add(issued)
    return days


def _day(written: re.Match[str]) -> date | None:
    day, month, year, iso_year, iso_month, iso_day = written.groups()
    try:
        return date(int(year or iso_year), int(month or iso_month), int(day or iso_day))
    except ValueError:
        return None


def _after(issued: date, days: int) -> date:
    return issued + timedelta(days=days)
