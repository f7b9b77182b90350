"""Set-up leaves the terminal as a command that can be called from any folder, and completed by the shell."""

import os
import subprocess
import sys
from pathlib import Path

from tools.setup import install_command


def test_the_terminal_is_a_command_that_the_shell_completes(tmp_path: Path) -> None:
    purr = tmp_path / "purr"
    install_command(purr, Path(sys.executable))
    asked = os.environ | {"_PURR_COMPLETE": "complete_bash", "COMP_WORDS": "purr un", "COMP_CWORD": "1"}
    completed = subprocess.run([purr], cwd=tmp_path, env=asked, capture_output=True, text=True, check=False)
    assert set(completed.stdout.split()) == {"undo-credit", "undo-send", "undo-skip", "unmatched", "unwithdraw"}, (
        completed.stderr
    )
