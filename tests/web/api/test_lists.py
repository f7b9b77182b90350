"""Lists over the API: pages that go on where the last one ended, filters in the terminal's words, and walls between creditors."""

from typing import Any

import pytest
from sqlalchemy import text

from domain import written
from tests.begin import BEGIN
from tests.web.door import Door, account_of, day, invoice
from views.filters import Filter, Word, yes_or_no
from views.invoices import INVOICES
from views.lists import read_page, walk
from web.api.listed import OFFERED, Offered

SAMPLES: dict[Any, str] = {yes_or_no: "no", written.day: "2026-11-16", written.amount: "1.00"}
NAMED = {"policy": "no-gentle", "segment": "north", "step": "reminder", "account": "A-2", "batch": "november.csv"}


async def listed(door: Door, path: str = "/v1/invoices", **asked: Any) -> Any:
    """A page of a list."""
    answer = await door.client.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def several(door: Door, count: int = 5) -> None:
    for number in range(count):
        debtor = invoice()["debtor"] | {"customer_number": f"K-{number}"}
        sent = await door.send_invoice(
            f"{number}", debtor=debtor, amount=f"{number}00.50", due_date=day(14 + number), segment="north"
        )
        assert sent.status_code == 201, sent.text


async def test_pages_follow_one_another_and_nothing_is_missed_while_invoices_come(door: Door) -> None:
    await several(door)
    first = await listed(door, limit=2)
    await door.send_invoice("later")
    second = await listed(door, limit=2, cursor=first["next_cursor"])
    third = await listed(door, limit=2, cursor=second["next_cursor"])
    assert [[each["number"] for each in page["data"]] for page in (first, second, third)] == [
        ["4", "3"],
        ["2", "1"],
        ["0"],
    ]
    assert (first["has_more"], third["has_more"], third["next_cursor"]) == (True, False, None)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("amount>=200, amount<400", ["3", "2"]),
        ("state=open and number!=1", ["4", "3", "2", "0"]),
        ("state=closed", []),
        (f"due<={day(15)}", ["1", "0"]),
        ("hold=yes", ["3"]),
        ("hold=no, number=3", []),
    ],
)
async def test_filters_are_the_words_of_the_terminal(door: Door, where: str, found: list[str]) -> None:
    await several(door)
    assert (await door.command("3", command="hold")).status_code == 202
    assert [each["number"] for each in (await listed(door, where=where))["data"]] == found


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"where": "colour=red"}, "there are number, segment"),
        ({"where": "creditor=other"}, "no word of filters"),
        ({"where": "state=opened"}, "there is no state opened: there are open, closed"),
        ({"where": "channel=pigeon"}, "there are email, sms"),
        ({"where": " and ".join(["state=open"] * 50)}, "a filter has at most 20 conditions"),
        ({"where": "due<soon"}, "write it as YYYY-MM-DD"),
        ({"where": "due<-1000-01-01"}, "write it as YYYY-MM-DD"),
        ({"where": "number=1'; drop table invoice --; x"}, None),
        ({"where": 'number="1" %(x)s {value} :now'}, None),
        ({"cursor": "AAAA"}, "take next_cursor of a page"),
        ({"cursor": "ø"}, "take next_cursor of a page"),
        ({"limit": "0"}, None),
        ({"limit": "101"}, None),
        ({"expand": "everything"}, "there are debtor, payments"),
    ],
)
async def test_what_is_not_understood_is_refused_with_what_there_is(door: Door, asked: Any, says: str | None) -> None:
    answer = await door.client.get("/v1/invoices", params=asked)
    if says is None and "limit" not in asked:
        assert (answer.status_code, answer.json()["data"]) == (200, [])
    else:
        assert answer.status_code == 422
        assert (says or "") in str(answer.json())
        assert answer.json()["errors"][0]["field"] == next(iter(asked))


