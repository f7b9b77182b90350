"""Every answer keeps itself from caches and guesses, whoever wrote it."""

import httpx
import pytest

from config.settings import Settings
from tests.web.door import Door
from web.app import create_app


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/invoices/1001", 200),
        ("GET", "/v1/invoices/none", 404),
        ("POST", "/v1/invoices", 422),
        ("POST", "/webhooks/payments", 401),
        ("GET", "/healthz", 200),
        ("GET", "/docs", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/i/none", 404),
        ("GET", "/none", 404),
        ("DELETE", "/v1/invoices", 405),
    ],
)
async def test_no_answer_is_kept_guessed_at_or_asked_for_without_tls(
    door: Door, method: str, path: str, status: int
) -> None:
    await door.send_invoice()
    answer = await door.client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["strict-transport-security"] == "max-age=63072000"
    assert len(answer.headers.get_list("cache-control")) == 1


async def test_where_nobody_comes_by_tls_it_is_not_asked_for(web_settings: Settings) -> None:
    app = create_app(web_settings.model_copy(update={"public_url": "http://127.0.0.1:8000"}))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", verify=False) as client:
        answer = await client.get("/healthz")
    assert "strict-transport-security" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/v1/invoices", "/webhooks/payments", "/webhooks/sendgrid", "/webhooks/vipps", "/i"])
async def test_a_body_that_says_it_is_too_large_is_refused_as_a_problem(door: Door, path: str) -> None:
    answer = await door.client.post(path, content=b"x" * 13_000_000)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert answer.json()["type"] == "urn:purr:problem:content-too-large"


BROWSER = {"accept": "text/html,*/*;q=0.8", "accept-language": "sv"}


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "said"),
    [
        ("POST", "/promise", {"pay_by": "12.12.2026"}, 422, "Inget har sparats"),
        ("DELETE", "", None, 405, "Länken"),
        ("GET", "/nothing-there", None, 404, "Länken"),
    ],
)
async def test_what_goes_wrong_on_a_page_is_told_to_a_browser_in_its_reader_s_words_and_to_programs_as_a_problem(
    door: Door, method: str, path: str, sent: dict[str, str] | None, status: int, said: str
) -> None:
    await door.send_invoice()
    address = f"{await door.link()}{path}"
    answer = await door.client.request(method, address, data=sent, headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert said in answer.text
    assert 'lang="sv"' in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    to_program = await door.client.request(method, address, data=sent)
    assert (to_program.status_code, to_program.headers["content-type"]) == (status, "application/problem+json")


@pytest.mark.parametrize(
    ("path", "said"), [("/i/broken", "Det går inte just nu"), ("/broken", "urn:purr:problem:internal")]
)
async def test_a_fault_of_ours_is_told_to_people_in_their_words_on_their_pages_alone(
    door: Door, path: str, said: str
) -> None:
    with door.broken(f"{path}/in/two/parts"):
        answer = await door.client.get(f"{path}/in/two/parts", headers=BROWSER)
    assert answer.status_code == 500
    assert said in answer.text
    assert "Kari" not in answer.text
    assert len(answer.headers.get_list("cache-control")) == 1


async def test_a_fault_of_ours_is_a_problem_like_any_other_and_tells_nothing_of_our_insides(door: Door) -> None:
    with door.broken("/broken-in-two"):
        answer = await door.client.get("/broken-in-two")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["type"] == "urn:purr:problem:internal"
    assert "Kari" not in answer.text
    for name in ("cache-control", "x-content-type-options", "strict-transport-security"):
        assert len(answer.headers.get_list(name)) == 1
