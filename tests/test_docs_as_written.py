"""What the pages show to be typed runs as it is written, page after page, beside a `make run` on ports of its own."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

from tests.embedded import Embedded
from tools.setup import ROOT

PAGES = [
    ROOT / "README.md",
    *(ROOT / "docs" / f"{page}.md" for page in ("operators", "integrators", "money", "developers")),
]
NOT_HERE = {
    r"make (demo|test)$": "a test of its own; this",
    r".* --state \.local/demo$": "tests/simulator/test_demo.py has a demo to type it beside",
    r"\.venv/bin/(ruff|python -m (tools|messages)\.\w+$)": "make check does",
    r"\.venv/bin/python -m pytest": "make test does",
}
REFUSED = {
    """--data '{"number": "2026-1008"}'""": '{"field": "issue_date", "problem": "is missing"}',
    "/letters/posted": "no print batch",
    "/hand-offs/17/answer": "no hand-off 17",
}
"""What a page shows to be refused, and what the refusal says."""
BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Ended(NamedTuple):
    """A command that ended: what was typed, its status and all that it said."""

    command: str
    status: int
    said: str


def commands_of(page: Path) -> Iterator[str]:
    """The commands of a page's blocks, in order; one that goes over several lines is one."""
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        command = ""
        for line in block.splitlines(keepends=True):
            command += line
            if not command.endswith("\\\n") and _is_whole(command):
                yield command
                command = ""
        assert not command, f"{page.name} has half a command: {command}"


def _is_whole(command: str) -> bool:
    return subprocess.run(["bash", "-n"], input=command, text=True, capture_output=True, check=False).returncode == 0


def typed(commands: list[str], environment: dict[str, str]) -> list[Ended]:
    """What became of commands typed into one shell, one after the other."""
    script = "".join(f'{command}printf "\\n@%d ended\\n" $?\n' for command in commands)
    shell = subprocess.run(
        ["bash"],
        input=script,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    said = re.split(r"^@(\d+) ended$", shell.stdout, flags=re.MULTILINE)
    assert len(said) == 2 * len(commands) + 1, shell.stdout[-3000:]
    return [
        Ended(command, int(status), words.strip())
        for command, status, words in zip(commands, said[1::2], said[::2], strict=False)
    ]


@pytest.fixture
def shell() -> Iterator[dict[str, str]]:
    """The environment of a shell beside a `make run`: it knows the folder, as `make run` says, and nothing else."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)  # the database's own user looks in when the tests are run by root
        (place / ".curlrc").write_text("fail-with-body\n")  # a refused request fails
        purr = Embedded(place)
        with purr.running() as (process, _):
            known = {name: value for name, value in os.environ.items() if not name.startswith(("PURR_", "TEMPORAL"))}
            yield known | {"PURR_STATE_FOLDER": str(purr.state), "CURL_HOME": folder}
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0, purr.output.read_text()


@pytest.mark.timeout(300)
def test_every_command_of_the_pages_runs_as_it_is_written(shell: dict[str, str]) -> None:
    wrong = []
    for page in PAGES:
        here = [command for command in commands_of(page) if not any(re.match(each, command) for each in NOT_HERE)]
        for ended in typed(here, shell):
            refusal = next((words for part, words in REFUSED.items() if part in ended.command), None)
            if (ended.status == 0) is (refusal is not None) or (refusal or "") not in ended.said:
                wrong.append(f"{page.name}: {ended.command}  gave {ended.status}: {ended.said[-1500:]}")
    assert not wrong, "\n".join(wrong)


def test_a_command_that_is_refused_is_found_out(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(
        "```bash\nexport WORD=one\necho $WORD \\\n  two\nfalse\nfor n in 1 2; do\necho $n; done\n```\n"
    )
    commands = list(commands_of(tmp_path / "page.md"))
    assert [(ended.status, ended.said) for ended in typed(commands, dict(os.environ))] == [
        (0, ""),
        (0, "one two"),
        (1, ""),
        (0, "1\n2"),
    ]
