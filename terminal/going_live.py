"""Whether a creditor can go live: the facts, the rules and the providers, asked one after the other."""

from dataclasses import replace

from channels.known_to_providers import known_to_providers
from channels.whatsapp_templates import unapproved
from config.files import read_policies
from config.settings import variable
from connectors.collection_partner.dry_run import known_to_partner
from domain.going_live import Finding, channels_of, judged
from facts import clock
from facts.invoices.invoices import find_creditor
from terminal.connection import parts
from views.going_live import registered


async def findings_of(creditor: str) -> list[Finding]:
    """Every point of a creditor. Raises UnknownCreditor."""
    async with parts() as here:
        async with here.database.transaction() as connection:
            owner = (await find_creditor(connection, creditor)).id
            known, now = await registered(connection, owner), await clock.now(connection, owner)
        today = here.calendar.local_date(now)
        known = replace(known, sms_senders=here.planning.sms_senders(known.sms_senders.own))
        policies = {name: policy for name, (policy, _) in read_policies(here.laws, today).items()}
        used = [policies[name] for name in dict.fromkeys(known.policies.values()) if name in policies]
        lacking = (each for policy in used for each in unapproved(policy, here.templates))
        return [
            *judged(known, policies, here.laws, today),
            _public(here.settings.public_url),
            *await known_to_providers(here.settings, channels_of(used)),
            *await known_to_partner(known, here.settings.collection_partner_secrets.get(owner, ()), here.webhook_post),
            *(Finding("WhatsApp", "look", each, "`policy whatsapp`") for each in lacking),
        ]


def _public(url: str) -> Finding:
    """Whether the links in messages can be opened by whoever gets them."""
    if url.startswith("https://") and not url.startswith(("https://localhost", "https://127.")):
        return Finding("links", "fine", f"they lead to {url}")
    do = f"{variable('public_url')}, with https, where debtors reach it"
    return Finding("links", "missing", f"they lead to {url}", do)
