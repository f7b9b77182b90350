"""`python -m simulator.history --seed N --out DIR`: writes a past with planted truths, for `history import` to read."""

from pathlib import Path
from typing import Annotated

import typer

from simulator.history.truths import Truths
from simulator.history.written import TRUTHS, write

app = typer.Typer()


@app.command()
def main(
    seed: Annotated[int, typer.Option(min=0, help="The same seed writes the same bytes.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to.")],
    cases: Annotated[int, typer.Option(min=1, max=10_000_000, help="How many invoices in all.")] = 100_000,
) -> None:
    """Write a file and a map for each creditor, and beside them the truths that no learner opens."""
    write(seed, cases, out, Truths())
    print(f"{cases} cases are in {out}, and what is true of them in {out / TRUTHS}")


if __name__ == "__main__":
    app()
