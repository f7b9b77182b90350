"""What interests whom of what a creditor says beside its invoices: who was shown it, and who followed it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.intervals import FEWEST, of_share
from domain.pieces import Piece
from views.reports.report import CREDITOR, Asked, Column, ReportSpec, Row, and_few, percent_of

# What somebody was shown is kept under seal, so that nobody's reading is known: whom a piece is for is what it was put for.
CONTENT = text("""
select p.name, p.piece, count(*) filter (where m.what = 'shown') as shown, count(*) filter (where m.what = 'clicked') as clicked,
  count(*) filter (where m.helped) as helped, count(*) filter (where not m.helped) as did_not_help
from content_piece p join content_mark m on m.piece_id = p.id
where p.creditor_id = :creditor and m.day >= :since and m.day <= :on and p.piece is not null
group by p.id, p.name, p.piece order by shown desc, p.name, p.id
""")


async def _content(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    found = (await connection.execute(CONTENT, asked.values)).all()
    shown = [row for row in found if row.shown >= FEWEST]
    rows = [_of_piece(row) for row in shown]
    return rows, and_few(_followed(shown, asked), len(found) - len(shown), "pieces")


def _of_piece(row: Any) -> Row:
    piece = Piece.model_validate(row.piece)
    followed = of_share(min(row.clicked, row.shown), row.shown)
    return {
        "piece": row.name,
        "content_kind": piece.kind.value,
        "segment": piece.segment or "any",
        "debtor_kind": piece.debtor_kind or "any",
        "shown": row.shown,
        "followed": row.clicked,
        **{name: percent_of(followed[place]) if followed else None for place, name in enumerate(FOLLOWED)},
        "helped": row.helped,
        "did_not_help": row.did_not_help,
    }


def _followed(shown: Sequence[Any], asked: Asked) -> str:
    if not shown:
        return f"too few were shown anything of the creditor's own since {asked.since}"
    most = max(shown, key=lambda row: row.clicked / row.shown)
    return (
        f"{most.name} interests most: {most.clicked} of {most.shown} who were shown it followed it since {asked.since}"
    )


FOLLOWED = ("followed_percent", "followed_from", "followed_to")
CONTENT_READ = ReportSpec(
    "content",
    "What interests whom",
    (
        CREDITOR,
        Column("piece", "text", "The creditor's own name for it."),
        Column("content_kind", "text", "What it is."),
        Column("segment", "text", "Whose invoices it stands beside."),
        Column("debtor_kind", "text", "To whom it is shown."),
        Column("shown", "count", "Beside how many invoices somebody was shown it."),
        Column("followed", "count", "Of them, where somebody followed a link in it."),
        Column("followed_percent", "percent", "Which share that is."),
        Column("followed_from", "percent", "At least such a share, chance apart."),
        Column("followed_to", "percent", "At most such a share."),
        Column("helped", "count", "How many said that it helped."),
        Column("did_not_help", "count", "How many said that it did not."),
    ),
    _content,
    ("piece", ("followed_percent",)),
    usual_days=90,
)
