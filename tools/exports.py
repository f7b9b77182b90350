"""`eval "$(python -m tools.exports)"` tells a shell what runs here: its folder, web app and Temporal server, and the CLI."""

import json
import shlex
import sys
from pathlib import Path

from config.running import RUN_FILE, is_running
from config.settings import read_settings, variable
from tools.setup import SetupError
from tools.temporal_cli import temporal_cli


def exports(folder: Path) -> dict[str, str]:
    """What the commands of the guides ask of a shell, beside what runs on a state folder; raises SetupError."""
    if not is_running(folder):
        raise SetupError(f"nothing runs in {folder}: start it with `make run`, or export {variable('state_folder')}")
    told = json.loads((folder / RUN_FILE).read_text())
    return {
        variable("state_folder"): str(folder.resolve()),
        "PURR_URL": told["web_url"],
        "TEMPORAL": str(temporal_cli()),
        "TEMPORAL_ADDRESS": told["temporal_address"],
    }


if __name__ == "__main__":
    try:
        for name, value in exports(read_settings().state_folder).items():
            print(f"export {name}={shlex.quote(value)}")
    except SetupError as missing:
        sys.exit(str(missing))
