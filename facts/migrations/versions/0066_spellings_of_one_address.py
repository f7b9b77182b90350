"""Spellings of one address are one: what its owner wishes, and whether it exists, holds whichever of them was given."""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

AT_A_TIME = 10_000
OTHERS = "select id, address from contact_point where address ~ '[^ -~]' or address ~* '@(.*[.])?xn--' order by id"
KEYS = """
update contact_point p set address_key = g.key from unnest(cast(:ids as int[]), cast(:keys as text[])) as g(id, key)
where p.id = g.id
"""
# The row in the strictest state stays, and has the spelling that was given last. That one was left says nothing of one in use.
STRICTEST = "array_position(array['opted out', 'wrong', 'bounced', 'valid', 'given', 'left', 'replaced'], state::text)"
OF_ONE = "partition by debtor_id, channel, address_key, of_representative"
ONE = f"""
create temporary table one_address on commit drop as
select id, kept, address from (
  select id, first_value(id) over ({OF_ONE} order by {STRICTEST}, happened_at desc, id desc) as kept,
    first_value(address) over ({OF_ONE} order by coalesce(last_confirmed_at, happened_at) desc, id desc) as address,
    count(*) over ({OF_ONE}) as spellings
  from contact_point) spelt
where spellings > 1
"""
MEET = (
    ONE,
    """update delivery d set contact_point_id = o.kept from one_address o
    where d.contact_point_id = o.id and o.id <> o.kept""",
    """update adviser_code a set contact_point_id = o.kept from one_address o
    where a.contact_point_id = o.id and o.id <> o.kept""",
    """update task t set done_at = now(), done_by = 'purr', result = 'the same address in another spelling'
    from one_address o where t.step = 'contact#' || o.id and o.id <> o.kept and t.done_at is null""",
    """update contact_point p set address = o.address, known_elsewhere = all_of.known_elsewhere,
      role = coalesce(p.role, all_of.role), last_confirmed_at = all_of.last_confirmed_at,
      wrote_from_at = all_of.wrote_from_at, asked_at = all_of.asked_at
    from one_address o join lateral (
      select max(c.known_elsewhere) as known_elsewhere, min(c.role) as role, max(c.last_confirmed_at) as last_confirmed_at,
        max(c.wrote_from_at) as wrote_from_at, max(c.asked_at) as asked_at
      from one_address a join contact_point c on c.id = a.id where a.kept = o.id) all_of on true
    where p.id = o.id and o.id = o.kept""",
    "delete from contact_point p using one_address o where p.id = o.id and o.id <> o.kept",
)
# As facts/parties/contacts.py has it for an address that is given now, where only the spelling kept two apart.
_OTHER = """exists (select from contact_point o join debtor od on od.id = o.debtor_id
  where o.channel = p.channel and o.address_key = p.address_key and o.address <> p.address and {what})"""
_TRIED = "exists (select from creditor_clock k where k.creditor_id in (od.creditor_id, d.creditor_id))"
HOLD = tuple(
    f"""update contact_point p set state = '{state}' from debtor d
    where d.id = p.debtor_id and p.state in ({held}) and {_OTHER.format(what=what)}"""
    for state, held, what in (
        (
            "bounced",
            "'valid'",
            "o.state = 'bounced' and od.creditor_id = d.creditor_id"
            " and (o.channel <> 'letter' or od.name_key = d.name_key)",
        ),
        (
            "wrong",
            "'valid', 'bounced'",
            "o.state = 'wrong' and od.creditor_id = d.creditor_id and od.name_key = d.name_key",
        ),
        (
            "opted out",
            "'valid', 'bounced', 'left', 'replaced', 'given'",
            f"o.state = 'opted out' and (od.creditor_id = d.creditor_id or not {_TRIED})",
        ),
    )
)


def upgrade() -> None:
    """Of the spellings that a debtor has one stays, in the strictest state, and the history of all is its own."""
    op.add_column("contact_point", sa.Column("address_key", sa.String(), nullable=True))
    op.execute("update contact_point set address_key = lower(address)")
    _spell_others(op.get_bind())
    op.drop_constraint("contact_point_debtor_id_channel_address_of_representative_key", "contact_point", type_="unique")
    op.drop_index("contact_point_address", "contact_point")
    op.create_index("contact_point_address", "contact_point", ["address_key", "channel", "state"])
    for statement in MEET:
        op.execute(statement)
    op.alter_column("contact_point", "address_key", nullable=False)
    op.create_unique_constraint(None, "contact_point", ["debtor_id", "channel", "address_key", "of_representative"])
    for statement in HOLD:
        op.execute(statement)
    op.execute("update reply set sender = lower(sender) where sender <> lower(sender)")


def _spell_others(connection: sa.Connection) -> None:
    """The keys of addresses that have more than letters of ASCII: the database may not know their small letters."""
    rows = connection.execute(sa.text(OTHERS)).all()
    for start in range(0, len(rows), AT_A_TIME):
        part = rows[start : start + AT_A_TIME]
        values = {"ids": [row.id for row in part], "keys": [_key(row.address) for row in part]}
        connection.execute(sa.text(KEYS), values)


def _key(address: str) -> str:
    name, at, domain = address.lower().rpartition("@")
    return name + at + ".".join(map(_in_letters, domain.split(".")))


def _in_letters(label: str) -> str:
    try:
        return label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label
    except UnicodeError:
        return label
