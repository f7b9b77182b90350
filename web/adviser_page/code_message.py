"""The message with an adviser's code: a word from the creditor, and the code in it."""

from uuid import UUID

from facts.parties.adviser_codes import Registered
from messages.languages import Locale
from web.outside_message import OutsideMessage
from web.pages import words


def code_message(creditor: str, to: Registered, code: str, id: UUID, language: Locale) -> OutsideMessage:
    """The code in words, to where its owner is registered."""
    t = words(language)
    return OutsideMessage(
        about="adviser code",
        id=str(id),
        channel=to.channel,
        address=to.address,
        name=to.name,
        creditor=creditor,
        creditor_name=to.creditor_name,
        language=language,
        subject=t["adviser_code_subject"].format(creditor=to.creditor_name),
        text=t["adviser_code_text"].format(code=f"{code[:4]} {code[4:]}", creditor=to.creditor_name),
    )
