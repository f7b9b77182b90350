"""What a channel, an hour, a tone and a sentence do: how many pay in time after each, by kind of debtor and by chance alone.

A part of a contact is judged over all ways that have it, each choice weighed by how improbable it was (inverse propensities),
so that each way counts as if it had been as probable as all others: Horvitz and Thompson, *A generalization of sampling without
replacement from a finite universe*, Journal of the American Statistical Association 47 (1952). What is seen of one kind of
debtor is held towards what is seen of all, the more so the less is known of it (James and Stein).
"""

from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from math import sqrt
from statistics import NormalDist
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from domain.vocabulary import CONTENTS
from prediction.effects.choices import choices_of, paid_within
from prediction.history.past import NOT_TOLD, Past, Words
from prediction.history.ways import arm_of

Part = Literal["channel", "clock", "tone", "content"]
PARTS: Final[tuple[Part, ...]] = get_args(Part)
FEWEST: Final = 150  # choices that a value of a part must be known by
FEWEST_OF_EACH: Final = 20  # who paid in time, and who did not, among them
WRONG: Final = 0.05  # the chance that a value is taken to be better that is not
ALL: Final = "all"
"""Debtors of every kind together."""
PLAIN: Final = "nothing besides"
"""The content of a contact that says no sentence besides."""
_FORM: Final = 1


class TooThin(Exception):
    """Too little was left to chance to say anything; in words."""


class Unreadable(Exception):
    """What is kept is no such model, or of another form than this code reads."""


@dataclass(frozen=True, slots=True)
class Effect:
    """By how much more pay in time after one value of a part than after its values on average, and how sure that is."""

    gain: float
    variance: float


@dataclass(frozen=True)
class Effects:
    """What each value of each part does to debtors of each kind; `choices` is from how many it was learned."""

    of: dict[tuple[str, str, str], Effect]  # by kind of debtor, part and value
    choices: int

    @cached_property
    def _values(self) -> dict[str, list[str]]:
        return {part: sorted({value for _, each, value in self.of if each == part}) for part in PARTS}

    def values(self, part: Part) -> list[str]:
        """The values of a part that something is known of."""
        return self._values[part]

    def best(self, kind: str, part: Part, written: str, among: list[str]) -> str:
        """The value that is surely better than the one that is written, and best of those; else the one that is written."""
        usual = self._of(kind, part, written)
        others = [each for each in among if each != written]
        if usual is None or not others:
            return written
        sure = NormalDist().inv_cdf(1 - WRONG / len(others))
        found, most = written, 0.0
        for value in others:
            effect = self._of(kind, part, value)
            if effect is None:
                continue
            more = effect.gain - usual.gain
            if more > most and more > sure * sqrt(effect.variance + usual.variance):
                found, most = value, more
        return found

    def _of(self, kind: str, part: Part, value: str) -> Effect | None:
        return self.of.get((kind, part, value)) or self.of.get((ALL, part, value))

    def to_bytes(self) -> bytes:
        """As plain arrays (NumPy's npz, without pickles): the same effects give the same bytes."""
        kept, keys = BytesIO(), sorted(self.of)
        np.savez(
            kept,
            form=np.array(_FORM),
            choices=np.array(self.choices),
            keys=np.array(keys, dtype=np.str_).reshape(-1, 3),
            gain=np.array([self.of[key].gain for key in keys]),
            variance=np.array([self.of[key].variance for key in keys]),
        )
        return kept.getvalue()


