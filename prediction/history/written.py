"""Days, moments and sums as other systems write them, read by what the map says: nothing is guessed."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

import numpy as np

from prediction.history.past import Days, Moments

Decimal = Literal[".", ","]

NOTHING: Final = frozenset({"", "nan", "null", "none", "n/a", "na", "nat", "-"})
"""What a cell says that says nothing, in small letters."""

_PARTS: Final = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<year>\d{2})",
    "MMM": r"(?P<name>[A-Za-z]{3})",
    "MM": r"(?P<month>\d{2})",
    "M": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{2})",
    "D": r"(?P<day>\d{1,2})",
}
_PART = re.compile(r"YYYY|YY|MMM|MM|M|DD|D")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = (
    r"(?:[T ,]*(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?"
    r" ?(?P<half>[AaPp][Mm])?)? ?(?P<zone>Z|UTC|[+-]\d{2}:?(?:\d{2})?)?"
)
_ORDERS = ("DMY", "MDY", "YMD")
_EXCEL_BEGIN = date(1899, 12, 30)  # day 0 of the serial numbers of spreadsheets, which have a 29 February 1900
_EXCEL_FIRST = (date(1970, 1, 1) - _EXCEL_BEGIN).days  # no claim is older
_EXCEL = re.compile(r"\d{1,5}(?:\.\d+)?")
_DAY_SECONDS = 86_400
_THOUSANDS: Final = {
    ".": re.compile(r"[+-]?\d{1,3}(?:[,' \u00a0\u202f\u2019]\d{3})*(?:\.\d*)?|[+-]?\d+(?:\.\d*)?|[+-]?\.\d+"),
    ",": re.compile(r"[+-]?\d{1,3}(?:[.' \u00a0\u202f\u2019]\d{3})*(?:,\d*)?|[+-]?\d+(?:,\d*)?|[+-]?,\d+"),
}
_MARKS = re.compile(r"^(?:[A-Z]{3}|kr\.?|[€$£]) ?|(?: ?(?:[A-Z]{3}|kr\.?|[€$£]|,-))$")
_BIGGEST = 1e12
_NEVER = frozenset({0, 1, 1753, 1899, 1900, 9999})
"""Years in which systems write that there is no day: a table without empty days has its first one there, or its last."""
_DAYS_TO_PAY = re.compile(
    r"(?:.*\bnet(?:to)?\W*)?(\d{1,4})(?:[.,]0+)?\W*(?:d|days?|tage?|dager|dagar|dage|dg|pv|päivää)?\W*(?:net(?:to)?)?",
    re.IGNORECASE,
)
_AT_ONCE = frozenset({"cod", "cash", "immediate", "immediately", "due on receipt", "upon receipt", "sofort", "kontant"})
_QUARTER = 900  # seconds: no zone moves its clocks but on a quarter of an hour of UTC


@dataclass(frozen=True, slots=True)
class Clocks:
    """Whose time it is: where days begin, what clock tells times without a zone, and the day on which a file is read."""

    days: ZoneInfo
    times: ZoneInfo
    today: date


class DayForm:
    """How a day is written, such as D.M.YYYY; a time of day may follow it. ValueError for a form that says no day."""

    def __init__(self, written: str) -> None:
        self.written = written
        self._excel = written == "excel"
        if self._excel:
            return
        parts = _PART.findall(written)
        order = "".join(part[0] for part in parts)
        if order not in _ORDERS or re.search(r"[A-Za-z]", _PART.sub("", written)):
            raise ValueError(f"`{written}` is no form of a day")
        pattern, at = "", 0
        for found in _PART.finditer(written):
            pattern += re.escape(written[at : found.start()]) + _PARTS[found.group()]
            at = found.end()
        as_number = r"(?:\.0)?" if written.isalpha() else ""  # 20260301.0, as tables of numbers write it
        self._pattern = re.compile(pattern + re.escape(written[at:]) + as_number + _CLOCK)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DayForm) and other.written == self.written

    def __hash__(self) -> int:
        return hash(self.written)

    def __repr__(self) -> str:
        return f"DayForm({self.written!r})"

    def says_never(self, text: str) -> bool:
        """Whether it is what a system writes so where there is no day, such as 00000000, 01.01.1753 or 31.12.9999."""
        if self._excel:
            return bool(_EXCEL.fullmatch(text)) and float(text) == 0
        found = self._pattern.fullmatch(text)
        year = found["year"] if found else ""
        return len(year) == 4 and int(year) in _NEVER

    def read(self, text: str, clocks: "Clocks") -> int | None:
        """The moment in seconds since 1970 (UTC), a day's begin where no time is told; None where it is not so written."""
        if self._excel:
            return _of_serial(text, clocks)
        found = self._pattern.fullmatch(text)
        if found is None:
            return None
        told = found.groupdict()
        try:
            day = date(_year(told["year"], clocks.today), _month(told), int(told["day"]))
            zone = clocks.days if told["hour"] is None else clocks.times
            return _moment(day, _seconds(told), told["zone"], zone)
        except (ValueError, OverflowError):
            return None


