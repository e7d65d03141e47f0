#!/usr/bin/env bash
# The command's simulator: the same seed gives the same bytes, every event is whole JSON, and perfect decisions score 1.
set -euo pipefail
binary=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$binary" simulate --scenario scenarios/demo.yaml --seed 7 --truth "$work/truth" >"$work/events"
"$binary" simulate --scenario scenarios/demo.yaml --seed 7 >"$work/again"
"$binary" simulate --scenario scenarios/demo.yaml --seed 8 >"$work/other"
cmp "$work/events" "$work/again"
for seed in -1 1.5 x; do
  if "$binary" simulate --scenario scenarios/demo.yaml --seed "$seed" >/dev/null 2>"$work/said"; then echo "the seed $seed is taken"; exit 1; fi
  grep -q "should be a whole number" "$work/said" || { cat "$work/said"; exit 1; }
done
if cmp -s "$work/events" "$work/other"; then echo "two seeds, one stream"; exit 1; fi
python3 - "$work" <<'PYTHON'
import json, sys
folder = sys.argv[1]
events = [json.loads(line) for line in open(f"{folder}/events", encoding="utf-8")]
truth = [json.loads(line) for line in open(f"{folder}/truth", encoding="utf-8")]
assert len(events) > 1000 and truth, "too little"
with open(f"{folder}/decisions", "w", encoding="utf-8") as out:
    for line in truth:
        out.write(json.dumps({"specversion": "1.0", "id": line["kind"] + line["id"] + line["violation"], "source": "/livewarden", "type": "live.decision.made", "time": "2026-06-01T10:00:00+08:00", "data": {"rule": "perfect", "platform": "alpha", "violation": line["violation"], "severity": "high", "mode": "enforce", "target": {"kind": line["kind"], "id": line["id"]}}}) + "\n")
PYTHON
"$binary" eval --decisions "$work/decisions" --truth "$work/truth" --json >"$work/score"
python3 -c 'import json,sys; s=json.load(open(sys.argv[1])); rows=next(v for v in s.values() if isinstance(v,list) and v and "precision" in v[0]); assert all(r["recall"]==1 and r["precision"]==1 for r in rows), rows; print(len(rows),"kinds of violation and target")' "$work/score"
