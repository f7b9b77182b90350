"""What is planted in a past can be found in it again, by whoever weighs each contact by how probable it was."""

import numpy as np
import pytest

from simulator.history.lives import Lives, lived
from simulator.history.truths import ARMS, STEPS, WINDOW, Truths

CASES = 20_000


@pytest.fixture(scope="module")
def lives() -> Lives:
    return lived(seed=1, cases=CASES, truths=Truths())


def test_people_pay_as_people_do(lives: Lives) -> None:
    shares = [float((lives.paid <= day).mean()) for day in (0, 13, 41, 63)]
    assert [
        low <= share <= high
        for share, low, high in zip(shares, (0.74, 0.86, 0.93, 0.96), (0.84, 0.94, 0.99, 0.999), strict=True)
    ]
    assert shares == sorted(shares)


def test_each_contact_tells_how_probable_it_was(lives: Lives) -> None:
    for contacts in lives.contacts:
        assert 0.09 < float((contacts.arm == 0).mean()) < 0.11
        for arm in range(len(ARMS)):
            weights = (contacts.arm == arm) / contacts.propensity
            assert abs(weights.mean() - 1) < 5 * weights.std() / np.sqrt(len(weights)), ARMS[arm].name


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("channel", [None, "email", "sms", "letter"])
def test_the_true_chance_of_each_channel_is_found_within_its_error(
    lives: Lives, step: str, channel: str | None
) -> None:
    (contacts,) = [each for each in lives.contacts if each.step == step]
    day = STEPS[step]
    paid = (lives.paid[contacts.case] >= day) & (lives.paid[contacts.case] < day + WINDOW)
    arms = [number for number, arm in enumerate(ARMS) if arm.channel == channel]
    weights = np.isin(contacts.arm, arms) / contacts.propensity / len(arms)
    found = weights * paid
    truth = np.mean([lives.chances[step][ARMS[number].name] for number in arms])
    assert abs(found.mean() - truth) < 4 * found.std() / np.sqrt(len(found))


def test_what_is_seen_without_weighing_misleads(lives: Lives) -> None:
    """Letters go to those who owe much and pay late: plain shares are no effects."""
    contacts = lives.contacts[0]
    letter = np.array([arm.channel == "letter" for arm in ARMS])[contacts.arm]
    assert np.median(lives.amount[contacts.case[letter]]) > np.median(lives.amount[contacts.case[~letter]])


def test_without_effects_no_arm_is_better_than_silence() -> None:
    none = Truths(listens=dict.fromkeys(Truths().listens, 0.0), letter_finds_moved=0.0)
    for chances in lived(seed=1, cases=2_000, truths=none).chances.values():
        assert len(set(chances.values())) == 1


def test_customers_differ_and_some_come_once() -> None:
    found = lived(seed=2, cases=5_000, truths=Truths())
    counts = np.bincount(found.customer)
    assert float((counts == 1).sum() / (counts > 0).sum()) > 0.1
    assert counts.max() > 20
    for creditor in range(3):
        assert (found.creditor == creditor).sum() > 300
