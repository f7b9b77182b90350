"""What an experiment has shown so far, in words."""

from domain.experiments.result import ArmSeen, Trouble, Verdict, in_words, result_of
from domain.experiments.sequence import Counted


def arm(name: str, debtors: int, paid: int, *, share: float = 0.5, waiting: int = 0, **troubled: int) -> ArmSeen:
    kinds = {Trouble[kind.upper()]: count for kind, count in troubled.items()}
    return ArmSeen(name, share, Counted(debtors, paid), kinds, waiting)


def test_an_arm_after_which_surely_more_pay_is_better() -> None:
    found = result_of([arm("none", 1000, 400), arm("sms", 1000, 550)], 0.05)
    assert found.arms[1].verdict is Verdict.BETTER
    assert found.is_decided
    assert found.arms[1].stop is None
    assert list(in_words(found))[1].startswith("sms: 550 of 1000 paid in time (55%); better than none, by between +7.")


def test_an_arm_after_which_surely_fewer_pay_is_worse_and_stops() -> None:
    found = result_of([arm("kind", 1000, 550), arm("firm", 1000, 400)], 0.05)
    assert found.arms[1].verdict is Verdict.WORSE
    assert found.arms[1].stop == "surely fewer debtors pay than of kind"


def test_what_is_not_sure_is_undecided_and_says_how_many_more_are_needed() -> None:
    found = result_of([arm("none", 200, 90), arm("sms", 200, 96, waiting=12)], 0.05)
    assert found.arms[1].verdict is Verdict.UNDECIDED
    assert not found.is_decided
    said = list(in_words(found))[1]
    assert said.startswith("sms: 96 of 200 paid in time (48%), 12 wait; undecided: between -")
    assert said.endswith(f"; about {found.more} more debtors are needed")
    assert found.more > 1000


def test_a_difference_too_small_to_matter_is_said_to_be_so() -> None:
    found = result_of([arm("none", 40_000, 20_000), arm("sms", 40_000, 20_040)], 0.05)
    assert found.more == 0
    assert list(in_words(found))[1].endswith("so less than the 5.0 points that matter")


def test_before_anybody_is_counted_nothing_is_said_but_how_many_are_needed() -> None:
    found = result_of([arm("none", 0, 0, waiting=3), arm("sms", 0, 0)], 0.1)
    assert list(in_words(found)) == [
        "none: nobody counted yet, 3 wait; the others are judged beside it",
        f"sms: nobody counted yet; undecided: too few debtors to say anything; about {found.more} more debtors are needed",
    ]


def test_more_complaints_stop_an_arm_however_many_pay() -> None:
    found = result_of([arm("none", 900, 400, complaint=2), arm("sms", 900, 600, complaint=30, dispute=4)], 0.05)
    assert found.arms[1].verdict is Verdict.BETTER
    assert found.arms[1].stop == "surely more debtors complain (30 here, 2 of none)"


def test_more_complaints_in_a_larger_arm_are_no_more_than_its_share() -> None:
    base, large = arm("none", 100, 40, share=0.1, complaint=2), arm("sms", 900, 400, share=0.9, complaint=20)
    assert result_of([base, large], 0.05).arms[1].stop is None


def test_a_third_arm_asks_more_of_each() -> None:
    two = result_of([arm("none", 400, 200), arm("sms", 400, 236)], 0.1)
    three = result_of([arm("none", 400, 200), arm("sms", 400, 236), arm("email", 400, 200)], 0.1)
    assert three.arms[1].interval.low < two.arms[1].interval.low


def test_all_pay_or_nobody_does_and_nothing_is_decided() -> None:
    for paid in (0, 300):
        found = result_of([arm("none", 300, paid), arm("sms", 300, paid)], 0.05)
        assert [each.verdict for each in found.arms] == [Verdict.BASE, Verdict.UNDECIDED]
