#!/usr/bin/env bash
# A state written by an older version goes on under this one: tests/state/vN.tar.xz holds pack, events and what a run had come
# to behind the first half of them. `tests/old_state.sh BINARY make vN` writes a new one; an old one is never written again.
set -euo pipefail
binary=$(realpath "$1")
here=$(realpath tests/state)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ "${2:-}" = make ]; then
  mkdir -p "$here" "$work/$3"
  cp -r packs/cn-live-commerce "$work/$3/pack"
  "$binary" simulate --scenario scenarios/demo.yaml --seed 3 >"$work/events"
  head -n 9000 "$work/events" >"$work/$3/whole.ndjson"
  cd "$work/$3"
  head -n 6000 whole.ndjson >events.ndjson
  "$binary" run --pack pack --input events.ndjson --decisions decisions.ndjson --state state
  rm -f state/log/LOG* state/lock
  cd .. && tar -cJf "$here/$3.tar.xz" --owner=0 --group=0 "$3"
  exit
fi
for fixture in "$here"/v*.tar.xz; do
  tar -xJf "$fixture" -C "$work"
  cd "$work/$(basename "$fixture" .tar.xz)"
  [ -s decisions.ndjson ]
  cp whole.ndjson events.ndjson
  "$binary" run --pack pack --input events.ndjson --decisions decisions.ndjson --state state 2>said
  grep -q 'goes on from the snapshot at event 6000' said || { cat said; exit 1; }
  "$binary" run --pack pack --input whole.ndjson --decisions straight.ndjson
  cmp decisions.ndjson straight.ndjson
  # The log's lines are found, those of the older version and those of this one.
  for number in 100 8000; do
    line=$(sed -n ${number}p whole.ndjson)
    "$binary" log find --state state "$(sed 's/.*"source":"\([^"]*\)".*/\1/' <<<"$line")" "$(sed 's/.*"id":"\([^"]*\)".*/\1/' <<<"$line")" 2>said | cmp - <(echo "$line")
  done
done
echo "old states: $(ls "$here" | wc -l) go on"
