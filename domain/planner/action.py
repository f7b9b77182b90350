"""What a case does next, when and why: the planner's answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from domain.learned.arms import Arm
from domain.vocabulary import Channel


class ActionKind(str):
    """The name of what a case can do, as it is stored, checked: ValueError for one that nobody registered.

    One object for each name. The activity that does it bears the same name, with underscores.
    """

    DELIVER: ClassVar[Self]
    OPEN_CALL_TASK: ClassVar[Self]
    OPEN_ADDRESS_TASK: ClassVar[Self]
    OPEN_DECISION_TASK: ClassVar[Self]
    REQUEST_APPROVAL: ClassVar[Self]
    BLOCK_SERVICE: ClassVar[Self]
    TERMINATE_SERVICE: ClassVar[Self]
    END_PLAN: ClassVar[Self]
    TAKE_BACK_INTEREST: ClassVar[Self]
    TELL_OF_DRAW: ClassVar[Self]
    HAND_OFF: ClassVar[Self]
    WRITE_OFF: ClassVar[Self]
    NEW_ROUND: ClassVar[Self]
    WAIT: ClassVar[Self]
    CLOSE: ClassVar[Self]

    def __new__(cls, name: str) -> "ActionKind":
        if name not in ACTIONS:
            raise ValueError(f"{name!r} is nothing that a case can do: there are {', '.join(ACTIONS)}")
        return ACTIONS[name]

    @property
    def activity(self) -> str:
        """The name of the activity: sleeping cases know it."""
        return self.replace(" ", "_")


ACTIONS: dict[str, ActionKind] = {}
"""Everything that a case can do, by its name."""


def register_action(name: str) -> ActionKind:
    """Make known what a case can do; ValueError for a name that is taken."""
    if name in ACTIONS:
        raise ValueError(f"there is {name!r} already: choose another name")
    return ACTIONS.setdefault(name, str.__new__(ActionKind, name))


ActionKind.DELIVER = register_action("deliver")
ActionKind.OPEN_CALL_TASK = register_action("open call task")
ActionKind.OPEN_ADDRESS_TASK = register_action("open address task")
ActionKind.OPEN_DECISION_TASK = register_action("open decision task")
ActionKind.REQUEST_APPROVAL = register_action("request approval")
ActionKind.BLOCK_SERVICE = register_action("block service")
ActionKind.TERMINATE_SERVICE = register_action("terminate service")
ActionKind.END_PLAN = register_action("end plan")
ActionKind.TAKE_BACK_INTEREST = register_action("take back interest")
ActionKind.TELL_OF_DRAW = register_action("tell of draw")
ActionKind.HAND_OFF = register_action("hand off")
ActionKind.WRITE_OFF = register_action("write off")
ActionKind.NEW_ROUND = register_action("new round")
ActionKind.WAIT = register_action("wait")
ActionKind.CLOSE = register_action("close")


@dataclass(frozen=True, slots=True)
class Action:
    """What, when (`at`, UTC; None: when news comes) and why. `flag` names what a person must look at."""

    kind: ActionKind
    why: str
    at: datetime | None = None
    step: str | None = None
    channel: Channel | None = None
    alert: bool = False
    outcome: str | None = None  # how the case has ended, also while its last word is still to leave
    flag: str | None = None
    kept: bool = False  # the plan that ends was kept
    to_approve: str | None = None  # the step whose letter waits for a person, who approves it by asking for that step
    found_address: str | None = None  # the step for whose message somebody was to find an address, which there is now
    own_at: datetime | None = None  # a message's own moment: when it would leave if the debtor got no other
    left_out: tuple[tuple[str, str], ...] = ()  # steps that will not happen any more, each with the reason
    onward: "Action | None" = None  # of an optional step: what the plan does next, whether or not that comes
    arm: Arm | None = None  # in which a message goes that is tried or learned at

    def is_due(self, now: datetime) -> bool:
        """Whether the act may happen at `now`."""
        return self.at is not None and self.at <= now


def wait(why: str, *, at: datetime | None = None, step: str | None = None, flag: str | None = None) -> Action:
    """Do nothing until `at`, or until news comes."""
    return Action(ActionKind.WAIT, why, at=at, step=step, flag=flag)


def in_few_words(kind: str, step: str | None, channel: str | None) -> str:
    """What a case does next in a few words without days, which many share: "reminder by email", "waits"."""
    if kind == ActionKind.WAIT:
        return "waits"
    if kind == ActionKind.CLOSE:
        return "closes"
    done = f"by {channel.replace('_', ' ')}" if kind == ActionKind.DELIVER and channel else str(kind)
    return f"{step} {done}" if step else done
