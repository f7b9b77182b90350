"""A shell is told what runs here, and in a sentence that nothing does."""

import json
import os
from pathlib import Path

import pytest

from tools.exports import exports
from tools.setup import SetupError


def running(folder: Path, pid: int) -> None:
    told = {"pid": pid, "web_url": "http://127.0.0.1:8010", "temporal_address": "127.0.0.1:7300"}
    (folder / "run.json").write_text(json.dumps(told))


def test_a_shell_is_told_where_everything_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli = tmp_path / "temporal"
    cli.write_text("#!/bin/sh\necho 'temporal version 0 (Server 9.0.0)'\n")
    cli.chmod(0o755)
    monkeypatch.setenv("TEMPORAL_CLI", str(cli))
    running(tmp_path, os.getpid())
    assert exports(tmp_path) == {
        "PURR_STATE_FOLDER": str(tmp_path),
        "PURR_URL": "http://127.0.0.1:8010",
        "TEMPORAL": str(cli),
        "TEMPORAL_ADDRESS": "127.0.0.1:7300",
    }


def test_what_has_ended_is_not_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=f"nothing runs in {tmp_path}: start it with `make run`"):
        exports(tmp_path)
    running(tmp_path, 2**22 + 1)
    with pytest.raises(SetupError, match="or export PURR_STATE_FOLDER"):
        exports(tmp_path)
