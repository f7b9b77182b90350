"""The rules: countries and policies, those that ship with Purr or those of a named folder, checked at the start."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

from config.rule_folders import RuleFolders
from domain.countries.law import Law
from domain.countries.law_loader import LawError, load_law
from domain.located_yaml import FileError, Problem
from domain.policy.loader import PolicyError, load_policy
from domain.policy.policy import Policy

FOLDER = Path(__file__).parent
COUNTRIES = FOLDER / "countries"
POLICIES = FOLDER / "policies"
HOME = "NO"  # the country by whose days money is booked
MOST_KEPT = 256  # of laws and of policies: a text is read once in a process


def read_laws(folder: Path | None = None) -> dict[str, Law]:
    """The laws by country code; raises LawError with file and line, also where the home country has none."""
    folder = folder or RuleFolders().countries_folder or COUNTRIES
    laws = {law.country: law for law in (_law(_text(path, LawError), path.name) for path in _files(folder))}
    if HOME not in laws:
        raise LawError([Problem(str(folder), 0, f"no file here is of {HOME}", "name a folder of country files")])
    return laws


def read_policies(laws: Mapping[str, Law], on: date, folder: Path | None = None) -> dict[str, tuple[Policy, str]]:
    """The policies by name with their texts; raises PolicyError with file and line."""
    policies: dict[str, tuple[Policy, str]] = {}
    for path in _files(folder or RuleFolders().policies_folder or POLICIES):
        text = _text(path, PolicyError)
        policy = _policy(text, path.name, tuple(laws.values()), on)
        if policy.name in policies:
            raise PolicyError([Problem(path.name, 1, f"another file is of {policy.name} too", "give it its own name")])
        policies[policy.name] = (policy, text)
    return policies


def read_template_texts(folder: Path | None = None) -> dict[str, str]:
    """The files of WhatsApp templates by name, of the named folder or the environment's; raises FileError."""
    folder = folder or RuleFolders().whatsapp_folder
    if folder is not None and not folder.is_dir():
        raise FileError([Problem(str(folder), 0, "is no folder", "name one in PURR_WHATSAPP_FOLDER")])
    return {path.name: _text(path, FileError) for path in _files(folder)} if folder else {}


@lru_cache(MOST_KEPT)
def _law(text: str, file: str) -> Law:
    return load_law(text, file)


@lru_cache(MOST_KEPT)
def _policy(text: str, file: str, laws: tuple[Law, ...], on: date) -> Policy:
    return load_policy(text, file, {law.country: law for law in laws}, on=on)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))


def _text(path: Path, error: type[FileError]) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as unread:
        raise error([Problem(path.name, 0, f"cannot be read: {unread.strerror}", "let Purr read it")]) from unread
    except UnicodeDecodeError as other:
        raise error([Problem(path.name, 1, "is no UTF-8 text", "save it as UTF-8")]) from other
