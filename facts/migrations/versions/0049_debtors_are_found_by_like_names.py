"""Debtors are found by names with slips: each word by how it sounds, begins and ends, under an index."""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No extension is needed: names are compared letter by letter only where a word of them is alike in one of three ways."""
    op.execute(
        r"""
        create function name_tokens(names jsonb) returns text[] language sql immutable parallel safe as $$
          select coalesce(array_agg(distinct token), '{}')
          from jsonb_array_elements_text(names) as name
          cross join lateral regexp_split_to_table(name, '[^[:alnum:]]+') as word
          cross join lateral (select translate(replace(replace(replace(replace(
            word, 'ch', 'k'), 'ck', 'k'), 'th', 't'), 'ph', 'f'), 'cqzwåø', 'kksvao') as plain) as spelt
          cross join lateral (values
            (regexp_replace(translate(left(plain, 1), 'eiouy', 'aaaaa')
              || regexp_replace(substr(plain, 2), '[aeiouyh]', '', 'g'), '(.)\1+', '\1', 'g')),
            ('^' || left(word, 3)), (right(word, 3) || '$')) as tokens(token)
          where word <> ''
        $$
        """
    )
    op.execute("create index debtor_name_tokens on debtor using gin (name_tokens(known_as))")
