"""What is said beside each choice on the page is what the case then does: the choice is made, and the life goes on."""

from pathlib import Path

from tests.goldens.record_documents import POLICIES
from tests.goldens.stage import stage
from tests.oracle.consequences import untrue

LIVES, WITH_FULL = 3, 300


async def test_what_is_said_to_follow_from_a_choice_is_what_follows(
    postgres_url: str, tmp_path: Path, full: bool
) -> None:
    async with stage(postgres_url, tmp_path, POLICIES) as on:
        found = {seed: await untrue(on, seed) for seed in range(WITH_FULL if full else LIVES)}
    assert {seed: wrong for seed, wrong in found.items() if wrong} == {}
