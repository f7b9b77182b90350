"""A past that nobody lived is written so that it can be imported; its truths stand in a file that no learner opens."""

import json
from pathlib import Path

import numpy as np
from typer.testing import CliRunner

from connectors.history_files import history_rows
from prediction.history.file_map import read_map
from prediction.history.past import Happened
from prediction.history.reading import FilePast, read_past
from simulator.history.__main__ import app
from simulator.history.lives import THROUGH
from simulator.history.truths import ARMS, STEPS, Truths
from simulator.history.written import TRUTHS, past_of, write
from tools.sources import ROOT

CREDITORS = [creditor.name for creditor in Truths().creditors]


def written(folder: Path, seed: int = 7, cases: int = 600) -> dict[str, bytes]:
    write(seed, cases, folder, Truths())
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def imported(folder: Path, creditor: str) -> FilePast:
    file_map = read_map((folder / f"{creditor}.yaml").read_text(), "map.yaml")
    with history_rows(folder / f"{creditor}.csv", file_map.delimiter, file_map.encoding) as rows:
        return read_past(file_map, rows.names, rows.rows, creditor, b"k" * 32, THROUGH)


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    first = written(tmp_path / "one")
    assert sorted(first) == sorted([TRUTHS, *(f"{name}.{kind}" for name in CREDITORS for kind in ("csv", "yaml"))])
    assert written(tmp_path / "two") == first
    assert written(tmp_path / "three", seed=8)["north.csv"] != first["north.csv"]


def test_what_is_written_is_read_whole_and_is_the_past_that_is_made_at_once(tmp_path: Path) -> None:
    written(tmp_path)
    files = [imported(tmp_path, creditor) for creditor in CREDITORS]
    assert [file.summary["left_out"] for file in files] == [[], [], []]
    assert all(file.summary["learnable"] for file in files)
    at_once = past_of(7, 600).past
    assert at_once.invoices.amount.tolist() == [
        amount for file in files for amount in file.past.invoices.amount.tolist()
    ]
    assert len(at_once.events) == sum(len(file.past.events) for file in files)
    kinds = set(at_once.events.kind.tolist())
    assert {
        Happened.MESSAGE,
        Happened.READ,
        Happened.VISIT,
        Happened.PAYMENT,
        Happened.NOTICE,
        Happened.HAND_OFF,
    } <= kinds
    assert at_once.invoices.creditor.meanings == tuple(CREDITORS)
    assert 0.5 < len(np.unique(at_once.invoices.debtor)) / (600 / 6) < 1.01


def test_each_contact_stands_in_the_file_with_its_arm_and_how_probable_it_was(tmp_path: Path) -> None:
    written(tmp_path)
    with history_rows(tmp_path / "south.csv") as found:
        rows = [dict(zip(found.names, cells, strict=True)) for _, cells in found.rows]
    contacts = [row for row in rows if row["arm"]]
    assert {row["detail"] for row in contacts} == set(STEPS)
    assert {row["arm"] for row in contacts} <= {arm.name for arm in ARMS}
    assert all(0 < float(row["propensity"]) < 1 for row in contacts)
    held = [row for row in contacts if row["activity"] == "Held back"]
    assert {row["arm"] for row in held} == {"none"}
    assert {float(row["propensity"]) for row in held} == {0.1}


def test_the_truths_stand_apart(tmp_path: Path) -> None:
    told = json.loads(written(tmp_path)[TRUTHS])
    assert set(told["chance_paid_in_window"]) == set(STEPS)
    assert told["planted"]["channel"] == {"email": 0.7, "sms": 1.1, "letter": 0.6}
    assert set(told["reason_of"].values()) <= set(Truths().reasons)
    shown = "".join((tmp_path / f"{name}.csv").read_text() for name in CREDITORS)
    assert not any(reason in shown for reason in Truths().reasons)


def test_no_learner_opens_the_truths_or_knows_who_made_them() -> None:
    for room in ("prediction", "activities", "workflows", "commands", "views", "facts", "domain", "planning"):
        for file in (ROOT / room).rglob("*.py"):
            text = file.read_text()
            assert TRUTHS not in text, file
            assert "simulator.history" not in text, file


def test_it_is_typed_as_the_guide_says(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["--seed", "7", "--out", str(tmp_path / "typed"), "--cases", "50"])
    assert (said.exit_code, said.output.startswith("50 cases are in ")) == (0, True)
    assert {file.name: file.read_bytes() for file in sorted((tmp_path / "typed").iterdir())} == written(
        tmp_path / "at once", 7, 50
    )
