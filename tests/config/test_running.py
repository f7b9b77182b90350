"""What runs here is told to the terminal, and what has ended without a word is not taken for it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from config.running import RUN_FILE, SECRETS_FILE, announced, found, is_running, kept_secrets
from config.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    kept_secrets(tmp_path / SECRETS_FILE)
    url = SecretStr("postgresql+psycopg://postgres:@/postgres?host=/tmp/ours")
    return Settings(state_folder=tmp_path, database_url=url, temporal_address="127.0.0.1:7999", web_port=8999)


def test_what_is_announced_is_found_for_as_long_as_it_runs(settings: Settings) -> None:
    folder = settings.state_folder
    with announced(settings, "http://127.0.0.1:8999"):
        assert is_running(folder)
        asked = Settings(state_folder=folder, print_folder=Path("chosen"))
        told = found(asked)
        assert (told["temporal_address"], told["database_url"]) == ("127.0.0.1:7999", settings.database_url)
        assert "print_folder" not in told  # as it was given
    assert not is_running(folder)


@pytest.mark.parametrize("left", ['{"pid": PID}', "{}", '{"pid": "x"}', "not json", '{"pid": null}'])
def test_what_a_crash_left_behind_does_not_run(settings: Settings, left: str) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (settings.state_folder / RUN_FILE).write_text(left.replace("PID", str(ended.pid)))
    assert not is_running(settings.state_folder)


def test_what_runs_under_another_user_runs(settings: Settings) -> None:
    (settings.state_folder / RUN_FILE).write_text(json.dumps({"pid": 1 if os.getuid() else os.getpid()}))
    assert is_running(settings.state_folder)
