"""What cases that sleep for months have in their histories, the workers of today answer to by the same names."""

from tests.goldens.golden import kept, names, written
from tests.world import World


async def test_the_workers_answer_to_every_name_that_was_ever_used(session_world: World) -> None:
    assert written(await names(session_world)) == kept("names.json"), (
        "a name or field that was in use stays; new ones, the fields with defaults: `python -m tests.goldens.record`"
    )
