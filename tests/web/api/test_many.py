"""A hold or a release of many cases over the API: seen beforehand, told page by page, each creditor's own alone."""

from typing import Any

import orjson
import pytest

from tests.web.door import Door
from views import selected

BY = {"by": "anne", "reason_code": "storm"}


async def many(door: Door, **given: Any) -> list[Any]:
    """The lines of the answer."""
    answer = await door.client.post("/v1/cases/commands", json=BY | given)
    assert answer.status_code == 200, answer.text
    return [orjson.loads(line) for line in answer.text.splitlines()]


async def foreseen(door: Door, **given: Any) -> Any:
    return (await door.client.post("/v1/cases/commands/preview", json=BY | given)).json()


async def sent(door: Door, *numbers: str) -> None:
    for number in numbers:
        debtor = {"name": "Kari", "customer_number": f"K-{number}", "email": f"{number}@example.no"}
        assert (await door.send_invoice(number, debtor=debtor, reference=None)).status_code == 201


async def test_many_are_held_page_by_page_and_the_same_again_holds_nobody_twice(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selected, "PAGE", 2)
    await sent(door, "1", "2", "3")
    seen = await foreseen(door, command="hold", where="state=open")
    assert (seen["matching"], seen["unposted_letters"], sum(seen["by_step"].values())) == (3, 0, 3)
    lines = await many(door, command="hold", where="state=open")
    assert [(line["done"], line["of"], line["finished"]) for line in lines] == [(2, 3, False), (3, 3, True)]
    await many(door, command="hold", where="state=open")
    ours = "select count(*) from hold h join dunning_case c on c.id = h.case_id where c.creditor_id = :c"
    assert await door.one(ours, c=door.creditor) == 3
    (refused,) = await many(door, command="release", where="number=1")
    assert (refused["done"], refused["refused"]) == (1, {})
    (again,) = await many(door, command="release", where="number=1")
    assert (again["done"], again["refused"]) == (0, {"1": "the case is not on hold"})


async def test_a_release_tells_its_hours_and_gives_turns_to_its_own_cases_alone(door: Door) -> None:
    other = Door(door.app, door.client, door.database, f"{door.creditor}-b")
    await other.register(other.creditor)
    await sent(door, "1", "2", "3")
    await many(door, command="hold", where="state=open")
    asked = {"command": "release", "where": "hold=yes", "per_hour": 1}
    seen = await foreseen(door, **asked)
    assert (seen["messages"], seen["per_hour"], seen["hours"]) == (3, 1, 3)
    (line,) = await many(door, **asked)
    assert line == {"done": 3, "refused": {}, "of": 3, "finished": True}
    turns = await door.rows(
        """select t.at from release_turn t join dunning_case c on c.id = t.case_id where c.creditor_id = :c order by 1""",
        c=door.creditor,
    )
    assert len(turns) == 3
    assert turns[-1].at.isoformat()[:16] >= seen["last"][:16]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"command": "hold", "where": "colour=red"}, "where"),
        ({"command": "hold", "where": "batch=gone.csv"}, "where"),
        ({"command": "hold", "where": "creditor=other"}, "where"),
        ({"command": "hold", "where": "state=open", "per_hour": 5}, ""),
        ({"command": "release", "where": "state=open", "per_hour": 0}, "per_hour"),
        ({"command": "release", "where": "", "per_hour": 5}, "where"),
        ({"command": "release", "where": "state=open", "held_for": "nothing"}, "where"),
    ],
)
async def test_what_means_nothing_is_refused_before_anything_is_done(
    door: Door, wrong: dict[str, Any], field: str
) -> None:
    for path in ("/v1/cases/commands", "/v1/cases/commands/preview"):
        answer = await door.client.post(path, json=BY | wrong)
        assert answer.status_code == 422, answer.text
        assert field in [error["field"] for error in answer.json()["errors"]]
