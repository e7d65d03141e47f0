#!/usr/bin/env python3
"""Events of a run with --state are kept as long as the pack's record terms say, by the log's own clock, and not a day longer: what
`log find` and `log stats` tell of it, and that a run goes on as if nothing had been removed.

  tests/records.py build/release/livewarden
"""
import datetime
import json
import pathlib
import subprocess
import sys
import tempfile

BINARY = sys.argv[1]
PACK = """pack: {id: terms, version: 1.0.0}
records:
  - {id: rest, keep: 60d, basis: [{instrument: A law, known: S, from: 2016-12-01}]}
  - {id: orders, on: [live.order.*], keep: 3y, basis: [{instrument: B law, known: S, from: 2019-01-01}]}
  - {id: chats, on: [live.chat.posted], keep: 6mo, basis: [{instrument: C law, known: S, from: 2020-06-01}]}
"""
RULE = """rules:
  - id: spam/many
    obligation: spam-ad-danmaku
    violation: spam
    title: {zh: 多, en: many}
    duty: {zh: 不得, en: must not}
    on: [live.chat.posted]
    when: account.chats % 50 == 0
    target: account
    severity: low
    basis: [{instrument: A law, known: S, from: 2016-12-01}]
    lead: cac
    cooldown: 0s
    message: {zh: "{account.chats} 条", en: "{account.chats} chats"}
    tests:
      - {name: one, events: [{at: "10:00:00", type: live.chat.posted, room: r1, account: a1, text: x}], expect: []}
      - {name: fifty, events: [{at: "10:00:00", every: 1s, repeat: 50, type: live.chat.posted, room: r1, account: a1, text: x}], expect: [{target: account/a1}]}
features:
  - {id: account.chats, count: true, on: [live.chat.posted]}
"""
BEGIN = datetime.date(2020, 1, 1)


def run(*args):
    return subprocess.run([BINARY, *map(str, args)], capture_output=True, text=True, timeout=120)


def event(day, number, kind):
    time = f"{BEGIN + datetime.timedelta(days=day)}T12:00:{number % 60:02}+08:00"
    data = {"room": "r1", "account": f"a{number % 3}", "order": f"o{number}", "text": "x" * 50}
    return json.dumps({"specversion": "1.0", "id": f"e{day}-{number}", "source": "/platforms/test", "type": kind, "time": time, "data": data}, separators=(",", ":"))


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / "pack").mkdir()
        (work / "pack/pack.yaml").write_text(PACK)
        (work / "pack/rules.yaml").write_text(RULE)
        kinds = ["live.like.sent", "live.chat.posted", "live.order.placed", "live.of.tomorrow"]
        lines = {(day, i): event(day, i, kinds[i % 4]) for day in range(0, 1500, 10) for i in range(40)}
        future = event(36_500, 0, kinds[0])  # a clock that is wrong
        (work / "events").write_text("")
        args = ["run", "--pack", work / "pack", "--input", work / "events", "--decisions", work / "decisions", "--state", work / "state", "--snapshot-every", "1ms"]
        find = lambda day, i: run("log", "find", "--state", work / "state", "/platforms/test", f"e{day}-{i}")
        before, accepted = 0, 0
        for until in (300, 600, 900, 1500):
            batch = [line for (day, _), line in lines.items() if before <= day < until] + ([future] if until == 900 else [])
            # Then one at a time: each run ends with a snapshot, and what stands before the older of two whole ones may go.
            more = [event(until - 1, 1000 + i, kinds[0]) for i in range(25)] if until in (600, 1500) else []
            for some in [batch, *([line] for line in more)]:
                with (work / "events").open("a") as out:
                    out.write("".join(line + "\n" for line in some))
                done = run(*args)
                assert done.returncode == 0, done.stderr
                accepted += len(some)
            stats = json.loads(run("log", "stats", "--state", work / "state", "--json").stdout)
            terms = {term["term"]: term for term in stats["terms"]}
            # By the latest event; once one came from the future, by the machine's clock.
            today = until - 1 if until == 600 else until - 10 if until < 900 else (datetime.date.today() - BEGIN).days
            for day in range(0, until, 100):
                for i, kind in enumerate(kinds):
                    found = find(day, i)
                    least, most = {"live.chat.posted": (181, 184), "live.order.placed": (1095, 1096)}.get(kind, (60, 60))
                    if kind == "live.chat.posted" and BEGIN + datetime.timedelta(days=day) < datetime.date(2020, 6, 1):
                        least = most = 60
                    if day + most + 1 < today and more:
                        assert found.returncode == 1 and not found.stdout, (until, day, kind, found)
                    elif day + least > today:
                        assert found.returncode == 0 and found.stdout == lines[day, i] + "\n", (until, day, kind, found)
            assert stats["accepted"] == accepted, stats
            assert set(terms) <= {"rest", "orders", "chats"} and (stats["events"] < accepted or not more), stats
            before = until
        assert find(36_500, 0).returncode == 0
        assert "never" not in run("log", "stats", "--state", work / "state").stdout
        straight = run("run", "--pack", work / "pack", "--input", work / "events", "--decisions", work / "straight")
        assert straight.returncode == 0, straight.stderr
        decisions = (work / "decisions").read_bytes()
        assert decisions == (work / "straight").read_bytes() and decisions.count(b"\n") > 20, "removing events changed decisions"
        # Without its snapshots the log is not whole any more: refused, not judged otherwise.
        for path in (work / "state/snapshots").iterdir():
            path.unlink()
        done = run(*args)
        assert done.returncode == 3 and "their term is over" in done.stderr, done
        assert (work / "decisions").read_bytes() == decisions
        done = run("log", "stats", "--state", work / "none")
        assert done.returncode == 2 and "there is no event log" in done.stderr, done
        print("records: each event was kept as long as its term, and decisions are those of a log that keeps all")


main()
