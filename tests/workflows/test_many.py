"""An order to many cases as its workflow lives it: started by itself, page by page, to its end."""

from datetime import datetime

from facts.operations import many
from facts.operations.many import Asked, Order
from relays.many_starter import ManyStarter, workflow_of
from tests.life import begin
from tests.world import World, eventually


async def ask(world: World, creditor: str, matching: int, now: datetime) -> int:
    """Somebody puts all open cases of a creditor on hold."""
    asked = Asked("anne", creditor, "hold", "asked", None, "state=open", matching)
    async with world.database.transaction() as connection:
        return await many.ask(connection, asked, now)


async def stands(world: World, order: int) -> Order:
    """How an order stands."""
    async with world.database.transaction() as connection:
        found = await many.find(connection, order)
    assert found is not None
    return found


async def test_what_was_asked_for_starts_by_itself_and_comes_to_its_end(world: World) -> None:
    case = await begin(world)
    order = await ask(world, case.creditor, 1, await case.now())
    await ManyStarter(world.database, world.client).start()
    await ManyStarter(world.database, world.client).start()  # another worker: one that runs goes on

    async def ended() -> bool:
        return (await stands(world, order)).ended_at is not None

    await eventually(ended)
    handle = world.client.get_workflow_handle(workflow_of(order))
    assert (await handle.result())["done"] == 1
    assert await ManyStarter(world.database, world.client).start() == 0
    await case.quiet()
    assert (await stands(world, order)).done == 1
