"""The last moment before a message leaves: what is true then decides, and two hands send it once."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from pypdf import PdfReader
from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities.cases.deliver import Deliveries
from channels.print_batches import PrintBatches
from commands.debtor import letter_statuses
from composition import Parts
from domain.distribution_house import Line, Told
from domain.policy.policy import Tone
from facts.database import to_json
from facts.deliveries import letters, own_words
from facts.invoices import own_pdf
from messages.letter import page_count
from messages.specs import SPECS
from planning.service import PlannedCase
from tests import doings
from tests.begin import BEGIN
from tests.channels.test_foreign_pdf import a_pdf
from tests.crowd import Crowd, crowd
from tests.life import ON_PAPER, Life, begin
from tests.lives.stage import it_becomes_known
from tests.world import World, creditor, debtor
from worker import deliveries_of
from workflows.contracts import Act, Case, Next


@dataclass
class Desk:
    """A case whose first email is due, and the sending activities at hand; its workflow waits."""

    case: Life
    sending: Deliveries
    action: Next

    async def send(self, at: datetime | None = None) -> Next:
        """Run the act at a moment of the case, by default when it is due."""
        moment = at or self.action.at
        assert moment is not None
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, started_time=moment, scheduled_time=moment)
        done: Next = await environment.run(
            self.sending.deliver,
            Act(
                case=Case(creditor=self.case.creditor, invoice=self.case.number),
                step=self.action.step,
                channel=self.action.channel,
            ),
        )
        return done

    async def order(self, command: str) -> None:
        """Store a command as a door does."""
        await doings.command(self.case, command)


@pytest_asyncio.fixture
async def desk(world: World) -> Desk:
    case = await begin(world)
    sending = deliveries_of(world.parts)
    return Desk(case, sending, await case.next())


async def test_a_due_message_is_sent_and_the_answer_is_the_next_action(desk: Desk) -> None:
    following = await desk.send()
    assert (following.act, following.channel) == ("send_sms", "sms")
    assert "email sent (invoice)" in following.diary
    assert len(await desk.case.sent()) == 1


async def test_which_version_of_the_creditors_own_words_was_sent_stands_with_the_message(desk: Desk) -> None:
    async with desk.case.world.database.transaction() as connection:
        for message in (f"nb/invoice.{tone}.txt.j2" for tone in Tone):
            ours = (SPECS["invoice"].folder / message).read_text("utf-8")
            for words in (ours, ours.replace("Her er", "Nå kommer", 1)):
                await own_words.put(connection, desk.case.creditor, message, words, "anne", "voice", BEGIN)
    await desk.send()
    ((document,),) = await desk.case.world.rows(
        "select document from delivery where creditor_id = :creditor", creditor=desk.case.creditor
    )
    assert document["own_words"] == 2
    assert "Nå kommer" in document["text"]


# --- what an SMS comes from --------------------------------------------------------------------------------------

REGISTERED = {"FI": {"name": "ACME", "status": "registered"}}
NO_HOUSE = {"twilio_sms_from": ""}


async def finnish(world: World, senders: dict[str, dict[str, str]], *, phone: str, **settings: str) -> Desk:
    """A Norwegian case whose debtor has an email and a Finnish number, once its email has been sent and was not read."""
    name = f"finnish-{phone[-4:]}"
    account = f"9{phone[-10:]}"
    owner = creditor(id=name, organisation_number=None, accounts=(account,), sms_senders=senders)
    await world.register(owner)
    to = debtor(customer_number=f"F-{phone[-4:]}", email=f"f{phone[-4:]}@example.no", phone=phone)
    case = await begin(world, owner=name, debtor=to)
    parts = Parts(world.settings.model_copy(update=settings), world.database, world.laws)
    desk = Desk(case, deliveries_of(parts), await case.next())
    return replace(desk, action=await desk.send())


async def came_from(world: World, phone: str) -> list[str]:
    """The senders of the SMS that Twilio has for a number, in their order."""
    return [each.sender for each in world.providers.messages.values() if each.to == phone]


@pytest.mark.parametrize(
    ("phone", "senders", "sender"),
    [
        ("+358401000001", REGISTERED, "ACME"),
        ("+358401000002", {"FI": {"name": "ACME", "status": "allowed"}}, "+4759440000"),
        ("+358401000003", {"FI": {"name": "ACME", "status": "pending", "number": "+358409999999"}}, "+358409999999"),
        ("+358401000004", {"FI": {"name": "ACME", "status": "forbidden"}}, "+4759440000"),
        ("+358401000005", {"NO": {"name": "ACME", "status": "registered"}}, "+4759440000"),
        ("+358401000006", {}, "+4759440000"),
    ],
)
async def test_what_twilio_gets_is_the_registered_name_or_a_number(
    world: World, phone: str, senders: dict[str, dict[str, str]], sender: str
) -> None:
    desk = await finnish(world, senders, phone=phone)
    assert desk.action.channel == "sms"
    await desk.send()
    assert await came_from(world, phone) == [sender]
    ((document,),) = await world.rows(
        "select document from delivery where creditor_id = :creditor and channel = 'sms'", creditor=desk.case.creditor
    )
    assert document.get("sent_as") == (sender if sender == "ACME" else None)


async def test_with_neither_name_nor_number_the_letter_goes_and_the_diary_says_what_to_do(world: World) -> None:
    phone = "+358401000011"
    desk = await finnish(world, {"FI": {"name": "ACME", "status": "pending"}}, phone=phone, **NO_HOUSE)
    assert (desk.action.act, desk.action.flag) == ("send_letter", "no sender")
    assert "no sender for FI: register the name ACME or give a number" in desk.action.why
    after = await desk.send()
    assert "letter sent (invoice)" in after.diary
    assert await came_from(world, phone) == []


async def test_a_name_that_is_withdrawn_between_the_plan_and_the_act_never_reaches_twilio(world: World) -> None:
    phone = "+358401000012"
    desk = await finnish(world, REGISTERED, phone=phone, **NO_HOUSE)
    assert desk.action.act == "send_sms"
    await _senders(desk, {"FI": {"name": "ACME", "status": "forbidden"}})
    instead = await desk.send()
    assert await came_from(world, phone) == []
    assert (instead.act, "no sender for FI: give a number" in instead.why) == ("send_letter", True)


async def test_a_name_that_is_registered_between_the_plan_and_the_act_carries_the_sms(world: World) -> None:
    phone = "+358401000013"
    desk = await finnish(world, {}, phone=phone, **NO_HOUSE)
    assert desk.action.act == "send_letter"
    await _senders(desk, REGISTERED)
    desk = replace(desk, action=(await desk.send()).model_copy(update={"at": desk.action.at}))
    assert desk.action.act == "send_sms"
    await desk.send()
    assert await came_from(world, phone) == ["ACME"]


async def test_two_creditors_of_one_name_send_by_their_own_status(world: World) -> None:
    ours, theirs = "+358401000014", "+358401000015"
    await (await finnish(world, REGISTERED, phone=ours)).send()
    await (await finnish(world, {"FI": {"name": "ACME", "status": "pending"}}, phone=theirs)).send()
    assert (await came_from(world, ours), await came_from(world, theirs)) == (["ACME"], ["+4759440000"])


async def _senders(desk: Desk, senders: dict[str, dict[str, str]]) -> None:
    async with desk.case.world.database.transaction() as connection:
        await connection.execute(
            text("update creditor set sms_senders = cast(:senders as jsonb) where id = :creditor"),
            {"senders": to_json(senders), "creditor": desk.case.creditor},
        )


# --- the last look ------------------------------------------------------------------------------------------------


async def test_what_was_paid_a_moment_ago_is_not_sent(desk: Desk) -> None:
    await desk.case.pay()
    assert (await desk.send()).closes_case
    assert await desk.case.deliveries() == []


@pytest.mark.parametrize(("command", "why"), [("hold", "on hold"), ("dispute", "disputed"), ("withdraw", "withdrawn")])
async def test_what_was_stopped_a_moment_ago_is_not_sent(desk: Desk, command: str, why: str) -> None:
    await desk.order(command)
    assert why in (await desk.send()).why
    assert await desk.case.deliveries() == []


@pytest.mark.parametrize(("scope", "key"), [("creditor", ""), ("channel", "email")])
async def test_a_stop_switch_stops_what_was_already_on_its_way(desk: Desk, scope: str, key: str) -> None:
    values = {"scope": scope, "key": key or desk.case.creditor, "creditor": desk.case.creditor, "now": desk.action.at}
    async with desk.case.world.database.transaction() as connection:
        await connection.execute(
            text("""insert into stop_switch (scope, key, creditor_id, by, reason_code, happened_at)
                values (:scope, :key, :creditor, 'kim', 'test', :now)"""),
            values,
        )
    assert "stop switch" in (await desk.send()).why
    assert await desk.case.deliveries() == []


@pytest.mark.parametrize("state", ["opted out", "bounced"])
async def test_what_is_known_of_an_address_elsewhere_is_told_as_a_provider_tells_it(desk: Desk, state: str) -> None:
    own = "channel = 'email' and debtor_id = (select debtor_id from dunning_case where id = :case)"
    known = text(f"update contact_point set known_elsewhere = :state where {own}")
    async with desk.case.world.database.transaction() as connection:
        await connection.execute(known, {"state": state, "case": desk.case.case_id})
    following = await desk.send()
    assert (following.act, f"email refused: {state} (invoice)" in following.diary) == ("send_sms", True)
    assert [(d.channel, d.state) for d in await desk.case.deliveries()] == [("email", "failed")]
    assert await desk.case.sent() == []
    (point,) = await desk.case.world.rows(f"select state from contact_point where {own}", case=desk.case.case_id)
    assert point.state == state


@pytest.mark.parametrize(("days", "asked"), [(400, True), (300, False)])
async def test_an_address_nothing_was_heard_of_for_a_year_is_asked_about_and_that_is_remembered(
    desk: Desk, days: int, asked: bool
) -> None:
    own = "channel = 'email' and debtor_id = (select debtor_id from dunning_case where id = :case)"
    given = text(f"update contact_point set happened_at = :given where {own}")
    assert desk.action.at is not None
    values = {"given": desk.action.at - timedelta(days=days), "case": desk.case.case_id}
    async with desk.case.world.database.transaction() as connection:
        await connection.execute(given, values)
    await desk.send()
    (sent,) = await desk.case.sent()
    assert ("Er dette fortsatt rett sted å nå deg?" in sent.body) is asked
    (point,) = await desk.case.world.rows(f"select asked_at from contact_point where {own}", case=desk.case.case_id)
    assert (point.asked_at is not None) is asked


async def test_nothing_is_sent_in_quiet_hours(desk: Desk) -> None:
    assert desk.action.at is not None
    midnight = desk.case.world.laws["NO"].calendar.at(desk.action.at.date() + timedelta(days=1), datetime.min.time())
    following = await desk.send(at=midnight)
    assert following.at is not None
    assert following.at > midnight
    assert await desk.case.deliveries() == []


async def test_two_hands_send_a_message_once(desk: Desk) -> None:
    await asyncio.gather(desk.send(), desk.send(), desk.send())
    (delivery,) = await desk.case.deliveries()
    assert (delivery.state, delivery.attempt) == ("accepted", 1)
    assert len(await desk.case.sent()) == 1


async def test_a_message_says_what_is_owed_at_the_moment_it_leaves(desk: Desk) -> None:
    await desk.case.pay(Decimal("300.00"))
    await desk.send()
    (sent,) = await desk.case.sent()
    assert "502,00" in sent.body
    assert "802,00" not in sent.body


async def test_a_letter_is_one_file_in_the_days_batch_however_often_it_is_put_there(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "letter")
    letter = (await case.deliveries())[-1]
    assert files_of(world.settings.print_folder, letter.id) == [letter.provider_id]


def files_of(print_folder: Path, delivery: UUID) -> list[str]:
    """Where a delivery's letter lies."""
    return [str(file.relative_to(print_folder)) for file in print_folder.glob(f"*/{delivery}.pdf")]


