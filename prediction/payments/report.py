"""What came of learning who will pay, as a document and in words: from what, how good each guess is, and which is used."""

import math
from typing import Any, Final

import numpy as np

from prediction.history.allowed import FEATURES
from prediction.payments.importance import importance
from prediction.payments.learners import Seen
from prediction.payments.measures import Figure, Measured
from prediction.payments.training import COLD, JUDGED_BY, Better, Trial

FEATURES_SHOWN: Final = 10
_ABOUT: Final = {feature.name: feature.about.value for feature in FEATURES}


def document(trial: Trial) -> dict[str, Any]:
    """All of it, as is kept with a version and answered in JSON."""
    slices = trial.slices
    return {
        "verdict": trial.verdict,
        "used": trial.used,
        "learned_from": _from(slices.learned),
        "calibrated_on": _from(slices.calibrated),
        "measured_on": _from(slices.measured),
        "learned_until": _day(slices.learned_until),
        "calibrated_until": _day(slices.calibrated_until),
        "through": _day(slices.through),
        "better_than_ratio": _better(trial.better),
        "figures": {name: _by_days(found) for name, found in trial.measured.items()},
        "cold": {name: _by_days(found) for name, found in trial.cold.items()},
        "groups": {
            what: {group: _by_days({JUDGED_BY: found})[str(JUDGED_BY)] for group, found in of_group.items()}
            for what, of_group in trial.groups.items()
        },
        "features": [
            {"feature": name, "about": _ABOUT[name], "log_loss": _rounded(lost)}
            for name, lost in list(importance(trial.model, slices.measured).items())[:FEATURES_SHOWN]
            if lost > 0
        ],
    }


def rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The figures of each guess and horizon as a table; intervals of 95 %, over customers."""
    return [
        {
            "guess": name + (" (cold)" if part == "cold" else ""),
            "days": days,
            "moments": of_days["moments"],
            "customers": of_days["customers"],
            "paid": of_days["paid"],
            **{figure: _said(of_days[figure]) for figure in ("auc", "brier", "log_loss", "calibration_error")},
        }
        for part in ("figures", "cold")
        for name, by_days in document[part].items()
        for days, of_days in by_days.items()
    ]


def words(document: dict[str, Any]) -> str:
    """What a person should know first."""
    learned, measured = document["learned_from"], document["measured_on"]
    lines = [
        document["verdict"],
        f"learned from {learned['invoices']} invoices of {learned['customers']} customers until {document['learned_until']}, "
        f"calibrated on what came until {document['calibrated_until']}",
        f"measured on {measured['moments']} moments of {measured['invoices']} invoices of {measured['customers']} customers "
        f"after that, through {document['through']}; {measured['cold_share']:.0%} of them of customers without a past",
    ]
    if document["features"]:
        named = ", ".join(f"{each['feature']} ({each['log_loss']:.3f})" for each in document["features"])
        lines.append(f"it leans most on: {named}")
    for what, of_group in document["groups"].items():
        off = (f"{group} {_said(of['too_high'])} of {of['customers']}" for group, of in sorted(of_group.items()))
        lines.append(f"too high (95 %) by {what}, {JUDGED_BY} days ahead, of so many customers: {', '.join(off)}")
    return "\n".join(lines)


def _from(seen: Seen) -> dict[str, Any]:
    return {
        "moments": len(seen),
        "invoices": len(np.unique(seen.invoice)),
        "customers": len(np.unique(seen.debtor)),
        "creditors": len(np.unique(seen.creditor.codes)),
        "cold_share": _rounded(float((seen.known[:, COLD] > 0).mean())) if len(seen) else None,
    }


def _by_days(found: dict[int, Measured]) -> dict[str, Any]:
    return {
        str(days): {
            "moments": each.count,
            "customers": each.customers,
            "paid": _rounded(each.came),
            "auc": _figure(each.auc),
            "brier": _figure(each.brier),
            "log_loss": _figure(each.log_loss),
            "calibration_error": _figure(each.calibration_error),
            "too_high": _figure(each.too_high),
        }
        for days, each in found.items()
    }


def _better(better: Better) -> dict[str, Any]:
    return {"auc": _figure(better.auc), "brier": _figure(better.brier), "log_loss": _figure(better.log_loss)}


def _figure(figure: Figure) -> list[float | None]:
    """The value, and its interval's ends."""
    return [_rounded(each) for each in (figure.value, figure.low, figure.high)]


def _said(figure: list[float | None]) -> str:
    value, low, high = figure
    return "-" if value is None or low is None else f"{value:.3f} ({low:.3f} to {high:.3f})"


def _rounded(number: float) -> float | None:
    return None if math.isnan(number) else round(number, 4)


def _day(moment: np.datetime64) -> str:
    return str(moment.astype("datetime64[D]"))
