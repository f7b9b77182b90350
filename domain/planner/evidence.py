"""When a message counts as having reached a person, channel by channel."""

from datetime import datetime, time

from domain.countries.law import Law
from domain.planner.case_facts import Delivery, DeliveryState
from domain.policy.policy import Step

STANDS = (DeliveryState.ACCEPTED, DeliveryState.SHADOW)


def stands(delivery: Delivery) -> bool:
    """Whether a message reached the debtor as far as is known: taken and not failed, or read."""
    return delivery.state in STANDS or delivery.read_at is not None


def read_moment(delivery: Delivery, step: Step, law: Law) -> datetime | None:
    """The moment (UTC, may lie ahead) from which the delivery counts as read, or None.

    Email: a human open, a click or a page visit; a machine's open is a delivery and no more. SMS: a click or a
    page visit, or delivered for as long as the policy says. Letter: posted and its days in transit gone by,
    not returned. Direct message: its read receipt, a click or a page visit.
    """
    if delivery.read_at is not None:
        return delivery.read_at
    if delivery.state not in STANDS:
        return None
    if delivery.channel.rule.delivered_counts and step.sms_delivered_counts_after and delivery.delivered_at:
        return delivery.delivered_at + step.sms_delivered_counts_after
    if delivery.channel.rule.by_post and delivery.posted_on:
        return law.calendar.at(law.arrives(delivery.posted_on), time(0))
    return None
