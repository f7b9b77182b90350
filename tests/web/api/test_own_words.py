"""A creditor writes its own words over the API, looks at them first, and is told all that is wrong with them."""

from messages.specs import SPECS
from tests.web.door import Door

OURS = (SPECS["reminder"].folder / "nb/reminder.kind.txt.j2").read_text("utf-8")
THEIRS = OURS.replace("Takk!", "Ha en fin dag!")
WHICH = {"message": "reminder", "language": "nb", "tone": "kind", "form": "txt"}
PUT = WHICH | {"by": "anne", "reason_code": "own-voice"}


async def test_words_are_looked_at_put_and_taken_back(door: Door) -> None:
    looked = (await door.client.post("/v1/words/preview", json=WHICH | {"text": THEIRS})).json()
    assert "Ha en fin dag!" in looked["text"]
    assert looked["sms"]
    assert (await door.client.get("/v1/words")).json() == {"versions": []}
    first = await door.client.post("/v1/words", json=PUT | {"text": THEIRS}, headers={"Idempotency-Key": "words"})
    again = await door.client.post("/v1/words", json=PUT | {"text": THEIRS}, headers={"Idempotency-Key": "words"})
    assert first.json() == again.json() == {"template": "nb/reminder.kind.txt.j2", "version": 1}
    assert "Ha en fin dag!" in (await door.client.post("/v1/words/preview", json=WHICH)).json()["html"]
    assert (await door.client.post("/v1/words", json=PUT | {"text": None})).json()["version"] == 2
    assert "Takk!" in (await door.client.post("/v1/words/preview", json=WHICH)).json()["text"]
    versions = (await door.client.get("/v1/words")).json()["versions"]
    assert [(each["version"], each["text"]) for each in versions] == [(1, THEIRS), (2, None)]


async def test_words_that_threaten_are_refused_and_nothing_is_kept(door: Door) -> None:
    answer = await door.client.post(
        "/v1/words", json=PUT | {"text": OURS.replace("Takk!", "Ellers blir det inkasso og namsmann.")}
    )
    assert answer.status_code == 422
    assert {each["problem"] for each in answer.json()["errors"]} == {
        "says 'inkasso', which such a message never does",
        "says 'namsmann', which such a message never does",
    }
    assert (await door.client.get("/v1/words")).json() == {"versions": []}
