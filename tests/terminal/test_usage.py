"""How the terminal is used: `--json` everywhere, usage errors, and one sentence when something is away."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

import starter
from tests.terminal.office import ROOT, Typed

NAMES = [
    "import", "start", "payments", "pay", "unmatched", "status", "list", "hold", "release", "skip", "send-now",
    "withdraw", "unwithdraw", "use-credit", "undo-credit", "ask-write-off", "write-off", "dispute", "approve", "stop", "tasks",
    "letters", "hand-offs",
    "policy", "forecast", "control", "creditor", "outbox", "promise", "plan", "debtor", "mandates", "claims", "fees", "webhooks",
    "match", "refunds", "replies", "restored", "simulate", "calls", "customers", "vouchers", "report", "rates", "why", "dossier",
    "sort", "models", "prediction", "effects", "outside", "history", "segments", "words", "content", "notices", "revoke-links",
    "user", "e-invoice", "waive-fees", "undo-skip", "undo-send", "new-due-date", "choose-policy", "send-link", "settle-delivery",
    "pay-back", "note", "strategies", "experiments", "backtest", "register",
]  # fmt: skip


def leaves() -> Iterator[tuple[str, Any]]:
    root: Any = typer.main.get_command(starter.app)
    context = root.make_context("starter.py", ["list"], resilient_parsing=True)

    def below(path: str, command: Any) -> Iterator[tuple[str, Any]]:
        for name, deeper in getattr(command, "commands", {}).items():
            yield from below(f"{path} {name}", deeper)
        if not getattr(command, "commands", {}):
            yield path, command

    for name in root.list_commands(context):
        yield from below(name, root.loaded(name))


def test_every_command_there_should_be_is_there() -> None:
    assert {path.split()[0] for path, _ in leaves()} == set(NAMES)


def test_every_command_takes_json_and_a_form_of_output_and_says_what_it_does() -> None:
    for path, command in leaves():
        options = [option.opts for option in command.params]
        assert [options.count([name]) for name in ("--json", "--output")] == [1, 1], path
        assert command.help, f"{path} does not say what it does"


def test_help_lists_the_commands_each_in_one_line_of_eighty_columns(
    typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = typed("--help")
    assert said.code == 0
    assert all(re.search(rf"^\W+{name} .*\.\W*$", said.out, re.MULTILINE) for name in NAMES)
    assert max(map(len, said.out.splitlines())) <= 80


# What takes long to import, and what it takes at most: an overview waits for nothing that it does not show.
HEAVY = {"sqlalchemy", "sqlmodel", "psycopg", "temporalio", "sendgrid", "twilio", "fastapi", "starlette", "stripe",
         "lxml", "jinja2", "yaml", "typst", "httpx", "cryptography", "babel", "holidays"}  # fmt: skip
TO_LOOK = HEAVY - {"sqlalchemy", "psycopg", "yaml"}


@pytest.mark.parametrize(
    ("words", "not_needed"),
    [(["--help"], HEAVY), (["nosuch"], HEAVY), (["list"], TO_LOOK)],
)
def test_no_command_waits_for_libraries_that_it_does_not_use(words: list[str], not_needed: set[str]) -> None:
    program = f"import starter, sys; starter.main({words!r}); print(*sys.modules, file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    loaded = {name.partition(".")[0] for name in ended.stderr.splitlines()[-1].split()}
    assert "typer" in loaded
    assert loaded & not_needed == set()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nosuch"], "No such command"),
        (["status"], "Missing argument"),
        (["hold"], "name one INVOICE, or describe many with --where or --of"),
        (["hold", "1", "--where", "step=reminder"], "not both"),
        (["hold", "1", "--until", "2035-12-24T11:00"], "has no zone"),
        (["hold", "--of", "no-such.csv"], "there is no file or folder"),
        (["hold", "1", "--until", "tomorrow"], "write it as YYYY-MM-DD"),
        (["hold", "1", "--reason", "he said: no!"], "write sentences in --note"),
        (["hold", "--where", ""], "would mean every case"),
        (["list", "--where", "colour=red"], "there are creditor, number"),
        (["pay", "1", "a lot"], "is no amount"),
        (["pay", "1", "0.00"], "is no amount"),
        (["payments", ".", "--accept-flagged"], "needs --by NAME"),
        (["stop", "on", "channel", "pigeon"], "is no channel"),
        (["stop", "on", "everything", "more"], "takes no name"),
        (["dispute", "1", "--resolve", "perhaps"], "perhaps"),
        (["letters", "posted", "batch", "yesterday"], "is no date"),
        (["policy", "preview", "no-such", "--due", "2026-03-16"], "no-gentle"),
    ],
)
def test_wrong_usage_is_one_sentence_and_code_two(typed: Typed, words: list[str], sentence: str) -> None:
    said = typed(*words)
    assert said.code == 2
    assert said.out == ""
    assert sentence in said.err
    machine = typed(*words, "--json")
    assert machine.code == 2
    assert sentence in machine.json["error"]


def test_where_nothing_runs_a_command_says_how_to_start(typed: Typed) -> None:
    said = typed("status", "1001")
    assert said.code == 1
    assert "start it with `make run`" in said.err


def test_a_database_that_is_away_is_told_in_time(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PURR_DATABASE_URL", "postgresql+psycopg://purr@127.0.0.1:1/purr")
    began = time.monotonic()
    said = typed("list", "--json")
    assert said.code == 1
    assert said.json["error"].startswith("the database does not answer: ")
    assert time.monotonic() - began < 20  # at once, where the machine is not busy
    assert "purr@" not in said.err


def test_a_database_url_that_is_none_is_told_without_showing_it(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PURR_DATABASE_URL", "secret place")
    said = typed("list")
    assert said.code == 1
    assert "PURR_DATABASE_URL: Value error, is no database URL" in said.err
    assert "secret" not in said.err


def test_the_database_of_what_runs_here_is_found(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, database_url: str
) -> None:
    (tmp_path / "state").mkdir()
    place = tmp_path / "state" / "run.json"
    told = {
        "pid": os.getpid(),
        "database_url": database_url,
        "temporal_address": "127.0.0.1:1",
        "web_url": "http://x.example",
    }
    folders = ("print", "hand_off", "bank_file", "direct_debit")
    place.write_text(json.dumps(told | {f"{name}_folder": name for name in folders}))
    (place.parent / "secrets.json").write_text(json.dumps({"webhook_signing_key": "k" * 32}))
    assert typed("list", "--json").json == {"total": 0, "more": False, "cases": []}
    monkeypatch.setenv("PURR_STATE_FOLDER", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PURR_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/other")
    for words in (["list", "--json", "--state", place.parent], ["--state", place.parent, "--json", "list"]):
        assert typed(*words).json == {"total": 0, "more": False, "cases": []}
    assert typed("list").code == 1  # the folder was named for those commands alone
    assert "nothing runs in" in typed("list", "--state", tmp_path).err
    monkeypatch.setenv("PURR_STATE_FOLDER", str(place.parent))
    monkeypatch.delenv("PURR_DATABASE_URL")
    place.write_text(json.dumps(json.loads(place.read_text()) | {"pid": 2**22 + 1}))
    assert "has ended without a word" in typed("list").err
    place.write_text("{}")
    broken = typed("list")
    assert broken.code == 1
    assert "cannot be understood" in broken.err


@pytest.mark.parametrize("command", [["hold", "1"], ["stop", "on", "everything"], ["tasks", "done", "1"]])
def test_nobody_acts_in_a_name_of_purrs_own(typed: Typed, command: list[str]) -> None:
    said = typed(*command, "--by", "Purr")
    assert (said.code, said.err.strip()) == (2, "--by: Purr is a name of Purr's own: say who decides")