async def test_an_email_takes_the_invoice_along_where_the_policy_says_so(world: World) -> None:
    world.add_policy(
        "attaching", "no-gentle", "    read_within: 2 days\n", "    read_within: 2 days\n    attach: invoice\n"
    )
    case = await begin(world, policy="attaching", pdf=b"%PDF-1.7", order_reference="4500012345")
    await Desk(case, deliveries_of(world.parts), await case.next()).send()
    (sent,) = await case.sent()
    assert sent.attachments == (f"faktura-{case.number}.pdf",)
    assert f"Vedlagt som PDF: faktura {case.number}." in sent.body
    assert "Deres bestilling: 4500012345" in sent.body


PRINTED = """
select d.id, d.provider_id, d.cost, d.document, d.pdf from delivery d join delivery_case dc on dc.delivery_id = d.id
where dc.case_id = :case and d.channel = 'letter' and d.state = 'accepted'
"""
LEFT_OUT = "select detail ->> 'why' as why from case_event where case_id = :case and kind = 'pdf_left_out'"


async def letters_of(world: World, pdfs: list[bytes | None]) -> tuple[Crowd, list[str]]:
    """The joint letter of invoices with these PDFs, page by page, and the printer's line for it; a sheet costs 7.00."""
    world.add_policy(
        "printing",
        "no-gentle",
        "reach: [email, sms, letter]\n    read_within: 2 days\n",
        "send: [letter]\n    attach: invoice\n",
    )
    many = await crowd(world, len(pdfs), policies=["printing"])
    async with world.database.transaction() as connection:
        await connection.execute(text('update creditor set message_costs = cast(\'{"letter": "7.00"}\' as jsonb)'))
        for case, pdf in zip(many.cases, pdfs, strict=True):
            if pdf is not None:
                await own_pdf.give(connection, case.creditor, case.number, pdf, world.clock.now())
    await many.until("invoice", "letter")
    (letter,) = await world.rows(PRINTED, case=many.cases[0].case_id)
    batches = PrintBatches(world.settings.print_folder)
    (line,) = [each for each in batches.letters(letter.provider_id.split("/")[0]) if each.delivery_id == str(letter.id)]
    printed = (Path(world.settings.print_folder) / letter.provider_id).read_bytes()
    pages = [page.extract_text() for page in PdfReader(BytesIO(printed)).pages]
    assert (line.pages, letter.cost) == (len(pages), 7 * len(pages))
    assert page_count(letter.pdf) + sum(page.startswith("own page") for page in pages) == len(pages)
    return many, pages


