#!/usr/bin/env bash
# The test programs that are named, once more on a real PostgreSQL server. Skipped where PostgreSQL is not installed.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
chmod 755 "$folder"
trap 'scripts/postgres kill "$folder"; sleep 0.2; rm -rf "$folder"' EXIT
# Each test makes a database of its own: that takes seconds where each write waits for the disk. A killed server needs it not.
LW_POSTGRES=$(scripts/postgres start "$folder" fsync=off) || exit $?
export LW_POSTGRES
for program in "$@"; do "$program" --gtest_brief=1; done
