"""Whoever ends the emails with one click in the mail program is written to another way, and nothing goes unsaid."""

import httpx

from tests.life import begin
from tests.world import World
from web.app import create_app


async def test_a_click_in_the_mail_program_ends_the_emails_and_the_same_words_go_another_way(world: World) -> None:
    case = await begin(world)
    await case.until("due-date-reminder", "email")
    invoice, reminder = [each.headers for each in await case.sent() if each.channel == "email"]
    assert "List-Unsubscribe" not in invoice
    assert reminder["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = reminder["List-Unsubscribe"].strip("<>")
    app = create_app(world.settings, world.database, world.laws)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=world.settings.public_url
    ) as mail_program:
        answer = await mail_program.post(address, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    await case.until("due-date-reminder", "sms")
    told = await case.told()
    await case.until("reminder", "sms")
    assert [each for each in (await case.told())[len(told) :] if each.startswith("email")] == []
