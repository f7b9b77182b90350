"""What the web app does is seen, without addresses."""

import structlog

from tests.web.door import Door


async def test_the_log_tells_the_route_and_never_the_address(door: Door) -> None:
    await door.send_invoice("A-SECRET-NUMBER")
    link = await door.link(number="A-SECRET-NUMBER")
    with structlog.testing.capture_logs() as logs:
        await door.client.get("/v1/invoices/A-SECRET-NUMBER")
        await door.client.get(link)
    handled = [(e["event"], e["method"], e["route"], e["status"]) for e in logs]
    assert handled == [
        ("request_handled", "GET", "/v1/invoices/{number:path}", 200),
        ("request_handled", "GET", "/i/{token}", 200),
    ]
    assert link.rsplit("/", 1)[-1] not in str(logs)
