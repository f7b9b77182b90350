"""What README and docs tell people to type and to look at is there."""

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from config.settings import Settings, variable
from domain.planner.flags import FLAGS
from starter import app as terminal
from terminal.overview import COMMANDS
from web.payment_methods.registry import METHODS

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
PLACES = (
    r"(?:activities|benchmarks|channels|commands|config|connectors|docs|domain|facts|messages|planning|purr_client|relays"
    r"|simulator|terminal|tests|tools|views|web|workflows|\.ci)"
)
FILE = re.compile(rf"(?<![\w/.]){PLACES}/[\w./-]*\w/?")
AT_THE_ROOT = re.compile(r"`([\w-]+\.(?:py|yml|lock|toml)|\.env\.example|Dockerfile|Makefile)`")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[^)]+)?\)")
STARTER = re.compile(r"starter\.py((?: (?:'[^'\n]*'|\"[^\"\n]*\"|[^\s`'\"|;&)]+))+)")
ELLIPSES = {"…", "..."}


on_every_page = pytest.mark.parametrize("guide", PAGES, ids=lambda guide: guide.name)


@cache
def words_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def commands_of(page: Path) -> list[list[str]]:
    """The arguments of every `starter.py …` on a page."""
    words = re.sub(r"\$(SOON|TODAY|POSTED)\b", "2035-03-05", words_of(page))
    words = re.sub(r"\$LETTER\b", "5d1f0c6e-6f5e-4a5c-9a53-0f6b7c1d2e3f", words)
    words = re.sub(r"\$(FIRST|SECOND|MESSAGE|TASK|REPLY|\d)\b", "17", words)
    found = [shlex.split(match[1]) for match in STARTER.finditer(words)]
    return [arguments for arguments in found if not ELLIPSES & set(arguments)]


def parsed(arguments: list[str]) -> None:
    """Parse a command as the terminal would, without carrying it out; raises what the terminal would."""
    command: Any = get_command(terminal)
    context = command.make_context("starter.py", [*arguments])
    while hasattr(command, "commands") or hasattr(command, "get_command"):
        left = [*context._protected_args, *context.args]
        if not left and command.invoke_without_command:
            return
        name, command, rest = command.resolve_command(context, left)
        context = command.make_context(name, rest, parent=context)


def headings(page: Path) -> set[str]:
    """The anchors that a page's headings get."""
    lines = re.findall(r"^#+ (.+)$", words_of(page), re.MULTILINE)
    return {"#" + re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines}


@on_every_page
def test_every_terminal_command_on_a_page_can_be_typed(guide: Path) -> None:
    for arguments in commands_of(guide):
        if len(arguments) == 1:  # named in a sentence
            assert arguments[0] in COMMANDS
        else:
            parsed(arguments)


@on_every_page
def test_no_command_on_a_page_has_a_day_that_will_be_past(guide: Path) -> None:
    ahead = r'(?:--until|promise \S+ --on) 20\d\d|"(?:until|pay_by|due_date)": "20\d\d'
    commands = [line for line in words_of(guide).splitlines() if "starter.py" in line or "curl" in line]
    assert [line for line in commands if re.search(ahead, line)] == []


def test_a_command_that_is_not_there_is_found_out() -> None:
    for wrong in (["letters", "burned"], ["hold", "1001", "--because", "why"], ["pay"]):
        with pytest.raises(Exception, match=r"(?i)no such|missing"):
            parsed(wrong)


def test_the_pages_have_commands_to_check() -> None:
    assert len([command for page in PAGES for command in commands_of(page)]) > 50


def test_every_flag_that_a_case_can_have_is_explained_to_operators() -> None:
    said = re.findall(
        r"^\| `([a-z -]+)` \|", words_of(ROOT / "docs" / "operators.md").partition("## Flags")[2], re.MULTILINE
    )
    rooms = [file.read_text() for room in ("domain", "facts") for file in (ROOT / room).rglob("*.py")]
    given = {flag for words in rooms for flag in re.findall(r'\bflag="([a-z -]+)"', words)}
    assert given <= set(FLAGS)
    assert said[: len(FLAGS)] == list(FLAGS)


@on_every_page
def test_every_file_and_link_on_a_page_exists(guide: Path) -> None:
    text = re.sub(r"https?://[^\s)>]+", "https:", words_of(guide))
    named = {ROOT / name for name in [*FILE.findall(text), *AT_THE_ROOT.findall(text)]}
    links = {guide.parent / link if link else guide: anchor for link, anchor in LINK.findall(text)}
    missing = [str(place.relative_to(ROOT)) for place in named if not place.exists()]
    missing += [str(place) for place in links if not place.exists()]
    missing += [f"{place.name}{a}" for place, a in links.items() if a and place.exists() and a not in headings(place)]
    assert missing == []


@on_every_page
def test_every_make_target_on_a_page_exists(guide: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"(?:`|^|DEMO_EXIT=1 )make ([a-z-]+)", words_of(guide), re.MULTILINE)
    assert set(named) <= targets


@on_every_page
def test_every_variable_on_a_page_is_a_setting(guide: Path) -> None:
    example = set(re.findall(r"PURR_[A-Z_]+", (ROOT / ".env.example").read_text()))
    settings = {variable(field, kind) for kind in (Settings, *METHODS.values()) for field in kind.model_fields}
    own = {
        "PURR_URL",
        "PURR_KEY",
        "PURR_TEST_BEGIN",
        "PURR_GROWTH_INVOICES",
        "PURR_DESK_INVOICES",
        "PURR_LISTS_INVOICES",
        "PURR_OPEN_PAGES",
        "PURR_REPORTS_INVOICES",
    }  # of the pages, tests and benchmarks
    assert set(re.findall(r"PURR_[A-Z_]*[A-Z]", words_of(guide))) <= settings | own
    assert example <= settings


def test_a_walk_for_a_new_reader_is_eight_files_at_most() -> None:
    guide = words_of(ROOT / "docs" / "developers.md")
    section = guide.partition("## Three walks\n")[2].partition("\n## ")[0]
    walks = [re.findall(r"`([\w/]+\.py)`", walk) for walk in section.split("\n- ")[1:]]
    assert [2 < len(set(walk)) == len(walk) <= 8 for walk in walks] == [True] * 3
