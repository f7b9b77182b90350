"""What a page shows to be typed, typed into a shell as it is written."""

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tools.setup import ROOT

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


def typed(commands: Sequence[str], environment: Mapping[str, str]) -> list[Ended]:
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
