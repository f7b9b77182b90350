"""A preview shows each arm with what comes of it, and what may be learned in words."""

from dataclasses import replace
from datetime import time

from domain.learned.arms import Arm, Learn
from domain.planner.tried import learned, tried
from domain.vocabulary import Channel
from tests.domain.builders import LAW, facts, in_oslo
from tests.domain.planner.test_ways import ALL, EVENING, NOTHING, PLAN, START, learning
from tests.domain.planner.test_ways import tried as trying


def test_each_arm_is_shown_with_its_share_and_when_and_by_what_its_contact_comes() -> None:
    shown = list(tried(trying(Arm(), EVENING, NOTHING, Arm()), LAW, facts(), START))
    assert [(each.arm, each.way, in_oslo(each.at), each.channel) for each in shown] == [
        ("arm-0", "as written", "2026-07-06 12:00", Channel.SMS),
        ("arm-1", "email 18:00", "2026-07-06 18:00", Channel.EMAIL),
        ("arm-2", "none", None, None),
        ("arm-3", "as written", "2026-07-06 12:00", Channel.SMS),
    ]
    assert {(each.experiment, each.step, str(each.share)) for each in shown} == {("ways", "nudge", "0.25")}
    assert list(tried(PLAN, LAW, facts(), START)) == []


def test_what_may_be_learned_is_said_piece_by_piece() -> None:
    step = learning(replace(ALL, hours=(time(8), time(11)))).optional["nudge"]
    assert learned(step) == [
        "its channel: sms, email",
        "an earlier hour, from 08:00 to 11:00",
        "a kinder tone",
        "what it says besides: quick",
        "0% of proposals by chance",
    ]
    assert learned(replace(step, learn=None)) == []
    assert learned(replace(step, learn=Learn(contents=("quick",))))[0] == "what it says besides: quick"
