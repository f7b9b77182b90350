"""For whom an optional step is: what is known of the debtor, and what is guessed while that may be used.

What is not known does not hold: the step is left out, and the plan goes on as it stands.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from domain.learned.guess import Age, FoundIn, Guess, UseOfGuess, age
from domain.moment import Moment
from domain.parties.relations import customer_for, margin_in, paid_by, relations_on
from domain.parties.standing import Standing, Thing
from domain.planner.case_facts import CaseFacts
from domain.policy.policy import Step, When


def lacks(when: When, facts: CaseFacts, standing: Standing, now: Moment) -> str | None:
    """Why a step with this `when` is left out at a moment of the debtor's; None where all of it is known to hold.

    The words say nothing of a guess but that there is none, or that it did not hold: they stay where the guess does not.
    """
    guessed = not standing.never(Thing.PROFILING)
    return next(_lacking(when, facts, now, guessed=guessed), None)


def use_of_guess(step: Step, facts: CaseFacts, standing: Standing, now: Moment, *, taken: bool) -> UseOfGuess | None:
    """What was guessed that a step was taken for, or left out for; None where no guess made it so.

    Where what is known of the customer keeps the step away a guess decided nothing, nor where nothing was guessed.
    """
    when = step.when
    if when is None or standing.never(Thing.PROFILING):
        return None
    guess = facts.guess if when.chance_below is not None and _fresh(facts.guess, now) else None
    asked_of_segment = when.segment is not None and not _came_with(when.segment, facts)
    found = facts.found_in if asked_of_segment and _fresh(facts.found_in, now) else None
    if not taken:
        if lacks(replace(when, segment=None, chance_below=None), facts, standing, now) is not None:
            return None
        # The segment is asked first: what does not hold of it left the step out, whatever the chance is.
        elsewhere = when.segment is not None and not _in_segment(when.segment, facts, now.at, guessed=True)
        guess, found = (None, found) if elsewhere else (guess, None)
    if guess is None and found is None:
        return None
    used = [each for each in (guess, found) if each is not None]
    return UseOfGuess(
        step.id,
        taken,
        " and ".join(["chance_below"] * (guess is not None) + ["segment"] * (found is not None)),
        guess.chance_14 if guess else None,
        found.name if found else None,
        " and ".join(each.version for each in used),
        min(each.at for each in used),
    )


def in_words(when: When, currency: str) -> list[str]:
    """For whom a step is, piece by piece, as somebody reads it who looks at its policy."""
    said = (
        f"in the segment {when.segment}" if when.segment else "",
        f"pays by {when.payment_method}" if when.payment_method else "",
        f"a customer for {when.customer_for_months} months" if when.customer_for_months else "",
        f"paid within 14 days with a chance below {when.chance_below:.0%}" if when.chance_below else "",
        f"a margin of at least {when.margin_at_least} {currency} a month" if when.margin_at_least is not None else "",
    )
    return list(filter(None, said))


def _lacking(when: When, facts: CaseFacts, now: Moment, *, guessed: bool) -> Iterator[str]:
    if when.segment is not None and not _in_segment(when.segment, facts, now.at, guessed=guessed):
        yield f"the debtor is not known to be in the segment {when.segment}"
    if when.chance_below is not None:
        guess = facts.guess if guessed else None
        if guess is None or age(guess.at, now.at) is not Age.FRESH:
            yield "no guess of when it is paid is fresh enough"
        elif guess.chance_14 >= when.chance_below:
            yield "it is likely enough to be paid within 14 days"
    if when.payment_method is None and when.customer_for_months is None and when.margin_at_least is None:
        return
    relations = relations_on(facts.relations, now.day)
    if when.payment_method is not None and _plain(when.payment_method) not in map(_plain, paid_by(relations)):
        yield f"the debtor is not known to pay by {when.payment_method}"
    if when.customer_for_months is not None and customer_for(relations, now.day) < when.customer_for_months:
        yield f"the debtor is not known to have been a customer for {when.customer_for_months} months"
    if when.margin_at_least is not None and margin_in(relations, facts.currency) < when.margin_at_least:
        yield f"no margin of {when.margin_at_least} {facts.currency} a month is known"


def _in_segment(wanted: str, facts: CaseFacts, now: datetime, *, guessed: bool) -> bool:
    """The invoice's own segment comes first: it was told, and holds where nothing may be guessed."""
    if _came_with(wanted, facts):
        return True
    found = facts.found_in if guessed else None
    if found is None or age(found.at, now) is not Age.FRESH:
        return False
    return _plain(wanted) in map(_plain, (found.name, *found.once_called))


def _came_with(wanted: str, facts: CaseFacts) -> bool:
    return facts.segment is not None and _plain(facts.segment) == _plain(wanted)


def _fresh(guess: Guess | FoundIn | None, now: Moment) -> bool:
    return guess is not None and age(guess.at, now.at) is Age.FRESH


def _plain(written: str) -> str:
    return " ".join(written.split()).casefold()
