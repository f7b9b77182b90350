"""A billing system starts the case of a stored invoice through Temporal, tells it of money, holds it and asks where it stands."""

import asyncio
import os
from decimal import Decimal

from purr_client.client import Payment, PurrClient


async def main() -> None:
    """What is stored already is started, told and asked; running this twice books no payment twice."""
    purr = await PurrClient.connect("sample", address=os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"))
    await purr.start_case("2026-1001")
    await purr.payment_received("2026-1001", Payment("psp", "psp-000123", Decimal("300.00"), "NOK"))
    following = await purr.hold("2026-1001", by="billing", reason_code="asked-for-time")
    print(following.why)
    await purr.release("2026-1001", by="billing", reason_code="asked-for-time")
    status = await purr.status("2026-1001")
    print(f"{status.amount_due} due on {status.due_date}; next: {status.next}")
    async for case in purr.cases(amount_at_least=Decimal("100")):
        print(f"{case.invoice}: {case.amount_due}")


asyncio.run(main())
