"""What a case does next, when and why: the planner's answer."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.vocabulary import Channel


class ActionKind(StrEnum):
    """What a case can do."""

    DELIVER = "deliver"
    OPEN_CALL_TASK = "open call task"
    OPEN_ADDRESS_TASK = "open address task"
    OPEN_DECISION_TASK = "open decision task"
    REQUEST_APPROVAL = "request approval"
    BLOCK_SERVICE = "block service"
    END_PLAN = "end plan"
    TAKE_BACK_INTEREST = "take back interest"
    HAND_OFF = "hand off"
    WRITE_OFF = "write off"
    NEW_ROUND = "new round"
    WAIT = "wait"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Action:
    """What, when (`at`, UTC; None: when news comes) and why. `flag` names what a person must look at."""

    kind: ActionKind
    why: str
    at: datetime | None = None
    step: str | None = None
    channel: Channel | None = None
    alert: bool = False
    outcome: str | None = None
    flag: str | None = None
    own_at: datetime | None = None  # a message's own moment: when it would leave if the debtor got no other
    left_out: tuple[tuple[str, str], ...] = ()  # steps that will not happen any more, each with the reason

    def is_due(self, now: datetime) -> bool:
        """Whether the act may happen at `now`."""
        return self.at is not None and self.at <= now


def wait(why: str, *, at: datetime | None = None, step: str | None = None, flag: str | None = None) -> Action:
    """Do nothing until `at`, or until news comes."""
    return Action(ActionKind.WAIT, why, at=at, step=step, flag=flag)
