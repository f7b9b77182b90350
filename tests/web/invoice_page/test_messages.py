"""Messages on the invoice page: with files that are looked at, once, to their debtor alone; nothing typed is lost."""

import asyncio
import re
from base64 import b64encode
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from connectors import attachment_folder
from connectors.attachment_folder import AttachmentFolder
from connectors.ids import Kind
from connectors.virus_scan import Scanner
from tests.begin import BEGIN
from tests.connectors.test_attachments import PDF, archive, picture
from tests.connectors.test_virus_scan import EICAR, clamd
from tests.web.door import Door, invoice

OLA = invoice()["debtor"] | {"name": "Ola Nordmann", "customer_number": "K-2", "email": "ola@example.no", "phone": None}


async def write(
    door: Door, words: str = "Hvorfor så mye?", *files: tuple[str, bytes], link: str = "", once: str = ""
) -> Any:
    """The form as a browser sends it, with an empty file where none was chosen."""
    sent = [("files", (name, content, "text/html")) for name, content in files] or [("files", ("", b"", "x/y"))]
    data = {"words": words, "once": once or uuid4().hex}
    return await door.client.post(f"{link or await door.link()}/messages", data=data, files=sent)


async def kept(door: Door) -> list[Any]:
    return await door.rows(
        """select r.text, r.id,
          (select array_agg(f.stored order by f.position) from reply_file f where f.reply_id = r.id) as files
        from reply r where r.creditor_id = :c order by r.id""",
        c=door.creditor,
    )


def folder(door: Door) -> AttachmentFolder:
    found: AttachmentFolder = door.app.state.services.attachments
    return found


async def test_a_message_with_files_is_kept_and_stands_on_the_page_with_them(door: Door) -> None:
    await door.send_invoice()
    link = await door.link()
    answer = await write(door, "Se <b>bildet</b>", ("../IMG 1.exe", picture("JPEG")), ("kvittering", PDF), link=link)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{link}/messages#latest")
    (reply,) = await kept(door)
    for page in (f"{link}/messages", await door.link()):
        shown = (await door.client.get(page)).text
        assert "Se &lt;b&gt;bildet&lt;/b&gt;" in shown
        assert "IMG 1.jpg" in shown
        assert "Sendt. Ingen har lest den ennå." in shown
    file = await door.client.get(f"{link}/files/{reply.files[1]}")
    assert (file.content, file.headers["content-type"]) == (PDF, "application/pdf")
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''kvittering.pdf"
    assert "sandbox" in file.headers["content-security-policy"]
    over_the_api = await door.client.get(f"/v1/replies/{await door.id_of(Kind.REPLY, reply.id)}/files/2")
    assert over_the_api.content == PDF


async def test_what_is_answered_is_read_and_the_answer_stands_below_until_it_is_seen(door: Door) -> None:
    await door.send_invoice()
    link = await door.link()
    await write(door, link=link)
    reply = (await kept(door))[0].id
    given = {"by": "anne", "text": "Måleren ble lest på nytt."}
    path = f"/v1/replies/{await door.id_of(Kind.REPLY, reply)}/answer"
    assert (await door.client.post(path, json=given)).json()["channel"] == "email"
    shown = (await door.client.get(f"{link}/messages")).text
    assert "Lest av Acme Kraft AS" in shown
    assert shown.index("Hvorfor så mye?") < shown.index("Måleren ble lest på nytt.")
    assert await door.one("select seen_at from answer where reply_id = :r", r=reply) is None
    await door.client.post(f"{link}/seen")
    assert await door.one("select seen_at from answer where reply_id = :r", r=reply) is not None


