"""Lives as another system would hand them over: an event log and its map for each creditor, and the truths in a file apart."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from prediction.history.file_map import FileMap, read_map
from prediction.history.imported import Known, joined
from prediction.history.reading import read_past
from simulator.history.lives import CHANNEL_OF, HOUR_OF, THROUGH, TONE_OF, Contacts, Lives, Whole, lived
from simulator.history.truths import ARMS, CHANNELS, HAND_OFF_DAY, NOTICE_DAY, REASONS, STEPS, WINDOW, Truths

NAMES: Final = (
    "case",
    "customer",
    "activity",
    "time",
    "amount",
    "due",
    "day",
    "channel",
    "detail",
    "tone",
    "arm",
    "propensity",
    "kind",
)
TRUTHS: Final = "truth.json"
FEE: Final = 35.0
_KEY: Final = b"a past that nobody lived"
_AN_HOUR: Final = 3600
_A_DAY: Final = 24 * _AN_HOUR
_MAP: Final = f"""# A past that nobody lived, for {{creditor}}.
shape: events
country: NO
currency: NOK
delimiter: comma
encoding: utf-8
dates: YYYY-MM-DD
through: {THROUGH}
columns:
  case: case
  activity: activity
  time: time
  customer: customer
  due: due
  channel: channel
  detail: detail
  kind: kind
  arm: arm
  propensity: propensity
activities:
  Invoice issued: {{{{is: issued, amount: amount}}}}
  Message sent: message
  Message read: read
  Page visited: visit
  Message not delivered: not delivered
  Fee: {{{{is: fee, amount: amount}}}}
  Promised: {{{{is: promise, day: day}}}}
  Promise kept: promise kept
  Promise broken: promise broken
  Disputed: dispute
  Dispute ended: dispute ended
  Collection notice: {{{{is: notice, channel: letter}}}}
  Handed off: hand-off
  Payment: {{{{is: payment, amount: amount}}}}
  Held back: choice
