"""To whom a message went: the debtor, or who stood in."""

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What went to an address of who stands in is known by it, and as whom by what is known today; so are a minor's letters."""
    op.add_column("delivery", sa.Column("addressee", sa.String(), nullable=True))
    op.execute(
        """
        update delivery l set addressee = case
            when exists (select from life_event e where e.debtor_id = l.debtor_id and e.kind = 'estate') then 'estate'
            when exists (select from life_event e where e.debtor_id = l.debtor_id and e.kind = 'minor') then 'guardian'
            else 'adviser' end
        from contact_point p where p.id = l.contact_point_id and p.of_representative
        """
    )
    op.execute(
        """
        update delivery l set addressee = 'guardian' from debtor d
        where d.id = l.debtor_id and l.addressee is null and l.channel = 'letter'
          and (d.birth_date > l.claimed_at - interval '18 years'
            or exists (select from life_event e where e.debtor_id = d.id and e.kind = 'minor' and e.happened_at <= l.claimed_at))
        """
    )
