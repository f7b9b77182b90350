"""From the app to the end of the case: a payment at a provider closes it, and one charged back opens it again."""

from datetime import timedelta

import httpx
from sqlalchemy import text

from connectors.links import Link, Links
from facts.money import payment_attempts
from facts.money.payment_attempts import Merchant, MoneyReceived
from simulator.emulators.providers import answering, listening_on, serving
from simulator.emulators.vipps import Vipps
from simulator.emulators.vipps import create_app as create_vipps
from tests.life import Life, begin
from tests.web.paying import METHODS
from tests.world import World, eventually
from web.app import create_app


async def test_paid_in_the_app_the_case_is_closed_and_the_page_says_so(world: World) -> None:
    life = await begin(world)
    with listening_on(0) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        vipps = Vipps(webhook_url=f"{address}/webhooks/vipps")
        async with serving(create_vipps(vipps)) as vipps.url:
            settings = world.settings.model_copy(update={"public_url": address})
            app = create_app(settings, world.database, world.laws, [vipps.settings("").method()])
            async with answering(app, listener), httpx.AsyncClient(base_url=address, trust_env=False) as client:
                link = await link_of(life, app.state.services.links)
                await client.post(f"{link}/pay/vipps")
                ((reference, _),) = vipps.payments.items()
                await vipps.approve(reference)
                assert await life.outcome() == "paid"
                assert "Betalt. Takk!" in (await client.get(f"{link}?back=1")).text
                await vipps.drain()
            await app.state.services.providers["vipps"].aclose()
        await vipps.aclose()
        await charge_back(life, reference)


async def link_of(life: Life, links: Links) -> str:
    """Let the case's creditor be paid through Vipps; gives the path of the invoice page."""
    async with life.world.database.transaction() as connection:
        change = text("update creditor set payment_methods = cast(:methods as jsonb) where id = :creditor")
        await connection.execute(change, {"methods": METHODS, "creditor": life.creditor})
    (row,) = await life.world.rows("select invoice_id from dunning_case where id = :case", case=life.case_id)
    url = links.url(Link(row.invoice_id, 0), await life.today())
    return url[url.index("/i/") :]


async def charge_back(life: Life, reference: str) -> None:
    """The money is taken back: a new round with two weeks to pay."""
    today = await life.today()
    (paid,) = await life.world.rows("select amount from incoming_payment where source_id = :id", id=reference)
    money = MoneyReceived(Merchant("vipps", "123456", False, "merchant_serial_number"), reference, paid.amount, "NOK")
    async with life.world.database.transaction() as connection:
        await payment_attempts.charged_back(connection, money, f"{reference} back", await life.now(), today)

    async def open_again() -> bool:
        return bool((await life.state()).state == "open")

    await eventually(open_again)
    (invoice,) = await life.world.rows("select due_date from invoice where number = :number", number=life.number)
    assert invoice.due_date >= today + timedelta(days=14)
