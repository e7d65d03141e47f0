#!/usr/bin/env bash
# `rules check` from outside: what it says, where, and with which exit code.
set -euo pipefail
livewarden=$1
work=$(mktemp -d)
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT

# expect CODE TEXT ARGUMENT…: the exit code, and a text in what was said.
expect() {
  local code=$1 text=$2 got=0
  shift 2
  "$livewarden" rules check "$@" >"$work/said" 2>&1 || got=$?
  if [ "$got" != "$code" ] || ! grep -qF -- "$text" "$work/said"; then
    printf 'rules check %s: exit code %s, expected %s with "%s"; said:\n' "$*" "$got" "$code" "$text" >&2
    cat "$work/said" >&2
    exit 1
  fi
}

mkdir -p "$work/old" "$work/good" "$work/bad" "$work/empty" "$work/locked"
printf 'pack: {id: good, version: 1.0.0}\nparams: {most: {value: 3, max: 9}, least: {value: 1}}\n' >"$work/good/pack.yaml"
printf 'pack: {id: bad, version: 1.0.0}\nfeatures:\n  - {id: room.chats, count: true, on: [live.chat.posted], where: event.account == 1}\n  - {id: room.chats, count: true, on: [live.chat]}\n' >"$work/bad/pack.yaml"

printf 'pack: {id: old, version: 1.0.0}\ncalendar: {holidays: [2020-10-01]}\ndesk: {grades: [{id: A, name: {zh: 良, en: good}, from: 0, entitlements: {}}], deadlines: [{id: case-claimed, within: 2wd}]}\n' >"$work/old/pack.yaml"

expect 0 'the calendar of the packs ends with 2020: a term of 2 working days' "$work/old"
expect 0 'good@1.0.0: 0 rules' "$work/good"
expect 0 'the parameter least is read nowhere' "$work/good"
expect 1 'the parameter least is read nowhere' "$work/good" --strict
expect 1 'params.most is at most 9' "$work/good" --param most=10
expect 1 'unknown parameter mots (did you mean most?)' "$work/good" --param mots=10
expect 1 "$work/bad/pack.yaml:3:" "$work/bad"
expect 1 'duplicate feature room.chats' "$work/bad"
expect 1 'unknown event type live.chat' "$work/bad"
expect 1 '                                                                               ^' "$work/bad"
expect 1 'no `pack` section' "$work/empty"
expect 2 'no such directory' "$work/none"
expect 2 'not a directory' "$work/good/pack.yaml"
expect 2 'DIR' # nothing named
{ "$livewarden" rules check "$work/bad" --json 2>/dev/null || true; } | python3 -c '
import json, sys
told = json.load(sys.stdin)
assert not told["ok"] and len(told["errors"]) == 3, told
assert all(error["file"].endswith("bad/pack.yaml") and error["line"] >= 3 and error["column"] > 1 for error in told["errors"]), told'
if [ "$(id -u)" != 0 ]; then
  cp "$work/good/pack.yaml" "$work/locked/pack.yaml"
  chmod 000 "$work/locked/pack.yaml"
  expect 2 'cannot be opened' "$work/locked"
fi
"$livewarden" rules list packs/cn-live-commerce --json | python3 -c '
import json, sys
rules = json.load(sys.stdin)
assert len(rules) > 100 and len({rule["id"] for rule in rules}) == len(rules)
assert all(rule["file"].startswith("packs/") and rule["line"] > 0 and rule["known"] for rule in rules)
assert not any(rule["on"] for rule in rules if rule["known"] == "M")'
echo 'rules check: exit codes and places as told'
