"""Webhooks to creditors' systems: endpoints, their secrets, what was sent, and sending it again."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.webhooks.post import AddressRefused, WebhookSecrets, checked_url
from facts.invoices.invoices import find_creditor
from facts.webhooks import outgoing
from facts.webhooks.outgoing import Endpoint, MessageState
from terminal import output, parse
from terminal.connection import command, parts, terminal_settings, transaction
from terminal.output import Misuse, Refusal

app = typer.Typer()
webhooks = typer.Typer(
    help="Webhooks to a creditor's system: add, list, secret, rotate, disable, delete, messages, replay."
)
app.add_typer(webhooks, name="webhooks")

Id = Annotated[UUID, typer.Argument(metavar="ID", help="The endpoint's id, as `webhooks list` shows it.")]


@command(webhooks, "add")
async def add(
    creditor: Annotated[str, typer.Argument(help="The creditor's id.")],
    url: Annotated[str, typer.Argument(metavar="URL", help="Where its system listens: https, in the open internet.")],
    event: Annotated[
        list[str] | None, typer.Option(help="An event, a family (`case.*`) or `*`; may be repeated. All when left out.")
    ] = None,
) -> None:
    """Register an endpoint and print its secret."""
    secrets, allow_private = await _secrets(), terminal_settings().webhooks_allow_private
    try:
        checked = await checked_url(url, allow_private=allow_private)
    except AddressRefused as refused:
        raise Refusal(f"{url}: {refused}") from refused
    async with transaction() as (connection, now):
        owner = (await find_creditor(connection, creditor)).id
        added = await outgoing.add(connection, owner, checked, event or ["*"], now)
    _answer_with_secret(added, secrets, f"endpoint {added.id} of {owner} is registered")


@command(webhooks, "list")
async def list_(creditor: Annotated[str | None, typer.Option(help="Only this creditor's endpoints.")] = None) -> None:
    """The endpoints, disabled ones too, and why."""
    async with transaction() as (connection, _):
        found = await outgoing.list_endpoints(connection, creditor)
    output.answer_table({"endpoints": found}, found, empty="no endpoints")


@command(webhooks, "secret")
async def secret(id: Id) -> None:
    """Print an endpoint's current secret."""
    secrets = await _secrets()
    async with transaction() as (connection, _):
        endpoint = await _found(connection, id)
    _answer_with_secret(endpoint, secrets, f"endpoint {id} of {endpoint.creditor}")


@command(webhooks, "rotate")
async def rotate(id: Id) -> None:
    """Give an endpoint a new secret and print it; each secret signs on for 24 hours from its own rotation."""
    secrets = await _secrets()
    async with transaction() as (connection, _):
        await _found(connection, id)
        rotated = await outgoing.rotate(connection, id)
    _answer_with_secret(rotated, secrets, f"endpoint {id} has a new secret; the one before signs on for 24 hours")


@command(webhooks, "disable")
async def disable(
    id: Id, why: Annotated[str, typer.Option(help="Why; the creditor reads it.")] = "asked for in the terminal"
) -> None:
    """Send nothing to an endpoint any more; what was on its way is dropped and kept for a replay."""
    async with transaction() as (connection, _):
        await _found(connection, id)
        dropped = await outgoing.disable(connection, id, why)
    output.answer({"endpoint": id, "dropped": dropped}, f"endpoint {id} is disabled; {dropped} messages were dropped")


@command(webhooks, "delete")
async def delete(id: Id) -> None:
    """Delete an endpoint for good; what was on its way is dropped. `webhooks disable` only pauses it."""
    async with transaction() as (connection, _):
        await _found(connection, id)
        dropped = await outgoing.delete(connection, id)
    output.answer({"endpoint": id, "dropped": dropped}, f"endpoint {id} is deleted; {dropped} messages were dropped")


@command(webhooks, "enable")
async def enable(id: Id) -> None:
    """Tell an endpoint of what happens from now on; `webhooks replay` sends what was dropped."""
    async with transaction() as (connection, _):
        await outgoing.enable(connection, await _found(connection, id))
    output.answer({"endpoint": id, "enabled": True}, f"endpoint {id} is enabled")


@command(webhooks, "messages")
async def messages(
    id: Id,
    state: Annotated[
        str | None, typer.Option(help="Only pending, delivered, failed, dropped or overtaken ones.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 50,
) -> None:
    """An endpoint's messages and how each fared; with --json every attempt and the payload too."""
    states: dict[str, MessageState] = {each: each for each in outgoing.STATES}
    if state is not None and state not in states:
        raise Misuse(f"no state {state}: write {', '.join(states)}")
    async with transaction() as (connection, _):
        await _found(connection, id)
        found = await outgoing.list_messages(connection, id, states[state] if state else None, limit)
    rows = [
        {
            "id": message.id,
            "type": message.type,
            "state": message.state,
            "happened_at": message.happened_at,
            "tries": len(message.attempts),
            "next_at": message.next_at,
            "delivered_at": message.delivered_at,
            "error": message.error,
        }
        for message in found
    ]
    output.answer_table({"messages": found}, rows, empty="no messages")


@command(webhooks, "replay")
async def replay(
    id: Id,
    message: Annotated[str | None, typer.Option(help="Only this message, whatever its state.")] = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="Only events from this day (UTC) on.")] = None,
) -> None:
    """Send again, under the same ids, what failed or was dropped."""
    day = parse.day(since) if since else None
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
    async with transaction() as (connection, _):
        again = await outgoing.replay(connection, await _found(connection, id), message=message, since=begins)
    output.answer({"endpoint": id, "replayed": again}, f"{again} messages are sent again")


async def _found(connection: AsyncConnection, id: UUID) -> Endpoint:
    endpoint = await outgoing.find(connection, None, id)
    if endpoint is None:
        raise Refusal(f"no webhook endpoint {id}: `webhooks list` shows them")
    return endpoint


async def _secrets() -> WebhookSecrets:
    async with parts() as here:
        if here.webhook_secrets is None:
            raise Refusal("webhooks are off here: set PURR_WEBHOOK_SIGNING_KEYS, the same for worker and web app")
        return here.webhook_secrets


def _answer_with_secret(endpoint: Endpoint, secrets: WebhookSecrets, words: str) -> None:
    shown = secrets.shown(endpoint.id, endpoint.secret_version)
    document = {"endpoint": endpoint.id, "secret_version": endpoint.secret_version, "secret": shown}
    output.answer(document, f"{words}\nsecret: {shown}")
