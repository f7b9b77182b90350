"""A channel and a kind of message that somebody adds beside the product: no file of the product changes for them."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from psycopg.sql import SQL, Identifier
from sqlalchemy import text
from temporalio import activity
from temporalio.testing import ActivityEnvironment

from activities.cases.compose import Composer
from activities.cases.deliver import Deliveries
from channels.channel import ChannelSpec, Outgoing, Written
from channels.outcomes import Accepted, AddressRejected, SendFailed
from channels.specs import SPECS as CHANNEL_SPECS
from connectors.links import Links
from connectors.reply_addresses import ReplyAddresses
from domain.countries.calendar import Calendar
from domain.languages import LANGUAGES
from domain.planner.case_facts import CaseFacts
from domain.planner.occasions import OCCASIONS, OccasionRule
from domain.planner.planner import next_action
from domain.planner.preview import preview
from domain.policy.loader import PolicyError, load_policy
from domain.vocabulary import (
    CHANNELS,
    MESSAGES,
    Channel,
    ChannelRule,
    MessageRule,
    register_channel,
)
from facts.database import Database
from facts.invoices.intake import Intake
from facts.parties.creditors import register as register_creditor
from messages import lint, render
from messages.specs import SPECS, MessageSpec
from planning.service import Planning, queue_of
from tests.domain.builders import GENTLE, LAW, contact, facts, in_oslo, local
from tests.store import LAWS, NOW, TODAY
from tests.world import creditor, fresh_database, invoice
from workflows.contracts import Act, Case, Next

PLAN = """
name: by-app
country: NO
spread: 1 minute
steps:
  - {id: welcome, at: issue date, message: how-to-pay, reach: [app, email], read_within: 1 day}
"""
LONG = """{{% block subject %}}{{{{ creditor }}}}: {{{{ lead }}}}, {heading}{{% endblock %}}
{{% block heading %}}{heading}{{% endblock %}}
{{% block opening %}}{opening}{{% endblock %}}
{{% block action %}}{action}{{% endblock %}}
{{% block closing %}}{closing}{{% endblock %}}
"""
HAS_THE_APP = """
insert into contact_point (debtor_id, channel, address, address_key, state, of_representative, happened_at)
select id, 'app', 'kari-7', 'kari-7', 'valid', false, :now from debtor
"""
GUARDS = """
select conrelid::regclass::text, conname from pg_constraint where conname ~ '^stored values: .*(channel|message)$'
"""
WORDS = {
    "nb/how-to-pay.txt.j2": LONG.format(
        heading="Slik betaler du",
        opening="Du kan betale {{ invoices }} med kort eller i banken. Betal innen {{ deadline }}.",
        action="Betal på nettsiden",
        closing="Takk for at du er kunde.",
    ),
    "nb/how-to-pay.sms.j2": '{{ creditor }}: {{ lead }}. Betal her\n{% include "nb/pay.sms.j2" %}\n',
    "nn/how-to-pay.txt.j2": LONG.format(
        heading="Slik betaler du",
        opening="Du kan betale {{ invoices }} med kort eller i banken. Betal innan {{ deadline }}.",
        action="Betal på nettsida",
        closing="Takk for at du er kunde.",
    ),
    "nn/how-to-pay.sms.j2": '{{ creditor }}: {{ lead }}. Betal her\n{% include "nn/pay.sms.j2" %}\n',
    "sv/how-to-pay.txt.j2": LONG.format(
        heading="Så betalar du",
        opening="Du kan betala {{ invoices }} med kort eller i banken. Betala senast den {{ deadline }}.",
        action="Betala på webbsidan",
        closing="Tack för att du är kund.",
    ),
    "sv/how-to-pay.sms.j2": '{{ creditor }}: {{ lead }}. Betala här\n{% include "sv/pay.sms.j2" %}\n',
    "fi/how-to-pay.txt.j2": LONG.format(
        heading="Näin maksat",
        opening="Voit maksaa kortilla tai pankissa: {{ invoices }}. Maksa viimeistään {{ deadline }}.",
        action="Maksa verkkosivulla",
        closing="Kiitos, että olet asiakkaamme.",
    ),
    "fi/how-to-pay.sms.j2": '{{ creditor }}: {{ lead }}. Maksa tässä\n{% include "fi/pay.sms.j2" %}\n',
    "en/how-to-pay.txt.j2": LONG.format(
        heading="How to pay",
        opening="You can pay {{ invoices }} by card or in your bank. Please pay by {{ deadline }}.",
        action="Pay on the web page",
        closing="Thank you for being with us.",
    ),
    "en/how-to-pay.sms.j2": '{{ creditor }}: {{ lead }}. Pay here\n{% include "en/pay.sms.j2" %}\n',
}


@dataclass
class PushService:
    """A provider that takes what it is given, unless it is told to fail."""

    got: list[Outgoing] = field(default_factory=list)
    failure: SendFailed | None = None

    async def send(self, message: Outgoing) -> Accepted:
        """Take a message."""
        if self.failure is not None:
            raise self.failure
        self.got.append(message)
        return Accepted(f"push-{len(self.got)}")


@pytest.fixture
def app() -> Iterator[ChannelSpec]:
    """Messages in the creditor's own app."""
    channel = register_channel(ChannelRule("app"))
    yield ChannelSpec(
        channel,
        write=lambda content: Written({"text": render.direct_message(content)}),
        sender=lambda means: PushService(),
        rate=lambda settings: 5,
    )
    del CHANNELS[channel]


