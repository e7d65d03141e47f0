#!/usr/bin/env bash
# The web console in Chromium against a real service, as people use it (console/tests); its types and style.
set -euo pipefail
command -v chromium >/dev/null || { echo "skipped: chromium is not installed"; exit 77; }
livewarden=$(realpath "$1")
scripts/console
cd console
npm run --silent check
LIVEWARDEN=$livewarden npm run --silent test
