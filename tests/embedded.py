"""`make run` as a test starts it: on a state folder and on ports of its own."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.setup import ROOT

WITHIN = 60.0


def free_ports() -> tuple[int, int]:
    """A free port for the web app, and one for Temporal whose web UI's port a thousand above is free too."""
    while True:
        with socket.socket() as web, socket.socket() as temporal, socket.socket() as ui:
            web.bind(("127.0.0.1", 0))
            temporal.bind(("127.0.0.1", 0))
            port = temporal.getsockname()[1]
            if port + 1000 < 65536 and ui.connect_ex(("127.0.0.1", port + 1000)) != 0:
                return web.getsockname()[1], port


class Embedded:
    """Starts of `make run` on one state folder."""

    def __init__(self, place: Path) -> None:
        self.web, temporal = free_ports()
        self.state = place / "state"
        self.output = place / "output"
        self.environment = os.environ | {
            "PURR_STATE_FOLDER": str(self.state),
            "PURR_WEB_PORT": str(self.web),
            "PURR_TEMPORAL_ADDRESS": f"127.0.0.1:{temporal}",
        }

    def start(self) -> subprocess.Popen[bytes]:
        """Start it, without waiting."""
        with self.output.open("wb") as output:
            command = [sys.executable, "-m", "tools.run_embedded"]
            return subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=output, stderr=output)

    def refusal(self) -> str:
        """What a start says that ends at once with an error."""
        ended = subprocess.run(
            [sys.executable, "-m", "tools.run_embedded"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=WITHIN,
            check=False,
        )
        assert ended.returncode == 1
        return ended.stderr

    @contextmanager
    def running(self) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, str]]]:
        """Started and ready; gives the process and run.json. Ended at the latest when the block ends."""
        (self.state / "run.json").unlink(missing_ok=True)
        process = self.start()
        try:
            until((self.state / "run.json").exists, process, self.output)
            yield process, json.loads((self.state / "run.json").read_text())
        finally:
            process.kill()
            process.wait()

    def terminal(self, *arguments: str) -> str:
        """What a command in the terminal prints."""
        command = [sys.executable, "starter.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def until(check: Callable[[], Any], process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + WITHIN
    while not check():
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.05)
