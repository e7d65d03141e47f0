#!/usr/bin/env python3
"""The service killed again and again while events come in: nothing that was acknowledged is lost, nothing is doubled.

    tests/serve_kill.py BINARY [KILLS]

One client sends a simulated day in batches and, after a kill, sends again what was not acknowledged. In the end the desk has the
decisions of `run` on the same events, byte for byte and each once, with one leaf for each, and cases, interventions and credit that
follow from them; the evidence verifies."""
import json
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error

BINARY = pathlib.Path(sys.argv[1]).resolve()
KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from livewarden_client import Client, Refused, Service  # noqa: E402

BATCH = 400
folder = pathlib.Path(tempfile.mkdtemp(prefix="serve-kill-"))
data = folder / "data"
dice = random.Random(5)
failures = []


def check(name, holds, detail=""):
    if not holds:
        failures.append(f"{name}: {str(detail)[:1500]}")


def begin():
    return Service(data, ["pseudonyms: {off: true}"], BINARY)


try:
    with (folder / "events").open("wb") as out:
        subprocess.run([BINARY, "simulate", "--scenario", ROOT / "scenarios/demo.yaml", "--seed", "9"], stdout=out, check=True)
    subprocess.run([BINARY, "run", "--input", folder / "events", "--decisions", folder / "expected"], check=True, capture_output=True)
    expected = (folder / "expected").read_text(encoding="utf-8").splitlines()
    lines = (folder / "events").read_bytes().splitlines(keepends=True)
    batches = [lines[i:i + BATCH] for i in range(0, len(lines), BATCH)]

    service = begin()
    root = Client(service).take_up(service.admin["name"], service.admin["password"])
    admin = root.post("/v1/people", {"name": "alpha-admin", "shown": "alpha", "role": "administrator", "body": "platform/alpha"})
    token = Client(service).take_up("alpha-admin", admin["password"]).post("/v1/tokens", {"name": "events", "scopes": ["events:write"]})["token"]

    done, kills = 0, 0
    kill_at = sorted(dice.sample(range(1, len(batches)), KILLS))
    while done < len(batches):
        killer = None
        if kill_at and done >= kill_at[0]:
            kill_at.pop(0)
            killer = threading.Timer(dice.uniform(0, 0.1), service.kill)
            killer.start()
        try:
            while done < len(batches):
                answer = Client(service, token).ask("POST", "/v1/events", b"".join(batches[done]), "application/x-ndjson")
                check("each batch is taken whole", answer == {"accepted": len(batches[done]), "rejected": []}, answer)
                done += 1
                if killer or (kill_at and done >= kill_at[0]):
                    if killer:
                        continue
                    break
        except (OSError, urllib.error.URLError, Refused, ValueError) as why:
            if isinstance(why, Refused) and why.status == 429:
                time.sleep(0.1)
                continue
        if killer:
            killer.join()
            kills += 1
            service = begin()

    def settled():
        with sqlite3.connect(f"file:{data}/desk.sqlite?mode=ro", uri=True) as db:
            return db.execute("SELECT COUNT(*) FROM decision").fetchone()[0] >= len(expected)

    end = time.monotonic() + 60
    while not settled() and time.monotonic() < end:
        time.sleep(0.2)
    check("the service ends well", service.stop() == 0, "".join(service.said[-10:]))

    db = sqlite3.connect(data / "desk.sqlite")
    one = lambda sql: db.execute(sql).fetchone()[0]  # noqa: E731
    rows = db.execute("SELECT n, record FROM decision ORDER BY n").fetchall()
    # What the desk tells the engine comes between, and may be decided about; the platform's own events are judged as ever.
    found = [json.dumps(json.loads(record), sort_keys=True) for _, record in rows]
    wanted = [json.dumps(json.loads(line), sort_keys=True) for line in expected]
    check("decisions are numbered without a gap", [n for n, _ in rows] == list(range(1, len(rows) + 1)))
    missing, more = set(wanted) - set(found), set(found) - set(wanted)
    check("nothing lost", not missing, f"{len(missing)} of {len(wanted)}: {list(missing)[:1]}")
    check("nothing decided that is not of these events", not more, f"{len(more)}: {list(more)[:1]}")
    check("nothing doubled", len(found) == len(set(found)), f"{len(found)} {len(set(found))}")
    check("one leaf for each decision", one("SELECT COUNT(*) FROM leaf WHERE kind = 'decision'") == len(rows))
    check("leaves are numbered without a gap", one("SELECT COUNT(*) FROM leaf") == one("SELECT MAX(n) + 1 FROM leaf"))
    check("one undecided case for each party, violation and broadcast",
          one("SELECT COUNT(*) FROM (SELECT 1 FROM case_file WHERE state IN ('open', 'claimed') GROUP BY platform, liable_kind, liable_id, violation, session HAVING COUNT(*) > 1)") == 0)
    check("there are cases", one("SELECT COUNT(*) FROM case_file") > 0)
    check("a case counts the decisions that it holds", one("SELECT COUNT(*) FROM case_file c WHERE c.decisions <> (SELECT COUNT(*) FROM decision d WHERE d.case_id = c.id)") == 0)
    check("nothing waits for the engine any more", one("SELECT COUNT(*) FROM outbox") == 0)
    check("names of what the desk told are its own", one("SELECT COUNT(*) FROM leaf WHERE kind = 'event' GROUP BY ref HAVING COUNT(*) > 1 UNION ALL SELECT 0") == 0)
    verified = subprocess.run([BINARY, "evidence", "verify", data / "evidence"], capture_output=True, text=True)
    check("the evidence verifies", verified.returncode == 0, verified.stdout + verified.stderr)
    print(f"{len(batches)} batches, {kills} kills, {len(rows)} decisions, {one('SELECT COUNT(*) FROM case_file')} cases, {one('SELECT COUNT(*) FROM leaf')} leaves")
finally:
    shutil.rmtree(folder, ignore_errors=True)

print("\n".join(failures))
print("failed" if failures else "passed")
sys.exit(1 if failures else 0)
