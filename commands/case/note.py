"""Somebody writes down what others should know of a case: it stands in the diary, and changes nothing."""

from datetime import datetime

from commands.command import CaseState, Command, Recording
from facts.refusals import CommandRefused


class WriteNote(Command[None]):
    """Write a note into the case's diary."""

    name = "note"
    of_closed = True

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a note that says nothing."""
        return None if self.note else CommandRefused("a note says something: give its words")

    async def apply(self, to: Recording) -> None:
        """The diary's line is all of it."""