"""
ACTIVITIES: Final = (
    "Invoice issued",
    "Message sent",
    "Held back",
    "Message read",
    "Page visited",
    "Message not delivered",
    "Fee",
    "Promised",
    "Promise kept",
    "Promise broken",
    "Disputed",
    "Dispute ended",
    "Collection notice",
    "Handed off",
    "Payment",
)
_READ: Final = np.array([0.55, 0.85, 0.0])  # by channel
_VISIT: Final = 0.5  # of whoever read
_LOST: Final = np.array([0.6, 0.5, 0.5])  # of whoever moved


class _Log:
    """What happened, as rows that are gathered in pieces: the case, when in local seconds, and what is told of it."""

    def __init__(self, lives: Lives) -> None:
        self.lives = lives
        self.pieces: list[tuple[NDArray[Any], ...]] = []

    def add(self, activity: str, case: Whole, at: Whole, **told: NDArray[Any]) -> None:
        count = len(case)
        none = np.full(count, np.nan)
        words = np.full(count, "", dtype="<U24")
        self.pieces.append(
            (
                case,
                at,
                np.full(count, ACTIVITIES.index(activity)),
                told.get("amount", none),
                told.get("day", np.full(count, np.datetime64("NaT"), dtype="datetime64[D]")),
                told.get("channel", words).astype("<U16"),
                told.get("detail", words).astype("<U24"),
                told.get("arm", np.full(count, -1)),
                told.get("propensity", none),
            )
        )


def happened(lives: Lives, seed: int) -> tuple[NDArray[Any], ...]:
    """The columns of all rows, by case and time. Whatever is random in them depends on the seed alone."""
    chance = np.random.default_rng([seed, 1])
    log = _Log(lives)
    every = np.arange(len(lives))
    issued, due = _seconds(lives.issued), _seconds(lives.due)
    log.add("Invoice issued", every, issued + 8 * _AN_HOUR, amount=lives.amount)
    first = np.where(chance.random(len(lives)) < 0.8, CHANNELS.index("email"), CHANNELS.index("letter"))
    sent = issued + 9 * _AN_HOUR
    log.add("Message sent", every, sent, channel=np.array(CHANNELS)[first], detail=_words("invoice", len(lives)))
    _read(log, chance, every, sent, first)
    last = due + lives.paid * _A_DAY + 12 * _AN_HOUR
    for contacts in log.lives.contacts:
        _contact(log, chance, contacts, last)
    paid = np.flatnonzero(lives.paid <= HAND_OFF_DAY)
    log.add("Payment", paid, last[paid], amount=lives.amount[paid])
    noticed = np.flatnonzero(lives.paid >= NOTICE_DAY)
    log.add("Collection notice", noticed, due[noticed] + NOTICE_DAY * _A_DAY + 10 * _AN_HOUR)
    gone = np.flatnonzero(lives.paid > HAND_OFF_DAY)
    log.add("Handed off", gone, due[gone] + HAND_OFF_DAY * _A_DAY + 15 * _AN_HOUR)
    columns = tuple(np.concatenate(column) for column in zip(*log.pieces, strict=True))
    known = columns[1] < int(_seconds(np.datetime64(THROUGH, "D")) + _A_DAY)
    order = np.lexsort((columns[2], columns[1], columns[0]))
    order = order[known[order]]
    return tuple(column[order] for column in columns)


def _contact(log: _Log, chance: np.random.Generator, contacts: Contacts, last: Whole) -> None:
    """A contact with what follows it at once: it is read or lost, a fee, a promise, a dispute."""
    lives = log.lives
    case, arm = contacts.case, contacts.arm
    at = _seconds(lives.due[case]) + STEPS[contacts.step] * _A_DAY + HOUR_OF[arm] * _AN_HOUR
    at = at + np.where(arm == 0, 9 * _AN_HOUR, 0)
    made = arm > 0
    for activity, some in (("Message sent", made), ("Held back", ~made)):
        log.add(
            activity,
            case[some],
            at[some],
            channel=CHANNEL_OF[arm[some]],
            detail=_words(contacts.step, int(some.sum())),
            arm=arm[some],
            propensity=contacts.propensity[some],
        )
    channel = np.array([CHANNELS.index(name) if name else 0 for name in CHANNEL_OF])[arm]
    moved = lives.reason[case] == REASONS.index("moved")
    lost = made & moved & (chance.random(len(case)) < _LOST[channel])
    log.add("Message not delivered", case[lost], at[lost] + 2 * _AN_HOUR, channel=CHANNEL_OF[arm[lost]])
    arrived = made & ~lost
    _read(log, chance, case[arrived], at[arrived], channel[arrived])
    if contacts.step == "second-reminder":
        log.add("Fee", case[made], at[made], amount=np.full(int(made.sum()), FEE))
    if contacts.step != "reminder":
        return
    cannot = np.isin(lives.reason[case], [REASONS.index("cannot"), REASONS.index("forgot")])
    said = made & cannot & (chance.random(len(case)) < 0.12)
    promised = (at[said] // _A_DAY) + 10
    log.add("Promised", case[said], at[said] + _A_DAY, day=promised.astype("datetime64[D]"))
    judged = (promised + 3) * _A_DAY
    kept = last[case[said]] <= judged
    log.add("Promise kept", case[said][kept], judged[kept])
    log.add("Promise broken", case[said][~kept], judged[~kept])
    disputes = made & (lives.reason[case] == REASONS.index("disagrees")) & (chance.random(len(case)) < 0.5)
    log.add("Disputed", case[disputes], at[disputes] + 2 * _A_DAY)
    log.add("Dispute ended", case[disputes], at[disputes] + 12 * _A_DAY)


def _read(log: _Log, chance: np.random.Generator, case: Whole, at: Whole, channel: Whole) -> None:
    """Some read what arrived, and some of these look at the page."""
    read = chance.random(len(case)) < _READ[channel]
    visits = read & (chance.random(len(case)) < _VISIT)
    later = at + np.ceil(chance.exponential(5, len(case)) * _AN_HOUR).astype(np.int64)
    log.add("Message read", case[read], later[read], channel=np.array(CHANNELS)[channel[read]])
    log.add("Page visited", case[visits], later[visits] + 60)


def rows_of(lives: Lives, columns: Sequence[NDArray[Any]], creditor: int, name: str) -> Iterator[list[str]]:
    """The rows of a creditor's file, as they are written."""
    mine = np.flatnonzero(lives.creditor[columns[0]] == creditor)
    case, at, activity, amount, day, channel, detail, arm, propensity = (column[mine] for column in columns)
    moments = np.char.replace(np.datetime_as_string(at.astype("datetime64[s]")), "T", " ").tolist()
    days = np.where(np.isnat(day), "", np.datetime_as_string(day)).tolist()
    dues = np.datetime_as_string(lives.due[case]).tolist()
    kinds = np.where(lives.business[case], "business", "consumer").tolist()
    customers = lives.customer[case].tolist()
    tones = TONE_OF[np.maximum(arm, 0)].tolist()
    arms = [each.name for each in ARMS] + [""]
    told = zip(
        case.tolist(),
        amount.tolist(),
        channel.tolist(),
        detail.tolist(),
        arm.tolist(),
        propensity.tolist(),
        strict=True,
    )
    for place, (of, sum_, by, what, way, chance) in enumerate(told):
        yield [
            f"{name}-{of:07}",
            f"C{customers[place]:06}",
            ACTIVITIES[activity[place]],
            moments[place],
            "" if sum_ != sum_ else f"{sum_:.2f}",
            dues[place] if not activity[place] else "",
            days[place],
            by,
            what,
            tones[place] if way >= 0 else "",
            arms[way],
            "" if chance != chance else f"{chance:.6f}",
            kinds[place],
        ]


