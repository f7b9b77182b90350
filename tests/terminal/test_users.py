"""Who works at the desk, at the terminal: put, listed, ended; and what cannot be is refused in words."""

import pytest

from tests.terminal.office import Office


def test_somebody_is_put_listed_and_ended(office: Office) -> None:
    name = f"anne-{office.creditor}"
    put = office.typed("user", "put", name, "--email", f"{name}@desk.example", "--role", "agent", "--json")
    assert (put.code, put.json["user"]["creditors"]) == (0, "all")
    listed = office.typed("user", "list", "--json").json["users"]
    assert next(each for each in listed if each["name"] == name)["roles"] == "agent"
    assert "does not work at the desk any more" in office.typed("user", "end", name).out
    assert office.typed("user", "end", name).code == 1
    assert "pay out" in office.typed("user", "roles").out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--role", "auditor", "--role", "agent"), "an auditor looks at what others did"),
        (
            (
                "--role",
                "call-agency",
            ),
            "an agency is named",
        ),
        (("--role", "call-agency", "--agency", "Ring AS"), "sees named creditors"),
        (("--role", "agent", "--creditor", "nobody-at-all"), "there is no creditor nobody-at-all"),
        (("--role", "agent", "--language", "xx"), "there is nb and en"),
    ],
)
def test_what_cannot_be_is_refused_in_words(office: Office, given: tuple[str, ...], said: str) -> None:
    refused = office.typed("user", "put", "ole", "--email", "ole@desk.example", *given)
    assert refused.code != 0
    assert said in refused.err + refused.out


def test_an_address_is_one_persons(office: Office) -> None:
    mail = f"shared@{office.creditor}.example"
    assert office.typed("user", "put", f"a-{office.creditor}", "--email", mail, "--role", "agent").code == 0
    refused = office.typed("user", "put", f"b-{office.creditor}", "--email", mail.upper(), "--role", "agent")
    assert refused.code == 1
    assert f"is the address of a-{office.creditor}" in refused.err


def test_one_of_our_own_names_is_nobodys(office: Office) -> None:
    assert office.typed("user", "put", "debtor", "--email", "x@desk.example", "--role", "agent").code == 2
