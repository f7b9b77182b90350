import time
from datetime import timedelta
import pytest
from axe_playwright_python.async_playwright import Axe
from domain.desk.roles import Role
from tests.begin import BEGIN, TODAY
from tests.browser import states
from tests.browser.test_desk import RULES, laptop, place  # noqa
from tests.web.paying import Shop

pytestmark = pytest.mark.timeout(240)


async def test_shots(place, laptop):
    door = place.door
    shop = Shop(door, None, None)
    await states.send(shop, "2001", **states.LATE)
    await states.send(
        shop,
        "2002",
        **(states.LATE | {}),
        debtor={
            "name": "Kari Nordmann",
            "customer_number": "K-2001",
            "email": "kari2001@example.no",
            "phone": "+4791202001",
            "address_lines": ["Storgata 1"],
            "postcode": "0155",
            "city": "Oslo",
        },
    )
    await states.sent(door, "2001", "invoice", "email", states.ago(44), read=True)
    await states.sent(door, "2001", "due-date-reminder", "sms", states.ago(30))
    await states.sent(door, "2001", "reminder", "email", states.ago(16), fee="35.00", deadline=TODAY, read=True)
    await states.sent(
        door,
        "2001",
        "collection-notice",
        "letter",
        states.ago(2),
        fee="35.00",
        deadline=TODAY + timedelta(days=14),
        pdf=b"%PDF-1.7",
    )
    await door.command("2001", command="hold", note="Ringte og var fortvilet; venter på lønn")
    link = await door.link(number="2001")
    await door.client.post(
        f"{link}/messages", data={"words": "Hei, jeg fikk ikke lønn i tide.\nKan jeg få to uker til?"}
    )
    await door.pay("shot", reference=None, invoice_number="2001", amount="100.00")
    page = await place.sign_in(laptop, Role.CREDIT_MANAGER)
    for name, path in (
        ("case", "case/kraft/2001"),
        ("debtor", "debtor/%d" % await door.one("select debtor_id from invoice where number='2001'")),
    ):
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            await page.goto(f"{place.url}/desk/{path}")
            await page.screenshot(path=f"/tmp/shots/{name}-{scheme}.png")
            found = await Axe().run(page, options=RULES)
            print(
                name, scheme, found.violations_count, found.generate_report()[:1500] if found.violations_count else ""
            )
        took = []
        for _ in range(12):
            began = time.perf_counter()
            await page.request.get(f"{place.url}/desk/{path}")
            took.append(time.perf_counter() - began)
        print(name, "ms", [round(each * 1000) for each in sorted(took)])
    print("scroll", await page.evaluate("[document.documentElement.scrollHeight, innerHeight]"))
