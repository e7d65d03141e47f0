#!/usr/bin/env bash
# The shipped packs are well formed, and every test written beside a rule passes.
set -euo pipefail
"$1" rules check packs/cn-live-commerce
"$1" rules test packs/cn-live-commerce
