"""The commands of the terminal: which module each is in and what it is for, in a line, so that an overview loads none."""

from collections.abc import Mapping
from typing import NamedTuple


class Entry(NamedTuple):
    """Where a command is, and what it is for."""

    module: str
    summary: str


COMMANDS: Mapping[str, Entry] = {
    "import": Entry("terminal.importing", "Import invoices and credit notes, and start their cases."),
    "start": Entry("terminal.starting", "Start or wake a case, or all that should run."),
    "payments": Entry("terminal.payments", "Book the payments of bank files."),
    "pay": Entry("terminal.payments", "Book a payment on an invoice by hand."),
    "unmatched": Entry("terminal.review", "Payments that no invoice explains by itself."),
    "match": Entry("terminal.review", "Book such a payment, or send it back."),
    "refunds": Entry("terminal.refunds", "Money owed back to payers."),
    "status": Entry("terminal.cases", "Where a case stands and what happened in it."),
    "why": Entry("terminal.why", "Why a case does what it does, or a message was sent."),
    "list": Entry("terminal.case_list", "The cases that a filter describes."),
    "control": Entry("terminal.control", "What waits, is late or stands still, this morning."),
    "hold": Entry("terminal.commands", "Pause one case or many."),
    "release": Entry("terminal.commands", "Let one case or many go on."),
    "skip": Entry("terminal.commands", "Leave a step out of this round."),
    "send-now": Entry("terminal.commands", "Take a step at once, as far as the law allows."),
    "withdraw": Entry("terminal.commands", "Give a case up."),
    "unwithdraw": Entry("terminal.commands", "Undo a withdrawal that nobody has heard of."),
    "use-credit": Entry("terminal.commands", "Let credit of another invoice pay this one."),
    "undo-credit": Entry("terminal.commands", "Take such credit back."),
    "ask-write-off": Entry("terminal.commands", "Ask somebody else to write off the rest."),
    "write-off": Entry("terminal.commands", "Write off what is left of a closed case."),
    "undo-skip": Entry("terminal.commands", "Take a step again that was left out."),
    "undo-send": Entry("terminal.commands", "Let a step come at its own time."),
    "waive-fees": Entry("terminal.commands", "Take back the fees of an invoice."),
    "new-due-date": Entry("terminal.commands", "Give an invoice another due date."),
    "choose-policy": Entry("terminal.commands", "Say by which policy a case goes on."),
    "send-link": Entry("terminal.commands", "Send who is on the phone the way to pay."),
    "settle-delivery": Entry("terminal.commands", "Say whether a message without an answer was sent."),
    "pay-back": Entry("terminal.commands", "Owe what was paid too much back."),
    "note": Entry("terminal.commands", "Write a note into a case's diary."),
    "revoke-links": Entry("terminal.links", "Take links to the invoice page back."),
    "dispute": Entry("terminal.commands", "Open or resolve a dispute."),
    "promise": Entry("terminal.plans", "The debtor promises to pay by a day."),
    "plan": Entry("terminal.plans", "Instalment plans: offers, agree, show, end."),
    "approve": Entry("terminal.commands", "Agree to a hand-off to collection, or not."),
    "restored": Entry("terminal.restored", "After a restore: put back what went out since the backup."),
    "stop": Entry("terminal.stops", "Stop switches: on, off, list."),
    "tasks": Entry("terminal.tasks", "What waits for a person: list, done."),
    "calls": Entry("terminal.calls", "Calls to debtors: list, take, outcome, snooze, give."),
    "replies": Entry("terminal.replies", "What debtors wrote or said: list, thread, done and more."),
    "sort": Entry("terminal.sorting", "Sort messages of a file by what they say."),
    "models": Entry("terminal.models", "What was learned: list, show, use, back, retire."),
    "simulate": Entry("terminal.simulate", "Play a debtor against `make run`: mail, sms, call."),
    "letters": Entry("terminal.letters", "Print batches: list, posted, returned, statuses."),
    "mandates": Entry("terminal.direct_debit", "Mandates for direct debit: read, take over, list."),
    "claims": Entry("terminal.direct_debit", "Direct-debit claims: list, write, answers."),
    "hand-offs": Entry("terminal.hand_offs", "Hand-offs: list, export, answer, messages, acknowledge."),
    "dossier": Entry("terminal.dossiers", "All of a case in one ZIP, for a court or others."),
    "e-invoice": Entry("terminal.e_invoices", "An invoice as an e-invoice for Peppol."),
    "vouchers": Entry("terminal.vouchers", "Accounting vouchers: begin, close, list, show, check."),
    "policy": Entry("terminal.policies", "Dunning plans: check, preview, list."),
    "forecast": Entry("terminal.forecasts", "What would go out in the next days."),
    "fees": Entry("terminal.fees", "Fees by month, against what their handling costs."),
    "report": Entry("terminal.reports", "What is owed, paid, said and kept: reports of any past day."),
    "rates": Entry("terminal.rates", "Rates of exchange, for reports in one currency: add, list."),
    "creditor": Entry("terminal.creditors", "Creditors: add, keys, check, ramp, rehearse, compare, look."),
    "words": Entry("terminal.words", "A creditor's own words: list, show, put, preview, sample."),
    "content": Entry("terminal.content", "Own content on the invoice page: list, put, preview, end."),
    "notices": Entry("terminal.notices", "Notices to many: write, show, send, stop, list."),
    "customers": Entry("terminal.customers", "Customers worth keeping: what is known of their relations."),
    "debtor": Entry("terminal.debtors", "Change what is known of a debtor."),
    "user": Entry("terminal.users", "Who works at the desk: put, end, list, roles."),
    "outbox": Entry("terminal.outbox", "News on its way to cases: show, retry."),
    "webhooks": Entry("terminal.webhooks", "Webhooks to creditors' systems: add, list, replay and more."),
}