@pytest.mark.parametrize(
    ("path", "where", "says"),
    [
        ("/v1/invoices", "policy=no-gentel", "there is no policy no-gentel: there are no-gentle"),
        ("/v1/invoices", "policy!=no-gentel", "there is no policy no-gentel: there are no-gentle"),
        ("/v1/invoices", "amount>1 and segment=nort", "there is no segment nort: there are north"),
        ("/v1/cases", "step=reminders", "there is no step reminders: there are invoice, due-date-reminder, reminder"),
        ("/v1/cases", "segment=' or 1=1 --", "there is no segment ' or 1=1 --: there are north"),
        ("/v1/cases", "segment=%", "there is no segment %: there are north"),
        ("/v1/bank-accounts", "account=x", "there is no account x: there are ACCOUNT-"),
        ("/v1/deliveries", "message=remainder", "there is no message remainder: there are invoice, "),
        ("/v1/letters", "message=remainder", "there is no message remainder: there are invoice, "),
        ("/v1/tasks", "kind=calls", "there is no kind calls: there are call, "),
        ("/v1/replies", "channel=pigeon", "there is no channel pigeon: there are email, sms, "),
        ("/v1/replies", "meaning=payed", "there is no meaning payed: there are has died, insolvent, in danger, not me"),
        ("/v1/webhook-messages", "type=case.shut", "there is no type case.shut: there are case.opened, "),
    ],
)
async def test_a_value_that_names_nothing_is_refused_with_what_there_is(
    door: Door, path: str, where: str, says: str
) -> None:
    await several(door, 1)
    answer = await door.client.get(path, params={"where": where})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "where"), answer.text
    assert says in answer.json()["detail"]


async def test_of_many_segments_those_that_are_like_it_are_named(door: Door) -> None:
    await several(door, 1)
    more = """insert into invoice (creditor_id, debtor_id, number, issue_date, due_date, original_due_date, currency, amount,
      segment, happened_at) select creditor_id, debtor_id, 's' || n, issue_date, due_date, due_date, currency, amount,
      'street ' || n, happened_at from invoice, generate_series(1, 30) n where creditor_id = :c returning 1"""
    await door.rows(more, c=door.creditor)
    answer = await door.client.get("/v1/invoices", params={"where": "segment=stret 17"})
    assert answer.json()["detail"].startswith("there is no segment stret 17: there are street 17, ")
    assert "north" not in answer.json()["detail"]


async def test_nobody_learns_what_others_name_their_policies_segments_and_accounts(door: Door) -> None:
    await several(door, 1)
    other = f"{door.creditor}-b"
    door.client.headers["Authorization"] = f"Bearer {await door.register(other)}"
    secret = invoice("theirs", segment="vip", account=account_of(other))
    assert (await door.client.post("/v1/invoices", json=secret)).status_code == 201
    theirs = {"policy": "no-secret", "segment": "vip", "step": "secret-step", "account": account_of(other)}
    await door.rows(
        """with p as (insert into policy_text (hash, name, text, happened_at)
          values (:c, 'no-secret', 'steps: [{id: secret-step}]', :now) returning hash)
        update dunning_case set policy_hash = :c where creditor_id = :c returning (select hash from p)""",
        c=other,
        now=BEGIN,
    )
    door.client.headers["Authorization"] = f"Bearer {await door.register(f'{door.creditor}-c')}"
    await door.client.post("/v1/invoices", json=invoice("mine", segment="plain"))
    for word, value in theirs.items():
        path = "/v1/bank-accounts" if word == "account" else "/v1/cases"
        said = [
            (await door.client.get(path, params={"where": f"{word}={asked}"})).json()["detail"].replace(asked, "X")
            for asked in (value, "nonsense")
        ]
        assert said[0] == said[1]
        assert value not in said[0]


async def test_whoever_has_no_case_yet_may_ask_for_any_step(door: Door) -> None:
    assert (await listed(door, "/v1/cases", where="step=reminder"))["data"] == []


async def test_a_step_that_is_numbered_is_found_by_its_name(door: Door) -> None:
    await several(door, 4)
    steps = ("plan-broken#12", "plan-broken#13", "plan-broken-again", "first-reminder#1")
    for number, step in enumerate(steps):
        query = """update dunning_case set next_step = :step where creditor_id = :c and invoice_id =
          (select id from invoice where creditor_id = :c and number = :number) returning 1"""
        await door.rows(query, step=step, number=str(number), c=door.creditor)

    async def found(where: str) -> list[str]:
        return sorted(each["invoice"] for each in (await listed(door, "/v1/cases", where=where))["data"])

    assert await found("step=plan-broken") == ["0", "1"]
    assert await found("step!=plan-broken") == ["2", "3"]
    assert await found("step=first-reminder") == ["3"]
    assert await found("step=credit-used") == []
    refused = await door.client.get("/v1/cases", params={"where": "step=plan-broken#12"})
    assert refused.status_code == 422
    assert "write its name without a number: plan-broken" in refused.text


