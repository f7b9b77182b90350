"""Who pays by hand is told in each reminder that the bank can, never in a notice of the law, and no more once they asked."""

from io import BytesIO
from pathlib import Path

from pypdf import PdfReader

from facts.direct_debit import mandates
from tests.goldens.record_documents import POLICIES
from tests.goldens.stage import Life, stage
from tools.sources import ROOT as HOME

OFFER = "Med AvtaleGiro betaler banken"
DRAWS = {"customer_unit": "00131936", "data_sender": "00131936", "account": "15030000010"}
SAID = """
select channel, message, document::text like '%' || :offer || '%' as offers from delivery
where creditor_id = :creditor order by serial
"""


async def said(life: Life) -> set[tuple[str, str, bool]]:
    """Each message by its channel, and whether it offers direct debit."""
    rows = await life.stage.rows(SAID, creditor=life.creditor, offer=OFFER)
    return {(row.channel, row.message, bool(row.offers)) for row in rows}


async def test_each_reminder_to_who_pays_by_hand_says_that_the_bank_can_and_no_notice_does(
    postgres_url: str, tmp_path: Path
) -> None:
    async with stage(postgres_url, tmp_path, POLICIES) as on:
        by_hand, asked = [
            await on.life(policy="no-standard", of_creditor={"direct_debit": DRAWS, "accounts": ("15030000010",)})
            for _ in range(2)
        ]
        await by_hand.until("2026-05-10")
        assert {(message, offers) for channel, message, offers in await said(by_hand) if channel == "email"} == {
            ("invoice", True),
            ("due-date-reminder", True),
            ("reminder", True),
            ("notice-alert", False),
        }
        headings = [line for line in by_hand.written if line.startswith("## ") or OFFER in line]
        on_paper = [nth for nth, line in enumerate(headings) if " letter " in line and line.startswith("## ")]
        assert OFFER in headings[on_paper[0] + 1]  # the invoice; of a later one only what is new is written down
        assert "collection-notice" in headings[on_paper[-1]]
        assert OFFER not in "".join(headings[on_paper[-1] :])
        assert not any(offers for channel, _, offers in await said(by_hand) if channel == "sms")
        (of,) = await on.rows("select debtor_id from dunning_case where creditor_id = :c", c=asked.creditor)
        async with on.database.transaction() as connection:
            await mandates.ask(connection, asked.creditor, of.debtor_id, "123", asked.now)
        await asked.until("2026-03-21")
        assert not any(offers for _, _, offers in await said(asked))


BY_LETTER = {"email": None, "phone": None}
NORWEGIAN = {**BY_LETTER, "country": "NO"}
SWEDE = {**BY_LETTER, "country": "SE", "address_lines": ("Storgatan 1",), "postcode": "SE-12345", "city": "Umeå"}
FINN = {**BY_LETTER, "country": "FI", "address_lines": ("PL 55",), "postcode": "00100", "city": "Helsinki"}
PDF = "select pdf from delivery where creditor_id = :creditor and channel = 'letter' order by serial limit 1"


async def test_a_letter_has_its_address_as_its_country_writes_it_and_the_country_where_that_is_abroad(
    postgres_url: str, tmp_path: Path
) -> None:
    async with stage(postgres_url, tmp_path, POLICIES) as on:
        for home, policy, currency, whose, wanted in (
            ("SE", "se-standard", "SEK", SWEDE, ["Storgatan 1", "123 45 Umeå"]),
            ("NO", "se-standard", "SEK", SWEDE, ["Storgatan 1", "123 45 Umeå", "SVERIGE"]),
            ("NO", "fi-standard", "EUR", FINN, ["PL 55", "00100 HELSINKI", "FINLAND"]),
            ("SE", "fi-standard", "EUR", FINN, ["PL 55", "00100 HELSINKI", "FINLAND"]),
            ("FI", "no-standard", "NOK", NORWEGIAN, ["Storgata 1", "0155 Oslo", "NORJA"]),
            ("NO", "no-standard", "NOK", NORWEGIAN, ["Storgata 1", "0155 Oslo"]),
        ):
            life = await on.life({"currency": currency}, policy=policy, person=whose, of_creditor={"country": home})
            await life.until("2026-03-10")
            ((pdf,),) = await on.rows(PDF, creditor=life.creditor)
            lines = PdfReader(BytesIO(pdf)).pages[0].extract_text().splitlines()
            (tmp_path / f"{home}-{currency}.pdf").write_bytes(pdf)
            first = lines.index("Kari Nordmann") + 1
            assert lines[first : first + len(wanted)] == wanted
            assert lines[first + len(wanted)] not in ("NORGE", "SVERIGE", "FINLAND", "NORJA")


