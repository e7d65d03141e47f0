#!/usr/bin/env python3
"""Runs our CEL and its peers in turn on rules.jsonl and prints one table; scripts/bench-peers builds them and calls this.

   compare.py [--rounds N] [--milliseconds N] [--json] NAME=COMMAND…     {ms} in a command: milliseconds of one batch

Each expression has to occur in the shipped pack as it is, and each program has to give the expected value. A ratio is taken
within one round, in which all programs run one after another; the median of the rounds is told."""
import argparse
import json
import math
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RULES = pathlib.Path(__file__).resolve().parent / "rules.jsonl"

options = argparse.ArgumentParser()
options.add_argument("--rounds", type=int, default=5)
options.add_argument("--milliseconds", type=int, default=5)
options.add_argument("--json", action="store_true")
options.add_argument("peers", nargs="*")
options = options.parse_args()


def squeezed(text):
    return " ".join(text.split())


def read_rules():
    rules = [json.loads(line) for line in RULES.read_text(encoding="utf-8").splitlines() if line.strip()]
    pack = squeezed(" ".join(p.read_text(encoding="utf-8") for p in sorted((ROOT / "packs/cn-live-commerce").glob("*.yaml"))))
    for rule in rules:
        if squeezed(rule["expression"]) not in pack:
            sys.exit(f"{RULES.name}: {rule['name']}: the pack holds no such expression: {rule['expression']}")
    return rules


def run(command, expected):
    """Name of the rule → nanoseconds, or the reason why it is not supported."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command[0]}: {done.stderr.strip()}")
    rows = json.loads(done.stdout) if done.stdout.startswith("[") else [json.loads(line) for line in done.stdout.splitlines()]
    if [row["name"] for row in rows] != list(expected):
        sys.exit(f"{command[0]}: other rules than those of {RULES.name}")
    for row in rows:
        if "unsupported" not in row and row["value"] != expected[row["name"]]:
            sys.exit(f"{command[0]}: {row['name']}: {row['value']!r}, expected {expected[row['name']]!r}")
    return {row["name"]: row["unsupported"] if "unsupported" in row else row["ns"] for row in rows}


rules = read_rules()
expected = {rule["name"]: rule["expected"] for rule in rules}
programs = {"ours": ["build/release/livewarden", "bench", "cel", "--rules", str(RULES), "--json"]}
for peer in options.peers:
    name, command = peer.split("=", 1)
    programs[name] = command.replace("{ms}", str(options.milliseconds)).split()
rounds = []
for _ in range(options.rounds):
    rounds.append({name: run(command, expected) for name, command in programs.items()})

peers = list(programs)[1:]
table, reasons, ratios = [], [], {peer: [] for peer in peers}
for name in expected:
    row = {"rule": name, "ours": statistics.median(one["ours"][name] for one in rounds)}
    for peer in peers:
        times = [one[peer][name] for one in rounds]
        if isinstance(times[0], str):
            row[peer] = None
            reasons.append(f"{peer}: {name}: {times[0]}")
            continue
        ratio = statistics.median(one[peer][name] / one["ours"][name] for one in rounds)
        row[peer] = {"ns": statistics.median(times), "ratio": ratio}
        ratios[peer].append(ratio)
    table.append(row)
closing = {
    peer: {"rules": len(all_of), "median": statistics.median(all_of), "geometric_mean": math.exp(statistics.fmean(map(math.log, all_of))),
           "least": min(all_of), "most": max(all_of)}
    for peer, all_of in ratios.items() if all_of
}
if options.json:
    print(json.dumps({"rounds": options.rounds, "rules": table, "ratios": closing, "unsupported": reasons}, ensure_ascii=False))
    sys.exit(0)

print(f"{'rule':<40}{'ours, ns':>9}" + "".join(f"{peer + ', ns':>16}{'ratio':>8}" for peer in peers))
for row in table:
    cells = "".join(f"{'unsupported':>16}{'':>8}" if row[peer] is None else f"{row[peer]['ns']:>16.0f}{row[peer]['ratio']:>8.1f}" for peer in peers)
    print(f"{row['rule']:<40}{row['ours']:>9.1f}{cells}")
for what in ("median", "geometric_mean", "least", "most"):
    print(f"{'ratio, ' + what.replace('_', ' '):<49}" + "".join(f"{closing[peer][what]:>24.1f}" if peer in closing else " " * 24 for peer in peers))
for reason in reasons:
    print(f"not supported by {reason}")
