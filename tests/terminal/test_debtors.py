"""What an operator knows of a debtor."""

from tests.terminal.office import Office


def test_an_operator_gives_a_debtor_another_name_and_an_address(office: Office) -> None:
    office.invoices("z1")
    change = ("debtor", "change", office.creditor, "K-z1", "--by", "kim", "--reason", "called")
    said = office.typed(*change, "--name", "Kari Hansen", "--email", "kari@new.example", "--json")
    assert said.json == {"customer_number": "K-z1", "open_cases": 1}
    where = f"from debtor d join contact_point p on p.debtor_id = d.id where d.creditor_id = '{office.creditor}'"
    assert office.rows(f"select d.name, p.address {where} and p.channel = 'email' and p.state = 'valid'") == [
        ("Kari Hansen", "kari@new.example")
    ]


def test_what_cannot_be_is_refused_and_changes_nothing(office: Office) -> None:
    office.invoices("z2")
    change = ("debtor", "change", office.creditor, "K-z2", "--by", "kim")
    reason = ("--reason", "called")
    nobody = office.typed("debtor", "change", office.creditor, "K-9", *reason, "--name", "Kari")
    assert (nobody.code, "no debtor with customer number K-9" in nobody.err) == (1, True)
    no_address = office.typed(*change, *reason, "--name", "Kari Hansen", "--email", "kari", "--phone", "12")
    assert (no_address.code, "email is not an email address; phone is not" in no_address.err) == (1, True)
    assert (office.typed(*change, *reason).code, office.typed(*change, "--reason", "a;b", "--name", "K").code) == (2, 2)
    assert office.rows(f"select name from debtor where creditor_id = '{office.creditor}'") == [("Kari Nordmann",)]


def test_a_life_is_told_shown_and_lifted(office: Office) -> None:
    office.invoices("z3")
    about = (office.creditor, "K-z3", "--by", "kim")
    assert office.typed("debtor", "stop", *about, "deceased", "--since", "2026-03-01", "--reason", "letter").code == 0
    contact = ("Ola Arving", "--estate", "--email", "ola@arving.example")
    assert office.typed("debtor", "represent", *about, *contact).code == 0
    (client,) = office.typed("debtor", "clients", office.creditor, "ola@arving.example", "--json").json["clients"]
    assert (client["customer_number"], client["represented_by"]) == ("K-z3", "Ola Arving")
    both = office.typed("debtor", "represent", *about, *contact, "--guardian")
    assert (both.code, "say as whom they stand in" in both.err) == (2, True)
    assert office.typed("debtor", "language", *about, "en").code == 0
    shown = office.typed("debtor", "show", office.creditor, "K-z3", "--json").json["debtor"]
    assert shown["written_to"] == "Ola Arving"
    assert [(each["what"], each["value"], each["by"], each["holds"]) for each in shown["known"]] == [
        ("deceased", None, "kim", True),
        ("estate", "Ola Arving", "kim", True),
        ("language", "en", "kim", True),
    ]
    forbidden = {each["thing"]: each for each in shown["forbidden"]}
    assert forbidden["a call"]["why"] == "the debtor has died: only the estate's contact is written to"
    assert forbidden["a call"]["source"].startswith("practice: ")
    assert [(task["kind"], task["due_on"]) for task in shown["tasks"]] == [("file claim", "2026-04-12")]
    words = office.typed("debtor", "show", office.creditor, "K-z3").out
    assert "deceased since 2026-03-01, says kim (letter)" in words
    assert "by 2026-04-12: the debtor has died: file the claim with the estate" in words
    assert office.typed("debtor", "release", *about, "insolvent").code == 2
    assert office.typed("debtor", "release", *about, "deceased").code == 0
    assert office.typed("debtor", "show", office.creditor, "K-z3", "--json").json["debtor"]["forbidden"] == []


