"""The web app as a whole takes bodies of a size it has said."""

from typing import Any

import pytest

from tests.web.door import Door


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
