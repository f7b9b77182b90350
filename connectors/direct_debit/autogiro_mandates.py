"""What Bankgirot tells of Autogiro mandates: advice of each one's state (AG-MEDAVI), and new ones of online banks (AG-EMEDGIV).

80 characters a record, in the new and the old file layout. An advice has a record for each mandate (73), with what it is about
and how it stands; of a mandate made in an online bank (52) its payer's words and address follow (53 to 56), which are left
alone. A mandate is known by its payer's number, without leading zeros.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from connectors.bank_files.bank_file import Findings
from connectors.bank_files.records import Records, day_of
from connectors.direct_debit.autogiro_list import until_end
from connectors.direct_debit.mandate_list import MandateFile, MandateList
from domain.agreements.direct_debit import Registration, ReportedMandate

_RECORD = re.compile(r"01AUTOGIRO|01\d{8}9900|(?:73|52)\d{26}|(?:51|59|09)\d{8}9900|5[3-6]")
_STARTS = (
    re.compile(r"01AUTOGIRO {14}(?P<day>\d{8})(?P<time>[\d ]{12})AG-MEDAVI {11}.{6}(?P<bankgiro>\d{10})", re.ASCII),
    re.compile(r"01(?P<day>\d{8})9900(?P<bankgiro>\d{10})AG-MEDAVI(?P<time>)", re.ASCII),
    re.compile(r"51(?P<day>\d{8})9900(?P<bankgiro>\d{10})AG-EMEDGIV(?P<time>)", re.ASCII),
)
_MANDATE = re.compile(
    r"(?P<type>73|52)(?P<bankgiro>\d{10})(?P<payer>[\d ]{16})(?P<account>[\d ]{16})(?P<holder>[\d ]{12}).{5}"
    r"(?P<about>..)(?P<status>..)",
    re.ASCII,
)
_END = re.compile(r"(?:09|59)\d{8}9900(?P<count>\d{7})", re.ASCII)
_ENDS = ("09", "59")
_STANDS = frozenset({"32", "10"})  # 10: it was there before
_ENDED = frozenset({"02", "11", "33", "98"})
_REFUSED = frozenset({"03", "04", "05", "07", "09", "12", "20", "21", "23", "24", "29", "30"})
_ASKED_FOR = "04"
_DAYS_APART, _SECONDS = 100, 86_400  # within this many days no two lists of an account have one number


def is_of_mandates(start: str) -> bool:
    """Whether a file with this first record tells of Autogiro mandates."""
    return any(one.match(start) for one in _STARTS)


def read_mandates(path: Path) -> MandateFile:
    """The mandates of a file, what is wrong about it as flags; OSError where it cannot be read."""
    records = Records(path, _RECORD)
    rest = iter(records)
    start = next(rest, "")
    found = next(filter(None, (one.match(start) for one in _STARTS)), None)
    findings = Findings()
    made_on = day_of(found["day"]) if found else None
    if found is None or made_on is None:
        findings.flag("holds no mandates of Autogiro: it starts with neither AG-MEDAVI nor AG-EMEDGIV")
        return MandateFile(str(path), (), tuple(findings.flags))
    bankgiro = found["bankgiro"].lstrip("0")
    mandates = tuple(_mandates(rest, records, found["bankgiro"], findings))
    listed = MandateList(bankgiro, _number(made_on, found["time"]), 0, mandates, lists_all=False, made_on=made_on)
    return MandateFile(str(path), (listed,), tuple(findings.flags))


def _mandates(rest: Iterator[str], records: Records, bankgiro: str, findings: Findings) -> Iterator[ReportedMandate]:
    for place, record in until_end(rest, records, findings, lambda each: each[:2] in _ENDS, called="09 or 59"):
        code = record[:2]
        if code in ("73", "52"):
            if mandate := _mandate(place, record, bankgiro, findings):
                yield mandate
        elif code in _ENDS:
            match, held = _END.match(record), records.given
            if match is None:
                findings.flag(f"{place}: is a bad end record (type {code})")
            elif int(match["count"]) not in (held, held - 2):  # with the first and the last record, or without
                findings.flag(
                    f"{place}: the file says {int(match['count'])} records, but it holds {held - 2} between its ends"
                )
        elif code not in ("53", "54", "55", "56"):
            findings.flag(f"{place}: is a record of unknown type {code!r}: skipped")


def _mandate(place: str, record: str, bankgiro: str, findings: Findings) -> ReportedMandate | None:
    match = _MANDATE.match(record)
    payer = match["payer"].strip().lstrip("0") if match else ""
    if match is None or not payer:
        findings.flag(f"{place}: is a bad mandate (type {record[:2]}): skipped")
    elif match["bankgiro"] != bankgiro:
        findings.flag(f"{place}: is of another bankgiro number than the file: skipped")
    elif match["type"] == "52":
        return ReportedMandate(payer, "made", notify=False, account=_account(match["account"]))
    else:
        about, status = match["about"], match["status"].strip()
        registration = _registration(about, status)
        if registration is None:
            findings.flag(f"{place}: has the unknown status {status!r} about {about!r}: skipped")
        else:
            why = None if registration == "new" else status
            return ReportedMandate(payer, registration, notify=False, why=why, account=_account(match["account"]))
    return None


def _registration(about: str, status: str) -> Registration | None:
    """How a mandate stands by an advice; what is refused was asked for, else it has ended by that."""
    if status in _STANDS or (about == _ASKED_FOR and not status):
        return "new"
    if status in _ENDED or (about in ("03", "10", "46") and status in ("", *_REFUSED)):
        return "ended"
    return "refused" if status in _REFUSED else None


def _account(written: str) -> str | None:
    account = written.strip()
    return account if account.strip("0") else None


def _number(made_on: date, time: str) -> int:
    """What orders the lists of an account where they were made on one day: the second, as far as the file tells it."""
    clock = time.strip()[:6]
    seconds = int(clock[:2]) * 3600 + int(clock[2:4]) * 60 + int(clock[4:6]) if len(clock) == 6 else 0
    return made_on.toordinal() % _DAYS_APART * _SECONDS + min(seconds, _SECONDS - 1)
