"""Before a creditor goes live its partner is asked with a case that is nobody's, by real HTTP; no case is taken over."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from connectors.collection_partner.dry_run import known_to_partner
from connectors.webhooks.post import WebhookPost
from domain.going_live import Finding
from simulator.emulators.collection_partner import SECRET, CollectionPartner, create_app
from simulator.emulators.providers import serving
from tests.domain.test_going_live import READY


async def asked(partner: CollectionPartner, *secrets: str, path: str = "/purr") -> Finding:
    post = WebhookPost(allow_private=True)
    async with serving(create_app(partner)) as url:
        creditor = replace(READY, partner_url=f"{url}{path}")
        (finding,) = await known_to_partner(creditor, [SecretStr(secret) for secret in secrets], post)
    await post.aclose()
    return finding


async def test_a_partner_that_answers_the_dry_run_is_fine_and_has_no_case() -> None:
    partner = CollectionPartner()
    assert (await asked(partner, SECRET)).state == "fine"
    assert (partner.cases, [kind for kind, _ in partner.posts]) == ({}, ["dry_run"])


@pytest.mark.parametrize(
    ("secrets", "path", "says"),
    [
        ([], "/purr", "no secret is shared"),
        (["whsec_b3RoZXItc2VjcmV0LW90aGVyLXNlY3JldA=="], "/purr", "answered 401"),
        ([SECRET], "/elsewhere", "answered 404"),
    ],
)
async def test_what_keeps_cases_from_leaving_is_said(secrets: list[str], path: str, says: str) -> None:
    finding = await asked(CollectionPartner(), *secrets, path=path)
    assert (finding.state, says in finding.found, bool(finding.do)) == ("missing", True, True)


async def test_who_hands_off_in_files_is_not_asked() -> None:
    assert await known_to_partner(READY, (), WebhookPost()) == []