async def test_a_letter_is_followed_by_each_invoices_own_pages(world: World) -> None:
    many, pages = await letters_of(world, [a_pdf(2), None, a_pdf(1), a_pdf(2)])
    first, _, third, fourth = (case.number for case in many.cases)
    assert pages[1:] == ["own page 1", "own page 2", "own page 1"]
    assert f"Vedlagt: faktura {first}, {third}, {fourth}." in " ".join(pages[0].split())
    assert [await world.rows(LEFT_OUT, case=case.case_id) for case in many.cases] == [[]] * 4


async def test_what_cannot_be_printed_is_told_and_the_letter_goes_without(world: World) -> None:
    many, pages = await letters_of(world, [a_pdf(password="x"), a_pdf(20), a_pdf(11), a_pdf()])
    told = [[row.why for row in await world.rows(LEFT_OUT, case=case.case_id)] for case in many.cases]
    assert told == [["its PDF is encrypted"], [], ["with its PDF more than 30 pages would go with the letter"], []]
    assert len(pages) == 1 + 20 + 1
    _, second, _, fourth = (case.number for case in many.cases)
    assert f"Vedlagt: faktura {second}, {fourth}." in " ".join(pages[0].split())


async def test_a_letter_that_was_pulled_is_printed_anew_with_the_pages(world: World) -> None:
    many, pages = await letters_of(world, [a_pdf(2)])
    (case,) = many.cases
    (letter,) = await world.rows(PRINTED, case=case.case_id)
    async with world.database.transaction() as connection:
        assert PrintBatches(world.settings.print_folder).withdraw(str(letter.id))
        await letters.pulled(connection, letter.id, await case.now())
    await many.until("invoice", "letter", times=2)
    (again,) = await world.rows(PRINTED, case=case.case_id)
    printed = PdfReader(BytesIO((Path(world.settings.print_folder) / again.provider_id).read_bytes()))
    assert again.id != letter.id
    assert [page.extract_text() for page in printed.pages][1:] == pages[1:]


