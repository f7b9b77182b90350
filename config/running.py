"""What runs on this machine, told to the terminal: where it is and the secrets that it keeps, beside its state."""

import json
import os
import secrets
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from config.settings import Settings

RUN_FILE = "run.json"
SECRETS_FILE = "secrets.json"
SECRETS = {"link_secrets": "link_secret", "inbound_mail_secrets": "inbound_mail_secret"}
ADDRESSES = ("inbound_mail_domain", "twilio_sms_from", "twilio_whatsapp_from", "twilio_api_base")
FOLDERS = (
    "print_folder",
    "hand_off_folder",
    "voucher_folder",
    "refund_folder",
    "direct_debit_folder",
    "bank_file_folder",
)


@contextmanager
def announced(settings: Settings, temporal_ui_url: str) -> Iterator[None]:
    """Tell other programs, the terminal above all, where everything is for as long as it runs: `run.json`."""
    place = settings.state_folder / RUN_FILE
    told = {
        "pid": os.getpid(),
        "database_url": settings.database_url.get_secret_value(),
        "temporal_address": settings.temporal_address,
        "temporal_ui_url": temporal_ui_url,
        "web_url": settings.public_url,
    }
    told |= {name: str(getattr(settings, name).resolve()) for name in FOLDERS}
    told |= {name: getattr(settings, name) for name in ADDRESSES}
    beside = place.with_suffix(".part")
    beside.write_text(json.dumps(told, indent=1) + "\n")
    beside.rename(place)
    try:
        yield
    finally:
        place.unlink()


def is_running(folder: Path) -> bool:
    """Whether what was announced in a state folder still runs: what a crash left behind names servers of others by now."""
    try:
        os.kill(int(json.loads((folder / RUN_FILE).read_text())["pid"]), 0)
    except PermissionError:
        return True  # of another user
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return True


def found(settings: Settings) -> dict[str, Any]:
    """The settings of what runs on the state folder, but for those given; ValueError where they cannot be understood."""
    try:
        told = json.loads((settings.state_folder / RUN_FILE).read_text())
        kept = json.loads((settings.state_folder / SECRETS_FILE).read_text())
        # What runs may be of an earlier version, with fewer folders and no mail.
        here: dict[str, Any] = {name: Path(told[name]) for name in FOLDERS if name in told}
        here |= {"webhook_signing_keys": (SecretStr(kept["webhook_signing_key"]),), "webhooks_allow_private": True}
        here |= {setting: (SecretStr(kept[name]),) for setting, name in SECRETS.items() if name in kept}
        here |= {name: told[name] for name in ADDRESSES if name in told}
        here |= {"public_url": told["web_url"], "temporal_address": told["temporal_address"]}
        its_own = {"database_url": SecretStr(told["database_url"])}
    except (OSError, KeyError, TypeError) as broken:
        raise ValueError(str(broken)) from broken
    return {name: value for name, value in here.items() if name not in settings.model_fields_set} | its_own


def kept_secrets(place: Path) -> dict[str, str]:
    """The secrets of this state folder, made once and readable by its owner alone; what is new is added."""
    kept: dict[str, str] = json.loads(place.read_text()) if place.exists() else {}
    made = {
        "link_secret": secrets.token_urlsafe(32),
        "payment_webhook_secret": f"whsec_{b64encode(secrets.token_bytes(32)).decode()}",
        "webhook_signing_key": secrets.token_urlsafe(32),
        "inbound_mail_secret": secrets.token_urlsafe(32),
    }
    if made.keys() - kept.keys():
        kept = made | kept
        beside = place.with_suffix(".part")
        beside.touch(mode=0o600)
        beside.write_text(json.dumps(kept, indent=1) + "\n")
        beside.rename(place)
    return kept
