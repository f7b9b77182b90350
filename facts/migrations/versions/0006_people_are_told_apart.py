"""People are told apart: the names of each debtor, organisation numbers in one spelling, addresses that can be looked up."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

AT_A_TIME = 5000
LETTERS: dict[str, str | int | None] = {"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "þ": "th"}
# An organisation number in one spelling: of Norway's the nine digits, else without spaces, dots and dashes.
PLAIN = r"regexp_replace(upper({0}), '[\s.\-]', '', 'g')"
ONE_SPELLING = rf"regexp_replace({PLAIN}, '^(?:NO)?(\d{{{{9}}}})(?:MVA)?$', '\1')"


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "debtor",
        sa.Column("known_as", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
    )
    op.create_index("contact_point_address", "contact_point", ["address", "channel"], unique=False)
    connection = op.get_bind()
    for table in ("creditor", "debtor"):
        spelt = ONE_SPELLING.format("organisation_number")
        taken = f"and not exists (select from creditor o where o.organisation_number = {spelt})"
        connection.exec_driver_sql(
            f"update {table} set organisation_number = {spelt} where organisation_number <> {spelt} "
            + (taken if table == "creditor" else "")
        )
    # The oldest of a company's several spellings becomes the one that is found again.
    connection.exec_driver_sql(
        """
        update debtor d set key = 'organisation ' || d.organisation_number
        from (select min(id) as id from debtor where key like 'organisation %%'
          group by creditor_id, organisation_number) oldest
        where d.id = oldest.id and d.key <> 'organisation ' || d.organisation_number
          and not exists (select from debtor o where o.creditor_id = d.creditor_id
            and o.key = 'organisation ' || d.organisation_number)
        """
    )
    last = 0
    while rows := connection.execute(
        sa.text("select id, name from debtor where id > :last order by id limit :most"),
        {"last": last, "most": AT_A_TIME},
    ).all():
        last = rows[-1].id
        connection.execute(
            sa.text("update debtor set known_as = jsonb_build_array(cast(:called as text)) where id = :id"),
            [{"id": row.id, "called": _called(row.name)} for row in rows],
        )


def _called(name: str) -> str:
    """A name as debtors are told apart by it on the day of this migration."""
    spelt_out = name.casefold().translate(str.maketrans(LETTERS))
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", spelt_out) if not unicodedata.combining(sign))
    words = sorted(re.findall(r"[^\W\d_]+", plain))
    return " ".join([*words, *re.findall(r"\d+", name)]) or name.casefold()