async def test_all_that_is_of_an_invoice_is_found_by_its_number(door: Door) -> None:
    """Each list knows the word; the other invoice, the other creditor's of that number and none at all find nothing of it."""
    for number in ("1001", "1002"):
        debtor = invoice()["debtor"] | {"customer_number": f"K-{number}"}
        await door.send_invoice(number, debtor=debtor, reference=None)
    await door.pay("p-1", reference=None, invoice="1001", amount="902.00")  # too much
    letter, email = await door.claimed("letter"), await door.claimed("email")
    of_case = "from dunning_case c join invoice i on i.id = c.invoice_id where c.creditor_id = :c and i.number = '1001'"
    await door.rows(
        f"""insert into task (creditor_id, case_id, round, step, kind, why, happened_at)
        select c.creditor_id, c.id, 1, 'call', 'call', 'asked', c.happened_at {of_case} returning id""",
        c=door.creditor,
    )
    await door.rows(
        f"""insert into hand_off (creditor_id, case_id, state, happened_at)
        select c.creditor_id, c.id, 'queued', c.happened_at {of_case} returning id""",
        c=door.creditor,
    )
    await door.rows(
        f"""insert into reply (creditor_id, debtor_id, case_id, channel, text, happened_at)
        select c.creditor_id, c.debtor_id, case when n = 1 then c.id end, 'sms', 'Hei', c.happened_at
        from (select c.* {of_case}) c, generate_series(1, 2) n returning id""",
        c=door.creditor,
    )
    await door.rows(
        """insert into refund (creditor_id, payment_id, invoice_id, amount, currency, by, state, happened_at)
        select p.creditor_id, p.id, i.id, 100, 'NOK', 'anne', 'due', p.happened_at from incoming_payment p
        join invoice i on i.creditor_id = p.creditor_id and i.number = '1001' where p.creditor_id = :c returning id""",
        c=door.creditor,
    )
    of_1001 = {
        "/v1/deliveries": [str(email), str(letter)],
        "/v1/letters": [str(letter)],
        "/v1/payments": ["p-1"],
        "/v1/tasks": 1,
        "/v1/hand-offs": 1,
        "/v1/replies": 2,
        "/v1/refunds": 1,
        "/v1/debtors": 1,
    }
    unposted = {"posted=no": 1, "posted=yes": 0, "posted=no and state=claimed": 1, "posted=no and batch=none": 0}
    for where, count in unposted.items():
        assert len((await listed(door, "/v1/letters", where=where))["data"]) == count, where
    for path, expected in of_1001.items():
        found = (await listed(door, path, where="invoice=1001"))["data"]
        assert (len(found) if isinstance(expected, int) else [each["id"] for each in found]) == expected, path
        others = len((await listed(door, path, where="invoice!=1001"))["data"])
        assert others == (1 if path == "/v1/debtors" else 0), path
        for nothing in ("none", "1001' or '1'='1", "%", "100_"):
            assert (await listed(door, path, where=f"invoice={nothing}"))["data"] == [], path
    door.client.headers["Authorization"] = f"Bearer {await door.register(f'{door.creditor}-b')}"
    await door.send_invoice("1001", account=account_of(f"{door.creditor}-b"))
    for path in of_1001:
        found = (await listed(door, path, where="invoice=1001"))["data"]
        assert len(found) == (1 if path == "/v1/debtors" else 0), path


