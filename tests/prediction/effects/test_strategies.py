"""One line changed: what it does is judged by chance alone, what cannot be said is said, and nothing else is ever proposed."""

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest

from config.files import POLICIES, read_laws
from domain.countries.law import Law
from domain.policy.loader import load_policy
from domain.policy.policy import StepKind
from prediction.effects.estimates import Verdict
from prediction.effects.strategies import Strategies, strategies_of
from prediction.effects.worth import Part, Prices, Strategy
from prediction.history.lost import LOST
from prediction.history.past import Happened, Past, words
from tests.pasts import AFact, AnEvent, AnInvoice, past_of

TEXT = (POLICIES / "no-gentle.yaml").read_text().replace("reach: [email, sms]\n", "reach: [email, sms, letter]\n")
PRICES = Prices({"email": 0.05, "sms": 0.6, "letter": 9.6}, {})
WAYS = {"email": 0.4, "sms": 0.5, "none": 0.1}


@cache
def laws() -> dict[str, Law]:
    return read_laws()


def lived(
    pays: dict[str, float],
    count: int = 600,
    customers: int = 200,
    seed: int = 1,
    text: str = "due-date-reminder",
    leaves: dict[str, float] | None = None,
    **invoice: str,
) -> Past:
    """Invoices of a month each, reminded in a way by chance; whoever pays does so after some days, and some customers leave."""
    chance = np.random.default_rng(seed)
    invoices, events, told = [], [], []
    for place in range(count):
        way = str(chance.choice(list(WAYS), p=list(WAYS.values())))
        invoices.append(AnInvoice(debtor=place % customers, amount=float(chance.uniform(300, 600)), **invoice))  # type: ignore[arg-type]
        at = "2026-01-29T09:00:00"
        events.append(AnEvent(place, Happened.CHOICE, at, detail=f"{text}: {way}", amount=WAYS[way]))
        if way != "none":
            events.append(AnEvent(place, Happened.MESSAGE, at, channel=way, detail=text))
        if chance.random() < pays[way]:
            paid = np.datetime64(at, "s") + np.timedelta64(int(chance.integers(1, 12)), "D")
            events.append(AnEvent(place, Happened.PAYMENT, str(paid), amount=invoices[-1].amount))
        if leaves is not None and chance.random() < leaves[way]:
            since, known = str(np.datetime64("2026-02-20") + int(chance.integers(0, 40))), "2026-02-15T09:00:00"
            told.append(AFact(place % customers, LOST, 3000.0, word="NOK", since=since, known_at=known))
    return past_of(invoices, events, told)


def found(past: Past, text: str = TEXT) -> Strategies:
    policy = load_policy(text, "policy.yaml", laws(), on=date(2026, 11, 30))
    return strategies_of(past, policy, text, laws(), {}, PRICES)


HELPS = {"email": 0.3, "sms": 0.8, "none": 0.2}


def test_what_helps_is_found_and_what_was_never_tried_is_not_said() -> None:
    sms, letter = found(lived(HELPS)).judged
    assert sms.change.after == "reach: [sms, email, letter]"
    assert sms.values[Strategy.MOST_RETURN].verdict is Verdict.HIGHER
    assert sms.parts[Part.RETURN].low < 50 < sms.parts[Part.RETURN].high
    assert (letter.why_not, letter.front) == ("what it would say was never tried, or less than 20 times", False)


def test_what_drives_customers_away_is_no_strategy_though_it_brings_more() -> None:
    away = found(lived(HELPS, customers=600, leaves={"email": 0.02, "sms": 0.4, "none": 0.02}))
    sms = away.judged[0]
    assert sms.parts[Part.RETURN].low > 0
    assert sms.parts[Part.LOST].low > 0
    assert sms.parts[Part.LEFT].low < 38 < sms.parts[Part.LEFT].high
    assert sms.values[Strategy.MOST_RETURN].verdict is Verdict.LOWER
    assert away.best[Strategy.MOST_RETURN] is None


