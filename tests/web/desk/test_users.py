"""Who looks after the users gives nobody more than they have themselves."""

from domain.desk.roles import Role
from facts import clock
from facts.webhooks import outgoing
from tests.web.desk.conftest import Staff
from tests.web.door import Door


async def test_somebody_is_put_and_ended(staff: Staff) -> None:
    kim = await staff.sign_in(Role.CREDIT_MANAGER)
    name, mine = f"ola-{staff.door.creditor}", staff.door.creditor
    form = {"name": name, "email": f"{name}@desk.example", "full_name": "Ola <b>Olsen</b>", "roles": "agent"}
    assert (await kim.send("/desk/users", **form, creditors=mine)).headers["location"] == "/desk/users?done=user_kept"
    page = (await kim.get("/desk/users", done="user_kept")).text
    assert "Ola &lt;b&gt;Olsen&lt;/b&gt;" in page
    assert "The user is saved." in page
    assert (await kim.send(f"/desk/users/{name}/end")).status_code == 303
    assert "disabled" in str(await staff.door.rows("select what from desk_audit where by = :by", by=kim.user.name))


async def test_nobody_gives_more_than_they_have(staff: Staff) -> None:
    kim = await staff.sign_in(Role.CREDIT_MANAGER)
    form = {"name": "wide", "email": "wide@desk.example", "roles": "agent"}
    for creditors in ("", "another-creditor", f"{staff.door.creditor} another-creditor"):
        refused = await kim.send("/desk/users", **form, creditors=creditors)
        assert (refused.status_code, "creditors of your own" in refused.text) == (422, True)
    assert 'value="wide@desk.example"' in refused.text


async def test_nobody_is_seen_changed_or_ended_beyond_their_reach(staff: Staff) -> None:
    await staff.door.register("elsewhere-users")
    boss = await staff.sign_in(Role.CREDIT_MANAGER, creditors=("elsewhere-users", staff.door.creditor))
    kim = await staff.sign_in(Role.CREDIT_MANAGER)
    assert boss.user.email not in (await kim.get("/desk/users")).text
    form = {"name": boss.user.name, "email": "mine@desk.example", "roles": "agent", "creditors": staff.door.creditor}
    assert (await kim.send("/desk/users", **form)).status_code == 422
    assert (await kim.send(f"/desk/users/{boss.user.name}/end")).status_code == 404
    assert (await boss.get("/desk/users")).status_code == 200


async def test_what_cannot_be_is_told_and_what_was_typed_is_kept(staff: Staff) -> None:
    kim = await staff.sign_in(Role.CREDIT_MANAGER)
    mine = staff.door.creditor
    for form, said in (
        ({"name": "debtor", "email": "a@b.example", "roles": "agent"}, "name of Purr"),
        ({"name": "a b/c", "email": "a@b.example", "roles": "agent"}, "short name is up to 64"),
        ({"name": "ola2", "email": "nothing", "roles": "agent"}, "provider of identities"),
        ({"name": "ola2", "email": "a@b.example", "roles": "boss"}, "no role boss"),
        ({"name": "ola2", "email": "a@b.example"}, "at least one role"),
        ({"name": "ola2", "email": "a@b.example", "roles": "agent", "language": "xx"}, "nb or en"),
    ):
        refused = await kim.send("/desk/users", **form, creditors=mine)
        assert (refused.status_code, said in refused.text) == (422, True), (form, refused.text)
    assert (await kim.send(f"/desk/users/{kim.user.name}/end")).status_code == 422


async def test_keys_are_made_shown_once_and_ended(staff: Staff, door: Door) -> None:
    kim = await staff.sign_in(Role.CREDIT_MANAGER)
    made = await kim.send("/desk/keys", creditor=door.creditor, label="billing")
    key = made.text.split("<code>")[1].split("</code>")[0]
    assert key.startswith("purr_")
    assert key not in (await kim.get("/desk/keys")).text
    headers = {"Authorization": f"Bearer {key}"}
    assert (await door.client.get("/v1/invoices", headers=headers)).status_code == 200
    assert (await kim.send("/desk/keys/end", creditor=door.creditor, key="billing")).status_code == 303
    assert (await door.client.get("/v1/invoices", headers=headers)).status_code == 401
    assert (await kim.send("/desk/keys", creditor="another", label="x")).status_code == 404
    assert (await kim.send("/desk/keys", creditor=door.creditor, label=" ")).status_code == 422
    assert key not in str(await door.rows("select detail from desk_audit"))


async def test_webhooks_are_seen_paused_resumed_and_sent_again(staff: Staff, door: Door) -> None:
    kim = await staff.sign_in(Role.CREDIT_MANAGER)
    async with door.database.transaction() as connection:
        now = await clock.now(connection)
        id = (await outgoing.add(connection, door.creditor, "https://93.184.215.14/purr", ["*"], now)).id
    await door.send_invoice()
    assert "93.184.215.14" in (await kim.get("/desk/webhooks")).text
    assert "invoice" in (await kim.get(f"/desk/webhooks/{id}")).text
    assert (await kim.send(f"/desk/webhooks/{id}/pause")).status_code == 303
    refused = await kim.send(f"/desk/webhooks/{id}/replay")
    assert (refused.status_code, "enable it first" in refused.text) == (409, True)
    assert (await kim.send(f"/desk/webhooks/{id}/resume")).status_code == 303
    assert (await kim.send(f"/desk/webhooks/{id}/replay")).status_code == 303
    other = await staff.sign_in(Role.CREDIT_MANAGER, creditors=(await neighbour(door),))
    assert (await other.get(f"/desk/webhooks/{id}")).status_code == 404
    assert "93.184.215.14" not in (await other.get("/desk/webhooks")).text


async def neighbour(door: Door) -> str:
    """Another creditor."""
    name = f"{door.creditor}-next-door"
    await door.register(name)
    return name
