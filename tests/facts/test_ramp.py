"""Which debtors are in: for ever the same, and about as many of a hundred as is said."""

from sqlalchemy import text

from facts.ramp import place_of
from tests.store import Store

PLACES = text(f"select {place_of('cast(:creditor as text)', 'd')} from generate_series(1, 20000) d order by d")

FIRST = [15, 13, 85, 25, 13, 50, 56, 12]  # of acme's debtors 1 to 8


async def test_the_places_of_debtors_never_change_and_are_spread_evenly(store: Store) -> None:
    async with store.database.transaction() as connection:
        mine = list((await connection.execute(PLACES, {"creditor": "acme"})).scalars())
        theirs = list((await connection.execute(PLACES, {"creditor": "beta"})).scalars())
    assert mine[:8] == FIRST  # other places would throw debtors out who are in
    for places in (mine, theirs):
        assert min(places) == 0
        assert max(places) == 99
        assert 150 < sum(place < 1 for place in places) < 250
        assert 1850 < sum(place < 10 for place in places) < 2150
    assert mine != theirs
