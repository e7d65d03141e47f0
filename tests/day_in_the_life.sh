#!/usr/bin/env bash
# scripts/day-in-the-life on SQLite and, where a PostgreSQL server can be started, on PostgreSQL: day_in_the_life.sh BINARY
set -euo pipefail
export LIVEWARDEN=$1
cd "$(dirname "$0")/.."
scripts/day-in-the-life --quiet
folder=$(mktemp -d)
trap 'scripts/postgres kill "$folder/pg" >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
chmod 755 "$folder"
if ! address=$(scripts/postgres start "$folder/pg"); then
  echo "day_in_the_life: no PostgreSQL to go through it with; on SQLite it is good"
  exit 0
fi
scripts/day-in-the-life --quiet --store "$address"
echo "day_in_the_life: good on SQLite and PostgreSQL"
