"""Payments that Bankgirot drew by Autogiro, as its payment specification has them one by one, and those given back.

What was not drawn is told in the same file, and is no payment. The money itself comes to the account as a sum, which another file
may tell of: a specification says what each part of it is for, and never through which day an account is known.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from connectors.bank_files.bank_file import DRAWN_BY_AUTOGIRO, BankPayment, Findings, Repeats
from connectors.direct_debit.autogiro import read_answers
from connectors.direct_debit.autogiro_answer import GIVEN_BACK, AutogiroAnswer

STARTS = re.compile(rb"01AUTOGIRO {14}.{20}BET\. SPEC & STOPP TK|01\d{8}AUTOGIRO9900 {40}")

_GIVEN_BACK = "77"
_CURRENCY = "SEK"


def read(path: Path, findings: Findings) -> Iterator[BankPayment]:
    """The payments of a specification, one after the other; OSError where it cannot be read."""
    file = read_answers(path)
    for flag in file.flags:
        findings.flag(flag)
    findings.deposits += file.deposits
    repeats = Repeats()
    for answer in file.answers:
        findings.accounts.add(answer.bankgiro)
        if answer.direction == "out":
            findings.left_out["outgoing payments"] += 1
        elif answer.outcome not in ("paid", "refunded"):
            findings.left_out["payments that were not drawn"] += 1
        elif payment := _payment(answer, repeats):
            yield payment


def _payment(answer: AutogiroAnswer, repeats: Repeats) -> BankPayment | None:
    day = answer.refunded_on or answer.paid_on or answer.due_on
    if day is None:
        return None
    back = answer.outcome == "refunded"
    told = f"{answer.due_on}/{answer.payer_number}/{answer.reference or ''}/{answer.amount}"
    identity = f"autogiro/{answer.bankgiro}/{'back/' if back else ''}{told}"
    times = repeats.count(identity)
    return BankPayment(
        provider_id=identity if times == 1 else f"{identity}/{times}",
        reference=answer.reference,
        amount=-answer.amount if back else answer.amount,
        currency=_CURRENCY,
        booked_on=day,
        type=_GIVEN_BACK if back else DRAWN_BY_AUTOGIRO,
        account=answer.bankgiro,
        text=f"Autogiro, betalarnummer {answer.payer_number}",
        return_reason=f"{answer.code}: {GIVEN_BACK[answer.code]}" if back and answer.code in GIVEN_BACK else None,
    )
