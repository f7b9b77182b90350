"""The simulated Meta approves all of our WhatsApp templates, each under an id that follows from what it is."""

from hashlib import md5
from pathlib import Path

from domain.languages import LANGUAGES, Language
from messages import approved
from simulator.emulators.twilio import Template


def content_sid(voice: str, language: Language) -> str:
    """The content id of a kind and tone in a language, such as `reminder.kind` in nb."""
    return f"HX{md5(f'{language}/{voice}'.encode(), usedforsecurity=False).hexdigest()}"


def approved_by_meta() -> dict[str, Template]:
    """What the provider has, by content id."""
    return {
        content_sid(voice, language): Template(each.words)
        for language in LANGUAGES
        for voice, each in approved.ours(language).items()
    }


def write_down(folder: Path) -> None:
    """The same as an operator writes it down for Purr: a file in the folder, made where there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "approved.yaml").write_text(approved.as_file(content_sid), encoding="utf-8")
