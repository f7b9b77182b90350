"""The link is the authority for every door of the page: without a good one none of them opens."""

from datetime import timedelta
from uuid import uuid4

from fastapi.routing import APIRoute

from connectors.links import Link, Links
from tests.begin import TODAY
from tests.web.door import LINK_SECRET, Door
from web.invoice_page import arrange, page, pay, seen, tell_us

FORMS = {"pay_by": str(TODAY), "months": "2", "words": "I do not agree"}


async def test_a_link_that_is_wrong_old_or_of_no_invoice_opens_no_door_of_the_page(door: Door) -> None:
    links = Links([LINK_SECRET], "")
    old, of_nothing = links.url(Link(1, 0), TODAY - timedelta(days=200)), links.url(Link(999_999_999, 0), TODAY)
    doors = [(method, path) for method, path in _doors() if method != "HEAD"]
    assert len(doors) > 10
    for token in ("wrong", old.removeprefix("/i/"), of_nothing.removeprefix("/i/")):
        for method, path in doors:
            address = path.format(token=token, method="vipps", attempt=uuid4())
            answer = await door.client.request(method, address, data=FORMS if method == "POST" else None)
            visit_of_nothing = path.endswith("/seen") and token in of_nothing  # nothing is read, and nothing is told
            assert answer.status_code == (204 if visit_of_nothing else 404), (method, path, answer.text)
            assert visit_of_nothing or "Lenken virker ikke" in answer.text


def _doors() -> list[tuple[str, str]]:
    routes = [route for module in (page, pay, arrange, tell_us, seen) for route in module.router.routes]
    return [(method, route.path) for route in routes if isinstance(route, APIRoute) for method in sorted(route.methods)]