async def test_the_house_is_told_the_ways_that_may_be_for_the_debtor_and_paper_for_whoever_stands_in(
    world: World,
) -> None:
    ways = ("digital mailbox", "paper")
    await world.register(creditor(id="housed", organisation_number=None, accounts=("91234500017",), letters_by=ways))
    other = ON_PAPER.model_copy(update={"customer_number": "H-2", "name": "Ola Lien"})
    case, child = [await begin(world, owner="housed", debtor=each) for each in (ON_PAPER, other)]
    await it_becomes_known(
        child, guardian={"name": "Guri Verge", "address_lines": ["Vergeveien 2"], "postcode": "0155", "city": "Oslo"}
    )
    batches = PrintBatches(world.settings.print_folder)
    for each, ordered, customer in ((case, ways, ON_PAPER.customer_number), (child, ("paper",), "H-2")):
        await each.until("invoice", "letter")
        ((delivery, document, batch),) = await world.rows(
            """select d.id, d.document, d.batch from delivery d join delivery_case dc on dc.delivery_id = d.id
            where dc.case_id = :case""",
            case=each.case_id,
        )
        (line,) = [line for line in batches.letters(batch) if line.delivery_id == str(delivery)]
        assert (tuple(line.ways), line.customer_number, batch.endswith("-housed-h1")) == (ordered, customer, True)
        assert (tuple(document["ways"]), document["needs_paper"]) == (ordered, ordered == ("paper",))