async def test_a_cursor_is_good_for_its_own_list_filter_and_creditor(door: Door) -> None:
    await several(door, 3)
    cursor = (await listed(door, limit=1, where="state=open"))["next_cursor"]
    assert (await door.client.get("/v1/invoices", params={"cursor": cursor})).status_code == 422
    other = await door.register(f"{door.creditor}-b")
    theirs = await door.client.get(
        "/v1/invoices",
        params={"cursor": cursor, "where": "state=open"},
        headers={"Authorization": f"Bearer {other}"},
    )
    assert (theirs.status_code, theirs.json()["errors"][0]["field"]) == (422, "cursor")


async def test_an_invoice_tells_all_that_a_customers_own_pages_need(door: Door) -> None:
    await door.send_invoice()
    await door.pay(amount="100.00")
    shown = (await listed(door, expand="payments,debtor"))["data"][0]
    assert {name: shown[name] for name in ("number", "amount", "balance", "customer_number", "deadline")} == {
        "number": "1001",
        "amount": "802.00",
        "balance": "702.00",
        "customer_number": "K-1",
        "deadline": None,
    }
    assert shown["parts"] == {"principal": "702.00", "fees": "0.00", "compensation": "0.00", "interest": "0.00"}
    assert [(paid["id"], paid["amount"]) for paid in shown["payments"]] == [("p-1", "100.00")]
    assert shown["debtor"]["name"] == "Kari Nordmann"
    assert (await door.client.get(shown["page"])).status_code == 200
    alone = (await door.client.get("/v1/invoices/1001")).json()
    assert {name: alone[name] for name in ("amount", "parts", "payments", "customer_number")} == {
        name: shown[name] for name in ("amount", "parts", "payments", "customer_number")
    }
    plain = (await listed(door))["data"][0]
    assert (plain["debtor"], plain["payments"]) == (None, None)


@pytest.mark.parametrize("offered", OFFERED, ids=lambda offered: offered.path)
async def test_every_list_is_read_page_by_page_with_any_of_its_words(door: Door, offered: Offered) -> None:
    await several(door, 2)
    for number in ("0", "1"):
        await door.pay(f"p-{number}", reference=None, invoice=number, amount="0.25")
        await door.claimed("letter", number=number)
    await door.rows(
        """with task as (insert into task (creditor_id, case_id, round, step, kind, why, happened_at)
          select creditor_id, id, 1, 'call', 'call', 'asked', happened_at from dunning_case where creditor_id = :c)
        insert into hand_off (creditor_id, case_id, state, happened_at)
        select creditor_id, id, 'queued', happened_at from dunning_case where creditor_id = :c returning id""",
        c=door.creditor,
    )
    account = "insert into bank_account (creditor_id, account, happened_at) values (:c, 'A-2', :now) returning 1"
    await door.rows(account, c=door.creditor, now=BEGIN)
    await door.rows(
        """with e as (insert into webhook_endpoint (id, creditor_id, url, events, secret_version, happened_at)
          values (gen_random_uuid(), :c, 'https://acme.example', '["*"]', 1, :now) returning id)
        insert into webhook_message (id, endpoint_id, type, state, attempts, ready_at, happened_at)
        select 'msg_' || n || id, id, 'case.closed', 'failed', 1, :now, :now from e, generate_series(1, 2) n returning 1""",
        c=door.creditor,
        now=BEGIN,
    )
    came_in = """with f as (insert into import_file (id, name, happened_at) values (:c, 'november.csv', :now) returning id)
        insert into imported_case select c.id, f.id from f, dunning_case c where c.creditor_id = :c returning 1"""
    await door.rows(came_in, c=door.creditor, now=BEGIN)
    first = await listed(door, offered.path, limit=1)
    second = await listed(door, offered.path, limit=1, cursor=first["next_cursor"])
    assert (len(first["data"]), len(second["data"]), second["has_more"]) == (1, 1, False)
    assert first["data"] != second["data"]
    for name, word in offered.listed.words.items():
        if name != "creditor":
            value = word.those[0] if word.those else SAMPLES.get(word.read, NAMED.get(word.names, "x"))
            await listed(door, offered.path, where=f"{name}={value}")


async def test_a_delivery_tells_its_words_as_they_were_sent(door: Door) -> None:
    await door.send_invoice()
    delivery = await door.claimed()
    sent = 'update delivery set document = \'{"subject": "Påminnelse"}\' where id = :d returning 1'
    await door.rows(sent, d=delivery)
    told = (await door.client.get(f"/v1/deliveries/{delivery}")).json()
    assert (told["document"], told["invoices"]) == ({"subject": "Påminnelse"}, ["1001"])


