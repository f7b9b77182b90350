"""What proves, channel by channel, that a message reached a person."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.planner.case_facts import DeliveryState
from domain.planner.evidence import read_moment
from domain.policy.policy import Step
from domain.vocabulary import CHANNELS, Channel
from tests.domain.builders import GENTLE, LAW, failed, in_oslo, local, sent

REMINDER = GENTLE.steps[GENTLE.index["reminder"]]
DELIVERED_COUNTS = replace(REMINDER, sms_delivered_counts_after=timedelta(hours=24))


def read(channel: Channel, step: Step = REMINDER, **changes: Any) -> str | None:
    return in_oslo(read_moment(sent("reminder", channel, "2026-06-29 09:00", **changes), step, LAW))


@pytest.mark.parametrize("channel", list(CHANNELS.values()))
def test_a_human_open_a_click_or_a_page_visit_proves_a_read_in_every_channel(channel: Channel) -> None:
    assert read(channel, read="2026-06-29 10:00") == "2026-06-29 10:00"


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS, Channel.DIRECT_MESSAGE])
def test_a_delivery_to_a_machine_proves_no_read(channel: Channel) -> None:
    assert read(channel, delivered_at=local("2026-06-29 09:01")) is None


def test_an_sms_delivered_a_day_ago_counts_only_where_the_policy_says_so() -> None:
    delivered = local("2026-06-29 09:01")
    assert read(Channel.SMS, DELIVERED_COUNTS, delivered_at=delivered) == "2026-06-30 09:01"
    assert read(Channel.EMAIL, DELIVERED_COUNTS, delivered_at=delivered) is None
    assert read(Channel.SMS, DELIVERED_COUNTS) is None


def test_a_letter_counts_from_its_posting_and_its_banking_days_in_transit() -> None:
    assert read(Channel.LETTER, posted_on=date(2026, 7, 2)) == "2026-07-08 00:00"
    assert read(Channel.LETTER) is None


def test_a_letter_that_came_back_proves_nothing() -> None:
    assert (
        read_moment(failed("reminder", Channel.LETTER, "2026-06-29 09:00", posted_on=date(2026, 6, 30)), REMINDER, LAW)
        is None
    )


def test_a_message_that_was_read_before_it_was_reported_failed_stays_read() -> None:
    delivery = failed("reminder", Channel.EMAIL, "2026-06-29 09:00", read="2026-06-29 10:00")
    assert read_moment(delivery, REMINDER, LAW) == local("2026-06-29 10:00")


def test_a_shadow_letter_counts_as_the_real_one_would() -> None:
    assert read(Channel.LETTER, state=DeliveryState.SHADOW, posted_on=date(2026, 7, 2)) == "2026-07-08 00:00"
