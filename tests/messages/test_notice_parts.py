"""Every notice says what the laws of all countries want to be said in one: each part is looked for in the letter."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal

import pytest

from domain.countries.notices import NOTICE_PARTS, NoticePart
from domain.money.charges import Charge, ChargeKind
from messages.document import document
from messages.specs import SPECS
from tests.domain.builders import LAWS
from tests.messages.samples import content, item

FEE = Charge(ChargeKind.FEE, Decimal("38.00"), date(2026, 12, 16))
PROVEN_BY: Mapping[NoticePart, str] = {
    "creditor": "Acme Kraft",
    "ground": "Invoice number 20261048 Strom for oktober Original due date 30 September 2026",
    "principal": "Principal 802.00",
    "interest": "Late-payment interest 12.34",
    "costs": "Fee of 16 December 2026 38.00",
    "interest rate": "12.25",
    "interest period": "from 1 October 2026",  # until the day of the letter
    "interest capital": "Principal 802.00",  # interest runs on it alone
    "total": "852.34",
    "pay day": "30 December 2026",
    "objection": "Do you disagree with the claim",
    "what follows": "we will send the case to debt collection",
    "debt advice": "free advice about money and debt",
}


def letter() -> str:
    claim = item(
        number="20261048",
        text="Strom for oktober",
        due_on=date(2026, 9, 30),
        principal=Decimal("802.00"),
        charges=(FEE,),
        interest=Decimal("12.34"),
        interest_rate=Decimal("12.25"),
        interest_from=date(2026, 10, 1),
        amount_due=Decimal("852.34"),
    )
    notice = content(
        SPECS["collection-notice"],
        language="en",
        creditor_name="Acme Kraft",
        items=(claim,),
        total=Decimal("852.34"),
        new_charge=FEE,
        deadline=date(2026, 12, 30),
    )
    return repr(asdict(document(notice))).replace("\u00a0", " ")


@pytest.mark.parametrize("country", LAWS)
@pytest.mark.parametrize("kind", ["consumer", "business"])
def test_a_notice_says_all_that_the_law_of_a_country_wants(country: str, kind: str) -> None:
    wanted = LAWS[country].notice(date(2026, 11, 29), "business" if kind == "business" else "consumer").contents
    said = letter()
    assert [part for part in wanted if not all(word in said for word in PROVEN_BY[part].split())] == []


def test_each_part_that_a_law_may_want_is_looked_for() -> None:
    assert set(PROVEN_BY) == set(NOTICE_PARTS)
    said = letter()
    assert [part for part, words in PROVEN_BY.items() if not all(word in said for word in words.split())] == []
