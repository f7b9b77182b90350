"""What somebody wrote in a mail, and what is only quoted there: an answer is judged by its own words alone."""

import re

# "On 3 Dec Kari wrote:", also over two lines. It says when or who, so it has a digit or an @ before its colon.
_INTRODUCTION = re.compile(r"[>\s]*(?=.*[\d@]).{0,300}\b(skrev|skreiv|wrote|schrieb|kirjoitti)\b.{0,200}:\s*")
_BEGINS = re.compile(r"\W*(on|den|på|am|op)\b.*\d", re.IGNORECASE)
_LONGEST = 400  # characters of an introduction
_DIVIDER = re.compile(
    r"\s*-{2,}\s*(original message|opprinnelig melding|ursprungligt meddelande|oprindelig meddelelse|forwarded message"
    r"|videresendt melding|alkuperäinen viesti|ursprüngliche nachricht)\s*-{2,}\s*",
    re.IGNORECASE,
)
_FROM = re.compile(r"\W*(fra|from|från|lähettäjä|von)\W*:.*", re.IGNORECASE)
_SENT = re.compile(
    r"\W*(sendt|sent|skickat|lähetetty|gesendet|dato|date|datum|päivämäärä|emne|subject|ämne|aihe|betreff)\W*:.*",
    re.IGNORECASE,
)
_HEAD = 3  # lines after From: within which Sent: or Subject: comes


def fold(text: str) -> tuple[str, str]:
    """The words of the mail itself, and those it quotes."""
    lines = text.splitlines()
    said: list[str] = []
    quoted: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if _DIVIDER.fullmatch(line) or _is_head(lines, at):
            quoted += lines[at:]
            break
        if introduction := _introduction(lines, at):
            after = at + introduction
            if not any(each.startswith(">") for each in lines[after:]):  # quoted without a sign of it
                quoted += lines[at:]
                break
            quoted += lines[at:after]
            at = after
            continue
        (quoted if line.startswith(">") else said).append(line)
        at += 1
    return "\n".join(said).strip(), "\n".join(quoted).strip()


def _introduction(lines: list[str], at: int) -> int:
    """How many lines from here introduce a quotation; the first of two has its day."""
    if _introduces(lines[at]):
        return 1
    two = lines[at : at + 2]
    return 2 if _BEGINS.match(two[0]) and _introduces(" ".join(two)) else 0


def _introduces(line: str) -> bool:
    return len(line) <= _LONGEST and bool(_INTRODUCTION.fullmatch(line))


def _is_head(lines: list[str], at: int) -> bool:
    """Whether a quoted mail's head begins here."""
    return bool(_FROM.fullmatch(lines[at])) and any(_SENT.fullmatch(line) for line in lines[at + 1 : at + 1 + _HEAD])
