"""When an open case is paid, as it is guessed: one reading for the terminal, the API and the desk.

Of whom nothing may be guessed nothing is read; a guess that is retired by its age, or with what guessed it, is none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.learned import late_reasons
from domain.learned.guess import Age, age
from domain.parties.standing import Thing, standing_of
from facts.prediction.scores import IN_USE
from facts.prediction.uses import Used
from planning.service import PlannedCase

MOST_REASONS: Final = 5
USED_FOR: Final = "optional steps alone: no fee, deadline, block, termination or hand-off hangs on it"

READ = text(f"""
select s.version_id as version, s.scored_at, s.chance_7, s.chance_14, s.chance_30, s.chance_next_step, s.expected_money,
  i.currency, s.expected_on, s.cold, s.why, s.late_because, g.name as segment, d.found_at
from payment_score s join dunning_case c on c.id = s.case_id join invoice i on i.id = c.invoice_id
left join debtor_segment d on d.debtor_id = c.debtor_id and d.creditor_id = c.creditor_id
left join found_segment g on g.creditor_id = d.creditor_id and g.key = d.segment
where s.case_id = :case and c.state = 'open' and {IN_USE}
""")


@dataclass(frozen=True, slots=True)
class Weighed:
    """Something that weighed most in a guess: what was seen, in words, and whether it speaks for being paid sooner or later."""

    what: str
    direction: Literal["sooner", "later"]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that was seen, in a sentence, and on which days (local, the latest three)."""

    sentence: str
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Guessed:
    """When a case is paid, as it is guessed. Chances are from 0 to 1; money is of what is owed, within 30 days of `at`."""

    chance_7: Decimal
    chance_14: Decimal
    chance_30: Decimal
    chance_next_step: Decimal | None
    expected_money: Decimal
    currency: str
    expected_on: date | None
    reasons: tuple[Weighed, ...]
    late_because: Mapping[str, Decimal]
    """What may keep the debtor, each with its probability: the likeliest first."""
    likely: str | None
    """Why it is probably late, as a sentence; None where it is not overdue."""
    facts: tuple[Fact, ...]
    """What was seen that speaks for that, the strongest first."""
    segment: str | None
    version: int
    at: datetime
    old: bool
    """Older than a week: it is shown, and no step hangs on it any more."""
    cold: bool
    """Little is known of the debtor, so that it is much what it is for all."""
    used_for: str
    """The only use that may be made of it."""


async def guessed(connection: AsyncConnection, plan: PlannedCase, now: datetime) -> Guessed | None:
    """What is guessed of a planned case at `now` (UTC); None where nothing is, or may be."""
    standing = standing_of(plan.case.facts.life, plan.law.calendar.local_date(now), plan.law)
    if standing.never(Thing.PROFILING):
        return None
    row = (await connection.execute(READ, {"case": plan.case.id})).one_or_none()
    if row is None or (how_old := age(row.scored_at, now)) is Age.RETIRED:
        return None
    late = late_reasons.from_json(row.late_because)
    because = {str(reason): Decimal(str(likely.chance)) for reason, likely in late.items()}
    return Guessed(
        row.chance_7,
        row.chance_14,
        row.chance_30,
        row.chance_next_step,
        row.expected_money,
        row.currency,
        row.expected_on,
        tuple(_weighed(row.why)),
        dict(sorted(because.items(), key=lambda each: -each[1])),
        late_reasons.in_words(late) if late else None,
        tuple(Fact(late_reasons.sentence_of(each), each.days) for each in late_reasons.facts_of(late)),
        None if row.found_at is None or age(row.found_at, now) is Age.RETIRED else row.segment,
        row.version,
        row.scored_at,
        old=how_old is Age.OLD,
        cold=row.cold,
        used_for=USED_FOR,
    )


def _weighed(why: Sequence[Sequence[object]]) -> Iterator[Weighed]:
    for name, direction, _, *sentence in why[:MOST_REASONS]:
        # What was scored before sentences were kept has the feature's name alone.
        what = str(sentence[0]) if sentence else str(name).replace("_", " ")
        yield Weighed(what, "later" if direction == "later" else "sooner")


def in_words(found: Guessed) -> Iterator[str]:
    """A guess as an operator reads it, line by line."""
    aged = ", more than a week old: nothing hangs on it any more" if found.old else ""
    yield f"guessed on {found.at:%d %b %Y %H:%M} UTC by version {found.version}{aged}"
    then = "" if found.chance_next_step is None else f", before the next step {found.chance_next_step:.0%}"
    chances = (f"{days} days {chance:.0%}" for days, chance in _chances(found))
    yield f"paid within {', '.join(chances)}{then}"
    on = f", probably on {found.expected_on}" if found.expected_on else ""
    yield f"expected within 30 days: {found.expected_money} {found.currency}{on}"
    if found.segment:
        yield f"in the segment {found.segment}"
    if found.cold:
        yield "little is known of this debtor: it is much what it is for all"
    yield from (f"{each.direction}: {each.what}" for each in found.reasons)
    if found.late_because:
        likely = ", ".join(f"{reason.replace('_', ' ')} {chance:.0%}" for reason, chance in found.late_because.items())
        yield f"if it is late: {likely}"
        yield str(found.likely)
        yield from (f"  {', '.join([each.sentence, *map(str, each.days)])}" for each in found.facts)
    yield f"used for {found.used_for}"


def use_in_words(used: Used) -> str:
    """A use of a guess as an operator reads it."""
    guess = [f"paid within 14 days {used.chance:.0%}"] if used.chance is not None else []
    guess += [f"in the segment {used.segment}"] if used.segment is not None else []
    guess += [f"it was proposed to go {used.way}"] if used.way is not None else []
    guess += [f"in the arm {used.arm} of experiment {used.experiment}"] if used.arm is not None else []
    done = "taken" if used.taken else "left out"
    return f"{used.at:%d %b %Y %H:%M} UTC {used.step} was {done}: {', '.join(guess)}, by version {used.version}"


def _chances(found: Guessed) -> Iterator[tuple[int, Decimal]]:
    yield from ((7, found.chance_7), (14, found.chance_14), (30, found.chance_30))
