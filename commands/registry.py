"""Every command to a case by its name: a new one is its module and a line here."""

from typing import Any

from commands.case.credit import UndoCredit, UseCredit
from commands.case.dispute import Dispute, ResolveDispute
from commands.case.hand_off import ApproveHandOff, RejectHandOff
from commands.case.hold import Hold, Release
from commands.case.steps import SendNow, Skip
from commands.case.withdraw import Unwithdraw, Withdraw
from commands.case.write_off import WriteOff
from commands.command import Command

COMMANDS: dict[str, type[Command[Any]]] = {
    each.name: each
    for each in (
        Hold,
        Release,
        SendNow,
        Skip,
        Withdraw,
        Unwithdraw,
        ApproveHandOff,
        RejectHandOff,
        Dispute,
        ResolveDispute,
        UseCredit,
        UndoCredit,
        WriteOff,
    )
}
