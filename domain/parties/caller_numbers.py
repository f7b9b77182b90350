"""A caller's number as a phone system tells it: dialled at home, in full, as an address of SIP, or withheld."""

from domain.invoices.incoming import IncomingDebtor


def caller_number(told: str | None, country: str) -> str | None:
    """The number as E.164; None where there is none to tell, such as a withheld one, or where it is no number."""
    said = (told or "").strip().lower()
    for scheme in ("tel:", "sips:", "sip:"):
        said = said.removeprefix(scheme)
    said = said.partition(";")[0].partition("@")[0].strip()
    if not said or len(said) > LONGEST or not said.isprintable():
        return None
    number = IncomingDebtor(name="?", phone=said, country=country).phone_number
    if number is None and said.isdigit():  # many systems leave the + away
        number = IncomingDebtor(name="?", phone=f"+{said}", country=country).phone_number
    return number


LONGEST = 40  # signs
