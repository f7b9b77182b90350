"""The templates of messages: those of a language, and in their place those that a country has of its own."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from messages.languages import FOLDER, Locale, is_to_business, language_of
from messages.to_business import Address, address_of


@cache
def templates(locale: Locale, folder: Path = FOLDER) -> Environment:
    """The templates in a folder, which may include ours. They are plain text: a layout escapes them for its own form.

    All name each other by the language alone: `sv/pay.sms.j2` is the one in `sv_FI` where there is one.
    """
    language = language_of(locale)
    own = (
        [FileSystemLoader([above / locale for above in dict.fromkeys((folder, FOLDER))])] if locale != language else []
    )
    loader: BaseLoader = ChoiceLoader(
        [*(PrefixLoader({language: each}) for each in own), FileSystemLoader([folder, FOLDER])]
    )
    address = address_of(FOLDER / language) if is_to_business(locale) else None
    return Environment(
        loader=_AddressedLoader(loader, address) if address else loader,
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


class _AddressedLoader(BaseLoader):
    """Templates of another loader as they are said to a business."""

    def __init__(self, loader: BaseLoader, address: Address) -> None:
        self._loader, self._address = loader, address

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        """The text of a template, and where it stands."""
        text, file, current = self._loader.get_source(environment, template)
        return self._address.of(text), file, current
