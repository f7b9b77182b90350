"""What a source may change of a debtor and its addresses: the table, tried on the facts row by row."""

from typing import Any

import pytest

from commands.debtor.change import DebtorChange, change_debtor
from domain.invoices.incoming import IncomingDebtor
from domain.parties.who_may_change import MAY_CHANGE, AddressState, Fact, Source, moved_from
from facts.parties import debtors
from facts.parties.debtors import Operator
from facts.refusals import Conflict
from tests.store import NOW, PLANNING, Store
from tests.world import debtor

PHONE = "+4791234567"
ANNE = Operator("anne", "called")
USABLE = ("valid", "replaced")


async def phone(store: Store, number: str = "1001") -> str:
    state: str = await store.one(
        """select p.state from contact_point p join invoice i on i.debtor_id = p.debtor_id
        where p.channel = 'sms' and p.address = :address and i.number = :number""",
        address=PHONE,
        number=number,
    )
    return state


async def set_phone(store: Store, state: str) -> None:
    await store.do(f"update contact_point set state = '{state}' where address = '{PHONE}'")


async def say(store: Store, source: Source, number: str = "2001") -> None:
    """The source tells the debtor's phone number, or of it, once more."""
    if source is Source.IMPORT:
        await store.invoice(number)
        return
    async with store.database.transaction() as connection:
        if source is Source.PERSON:
            await debtors.opted_in(connection, "sms", PHONE, NOW)
        else:
            found = await debtors.find(connection, "acme", "K-1")
            assert found is not None
            operator = ANNE if source is Source.OPERATOR else None
            await debtors.change(connection, found, found, [("sms", PHONE, False)], NOW, operator)


@pytest.mark.parametrize("source", [Source.IMPORT, Source.SYNC, Source.OPERATOR, Source.PERSON])
@pytest.mark.parametrize("before", list(AddressState))
async def test_an_address_comes_back_only_as_the_table_says(store: Store, source: Source, before: AddressState) -> None:
    await store.invoice()
    await set_phone(store, before)
    await say(store, source)
    revived = before in moved_from(source, AddressState.VALID)
    assert await phone(store) == ("valid" if revived else before)


@pytest.mark.parametrize("state", ["opted out", "bounced"])
async def test_a_new_customer_number_revives_no_address(store: Store, state: str) -> None:
    await store.invoice()
    await set_phone(store, state)
    await store.invoice("1002", debtor=debtor(customer_number="K-9"))
    await store.invoice("1004", debtor=debtor(name="Ola Hansen", customer_number="K-8"))
    assert {await phone(store, number) for number in ("1002", "1004")} == {state}


# How an address that Acme's debtor does not want, or never had, comes to Beta, and whether it is held back there.
@pytest.mark.parametrize("state", ["opted out", "bounced", "wrong", "replaced", "valid"])
@pytest.mark.parametrize("source", [Source.IMPORT, Source.SYNC, Source.OPERATOR])
async def test_what_is_known_of_an_address_elsewhere_holds_and_is_not_told(
    store: Store, source: Source, state: str
) -> None:
    await store.invoice()
    await set_phone(store, state)
    theirs = {"creditor": "beta", "reference": None, "account": None}
    if source is Source.IMPORT:
        await store.invoice("1003", **theirs)
    else:
        await store.invoice("1003", **theirs, debtor=debtor(phone=None))
        async with store.database.transaction() as connection:
            found = await debtors.find(connection, "beta", "K-1")
            assert found is not None
            operator = ANNE if source is Source.OPERATOR else None
            told = await debtors.change(connection, found, found, [("sms", PHONE, False)], NOW, operator)
        assert told.not_used == []
    assert await phone(store, "1003") == "valid"
    held = state in ("opted out", "bounced") and source is not Source.OPERATOR
    assert await elsewhere(store) == ([state] if held else [])


async def elsewhere(store: Store) -> list[str]:
    query = "select known_elsewhere from contact_point where channel = 'sms' and known_elsewhere is not null"
    return [row.known_elsewhere for row in await store.rows(query)]


async def test_who_takes_messages_again_takes_them_from_everybody(store: Store) -> None:
    await store.invoice()
    await set_phone(store, "opted out")
    await store.invoice("1003", creditor="beta", reference=None)
    assert await elsewhere(store) == ["opted out"]
    await store.invoice("1004", creditor="beta", reference=None)  # data says it again
    assert await elsewhere(store) == ["opted out"]
    await say(store, Source.PERSON)
    assert (await elsewhere(store), await phone(store), await phone(store, "1003")) == ([], "valid", "valid")


