"""Creditors and their keys."""

from pathlib import Path

import pytest

from config.files import COUNTRIES
from tests.domain.test_look import png
from tests.terminal.office import Office


def test_a_new_creditor_gets_its_api_key_once(office: Office) -> None:
    assert office.key.startswith("purr_")
    again = office.typed("creditor", "add", office.details(name="Firm and Sons AS"))
    assert again.code == 0
    assert "purr_" not in again.out
    assert "purr_" in office.typed("creditor", "key", office.creditor).out
    assert office.typed("creditor", "key", "no-such").code == 1


def test_an_api_key_is_listed_by_its_label_and_revoked(office: Office) -> None:
    key = office.typed("creditor", "key", office.creditor, "--label", "billing", "--json").json["api_key"]
    listed = office.typed("creditor", "keys", office.creditor)
    assert "billing" in listed.out
    assert key not in listed.out
    revoked = office.typed("creditor", "revoke", "billing", "--creditor", office.creditor)
    assert revoked.code == 0, revoked.err
    keys = office.typed("creditor", "keys", office.creditor, "--json").json["keys"]
    assert [(each["label"], each["revoked_at"] is not None) for each in keys] == [
        ("first key", False),
        ("billing", True),
    ]
    again = office.typed("creditor", "revoke", "billing", "--creditor", office.creditor)
    assert again.code == 1
    assert "has no valid key billing" in again.err
    assert office.typed("creditor", "keys", "no-such").code == 1


def test_a_creditor_file_that_is_wrong_is_refused_with_its_field(office: Office) -> None:
    assert "id: " in office.typed("creditor", "add", office.details(id="Not An Id")).err
    assert (
        "no policy no-such; there are fi-business, fi-gentle"
        in office.typed("creditor", "add", office.details(consumer_policy="no-such")).err
    )
    broken = office.folder / "broken.yaml"
    broken.write_text("{")
    assert "neither YAML nor JSON" in office.typed("creditor", "add", broken).err
    wrong = {"customer_unit": "00008080", "account": "12345678912"}
    refused = office.typed("creditor", "add", office.details(direct_debit=wrong)).err
    assert "direct_debit: " in refused
    assert "00008080 is Nets itself" in refused
    assert "whose check digit holds" in refused


@pytest.mark.parametrize(
    ("methods", "why"),
    [
        ({"swish": {}}, "no provider swish; there are vipps, stripe"),
        ({"vipps": {"merchant_serial_number_eur": "654321"}}, "nobody reads merchant_serial_number_eur; write"),
        ({"stripe": {"acount": "acct_1"}}, "nobody reads acount; write account, or account_EUR"),
    ],
)
def test_what_nobody_reads_of_its_ways_to_be_paid_is_refused(
    office: Office, methods: dict[str, dict[str, str]], why: str
) -> None:
    refused = office.typed("creditor", "add", office.details(payment_methods=methods))
    assert (refused.code, why in refused.err) == (1, True), refused
    right = {"vipps": {"merchant_serial_number": "123456", "merchant_serial_number_EUR": "654321"}, "stripe": {}}
    assert office.typed("creditor", "add", office.details(payment_methods=right)).code == 0