@pytest.fixture
def how_to_pay(tmp_path: Path) -> Iterator[MessageSpec]:
    """A friendly word about the ways to pay, which gives ten days."""
    for name, words in WORDS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(words, "utf-8")
    headings = {
        "nb": "Slik betaler du",
        "nn": "Slik betaler du",
        "sv": "Så betalar du",
        "fi": "Näin maksat",
        "en": "How to pay",
    }
    spec = MessageSpec("how-to-pay", headings, ("inkasso",), one_tone=True, needs=("deadline",), folder=tmp_path)
    SPECS[spec.name] = spec
    MESSAGES[spec.name] = MessageRule(spec.name, in_policies=True, default_deadline_days=10)
    yield spec
    del SPECS[spec.name], MESSAGES[spec.name]


# --- the policy and the planner -------------------------------------------------------------------------------------


def test_a_policy_may_name_both_once_they_are_known(app: ChannelSpec, how_to_pay: MessageSpec) -> None:
    (step,) = load_policy(PLAN, "by-app.yaml", LAWS, on=TODAY).steps
    assert (step.message, step.channels) == (how_to_pay.name, (app.channel, Channel.EMAIL))


@pytest.mark.parametrize("unknown", ["no channel `app`", "message has no word `how-to-pay`"])
def test_a_policy_that_names_them_before_is_refused(unknown: str) -> None:
    with pytest.raises(PolicyError, match=unknown):
        load_policy(PLAN, "by-app.yaml", LAWS, on=TODAY)


def test_no_channel_takes_the_name_of_another(app: ChannelSpec) -> None:
    with pytest.raises(ValueError, match="choose another name"):
        register_channel(app.channel.rule)


def test_a_case_is_planned_through_the_channel_with_what_is_known_of_the_message(
    app: ChannelSpec, how_to_pay: MessageSpec
) -> None:
    policy = load_policy(PLAN, "by-app.yaml", {"NO": LAW}, on=TODAY)
    known = facts(contacts=(contact(app.channel), contact(Channel.EMAIL)))
    action = next_action(policy, LAW, known, local("2026-06-01 09:00"))
    assert (action.step, action.channel) == ("welcome", app.channel)
    acts = preview(policy, LAW, known, local("2026-06-01 09:00"))
    told = [(in_oslo(act.at), act.action.channel, act.deadline) for act in acts if act.action.channel]
    assert [(channel, deadline and deadline.day) for _, channel, deadline in told] == [("app", 11), ("email", 12)]


