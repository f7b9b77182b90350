"""What many are told leaves by the real acts: once for a debtor, and what the case has to say comes as ever."""

from datetime import timedelta

from activities.jobs.announcements import Announcements
from commands.announce import send_announcement, write_announcement
from domain.announcements import Announcement, AnnouncementKind, NoticeWords
from domain.moment import moment_in
from facts import clock
from tests.life import begin
from tests.world import World

WORDS = NoticeWords(
    title="Lengre ventetid", text="Det tar litt lengre tid å svare.", sms="Det tar litt lengre tid å svare."
)


async def test_a_notice_to_many_is_sent_once_and_the_case_goes_on(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    until = moment_in("NO", await case.now()).day + timedelta(days=3)
    given = Announcement(kind=AnnouncementKind.WAITING_TIME, words={"nb": WORDS, "en": WORDS}, until=until)
    works = Announcements(world.database, world.parts.planning)
    async with world.database.transaction() as connection:
        now = await clock.now(connection)  # by which it is counted, wherever the case is by then
        id = await write_announcement(connection, case.creditor, given, "", "kim", f"{case.creditor}/1", now)
    while await works.work():
        pass
    async with world.database.transaction() as connection:
        await send_announcement(connection, id, "kim", now)
    while await works.work():
        pass
    await case.quiet()
    await case.until(f"announcement#{id}", "email")
    await case.until("due-date-reminder", "email")
    sent = await world.rows(
        """select d.document ->> 'text' as text, d.fee from delivery d join delivery_case s on s.delivery_id = d.id
        where s.case_id = :case and d.message = 'announcement'""",
        case=case.case_id,
    )
    assert len(sent) == 1
    assert "Det tar litt lengre tid å svare." in sent[0].text
    assert (sent[0].fee, "802" in sent[0].text) == (0, False)
