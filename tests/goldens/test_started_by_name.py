"""What is started by its name, from the terminal or by Docker Compose, is there under that name."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_group

from terminal.overview import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_terminal_is_in_its_module(command: str) -> None:
    assert command in get_group(import_module(COMMANDS[command].module).app).commands


def test_what_compose_starts_is_there() -> None:
    assert SERVICES["migrate"]["command"] == ["python", "-m", "facts.migrate"]
    assert find_spec("facts.migrate")
    assert SERVICES["worker"]["command"] == ["python", "worker.py"]
    assert (ROOT / "worker.py").is_file()
    assert SERVICES["web"]["command"] == ["python", "-m", "web"]
    assert find_spec("web.__main__")
    assert callable(import_module("web.app").create_app)  # as it was started before
