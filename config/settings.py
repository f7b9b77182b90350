"""Everything that differs between places Purr runs in, read from `PURR_…` environment variables alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PositiveFloat,
    SecretStr,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from config.rule_folders import RuleFolders

PREFIX = "PURR_"
REQUIRED_IN_PRODUCTION = (
    "database_url",
    "public_url",
    "sendgrid_api_key",
    "sendgrid_public_key",
    "email_sender",
    "twilio_account_sid",
    "twilio_auth_token",
    "twilio_sms_from",
    "link_secrets",
    "payment_webhook_secrets",
)


class SettingsError(Exception):
    """The environment is not one Purr can run in; the message lists every variable to correct."""


def _words(value: object) -> object:
    """The parts of a list written in one variable, separated by commas or spaces."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _by_creditor(value: object) -> object:
    """Secrets written as CREDITOR:SECRET, by their creditor."""
    if not isinstance(value, str):
        return value
    secrets: dict[str, list[str]] = {}
    for word in value.replace(",", " ").split():
        creditor, colon, secret = word.partition(":")
        if not (colon and creditor and secret):
            raise ValueError(
                "write each secret behind its creditor's id, CREDITOR:SECRET (acme:whsec_…): who signs with it tells of that "
                "creditor alone. One source of several creditors: write its secret behind each"
            )
        secrets.setdefault(creditor, []).append(secret)
    return secrets


def _address(value: str) -> str:
    host, colon, port = value.rpartition(":")
    if not (colon and host and "/" not in host and port.isdecimal() and 0 < int(port) < 65536):
        raise ValueError("is no address: write HOST:PORT, such as 127.0.0.1:7233")
    return value


def _scanner(value: str) -> str:
    return value if not value or value.startswith("unix:/") else _address(value)


def _database(value: SecretStr) -> SecretStr:
    if value.get_secret_value():
        try:
            url = urlsplit(value.get_secret_value())
            right = url.scheme in ("postgresql", "postgresql+psycopg") and len(url.path) > 1 and url.port != 0
        except ValueError:  # a port that is no number
            right = False
        if not right:
            raise ValueError("is no database URL: write postgresql+psycopg://user:password@host/database") from None
    return value


