"""A job done for many: one that fails stops no other, and is told at the end."""

import pytest
from temporalio.exceptions import ApplicationError

from activities.jobs.each import for_each
from tests.logs import logged_here


async def test_what_fails_for_one_is_done_for_all_others_and_then_told() -> None:
    done: list[str] = []

    async def work(item: str) -> int:
        if item.startswith("bad"):
            raise OSError(28, "No space left on device")
        done.append(item)
        return 2

    with logged_here() as logs, pytest.raises(ApplicationError, match="of bad-1, bad-2; 6 were done"):
        await for_each(["a", "bad-1", "b", "bad-2", "c"], work, str, "letters_not_pulled")
    assert [(line["event"], line["of"]) for line in logs] == [("letters_not_pulled", n) for n in ("bad-1", "bad-2")]
    assert done == ["a", "b", "c"]
    assert await for_each(["a", "b", "c"], work, str, "letters_not_pulled") == 6
