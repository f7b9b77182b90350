"""What the web app does is seen, without addresses."""

from tests.logs import logged_here
from tests.web.door import Door


async def test_the_log_tells_the_route_and_never_the_address(door: Door) -> None:
    await door.send_invoice("A-SECRET-NUMBER")
    link = await door.link(number="A-SECRET-NUMBER")
    with logged_here() as logs:
        await door.client.get("/v1/invoices/A-SECRET-NUMBER")
        await door.client.get(link)
    handled = [(e["event"], e["method"], e["route"], e["status"]) for e in logs]
    assert handled == [
        ("request_handled", "GET", "/v1/invoices/{number:path}", 200),
        ("request_handled", "GET", "/i/{key}", 200),
    ]
    assert link.rsplit("/", 1)[-1] not in str(logs)


async def test_the_log_names_the_case_that_a_creditor_asked_about_as_its_workflow_does(door: Door) -> None:
    with logged_here() as logs:
        await door.send_invoice("1001")
        await door.command("1001", command="hold")
        await door.command("9999", command="hold")
    cases = [(line["status"], line.get("case")) for line in logs if line["event"] == "request_handled"]
    named = f"dunning/{door.creditor}/1001"
    assert cases == [(201, named), (202, named), (404, None)]
    assert len({line["request_id"] for line in logs}) == 3