async def test_files_beside_an_answer_stand_on_the_page_of_their_debtor_alone(door: Door) -> None:
    await door.send_invoice()
    await door.send_invoice("2001", reference=None, debtor=OLA)
    link, others = await door.link(), await door.link(number="2001")
    await write(door, "Her er kvitteringen", ("kvittering.pdf", PDF), link=link)
    reply = (await kept(door))[0].id
    path = f"/v1/replies/{await door.id_of(Kind.REPLY, reply)}"
    files = [
        {"name": "../../avlesning <b>.exe", "content": b64encode(picture("JPEG")).decode()},
        {"name": "vilkår.pdf", "content": b64encode(PDF).decode()},
    ]
    given = {"by": "anne", "text": "Se avlesningen.", "files": files}
    assert (await door.client.post(f"{path}/answer", json=given)).status_code == 201
    shown = (await door.client.get(f"{link}/messages")).text
    assert shown.index("kvittering.pdf") < shown.index("Se avlesningen.") < shown.index("avlesning b.jpg</a>")
    picture_of, pdf = re.findall(r'href="/i/[^/]+/files/([^"]+)" download>(?:avlesning|vilkår)', shown)
    answered = await door.client.get(f"{link}/files/{pdf}")
    assert (answered.content, answered.headers["content-type"]) == (PDF, "application/pdf")
    assert "sandbox" in answered.headers["content-security-policy"]
    assert answered.headers["content-disposition"].startswith("attachment; ")
    for stranger in (others, f"{link}x"):
        assert (await door.client.get(f"{stranger}/files/{picture_of}")).status_code == 404
    (listed,) = (await door.client.get("/v1/replies", params={"finished": True})).json()["replies"]
    assert [file["name"] for file in listed["files"]] == ["kvittering.pdf"], "what the debtor sent"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("vilkår.pdf", b"<!doctype html><script>alert(1)</script>", "vilkår.pdf is not taken: page"),
        ("bilde.svg", b"<svg onload=alert(1)>", "is not taken: page"),
        ("vilkår.pdf", archive(before=PDF), "is not taken: two-faced"),
        ("tom.pdf", b"", "is not taken: empty"),
    ],
)
async def test_an_answer_with_a_file_that_is_not_taken_is_refused_whole(
    door: Door, name: str, content: bytes, says: str
) -> None:
    await door.send_invoice()
    await write(door)
    reply = (await kept(door))[0].id
    path = f"/v1/replies/{await door.id_of(Kind.REPLY, reply)}/answer"
    files = [{"name": each, "content": b64encode(body).decode()} for each, body in (("ok.pdf", PDF), (name, content))]
    given = {"by": "anne", "text": "Se vilkårene.", "files": files}
    before = folder(door).names()
    refused = await door.client.post(path, json=given)
    assert (refused.status_code, says in refused.json()["detail"]) == (422, True), refused.text
    assert await door.one("select done_at from reply where id = :r", r=reply) is None
    right = given | {"files": files[:1]}
    assert (await door.client.post(path, json=right)).status_code == 201
    assert (await door.client.post(path, json=right)).status_code == 409
    assert len(set(folder(door).names()) - set(before)) == 1, "neither the refused nor the repeated answer left a file"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("kvittering.pdf", archive(before=PDF), "både ett slags fil og et annet"),
        ("bilde.jpg", b"<svg onload=alert(1)>", "nettside eller tegning"),
        ("faktura.pdf", b"MZ\x90\0", "er et program"),
        ("faktura.pdf", archive(), "arkiv eller et dokument fra Office"),
        ("tom.pdf", b"", "tom.pdf er tom"),
        ("stor.pdf", PDF + b"\0" * 8_000_000, "for stor"),
    ],
)
async def test_a_file_that_is_not_taken_is_told_of_and_nothing_typed_is_lost(
    door: Door, name: str, content: bytes, says: str
) -> None:
    await door.send_invoice()
    before = folder(door).names()
    answer = await write(door, "Det jeg skrev", ("ekte.pdf", PDF), (name, content))
    assert answer.status_code == 422
    assert says in answer.text
    assert 'href="#files"' in answer.text
    assert "Det jeg skrev</textarea>" in answer.text
    assert (await kept(door), folder(door).names()) == ([], before)


