"""What a centre answers to draws, recorded: what was drawn is booked as any bank file is, and what was not has failed at once."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import structlog

from connectors.direct_debit.autogiro import read_answers
from connectors.direct_debit.autogiro_answer import AutogiroAnswer
from facts import clock
from facts.database import Database
from facts.direct_debit import answers, mandates
from facts.direct_debit.answers import DrawAnswer

log = structlog.get_logger()

_FAILED = ("no cover", "no account", "rejected", "taken back by the centre")
_NOTHING_IS_DRAWN = frozenset({"01", "13"})  # codes of what could not be taken back, for it is not there


@dataclass(frozen=True, slots=True)
class AnswersRead:
    """What became of one file of answers: how many draws it changed, and what a person should look at."""

    file: str
    answers: int
    changed: int
    unknown: tuple[str, ...]
    flags: tuple[str, ...]
    waits: bool  # flagged and not accepted: nothing was recorded


async def read_answer_file(database: Database, path: Path, *, accepted_by: str | None = None) -> AnswersRead:
    """Record what a file says of draws that brought nothing; one with flags only if a person has accepted it.

    The money of what was drawn is booked from the same file like that of every bank file, and is not this function's affair.
    """
    file = await asyncio.to_thread(read_answers, path)
    flags = list(file.flags)
    waits = bool(flags) and accepted_by is None
    changed, unknown = 0, list[str]()
    for bankgiro in () if waits else sorted({answer.bankgiro for answer in file.answers}):
        told = [one for answer in file.answers if answer.bankgiro == bankgiro and (one := _told(answer))]
        async with database.transaction() as connection:
            creditor = await mandates.owner_of_agreement(connection, bankgiro)
            if creditor is None:
                flags.append(
                    f"bankgiro {bankgiro} is in the direct-debit agreement of no creditor, or of several: left out"
                )
                continue
            done = await answers.record(connection, creditor, told, await clock.now(connection))
        changed += done.changed
        unknown += done.unknown
    say = log.warning if flags or unknown else log.info
    say(
        "draw_answers_read",
        file=path.name,
        answers=len(file.answers),
        flags=len(flags),
        unknown=len(unknown),
        by=accepted_by,
    )
    return AnswersRead(str(path), len(file.answers), changed, tuple(unknown), tuple(flags), waits)


def _told(answer: AutogiroAnswer) -> DrawAnswer | None:
    """What an answer changes of a draw; None where it changes nothing: it was drawn, is tried again, or is of money paid out."""
    if answer.direction != "in":
        return None
    if answer.outcome in _FAILED:
        what: answers.What = "failed"
    elif answer.outcome == "moved" and answer.moved_to is not None:
        what = "moved"
    elif answer.outcome == "not changed" and answer.code not in _NOTHING_IS_DRAWN:
        what = "drawn all the same"
    else:
        return None
    return DrawAnswer(
        what,
        answer.payer_number,
        answer.reference,
        answer.amount,
        answer.due_on,
        answer.code,
        answer.words,
        answer.moved_to,
    )
