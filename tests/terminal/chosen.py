"""A log of reminders whose way was left to chance, as another system would hand it over: an SMS helps, an email hardly does."""

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from tests.terminal.office import Office

MAP = """
shape: events
country: NO
currency: NOK
kind: consumer
dates: YYYY-MM-DD
through: 2025-12-31
columns: {case: case, activity: what, time: at, customer: customer, due: due, channel: channel, detail: step, arm: arm,
  propensity: propensity}
activities:
  begun: {is: issued, amount: amount}
  sent: message
  held: choice
  paid: {is: payment, amount: amount}
"""
NAMES = ("case", "what", "at", "customer", "due", "amount", "channel", "step", "arm", "propensity")
CHANCES = {"email": 0.4, "none": 0.2, "sms": 0.4}
PAYS = {"email": 0.35, "none": 0.3, "sms": 0.8}


def written(folder: Path, cases: int = 900, propensity: str | None = None) -> Path:
    """The log, with its map beside it; `propensity` stands in place of what is true of those who got nothing."""
    chance, file = np.random.default_rng(3), folder / "chosen.csv"
    with file.open("w", newline="") as log:
        rows = csv.writer(log)
        rows.writerow(NAMES)
        for case in range(cases):
            issued = date(2024, 1, 1) + timedelta(days=int(chance.integers(0, 500)))
            customer, due, remind = f"C{case % 300}", issued + timedelta(days=14), issued + timedelta(days=14)
            way = str(chance.choice(list(CHANCES), p=list(CHANCES.values())))
            told = propensity if propensity is not None and way == "none" else f"{CHANCES[way]}"
            amount = round(float(chance.uniform(400, 900)), 2)
            rows.writerow((case, "begun", f"{issued} 08:00", customer, due, amount, "", "", "", ""))
            channel = "" if way == "none" else way
            rows.writerow(
                (
                    case,
                    "sent" if channel else "held",
                    f"{remind} 09:00",
                    customer,
                    "",
                    "",
                    channel,
                    "due-date-reminder",
                    way,
                    told,
                )
            )
            if chance.random() < PAYS[way]:
                paid = remind + timedelta(days=int(chance.integers(1, 12)))
                rows.writerow((case, "paid", f"{paid} 12:00", customer, "", amount, "", "", "", ""))
    (folder / "chosen.yaml").write_text(MAP)
    return file


def imported(office: Office, file: Path) -> int:
    """The log, imported as the creditor's past; its number."""
    said = office.typed(
        "history", "import", file, "--map", file.with_suffix(".yaml"), "--creditor", office.creditor, "--json"
    )
    assert said.code == 0, said.err
    return int(said.json["number"])