async def test_nothing_and_too_much_are_told_of_at_the_words(door: Door) -> None:
    await door.send_invoice()
    assert "Skriv noe, eller legg ved en fil." in (await write(door, " \0 ")).text
    long = await write(door, "x" * 2001)
    assert "opptil 2000 tegn" in long.text
    assert "x" * 2001 in long.text
    assert "Velg opptil fem" in (await write(door, "hei", *[("a.pdf", PDF)] * 6)).text
    assert await kept(door) == []


async def test_a_double_click_and_a_form_sent_again_are_one_message(door: Door) -> None:
    await door.send_invoice()
    before, link, once = len(folder(door).names()), await door.link(), uuid4().hex
    answers = await asyncio.gather(*(write(door, "hei", ("a.pdf", PDF), link=link, once=once) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {303}
    await write(door, "hei, annerledes", ("a.pdf", PDF), link=link, once=once)
    assert len(await kept(door)) == 1
    assert len(folder(door).names()) == before + 1


async def test_another_debtors_file_is_not_there_whatever_is_asked(door: Door) -> None:
    await door.send_invoice()
    await door.send_invoice("1002", reference=None, debtor=OLA)
    await write(door, "hei", ("a.pdf", PDF))
    (reply,) = await kept(door)
    theirs = await door.link(number="1002")
    for name in (reply.files[0], "0" * 32, "..%2f..%2fetc%2fpasswd", "%00", "x"):
        assert (await door.client.get(f"{theirs}/files/{name}")).status_code == 404
    assert "a.pdf" not in (await door.client.get(f"{theirs}/messages")).text


async def test_a_link_that_somebody_else_may_hold_shows_its_own_invoice_alone(door: Door) -> None:
    await door.send_invoice()
    await door.send_invoice("1002", reference=None)
    await write(door, "om den første", ("a.pdf", PDF))
    (reply,) = await kept(door)
    elsewhere = await door.link(number="1002")
    assert "om den første" not in (await door.client.get(f"{elsewhere}/messages")).text
    assert (await door.client.get(f"{elsewhere}/files/{reply.files[0]}")).status_code == 404
    own = await door.link(await door.claimed("email", number="1002"), number="1002")
    assert "om den første" in (await door.client.get(f"{own}/messages")).text
    assert (await door.client.get(f"{own}/files/{reply.files[0]}")).content == PDF


async def test_a_full_disk_is_told_and_nothing_is_half_stored(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    await door.send_invoice()
    before = folder(door).names()
    monkeypatch.setattr(attachment_folder, "KEPT_FREE", 1 << 62)
    answer = await write(door, "Det jeg skrev", ("a.pdf", PDF))
    assert (answer.status_code, "Vi har ikke plass" in answer.text, "Det jeg skrev" in answer.text) == (422, True, True)
    assert (await kept(door), folder(door).names()) == ([], before)


async def test_what_the_scanner_finds_or_cannot_look_at_is_not_taken(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await door.send_invoice()
    services = door.app.state.services
    with clamd() as address:
        object.__setattr__(services, "scanner", Scanner(address))
        try:
            assert (await write(door, "ren", ("a.pdf", PDF))).status_code == 303
            assert "funnet et virus i a.pdf" in (await write(door, "smittet", ("a.pdf", PDF + EICAR))).text
            object.__setattr__(services, "scanner", Scanner("127.0.0.1:1"))
            away = await write(door, "Det jeg skrev", ("a.pdf", PDF))
            assert ("for virus akkurat nå" in away.text, "Det jeg skrev" in away.text) == (True, True)
            assert (await write(door, "uten filer")).status_code == 303
        finally:
            object.__setattr__(services, "scanner", None)
    assert [each.text for each in await kept(door)] == ["ren", "uten filer"]


async def test_what_was_erased_is_gone_from_page_and_download(door: Door) -> None:
    await door.send_invoice()
    link = await door.link()
    await write(door, "hemmelig", ("a.pdf", PDF), link=link)
    (reply,) = await kept(door)
    folder(door).drop(reply.files)  # as it is between the folder's restore and the facts'
    gone = await door.client.get(f"{link}/files/{reply.files[0]}")
    assert gone.status_code == 404
    await door.rows("update reply_file set name = '', stored = null where reply_id = :r returning 1", r=reply.id)
    await door.rows("update reply set text = '' where id = :r returning 1", r=reply.id)
    assert "a.pdf" not in (await door.client.get(f"{link}/messages")).text


async def test_fetching_the_conversation_changes_nothing_and_a_wrong_link_opens_none(door: Door) -> None:
    await door.send_invoice()
    delivery = await door.claimed("email")
    link = await door.link(delivery)
    assert (await door.client.get(f"{link}/messages")).status_code == 200
    assert (await door.delivery(delivery)).read_at is None
    assert (await write(door, "hei", link="/i/nothing")).status_code == 404
    assert await kept(door) == []


async def test_how_long_it_takes_is_told_once_enough_were_answered(door: Door) -> None:
    await door.send_invoice()
    link = await door.link()
    assert "De fleste får svar" not in (await door.client.get(f"{link}/messages")).text
    await door.rows(
        """insert into reply (creditor_id, channel, text, happened_at, done_at, done_by)
        select :c, 'page', 'hei', cast(:at as timestamptz) - make_interval(hours => 3), :at, 'anne'
        from generate_series(1, 20) returning 1""",
        c=door.creditor,
        at=BEGIN - timedelta(hours=1),
    )
    assert "De fleste får svar innen 3 timer." in (await door.client.get(f"{link}/messages")).text


async def test_words_that_may_be_somebody_elses_are_not_shown(door: Door) -> None:
    await door.send_invoice()
    link = await door.link(await door.claimed("email"))
    said = """insert into reply (creditor_id, debtor_id, channel, text, sender, tied_by, topic, taken_by, automatic, happened_at,
        done_at, done_by)
      select creditor_id, id, :channel, :text, :sender, :tied_by, :topic, :taken_by, :automatic, :at, :done_at, :done_by
      from debtor where creditor_id = :c and customer_number = :k returning 1"""
    nobody: dict[str, Any] = dict.fromkeys(
        ("sender", "tied_by", "topic", "taken_by", "automatic", "done_at", "done_by")
    ) | {"c": door.creditor, "k": "K-1", "at": BEGIN}
    await door.rows(said, **nobody | {"channel": "email", "text": "fra en fremmed", "tied_by": "reference"})
    await door.rows(said, **nobody | {"channel": "phone", "text": "vår egen lapp", "taken_by": "anne"})
    await door.rows(said, **nobody | {"channel": "email", "text": "ikke på kontoret", "automatic": "absence"})
    given = {"channel": "page", "text": "ny@example.no", "topic": "address", "done_by": "purr", "done_at": BEGIN}
    await door.rows(said, **nobody | given)
    await door.send_invoice("1002", reference=None, debtor=OLA)
    for customer in ("K-1", "K-2"):
        shared = {"channel": "sms", "text": "vi deler telefon", "sender": "+4791234567", "k": customer}
        await door.rows(said, **nobody | shared)
    await door.rows(said, **nobody | {"channel": "email", "text": "mitt eget svar", "tied_by": "reply address"})
    shown = (await door.client.get(f"{link}/messages")).text
    assert "mitt eget svar" in shown
    for words in ("fremmed", "lapp", "kontoret", "ny@example.no", "deler telefon"):
        assert words not in shown


async def test_far_too_much_is_answered_to_a_person_before_it_is_read(door: Door) -> None:
    await door.send_invoice()
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(10**9)}
    answer = await door.client.post(f"{await door.link()}/messages", content=b"--x", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "text/html; charset=utf-8")
    assert "det du skrev, står der fortsatt" in answer.text
