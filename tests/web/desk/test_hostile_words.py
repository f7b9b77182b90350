"""Whatever debtors and creditors write is words on every page of the desk, and no formula in any of its files."""

import csv
import io
from html.parser import HTMLParser
from typing import Final

import pytest

from connectors.spreadsheet import FORMULAS, as_csv
from domain.desk.roles import Role
from tests.begin import TODAY, by_day, turn
from tests.web.desk.conftest import Desk, Staff
from tests.web.desk.test_acts import does
from tests.web.desk.test_door import ROUTES
from tests.web.desk.test_out_of_reach import Things, things_of

HOSTILE: Final = (
    """"><script>alert(7)</script><img src=x onerror=alert(7)>' onfocus=alert(7) {{ 7*7 }} javascript:alert(7)"""
)
SHOWN: Final = "&lt;script&gt;alert(7)"
NAMED: Final = frozenset(
    route
    for route in ROUTES
    if route.startswith("GET ")
    and not any(each in route for each in ("/live", "/watch", "/events"))
    and ("/act/" not in route or "/act/hold/" in route or "/act/contact/" in route)
)  # what is no stream; the forms of all acts are one template


class Page(HTMLParser):
    """What a browser would run of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Every element that runs something, or has an attribute that does."""
        told = dict(attrs)
        if (tag in ("iframe", "object", "embed", "base", "meta") and "http-equiv" in told) or tag in (
            "iframe",
            "object",
            "base",
        ):
            self.runs.append(tag)
        if tag == "script" and not (told.get("src") or "").startswith("/desk/files/desk.js"):
            self.runs.append(tag)
        if tag == "img" and not (told.get("src") or "").startswith(("/", "data:")):
            self.runs.append(tag)
        for name, value in attrs:
            address = name in ("href", "src", "action", "formaction", "data-watch", "data-live", "data-inbox")
            if (
                name.startswith("on")
                or name == "style"
                or (address and (value or "").lstrip().lower().startswith("javascript:"))
            ):
                self.runs.append(f"{tag} {name}")


def runs(page: str) -> list[str]:
    """Whatever a page would run that is not the desk's own."""
    read = Page()
    read.feed(page)
    return read.runs


def test_the_reader_of_pages_finds_what_runs() -> None:
    assert runs(f'<p title="{HOSTILE}">x</p><a href=" javascript:x">y</a>') == [
        "script",
        "img",
        "img onerror",
        "a href",
    ]
    assert runs('<script src="/desk/files/desk.js?1" defer></script><a href="/desk/">x</a>') == []


async def written_everywhere(staff: Staff) -> tuple[Desk, Things]:
    """One of everything, with hostile words wherever somebody can write any."""
    await turn(staff.door.database, by_day())
    things = await things_of(staff.door, staff, HOSTILE)
    door = staff.door
    boss = await staff.sign_in(Role.CREDIT_MANAGER)
    of = {"c": door.creditor, "words": HOSTILE}
    for act, typed in (
        ("note", {}), ("hold", {"until": ""}), ("promise", {"pay_by": str(TODAY)}), ("dispute", {}),
    ):  # fmt: skip
        await does(boss, act, note=HOSTILE, **typed)
    lines = [{"text": HOSTILE, "amount": "10.00"}]
    more = {"segment": HOSTILE[:60], "order_reference": HOSTILE[:60], "buyer_reference": HOSTILE[:60], "lines": lines}
    who = {
        "name": HOSTILE,
        "customer_number": "K-2",
        "email": "o@example.no",
        "address_lines": [HOSTILE],
        "postcode": "0155",
    }
    sent = await door.send_invoice(
        "<b>'\"&3", amount="10.00", reference=None, debtor=who | {"city": HOSTILE[:60]}, **more
    )
    assert sent.status_code in (201, 422), sent.text
    await door.pay("p-9", amount="3.00", reference=None, text=HOSTILE, payer_name=HOSTILE)
    for table, column in (("reply", "text"), ("reply", "subject"), ("task", "why"), ("incoming_payment", "payer_name")):
        await door.rows(f"update {table} set {column} = :words where creditor_id = :c returning 1", **of)
    named = "update reply_file set name = :words from reply r where r.id = reply_id and r.creditor_id = :c returning 1"
    await door.rows(named, **of)
    await boss.send("/desk/lists", where="state=open", name=HOSTILE)
    await boss.send("/desk/keys", creditor=door.creditor, label=HOSTILE[:100])
    person = {"name": f"eva-{door.creditor}", "email": f"eva-{door.creditor}@desk.example", "roles": "agent"}
    await boss.send("/desk/users", **person, full_name=HOSTILE, creditors=door.creditor)
    saved = {
        "creditor": door.creditor,
        "language": "nb",
        "title": HOSTILE[:60],
        "text": HOSTILE.replace("{{ 7*7 }}", ""),
    }
    assert (await boss.send("/desk/saved-replies", **saved)).status_code == 303
    return boss, things


@pytest.mark.timeout(600)
async def test_nothing_that_anybody_writes_runs_on_any_page(staff: Staff) -> None:
    boss, things = await written_everywhere(staff)
    shown = set[str]()
    for route in sorted(NAMED):
        path = route.split(" ")[1]
        address = things.address(route) or path.replace("{name}", "money" if "queues" in path else "ageing")
        if "{" in address or "/incoming/" in address:
            continue
        for asked in (
            "",
            f"?q={HOSTILE}&where={HOSTILE}&creditor={HOSTILE}&back={HOSTILE}&done={HOSTILE}&kind={HOSTILE}",
        ):
            answer = await boss.get(f"{address}{asked}")
            if not answer.headers.get("content-type", "").startswith("text/html"):
                continue
            assert runs(answer.text) == [], (route, asked)
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], route
            assert (answer.headers["x-content-type-options"], answer.headers["cache-control"]) == (
                "nosniff",
                "no-store",
            )
            assert ">49<" not in answer.text
            if SHOWN in answer.text and not asked:
                shown.add(path)
    for path in (
        "/desk/case/{creditor}/{number:path}", "/desk/debtor/{debtor}", "/desk/inbox", "/desk/inbox/{reply}", "/desk/calls",
        "/desk/calls/{id}", "/desk/queues/money/{number}", "/desk/act/hold/{creditor}/{number:path}", "/desk/users",
        "/desk/saved-replies", "/desk/keys", "/desk/", "/desk/list",
    ):  # fmt: skip
        assert path in shown, path


@pytest.mark.parametrize("begins", [*FORMULAS])
def test_no_cell_of_a_file_begins_as_a_formula(begins: str) -> None:
    told = as_csv(["text", "amount"], [{"text": f"{begins}cmd|' /C calc'!A1", "amount": -5}])
    (row,) = csv.DictReader(io.StringIO(told, newline=""))
    assert row["text"].startswith("'")
    assert row["amount"] == "-5"
