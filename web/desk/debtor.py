"""The page of a person: all that they have with a creditor, older cases too, in one list and one timeline."""

from typing import Annotated, cast

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from domain.desk.parts import Part, parts_of
from domain.languages import Language
from domain.moment import moment_in
from domain.parties.standing import standing_of
from facts import clock
from facts.parties import life_events
from facts.prediction import experiments
from views import timeline
from views.case_card import card
from views.debtor_cases import cases_of, sums_of
from views.debtor_standing import forbidden
from views.prediction.behaviour import behaves, worth, worth_in_words
from views.timeline import Kind
from web.desk.case import Before, Kinds, known_today
from web.desk.door import NotHere, ToLook
from web.desk.shown import also_here, place_of_debtor
from web.desk.told import Telling

router = APIRouter(include_in_schema=False)

LARGEST = 2**31 - 1
Number = Annotated[int, Path(ge=1, le=LARGEST)]
After = Annotated[str, Query(max_length=30, description="The place in the list that this page of it comes after.")]


@router.get("/desk/debtor/{debtor}")
async def debtor_page(
    at: ToLook, debtor: Number, kind: Kinds = None, before: Before = "", after: After = ""
) -> Response:
    """A person with everything that is theirs, to the creditor's own people alone."""
    parts, language = parts_of(at.user.roles), cast(Language, at.user.language)
    if Part.OTHERS not in parts:
        raise NotHere
    async with at.services.database.snapshot() as connection:
        await at.must_see(connection, debtor=debtor)
        cases, more = await cases_of(connection, debtor, after)
        newest = cases if not after else (await cases_of(connection, debtor, most=1))[0]
        if not newest:
            raise NotHere
        found = await card(connection, newest[0].case, await clock.now(connection))
        now = await clock.now(connection, found.creditor)
        day = moment_in(found.country, now).day
        sums = await sums_of(connection, debtor)
        of_life = await life_events.told(connection, debtor)
        told = await timeline.of_debtor(connection, debtor, kinds=kind or (), before=before)
        here = await behaves(connection, debtor) if Part.WORTH in parts else None
        arms = await experiments.of_debtor(connection, debtor, now) if Part.WORTH in parts else []
        value = await worth(connection, found.creditor, found.customer_number, day) if Part.WORTH in parts else None
        others_here = await also_here(connection, at.user, place_of_debtor(debtor))
        await at.looked(connection, now, debtor, where="debtor")
    telling = Telling(language, parts, found.country, found.currency)
    return at.page(
        "debtor.html.j2",
        card=found,
        parts={each.name for each in parts},
        now=now,
        also_here=others_here,
        telling=telling,
        sums=sums,
        cases=cases,
        more=more,
        known=known_today(of_life, day),
        forbids=forbidden(standing_of(of_life, day)),
        behaves=here,
        arms=arms,
        valuable=worth_in_words(value),
        of_many=True,
        lines=[telling.line(each) for each in told.entries],
        older=told.next,
        kinds=list(Kind),
        chosen=[each.value for each in kind or ()],
        before=before,
    )
