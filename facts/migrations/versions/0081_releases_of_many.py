"""Many cases are released in turns, and a case knows the file that its invoice came in."""

import sqlalchemy as sa
from alembic import op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None

NEVER_CHANGED = ("release_of_many", "release_turn", "import_file", "imported_case")


def upgrade() -> None:
    """Whoever was released before has no turn; of earlier invoices nobody knows the file."""
    op.create_table(
        "release_of_many",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("per_hour", sa.Integer(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "release_turn",
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("dunning_case.id"), nullable=False),
        sa.Column("release_id", sa.Integer(), sa.ForeignKey("release_of_many.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "release_id"),
    )
    op.create_index("ix_release_turn_release_id", "release_turn", ["release_id"])
    op.add_column("hold", sa.Column("release_id", sa.Integer(), sa.ForeignKey("release_of_many.id"), nullable=True))
    op.create_index("ix_hold_release_id", "hold", ["release_id"])
    op.create_table(
        "import_file",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("import_file_name", "import_file", ["name"])
    op.create_table(
        "imported_case",
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("dunning_case.id"), nullable=False),
        sa.Column("file_id", sa.String(), sa.ForeignKey("import_file.id"), nullable=False),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index("ix_imported_case_file_id", "imported_case", ["file_id"])
    for table in NEVER_CHANGED:
        op.execute(
            f"create trigger append_only before update or delete on {table} for each row execute function refuse_change()"
        )
