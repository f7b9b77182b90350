"""Where the Temporal CLI is: named, installed, cached, downloaded by the SDK or built from its Go module."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.go_build import go_build, only_one
from tools.setup import ROOT, SetupError, cache_folder

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
        async with asyncio.timeout(DOWNLOAD_SECONDS):
            server = await WorkflowEnvironment.start_local(
                download_dest_dir=str(folder), dev_server_download_version=f"v{CLI_VERSION}"
            )
        await server.shutdown()

    try:
        asyncio.run(start_once())
    except (RuntimeError, TimeoutError) as error:
        print(f"the Temporal CLI cannot be downloaded ({error}); it will be built instead", file=sys.stderr)
        return None
    return next((file for file in folder.iterdir() if file.is_file() and is_new_enough(file)), None)


def built(folder: Path) -> Path:
    """The CLI built from its Go module, whose every part is pinned in `tools/temporal/go.sum`."""
    program = folder / "temporal"
    print(f"building the Temporal CLI {CLI_VERSION}: about 7 minutes, once", file=sys.stderr)
    version = f"-s -w -X github.com/temporalio/cli/internal/temporalcli.Version={CLI_VERSION}"
    if not go_build(GO_MODULE, "github.com/temporalio/cli/cmd/temporal", program, version):
        raise SetupError(
            "The Temporal CLI could not be built: check the network to the Go module proxy and run make "
            f"again, or install the Temporal CLI {CLI_VERSION} and put its path in TEMPORAL_CLI."
        )
    return program


if __name__ == "__main__":
    try:
        print(temporal_cli())
    except SetupError as problem:
        sys.exit(str(problem))
