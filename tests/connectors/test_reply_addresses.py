"""Reply addresses name one delivery, in any spelling of a mail system, and nobody can make one."""

from uuid import uuid4

import pytest

from connectors.reply_addresses import ReplyAddresses

OLD, NEW = "an-old-secret-of-32-characters-and-more", "a-new-secret-of-32-characters-and-more"
OURS = ReplyAddresses([NEW, OLD], "Svar.Example.com")


def test_an_address_names_its_delivery_however_it_is_written() -> None:
    delivery = uuid4()
    address = OURS.address(delivery)
    name = address.partition("@")[0]
    assert (len(name), name.isalnum(), name.lower()) == (52, True, name)  # a mail system keeps 64, in any case
    for written in (address, address.upper(), f"<{address}>", f" {address} "):
        assert OURS.named(written) == delivery


def test_the_secrets_of_before_still_read() -> None:
    delivery = uuid4()
    assert OURS.named(ReplyAddresses([OLD], "svar.example.com").address(delivery)) == delivery


@pytest.mark.parametrize(
    "wrong", ["", "@", "post@svar.example.com", f"{'a' * 52}@svar.example.com", f"{'1' * 52}@svar.example.com"]
)
def test_nothing_else_names_one(wrong: str) -> None:
    assert OURS.named(wrong) is None


def test_an_address_of_another_domain_or_secret_or_with_a_sign_changed_names_none() -> None:
    address = OURS.address(uuid4())
    changed = ("b" if address[0] == "a" else "a") + address[1:]
    for other in (
        address.replace("svar", "post"),
        changed,
        ReplyAddresses([NEW * 2], "svar.example.com").address(uuid4()),
    ):
        assert OURS.named(other) is None


def test_whose_domain_it_is_says_that_an_address_is_ours() -> None:
    assert (OURS.is_ours("any@SVAR.example.com"), OURS.is_ours("any@example.com"), OURS.is_ours("")) == (
        True,
        False,
        False,
    )
