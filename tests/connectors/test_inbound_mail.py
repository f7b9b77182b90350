"""Any mail is read: its own words, in whatever it is written, with nothing in its page that runs or loads."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.inbound_mail import LONGEST_TEXT, UnreadableMail, read_mail, shown

HEAD = b"From: Kari <kari@example.no>\nTo: post@svar.example\nMessage-ID: <1@example.no>\nSubject: Sv: Purring\n"


def of(content_type: str, body: bytes, *, encoding: str = "8bit") -> bytes:
    head = f"Content-Type: {content_type}\nContent-Transfer-Encoding: {encoding}\n\n".encode()
    return HEAD + head + body


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (of("text/plain; charset=utf-8", "Jeg er uenig på alt".encode()), "Jeg er uenig på alt"),
        (of("text/plain; charset=iso-8859-1", "på".encode("latin-1")), "på"),
        (of("text/plain; charset=utf-8", "på".encode("latin-1")), "på"),  # it says what it is not
        (of("text/plain; charset=klingon", "på".encode()), "på"),
        (of("text/plain; charset=utf-8", b"p=C3=A5", encoding="quoted-printable"), "på"),
        (of("text/plain", b"cMOl", encoding="base64"), "på"),
        (of("text/plain", b"not base64!", encoding="base64"), "not base64!"),
        (
            of("text/html; charset=utf-8", b"<p>Hei</p><p>jeg er <b>uenig</b> &amp; lei</p>"),
            "Hei\n\njeg er uenig & lei",
        ),
        (of("text/html", b"<style>p{}</style><script>x</script><div>Hei<br>du</div>"), "Hei\ndu"),
        (of("text/html", b"Nei<blockquote>betalt<br>uenig</blockquote>"), "Nei"),
        (HEAD + b"\nHei", "Hei"),
        (b"\n", ""),
        (b"", ""),
    ],
)
def test_its_words_are_read_in_any_writing(raw: bytes, said: str) -> None:
    assert read_mail(raw).said == said


def test_the_plain_text_is_taken_before_the_page_and_files_and_mails_within_are_none_of_its_words() -> None:
    mail = EmailMessage()
    mail.set_content("mine egne ord")
    mail.add_alternative("<p>en side</p>", subtype="html")
    mail.add_attachment("en fil", filename="fil.txt")
    mail.add_attachment(message_from_bytes(HEAD + b"\nen annens ord", policy=policy.default))
    read = read_mail(mail.as_bytes())
    assert (read.said, read.html) == ("mine egne ord", "<p>en side</p>\n")


def test_whom_it_came_to_stands_before_what_it_says_of_itself() -> None:
    raw = HEAD + b"References: <a@x> <b@x>\nIn-Reply-To: <c@x>\n\nHei"
    assert read_mail(raw, '{"to": ["R@Svar.example"], "from": "kari@example.no"}').names == (
        "r@svar.example",
        "post@svar.example",
        "<c@x>",
        "<b@x>",
        "<a@x>",
    )


def test_the_same_mail_has_the_same_id_and_another_to_us_has_not() -> None:
    raw = HEAD + b"\nHei"
    assert read_mail(raw).id == read_mail(b"Received: by mx\n" + raw).id
    assert len({read_mail(each).id for each in (raw, raw + b" igjen", raw.replace(b"<1@", b"<2@"))}) == 3


@pytest.mark.parametrize("envelope", ["", "{", "[]", "null", '{"to": 1}', '{"to": [1, null], "from": 2}', '{"to": {}}'])
def test_an_envelope_that_says_nothing_is_none(envelope: str) -> None:
    read = read_mail(HEAD + b"\nHei", envelope)
    assert (read.names, read.automatic) == (("post@svar.example",), None)


@pytest.mark.parametrize(
    "page",
    [
        '<img src="https://x/t.gif">',
        "<script>alert(1)</script>",
        '<a href="javascript:alert(1)">x</a>',
        '<p onclick="x()" style="background:url(https://x)">x</p>',
        '<iframe src="https://x"></iframe><object data="x"></object><svg onload="x()"></svg>',
        '<form action="https://x"><input name="a"></form><meta http-equiv="refresh" content="0;url=https://x">',
        '<link rel="stylesheet" href="https://x"><base href="https://x">',
    ],
)
def test_nothing_in_a_page_runs_loads_or_leads_astray(page: str) -> None:
    clean = shown(page)
    assert not any(each in clean for each in ("https://x", "alert", "x()", "<img", "javascript"))


def test_a_mail_nested_without_end_is_refused() -> None:
    nested = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(1100)).encode()
    with pytest.raises(UnreadableMail):
        read_mail(nested)


@given(
    st.binary(max_size=400),
    st.sampled_from(["Subject", "From", "To", "Content-Type", "In-Reply-To", "Content-Disposition"]),
)
def test_no_header_breaks_it(value: bytes, name: str) -> None:
    read_mail(HEAD.replace(name.encode(), b"X") + name.encode() + b": " + value + b"\n\nHei")


@given(st.text(max_size=200))
def test_no_encoded_header_breaks_it(value: str) -> None:
    read_mail(HEAD + f"Cc: =?utf-8?q?{value}?= <a@b>\n\nHei".encode("utf-8", "replace"))


def test_of_a_very_long_mail_the_beginning_is_read() -> None:
    read = read_mail(HEAD + b"\n" + b"On 3 December he wrote to me about it and\n" * 50_000)
    assert (len(read.said), read.said[:13]) == (LONGEST_TEXT, "On 3 December")


def test_files_have_the_names_that_people_see_and_no_path() -> None:
    mail = EmailMessage()
    mail.set_content("se vedlegg")
    for name in ("kvittering på betaling.pdf", "../../etc/passwd", "C:\\temp\\scan.pdf", "\u202efdp.exe"):
        mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="octet-stream", filename=name)
    mail.add_attachment(message_from_bytes(HEAD + b"\nen annens ord", policy=policy.default))
    files = read_mail(mail.as_bytes()).files
    assert [file.name for file in files] == ["kvittering på betaling.pdf", "passwd", "scan.pdf", "fdp.exe", "file 5"]
    assert [file.media_type for file in files] == ["application/pdf"] * 4 + [None]