async def test_a_household_shares_its_letter_box_and_no_returned_letter(store: Store) -> None:
    await store.invoice()
    await store.do("update contact_point set state = 'bounced' where channel = 'letter'")
    await store.invoice("1002", debtor=debtor(name="Ola Nordmann", customer_number="K-2"))
    await store.invoice("1003", debtor=debtor(customer_number="K-3"))
    states = await store.rows("select state from contact_point where channel = 'letter' order by id")
    assert [row.state for row in states] == ["bounced", "valid", "bounced"]


async def test_an_address_that_is_dead_takes_no_other_ones_place(store: Store) -> None:
    await store.invoice(debtor=debtor(email="old@example.no"))
    await store.do("update contact_point set state = 'bounced' where channel = 'email'")
    await store.invoice("1002", debtor=debtor(email="new@example.no"))
    await store.invoice("1003", debtor=debtor(email="old@example.no"))
    states = await store.rows("select address, state from contact_point where channel = 'email' order by id")
    assert [tuple(row) for row in states] == [("old@example.no", "bounced"), ("new@example.no", "valid")]


async def test_silence_holds_for_a_replaced_number_too_and_ends_behind_the_newer_one(store: Store) -> None:
    await store.invoice()
    await store.invoice("1002", debtor=debtor(phone="+4792222222"))
    async with store.database.transaction() as connection:
        await debtors.opted_out(connection, "sms", PHONE, NOW)
    assert await phone(store) == "opted out"
    async with store.database.transaction() as connection:
        await debtors.opted_in(connection, "sms", PHONE, NOW)
    assert await phone(store) == "replaced"


CHANGED: dict[Fact, dict[str, Any]] = {
    Fact.NAME: {"name": "Kari Hansen"},
    Fact.LANGUAGE: {"language": "en"},
    Fact.ADDRESS: {"address_lines": ("Nygata 2",)},
}


@pytest.mark.parametrize("fact", list(CHANGED))
async def test_an_import_changes_what_the_table_says(store: Store, fact: Fact) -> None:
    case = await store.invoice()
    before = await whole(store, case)
    await store.invoice("1002", debtor=debtor(**CHANGED[fact]))
    assert (await whole(store, case) != before) == (fact in MAY_CHANGE[Source.IMPORT])


async def whole(store: Store, case: int) -> Any:
    (row,) = await store.rows(
        """select d.name, d.language, d.address from debtor d join dunning_case c on c.debtor_id = d.id where c.id = :case""",
        case=case,
    )
    return tuple(row)


# --- who is who ------------------------------------------------------------------------------------------------


async def people(store: Store) -> list[str]:
    rows = await store.rows("select d.name from debtor d order by d.id")
    return [row.name for row in rows]


@pytest.mark.parametrize("spelling", ["kari  NORDMANN", "Nordmann, Kari", "Kári Nordmann"])
async def test_a_name_in_another_spelling_is_the_same_person(store: Store, spelling: str) -> None:
    first = await store.invoice()
    second = await store.invoice("1002", debtor=debtor(name=spelling))
    assert (await store.load(first)).debtor_id == (await store.load(second)).debtor_id


@pytest.mark.parametrize("name", ["Ola Testmann", "Kari Nordmann 2", "Kari", "محمد"])
async def test_another_name_under_one_customer_number_is_another_debtor(store: Store, name: str) -> None:
    first = await store.invoice()
    second = await store.invoice("1002", debtor=debtor(name=name, email="ola@example.no"))
    third = await store.invoice("1003", debtor=debtor(name=name, email="ola@example.no"))
    one, two, three = [(await store.load(case)).debtor_id for case in (first, second, third)]
    assert one != two == three
    mails = await store.rows("select debtor_id, address from contact_point where channel = 'email' order by id")
    assert [tuple(row) for row in mails] == [(one, "kari@example.no"), (two, "ola@example.no")]


async def test_three_spellings_of_an_organisation_number_are_one_debtor(store: Store) -> None:
    for number, spelt in (("1001", "NO 923 609 016 MVA"), ("1002", "923 609 016"), ("1003", "923609016")):
        firm = IncomingDebtor(name="Firma AS", organisation_number=spelt, email="a@example.no")
        await store.invoice(number, debtor=firm, policy="no-standard")
    assert await people(store) == ["Firma AS"]


async def test_a_business_with_its_number_keeps_it_under_another_name(store: Store) -> None:
    for number, name in (("1001", "Firma AS"), ("1002", "Firma Norge AS")):
        firm = IncomingDebtor(name=name, customer_number="F-1", organisation_number="923609016")
        await store.invoice(number, debtor=firm, policy="no-standard")
    assert await people(store) == ["Firma Norge AS"]


