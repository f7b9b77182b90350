"""Set a fresh machine up: uv, the locked packages in `.venv` and the Temporal CLI (standard library only)."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "purr-setup"
INPUTS = ("requirements-dev.lock", "tools/setup.py", "tools/uv.lock", "tools/temporal/go.mod", "tools/temporal/go.sum")


class SetupError(Exception):
    """Set-up cannot go on; the message is one sentence that says what to do."""


def cache_folder() -> Path:
    """The folder outside the checkout where downloaded and built tools are kept; made when missing."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "purr"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(
            f"{folder} cannot be written ({error.strerror}): set XDG_CACHE_HOME to a folder of your own."
        ) from error
    return folder


def uv() -> Path:
    """The uv on the PATH, else one installed from `tools/uv.lock` into its own virtualenv in the cache."""
    if on_path := shutil.which("uv"):
        return Path(on_path)
    lock = ROOT / "tools" / "uv.lock"
    home = cache_folder() / f"uv-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    program = home / "bin" / "uv"
    if not program.exists():
        if find_spec("ensurepip") is None:
            raise SetupError(
                "Python's venv module is incomplete: install it (Debian and Ubuntu: "
                "apt-get install python3-venv), or install uv, and run make again."
            )
        print("installing uv, once", file=sys.stderr)
        venv.create(home, clear=True, with_pip=True)
        pip = (home / "bin" / "python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock)
        run(*pip, on_failure="uv could not be installed from PyPI: check the network, or install uv yourself.")
    return program


def run(*command: str | Path, on_failure: str) -> None:
    """Run a command of the set-up in the project's folder; its output goes to stderr.

    Raises `SetupError` with `on_failure` when it does not end well.
    """
    if subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=False).returncode != 0:
        raise SetupError(on_failure)


def fingerprint() -> str:
    """What `.venv` was made from: changes when a lock, this set-up, this Python or the place of the checkout does."""
    digest = hashlib.sha256(f"{ROOT} {sys.version}".encode())
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def set_up() -> None:
    """Leave `.venv` as the locks say and the Temporal CLI in its place; instantaneous when nothing changed.

    Raises `SetupError` with one sentence that says what to do.
    """
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    program = uv()
    python = VENV / "bin" / "python"
    if not python.exists() or not same_python(python):
        run(
            program,
            "venv",
            "--quiet",
            "--clear",
            "--python",
            sys.executable,
            VENV,
            on_failure=f"{VENV} could not be made: see uv's words above.",
        )
    print("installing the locked packages", file=sys.stderr)
    run(
        program,
        "pip",
        "sync",
        "--quiet",
        "--compile-bytecode",  # else each start of each program may compile its libraries anew: two seconds
        "--require-hashes",
        "--python",
        python,
        "requirements-dev.lock",
        on_failure="The packages could not be installed: check the network to PyPI and run make again.",
    )
    install_command(VENV / "bin" / "purr", python)
    run(python, "-m", "tools.temporal_cli", on_failure="The Temporal CLI is missing: see the sentence above.")
    STAMP.write_text(wanted)


def install_command(place: Path, python: Path) -> None:
    """Leave the terminal of this checkout as a command, `purr`, which can be called from any folder."""
    place.write_text(
        f"#!{python}\n"
        '"""Purr in the terminal, as tools/setup.py installed it."""\n\n'
        "import sys\n\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from starter import program\n\n"
        "program()\n"
    )
    place.chmod(0o755)


def same_python(python: Path) -> bool:
    """Whether an existing virtualenv runs and is of the Python that runs this set-up."""
    answer = subprocess.run(
        (python, "-c", "import sys; print(sys.version)"), capture_output=True, text=True, check=False
    )
    return answer.stdout.rstrip("\n") == sys.version


if __name__ == "__main__":
    try:
        set_up()
    except SetupError as problem:
        sys.exit(str(problem))
