"""Payment orders that Bankgirot rejected when it checked them against its register, in the new and the old file layout.

Both layouts hold one record for each order that is not drawn (82 in, 32 out), with the code of its reason, and the
number and the sum of both kinds at the end (09).
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from connectors.bank_files.bank_file import Findings
from connectors.bank_files.records import Records, day_of
from connectors.direct_debit.autogiro_answer import REASONS, AutogiroAnswer, Direction
from connectors.direct_debit.autogiro_list import until_end

_NEW_START = re.compile(r"01AUTOGIRO {14}.{20}AVVISADE BET UPPDR  .{6}(?P<bankgiro>\d{10})", re.ASCII)
_OLD_START = re.compile(r"01\d{8}AUTOGIRO9900FELLISTA REG\.KONTRL {21}.{6}(?P<bankgiro>\d{10})", re.ASCII)
_ORDER = re.compile(
    r"(?P<kind>82|32)(?P<date>.{8}).{4}(?P<payer>.{16})(?P<amount>.{12})(?P<reference>.{16})(?P<code>.{2})"
)
_END = re.compile(r"09\d{8}9900(\d{6})(\d{12})(\d{6})(\d{12})", re.ASCII)
_DIRECTIONS: dict[str, Direction] = {"82": "in", "32": "out"}
_ORE = Decimal("0.01")
_ZERO = Decimal("0.00")


def layout_of(start: str) -> Literal["new", "old"] | None:
    """The layout of the list that starts with this record; None where it is no such list."""
    return "new" if _NEW_START.match(start) else "old" if _OLD_START.match(start) else None


def read(start: str, rest: Iterator[str], records: Records) -> tuple[tuple[AutogiroAnswer, ...], tuple[str, ...]]:
    """The rejected orders after the start record, and what is wrong with the list."""
    findings = Findings()
    found = _NEW_START.match(start) or _OLD_START.match(start)
    bankgiro = found["bankgiro"].lstrip("0") if found else ""
    answers: list[AutogiroAnswer] = []
    for place, record in until_end(rest, records, findings, lambda each: each.startswith("09")):
        if record.startswith("09"):
            if contradiction := _fault_of_end(record, answers):
                findings.flag(f"{place}: {contradiction}")
        elif match := _ORDER.fullmatch(record[:60]):
            answer = _answer(match, bankgiro)
            answers.append(answer)
            if answer.code not in REASONS:
                findings.flag(f"{place}: has the unknown comment code {answer.code!r}")
        else:
            findings.flag(f"{place}: is a record of unknown type {record[:2]!r}: skipped")
    return tuple(answers), tuple(findings.flags)


def _answer(order: re.Match[str], bankgiro: str) -> AutogiroAnswer:
    """A rejected order as it stands: its amount and its day may be the very reason why it was rejected."""
    amount = order["amount"]
    return AutogiroAnswer(
        direction=_DIRECTIONS[order["kind"]],
        payer_number=order["payer"].strip().lstrip("0"),
        reference=order["reference"].strip() or None,
        amount=int(amount) * _ORE if amount.isascii() and amount.isdecimal() else _ZERO,
        due_on=day_of(order["date"]),
        outcome="rejected",
        code=order["code"].strip(),
        bankgiro=bankgiro,
    )


def _fault_of_end(record: str, answers: list[AutogiroAnswer]) -> str | None:
    """What the end record contradicts. It counts what goes out first, but lists that count what comes in first exist."""
    match = _END.match(record)
    if match is None:
        return "is a bad end record (type 09)"
    said = [(int(match[1]), int(match[2]) * _ORE), (int(match[3]), int(match[4]) * _ORE)]
    of_kind = [[answer.amount for answer in answers if answer.direction == one] for one in ("out", "in")]
    held = [(len(amounts), sum(amounts, _ZERO)) for amounts in of_kind]
    if said in (held, held[::-1]):
        return None
    return f"the file says {_in_words(said)}, but it holds {_in_words(held)}"


def _in_words(sums: list[tuple[int, Decimal]]) -> str:
    return " and ".join(
        f"{number} rejected payments {kind!r} of {total}"
        for kind, (number, total) in zip(("out", "in"), sums, strict=True)
    )