def test_a_creditor_has_its_own_order_of_payment_where_its_law_lets_it_for_some_debtors(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = ["fee", "interest", "principal"]
    finnish = {"id": f"{office.creditor}-fi", "country": "FI", "accounts": ["FI2112345600000785"]}
    assert office.typed("creditor", "add", office.details(**finnish, allocation=own)).code == 0  # of businesses
    countries = tmp_path / "countries"
    countries.mkdir()
    for file in COUNTRIES.glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        (countries / file.name).write_text(text.replace("creditor_may_change: true", "creditor_may_change: false"))
    monkeypatch.setenv("PURR_COUNTRIES_FOLDER", str(countries))
    refused = office.typed("creditor", "add", office.details(**finnish, allocation=own))
    assert refused.code == 1
    assert "in FI the law gives the order principal, interest, fee: leave it out" in refused.err
    as_it_is = office.details(**finnish, allocation=["principal", "interest", "fee"])
    assert office.typed("creditor", "add", as_it_is).code == 0


def test_the_clock_of_a_creditor_in_test_mode_is_shown_and_moved(office: Office) -> None:
    tried = f"{office.creditor}-tried"
    assert office.typed("creditor", "add", office.details(id=tried, mode="test")).code == 0
    shown = office.typed("creditor", "clock", tried, "--json").json
    assert shown["advancing_to"] is None
    moved = office.typed("creditor", "clock", tried, "--days", "31")
    assert moved.code == 0, moved.err
    assert "on its way to" in moved.out
    assert "wait until it is there" in office.typed("creditor", "clock", tried, "--to", "2099-01-01").err
    assert "is live" in office.typed("creditor", "clock", office.creditor, "--days", "1").err
    assert office.typed("creditor", "clock", tried, "--days", "1", "--to", "2099-01-01").code == 2
    assert "is in test mode and stays there" in office.typed("creditor", "add", office.details(id=tried)).err


def test_the_tasks_of_all_are_those_of_live_creditors(office: Office) -> None:
    tried = f"{office.creditor}-tried"
    office.typed("creditor", "add", office.details(id=tried, mode="test"))
    for command in (["tasks", "list"], ["hand-offs", "list"], ["letters", "list"]):
        assert tried not in office.typed(*command).out
        assert office.typed(*command, "--creditor", tried).code == 0


def test_what_its_sms_come_from_is_checked_by_country(office: Office) -> None:
    same = {"FI": {"name": "OFFICE", "status": "pending"}}
    other = f"{office.creditor}-oy"
    details = office.details(id=other, organisation_number=None, accounts=["12345678911"], sms_senders=same)
    assert office.typed("creditor", "add", details).code == 0
    senders = {
        "FI": {"name": "OFFICE", "status": "allowed", "number": "+4791234567"},
        "SE": {"name": "Office", "status": "allowed"},
    }
    assert office.typed("creditor", "add", office.details(sms_senders=senders)).code == 0
    said = office.typed("creditor", "check", office.creditor, "--json").json["findings"]
    told = [(each["about"], each["state"], each["found"]) for each in said if each["about"].startswith("SMS to")]
    assert ("SMS to SE", "fine", "it comes from Office, to which nobody can answer") in told
    assert any(state == "look" and "for FI takes registered names alone" in found for _, state, found in told)
    assert ("SMS to FI", "look", f"{other} has the same name there, which may be one company's alone") in told
    refused = office.typed(
        "creditor", "add", office.details(sms_senders={"SE": {"name": "Kråka", "status": "allowed"}})
    )
    assert "Kråka has å: only A-Z, a-z, 0-9, space arrive" in refused.err
    assert office.typed("creditor", "add", office.details()).code == 0


def test_a_creditor_is_checked_before_it_goes_live(office: Office) -> None:
    said = office.typed("creditor", "check", office.creditor, "--json")
    assert said.code == 1, "no bank file has told of its account"
    found = {each["about"]: each["state"] for each in said.json["findings"]}
    assert (found["mode"], found["API keys"], found["policy for a consumer"]) == ("fine", "fine", "fine")
    missing = [each for each in said.json["findings"] if each["state"] == "missing"]
    assert any(each["about"].startswith("account ") and each["do"] for each in missing)
    assert "no bank file has told of it" in office.typed("creditor", "check", office.creditor).out
    assert office.typed("creditor", "check", "no-such").code == 1


def test_a_creditor_begins_with_a_few_debtors_and_who_waits_is_told(office: Office) -> None:
    office.invoices(*(f"r{n}" for n in range(12)))
    assert "there is no ramp" in office.typed("creditor", "ramp", office.creditor).out
    asked = ("creditor", "ramp", office.creditor, "1", "--by", "kim")
    assert office.typed(*asked).code == 2  # nobody says why
    begun = office.typed(*asked, "--reason", "go-live", "--json").json
    assert begun["looking_again"] == begun["ramp"]["cases_waiting"] >= 9
    assert "by kim: go-live" in office.typed("creditor", "ramp", office.creditor).out
    found = office.typed("control", "--creditor", office.creditor).out
    assert f"{office.creditor}: 1 of 100 debtors are in: by kim, go-live" in found
    assert office.typed(*asked, "--reason", "again").code == 1
    assert office.typed("creditor", "ramp", office.creditor, "50", "--reason", "half").code == 2
    assert office.typed("creditor", "ramp", "nobody", "1", "--reason", "go-live").code == 1


def test_all_messages_go_to_whoever_tries_a_creditor_out_and_of_a_live_one_to_nobody_else(office: Office) -> None:
    reason = ("--by", "kim", "--reason", "rehearsal")
    live = office.typed("creditor", "rehearse", office.creditor, "--email", "kim@firm.example", *reason)
    assert (live.code, "is live" in live.err) == (1, True)
    tried = f"{office.creditor}-tried"
    office.typed("creditor", "add", office.details(id=tried, mode="test"))
    for wrong in (("--nobody", "--email", "kim@firm.example", *reason), ("--email", "kim@firm.example"), reason):
        assert office.typed("creditor", "rehearse", tried, *wrong).code == 2
    said = office.typed("creditor", "rehearse", tried, "--email", "kim@firm.example", "--phone", "+4791520630", *reason)
    assert "go to kim@firm.example and +4791520630" in said.out
    assert office.typed("creditor", "rehearse", tried, "--json").json["rehearsal"]["by"] == "kim"
    assert "go to nobody" in office.typed("creditor", "rehearse", tried, "--nobody", *reason).out


def test_what_todays_process_sent_is_held_against_a_shadow(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "theirs.csv"
    file.write_text("invoice,date,step,channel\nN-9,2026-03-02,reminder,letter\n")
    asked = ("creditor", "did", office.creditor, file, "--day")
    wrong = office.typed(*asked, "2026-03-03")
    assert (wrong.code, "nothing is kept" in wrong.err) == (1, True)
    assert office.typed(*asked, "2026-03-02").code == 0
    said = office.typed("creditor", "compare", office.creditor, "--day", "2026-03-02")
    assert (said.code, "only them: N-9 reminder: they letter 2026-03-02" in said.out) == (1, True)
    document = office.typed("creditor", "compare", office.creditor, "--day", "2026-03-09", "--json")
    assert document.json["comparison"]["is_told"] is False


def test_a_creditor_looks_as_it_wants_where_everybody_can_read_it(office: Office, tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(png())
    asked = ("creditor", "look", office.creditor, "--by", "kim")
    assert office.typed(*asked, "--colour", "#0b5d3b").code == 2  # nobody says why
    pale = office.typed(*asked, "--colour", "#ffcc00", "--reason", "look")
    assert (pale.code, "write #886d00, the nearest" in pale.err) == (1, True)
    put = office.typed(*asked, "--colour", "#0b5d3b", "--logo", logo, "--reason", "look", "--json")
    colours = {"colour": "#0b5d3b", "colour_on_dark": "#15af6f"}
    assert put.json == {"creditor": office.creditor, **colours, "has_logo": True}
    assert "looks as everybody" in office.typed(*asked, "--ours", "--reason", "look").out


def test_by_which_policies_a_creditors_invoices_went_is_told_with_who_and_why(office: Office) -> None:
    market = {"policies": {"FI": {"consumer": "fi-gentle"}}}
    new = ("creditor", "add", office.details(id=f"{office.creditor}-market", organisation_number=None, **market))
    assert office.typed(*new, "--by", "kim", "--reason", "new-market").code == 0
    assert office.typed(*new, "--by", "ola").code == 0  # nothing is another
    (change,) = office.typed("creditor", "policies", f"{office.creditor}-market", "--json").json["changes"]
    assert (change["by"], change["reason_code"], change["policies"]["FI consumer"]) == (
        "kim",
        "new-market",
        "fi-gentle",
    )
    assert "FI consumer: fi-gentle" in office.typed("creditor", "policies", f"{office.creditor}-market").out
    assert office.typed("creditor", "policies", "no-such").code == 1
