"""Whether a collection partner would take a case: it is asked with one that is made up, and takes none over."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from pydantic import SecretStr

from connectors.collection_partner.api import NOT_AS_AGREED, CaseSent, Partner, PartnerApi
from connectors.collection_partner.files import Creditor, Debtor, HandedOff, Invoice, Owed
from connectors.webhooks.post import WebhookPost
from domain.going_live import Finding, Registered
from domain.moment import moment_in

ABOUT = "collection partner's API"


async def known_to_partner(creditor: Registered, secrets: Sequence[SecretStr], post: WebhookPost) -> list[Finding]:
    """What the partner says of a made-up case of the creditor's; nothing where it gets its cases in files."""
    if creditor.partner_url is None:
        return []
    if not secrets:
        do = f"PURR_COLLECTION_PARTNER_SECRETS with {creditor.id}:whsec_…, as agreed with the partner"
        return [Finding(ABOUT, "missing", "no secret is shared with it: nothing is handed off", do)]
    partner = Partner(creditor.id, creditor.partner_url, secrets)
    looked, attempt = await PartnerApi(post).dry_run(partner, made_up(creditor, datetime.now(UTC)))
    if looked is None:
        found = f"the dry run: {attempt.error or NOT_AS_AGREED}"
        return [Finding(ABOUT, "missing", found, "see to its address and secret, or ask the partner: docs/partner.md")]
    if not looked.valid:
        return [Finding(ABOUT, "missing", f"it would not take a case: {'; '.join(looked.problems)}", "ask the partner")]
    return [Finding(ABOUT, "fine", "it answers the dry run, and would take a case")]


def made_up(creditor: Registered, now: datetime) -> CaseSent:
    """A case of nobody's that has all a case must have."""
    due = moment_in("NO", now).day - timedelta(days=60)
    return CaseSent(
        type="dry_run",
        creditor=Creditor(id=creditor.id, name=creditor.name, organisation_number=creditor.organisation_number),
        collection_partner=creditor.collection_partner or "",
        hand_off=HandedOff(
            hand_off="hof_dry_run",
            queued_at=now,
            debtor=_nobody(),
            invoice=_invoice(due),
            owed=Owed(principal=Decimal("802.00"), fee=Decimal(0), interest=Decimal(0), currency="NOK"),
            ledger=(),
            notice=None,
            deliveries=(),
            events=(),
        ),
    )


def _nobody() -> Debtor:
    return Debtor(
        kind="consumer",
        name="Prøve Prøvesen",
        customer_number=None,
        organisation_number=None,
        birth_date=None,
        language="nb",
        country="NO",
        representative=None,
        protected_address=False,
        address=("Prøvegata 1", "0155 Oslo"),
        contact_points=(),
    )


def _invoice(due: date) -> Invoice:
    return Invoice(
        number="DRY-RUN",
        issue_date=due - timedelta(days=14),
        due_date=due,
        original_due_date=due,
        currency="NOK",
        amount=Decimal("802.00"),
        reference=None,
        account=None,
        lines=(),
    )
