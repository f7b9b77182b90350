"""What was learned: its versions, how good each was on what it had not seen, and which one is in use."""

from typing import Annotated

import typer

from commands.prediction import choice
from facts.prediction import versions
from facts.prediction.versions import NAMES, WITHOUT, InUse, ModelName, Version
from prediction.words.code import code
from terminal import output
from terminal.connection import command, transaction
from terminal.output import Refusal
from terminal.who import By, Reason
from views.prediction.card import card

app = typer.Typer()
models = typer.Typer(help="What was learned: list, show, card, use, back, retire.")
app.add_typer(models, name="models")

OF_OTHER_CODE = "; it was learned by other code, so what is built in sorts until the next night"
Name = Annotated[ModelName, typer.Argument(metavar="NAME", help=f"What is learned: {' or '.join(NAMES)}.")]
Number = Annotated[int, typer.Argument(metavar="VERSION", help="Its number; 0 of words is what is built in.")]


@command(models, "list")
async def list_() -> None:
    """Every version of what was learned, and what is in use."""
    async with transaction() as (connection, _):
        used = {name: await versions.in_use(connection, name) for name in NAMES}
        found = await versions.list_(connection, *NAMES)
    rows = [_told(each, used[each.name]) for each in found]
    said = {name: each.words for name, each in used.items()}
    if any(each.name == "words" and each.number == used["words"].number and each.code != code() for each in found):
        said["words"] += OF_OTHER_CODE
    output.answer_table({"in_use": said, "versions": rows}, rows, empty="nothing was learned here yet")
    if output.in_words():
        output.hint("\n".join(f"{name}: {words}" for name, words in said.items()))


@command(models, "show")
async def show(name: Name, number: Number) -> None:
    """A version: when it was learned and from what, its figures on what it had not seen, and why it did not pass."""
    async with transaction() as (connection, _):
        if number == versions.NOT_LEARNED:
            raise Refusal(f"version 0 of {name} is {WITHOUT[name]}: it was not learned here, and has no figures here")
        version = await versions.read(connection, name, number)
        used = await versions.in_use(connection, name)
    told = _told(version, used) | {"data": version.data_hash, "code": version.code}
    rows = [{"what": what, "is": is_} for what, is_ in (told | dict(version.metrics)).items()]
    output.answer_table(told | {"figures": version.metrics}, rows, title=f"{name}, version {number}")


@command(models, "card")
async def card_(
    name: Name,
    number: Annotated[
        int | None, typer.Argument(metavar="[VERSION]", help="Its number; left out, the one in use.")
    ] = None,
) -> None:
    """The card of a model as Markdown: from what, how good for whom, what it may be used for, and who chose it."""
    async with transaction() as (connection, _):
        written = await card(connection, name, number)
    output.answer({"name": name, "card": written}, written.rstrip())


@command(models, "use")
async def use(name: Name, number: Number, by: By, reason: Reason = "operator") -> None:
    """Use a version from now on; what is learned later and is good enough is used after it."""
    async with transaction() as (connection, now):
        used = await choice.use_version(connection, name, number, by, reason, now)
    _answer(used)


@command(models, "back")
async def back(name: Name, by: By, reason: Reason = "operator") -> None:
    """Use what was in use before; again, what was before that."""
    async with transaction() as (connection, now):
        used = await choice.go_back(connection, name, by, reason, now)
    _answer(used)


@command(models, "retire")
async def retire(name: Name, by: By, reason: Reason = "operator") -> None:
    """Use nothing that was learned here, nor what is learned later, until `use` or `back`."""
    async with transaction() as (connection, now):
        used = await choice.retire(connection, name, by, reason, now)
    _answer(used)


def _answer(used: InUse) -> None:
    document = {"name": used.name, "version": used.number, "retired": used.retired}
    output.answer(document, f"in use of {used.name}: {used.words}")


def _told(version: Version, used: InUse) -> dict[str, object]:
    return {
        "name": version.name,
        "version": version.number,
        "learned_at": version.at,
        "passed": version.passed,
        "in_use": version.number == used.number,
        "why_not": version.why,
    }
