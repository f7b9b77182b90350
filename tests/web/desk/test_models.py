"""What was learned at the desk: its models and their cards, in Bokmål too; nobody changes anything there."""

from typing import Any

import pytest

from commands.prediction.choice import take_trained
from domain.desk.roles import Role
from facts.database import to_json
from facts.prediction.versions import ModelName, Trained, in_use
from tests.begin import BEGIN
from tests.store import Store
from tests.views.prediction.test_card import CONTACTS, PAYMENT, learned, written
from tests.web.desk.conftest import Staff
from web.desk.models import blocks_of
from web.desk.sentences import translated

VERDICT = "log loss 0.021 (95 %: 0.010 to 0.030), AUC 0.040 (95 %: 0.010 to 0.070), 14 days ahead"
WORDS = {"messages": 400, "confirmed": 3, "stops_found": 0.99, "right_among_two": 0.9}
LEARNED: tuple[tuple[ModelName, dict[str, Any]], ...] = (
    ("payment", PAYMENT | {"verdict": f"boosted: better than the customer's shrunk ratio by {VERDICT}"}),
    ("payment", PAYMENT | {"verdict": f"no better: the ratio is used (boosted against it: {VERDICT})"}),
    ("words", WORDS),
    ("contacts", CONTACTS),
)


@pytest.mark.parametrize(("name", "metrics"), LEARNED)
async def test_every_card_is_said_in_bokmaal(store: Store, name: ModelName, metrics: dict[str, Any]) -> None:
    await learned(store, name, metrics)
    blocks = list(blocks_of(await written(store, name)))
    said = [line for kind, lines in blocks if kind != "table" for (line,) in lines]
    said += [cell for kind, lines in blocks if kind == "table" for cell in lines[0]]
    assert sum(kind == "heading" for kind, _ in blocks) == 7
    assert [line for line in said if translated(line, "nb") is None] == []


async def test_a_model_leads_to_its_card_and_what_there_is_none_of_is_not_found(staff: Staff) -> None:
    async with staff.door.database.transaction() as connection:
        trained = Trained("contacts", to_json(staff.door.creditor), "code", CONTACTS, b"")
        await take_trained(connection, trained, await in_use(connection, "contacts"), BEGIN)
        number = (await in_use(connection, "contacts")).number
    auditor = await staff.sign_in(Role.AUDITOR)
    address = f"/desk/models/contacts/{number}"
    assert f'href="{address}"' in (await auditor.get("/desk/models")).text
    page = (await auditor.get(address)).text
    assert "<td>sms rather than email</td>" in page
    assert "Who chose it" in page
    for wrong in (f"/desk/models/payment/{number}", "/desk/models/weather/1", f"/desk/models/contacts/{2**31 - 1}"):
        assert (await auditor.get(wrong)).status_code == 404
    agent = await staff.sign_in(Role.AGENT)
    assert (await agent.get(address)).status_code == 404
