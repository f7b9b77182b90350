"""How a creditor is set up, as the desk shows it: read by who may, of one's own creditors alone, and changed by nobody."""

import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

from domain.desk.roles import Role
from domain.going_live import Account, judged
from domain.parties.sms_senders import SmsSenders
from tests.domain.test_going_live import FI_SENDERS, LAWS, POLICIES, READY, SENDER_NAMES, TODAY
from tests.web.desk.conftest import Staff
from tests.web.desk.test_case import another
from web.desk.sentences import translated


async def set_up(staff: Staff, **columns: Any) -> str:
    """The fresh creditor with other settings; gives its page's address."""
    creditor = staff.door.creditor
    for column, value in columns.items():
        written = json.dumps(value) if isinstance(value, dict) else value
        how = "cast(:value as jsonb)" if isinstance(value, dict) else ":value"
        await staff.door.rows(
            f"update creditor set {column} = {how} where id = :id returning 1", id=creditor, value=written
        )
    return f"/desk/creditors/{creditor}"


def row(page: str, name: str) -> str:
    """A row of a table of the page, without its tags."""
    found = re.search(rf'<tr data-row="{re.escape(name)}">(.*?)</tr>', page)
    assert found, name
    return re.sub(r"<[^>]+>", " ", found[1])


async def test_the_list_leads_to_ones_own_creditors_alone(staff: Staff) -> None:
    bente = await staff.sign_in(Role.SUPERVISOR)
    assert f'href="/desk/creditors/{staff.door.creditor}"' in (await bente.get("/desk/creditors")).text
    elsewhere = await staff.sign_in(Role.SUPERVISOR, creditors=(await another(staff.door),))
    assert f'/desk/creditors/{staff.door.creditor}"' not in (await elsewhere.get("/desk/creditors")).text
    for strange in (staff.door.creditor, "no such", "%00", "../keys"):
        assert (await elsewhere.get(f"/desk/creditors/{strange}")).status_code == 404


async def test_policies_stand_by_kind_with_the_rows_of_their_law_that_no_source_confirms(staff: Staff) -> None:
    page = await set_up(staff, policies={"consumer": "fi-gentle", "business": "se-business"})
    auditor = await staff.sign_in(Role.AUDITOR)
    shown = (await auditor.get(page)).text
    assert "fi-gentle" in row(shown, "consumer")
    assert "FI" in row(shown, "consumer")
    assert "se-business" in row(shown, "business")
    assert "fi.yaml:9: contact_hours from 1980-01-01" in shown
    assert "se.yaml:9: contact_hours from 1980-01-01" in shown
    assert "no.yaml" not in shown


async def test_a_policy_that_is_gone_or_was_never_named_is_told_and_nothing_else_breaks(staff: Staff) -> None:
    page = await set_up(staff, policies={"consumer": "gone-for-good"})
    shown = (await (await staff.sign_in(Role.SUPERVISOR)).get(page)).text
    assert "gone-for-good is not among the policies that can be used" in shown
    assert "none: an invoice names its own, or its case waits for a person" in shown


async def test_names_of_sms_stand_with_their_status_and_what_they_come_from(staff: Staff) -> None:
    own = {
        "FI": {"name": "ACME", "status": "pending", "number": "+4759440000"},
        "SE": {"name": "ACME", "status": "allowed"},
    }
    page = await set_up(staff, policies={"consumer": "fi-gentle"}, sms_senders=own)
    shown = (await (await staff.sign_in(Role.SUPERVISOR)).get(page)).text
    finland, sweden = row(shown, "FI"), row(shown, "SE")
    assert "not registered yet" in finland
    assert "+4759440000" in finland
    assert "ACME is not registered there yet" in finland
    assert "allowed unregistered" in sweden


async def test_all_of_it_is_said_in_bokmaal(staff: Staff) -> None:
    own = {"FI": {"name": "ACME", "status": "pending"}}
    page = await set_up(
        staff, policies={"consumer": "fi-gentle", "business": "gone"}, sms_senders=own, message_costs={"email": "0.05"}
    )
    kim = await staff.sign_in(Role.CREDIT_MANAGER, language="nb")
    shown = (await kim.get(page)).text
    assert "gone er ikke blant planene som kan brukes" in shown
    assert "venter på registrering" in shown
    assert re.findall(r'<span lang="en">[^<]*', shown) == []


async def test_what_somebody_named_their_company_does_nothing_on_the_page(staff: Staff) -> None:
    page = await set_up(staff, name="<script>alert(1)</script>", account_holder="<b>Acme</b>")
    shown = (await (await staff.sign_in(Role.SUPERVISOR)).get(page)).text
    assert "<script>alert" not in shown
    assert "<b>Acme" not in shown
    assert "&lt;b&gt;Acme" in shown


async def test_how_one_pays_on_the_page_is_told_and_of_a_method_that_is_gone_its_name(staff: Staff) -> None:
    page = await set_up(staff, payment_methods={"vipps": {}, "gone": {}})
    bente = await staff.sign_in(Role.SUPERVISOR)
    assert "gone, vipps" in (await bente.get(page)).text
    assert "bank transfer alone" in (await bente.get(await set_up(staff, payment_methods={}))).text


async def test_the_page_has_no_form_that_changes_anything_and_no_secret(staff: Staff) -> None:
    page = await set_up(staff)
    kim = await staff.sign_in(Role.CREDIT_MANAGER)
    shown = (await kim.get(page)).text.partition("<main")[2].partition("</main>")[0]
    assert "<form" not in shown
    assert "whsec_" not in shown
    assert (await kim.send(page)).status_code == 405


def test_every_finding_is_said_in_bokmaal() -> None:
    nothing = {"keys": 0, "endpoints": 0, "contact": [], "address": [], "collection_partner": None, "message_costs": {}}
    shadows = {name: replace(policy, shadow=True) for name, policy in POLICIES.items()}
    creditors = [
        READY,
        replace(READY, in_test_mode=True, stopped=["channel sms"], policies={"consumer": "gone"}, **nothing),
        replace(READY, accounts=[Account("15030000010", None), Account("123", date(2026, 1, 2))], message_costs={}),
    ]
    creditors += [
        replace(READY, sms_senders=SmsSenders({to: own}, house, SENDER_NAMES), same_names={to: ["b", "c"]})
        for own, house, *_ in FI_SENDERS.values()
        for to in ("FI", "DK")
    ]
    found = [
        each
        for creditor in creditors
        for policies in (POLICIES, shadows)
        for day in (TODAY, date(2056, 7, 1))
        for each in judged(creditor, policies, LAWS, day)
    ]
    said = {words for each in found for words in (each.about, each.found, each.do) if words}
    assert len(said) > 40
    assert {words for words in said if translated(words, "nb") is None} == set()
