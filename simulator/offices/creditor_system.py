"""A creditor's own system: hears Purr's webhooks, verifies each signature, and blocks and frees services."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator.live_view import Story

# What the story tells of these events; the others are only counted.
TOLD = {
    "service.block": "blocks the service of {customer_number} ({invoice})",
    "service.unblock": "frees the service of {customer_number} ({invoice})",
    "service.terminate": "ends the service of {customer_number} ({invoice})",
    "payment.review": "hears of {currency} {amount} that waits for a person: {why}",
    "payment.refund_due": "hears that {currency} {amount} of payment {payment} goes back",
    "payment.refund_cancelled": "hears that {currency} {amount} of {invoice} has gone back already",
    "plan.agreed": "hears that {invoice} is paid in parts",
    "plan.kept": "hears that the plan of {invoice} was kept",
    "plan.broken": "hears that the plan of {invoice} was broken",
    "promise.made": "hears that {invoice} is promised by {pay_by}",
    "promise.broken": "hears that the promise of {invoice} was broken",
}


@dataclass
class CreditorSystem:
    """The systems of all creditors, one address each. `on_block` is told the invoice and its customer number."""

    clock: Callable[[], datetime]
    story: Story
    on_block: Callable[[str, str], None] | None = None
    secrets: dict[str, str] = field(default_factory=dict)  # by creditor
    heard: Counter[str] = field(default_factory=Counter, init=False)  # by type, each message once
    refused: int = field(default=0, init=False)
    freed_at: dict[str, float] = field(default_factory=dict, init=False)  # by invoice, seconds of the event loop
    _known: set[str] = field(default_factory=set, init=False)

    async def take(self, request: Request) -> Response:
        """One webhook; 401 for a signature that does not hold."""
        creditor, body = request.path_params["creditor"], await request.body()
        try:
            message: Any = Webhook(self.secrets[creditor]).verify(body, dict(request.headers))
        except WebhookVerificationError:
            self.refused += 1
            return Response(status_code=401)
        if request.headers["webhook-id"] not in self._known:
            self._known.add(request.headers["webhook-id"])
            self._act(creditor, message["type"], message["data"])
        return Response(status_code=204)

    def _act(self, creditor: str, kind: str, data: dict[str, Any]) -> None:
        self.heard[kind] += 1
        if kind in TOLD:
            self.story.tell(self.clock(), "system", f"{creditor} {TOLD[kind].format(**data)}")
        if kind == "service.block" and self.on_block is not None:
            self.on_block(data["invoice"], data["customer_number"])
        elif kind == "service.unblock":
            self.freed_at[data["invoice"]] = asyncio.get_running_loop().time()


def create_app(systems: CreditorSystem) -> Starlette:
    """The addresses that webhooks are posted to: `/<creditor>`."""
    return Starlette(routes=[Route("/{creditor}", systems.take, methods=["POST"])])
