"""Who will pay, as it is guessed: how good that is against simpler guesses, and learning and scoring at once."""

import typer

from terminal import output
from terminal.connection import command, parts
from terminal.pasts import OfCreditor, OfFile, past_of

app = typer.Typer()
prediction = typer.Typer(
    help="Who will pay, as it is guessed, and how contacts may go: report, train, score, contacts, strategies."
)
app.add_typer(prediction, name="prediction")


@command(prediction, "report")
async def report(
    history: OfFile = None,
    creditor: OfCreditor = None,
) -> None:
    """Learn in four ways from what came first, measure each on what came last, and say which is used. Nothing is kept."""
    from prediction.payments import report as of_trial  # who only asks for help waits for nothing that reckons
    from prediction.payments.training import TooThin, try_out

    past = await past_of(history, creditor)
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


@command(prediction, "contacts")
async def contacts() -> None:
    """Learn at once what contacts do, and propose how those that come soon may go, within what their policies allow."""
    from activities.propose_contacts import ProposeContacts
    from prediction.contacts import learning

    async with parts() as here:
        acts = ProposeContacts(here.database, here.planning, learning)
        said, proposed = await acts.learn(at_once=True), await acts.propose()
    output.answer({"said": said, "proposed": proposed}, f"{said}\nnew proposals: {proposed}")


@command(prediction, "strategies")
async def strategies() -> None:
    """Judge at once what each change of one line of policies would come to, and keep it for the desk."""
    from activities.judge_strategies import JudgeStrategies
    from prediction.effects import judging

    async with parts() as here:
        judged = await JudgeStrategies(here.database, here.planning, here.laws, judging).judge(at_once=True)
    output.answer({"judged": judged}, f"{judged} policies are judged")