def read_effects(kept: bytes) -> Effects:
    """What was kept. Raises Unreadable where it is damaged or of another form."""
    try:
        with np.load(BytesIO(kept), allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
        if int(found["form"]) != _FORM:
            raise Unreadable(f"it is of form {int(found['form'])}, and form {_FORM} is read: learn anew")
        keys = [(kind, part, value) for kind, part, value in found["keys"].tolist()]
        effects = map(Effect, found["gain"].tolist(), found["variance"].tolist())
        return Effects(dict(zip(keys, effects, strict=True)), int(found["choices"]))
    except Unreadable:
        raise
    except Exception as error:  # whatever bytes these are: NumPy raises many kinds of errors over them
        raise Unreadable(f"it cannot be read ({type(error).__name__}): learn anew") from error


def effects_of(past: Past) -> Effects:
    """What channels, hours, tones and sentences did in a past. Raises TooThin."""
    choices = choices_of(past)
    paid, watched = paid_within(past, choices)
    choices, paid = choices.of(watched), paid[watched]
    kinds = _named(past.invoices.kind.of(choices.invoice))
    seen = _Seen(kinds, past.invoices.debtor[choices.invoice], paid, 1 / choices.propensity)
    of: dict[tuple[str, str, str], Effect] = {}
    for part in PARTS:
        of |= _of_part(seen, part, _values(choices.way, part))
    if not of:
        raise TooThin(
            "nothing can be said of contacts: "
            f"no two channels, hours, tones or sentences were tried by chance {FEWEST} times each"
        )
    return Effects(of, len(choices))


def parts_of(way: str) -> dict[Part, str]:
    """What a way's name says, such as `sms 18:00 kind`; nothing where nothing was sent."""
    arm = arm_of(way)
    said: dict[Part, str | None] = {
        "channel": arm.channel,
        "clock": f"{arm.clock:%H:%M}" if arm.clock else None,
        "tone": arm.tone,
        "content": arm.content if arm.content in CONTENTS else None,
    }
    return {part: value for part, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True)
class _Seen:
    """Choices: of what kind of debtor, whose, whether it was paid in time, and by how much each weighs."""

    kinds: NDArray[np.str_]
    debtors: NDArray[np.int32]
    paid: NDArray[np.bool_]
    weight: NDArray[np.float64]


def _values(ways: Words, part: Part) -> NDArray[np.str_]:
    """The value of a part of each choice; empty where it has none, as where nothing was sent."""
    return _named(Words(ways.codes, tuple(_value(name, part) for name in ways.meanings)))


def _value(way: str, part: Part) -> str:
    arm = arm_of(way)
    if part == "content" and arm.content is None and not arm.held_out:
        return PLAIN
    return parts_of(way).get(part, "")


def _named(words: Words) -> NDArray[np.str_]:
    """A column of words as words; empty where nobody told."""
    return np.array([*words.meanings, ""], dtype=np.str_)[
        np.where(words.codes == NOT_TOLD, len(words.meanings), words.codes)
    ]


def _of_part(seen: _Seen, part: Part, values: NDArray[np.str_]) -> dict[tuple[str, str, str], Effect]:
    known = [each for each in np.unique(values).tolist() if each and _is_enough(seen, values == each)]
    if len(known) < 2:
        return {}
    together = _gains(seen, [values == each for each in known])
    found: dict[tuple[str, str, str], Effect] = {
        (ALL, part, value): effect for value, effect in zip(known, together, strict=True)
    }
    apart: dict[str, list[Effect]] = {}
    for kind in sorted(set(seen.kinds.tolist()) - {""}):
        rows = [(values == each) & (seen.kinds == kind) for each in known]
        if all(_is_enough(seen, each) for each in rows):
            apart[kind] = _gains(seen, rows)
    for kind, effects in _shrunk(together, apart).items():
        found |= {(kind, part, value): effect for value, effect in zip(known, effects, strict=True)}
    return found


def _is_enough(seen: _Seen, rows: NDArray[np.bool_]) -> bool:
    many, paid = int(rows.sum()), int(seen.paid[rows].sum())
    return many >= FEWEST and FEWEST_OF_EACH <= paid <= many - FEWEST_OF_EACH


def _gains(seen: _Seen, rows: list[NDArray[np.bool_]]) -> list[Effect]:
    """Of each value: its weighed share less the mean of all, with the variance of the share over debtors."""
    shares, variances = [], []
    for each in rows:
        weight, paid = seen.weight[each], seen.paid[each].astype(np.float64)
        share = float((weight * paid).sum() / weight.sum())
        _, whose = np.unique(seen.debtors[each], return_inverse=True)
        missed = np.bincount(whose, weights=weight * (paid - share))
        shares.append(share)
        variances.append(float((missed**2).sum() / weight.sum() ** 2))
    middle = sum(shares) / len(shares)
    return [Effect(share - middle, variance) for share, variance in zip(shares, variances, strict=True)]


def _shrunk(together: list[Effect], apart: dict[str, list[Effect]]) -> dict[str, list[Effect]]:
    """What is seen of each kind held towards what is seen of all: by how much kinds differ more than chance makes them."""
    pairs = [(one, all_) for each in apart.values() for one, all_ in zip(each, together, strict=True)]
    if not pairs:
        return {}
    differ = sum((one.gain - all_.gain) ** 2 - one.variance for one, all_ in pairs) / len(pairs)
    differ = max(differ, 0.0)
    return {
        kind: [_held(one, all_, differ) for one, all_ in zip(each, together, strict=True)]
        for kind, each in apart.items()
    }


def _held(one: Effect, all_: Effect, differ: float) -> Effect:
    own = differ / (differ + one.variance) if one.variance + differ else 0.0
    gain = own * one.gain + (1 - own) * all_.gain
    # The two lean on the same choices: their errors are added as if they went together.
    return Effect(gain, (own * sqrt(one.variance) + (1 - own) * sqrt(all_.variance)) ** 2)
