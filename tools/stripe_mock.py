"""Where stripe-mock is, Stripe's own mock of its API: named, installed, cached, or built from its Go module."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.go_build import go_build, only_one
from tools.setup import ROOT, SetupError, cache_folder

VERSION = "0.203.0"
GO_MODULE = ROOT / "tools" / "stripe-mock"


def stripe_mock() -> Path:
    """The path of a stripe-mock of this version or newer; takes some seconds the first time.

    In this order: `STRIPE_MOCK`, `PATH`, the cache, a build from the Go module.
    Raises `SetupError` when `STRIPE_MOCK` names an unusable program or none can be built.
    """
    if named := os.environ.get("STRIPE_MOCK"):
        if not is_new_enough(Path(named)):
            raise SetupError(f"STRIPE_MOCK names {named}, which is not stripe-mock {VERSION} or newer.")
        return Path(named)
    on_path = shutil.which("stripe-mock")
    if on_path and is_new_enough(Path(on_path)):
        return Path(on_path)
    cached = cache_folder() / f"stripe-mock-{VERSION}"
    if cached.exists():
        return cached
    with only_one(cached.with_name(f"{cached.name}.lock")):
        if not cached.exists():
            with tempfile.TemporaryDirectory(dir=cached.parent) as folder:
                program = built(Path(folder))
                program.chmod(0o755)
                program.rename(cached)
    return cached


def is_new_enough(program: Path) -> bool:
    """Whether the program is a stripe-mock with the API description that the tests were written for."""
    try:
        answer = subprocess.run((program, "-version"), capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    found = re.search(r"stripe-mock v?(\d+)\.(\d+)\.(\d+)", answer.stdout)
    return found is not None and tuple(map(int, found.groups())) >= tuple(map(int, VERSION.split(".")))


def built(folder: Path) -> Path:
    """stripe-mock built from its Go module, whose every part is pinned in `tools/stripe-mock/go.sum`."""
    program = folder / "stripe-mock"
    print(f"building stripe-mock {VERSION}, once", file=sys.stderr)
    if not go_build(GO_MODULE, "github.com/stripe/stripe-mock", program, f"-s -w -X main.version={VERSION}"):
        raise SetupError(
            "stripe-mock could not be built: check the network to the Go module proxy and run it again, "
            f"or install stripe-mock {VERSION} and put its path in STRIPE_MOCK."
        )
    return program


if __name__ == "__main__":
    try:
        print(stripe_mock())
    except SetupError as problem:
        sys.exit(str(problem))
