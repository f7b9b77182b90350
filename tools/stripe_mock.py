"""Where stripe-mock is, Stripe's own mock of its API: named, installed, cached, or built from its Go module."""

import sys
from pathlib import Path

from tools.go_build import found_or_made, go_build, version_said
from tools.setup import ROOT, SetupError

VERSION = "0.203.0"
GO_MODULE = ROOT / "tools" / "stripe-mock"


def stripe_mock() -> Path:
    """The path of a stripe-mock of this version or newer; takes some seconds the first time.

    In this order: `STRIPE_MOCK`, `PATH`, the cache, a build from the Go module.
    Raises `SetupError` when `STRIPE_MOCK` names an unusable program or none can be built.
    """
    return found_or_made(
        "stripe-mock", VERSION, "STRIPE_MOCK", is_new_enough, f"stripe-mock {VERSION} or newer.", built
    )


def is_new_enough(program: Path) -> bool:
    """Whether the program is a stripe-mock with the API description that the tests were written for."""
    said = version_said(program, "-version", r"stripe-mock v?(\d+)\.(\d+)\.(\d+)")
    return said >= tuple(map(int, VERSION.split(".")))


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
