"""The plain numbers of each law for the reader, looked up a second time: nothing here comes from the country files.

Sources. Norway: inkassoloven § 9, inkassoforskriften §§ 1-2 and 1-3, forsinkelsesrenteloven § 3 a, LOV-2026-05-22-19 (hours).
Sweden: lag (1981:739) 2-4 a §§, inkassolagen 5 §, imy.se 2023-02-21 (four banking days), riksbank.se (bank holidays). Finland:
perintälaki 5 and 10 a-10 e §§, KKV/378/14.08.01.05/2022, yrittajat.fi (businesses), nordea.fi (bank days). Hours of Sweden and
Finland: Norway's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

YEARS = range(2025, 2034)
EASTER = (
    date(2025, 4, 20),
    date(2026, 4, 5),
    date(2027, 3, 28),
    date(2028, 4, 16),
    date(2029, 4, 1),
    date(2030, 4, 21),
    date(2031, 4, 13),
    date(2032, 3, 28),
    date(2033, 4, 17),
)


def _fixed(*days: tuple[int, int]) -> frozenset[date]:
    return frozenset(date(year, month, day) for year in YEARS for month, day in days)


def _easter(*after: int) -> frozenset[date]:
    return frozenset(easter + timedelta(days=days) for easter in EASTER for days in after)


def _friday_before_midsummer() -> frozenset[date]:
    days = (date(year, 6, day) for year in YEARS for day in range(19, 26))
    return frozenset(day for day in days if day.weekday() == 4)


def _saturdays(*spans: tuple[tuple[int, int], int]) -> frozenset[date]:
    """The Saturday of the seven days from a day of the year on, of each span."""
    days = (date(year, *start) + timedelta(days=n) for year in YEARS for start, length in spans for n in range(length))
    return frozenset(day for day in days if day.weekday() == 5)


@dataclass(frozen=True)
class Numbers:
    """What one law says, in plain numbers."""

    zone: ZoneInfo
    currency: str
    holidays: frozenset[date]
    """On which nobody is written to, besides Sundays."""
    closed_banks: frozenset[date]
    """On which nothing is due, besides weekends."""
    highest_fee: Mapping[tuple[str, bool], Decimal]
    """By message, and whether the debtor is a business (whose compensation is a fee here)."""
    fee_after_days: int
    compensation_after_days: int
    most_fees: Mapping[str, int]
    """Of a claim, by message; `any` where all messages count together."""
    after_a_missed_deadline: bool
    """Whether a second fee needs one."""
    fee_after_reminder_days: Mapping[bool, int]
    """After whatever reminder came before, by whether the debtor is a business; a compensation needs no reminder."""
    email_carries: bool
    """Where the debtor wrote from it lately; a letter always does."""
    notice_days: int
    """From the day on which it goes out."""
    notice_banking_days_from_receipt: int
    letter_days_from_receipt: int
    """Of every reminder and notice."""
    letter_banking_days: int
    """From posting, which is on the next banking day."""
    hand_off_after_days: Mapping[bool, int]

    def effective(self, day: date) -> date:
        """The day itself when banks are open, else the next on which they are."""
        while day.weekday() >= 5 or day in self.closed_banks:
            day += timedelta(days=1)
        return day

    def banking_days_after(self, day: date, many: int) -> date:
        """So many banking days on."""
        for _ in range(many):
            day = self.effective(day + timedelta(days=1))
        return day

    def received(self, day: date, channel: str) -> date:
        """When a message that goes out on a day has arrived."""
        return self.banking_days_after(day, 1 + self.letter_banking_days) if channel == "letter" else day


_NORTH = _fixed((1, 1), (5, 1), (12, 25), (12, 26)) | _easter(-2, 1, 39)  # what all three have
_NORWAYS = _NORTH | _fixed((5, 17)) | _easter(-3, 50)
_SWEDENS = _NORTH | _fixed((1, 6), (6, 6)) | _saturdays(((6, 20), 7), ((10, 31), 7))
_FINLANDS = (
    _NORTH | _fixed((1, 6), (12, 6), (12, 24)) | _friday_before_midsummer() | _saturdays(((6, 20), 7), ((10, 31), 7))
)
_NEVER = {True: 0, False: 0}

NUMBERS: Mapping[str, Numbers] = {
    "NO": Numbers(
        zone=ZoneInfo("Europe/Oslo"),
        currency="NOK",
        holidays=_NORWAYS,
        closed_banks=_NORWAYS | _fixed((12, 24)),
        # 750 / 20 to the nearest krone; the compensation of a half-year to come is assumed.
        highest_fee={
            ("reminder", False): Decimal(38),
            ("collection-notice", False): Decimal(38),
            ("reminder", True): Decimal(460),
            ("collection-notice", True): Decimal(460),
        },
        fee_after_days=14,
        compensation_after_days=14,
        most_fees={"any": 2},
        after_a_missed_deadline=True,
        fee_after_reminder_days=_NEVER,
        email_carries=True,
        notice_days=14,
        notice_banking_days_from_receipt=0,
        letter_days_from_receipt=0,
        letter_banking_days=4,
        hand_off_after_days=_NEVER,
    ),
    "SE": Numbers(
        zone=ZoneInfo("Europe/Stockholm"),
        currency="SEK",
        holidays=_SWEDENS,
        closed_banks=_SWEDENS | _fixed((12, 24), (12, 31)) | _friday_before_midsummer(),
        highest_fee={
            ("reminder", False): Decimal(0),  # no policy here says that one was agreed
            ("collection-notice", False): Decimal(180),
            ("reminder", True): Decimal(450),
            ("collection-notice", True): Decimal(450),
        },
        fee_after_days=1,
        compensation_after_days=1,
        most_fees={"reminder": 1, "collection-notice": 1},
        after_a_missed_deadline=False,
        fee_after_reminder_days=_NEVER,
        email_carries=False,
        notice_days=8,
        notice_banking_days_from_receipt=4,
        letter_days_from_receipt=0,
        letter_banking_days=5,
        hand_off_after_days=_NEVER,
    ),
    "FI": Numbers(
        zone=ZoneInfo("Europe/Helsinki"),
        currency="EUR",
        holidays=_FINLANDS,
        closed_banks=_FINLANDS,
        highest_fee={
            ("reminder", False): Decimal(5),
            ("collection-notice", False): Decimal(5),
            ("reminder", True): Decimal(40),
            ("collection-notice", True): Decimal(40),
        },
        fee_after_days=15,
        compensation_after_days=1,
        most_fees={"any": 2},
        after_a_missed_deadline=False,
        fee_after_reminder_days={False: 15, True: 0},
        email_carries=True,
        notice_days=10,
        notice_banking_days_from_receipt=0,
        letter_days_from_receipt=10,
        letter_banking_days=5,
        hand_off_after_days={False: 15, True: 10},
    ),
}
