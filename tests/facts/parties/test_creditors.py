"""Creditors are walled off from each other, and their keys are kept as hashes."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from facts.parties import creditors
from facts.refusals import Refused, UnknownCreditor
from tests.store import NOW, Store
from tests.world import creditor, invoice
from views.status import creditors_of, status, timeline


def whose(owner: creditors.KeyOwner | None) -> tuple[str, str | None] | None:
    """The creditor and the agency."""
    return owner and (owner.creditor, owner.agency)


ACME = ("acme", None)


async def test_a_key_opens_its_own_creditor_until_it_is_revoked_and_is_kept_as_a_hash(store: Store) -> None:
    async with store.database.transaction() as connection:
        key = await creditors.issue_api_key(connection, "acme", "billing", NOW)
        assert whose(await creditors.owner_of_key(connection, key)) == ACME
        assert whose(await creditors.owner_of_key(connection, key + "x")) is None
    assert key not in str(await store.rows("select * from api_key"))
    async with store.database.transaction() as connection:
        await creditors.revoke_api_key(connection, "acme", "billing", NOW)
        assert whose(await creditors.owner_of_key(connection, key)) is None


async def test_what_sms_come_from_is_kept_by_country_and_each_creditor_has_its_own(store: Store) -> None:
    fi = {"FI": {"name": "ACME", "status": "registered"}, "SE": {"number": "+46701234567"}}
    async with store.database.transaction() as connection:
        await creditors.register(connection, creditor(sms_senders=fi), NOW)
        ours = await creditors.sms_senders_of(connection, "acme")
        theirs = await creditors.sms_senders_of(connection, "beta")
        assert {country: own.model_dump(exclude_none=True) for country, own in ours.items()} == fi
        assert theirs == {}
        assert await creditors.every_sms_sender(connection) == ["+46701234567", "ACME"]
        await creditors.register(connection, creditor(), NOW)
        assert await creditors.sms_senders_of(connection, "acme") == {}
        with pytest.raises(UnknownCreditor):
            await creditors.sms_senders_of(connection, "no-such")


@pytest.mark.parametrize("name", ["Kråka", "Twelve signs", "12345"])
def test_a_name_that_no_network_carries_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="SE: "):
        creditor(sms_senders={"SE": {"name": name, "status": "allowed"}})


async def test_keys_are_listed_without_the_key_and_revoked_by_id_where_a_label_is_not_plain(store: Store) -> None:
    async with store.database.transaction() as connection:
        keys = [await creditors.issue_api_key(connection, "acme", "billing", NOW) for _ in range(2)]
        await creditors.issue_api_key(connection, "beta", "shop", NOW)
        with pytest.raises(Refused, match="2 valid keys billing"):
            await creditors.revoke_api_key(connection, "acme", "billing", NOW)
        listed = await creditors.list_api_keys(connection, "acme")
        assert [(key.label, key.created_at, key.revoked_at) for key in listed] == [("billing", NOW, None)] * 2
        assert not any(key in str(listed) or creditors.hashed(key) in str(listed) for key in keys)
        await creditors.revoke_api_key(connection, "acme", listed[0].id, NOW)
        valid = [whose(await creditors.owner_of_key(connection, key)) for key in keys]
        assert (valid.count(None), valid.count(ACME)) == (1, 1)
        assert (await creditors.list_api_keys(connection, "acme"))[0].revoked_at == NOW


async def test_only_a_valid_key_of_the_creditors_own_can_be_revoked(store: Store) -> None:
    async with store.database.transaction() as connection:
        key = await creditors.issue_api_key(connection, "acme", "billing", NOW)
        with pytest.raises(Refused, match="creditor beta has no valid key billing"):
            await creditors.revoke_api_key(connection, "beta", "billing", NOW)
        assert whose(await creditors.owner_of_key(connection, key)) == ACME
        await creditors.revoke_api_key(connection, "acme", "billing", NOW)
        with pytest.raises(Refused, match="no valid key billing"):
            await creditors.revoke_api_key(connection, "acme", "billing", NOW)


@pytest.mark.parametrize("command", ["hold", "dispute"])
async def test_a_closed_case_is_neither_on_hold_nor_disputed(store: Store, command: str) -> None:
    case = await store.invoice()
    await store.command(case, command)

    async def stands() -> tuple[bool, bool]:
        async with store.database.transaction() as connection:
            seen = await status(connection, "acme", "1001", NOW)
        assert seen is not None
        return seen.on_hold, seen.disputed

    assert any(await stands())
    await store.pay()
    await store.do("update dunning_case set state = 'closed', outcome = 'paid'")
    assert await stands() == (False, False)


async def test_registering_again_updates_the_details_and_keeps_the_accounts(store: Store) -> None:
    async with store.database.transaction() as connection:
        await creditors.register(connection, creditor(name="Acme Energi AS", accounts=("11112222333",)), NOW)
    assert await store.one("select name from creditor where id = 'acme'") == "Acme Energi AS"
    accounts = await store.rows("select account from bank_account where creditor_id = 'acme' order by account")
    assert [row.account for row in accounts] == ["11112222333", "12345678903"]


async def test_a_creditor_sees_no_case_of_another(store: Store) -> None:
    await store.invoice()
    async with store.database.transaction() as connection:
        assert await status(connection, "beta", "1001", NOW) is None
        seen = await status(connection, "acme", "1001", NOW)
    assert seen is not None
    assert (seen.creditor, seen.balance, seen.policy, seen.state) == ("acme", Decimal(802), "no-gentle", "open")


async def test_the_same_number_of_two_creditors_is_two_cases(store: Store) -> None:
    await store.invoice("1001")
    await store.invoice("1001", creditor="beta", account="98765432100")
    async with store.database.transaction() as connection:
        assert await creditors_of(connection, "1001") == ["acme", "beta"]
        mine, theirs = [await status(connection, name, "1001", NOW) for name in ("acme", "beta")]
    assert mine is not None
    assert theirs is not None
    assert mine.case_id != theirs.case_id


async def test_a_timeline_tells_what_happened_in_its_order(store: Store) -> None:
    case = await store.invoice()
    delivery = await store.claim(case)
    await store.accept(delivery)
    await store.event(delivery, "read")
    await store.command(case, "hold")
    async with store.database.transaction() as connection:
        happened = [entry["what"] for entry in await timeline(connection, case)]
    assert happened == ["principal", "hold", "email reminder claimed", "email read"]


async def test_an_invoice_knows_the_key_that_sent_it_and_the_one_that_took_its_place(store: Store) -> None:
    async with store.database.transaction() as connection:
        billing, renewed, approving = [
            creditors.hashed(await creditors.issue_api_key(connection, "acme", label, NOW))
            for label in ("billing", "billing", "finance")
        ]
        others = creditors.hashed(await creditors.issue_api_key(connection, "beta", "billing", NOW))
        sent = await store.intake.invoice(connection, invoice("1001"), NOW, api_key=billing)
        by_file = await store.intake.invoice(connection, invoice("1002", reference=None), NOW)
        assert sent.case_id is not None
        assert by_file.case_id is not None
        keys = [billing, renewed, approving, others]
        assert [await creditors.sent_by_key(connection, sent.case_id, key) for key in keys] == [
            True,
            True,
            False,
            False,
        ]
        assert not await creditors.sent_by_key(connection, by_file.case_id, billing)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"collection_partner_contact": {"website": "javascript:alert(1)"}}, "is no website that debtors could use"),
        ({"collection_partner_contact": {"website": "http://fair.example"}}, "is no website that debtors could use"),
        ({"collection_partner_contact": {"email": 'a@b.example"><script>'}}, "is no email that debtors could use"),
        ({"collection_partner_contact": {"phone": "call us"}}, "is no phone that debtors could use"),
        ({"collection_partner_contact": {"fax": "+4755000000"}}, "phone"),
        (
            {"collection_partner": None, "collection_partner_contact": {"phone": "+4755000000"}},
            "needs collection_partner",
        ),
    ],
)
def test_where_a_partner_is_reached_becomes_a_link_and_nothing_else_is_taken(
    changes: dict[str, Any], wrong: str
) -> None:
    with pytest.raises(ValidationError, match=wrong):
        creditor(**changes)


async def test_where_a_partner_is_reached_is_kept_and_brought_up_to_date(store: Store) -> None:
    for contact in ({"phone": "+4755000000", "email": "post@fair.example"}, {"website": "https://fair.example"}, {}):
        async with store.database.transaction() as connection:
            await creditors.register(connection, creditor(collection_partner_contact=contact), NOW)
        assert await store.one("select collection_partner_contact from creditor where id = 'acme'") == contact
