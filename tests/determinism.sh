#!/usr/bin/env bash
# The same events give the same decisions, byte for byte: twice, from a pipe, and under the sanitizers where they are built.
# LW_LONG=1: a million events instead of a short demonstration.
set -euo pipefail
binary=$1
scenario=scenarios/demo.yaml
[ -z "${LW_LONG:-}" ] || scenario=scenarios/million.yaml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$binary" simulate --scenario "$scenario" --seed 7 --truth "$work/truth" >"$work/events"
"$binary" simulate --scenario "$scenario" --seed 7 >"$work/events2"
cmp "$work/events" "$work/events2"
"$binary" run --input "$work/events" --decisions "$work/a"
"$binary" run --input - --decisions "$work/b" <"$work/events"
cmp "$work/a" "$work/b"
gzip -c "$work/events" >"$work/events.gz"
"$binary" run --input "$work/events.gz" --decisions - >"$work/c"
cmp "$work/a" "$work/c"
asan=build/asan/livewarden
if [ -x "$asan" ] && [ "$asan" -nt "$0" ]; then
  "$asan" run --input "$work/events" --decisions "$work/d"
  cmp "$work/a" "$work/d"
fi
[ -s "$work/a" ] || { echo "no decision at all"; exit 1; }
echo "determinism: $(wc -l <"$work/events") events, $(wc -l <"$work/a") decisions, the same each time"
