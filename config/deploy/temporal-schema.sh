#!/bin/sh
# Create Temporal's two databases or bring them to this version; changes nothing when they are up to date.
set -eu

upgrade() {
  database=$1
  schema=/etc/temporal/schema/postgresql/v12/$2/versioned
  temporal-sql-tool --database "$database" create-database
  temporal-sql-tool --database "$database" setup-schema --version 0.0
  temporal-sql-tool --database "$database" update-schema --schema-dir "$schema"
}

upgrade temporal temporal
upgrade temporal_visibility visibility
