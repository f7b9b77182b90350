"""What is known: tables, queries and migrations. PostgreSQL is the only source of truth."""
