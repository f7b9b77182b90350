"""The words that every rule shares: ways to reach a debtor and kinds of message, with what the planner goes by."""

from dataclasses import dataclass
from typing import ClassVar, Literal, Self

DebtorKind = Literal["consumer", "business", "any"]


FIRST_REMINDER = "first-reminder"
"""The free reminder that goes before a hard step where the debtor has heard nothing: no policy writes it."""
ANNOUNCEMENT = "announcement"
"""What a creditor tells many of its debtors: no policy writes it, and nobody has heard of a claim by it."""


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """What the planner goes by for one way to reach a debtor; which may carry notices and fees is the country's law."""

    name: str
    """As policies write it and as it is stored: never changed."""
    by_post: bool = False
    """On paper: posted on a later banking day, days in transit; nothing follows it, and it reaches guardians too."""
    by_person: bool = False
    """Somebody speaks to the debtor: a task, no message."""
    delivered_counts: bool = False
    """Delivered for as long as the policy says counts as read."""
    takes_files: bool = False
    """The invoice's own PDF can go with it."""
    safe_to_repeat: bool = False
    """Sent twice it is still one message: without an answer it is sent again rather than assumed sent."""


class Channel(str):
    """The name of a way to reach a debtor, checked: ValueError for one that has no rule. One object for each name."""

    rule: ChannelRule
    EMAIL: ClassVar[Self]
    SMS: ClassVar[Self]
    DIRECT_MESSAGE: ClassVar[Self]
    LETTER: ClassVar[Self]
    PHONE: ClassVar[Self]

    @property
    def spoken(self) -> str:
        """As people read it."""
        return self.replace("_", " ")

    def __new__(cls, name: str) -> "Channel":
        if name not in CHANNELS:
            raise ValueError(f"{name!r} is no channel: there are {', '.join(CHANNELS)}")
        return CHANNELS[name]


CHANNELS: dict[str, Channel] = {}
"""Every channel by its name, in the order in which a debtor is tried."""


def register_channel(rule: ChannelRule) -> Channel:
    """Make a channel known, before any policy or law is read; ValueError for a name that is taken."""
    if rule.name in CHANNELS:
        raise ValueError(f"there is a channel {rule.name!r} already: choose another name")
    channel = CHANNELS[rule.name] = str.__new__(Channel, rule.name)
    channel.rule = rule
    return channel


def channels_by_post() -> list[str]:
    """The names of the channels on paper."""
    return [name for name, channel in CHANNELS.items() if channel.rule.by_post]


Channel.EMAIL = register_channel(ChannelRule("email", takes_files=True))
Channel.SMS = register_channel(ChannelRule("sms", delivered_counts=True))
Channel.DIRECT_MESSAGE = register_channel(ChannelRule("direct_message"))
Channel.LETTER = register_channel(ChannelRule("letter", by_post=True, takes_files=True, safe_to_repeat=True))
Channel.PHONE = register_channel(ChannelRule("phone", by_person=True))


@dataclass(frozen=True, slots=True)
class MessageRule:
    """What the planner goes by for one kind of message; its words are in `messages.specs`, under the same name."""

    name: str
    """As policies write it and as it is stored: never changed."""
    in_policies: bool = False
    """A step of a policy may send it."""
    bears_fee: bool = False
    threatens: bool = False
    """It says what comes next: never the first word about a claim."""
    default_deadline_days: int | None = None
    """The days to pay that it gives where its step gives none."""
    default_not_after_days: int | None = None
    """How long after its planned day it may still leave where its step does not say."""
    contents: tuple[str, ...] = ()
    """Sentences that it may say besides, by their names: each has its words in every language."""
    gives_due_date: bool = False
    """The day to pay that it gives is the due date in force, or later where that leaves fewer days than it gives."""


CONTENTS = ("help-first", "quick")
"""What a kind word may say besides: that there is help where somebody cannot pay it all, that paying takes a minute."""
NO_MESSAGE = MessageRule("")
MESSAGES: dict[str, MessageRule] = {
    rule.name: rule
    for rule in (
        MessageRule("invoice", in_policies=True),
        MessageRule(
            "due-date-reminder", in_policies=True, default_not_after_days=1, contents=CONTENTS, gives_due_date=True
        ),
        MessageRule("reminder", in_policies=True, bears_fee=True, default_deadline_days=14, contents=CONTENTS),
        MessageRule("block-warning", in_policies=True, threatens=True),
        MessageRule("termination-warning", in_policies=True, threatens=True),
        MessageRule("collection-notice", bears_fee=True, threatens=True),
        MessageRule("due-date-moved", gives_due_date=True),
        MessageRule("draw-called-off", gives_due_date=True, default_deadline_days=7),
    )
}
"""Each by its name, in the order in which policies know them; one more is put in before any policy is read."""