def test_where_customers_leave_whatever_is_sent_nothing_is_said_of_it() -> None:
    left = found(lived(HELPS, customers=600, leaves=dict.fromkeys(WAYS, 0.1))).judged[0]
    assert left.parts[Part.LOST].low < 0 < left.parts[Part.LOST].high
    stays = found(lived(HELPS)).judged[0]
    assert {(part.value, part.low, part.high) for part in (stays.parts[Part.LOST], stays.parts[Part.LEFT])} == {
        (0, 0, 0)
    }


def test_what_does_nothing_is_no_strategy() -> None:
    alike = dict.fromkeys(WAYS, 0.5)
    judged = found(lived(alike))
    assert judged.best[Strategy.MOST_RETURN] is None
    assert judged.judged[0].values[Strategy.MOST_RETURN].verdict is Verdict.UNDECIDED


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_where_all_or_none_paid_no_change_brings_more(share: float) -> None:
    judged = found(lived(dict.fromkeys(WAYS, share)))
    assert judged.best[Strategy.MOST_RETURN] is None or share == 1.0
    assert judged.judged[0].parts[Part.RETURN].value == pytest.approx(0, abs=15)
    assert judged.judged[0].parts[Part.HAND_OFFS].value == 0


def test_the_least_cost_is_sought_where_the_return_surely_stays() -> None:
    text = TEXT.replace("reach: [email, sms, letter]", "reach: [sms, email, letter]")
    alike = found(lived(dict.fromkeys(WAYS, 1.0), count=3000, customers=1000), text)
    best = alike.best[Strategy.LEAST_COST]
    assert best is None or best.change.after == "reach: [email, sms, letter]"
    assert best is None or best.parts[Part.RETURN].low >= -1
    helps = found(lived(HELPS), text)
    assert helps.best[Strategy.LEAST_COST] is None  # an email is cheaper, and brings less
    assert helps.judged[0].values[Strategy.LEAST_COST].verdict is Verdict.HIGHER


def test_other_currencies_and_countries_are_left_out_and_said() -> None:
    past = lived(HELPS)
    half = words(["EUR" if place % 2 else "NOK" for place in range(600)])
    judged = found(replace(past, invoices=replace(past.invoices, currency=half)))
    assert judged.choices == 300
    assert any(said.startswith("300 contacts are of invoices in another country or currency") for said in judged.said)
    assert found(lived(HELPS, country="SE")).judged == []


def test_one_customer_with_half_of_all_decides_nothing() -> None:
    past = lived(HELPS)
    debtor = np.where(np.arange(600) < 300, 0, past.invoices.debtor + 1).astype(np.int32)
    judged = found(replace(past, invoices=replace(past.invoices, debtor=debtor))).judged[0]
    wide, usual = judged.parts[Part.RETURN], found(past).judged[0].parts[Part.RETURN]
    assert wide.high - wide.low > 3 * (usual.high - usual.low)


def test_a_past_told_twice_says_the_same() -> None:
    past = lived(HELPS)
    events = past.events
    twice = np.sort(np.concatenate([np.arange(len(events)), np.flatnonzero(events.kind == Happened.CHOICE)]))
    again = found(replace(past, events=events.of(twice))).judged[0]
    assert again.parts == found(past).judged[0].parts


def test_the_same_past_gives_the_same_figures_to_the_bit() -> None:
    assert found(lived(HELPS)).judged == found(lived(HELPS)).judged


@pytest.mark.parametrize("kind", ["collection-notice", "hand-off", "invoice", "reminder"])
def test_nothing_is_proposed_of_a_notice_a_hand_off_the_invoice_or_what_these_count_from(kind: str) -> None:
    assert found(lived(HELPS, text=kind)).judged == []


def test_every_proposal_is_a_policy_that_differs_in_one_message_alone() -> None:
    policy = load_policy(TEXT, "policy.yaml", laws(), on=date(2026, 11, 30))
    for each in found(lived(HELPS)).judged:
        then = load_policy(each.change.text, "policy.yaml", laws(), on=date(2026, 11, 30))
        (differs,) = [(old, new) for old, new in zip(policy.steps, then.steps, strict=True) if old != new]
        assert {step.kind for step in differs} == {StepKind.MESSAGE}
        old, new = differs
        assert (old.fee, old.deadline_days, old.at.days, old.at.base) == (
            new.fee,
            new.deadline_days,
            new.at.days,
            new.at.base,
        )
