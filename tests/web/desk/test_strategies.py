"""What was found of a policy is read at the desk: the best line of each strategy, a plot and a table, in Bokmål too."""

from datetime import timedelta
from typing import Any

import pytest

from domain.desk.roles import Role
from facts.prediction import strategies
from prediction.effects.left import Left
from prediction.effects.strategies import Strategies
from prediction.effects.strategies_told import document
from prediction.effects.worth import Prices
from tests.begin import BEGIN
from tests.prediction.effects.test_strategies import HELPS, WAYS, found, lived
from tests.web.desk.conftest import Desk, Staff
from tests.web.desk.test_case import another
from web.desk.sentences import translated


async def keep(staff: Staff, judged: Strategies, policy: str = "no-gentle", days: int = 0) -> dict[str, Any]:
    told = document(judged, policy, staff.door.creditor)
    async with staff.door.database.transaction() as connection:
        await strategies.keep(connection, staff.door.creditor, policy, told, BEGIN + timedelta(days=days))
    return told


async def shown(desk: Desk, **asked: str) -> str:
    answer = await desk.get("/desk/strategies", **asked)
    assert answer.status_code == 200
    return answer.text


async def test_what_was_found_last_is_shown_as_plot_table_and_sentence(staff: Staff) -> None:
    await keep(staff, found(lived(dict.fromkeys(WAYS, 0.5))))
    await keep(staff, found(lived(HELPS)), days=7)
    page = await shown(await staff.sign_in(Role.CREDIT_MANAGER))
    assert "Change 1, line 27:" in page
    assert "<code>reach: [sms, email, letter]</code>" in page
    assert ("On the front: 1." in page, "<circle" in page, "days shorter" in page) == (True, True, True)
    assert page.count('<tr><th scope="row">') == 2  # one was never tried, and stands in the table with why
    assert "was never tried, or less than 20 times" in page
    norsk = await shown(await staff.sign_in(Role.CREDIT_MANAGER, language="nb"))
    assert ("Mest inn" in norsk, "På fronten: 1." in norsk, "dager kortere" in norsk) == (True, True, True)
    assert "best for: Mest inn" in norsk or "best for: Best prosess" in norsk


async def test_of_nothing_judged_the_page_says_what_that_needs(staff: Staff) -> None:
    assert "Nothing is judged yet" in await shown(await staff.sign_in(Role.CREDIT_MANAGER))


async def test_nobody_reads_what_was_found_of_anothers_policies_or_without_the_right(staff: Staff) -> None:
    await keep(staff, found(lived(HELPS)))
    stranger = await staff.sign_in(Role.CREDIT_MANAGER, creditors=(await another(staff.door),))
    assert "no-gentle" not in await shown(stranger, creditor=staff.door.creditor)
    agent = await staff.sign_in(Role.AGENT)
    assert (await agent.get("/desk/strategies")).status_code == 404


async def test_words_of_a_policy_are_no_words_of_the_page(staff: Staff) -> None:
    await keep(staff, found(lived(HELPS)), policy="<script>alert(1)</script>")
    assert "<script>alert" not in await shown(await staff.sign_in(Role.CREDIT_MANAGER))


UNKNOWN = Left(None, None, 12, 12, 0, 0)  # type: ignore[arg-type]
THIN = Left(None, None, 12, 5, 3, 2)  # type: ignore[arg-type]


@pytest.mark.parametrize("pays", [HELPS, dict.fromkeys(WAYS, 0.5)])
def test_all_that_is_said_is_said_in_bokmaal(pays: dict[str, float]) -> None:
    told = document(found(lived(pays, leaves={"email": 0.02, "sms": 0.4, "none": 0.0})), "no-gentle", "north")
    said = [*told["said"], *Prices({}, {}).not_known(), *UNKNOWN.said(), *THIN.said()]
    said += [each["why_not"] for each in told["changes"] if each["why_not"]]
    said += [sentence for of in told["come_of_it"].values() for sentence in of]
    assert [each for each in said if translated(each, "nb") is None] == []
