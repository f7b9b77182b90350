"""What a score of the sorting is worth: how it becomes a probability that holds, and from where on a message stops."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import exp, log, prod
from pathlib import Path
from typing import Any

import yaml

from domain.located_yaml import plain
from domain.parties.message_classes import STOPS, MessageClass
from prediction.words.model import LEARNED

FILE = "calibration.yaml"
_SURE = 1e-6  # how near to nothing and to certainty a score is read


def log_odds(probability: float) -> float:
    """A probability as log odds, never endless."""
    bounded = min(max(probability, _SURE), 1 - _SURE)
    return log(bounded / (1 - bounded))


def chance(odds: float) -> float:
    """Log odds as a probability, 0 to 1."""
    return 1 / (1 + exp(-odds))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a class: what was learned, and whether a rule says it or only what takes it back is there."""

    learned: float
    ruled: bool = False
    doubted: bool = False

    def numbers(self) -> tuple[float, float, float]:
        """The same as numbers to weigh: the learned score as log odds."""
        return log_odds(self.learned), float(self.ruled), float(self.doubted)


@dataclass(frozen=True, slots=True)
class Weighing:
    """How much each piece of evidence counts, in log odds (Platt's scaling, with the rules beside the score)."""

    base: float
    learned: float
    ruled: float
    doubted: float

    def probability(self, evidence: Evidence) -> float:
        """How probable a class is by its evidence, 0 to 1."""
        learned, ruled, doubted = evidence.numbers()
        return chance(self.base + self.learned * learned + self.ruled * ruled + self.doubted * doubted)


@dataclass(frozen=True, slots=True)
class StopWeighing:
    """How much it counts, in log odds, that something stops and that something else is said."""

    base: float
    stops: float
    others: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Chosen on messages that the model had not seen: the folds of its own examples.

    `stop_from` is how probable it must be that something stops, so that reminders wait.
    """

    stops: Weighing
    others: Weighing
    any_stop: StopWeighing
    stop_from: float

    def probability(self, kind: MessageClass, evidence: Evidence) -> float:
        """How probable a class is by its evidence, 0 to 1."""
        return (self.stops if kind in STOPS else self.others).probability(evidence)

    def stop_evidence(self, evidence: Mapping[MessageClass, Evidence]) -> tuple[float, float]:
        """What speaks for any stop, and what for anything else, each as log odds: who pays on Friday seldom disputes."""
        silent = prod(1 - self.probability(kind, evidence[kind]) for kind in STOPS)
        return log_odds(1 - silent), log_odds(
            max(self.probability(kind, evidence[kind]) for kind in MessageClass if kind not in STOPS)
        )

    def stop_chance(self, evidence: Mapping[MessageClass, Evidence]) -> float:
        """How probable it is that reminders must wait, 0 to 1; certain where a rule speaks, whatever else is said."""
        if any(evidence[kind].ruled for kind in STOPS):
            return 1.0
        stops, others = self.stop_evidence(evidence)
        return chance(self.any_stop.base + self.any_stop.stops * stops + self.any_stop.others * others)

    def write(self, folder: Path) -> None:
        """Keep it, readable."""
        (folder / FILE).write_text(yaml.safe_dump(asdict(self), sort_keys=False), "utf-8")


def read_calibration(folder: Path = LEARNED) -> Calibration:
    """What was kept."""
    return calibration_of(plain((folder / FILE).read_text("utf-8")))


def calibration_of(kept: Mapping[str, Any]) -> Calibration:
    """A calibration by its fields, as it was kept."""
    weighings = {name: Weighing(**kept[name]) for name in ("stops", "others")}
    return Calibration(**dict(kept) | weighings | {"any_stop": StopWeighing(**kept["any_stop"])})
