"""A creditor's look over the API, and on the page that its debtors open."""

import base64

from tests.domain.test_look import png
from tests.web.door import Door

PUT = {"by": "anne", "reason_code": "own-look"}


async def test_a_look_is_put_shown_on_the_page_and_taken_back(door: Door) -> None:
    await door.send_invoice()
    page = await door.link()
    logo = base64.b64encode(png()).decode()
    assert (await door.client.get("/v1/look")).json() == {"colour": None, "colour_on_dark": None, "has_logo": False}
    put = await door.client.post("/v1/look", json=PUT | {"colour": "#0B5D3B", "logo": logo})
    assert put.json() == {"colour": "#0b5d3b", "colour_on_dark": "#15af6f", "has_logo": True}
    shown = await door.client.get(page)
    assert f'<img class="logo" src="data:image/png;base64,{logo}"' in shown.text
    assert ":root { --accent: #0b5d3b; }" in shown.text
    assert "(prefers-color-scheme: dark) { :root { --accent: #15af6f; }" in shown.text
    policy = shown.headers["content-security-policy"]
    assert "img-src data:;" in policy
    assert policy.count("'sha256-") == 3
    await door.client.post("/v1/look", json=PUT)
    plain = await door.client.get(page)
    assert ("data:image" in plain.text, "img-src" in plain.headers["content-security-policy"]) == (False, False)


async def test_what_nobody_could_read_and_what_is_no_picture_is_refused(door: Door) -> None:
    svg = base64.b64encode(b"<svg onload=alert(1)>").decode()
    for given, field in (({"colour": "#ffcc00"}, "colour"), ({"logo": svg}, "logo"), ({"logo": "no base 64!"}, "logo")):
        answer = await door.client.post("/v1/look", json=PUT | given)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.text
        assert ("write #886d00" in answer.text) == (field == "colour")
    assert (await door.client.get("/v1/look")).json()["colour"] is None
