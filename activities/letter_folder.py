"""Letters that a scanner leaves in a folder: each becomes a reply once, and is put away beside what became of it."""

import asyncio
from hashlib import sha256
from pathlib import Path

import structlog

from activities.watched_folder import WatchedFolder
from commands.debtor.letter_in import letter_came
from connectors.attachment_folder import AttachmentFolder
from connectors.attachments import NotTaken, Why
from connectors.checked_files import checked
from connectors.letter_text import read_letter
from connectors.virus_scan import Scanner
from domain.parties.mailed_files import LARGEST_FILE, media_type
from facts import clock
from facts.database import Database
from planning.service import Planning

log = structlog.get_logger()

FOR_NOW = (Why.NOT_SCANNED, Why.NO_ROOM)  # what is not the letter's fault: it lies there until it can be taken


class LetterFolder(WatchedFolder):
    """PDFs, each a letter. What is none, or more than is kept, is refused with its reason."""

    holds = "letters"

    def __init__(
        self,
        database: Database,
        planning: Planning,
        attachments: AttachmentFolder,
        scanner: Scanner | None,
        place: Path,
    ) -> None:
        """`place` is where the folder is, made when it is first looked into."""
        super().__init__(place)
        self._database, self._planning = database, planning
        self._attachments, self._scanner = attachments, scanner

    async def _take(self, name: str) -> None:
        path = self._folder.path(name)
        try:
            if path.stat().st_size > LARGEST_FILE:
                raise NotTaken(Why.TOO_LARGE)
            content = await asyncio.to_thread(path.read_bytes)
            if media_type(content) != "application/pdf":
                raise NotTaken(Why.OTHER)
            letter = await read_letter(content)
            digest = sha256(content).hexdigest()
            async with checked(self._attachments, self._scanner, [(name, content)]) as files:
                async with self._database.transaction() as connection:
                    now = await clock.now(connection)
                    taken = await letter_came(connection, self._planning, None, letter.text, digest, files, now)
                if taken.came_before:
                    self._attachments.drop(each.stored for each in files if each.stored)
        except NotTaken as refused:
            log.warning("letter_refused", reason=refused.why)
            if refused.why not in FOR_NOW:
                self._put_away(name, {"file": name, "reason": refused.why}, done=False)
            return
        told = {"file": name, "reply": taken.reply, "came_before": taken.came_before, "unread": letter.unread}
        log.info("letter_taken", reply=taken.reply, came_before=taken.came_before)
        self._put_away(name, told, done=True)
