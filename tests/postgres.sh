#!/usr/bin/env bash
# The test programs that are named, once more on a real PostgreSQL server. Skipped where PostgreSQL is not installed.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
chmod 755 "$folder"
trap 'scripts/postgres kill "$folder"; sleep 0.2; rm -rf "$folder"' EXIT
LW_POSTGRES=$(scripts/postgres start "$folder") || exit $?
export LW_POSTGRES
for program in "$@"; do "$program" --gtest_brief=1; done