async def test_the_people_of_a_finnish_business_are_te_and_a_finn_is_sina(postgres_url: str, tmp_path: Path) -> None:
    finland = {"language": "fi", "country": "FI", "phone": None}
    async with stage(postgres_url, tmp_path, POLICIES) as on:
        business = await on.life(
            {"currency": "EUR", "reference": None},
            policy="fi-business",
            person=finland | {"name": "Maksa Oy", "organisation_number": "9000005-4"},
        )
        person = await on.life({"currency": "EUR", "reference": None}, policy="fi-gentle", person=finland)
        for life in (business, person):
            await life.until("2026-05-20")
        to_business, to_person = ("\n".join(life.written) for life in (business, person))
    assert "Oletteko jo maksaneet" in to_business
    assert "Maksa Oy" in to_business
    assert "Oletko" not in to_business
    assert "Oletko jo maksanut" in to_person
    assert "Oletteko" not in to_person


TRIED = """
experiments:
  - id: evening
    step: due-date-reminder
    arms:
      usual: {}
      evening: {channel: sms, hour: "18:00", tone: kind, content: quick}
    share: {usual: 50 %, evening: 50 %}
    sample: 4000
"""
SENT = """
select d.channel, d.tone, extract(hour from d.claimed_at at time zone 'Europe/Oslo') >= 18 as late,
  d.document::text like '%Det tar et minutt via lenken.%' as quick
from delivery d where d.creditor_id = :creditor and d.message = 'due-date-reminder' order by d.serial limit 1
"""
HARD = """
select d.message, d.channel, d.fee, d.deadline, d.claimed_at from delivery d
where d.creditor_id = :creditor and d.message not in ('due-date-reminder') order by d.serial
"""
COMES = {"usual": ("email", "neutral", False, False), "evening": ("sms", "kind", True, True)}


async def test_who_is_in_an_arm_gets_its_message_by_its_channel_at_its_hour_in_its_words_and_all_else_as_ever(
    postgres_url: str, tmp_path: Path
) -> None:
    plain = (
        (HOME / "config/policies/no-standard.yaml").read_text("utf-8").replace("name: no-standard", "name: no-tried")
    )
    text = plain.replace(
        "due date 09:00\n    unless: claim pending\n    tone: kind", "due date 09:00\n    tone: neutral"
    )
    untried = text.replace("name: no-tried", "name: no-untried")
    arms, hard = dict[str, str](), list[list[tuple[object, ...]]]()
    async with stage(postgres_url, tmp_path, (text + TRIED, untried)) as on:
        for policy in ("no-tried", "no-tried", "no-tried", "no-tried", "no-untried"):
            life = await on.life(policy=policy)
            await life.until("2026-05-20")
            (sent,) = await on.rows(SENT, creditor=life.creditor)
            hard.append([tuple(row)[:4] for row in await on.rows(HARD, creditor=life.creditor)])
            assigned = await on.rows("select arm from experiment_assignment where creditor_id = :c", c=life.creditor)
            arm = assigned[0].arm if assigned else "usual"
            assert (len(assigned), tuple(sent)) == (policy == "no-tried", COMES[arm])
            arms[life.creditor] = arm
    assert set(arms.values()) == {"usual", "evening"}
    assert all(each == hard[-1] for each in hard)
