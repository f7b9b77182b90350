"""Where time begins: a moment one names, and workflows that start there instead of at the wall's."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4
from zoneinfo import ZoneInfo

from temporalio.api.common.v1 import FastForwardConfig, TimeSkippingConfig
from temporalio.client import StartWorkflowInput

from domain.moment import Moment

OSLO = ZoneInfo("Europe/Oslo")
LATEST = 2090  # no invoice is of a year after 2099
MARGIN = timedelta(hours=1)  # longer than anything that begins there takes: the wall never overtakes it


def named(words: str) -> datetime:
    """A moment as a person names it. Raises ArgumentTypeError, in a sentence."""
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        raise ArgumentTypeError(f"{words} is no moment: write it as 2027-12-24T10:00") from None
    if moment.year > LATEST:
        raise ArgumentTypeError(f"{words} is too far away: name a moment through {LATEST}")
    return moment


def still_ahead(named: datetime, wall: datetime) -> datetime:
    """The named moment (UTC), in Oslo where it has no zone.

    Virtual time only goes forward: in the place of a moment that is past stands the next one of the same weekday,
    date and local hour.
    """
    local = Moment(named if named.tzinfo else named.replace(tzinfo=OSLO), OSLO).local
    for year in count(local.year):
        try:
            like = local.replace(year=year)
        except ValueError:  # no 29 February in this year
            continue
        if like.weekday() == local.weekday() and like > wall + MARGIN:
            break
    return like.astimezone(UTC)


def begin_ahead(start: StartWorkflowInput, span: timedelta) -> None:
    """Let a workflow begin so far ahead of the wall, where its time then passes as usual; a run that is there is left."""
    skip = FastForwardConfig(id=str(uuid4()))
    skip.duration.FromTimedelta(span)
    start.start_delay = span
    start.time_skipping_config = TimeSkippingConfig(enabled=True, fast_forward_config=skip)
