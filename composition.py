"""The one composition root: what the settings make of every part that a process works with."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from config.files import HOME, read_laws, read_policies, read_template_texts
from config.settings import Settings, SettingsError, variable
from connectors.attachment_folder import AttachmentFolder
from connectors.direct_debit.folder import DirectDebitFolder
from connectors.drop_folder import DropFolder
from connectors.links import Links
from connectors.reply_addresses import ReplyAddresses
from domain.countries.calendar import Calendar
from domain.countries.law import Law
from domain.policy.policy import Policy
from facts.database import Database
from facts.invoices.intake import Intake
from planning.service import Planning

if TYPE_CHECKING:
    from channels.print_batches import PrintBatches
    from channels.whatsapp_templates import Templates
    from connectors.collection_partner.files import HandOffFiles
    from connectors.refund_files import RefundFiles
    from connectors.virus_scan import Scanner
    from connectors.voucher_files import VoucherFiles
    from connectors.webhooks.post import WebhookPost, WebhookSecrets


def database_address(settings: Settings) -> str:
    """Where the facts are. Raises SettingsError, in a sentence, where no database is named."""
    written = settings.database_url.get_secret_value()
    if not written:
        raise SettingsError(
            f"{variable('database_url')} names no database: give this process the environment of the others "
            "(`make run` has a worker and a web app of its own)"
        )
    return written


class Parts:
    """The parts of one process, over one database. Each is built once, when it is first asked for.

    What brings a library of its own is imported then too: a command at the terminal waits for nothing that it does not use.
    """

    def __init__(self, settings: Settings, database: Database, laws: Mapping[str, Law] | None = None) -> None:
        """`laws` are those of the country files unless given. Whoever gives the database closes it."""
        self.settings = settings
        self.database = database
        self._laws = laws

    # --- rules -----------------------------------------------------------------------------------------------

    @cached_property
    def laws(self) -> Mapping[str, Law]:
        """The laws by country code; raises LawError with file and line."""
        return self._laws or read_laws(self.settings.countries_folder)

    @cached_property
    def calendar(self) -> Calendar:
        """The home country's, by whose days money is booked."""
        return self.laws[HOME].calendar

    @property
    def calendars(self) -> tuple[Calendar, ...]:
        """The banking days and the clocks of every country that has a file."""
        return tuple(law.calendar for law in self.laws.values())

    @cached_property
    def planning(self) -> Planning:
        """What plans cases."""
        settings = self.settings
        # Who has no account at Twilio, as a web app may, does not know what there is.
        knows = bool(settings.twilio_sms_from or settings.twilio_account_sid)
        return Planning(self.laws, settings.twilio_sms_from if knows else None, self.policies)

    @cached_property
    def templates(self) -> "Templates":
        """The WhatsApp templates that are approved; raises FileError with file and line."""
        from channels.whatsapp_templates import load_templates

        return load_templates(read_template_texts(self.settings.whatsapp_folder))

    def policies(self, today: date) -> Mapping[str, tuple[Policy, str]]:
        """The policies by name with their texts, as the law of a day has them; raises PolicyError with file and line."""
        return read_policies(self.laws, today, self.settings.policies_folder)

    def intake(self, today: date) -> Intake:
        """What imports invoices, with these policies."""
        return Intake(self.policies(today), self.laws)

    # --- folders ---------------------------------------------------------------------------------------------

    @cached_property
    def print_batches(self) -> "PrintBatches":
        """The letters for the printer."""
        from channels.print_batches import PrintBatches

        return PrintBatches(self.settings.print_folder)

    @cached_property
    def hand_off_files(self) -> "HandOffFiles":
        """The files for the collection partner."""
        from connectors.collection_partner.files import HandOffFiles

        return HandOffFiles(self.settings.hand_off_folder)

    @cached_property
    def voucher_files(self) -> "VoucherFiles":
        """The files for the creditors' accounting."""
        from connectors.voucher_files import VoucherFiles

        return VoucherFiles(self.settings.voucher_folder)

    @cached_property
    def refund_files(self) -> "RefundFiles":
        """The files of refunds for the creditors' banks."""
        from connectors.refund_files import RefundFiles

        return RefundFiles(self.settings.refund_folder)

    @cached_property
    def attachments(self) -> AttachmentFolder:
        """What debtors send on the page."""
        return AttachmentFolder(self.settings.attachment_folder)

    @cached_property
    def scanner(self) -> "Scanner | None":
        """What looks for viruses in that; None where nobody does."""
        from connectors.virus_scan import Scanner

        return Scanner(self.settings.clamd_address) if self.settings.clamd_address else None

    @cached_property
    def direct_debit_folder(self) -> DirectDebitFolder:
        """The files to and from the centre that draws."""
        return DirectDebitFolder(self.settings.direct_debit_folder)

    @cached_property
    def bank_file_folder(self) -> DropFolder:
        """The bank's files."""
        return DropFolder(self.settings.bank_file_folder)

    @property
    def written_folders(self) -> Mapping[str, Path]:
        """Every folder that a worker puts files into or away in, by a short name."""
        settings = self.settings
        return {
            "letters": settings.print_folder,
            "hand-offs": settings.hand_off_folder,
            "vouchers": settings.voucher_folder,
            "bank-files": settings.bank_file_folder,
            "invoices": settings.invoice_folder,
            "customer-relations": settings.relation_folder,
            "letters-in": settings.letter_in_folder,
            "house-status": settings.house_status_folder,
            "direct-debit": settings.direct_debit_folder,
            "attachments": settings.attachment_folder,
        }

    # --- ways to people and systems ----------------------------------------------------------------------------

    @cached_property
    def links(self) -> Links:
        """The links to the invoice page."""
        return Links([secret.get_secret_value() for secret in self.settings.link_secrets], self.settings.public_url)

    @cached_property
    def reply_addresses(self) -> ReplyAddresses | None:
        """Where answers to emails come to; None where mail does not come to us."""
        secrets = [secret.get_secret_value() for secret in self.settings.link_secrets]
        domain = self.settings.inbound_mail_domain
        return ReplyAddresses(secrets, domain) if domain and secrets else None

    @cached_property
    def webhook_secrets(self) -> "WebhookSecrets | None":
        """What webhooks to creditors' systems are signed with; None where they are off."""
        from connectors.webhooks.post import WebhookSecrets

        keys = [key.get_secret_value() for key in self.settings.webhook_signing_keys]
        return WebhookSecrets(keys) if keys else None

    @cached_property
    def webhook_post(self) -> "WebhookPost":
        """What posts webhooks."""
        from connectors.webhooks.post import WebhookPost

        return WebhookPost(allow_private=self.settings.webhooks_allow_private)
