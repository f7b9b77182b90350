"""What a preview foresees is what the case then does: debtors are lived through for thirteen months, by the real acts."""

from pathlib import Path

from activities.cases.registry import ACTS
from domain.planner.effects import ON_PAPER
from tests.goldens.record_documents import POLICIES
from tests.goldens.stage import stage
from tests.oracle.foreseen import differences

DEBTORS, WITH_FULL = 3, 1000


async def test_the_preview_comes_true_and_every_act_does_what_it_does_on_paper(
    postgres_url: str, tmp_path: Path, full: bool
) -> None:
    async with stage(postgres_url, tmp_path, POLICIES) as on:
        found = {seed: await differences(on, seed) for seed in range(WITH_FULL if full else DEBTORS)}
    assert {seed: unlike for seed, unlike in found.items() if unlike} == {}


def test_every_act_is_done_on_paper_too() -> None:
    assert ON_PAPER.keys() == ACTS.keys()
