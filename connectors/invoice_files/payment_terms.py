"""Payment terms in words: the number of days that a note plainly gives, and nothing where it could mean another.

A note is plain where it holds one number, and besides it only words that add nothing to it, in Norwegian, Swedish,
Danish, German or English: "14 dager", "Net 30", "Zahlbar innerhalb von 14 Tagen netto". Whatever else stands there
("end of month", "bankdager", "after receipt", a discount in words) may change the day, so the note is left alone.
"""

import re

_TOKENS = re.compile(r"[0-9]+|[^\W\d_]+")
_BETWEEN = re.compile(r"[\w\s.,:;()/]*")  # no sign, no percent, no currency
_DISCOUNT = re.compile(r"#SKONTO(?:#[A-Z]+=[0-9.]+)+#")  # XRechnung's own line: what is offered for paying early
_DAY_WORDS = "d day days dag dagar dage dager tag tage tagen"
_NET_WORDS = "n net nett netto"
_SAYING_NOTHING_ELSE = """
a an the of in within from after payment payments pay paid payable due please make terms term is to be invoice date
betaling betales betal betalingsfrist betalingsbetingelser betalingsvilkår frist innen inden indenfor per pr fra etter
efter forfall forfaller fakturadato fakturadatoen er
betalas betalning betalningsvillkor betalningstid innan inom från fakturadatum fakturans datum
zahlbar zahlung zahlungsziel zahlungsbedingung zahlungsbedingungen zahlungsfrist zahlen bitte innerhalb binnen von ab
nach ohne abzug rein rechnungsdatum rechnungsstellung fällig
"""
_UNIT = frozenset((_DAY_WORDS + " " + _NET_WORDS).split())
_PLAIN = _UNIT | frozenset(_SAYING_NOTHING_ELSE.split())


def days_in(note: str) -> int | None:
    """The days from the invoice's date that a note of payment terms plainly gives; None where it does not."""
    bare = _DISCOUNT.sub(" ", note).strip().casefold()
    tokens = _TOKENS.findall(bare)
    numbers = [token for token in tokens if token.isdecimal()]
    words = {token for token in tokens if not token.isdecimal()}
    if len(numbers) != 1 or len(numbers[0]) > 3 or not _BETWEEN.fullmatch(bare) or re.search(r"\d[.,:/]\d", bare):
        return None
    return int(numbers[0]) if words & _UNIT and words <= _PLAIN else None
