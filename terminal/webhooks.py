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
from terminal.connection import parts, run, terminal_settings, transaction
from terminal.output import Misuse, Refusal

app = typer.Typer()
webhooks = typer.Typer(help="Webhooks to a creditor's system: add, list, secret, rotate, disable, messages, replay.")
app.add_typer(webhooks, name="webhooks")

Id = Annotated[UUID, typer.Argument(metavar="ID", help="The endpoint's id, as `webhooks list` shows it.")]


@webhooks.command("add")
def add(
    creditor: Annotated[str, typer.Argument(help="The creditor's id.")],
    url: Annotated[str, typer.Argument(metavar="URL", help="Where its system listens: https, in the open internet.")],
    event: Annotated[
        list[str] | None, typer.Option(help="An event, a family (`case.*`) or `*`; may be repeated. All when left out.")
    ] = None,
) -> int:
    """Register an endpoint and print its secret."""
    return run(_add(creditor, url, event or ["*"]))


async def _add(creditor: str, url: str, events: list[str]) -> int:
    secrets, allow_private = await _secrets(), terminal_settings().webhooks_allow_private
    try:
        checked = await checked_url(url, allow_private=allow_private)
    except AddressRefused as refused:
        raise Refusal(f"{url}: {refused}") from refused
    async with transaction() as (connection, now):
        owner = (await find_creditor(connection, creditor)).id
        added = await outgoing.add(connection, owner, checked, events, now)
    _answer_with_secret(added, secrets, f"endpoint {added.id} of {owner} is registered")
    return 0


@webhooks.command("list")
def list_(creditor: Annotated[str | None, typer.Option(help="Only this creditor's endpoints.")] = None) -> int:
    """The endpoints, disabled ones too, and why."""
    return run(_list(creditor))


async def _list(creditor: str | None) -> int:
    async with transaction() as (connection, _):
        found = await outgoing.list_endpoints(connection, creditor)
    output.answer_table({"endpoints": found}, found, empty="no endpoints")
    return 0


@webhooks.command("secret")
def secret(id: Id) -> int:
    """Print an endpoint's current secret."""
    return run(_secret(id))


async def _secret(id: UUID) -> int:
    secrets = await _secrets()
    async with transaction() as (connection, _):
        endpoint = await _found(connection, id)
    _answer_with_secret(endpoint, secrets, f"endpoint {id} of {endpoint.creditor}")
    return 0


@webhooks.command("rotate")
def rotate(id: Id) -> int:
    """Give an endpoint a new secret and print it; for 24 hours the one before signs too."""
    return run(_rotate(id))


async def _rotate(id: UUID) -> int:
    secrets = await _secrets()
    async with transaction() as (connection, _):
        await _found(connection, id)
        rotated = await outgoing.rotate(connection, id)
    _answer_with_secret(rotated, secrets, f"endpoint {id} has a new secret; for 24 hours the one before signs too")
    return 0


@webhooks.command("disable")
def disable(
    id: Id, why: Annotated[str, typer.Option(help="Why; the creditor reads it.")] = "asked for in the terminal"
) -> int:
    """Send nothing to an endpoint any more; what was on its way is dropped and kept for a replay."""
    return run(_disable(id, why))


async def _disable(id: UUID, why: str) -> int:
    async with transaction() as (connection, _):
        await _found(connection, id)
        dropped = await outgoing.disable(connection, id, why)
    output.answer({"endpoint": id, "dropped": dropped}, f"endpoint {id} is disabled; {dropped} messages were dropped")
    return 0


@webhooks.command("enable")
def enable(id: Id) -> int:
    """Tell an endpoint of what happens from now on; `webhooks replay` sends what was dropped."""
    return run(_enable(id))


async def _enable(id: UUID) -> int:
    async with transaction() as (connection, _):
        await outgoing.enable(connection, await _found(connection, id))
    output.answer({"endpoint": id, "enabled": True}, f"endpoint {id} is enabled")
    return 0


@webhooks.command("messages")
def messages(
    id: Id,
    state: Annotated[str | None, typer.Option(help="Only pending, delivered, failed or dropped ones.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 50,
) -> int:
    """An endpoint's messages and how each fared; with --json every attempt and the payload too."""
    states: dict[str, MessageState] = {each: each for each in outgoing.STATES}
    if state is not None and state not in states:
        raise Misuse(f"no state {state}: write {', '.join(states)}")
    return run(_messages(id, states[state] if state else None, limit))


async def _messages(id: UUID, state: MessageState | None, limit: int) -> int:
    async with transaction() as (connection, _):
        await _found(connection, id)
        found = await outgoing.list_messages(connection, id, state, limit)
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
    return 0


@webhooks.command("replay")
def replay(
    id: Id,
    message: Annotated[str | None, typer.Option(help="Only this message, whatever its state.")] = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="Only events from this day (UTC) on.")] = None,
) -> int:
    """Send again, under the same ids, what failed or was dropped."""
    day = parse.day(since) if since else None
    return run(_replay(id, message, datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None))


async def _replay(id: UUID, message: str | None, since: datetime | None) -> int:
    async with transaction() as (connection, _):
        again = await outgoing.replay(connection, await _found(connection, id), message=message, since=since)
    output.answer({"endpoint": id, "replayed": again}, f"{again} messages are sent again")
    return 0


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