async def test_replies_and_refunds_have_pages_beside_what_waits(door: Door) -> None:
    await door.send_invoice()
    await door.rows(
        """insert into reply (creditor_id, debtor_id, case_id, channel, text, happened_at)
        select creditor_id, debtor_id, id, 'sms', 'Hei ' || n, :now from dunning_case, generate_series(1, 3) n
        where creditor_id = :c returning 1""",
        c=door.creditor,
        now=BEGIN,
    )
    await door.rows(
        "update reply set done_at = :now where creditor_id = :c and text = 'Hei 3' returning 1",
        c=door.creditor,
        now=BEGIN,
    )
    first = await listed(door, "/v1/replies", limit=2)
    second = await listed(door, "/v1/replies", limit=2, cursor=first["next_cursor"])
    assert [[each["text"] for each in page["data"]] for page in (first, second)] == [["Hei 3", "Hei 2"], ["Hei 1"]]
    assert [[each["text"] for each in page["replies"]] for page in (first, second)] == [["Hei 1", "Hei 2"], []]
    assert [each["text"] for each in (await listed(door, "/v1/replies", where="done=yes"))["data"]] == ["Hei 3"]
    await door.pay("too-much", amount="902.00")
    assert (await listed(door, "/v1/refunds", where="state=due"))["data"] == []


@pytest.mark.parametrize("offered", OFFERED, ids=lambda offered: offered.path)
async def test_a_walk_in_strides_finds_all_once_also_what_comes_meanwhile(door: Door, offered: Offered) -> None:
    """Each stride is a page of its own here; what comes while they are read is newer than all that follows."""
    await several(door, 5)
    for number in range(5):
        await door.pay(f"p-{number}", reference=None, invoice=f"{number}", amount="0.25")
        await door.claimed("letter", number=f"{number}")
    mine, other = door.client.headers["Authorization"], f"{door.creditor}-b"
    door.client.headers["Authorization"] = f"Bearer {await door.register(other)}"
    await door.send_invoice("theirs", account=account_of(other))
    door.client.headers["Authorization"] = mine
    async with door.database.transaction() as connection:
        wanted, now, found, after = Filter(), BEGIN, list[Any](), None
        asked = (connection, offered.listed, door.creditor, wanted, now)
        whole = await read_page(*asked, limit=50)
        pages = 0
        while True:
            page = await walk(*asked, limit=2, after=after, moment=0, stride=2)
            found += page.rows
            pages += 1
            if pages == 1:
                await door.send_invoice(
                    "meanwhile", reference=None, debtor=invoice()["debtor"] | {"customer_number": "M"}
                )
                await door.pay("meanwhile", reference=None, invoice="meanwhile", amount="0.25")
                await door.claimed("letter", number="meanwhile")
            if not page.more:
                break
            after = page.reached
            assert pages < 10
        assert [row["place"] for row in found] == [row["place"] for row in whole.rows]
        odd = Filter(((Word("place", among="select cast({value} as int)"), "=", -1),))
        if isinstance(after, int):
            nothing = await walk(connection, offered.listed, door.creditor, odd, now, limit=2, moment=0, stride=2)
            assert (nothing.rows, nothing.more) == ([], True)


async def test_what_takes_longer_than_a_moment_is_walked_through_and_what_has_a_name_is_always_found(
    door: Door,
) -> None:
    await several(door, 3)
    slow = "select {value} from (select pg_sleep(0.1)) slept"
    for by_name in (False, True):
        wanted = Filter(((Word("invoice", among=slow, by_name=by_name), "=", "1"),))
        async with door.database.transaction() as connection:
            page = await read_page(connection, INVOICES, door.creditor, wanted, BEGIN, limit=2, moment=0.01)
            assert ([row["number"] for row in page.rows], page.more) == (["1"], False)
            limits = await connection.execute(
                text("select current_setting('statement_timeout'), current_setting('plan_cache_mode')")
            )
            assert limits.one()[0] == "5min"