Address = Annotated[str, AfterValidator(_address)]
Port = Annotated[int, Field(ge=1, le=65535)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://\S*[^/\s]$")]
Secret = Annotated[SecretStr, Field(min_length=1)]
LongSecret = Annotated[SecretStr, Field(min_length=32)]
DOMAIN = r"^$|^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$"
Secrets = Annotated[tuple[Secret, ...], NoDecode, BeforeValidator(_words)]
"""Several are valid while one rotates."""
Read = TypeVar("Read", bound=BaseSettings)


class Settings(RuleFolders):
    """The settings of one process; what is empty by default is required in production."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    environment: Literal["embedded", "production"] = "embedded"
    """`embedded` brings its own servers and simulated providers; `production` demands real ones."""

    database_url: Annotated[SecretStr, AfterValidator(_database)] = SecretStr("")
    """The facts' PostgreSQL as a SQLAlchemy URL: `postgresql+psycopg://user:password@host/database`."""

    temporal_address: Address = "127.0.0.1:7233"
    """Host and port of the Temporal server or of the Temporal Cloud namespace."""
    temporal_namespace: str = "default"
    """The Temporal namespace the cases live in."""
    temporal_api_key: SecretStr = SecretStr("")
    """The API key of Temporal Cloud; when given, the connection is encrypted with TLS."""

    temporal_ui_url: Annotated[str, StringConstraints(pattern=r"^$|^https?://\S*[^/\s]$")] = ""
    """Where the people who work at the desk find the Temporal web UI; empty: the desk leads to none."""

    public_url: Annotated[Url, StringConstraints(max_length=60)] = "http://127.0.0.1:8000"
    """Where customers and providers reach the web app, without a slash at the end; short, as every SMS carries it."""
    web_host: str = "127.0.0.1"
    """The address the web app binds to."""
    web_port: Port = 8000
    """The port the web app binds to."""

    state_folder: Path = Path(".local")
    """Where the embedded servers keep their state."""
    print_folder: Path = Path(".local/print")
    """Where print batches of letters and their manifests are put for the printer."""
    hand_off_folder: Path = Path(".local/hand-off")
    """Where the daily hand-off files are put for the collection partner."""
    voucher_folder: Path = Path(".local/vouchers")
    """Where the daily files of accounting vouchers are put for the creditors' accounting."""
    refund_folder: Path = Path(".local/refunds")
    """Where files of refunds (pain.001) are put for the creditors' banks, by `refunds write`."""
    bank_file_folder: Path = Path(".local/bank-files")
    """Where the bank's files are left to be booked; each is moved to `done` or `refused` in it."""
    invoice_folder: Path = Path(".local/invoices")
    """Where files of invoices are left to be imported; each is moved to `done` or `refused` in it, beside what became of it."""
    relation_folder: Path = Path(".local/customer-relations")
    """Where files of customer relations are left to be taken; each is moved to `done` or `refused` in it, with a report."""
    house_status_folder: Path = Path(".local/house-status")
    """Where a distribution house leaves its status files; each is moved to `done` or `refused` in it, with a report."""
    letter_in_folder: Path = Path(".local/letters-in")
    """Where a scanner leaves letters that came on paper, each as a PDF; each is moved to `done` or `refused` in it, beside what
    became of it."""
    attachment_folder: Path = Path(".local/attachments")
    """Where files lie that debtors send on the invoice page: one folder for the web app, the worker and the terminal."""
    clamd_address: Annotated[str, AfterValidator(_scanner)] = ""
    """The clamd that looks at every file that a debtor sends, as HOST:PORT or `unix:/path/of/its/socket`; empty: nobody
    looks. While it does not answer no file is taken."""
    direct_debit_folder: Path = Path(".local/direct-debit")
    """Where direct-debit files pass: `out` for the bank to collect, `in` for the mandates it leaves."""

    sendgrid_api_key: SecretStr = SecretStr("")
    """The SendGrid API key that may send mail."""
    sendgrid_host: Url = "https://api.sendgrid.com"
    """The SendGrid API, or the emulator that stands in for it."""
    sendgrid_public_key: str = ""
    """The public key (base64 DER) that SendGrid's signed event webhook is verified with."""
    email_sender: str = ""
    """The address emails are sent from, of a domain verified with SendGrid."""
    operations_email: str = ""
    """Where every morning's control goes: what waits, is late or stands still. Empty: nobody gets it."""
    inbound_mail_domain: Annotated[str, StringConstraints(pattern=DOMAIN, to_lower=True)] = ""
    """The domain whose mail SendGrid posts to us (Inbound Parse): answers to emails come to addresses in it, and to the
    creditor's own address where it is empty."""
    inbound_mail_secrets: Annotated[tuple[LongSecret, ...], NoDecode, BeforeValidator(_words)] = ()
    """Secrets that end the address inbound mail is posted to: several are good while one is replaced; at least 32
    characters each."""

    twilio_account_sid: str = ""
    """The Twilio account."""
    twilio_auth_token: SecretStr = SecretStr("")
    """The Twilio token that signs requests both ways."""
    twilio_api_base: Url = "https://api.twilio.com"
    """The Twilio API, or the emulator that stands in for it."""
    twilio_sms_from: str = ""
    """The sender of SMS: an E.164 number that takes replies."""
    twilio_whatsapp_from: str = ""
    """The WhatsApp sender as E.164; empty when direct messages are not used."""

    link_secrets: Annotated[tuple[LongSecret, ...], NoDecode, BeforeValidator(_words)] = ()
    """Secrets of the links to invoices: the first signs, all verify; at least 32 characters each."""
    payment_webhook_secrets: Annotated[Mapping[str, tuple[Secret, ...]], NoDecode, BeforeValidator(_by_creditor)] = {}
    """Standard Webhooks secrets of the payment sources, each as `CREDITOR:SECRET`; several of one creditor are valid
    while one rotates."""
    collection_partner_secrets: Annotated[
        Mapping[str, tuple[Secret, ...]], NoDecode, BeforeValidator(_by_creditor)
    ] = {}
    """Standard Webhooks secrets shared with the collection partners that have an API, each as `CREDITOR:SECRET`: the first
    signs what is sent, all of one creditor verify what comes."""
    webhook_signing_keys: Annotated[tuple[LongSecret, ...], NoDecode, BeforeValidator(_words)] = ()
    """Master keys of the webhooks to creditors' systems: the first is current, all sign; at least 32 characters each."""
    webhooks_allow_private: bool = False
    """Lets webhooks go to private addresses and over plain http: for a world on one machine alone."""

    identity_issuer: Annotated[str, StringConstraints(pattern=r"^$|^https?://\S*[^/\s]$")] = ""
    """The provider by which debtors show who they are (OpenID Connect; in Norway a broker of BankID): its issuer, exactly as
    it writes it. Empty: they prove it by codes alone."""
    identity_client_id: str = ""
    """Our client id at that provider; `/i/bankid` is where it sends people back to."""
    identity_client_secret: SecretStr = SecretStr("")
    """Our client secret at that provider."""
    identity_levels: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)] = ("urn:grn:authn:no:bankid:high",)
    """The levels of assurance (`acr`) that are asked for, and of which one must be told."""

    desk_issuer: Annotated[str, StringConstraints(pattern=r"^$|^https?://\S*[^/\s]$")] = ""
    """The provider by which the people who work at the desk sign in (OpenID Connect): its issuer, exactly as it writes it.
    Empty: the desk is closed."""
    desk_client_id: str = ""
    """Our client id at that provider; `/desk/sign-in/back` is where it sends people back to."""
    desk_client_secret: SecretStr = SecretStr("")
    """Our client secret at that provider."""

    money_by_signal: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)] = ()
    """Creditors whose payments may come as Temporal signals that bring the money; all of them where Purr is embedded."""

    email_per_second: PositiveFloat = 50
    """How many emails a second leave at most, over all workers."""
    sms_per_second: PositiveFloat = 10
    """How many SMS a second leave at most, over all workers."""
    direct_message_per_second: PositiveFloat = 20
    """How many direct messages a second leave at most, over all workers."""
    letters_per_second: PositiveFloat = 100
    """How many letters a second are typeset at most, over all workers."""

    metrics_bind: str = "127.0.0.1"
    """The address the worker's Prometheus metrics are served on."""
    metrics_port: Port = 9464
    """The port the worker's Prometheus metrics are served on."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe log events that are written."""
    log_format: Literal["json", "console"] = "console"
    """`json` for machines, one object a line; `console` for people."""

    def takes_money_by_signal(self, creditor: str) -> bool:
        """Whether a signal may bring this creditor's money: whoever reaches the Temporal server can send one."""
        return self.environment == "embedded" or creditor in self.money_by_signal

    @model_validator(mode="after")
    def _mail_has_its_door(self) -> "Settings":
        if self.inbound_mail_domain and not self.inbound_mail_secrets:
            raise ValueError(
                f"{variable('inbound_mail_domain')} needs {variable('inbound_mail_secrets')}: without one nobody is let in "
                "with the mail that comes there"
            )
        return self

    @model_validator(mode="after")
    def _identity_is_whole(self) -> "Settings":
        if self.identity_issuer and not (
            self.identity_client_id and self.identity_client_secret.get_secret_value() and self.identity_levels
        ):
            needed = ", ".join(map(variable, ("identity_client_id", "identity_client_secret", "identity_levels")))
            raise ValueError(f"{variable('identity_issuer')} needs {needed}")
        if self.desk_issuer and not (self.desk_client_id and self.desk_client_secret.get_secret_value()):
            needed = ", ".join(map(variable, ("desk_client_id", "desk_client_secret")))
            raise ValueError(f"{variable('desk_issuer')} needs {needed}")
        return self

    @model_validator(mode="after")
    def _production_is_complete(self) -> "Settings":
        if self.environment == "production":
            given = self.model_fields_set
            missing = [name for name in REQUIRED_IN_PRODUCTION if name not in given or not getattr(self, name)]
            if missing:
                raise ValueError("missing in production: " + ", ".join(map(variable, missing)))
            if self.webhooks_allow_private:
                raise ValueError(
                    f"{variable('webhooks_allow_private')} is for a world on one machine, not for production"
                )
            for name in ("identity_issuer", "desk_issuer"):
                if getattr(self, name) and not getattr(self, name).startswith("https:"):
                    raise ValueError(
                        f"{variable(name)} is a provider of a world on one machine: production takes one over https"
                    )
        return self


def variable(field: str, kind: type[BaseSettings] = Settings) -> str:
    """The environment variable that a field of these settings is read from."""
    return f"{kind.model_config['env_prefix']}{field}".upper()


def read_settings() -> Settings:
    """The settings this process was started with. Raises SettingsError."""
    return read(Settings)


def read(kind: type[Read]) -> Read:
    """The settings of one kind that this process was started with; values never appear in errors.

    Raises `SettingsError` with every variable that is missing or not understood.
    """
    try:
        return kind()
    except ValidationError as error:
        problems = [
            f"{variable(str(problem['loc'][0]), kind)}: {problem['msg']}" if problem["loc"] else problem["msg"]
            for problem in error.errors(include_input=False)
        ]
        raise SettingsError("Purr cannot start with this environment:\n  " + "\n  ".join(problems)) from None
