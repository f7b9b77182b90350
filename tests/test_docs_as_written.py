"""What the pages show to be typed runs as it is written, page after page, beside a `make run` on ports of its own."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.embedded import Embedded
from tests.shell import commands_of, typed
from tools.setup import ROOT

PAGES = [
    ROOT / "README.md",
    *(
        ROOT / "docs" / f"{page}.md"
        for page in ("operators", "integrators", "money", "developers", "reports", "learning")
    ),
]
NOT_HERE = {
    r"make (demo|test)$": "a test of its own; this",
    r".* --state \.local/demo": "tests/simulator/test_demo.py has a demo to type it beside",
    r"\.venv/bin/(ruff|python -m (tools|messages)\.\w+$)": "make check does",
    r"\.venv/bin/python -m pytest": "make test does",
    r".* experiments (show|stop) practice evening": "tests/terminal/test_experiments.py has one to type it for",
}
REFUSED = {
    """--data '{"number": "2026-1008"}'""": '{"field": "issue_date", "problem": "is missing"}',
    "payments docs/examples/unexplained.ocr": "3 unmatched",
}
"""What a page shows to be refused, and what the refusal says."""
FOUND = {"python starter.py control": "never imported"}
"""What says with its status that something waits, and what it names here."""
BY_THE_HOUR = {"send-now 2026-1001 invoice": "'invoice' is no step ahead"}
"""What is refused in working hours alone, when it was done already."""

TYPED_BY_NOBODY = re.compile(
    r"^    (python|\.venv/|curl|make|\"\$TEMPORAL|export|docker|temporal) ?(.*)$", re.MULTILINE
)
ASIDE = {
    "docker": "in production",
    "python starter.py restored --since 2026-12-24T03:00:00+01:00 --log worker.log --log web.log": "after a restore",
    ".venv/bin/python -m tests.histories.record": "writes a history to keep",
    "python starter.py simulate": "answers a message that has gone, which at night none has",
}
"""What begins so stands beside the blocks, each for its reason."""


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


@pytest.mark.timeout(600)
def test_every_command_of_the_pages_runs_as_it_is_written(shell: dict[str, str], full: bool) -> None:
    """README's, in any run; with the full numbers those of all pages, which go on from one another."""
    wrong = []
    for page in PAGES if full else PAGES[:1]:
        here = [command for command in commands_of(page) if not any(re.match(each, command) for each in NOT_HERE)]
        for ended in typed(here, shell):
            if any(part in ended.command and words in ended.said for part, words in BY_THE_HOUR.items()):
                continue
            refusal = next((words for part, words in (REFUSED | FOUND).items() if part in ended.command), None)
            if (ended.status == 0) == (refusal is not None) or (refusal or "") not in ended.said:
                wrong.append(f"{page.name}: {ended.command}  gave {ended.status}: {ended.said[-1500:]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_only_what_cannot_be_tried_stands_where_it_is_not_run(page: Path) -> None:
    aside = [match[0].strip() for match in TYPED_BY_NOBODY.finditer(page.read_text(encoding="utf-8"))]
    assert [command for command in aside if not command.startswith(tuple(ASIDE))] == []


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
