#!/usr/bin/env python3
"""What `run` and `audit` owe beside decisions: outputs never eat inputs, decisions leave as their events come, pseudonyms
change names and no verdict, usage errors say what would be right."""
import collections
import json
import os
import pathlib
import select
import subprocess
import sys
import tempfile
import time

BINARY = str(pathlib.Path(sys.argv[1]).resolve())


def run(*args, **kwargs):
    return subprocess.run([BINARY, *map(str, args)], capture_output=True, text=True, **kwargs)


def outputs_stand_apart(folder, events):
    whole = events.read_bytes()
    link = folder / "link"
    link.symlink_to(events)
    for args in (["run", "--input", events, "--decisions", events], ["run", "--input", events, "--decisions", folder / "d", "--dead-letter", events],
                 ["run", "--input", link, "--decisions", events], ["run", "--input", events, "--decisions", folder / "x", "--dead-letter", folder / "x"]):
        result = run(*args)
        assert result.returncode == 2 and "name another" in result.stderr, (args, result)
        assert events.read_bytes() == whole, f"{args} ate its input"
    out = folder / "out"
    assert run("audit", events, "--out", out).returncode == 0
    before = (out / "decisions.ndjson").read_bytes()
    result = run("audit", out / "decisions.ndjson", "--out", out)
    assert result.returncode == 2 and (out / "decisions.ndjson").read_bytes() == before, result


def dead_letters_are_made_when_needed(folder, events):
    letter = folder / "dead-letter.ndjson"
    letter.write_text("of an earlier run\n")
    assert run("run", "--input", folder / "nope", "--decisions", folder / "d").returncode == 2
    assert letter.read_text() == "of an earlier run\n", "a run that did not begin changed it"
    assert run("run", "--input", events, "--decisions", folder / "d").returncode == 0
    assert not letter.exists(), "there was nothing to tell"
    (folder / "bad").write_text("no event\n")
    assert run("run", "--input", folder / "bad", "--format", "cloudevents", "--decisions", folder / "d").returncode == 0
    assert len(letter.read_text().splitlines()) == 1


def decisions_leave_as_events_come(folder):
    """One event at a time through a pipe that stays open: its decision is there before the next is sent."""
    pack = folder / "pack"
    pack.mkdir()
    (pack / "pack.yaml").write_text("""pack: {id: each, version: 1.0.0}
rules:
  - id: every-chat
    obligation: fake-traffic
    violation: fake-traffic
    title: {zh: 每条, en: each}
    duty: {zh: 不得, en: must not}
    on: [live.chat.posted]
    when: "true"
    target: account
    severity: info
    basis: [{instrument: 甲, article: "1", known: S, from: 2020-01-01}]
    lead: samr
    message: {zh: 有, en: one}
    tests:
      - {name: one, events: [{at: "10:00:00", type: live.chat.posted, account: a}], expect: [{target: account/a}]}
      - {name: none, events: [{at: "10:00:00", type: live.viewer.joined, account: a}], expect: []}
""")
    for threads in (1, 2):
        process = subprocess.Popen([BINARY, "run", "--input", "-", "--pack", str(pack), "--threads", str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        for i in range(40):
            event = {"specversion": "1.0", "id": f"e{i}", "source": "/platforms/p", "type": "live.chat.posted", "time": f"2026-06-01T10:00:{i:02}+08:00",
                     "data": {"account": f"a{i}"}}
            process.stdin.write((json.dumps(event) + "\n").encode())
            process.stdin.flush()
            ready, _, _ = select.select([process.stdout], [], [], 60)
            assert ready, f"{threads} threads: no decision on event {i} while the pipe is open"
            decision = json.loads(process.stdout.readline())
            assert decision["data"]["target"]["id"] == f"a{i}", decision
        process.stdin.close()
        assert process.wait(60) == 0


def pseudonyms_change_no_verdict(folder, events):
    key = folder / "key"
    key.write_text("a key of sufficient length\n")
    counts = []
    for more in ([], ["--pseudonym-key", key]):
        result = run("run", "--input", events, *more)
        assert result.returncode == 0, result.stderr
        decisions = [json.loads(line)["data"] for line in result.stdout.splitlines()]
        counts.append(collections.Counter((d["rule"], d["target"]["kind"]) for d in decisions))
    assert counts[0] == counts[1], {k: (counts[0][k], counts[1][k]) for k in counts[0] | counts[1] if counts[0][k] != counts[1][k]}
    line = {"specversion": "1.0", "id": "1", "source": "/platforms/p", "type": "live.licence.filed", "time": "2026-06-01T10:00:00+08:00", "subject": "host/u1",
            "data": {"account": "u1", "host": "u1", "operator": "u1", "merchant": "u1", "target": "merchant/u1", "accounts": ["u1"]}}
    state = folder / "state"
    result = run("run", "--input", "-", "--pseudonym-key", key, "--decisions", folder / "d", "--state", state, input=json.dumps(line) + "\n")
    assert result.returncode == 0, result.stderr
    kept = b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())
    assert b"p_" in kept and b'"u1"' not in kept and b"/u1" not in kept, "an id was kept as it was"
    result = run("run", "--input", events, "--pseudonym-key", folder)
    assert result.returncode == 2 and str(folder) in result.stderr, result


def a_profile_changes_no_decision(folder, events):
    """Every decision is told of by its rule, shares are of the whole, and the decisions are the same bytes."""
    plain, profiled = folder / "plain", folder / "profiled"
    assert run("run", "--input", events, "--decisions", plain).returncode == 0
    result = run("run", "--input", events, "--decisions", profiled, "--profile")
    assert result.returncode == 0 and plain.read_bytes() == profiled.read_bytes(), result.stderr
    rules, features = result.stderr.split("\nfeature ")
    lines = [line.split() for line in rules.split("\nrule ")[1].splitlines()[1:]]
    told = collections.Counter({line[0]: int(line[5]) for line in lines if int(line[5])})
    assert told == collections.Counter(json.loads(line)["data"]["rule"] for line in plain.open()), told
    lines += [line.split() for line in features.splitlines()[1:] if line.endswith("%")]
    assert 0 < sum(float(line[-1].rstrip("%")) for line in lines) <= 101, lines


def usage_is_told(folder, events):
    result = run("audit", "--param", "farm_accounts=8", events, "--out", folder / "o", "--json")
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    assert told["undecided"] >= 0 and told["unknown_type"] == 0, told
    result = run("bogus")
    assert result.returncode == 2 and 'unknown verb "bogus"' in result.stderr and "audit" in result.stderr, result
    result = run("--log-format", "json", "run", "--bogus")
    assert result.returncode == 2 and json.loads(result.stderr)["level"] == "error", result
    (folder / "cut.xml").write_text("<i><d p='1'>")
    result = run("audit", folder / "cut.xml", "--out", folder / "o")
    assert result.returncode == 2 and "cut.xml" in result.stderr, result


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        events = folder / "events.ndjson"
        with open(events, "w") as out:
            subprocess.run([BINARY, "simulate", "--scenario", "scenarios/demo.yaml", "--seed", "1"], stdout=out, check=True)
        outputs_stand_apart(folder, events)
        dead_letters_are_made_when_needed(folder, events)
        decisions_leave_as_events_come(folder)
        pseudonyms_change_no_verdict(folder, events)
        a_profile_changes_no_decision(folder, events)
        usage_is_told(folder, events)
    print("run and audit: outputs, pipes, pseudonyms and usage as told")


main()