def amount(text: str, decimal: Decimal) -> float:
    """A sum as it is written, thousands apart or together, in brackets for less than nothing. ValueError for what is none."""
    bare = _MARKS.sub("", text)
    if bare.startswith("(") and bare.endswith(")"):
        bare = f"-{bare[1:-1]}"
    if bare.endswith("-"):
        bare = f"-{bare[:-1]}"
    bare = bare.replace("\u2212", "-")
    if not _THOUSANDS[decimal].fullmatch(bare):
        raise ValueError("is no sum" if not any(map(str.isdigit, bare)) else f"is no sum with `decimal: {decimal}`")
    read = re.sub(r"[^\d+\-" + re.escape(decimal) + "]", "", bare).replace(",", ".")
    found = float(read)
    if abs(found) >= _BIGGEST:
        raise ValueError("is a sum that nobody owes")
    return found


def days_to_pay(text: str) -> float:
    """The days that terms of payment give, such as 30, `30 days` or `2/10 net 30`. ValueError for what says none."""
    if text.lower().rstrip(".") in _AT_ONCE:
        return 0.0
    found = _DAYS_TO_PAY.fullmatch(text)
    if found is None:
        raise ValueError("says no days to pay, as 30, `30 days` or `net 30` do")
    return float(found[1])


def local_seconds(moments: Moments, zone: ZoneInfo) -> Moments:
    """What clocks in a zone show at moments, without their zone."""
    seconds = moments.astype(np.int64)
    told = ~np.isnat(moments)
    quarters, place = np.unique(seconds[told] // _QUARTER, return_inverse=True)
    offsets = np.array([_offset(int(quarter) * _QUARTER, zone) for quarter in quarters], dtype=np.int64)
    local = moments.copy()
    if len(quarters):
        local[told] = (seconds[told] + offsets[place]).astype("datetime64[s]")
    return local


def local_days(moments: Moments, zone: ZoneInfo) -> Days:
    """The days of moments there."""
    return local_seconds(moments, zone).astype("datetime64[D]")


def begin_of(days: Days, zone: ZoneInfo) -> Moments:
    """The moments at which days begin there."""
    told = ~np.isnat(days)
    some, place = np.unique(days[told], return_inverse=True)
    begins = np.array([_moment(day, 0, None, zone) for day in some.astype(object)], dtype=np.int64)
    found = np.full(len(days), np.datetime64("NaT"), dtype="datetime64[s]")
    if len(some):
        found[told] = begins[place].astype("datetime64[s]")
    return found


def _of_serial(text: str, clocks: Clocks) -> int | None:
    """Of a spreadsheet's number of days, whose part of a day is its time."""
    if not _EXCEL.fullmatch(text) or (days := float(text)) < _EXCEL_FIRST:
        return None
    seconds = round(days % 1 * _DAY_SECONDS)
    return _moment(_EXCEL_BEGIN + timedelta(days=int(days)), seconds, None, clocks.times if seconds else clocks.days)


def _offset(second: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def _moment(day: date, seconds: int, told_zone: str | None, zone: ZoneInfo) -> int:
    """Of a day and the seconds of its clock (86,400 is the next midnight)."""
    at = datetime(day.year, day.month, day.day) + timedelta(seconds=seconds)  # noqa: DTZ001 - its zone is put on below
    epoch = datetime(1970, 1, 1)  # noqa: DTZ001
    if told_zone is None:
        return int(at.replace(tzinfo=zone).timestamp())
    offset = 0
    if told_zone not in ("Z", "UTC"):
        digits = told_zone[1:].replace(":", "").ljust(4, "0")
        offset = (int(digits[:2]) * 60 + int(digits[2:])) * 60 * (-1 if told_zone[0] == "-" else 1)
    return int((at - epoch).total_seconds()) - offset


def _year(text: str, today: date) -> int:
    if len(text) == 4:
        year = int(text)
        if not 1970 <= year <= 2200:
            raise ValueError("no year of a claim")
        return year
    year = today.year // 100 * 100 + int(text)
    return year - 100 if year > today.year + 10 else year


def _month(told: dict[str, str | None]) -> int:
    if (name := told.get("name")) is not None:
        return _MONTHS.index(name.lower()) + 1
    return int(told["month"] or "")


def _seconds(told: dict[str, str | None]) -> int:
    if told["hour"] is None:
        return 0
    hour, minute, second = int(told["hour"]), int(told["minute"] or 0), int(told["second"] or 0)
    if told["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("no hour of half a day")
        hour = hour % 12 + (12 if told["half"].lower() == "pm" else 0)
    whole = hour == 24 and minute == second == 0
    if not whole and not (hour < 24 and minute < 60 and second < 61):
        raise ValueError("no time of day")
    return hour * 3600 + minute * 60 + min(second, 59)
