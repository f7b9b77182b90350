"""What Bankgirot tells of Autogiro payments that were taken back or moved to another day, in the new and the old file layout.

A record for each: the creditor's own wish (23 to 29) or what Bankgirot did by itself (03, 11, 21, 22: the mandate or an
agreement is gone), with the payment, its new day, and a comment code of what became of it.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from connectors.bank_files.bank_file import Findings
from connectors.bank_files.records import Records, day_of
from connectors.direct_debit.autogiro_answer import AMENDED, AutogiroAnswer, Direction, Outcome
from connectors.direct_debit.autogiro_list import until_end

_NEW_START = re.compile(r"01AUTOGIRO {14}.{20}MAKULERING/.NDRING {2}.{6}(?P<bankgiro>\d{10})", re.ASCII | re.DOTALL)
_OLD_START = re.compile(r"01\d{8}AUTOGIRO9900MAK/.NDRINGSLISTA {23}.{6}(?P<bankgiro>\d{10})", re.ASCII | re.DOTALL)
_CHANGE = re.compile(
    r"(?P<type>03|11|2[1-9])(?P<day>.{8})(?P<payer>[\d ]{16})(?P<kind>..)(?P<amount>\d{12})(?P<marked>.{8})(?P<moved>.{8})"
    r"(?P<reference>.{16})(?P<code>\d\d)",
    re.ASCII,
)
_END = re.compile(r"09\d{8}9900", re.ASCII)
_DIRECTIONS: dict[str, Direction] = {"82": "in", "32": "out"}
_BY_BANKGIROT = frozenset({"03", "11", "21", "22"})
_ORE = Decimal("0.01")


def layout_of(start: str) -> Literal["new", "old"] | None:
    """The layout of the list that starts with this record; None where it is no such list."""
    return "new" if _NEW_START.match(start) else "old" if _OLD_START.match(start) else None


def read(start: str, rest: Iterator[str], records: Records) -> tuple[tuple[AutogiroAnswer, ...], tuple[str, ...]]:
    """The payments that were taken back or moved, those of single payments, and what is wrong with the list.

    What speaks of all payments of a payer or a day has no amount and no payment of its own: each of them has a record as well.
    """
    findings = Findings()
    found = _NEW_START.match(start) or _OLD_START.match(start)
    bankgiro = found["bankgiro"].lstrip("0") if found else ""
    answers: list[AutogiroAnswer] = []
    for place, record in until_end(rest, records, findings, _END.match):
        if match := _CHANGE.match(record):
            if match["code"] not in AMENDED:
                findings.flag(f"{place}: has the unknown comment code {match['code']!r}")
            if match["kind"] in _DIRECTIONS:
                answers.append(_answer(match, bankgiro))
        elif not _END.match(record):
            findings.flag(f"{place}: is a record of unknown type {record[:2]!r}: skipped")
    return tuple(answers), tuple(findings.flags)


def _answer(change: re.Match[str], bankgiro: str) -> AutogiroAnswer:
    return AutogiroAnswer(
        direction=_DIRECTIONS[change["kind"]],
        payer_number=change["payer"].strip().lstrip("0"),
        reference=_reference(change["reference"]),
        amount=int(change["amount"]) * _ORE,
        due_on=day_of(change["day"]),
        outcome=_outcome(change["type"], change["code"]),
        code=change["code"],
        bankgiro=bankgiro,
        moved_to=day_of(change["moved"]),
    )


def _reference(written: str) -> str | None:
    reference = written.strip()
    return reference if reference.strip("0") else None


def _outcome(kind: str, code: str) -> Outcome:
    if code == "12":
        return "taken back by the centre" if kind in _BY_BANKGIROT else "taken back"
    if code in ("14", "18"):
        return "moved"
    return "not changed" if code in AMENDED else "unknown"
