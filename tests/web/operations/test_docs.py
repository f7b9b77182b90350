"""The API's documentation is one plain page."""

import re

from tests.web.door import Door


async def test_the_documentation_needs_no_network(door: Door) -> None:
    page = await door.client.get("/docs")
    assert page.status_code == 200
    assert "/v1/invoices/{number}" in page.text
    assert "<script" not in page.text
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//|url\(|@import""", page.text)
