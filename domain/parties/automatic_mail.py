"""Mail that no person wrote (RFC 3834): it is kept, and neither answered nor taken for anybody's word."""

import re
from collections.abc import Mapping
from enum import StrEnum


class Automatic(StrEnum):
    """What wrote a mail, where it was no person."""

    OWN = "own"
    BOUNCE = "bounce"
    RECEIPT = "receipt"
    ABSENCE = "absence"
    LIST = "list"
    MACHINE = "machine"


_ABSENCE_SAYS = re.compile(
    r"\s*(automatisk svar|autosvar|automatiskt svar|automatic reply|auto(matic)?[ -]?(reply|response|svar)|out of( the)? office"
    r"|ikke på kontoret|fravær|ferie|frånvaro|poissa|automaattinen vastaus|abwesenheit)",
    re.IGNORECASE,
)
_OF_LISTS = ("list-id", "list-post", "list-unsubscribe", "list-help")
_ANSWERS_BY_ITSELF = ("x-autoreply", "x-autorespond", "x-autoresponse", "x-auto-reply")
_MAILERS = ("mailer-daemon", "postmaster")


def automatic(headers: Mapping[str, str], *, report: str, sender: str, bounces_to: str | None) -> Automatic | None:
    """What wrote a mail, by its headers in small letters, the type of its report, its From and where its bounces would go.

    None for a person, whose mail may come through much that marks mail: only what RFC 3834 and its like name counts.
    """
    submitted = headers.get("auto-submitted", "no").partition(";")[0].strip().lower()
    precedence = headers.get("precedence", "").strip().lower()
    name = sender.partition("@")[0].lower()
    if report == "disposition-notification":
        return Automatic.RECEIPT
    if report == "delivery-status" or "x-failed-recipients" in headers or name in _MAILERS:
        return Automatic.BOUNCE
    if (
        submitted == "auto-replied"
        or precedence == "auto_reply"
        or any(each in headers for each in _ANSWERS_BY_ITSELF)
        or _ABSENCE_SAYS.match(headers.get("subject", ""))
    ):
        return Automatic.ABSENCE
    if any(each in headers for each in _OF_LISTS) or precedence in ("bulk", "list", "junk"):
        return Automatic.LIST
    return Automatic.MACHINE if submitted != "no" or bounces_to == "" else None
