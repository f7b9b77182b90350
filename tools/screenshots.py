"""`make pictures` plays the demo and takes the pictures of the README from it, into docs/images/."""

import asyncio
import io
import json
import sys
import tempfile
from contextlib import suppress
from datetime import time, timedelta
from pathlib import Path
from urllib.parse import quote

from playwright.async_api import Browser, BrowserContext
from playwright.async_api import TimeoutError as PlaywrightTimeoutError
from rich.console import Console
from sqlalchemy import text

from config.embedded import owned
from simulator.demo import INVOICES, SEED, World, play, tell, world
from simulator.live_view import LiveView
from tools.chromium import ChromiumMissingError, chromium
from tools.setup import ROOT, SetupError

IMAGES = ROOT / "docs" / "images"
COLUMNS = (
    "Status",
    "Workflow ID",
    "CustomerNumber",
    "Step",
    "AmountDue",
    "DueDate",
    "NextActionAt",
    "OnHold",
    "Flag",
    "Outcome",
)
"""As docs/operators.md has a reader choose them."""
MIDDLE = timedelta(days=30)  # when most is going on
TERMINAL_WIDTH = 124  # the longest line of the report
MESSAGES = 4  # of the case whose timeline is shown
PATIENCE = 60_000  # milliseconds: the demo keeps the machine busy
CANDIDATES, LOOK = 6, 20_000  # cases that are looked at, milliseconds each, until one shows its whole life
# The web UI shows the latest run: of a case that was opened again not its first email. A message that rode along with one
# about another invoice stands in the other's timeline.
CASES = text("""
select i.creditor_id, i.number from dunning_case c join invoice i on i.id = c.invoice_id
where c.outcome = 'paid' and c.round = 1 and exists (
  select from delivery_case dc join delivery d on d.id = dc.delivery_id
  where dc.case_id = c.id and dc.step = 'invoice' and dc.channel = 'email' and d.accepted_at is not null
    and (select count(*) from delivery_case o where o.delivery_id = d.id) = 1)
order by abs((select count(*) from delivery_case d where d.case_id = c.id) - :messages), i.number limit :most
""")


async def main() -> None:
    """Take all pictures from one run of the demo."""
    console = Console(file=io.StringIO(), width=TERMINAL_WIDTH, force_terminal=False)
    terminal = Console(file=io.StringIO(), width=TERMINAL_WIDTH, force_terminal=True, record=True)
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="purr-screenshots-") as folder:
        state = Path(folder) / "demo"
        with owned(state):
            async with chromium() as browser, world(state, invoices=INVOICES, seed=SEED) as demo:
                people = await web_ui_of_operations(browser)
                async with asyncio.TaskGroup() as tasks:
                    playing = tasks.create_task(play(demo, console))
                    middle = demo.law.calendar.at(demo.first_day + MIDDLE, time(0))
                    while demo.clock.now() < middle:
                        await asyncio.wait([playing], timeout=0.1)
                    if isinstance(view := demo.story.listener, LiveView):
                        terminal.print(view.picture())
                await picture_the_list(demo, people)
                await picture_a_case(demo, people)
                await tell(demo, terminal, Path(folder) / "report.json")
                await picture_terminal(browser, terminal)


async def web_ui_of_operations(browser: Browser) -> BrowserContext:
    """A browser of somebody who has chosen the columns of a case."""
    context = await browser.new_context(viewport={"width": 1920, "height": 760}, timezone_id="Europe/Oslo")
    context.set_default_timeout(PATIENCE)
    columns = json.dumps({"default": [{"label": column} for column in COLUMNS]})
    await context.add_init_script(f"localStorage.setItem('namespace-workflow-table-columns', {json.dumps(columns)})")
    return context


async def picture_the_list(demo: World, people: BrowserContext) -> None:
    """The list of cases, as it stays when the weeks are over."""
    page = await people.new_page()
    await page.goto(f"{demo.addresses['Temporal web UI']}/namespaces/default/workflows")
    await page.get_by_text("dunning/").first.wait_for()
    await page.screenshot(path=IMAGES / "web-ui.png")
    await page.close()


async def picture_a_case(demo: World, people: BrowserContext) -> None:
    """The timeline of a case that was paid after some messages."""
    async with demo.database.transaction() as connection:
        cases = (await connection.execute(CASES, {"messages": MESSAGES, "most": CANDIDATES})).all()
    page = await people.new_page()
    await page.set_viewport_size({"width": 1500, "height": 1000})
    for case in cases:
        name = quote(f"dunning/{case.creditor_id}/{case.number}", safe="")
        await page.goto(f"{demo.addresses['Temporal web UI']}/namespaces/default/workflows/{name}")
        with suppress(PlaywrightTimeoutError):
            await page.get_by_text("email invoice").first.wait_for(timeout=LOOK)
            await page.screenshot(path=IMAGES / "case.png")
            return
    names = ", ".join(f"{case.creditor_id}/{case.number}" for case in cases)
    raise SetupError(f"none of {names or 'the paid cases'} shows its first email in the web UI: look at one by hand")


async def picture_terminal(browser: Browser, terminal: Console) -> None:
    """What the terminal showed, as a picture."""
    page = await (await browser.new_context(offline=True, viewport={"width": 1100, "height": 800})).new_page()
    await page.set_content(f"<body style='margin:0'>{terminal.export_svg(title='make demo')}</body>")
    await page.locator("svg").first.screenshot(path=IMAGES / "demo.png")


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except (SetupError, ChromiumMissingError) as error:
        sys.exit(str(error))