def map_of(creditor: str) -> FileMap:
    """How a creditor's file is read."""
    return read_map(_map_text(creditor), f"{creditor}.yaml")


def write(seed: int, cases: int, folder: Path, truths: Truths) -> None:
    """Write a file and a map for each creditor, and the truths beside them."""
    lives = lived(seed, cases, truths)
    columns = happened(lives, seed)
    folder.mkdir(parents=True, exist_ok=True)
    for number, creditor in enumerate(truths.creditors):
        lines = (",".join(row) for row in rows_of(lives, columns, number, creditor.name))
        content = "\n".join([",".join(NAMES), *lines])
        (folder / f"{creditor.name}.csv").write_text(f"{content}\n", encoding="utf-8", newline="")
        (folder / f"{creditor.name}.yaml").write_text(_map_text(creditor.name), encoding="utf-8", newline="")
    told = json.dumps(truth_of(lives, seed, truths), indent=1)
    (folder / TRUTHS).write_text(f"{told}\n", encoding="utf-8", newline="")


def past_of(seed: int, cases: int, truths: Truths | None = None, today: date = THROUGH) -> Known:
    """The same past at once, of all creditors together: as it is when its files are imported."""
    truths = truths or Truths()
    lives = lived(seed, cases, truths)
    columns = happened(lives, seed)
    pasts = []
    for number, creditor in enumerate(truths.creditors):
        rows = enumerate(rows_of(lives, columns, number, creditor.name), 2)
        read = read_past(map_of(creditor.name), NAMES, rows, creditor.name, _KEY, today)
        pasts.append(Known(read.past, read.customers))
    return joined(pasts)


def truth_of(lives: Lives, seed: int, truths: Truths) -> dict[str, Any]:
    """What nobody who learns may know: what is planted, what each contact would have come to, and who is how."""
    names = [creditor.name for creditor in truths.creditors]
    late = np.flatnonzero(lives.reason < len(REASONS))
    _, one = np.unique(lives.customer, return_index=True)
    return {
        "seed": seed,
        "cases": len(lives),
        "window_days": WINDOW,
        "planted": truths.told(),
        "chance_paid_in_window": lives.chances,
        "reason_of": {
            f"{names[lives.creditor[case]]}-{case:07}": REASONS[lives.reason[case]] for case in late.tolist()
        },
        "payday_of": {f"C{lives.customer[case]:06}": int(lives.payday[case]) for case in one.tolist()},
        "likes": {f"C{lives.customer[case]:06}": CHANNELS[lives.likes[case]] for case in one.tolist()},
    }


def _map_text(creditor: str) -> str:
    return _MAP.format(creditor=creditor)


def _seconds(days: Any) -> Any:
    return days.astype("datetime64[s]").astype(np.int64)


def _words(word: str, count: int) -> NDArray[np.str_]:
    return np.full(count, word, dtype="<U24")
