"""Where the rules are read from: known to every program, also to those that read none."""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import BaseSettings, SettingsConfigDict

Folder = Annotated[Path | None, BeforeValidator(lambda given: given or None)]


class RuleFolders(BaseSettings):
    """Where the rules are read from."""

    model_config = SettingsConfigDict(env_prefix="PURR_", extra="ignore", frozen=True, hide_input_in_errors=True)

    countries_folder: Folder = None
    """The folder of country files, one for each country whose law is followed; empty: those that ship with Purr."""
    policies_folder: Folder = None
    """The folder of policy files; empty: those that ship with Purr."""
    whatsapp_folder: Folder = None
    """The folder of files with the WhatsApp templates that Meta has approved; empty: none, and WhatsApp only answers."""
