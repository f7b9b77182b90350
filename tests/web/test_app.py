"""The web app as a whole: bodies of a size it has said, and addresses that a proxy lets in or keeps inside."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.web.door import Door
from tests.web.test_walls import doors_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("path", ["/v1/invoices", "/webhooks/payments", "/webhooks/twilio/inbound"])
async def test_a_body_is_counted_as_it_comes_whatever_its_length_says(door: Door, path: str) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b" " * 64 * 1024

    answer = await door.client.post(path, content=endless(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["status"]) == (413, 413)
    assert sent < 30


def test_the_readme_says_of_every_address_whether_the_proxy_lets_it_in(door: Door) -> None:
    said = re.search(r"Let in (.+?) only\. Keep\s(.+?) inside", (ROOT / "README.md").read_text(), re.DOTALL)
    assert said is not None
    named = set(re.findall(r"`(/[\w.]+)/?`", said[0]))
    assert {f"/{path.split('/')[1]}" for _, path in doors_of(door.app)} == named
