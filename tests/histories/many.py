"""The shapes of an order to many cases: page by page to its end, and stopped before it."""

from collections.abc import Awaitable, Callable

from facts.operations import many
from facts.operations.many import Asked
from relays.many_starter import ManyStarter, workflow_of
from tests.life import begin
from tests.world import World
from views import selected


async def held_page_by_page(world: World) -> str:
    """Three cases, two on a page."""
    selected.PAGE = 2
    return await _run(world, stopped=False)


async def stopped_before_the_first_page(world: World) -> str:
    """Somebody thinks better of it at once."""
    return await _run(world, stopped=True)


async def _run(world: World, *, stopped: bool) -> str:
    case, _, _ = [await begin(world) for _ in range(3)]
    now = await case.now()
    asked = Asked("anne", None, "hold", "asked", None, "state=open", 3)
    async with world.database.transaction() as connection:
        order = await many.ask(connection, asked, now)
        if stopped:
            await many.stop(connection, order, "anne", now)
    await ManyStarter(world.database, world.client).start()
    await world.client.get_workflow_handle(workflow_of(order)).result()
    return workflow_of(order)


SHAPES: dict[str, Callable[[World], Awaitable[str]]] = {
    "many/held_page_by_page": held_page_by_page,
    "many/stopped_before_the_first_page": stopped_before_the_first_page,
}
