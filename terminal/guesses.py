"""Who will pay, as it is guessed: how good that is against simpler guesses, and learning and scoring at once."""

from typing import Annotated

import typer

from terminal import output
from terminal.connection import command, parts

app = typer.Typer()
prediction = typer.Typer(help="Who will pay, as it is guessed: report, train, score.")
app.add_typer(prediction, name="prediction")


@command(prediction, "report")
async def report(
    history: Annotated[
        int | None, typer.Option(metavar="FILE", help="An imported past alone, by its number in `history list`.")
    ] = None,
    creditor: Annotated[str | None, typer.Option(help="One creditor's facts and imported pasts, else all.")] = None,
) -> None:
    """Learn in four ways from what came first, measure each on what came last, and say which is used. Nothing is kept."""
    from facts import clock  # who only asks for help waits for nothing that reckons
    from prediction.history.imported import file_past, whole_past
    from prediction.payments import report as of_trial
    from prediction.payments.training import TooThin, try_out

    if history is not None and creditor is not None:
        raise output.Refusal("--history names one file and --creditor all of a creditor's: give one of them")
    async with parts() as here, here.database.snapshot() as connection:
        now = await clock.now(connection, creditor)
        if history is not None:
            past = await file_past(connection, history, now)
        else:
            past = await whole_past(connection, now, creditor)
    output.hint(f"learning from {len(past.invoices)} invoices: this takes from some seconds to some minutes")
    try:
        found = of_trial.document(try_out(past))
    except TooThin as thin:
        said = f"nothing is learned: {thin}; the fixed ladder stands"
        output.answer({"verdict": None, "too_thin": str(thin), "invoices": len(past.invoices)}, said)
        return
    output.answer_table(
        found, of_trial.rows(found), title="each guess against what came; in brackets 95 % over customers"
    )
    if output.in_words():
        output.hint(of_trial.words(found))


@command(prediction, "train")
async def train() -> None:
    """Learn at once from all that is known, and use it where it is good enough; what lost its calibration is retired."""
    from activities.guess_payments import GuessPayments
    from prediction.payments import refresh

    async with parts() as here:
        said = await GuessPayments(here.database, refresh).learn(at_once=True)
    output.answer({"said": said}, said)


@command(prediction, "score")
async def score() -> None:
    """Score every open case at once by what is in use."""
    from activities.guess_payments import GuessPayments
    from prediction.payments import refresh

    async with parts() as here:
        scored = await GuessPayments(here.database, refresh).score()
    output.answer({"scored": scored}, f"{scored} open cases are scored")
