"""Where the Temporal CLI is: named, installed, cached, downloaded by the SDK or built from its Go module."""

import asyncio
import sys
from pathlib import Path

from tools.go_build import found_or_made, go_build, version_said
from tools.setup import ROOT, SetupError

CLI_VERSION = "1.9.1"
OLDEST_SERVER = (1, 32, 0)  # the server inside CLI 1.9.1; older ones lack per-workflow time skipping
GO_MODULE = ROOT / "tools" / "temporal"
DOWNLOAD_SECONDS = 90


def temporal_cli() -> Path:
    """The path of a Temporal CLI with server 1.32.0 or newer; may take minutes the first time.

    In this order: `TEMPORAL_CLI`, `PATH`, the cache, the SDK's own download, a build from the Go module.
    Raises `SetupError` when `TEMPORAL_CLI` names an unusable program or none can be downloaded or built.
    """
    refusal = f"a Temporal CLI {CLI_VERSION} or newer: correct or unset it."
    return found_or_made("temporal", CLI_VERSION, "TEMPORAL_CLI", is_new_enough, refusal, _made)


def _made(folder: Path) -> Path:
    return downloaded(folder) or built(folder)


def is_new_enough(program: Path) -> bool:
    """Whether the program is a Temporal CLI whose server, the part that matters, is 1.32.0 or newer."""
    return version_said(program, "--version", r"Server (\d+)\.(\d+)\.(\d+)") >= OLDEST_SERVER


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
