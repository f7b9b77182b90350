"""Every kind of problem has a page, and no other kind is answered."""

import ast
import re

from tests.web.door import Door
from tools.sources import ROOT, parsed
from web.problem_kinds import KINDS


def told() -> set[str]:
    """The kinds that doors and commands name."""
    named = set()
    for folder in ("web", "commands", "facts", "activities"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(parsed(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) > 1:
                    kind = node.args[1]
                    if node.func.id in ("Problem", "CommandRefused") and isinstance(kind, ast.Constant):
                        named.add(str(kind.value))
    return named


def test_the_table_has_the_kinds_that_are_told_and_those_of_the_framework() -> None:
    assert set(KINDS) == told() | {"bad-request", "method-not-allowed"}


async def test_the_help_of_a_problem_leads_to_its_page(door: Door) -> None:
    answer = await door.client.get("/v1/invoices/none")
    page = await door.client.get(answer.json()["help"])
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert KINDS["not-found"].what in page.text


async def test_each_kind_has_its_page_and_the_list_leads_to_all(door: Door) -> None:
    listed = await door.client.get("/problems")
    assert set(re.findall(r'href="/problems/([\w-]+)"', listed.text)) == set(KINDS)
    for name, kind in KINDS.items():
        page = await door.client.get(f"/problems/{name}")
        assert (page.status_code, f"<h1>{kind.title}</h1>" in page.text) == (200, True)
    assert (await door.client.get("/problems/none")).status_code == 404
