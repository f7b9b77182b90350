"""Every command to a case by its name: a new one is its module and a line here."""

from typing import Any

from commands.case.credit import UndoCredit, UseCredit
from commands.case.dispute import Dispute, ResolveDispute
from commands.case.due_date import MoveDueDate
from commands.case.hand_off import ApproveHandOff, RejectHandOff
from commands.case.hold import Hold, Release
from commands.case.note import WriteNote
from commands.case.pay_back import PayBack
from commands.case.policy import ChoosePolicy
from commands.case.send_link import SendLink
from commands.case.settle_delivery import SettleDelivery
from commands.case.steps import SendNow, Skip, UndoSendNow, UndoSkip
from commands.case.waive_fees import WaiveFees
from commands.case.withdraw import Unwithdraw, Withdraw
from commands.case.write_off import AskWriteOff, WriteOff
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
        AskWriteOff,
        WriteOff,
        WaiveFees,
        UndoSkip,
        UndoSendNow,
        MoveDueDate,
        ChoosePolicy,
        SendLink,
        SettleDelivery,
        PayBack,
        WriteNote,
    )
}