def test_a_debtor_turns_out_to_be_a_business_and_a_person_is_asked_by_which_policy_the_case_goes_on(
    office: Office,
) -> None:
    office.invoices("z8")
    about = (office.creditor, "K-z8")
    assert office.typed("debtor", "kind", *about, "business", "--by", "kim", "--reason", "registered").code == 0
    assert office.typed("debtor", "kind", *about, "firm", "--by", "kim").code == 2
    shown = office.typed("debtor", "show", *about, "--json").json["debtor"]
    assert [(each["what"], each["value"], each["reason_code"]) for each in shown["known"]] == [
        ("kind", "business", "registered")
    ]
    (task,) = shown["tasks"]
    assert task["why"].startswith("the debtor is a business now, and the policy was chosen for a consumer")
    assert office.typed("debtor", "kind", *about, "consumer", "--by", "kim").code == 0
    assert office.typed("debtor", "show", *about, "--json").json["debtor"]["tasks"] == []


def test_every_wish_and_objection_has_its_words(office: Office) -> None:
    office.invoices("z4")
    about = (office.creditor, "K-z4", "--by", "kim")
    typed = [
        ("stop", *about, "tracking"),
        ("stop", *about, "profiling"),
        ("stop", *about, "calls"),
        ("stop", *about, "danger"),
        ("represent", *about, "Guri Verge", "--guardian", "--email", "guri@verge.example"),
        ("stop", *about, "pause", "--until", "2099-01-01"),
        ("protect", *about),
        ("prefer", *about, "sms"),
        ("change", *about, "--reason", "asked", "--offers"),
    ]
    assert [office.typed("debtor", *words).err for words in typed] == [""] * len(typed)
    holding = [
        "no tracking",
        "no profiling",
        "no calls",
        "danger",
        "guardian",
        "pause",
        "protected address",
        "prefers",
        "offers",
    ]
    shown = office.typed("debtor", "show", office.creditor, "K-z4", "--json").json["debtor"]
    assert [each["what"] for each in shown["known"] if each["holds"]] == holding
    lifted = ["tracking", "profiling", "calls", "danger", "guardian", "pause", "protected address", "prefers"]
    assert [office.typed("debtor", "release", *about, what).code for what in lifted] == [0] * len(lifted)
    shown = office.typed("debtor", "show", office.creditor, "K-z4", "--json").json["debtor"]
    assert [each["what"] for each in shown["known"] if each["holds"]] == ["offers"]
    assert office.typed("debtor", "stop", *about, "pause").code == 2  # one without an end
    nobody = office.typed("debtor", "not-me", *about, "somebody@else.example")
    assert (nobody.code, "no address of this debtor" in nobody.err) == (1, True)


def test_a_debtor_is_found_by_what_is_said(office: Office) -> None:
    office.invoices("z5")
    assert "nobody is found" in office.typed("debtor", "find", "Per Hansen", "--creditor", office.creditor).out
    (found,) = office.typed("debtor", "find", "Kary Nordman", "--creditor", office.creditor, "--json").json["debtors"]
    assert (found["customer_number"], found["by"]) == ("K-z5", "name")
    assert "% alike" in office.typed("debtor", "find", "Kary Nordman", "--creditor", office.creditor).out


def test_a_statement_names_what_is_owed_and_one_reference_that_pays_it(office: Office) -> None:
    office.invoices("z9")
    first, again = (office.typed("debtor", "statement", office.creditor, "K-z9", "--json").json for _ in range(2))
    assert first == again
    assert [line["standing"] for line in first["statement"]["lines"]] == ["due"]
    said = " ".join(office.typed("debtor", "statement", office.creditor, "K-z9").out.split())
    assert f"with reference {first['statement']['payable'][0]['reference']} pays all" in said
    assert office.typed("debtor", "statement", office.creditor, "K-z9", "--send", "--by", "kim").code == 0
    assert office.rows("select by, reason_code from statement_request") == [("kim", "asked")]
    nobody = office.typed("debtor", "statement", office.creditor, "K-9")
    assert (nobody.code, "no debtor with customer number K-9" in nobody.err) == (1, True)
