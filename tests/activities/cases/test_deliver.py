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
from domain.policy.policy import Tone
from facts.deliveries import letters, own_words
from facts.invoices import own_pdf
from messages.letter import page_count
from messages.specs import SPECS
from tests import doings
from tests.begin import BEGIN
from tests.channels.test_foreign_pdf import a_pdf
from tests.crowd import Crowd, crowd
from tests.life import Life, begin
from tests.world import World
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