async def test_a_letter_with_one_invoice_that_can_be_an_e_invoice_goes_to_the_house_with_it(world: World) -> None:
    await world.register(
        creditor(
            id="invoiced",
            organisation_number="974760673",
            accounts=("91234500025",),
            letters_by=("e-invoice", "digital mailbox", "paper"),
        )
    )
    shop = ON_PAPER.model_copy(
        update={"customer_number": "H-5", "name": "Butikk AS", "kind": "business", "organisation_number": "987654325"}
    )
    other = shop.model_copy(update={"customer_number": "H-6", "name": "Kiosk AS", "organisation_number": "923609016"})
    line = {"text": "Strøm", "amount": "802.00", "vat_category": "S", "vat_rate": "25"}
    untold, told = [
        await begin(world, owner="invoiced", policy="no-standard", debtor=who, lines=[line], buyer_reference=reference)
        for who, reference in ((other, None), (shop, "Avd. 7"))
    ]
    batches = PrintBatches(world.settings.print_folder)
    for case, goes in ((untold, False), (told, True)):
        await case.until("invoice", "letter")
        letter = (await case.deliveries())[0]
        in_batch = batches.letters(letter.provider_id.split("/")[0])
        (listed,) = [each for each in in_batch if each.delivery_id == str(letter.id)]
        assert (listed.e_invoice == f"{letter.id}.xml", "e-invoice" in listed.ways) == (goes, goes)


async def test_a_notice_in_the_mailbox_gives_as_long_as_one_by_post(world: World) -> None:
    """Its day counts once the house has told it; until then the case waits, and from then on as of a letter."""
    case = await begin(world, owner="housed", debtor=ON_PAPER.model_copy(update={"customer_number": "H-3"}))
    await case.until("reminder", "letter")
    letter = (await case.deliveries())[-1]
    line = Line(2, "housed", letter.id, Told.DELIVERED, at=await case.now())
    await world.turn(await case.now())
    async with world.database.transaction() as connection:
        assert (await letter_statuses.take(connection, [line])).new == 1
    await case.quiet()
    calendar = world.laws["NO"].calendar
    arrives = world.laws["NO"].arrives(calendar.local_date(await case.now()))
    following = await case.next()
    assert following.at is not None
    assert calendar.local_date(following.at) > arrives + timedelta(days=14)


async def test_an_optional_step_goes_out_beside_the_plan_which_goes_on_as_if_it_had_not(desk: Desk) -> None:
    case, world = desk.case, desk.case.world
    soft = "{id: soft, at: issue date + 7 days, message: due-date-reminder, reach: [sms], when: {segment: valued}}"
    async with world.parts.database.transaction() as connection:
        await connection.execute(
            text("""
            with given as (
              insert into policy_text (hash, name, text, ignore_balance_below, shadow, happened_at)
              select 'soft ' || p.hash, p.name, replace(p.text, :before, :soft), p.ignore_balance_below, p.shadow, p.happened_at
              from policy_text p join dunning_case c on c.policy_hash = p.hash where c.id = :case returning hash),
            told as (update invoice set segment = 'Valued' where id = (select invoice_id from dunning_case where id = :case))
            update dunning_case set policy_hash = (select hash from given) where id = :case"""),
            {"before": "  - id: due-date-reminder\n", "soft": f"  - {soft}\n  - id: due-date-reminder\n", "case": case.case_id},
        )  # fmt: skip
    await desk.send()
    await doings.read_latest(case)
    planning = world.parts.planning

    async def planned(at: datetime) -> PlannedCase:
        async with world.parts.database.transaction() as connection:
            return await planning.plan(connection, case.case_id, at)

    read = (desk.action.at or BEGIN) + timedelta(days=1)
    before = (await planned(read)).action
    assert (before.step, before.onward and before.onward.step) == ("soft", "due-date-reminder")
    assert before.at is not None
    desk.action = desk.action.model_copy(update={"step": "soft", "channel": "sms", "at": before.at})
    after = await desk.send()
    assert before.onward is not None
    assert (after.step, after.at) == ("due-date-reminder", before.onward.at)
    found = [(each.step, each.channel) for each in await case.deliveries()]
    assert found == [("invoice", "email"), ("soft", "sms")]
    facts = (await planned(before.at)).case.facts
    assert (facts.optional_contacts, len(facts.recent_contacts)) == ((before.at,), 2)