def test_something_that_happens_is_spoken_of_with_the_message(app: ChannelSpec, how_to_pay: MessageSpec) -> None:
    def looked_at(facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal) -> Iterator[tuple[str, date]]:
        yield "7", date(2026, 6, 3)

    looked = OccasionRule(how_to_pay.name, "the invoice was looked at", looked_at, channels=(app.channel,))
    OCCASIONS[looked.name] = looked
    action = next_action(GENTLE, LAW, facts(contacts=(contact(app.channel),)), local("2026-06-03 10:00"))
    del OCCASIONS[how_to_pay.name]
    assert (action.step, action.channel, action.why) == ("how-to-pay#7", "app", "the invoice was looked at")


# --- the words ------------------------------------------------------------------------------------------------------


def test_its_words_pass_the_lint_in_every_language(how_to_pay: MessageSpec) -> None:
    assert [fault for language in LANGUAGES for fault in lint.faults_of(how_to_pay, language)] == []


# --- the delivery ---------------------------------------------------------------------------------------------------


@dataclass
class Desk:
    """A case whose debtor has the app, and what sends."""

    database: Database
    push: PushService
    sending: Deliveries

    async def send(self) -> Next:
        """The act that the case comes to first."""
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, started_time=NOW, scheduled_time=NOW)
        act = Act(case=Case(creditor="acme", invoice="1001"), step="welcome", channel="app")
        return await environment.run(self.sending.deliver, act)

    async def kept(self) -> list[tuple[str, ...]]:
        """What is kept of the deliveries."""
        async with self.database.transaction() as connection:
            asked = text("select channel, message, state, provider_id from delivery order by claimed_at")
            return [tuple(row) for row in (await connection.execute(asked)).all()]


ANSWERS = ReplyAddresses(["a secret of at least 32 characters"], "svar.purr.example")


@pytest_asyncio.fixture
async def desk(postgres_url: str, app: ChannelSpec, how_to_pay: MessageSpec) -> AsyncIterator[Desk]:
    url = fresh_database(postgres_url, "added_from_outside")
    agree_on_new_values(url)
    database, push = Database(url), PushService()
    planning = Planning(LAWS)
    policy = load_policy(PLAN, "by-app.yaml", LAWS, on=TODAY)
    channels = {**CHANNEL_SPECS, app.channel: app}
    async with database.transaction() as connection:
        await register_creditor(connection, creditor(consumer_policy="by-app"), NOW)
        bill = invoice(issue_date=TODAY, due_date=TODAY.replace(day=22), policy="by-app")
        await Intake({"by-app": (policy, PLAN)}, LAWS).invoice(connection, bill, NOW)
        await connection.execute(text(HAS_THE_APP), {"now": NOW})
    composer = Composer(Links(["a secret of at least 32 characters"], "https://purr.example"), channels)
    yield Desk(database, push, Deliveries(database, planning, composer, {app.channel: push}, ANSWERS))
    await database.close()


def agree_on_new_values(url: str) -> None:
    """What lines in `stored.yaml` do: the tests' own guard takes other channels and messages."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        for table, guard in connection.execute(GUARDS).fetchall():
            connection.execute(SQL("alter table {} drop constraint {}").format(Identifier(table), Identifier(guard)))


async def test_the_message_leaves_through_its_sender_and_the_case_goes_on(desk: Desk) -> None:
    following = await desk.send()
    (sent,) = desk.push.got
    assert (sent.address, sent.name, sent.creditor) == ("kari-7", "Kari Nordmann", "acme")
    assert str(ANSWERS.named(sent.reply_address or "")) == sent.delivery_id
    assert "Du kan betale faktura 1001" in str(sent.written.document["text"])
    assert await desk.kept() == [("app", "how-to-pay", "accepted", "push-1")]
    assert (following.act, following.queue, following.why) == ("send_email", "purr-email", "app not read within 1 day")


async def test_an_address_that_is_refused_leads_to_the_next_channel(desk: Desk) -> None:
    desk.push.failure = AddressRejected("the app was removed", opted_out=True)
    following = await desk.send()
    assert (following.channel, following.why) == ("email", "app failed")


def test_its_act_and_queue_are_named_after_it(app: ChannelSpec, desk: Desk) -> None:
    names = [activity._Definition.must_from_callable(act).name for act in desk.sending.acts_of(app)]
    assert (names, queue_of(app.channel)) == (["send_app"], "purr-app")
