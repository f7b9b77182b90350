"""The contract's page says what is taken: its examples are read, and it names every word that there is."""

import json
import re

import pytest
from pydantic import TypeAdapter, ValidationError

from connectors.collection_partner.answers import Answer
from connectors.collection_partner.api import AnswersTold
from domain.planner.partner_answers import Ending, Rejection
from tools.sources import ROOT

PAGE = (ROOT / "docs" / "partner.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)


def test_the_examples_of_the_contract_are_read() -> None:
    paid, told = EXAMPLES
    assert ANSWER.validate_python(paid).hand_off == paid["hand_off"]
    (accepted,) = AnswersTold.model_validate(told).answers
    assert ANSWER.validate_python(accepted).type == "hand_off.accepted"


def test_the_contract_names_every_reason_and_every_answer() -> None:
    types = [f"hand_off.{word}" for word in ("accepted", "rejected", "paid", "payment_reversed", "closed", "question")]
    assert [word for word in (*Rejection, *Ending, *types) if f"`{word}`" not in PAGE] == []


@pytest.mark.parametrize("wrong", [{}, {"type": "hand_off.sung"}, [], "accepted", None, {"type": "hand_off.accepted"}])
def test_what_is_no_answer_is_none(wrong: object) -> None:
    with pytest.raises(ValidationError):
        ANSWER.validate_python(wrong)
