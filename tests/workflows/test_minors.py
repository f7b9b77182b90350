"""A minor is written to through the guardians, by letter alone."""

from datetime import timedelta

from tests.doings import text_of
from tests.life import begin
from tests.world import World, debtor

A_CHILDS_YEARS = timedelta(days=12 * 365)


async def test_a_letter_to_a_minor_goes_to_the_guardians_and_says_whom_it_concerns(world: World) -> None:
    other = await begin(world)
    born = await other.today() - A_CHILDS_YEARS
    case = await begin(world, debtor=debtor(name="Ola Unge", customer_number="child", birth_date=born))
    await case.until("invoice", "letter")
    assert {d.channel for d in await case.deliveries()} == {"letter"}
    said = " ".join((await text_of(case, "invoice", "letter")).split())
    assert "Foresatte til Ola Unge" in said
    assert "Gjelder Ola Unge" in said
