"""Until when whoever wrote has an answer: hours in which a desk is at work, on the banking days of a creditor's country."""

from datetime import datetime, time, timedelta
from typing import Final

from domain.countries.calendar import Calendar

OPENS, CLOSES = time(8), time(16)
USUAL_HOURS: Final = 8
"""Of a creditor that says nothing of it: a working day."""
MOST_HOURS: Final = 80
"""Two weeks: whoever waits longer is not answered."""
_ONE_DAY = timedelta(days=1)
_A_MOMENT = timedelta(microseconds=1)


def answer_by(calendar: Calendar, since: datetime, hours: int) -> datetime:
    """Until when (UTC) words that came then are answered; what comes outside the hours counts from when they begin."""
    left, day = timedelta(hours=hours), calendar.local_date(since)
    while True:
        day = calendar.banking_day_on_or_after(day)
        begins, closes = max(calendar.at(day, OPENS), since), calendar.at(day, CLOSES)
        if begins < closes:
            if begins + left <= closes:
                return begins + left
            left -= closes - begins
        day += _ONE_DAY


def late_before(calendar: Calendar, now: datetime, hours: int) -> datetime:
    """Words that came before this moment (UTC) should have been answered by now: `answer_by` read backwards, for one question
    about all of a creditor's."""
    left, day = timedelta(hours=hours), calendar.local_date(now)
    at_work = calendar.is_banking_day(day) and calendar.at(day, OPENS) < now <= calendar.at(day, CLOSES)
    while True:
        if calendar.is_banking_day(day):
            opens, ends = calendar.at(day, OPENS), min(calendar.at(day, CLOSES), now)
            if ends > opens:
                since = ends - left
                if since > opens or (since == opens and not at_work):
                    return since if at_work else since + _A_MOMENT  # what was due at closing is late once that is past
                left -= ends - opens
        day -= _ONE_DAY
