"""A creditor puts what it says beside its invoices over the API, looks at it first, and is told all that is wrong with it."""

from tests.web.door import Door

PIECE = {
    "kind": "tip",
    "moments": ["before due"],
    "words": {"nb": {"title": "Spar strøm", "text": "Les [rådene våre](https://acme.example/tips)."}},
}
PUT = {"name": "tips", "by": "anne", "reason_code": "tips"}


async def test_a_piece_is_looked_at_put_listed_and_ended(door: Door) -> None:
    looked = await door.client.post("/v1/content/preview", json={"piece": PIECE})
    assert looked.json()["html"]["nb"].startswith('<p>Les <a href="https://acme.example/tips"')
    assert (await door.client.get("/v1/content")).json() == {"versions": []}
    put = [
        await door.client.post("/v1/content", json=PUT | {"piece": PIECE}, headers={"Idempotency-Key": "tips"})
        for _ in range(2)
    ]
    assert [each.json() for each in put] == [{"name": "tips", "version": 1}] * 2
    assert (await door.client.post("/v1/content", json=PUT | {"piece": None})).json()["version"] == 2
    assert (await door.client.post("/v1/content", json=PUT | {"piece": None})).status_code == 404
    versions = (await door.client.get("/v1/content")).json()["versions"]
    assert [(each["version"], each["piece"] and each["piece"]["kind"]) for each in versions] == [(1, "tip"), (2, None)]
    assert versions[0]["counted"] == dict.fromkeys(("shown", "clicked", "helped", "did_not_help"))


async def test_what_cannot_be_shown_is_refused_with_every_reason_and_nothing_is_kept(door: Door) -> None:
    wrong = PIECE | {"words": {"nb": {"title": "Inkasso", "text": "[x](http://acme.example) <img src=x>"}}}
    for path, body in (("/v1/content", PUT | {"piece": wrong}), ("/v1/content/preview", {"piece": wrong})):
        answer = await door.client.post(path, json=body)
        assert answer.status_code == 422
        assert {(each["field"], each["problem"][:12]) for each in answer.json()["errors"]} == {
            ("piece.words.nb.text", "HTML is not "),
            ("piece.words.nb.text", "the link htt"),
            ("piece.words.nb.text", "says 'inkass"),
        }
    assert (await door.client.get("/v1/content")).json() == {"versions": []}
