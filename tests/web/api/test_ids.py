"""What creditors are told names nothing by a number that counts for all, and what they name is theirs or nothing."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio

from connectors.ids import FIELDS, CreditorIds, Kind
from facts.parties import id_keys
from facts.parties.creditors import issue_api_key
from tests.goldens import record_documents as lives
from tests.goldens.stage import BEGIN, Stage, stage
from tests.web.api.test_review import waiting
from tests.web.door import Door
from tests.web.test_mutated_requests import TEXTS

FIRST = 1_234_500_000  # of every series of numbers: no answer has such a number by chance
COUNTED = re.compile(r"\b12345\d{5}\b")
LISTENING = """
create function listening() returns trigger language plpgsql as $$ begin
  insert into webhook_endpoint (id, creditor_id, url, events, secret_version, happened_at)
  values (gen_random_uuid(), new.id, 'https://books.example', '["*"]', 1, new.happened_at);
  return new;
end $$"""
HEARD = "create trigger listening after insert on creditor for each row execute function listening()"
LIVED = (*(lives.gentle, lives.promised, lives.in_parts, lives.given_up, lives.on_the_phone, lives.said_to_be_paid),)


@pytest_asyncio.fixture(scope="module")
async def lived(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Stage, Path]]:
    """Cases that promised, paid in parts, were called, replied, were drawn and handed off, all numbers far from any other."""
    folder = tmp_path_factory.mktemp("lived")
    async with stage(postgres_url, folder, lives.POLICIES) as on:
        for row in await on.rows("select sequencename as name from pg_sequences where schemaname = 'public'"):
            await on.change(f"alter sequence {row.name} restart with {FIRST}")
        await on.change(LISTENING)
        await on.change(HEARD)
        for live in LIVED:
            await live(on)
        yield on, folder


async def test_no_answer_event_or_file_has_a_number_that_counts_for_all_creditors(lived: tuple[Stage, Path]) -> None:
    on, folder = lived
    gets = [path for path, methods in on.web._transport.app.openapi()["paths"].items() if "get" in methods]  # type: ignore[attr-defined]
    seen = ""
    for row in await on.rows("select id from creditor order by id"):
        async with on.database.transaction() as connection:
            key = await issue_api_key(connection, row.id, "books", BEGIN)
        things = await _things(on, row.id)
        for path in (path for path in gets if path.startswith("/v1/") and not path.endswith("pdf")):
            for named in things.get(re.sub(r".*?/v1/([\w-]+)/?(?=\{).*", r"\1", path), [""]) if "{" in path else [""]:
                address = re.sub(r"\{\w+\}", str(named), path)
                asked = {"all": "true", "finished": "true", "limit": "100", "since": "2026-01-01", "q": "Kari"}
                answer = await on.web.get(address, params=asked, headers={"Authorization": f"Bearer {key}"})
                assert answer.status_code < 500, (address, answer.text)
                seen += answer.text + "\n"
    seen += "\n".join(file.read_text() for file in folder.rglob("*.json"))
    assert [seen[found.start() - 60 : found.end() + 20] for found in COUNTED.finditer(seen)][:20] == []
    assert {kind for kind in Kind if f'"{kind}_' in seen} >= {
        *(Kind.REPLY, Kind.TASK, Kind.PLAN, Kind.PROMISE, Kind.HAND_OFF, Kind.PAYMENT),
    }


async def _things(on: Stage, creditor: str) -> dict[str, list[object]]:
    """What stands for the first braces of a path, by the word before them."""
    said = {
        "invoices": "select number from invoice where creditor_id = :c",
        "debtors": "select customer_number from debtor where creditor_id = :c",
        "deliveries": "select id from delivery where creditor_id = :c",
        "webhook-endpoints": "select id from webhook_endpoint where creditor_id = :c",
    }
    return {word: [row[0] for row in await on.rows(query, c=creditor)] for word, query in said.items()}


async def test_the_same_thing_has_one_id_in_answers_lists_and_timeline(lived: tuple[Stage, Path]) -> None:
    on, _ = lived
    (row,) = await on.rows(
        "select r.id, r.creditor_id from reply r where r.creditor_id is not null order by r.id limit 1"
    )
    async with on.database.transaction() as connection:
        key = await issue_api_key(connection, row.creditor_id, "books", BEGIN)
        id = CreditorIds(row.creditor_id, await id_keys.of_creditor(connection, row.creditor_id)).sealed(
            Kind.REPLY, row.id
        )
    headers = {"Authorization": f"Bearer {key}"}
    listed = (await on.web.get("/v1/replies", headers=headers)).json()["data"]
    told = (await on.web.get("/v1/webhook-messages?where=type=debtor.replied", headers=headers)).json()["data"]
    timeline = (await on.web.get("/v1/invoices/1001", headers=headers)).json()["timeline"]
    assert {each["id"] for each in listed} == {id}
    assert {each["payload"]["data"]["reply"] for each in told} == {id}
    assert id in {each["detail"].get("reply") for each in timeline if each["detail"]}


async def test_another_creditors_id_and_anothers_kind_are_answered_as_what_is_not_there(door: Door) -> None:
    own = await waiting(door)
    other = Door(door.app, door.client, door.database, f"{door.creditor}-b")
    stranger = {"Authorization": f"Bearer {await door.register(other.creditor)}"}
    book = {"invoices": [{"invoice": "1001"}], "by": "eve"}
    answers = [
        await door.client.post(f"/v1/payments/unmatched/{named}/match", json=book, headers=headers)
        for named, headers in (
            (own, stranger),  # is there, of another
            (await other.id_of(Kind.PAYMENT, 2_000_000_000), stranger),  # of its own making, and of nothing
            (own.replace("pay_", "rfd_"), {}),
            (await door.id_of(Kind.REFUND, 1), {}),
            ("1", {}),  # numbers are told no more
        )
    ]
    assert {(answer.status_code, answer.json()["type"]) for answer in answers} == {(404, "urn:purr:problem:not-found")}
    assert (await door.client.get("/v1/payments/unmatched")).json()["payments"][0]["number"] == own


@pytest.mark.parametrize("where", ["refunds/{}/paid", "replies/{}/done", "calls/{}/take", "hand-offs/{}/answer"])
async def test_what_is_no_id_at_all_is_404_and_never_a_fault_of_ours(door: Door, where: str) -> None:
    for junk in ("tsk_", "rep_" + "a" * 32, "%00", "rfd_%ff", "1e3", "-1", "0", "9" * 50, "a" * 400, *TEXTS[3:9]):
        said = quote(junk.encode(errors="surrogatepass"), safe="%")
        answer = await door.client.post(f"/v1/{where.format(said)}", json={"by": "anne", "accepted": True})
        assert answer.status_code in (400, 404, 422), (junk, answer.text)


async def test_a_number_that_was_told_before_ids_were_sealed_still_names_it(door: Door) -> None:
    own = await waiting(door)
    number = CreditorIds(door.creditor, await _key(door)).opened(Kind.PAYMENT, own)
    path = f"/v1/payments/unmatched/{number}/send-back"
    refused = await door.client.post(path, json={"by": "anne"})
    assert (refused.status_code, refused.json()["detail"]) == (
        404,
        f"no payment {number}: `unmatched` lists those that wait (name it by its id, pay_…)",
    )
    await door.rows(
        "insert into plain_number values ('pay', :n) on conflict (kind) do update set up_to = :n returning 1", n=number
    )
    try:
        sent = await door.client.post(path, json={"by": "anne"})
        assert (sent.status_code, sent.json()["number"]) == (200, own)  # answered by its id
        again = await door.client.post(path, json={"by": "anne"})
        assert again.json()["detail"] == f"payment {number} is returned already: nothing is changed"
        by_id = await door.client.post(f"/v1/payments/unmatched/{own}/send-back", json={"by": "anne"})
        assert by_id.json()["detail"] == f"payment {own} is returned already: nothing is changed"
    finally:
        await door.rows("delete from plain_number returning 1")


async def test_an_answer_that_was_kept_before_is_given_again_as_it_was(door: Door) -> None:
    own = await waiting(door)
    path, key = f"/v1/payments/unmatched/{own}/send-back", {"Idempotency-Key": "sent-back-1"}
    first = await door.client.post(path, json={"by": "anne"}, headers=key)
    await door.rows(
        """update idempotency_key set answer = answer || '{"number": 17, "payment": 17}' where creditor_id = :c returning 1""",
        c=door.creditor,
    )
    again = await door.client.post(path, json={"by": "anne"}, headers=key)
    assert (again.status_code, again.json()) == (200, first.json() | {"number": 17, "payment": 17})


async def test_a_place_in_a_list_is_as_long_for_few_things_as_for_many(lived: tuple[Stage, Path], door: Door) -> None:
    for number in ("1001", "1002"):
        await door.send_invoice(number, reference=None)
    few = (await door.client.get("/v1/invoices?limit=1")).json()["next_cursor"]
    on, _ = lived
    async with on.database.transaction() as connection:
        key = await issue_api_key(connection, "creditor-1", "books", BEGIN)
    listed = await on.web.get("/v1/deliveries?limit=1", headers={"Authorization": f"Bearer {key}"})
    assert len(few) == len(listed.json()["next_cursor"])


async def _key(door: Door) -> bytes:
    async with door.database.transaction() as connection:
        return await id_keys.of_creditor(connection, door.creditor)


def test_every_field_that_names_something_is_of_a_kind() -> None:
    assert set(FIELDS.values()) == set(Kind) - {Kind.PARTNER_MESSAGE}