async def test_an_operator_gives_a_debtor_another_name_and_both_find_it(store: Store) -> None:
    first = await store.invoice()
    async with store.database.transaction() as connection:
        found = await debtors.find(connection, "acme", "K-1")
        assert found is not None
        married = await debtors.rename(connection, "acme", "K-1", found, "Kari Hansen")
        await debtors.change(connection, found, married, [], NOW, ANNE)
    for number, name in (("1002", "Kari Hansen"), ("1003", "Kari Nordmann")):
        await store.invoice(number, debtor=debtor(name=name))
    assert await people(store) == ["Kari Hansen"]
    told = await store.rows("select by, kind, detail from case_event where case_id = :case", case=first)
    assert [tuple(row) for row in told] == [("anne", "debtor_changed", {"known": "named", "reason_code": "called"})]


async def test_a_number_of_several_names_has_to_be_told_apart(store: Store) -> None:
    await store.invoice()
    await store.invoice("1002", debtor=debtor(name="Ola Testmann"))
    async with store.database.transaction() as connection:
        with pytest.raises(Conflict, match="say which one by the name"):
            await debtors.find(connection, "acme", "K-1")
        ola = await debtors.find(connection, "acme", "K-1", "ola testmann")
        assert ola is not None
        assert ola.name == "Ola Testmann"
        with pytest.raises(Conflict, match="another debtor of that name"):
            await debtors.rename(connection, "acme", "K-1", ola, "Kari Nordmann")


ADDRESS, SPELT_OTHERWISE = "Kari@Bücher.example", "KARI@XN--BCHER-KVA.EXAMPLE"


async def emails(store: Store) -> list[tuple[str, str, str | None]]:
    rows = await store.rows(
        "select address, state, known_elsewhere from contact_point where channel = 'email' order by id"
    )
    return [tuple(row) for row in rows]


async def test_one_debtors_address_in_another_spelling_is_the_same_and_is_shown_as_it_was_given_last(
    store: Store,
) -> None:
    await store.invoice(debtor=debtor(email=ADDRESS))
    await store.invoice("1002", debtor=debtor(email=SPELT_OTHERWISE))
    assert await emails(store) == [(SPELT_OTHERWISE, "valid", None)]
    async with store.database.transaction() as connection:
        found = await debtors.find(connection, "acme", "K-1")
        assert found is not None
        await debtors.change(connection, found, found, [("email", ADDRESS, False)], NOW, ANNE)
    assert await emails(store) == [(ADDRESS, "valid", None)]


@pytest.mark.parametrize("state", ["opted out", "bounced", "wrong"])
async def test_what_is_known_of_one_spelling_is_known_of_the_next_one_that_is_given(store: Store, state: str) -> None:
    await store.invoice(debtor=debtor(email=ADDRESS))
    await store.do("update contact_point set state = :state where channel = 'email'", state=state)
    await store.invoice("1002", debtor=debtor(customer_number="K-2", email=SPELT_OTHERWISE))
    beta = {"creditor": "beta", "reference": None, "account": None}
    await store.invoice("1003", debtor=debtor(email=SPELT_OTHERWISE), **beta)
    held = state if state != "wrong" else None
    assert await emails(store) == [
        (ADDRESS, state, None),
        (SPELT_OTHERWISE, state, None),
        (SPELT_OTHERWISE, "valid", held),
    ]


async def test_silence_at_one_spelling_is_silence_at_all_and_so_is_its_end(store: Store) -> None:
    await store.invoice(debtor=debtor(email=ADDRESS))
    await store.invoice("1002", debtor=debtor(customer_number="K-2", email=SPELT_OTHERWISE))
    for wished, state in ((debtors.opted_out, "opted out"), (debtors.opted_in, "valid")):
        async with store.database.transaction() as connection:
            assert await wished(connection, "email", ADDRESS.lower(), NOW) == 2
        assert await emails(store) == [(ADDRESS, state, None), (SPELT_OTHERWISE, state, None)]


async def test_somebody_elses_address_is_named_in_any_spelling(store: Store) -> None:
    await store.invoice(debtor=debtor(email=ADDRESS))
    given = DebtorChange.model_validate({"by": "anne", "reason_code": "told", "not_me": SPELT_OTHERWISE})
    async with store.database.transaction() as connection:
        await change_debtor(connection, PLANNING, "acme", "K-1", None, given, NOW)
    assert await emails(store) == [(ADDRESS, "wrong", None)]
