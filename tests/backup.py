#!/usr/bin/env python3
"""A backup of a service that goes on taking events in, and the way back, on SQLite and, where a server can be started, on PostgreSQL.

    tests/backup.py BINARY

A backup is asked for in the middle of a simulated day, while a client goes on sending. What was acknowledged before it is in it; a service
that begins from it, and is sent the whole day again, has each decision of the first one once. Then the other ways: of a service that is
stopped; with a bit that was flipped in any of its files; of a format that is not known yet, or of an older schema; into a folder that is not empty."""
import csv
import io
import json
import os
import pathlib
import random
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time

BINARY = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from livewarden_client import Client, Refused, Service  # noqa: E402

BATCH = 400
dice = random.Random(11)
failures = []


def check(name, holds, detail=""):
    if not holds:
        failures.append(f"{name}: {str(detail)[:1500]}")


def livewarden(*arguments):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=300)


class Store:
    """The place of a service's database, and what stands in it."""

    def __init__(self, data, server=None):
        self.data, self.place = data, ""
        if server:
            name = "livewarden_" + data.name
            subprocess.run(["psql", server, "-qc", f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"], check=True)
            self.place = server.rsplit("/", 1)[0] + "/" + name

    def settings(self):
        return [f"store: {json.dumps(self.place)}"] if self.place else []

    def config(self):
        path = self.data.with_suffix(".yaml")
        path.write_text("\n".join([f"data: {json.dumps(str(self.data))}", *self.settings()]) + "\n", encoding="utf-8")
        return path

    def rows(self, sql):
        if self.place:
            told = subprocess.run(["psql", self.place, "-qc", f"COPY ({sql}) TO STDOUT WITH CSV"], capture_output=True, text=True, check=True).stdout
            return [tuple(row) for row in csv.reader(io.StringIO(told, newline=""))]
        with sqlite3.connect(f"file:{self.data}/desk.sqlite?mode=ro", uri=True) as db:
            return [tuple(map(str, row)) for row in db.execute(sql)]

    def number(self, sql):
        return int(self.rows(sql)[0][0])

    def decisions(self):
        return [json.dumps(json.loads(record), sort_keys=True) for _, record in self.rows("SELECT n, record FROM decision ORDER BY n")]


def send(service, token, batch):
    while True:
        try:
            return Client(service, token).ask("POST", "/v1/events", b"".join(batch), "application/x-ndjson")
        except Refused as why:
            if why.status != 429:
                raise
            time.sleep(0.1)


def wait_until(what, holds):
    end = time.monotonic() + 90
    while not holds():
        if time.monotonic() > end:
            return check(what, False)
        time.sleep(0.1)


def settle(store, wanted):
    wait_until("all decisions are taken in, and nothing waits for the engine",
               lambda: store.number("SELECT COUNT(*) FROM decision") >= wanted and store.number("SELECT COUNT(*) FROM outbox") == 0)


def check_whole(name, store):
    rows = store.number("SELECT COUNT(*) FROM decision")
    check(f"{name}: decisions are numbered without a gap", store.number("SELECT COALESCE(MAX(n), 0) FROM decision") == rows)
    check(f"{name}: no decision is there twice", len(set(store.decisions())) == rows)
    check(f"{name}: one leaf for each decision", store.number("SELECT COUNT(*) FROM leaf WHERE kind = 'decision'") == rows)
    check(f"{name}: leaves are numbered without a gap", store.number("SELECT COUNT(*) FROM leaf") == store.number("SELECT MAX(n) + 1 FROM leaf"))
    check(f"{name}: a case counts the decisions that it holds",
          store.number("SELECT COUNT(*) FROM case_file c WHERE c.decisions <> (SELECT COUNT(*) FROM decision d WHERE d.case_id = c.id)") == 0)
    verified = livewarden("evidence", "verify", store.data / "evidence")
    check(f"{name}: the evidence verifies", verified.returncode == 0, verified.stdout + verified.stderr)


# What a person did, and what follows from it: none of it changes any more.
DONE = ["SELECT n, record FROM decision", "SELECT case_id, n, act, text FROM case_act", "SELECT n, points FROM credit_entry", "SELECT id, action FROM intervention",
        "SELECT n, kind, commitment FROM leaf", "SELECT name, role, body FROM person"]


def done_by(store):
    return [set(store.rows(sql)) for sql in DONE]


def confirm_one(service, li):
    waiting = [one for one in li.get("/v1/cases?state=open")["items"]]
    case = li.get(f"/v1/cases/{waiting[0]['id']}")
    li.post(f"/v1/cases/{case['id']}/claim", {"version": case["version"]})
    case = li.get(f"/v1/cases/{case['id']}")
    return li.post(f"/v1/cases/{case['id']}/confirm", {"version": case["version"], "text": "seen in the recording"})["id"]


def check_private(folder):
    for path in [folder, *folder.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        check("what is restored is for its owner alone", mode == (0o700 if path.is_dir() else 0o600), f"{path} {mode:o}")


def check_refusals(backup, folder):
    files = sorted(path.relative_to(backup) for path in backup.rglob("*") if path.is_file())
    kinds = {}  # one of each: the log's tables, its journal, tiles, keys, …
    for path in files:
        kinds.setdefault((path.parts[0], path.suffix), []).append(path)
    altered = folder / "altered"
    for group in kinds.values():
        path = dice.choice(group)
        shutil.rmtree(altered, ignore_errors=True)
        shutil.copytree(backup, altered)
        content = bytearray((altered / path).read_bytes())
        if content:
            content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
        else:
            content.append(0)
        (altered / path).write_bytes(content)
        refused = livewarden("restore", altered, "--data", folder / "none")
        # A list that was altered names a file that is not as it says, or its own line.
        named = str(path) in refused.stderr or path.name == "SHA256SUMS" and str(altered) in refused.stderr
        check("a bit that was flipped is refused", refused.returncode == 2 and named and not (folder / "none").exists(), f"{path}: {refused.returncode} {refused.stderr}")

    def refused_for(name, change, words, target="none"):
        shutil.rmtree(altered, ignore_errors=True)
        shutil.copytree(backup, altered)
        change()
        refused = livewarden("restore", altered, "--data", folder / target)
        check(name, refused.returncode == 2 and words in refused.stderr, refused.stderr)

    about = altered / "backup.json"
    refused_for("a newer format is refused", lambda: about.write_text(json.dumps({**json.loads(about.read_text()), "format": 2})), "is of format 2, this version reads 1")
    refused_for("a file that is missing is refused", lambda: (altered / "hooks.key").unlink(), "hooks.key: is missing")
    refused_for("a file too many is refused", lambda: (altered / "more").write_text("x"), "more: SHA256SUMS does not know it")
    refused_for("a backup that was broken off is refused", lambda: (altered / "SHA256SUMS").unlink(), "is no backup, or one that was broken off")
    (folder / "full").mkdir()
    (folder / "full" / "letter").write_text("mine")
    refused_for("a folder that is not empty stays as it is", lambda: None, "is not empty", "full")
    check("nothing came to it", [path.name for path in (folder / "full").iterdir()] == ["letter"])


# As a program of the first schema would have left it: what came since is not there.
def check_older(backup, folder):
    older, store = folder / "older", Store(folder / "forward")
    shutil.copytree(backup, older)
    db = sqlite3.connect(older / "desk.sqlite")
    newest = int(db.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone()[0])
    for path in sorted((ROOT / "src/store/schema").glob("schema_*.sql"))[1:]:
        for table in re.findall(r"^CREATE TABLE (\w+)", path.read_text(encoding="utf-8"), re.M):
            db.execute(f"DROP TABLE {table}")
        for index in re.findall(r"^CREATE INDEX (\w+)", path.read_text(encoding="utf-8"), re.M):
            db.execute(f"DROP INDEX IF EXISTS {index}")
    for columns in re.findall(r"^CREATE INDEX (\w+ ON [^;]+);", (ROOT / "src/store/schema/schema_0001.sql").read_text(encoding="utf-8"), re.M):
        db.execute(f"CREATE INDEX IF NOT EXISTS {columns}")
    db.execute("UPDATE meta SET value = '1' WHERE name = 'schema_version'")
    db.commit()
    decisions = db.execute("SELECT COUNT(*) FROM decision").fetchone()[0]
    db.close()
    files = sorted(str(path.relative_to(older)) for path in older.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    (older / "SHA256SUMS").write_text(subprocess.run(["sha256sum", *files], cwd=older, capture_output=True, text=True, check=True).stdout)
    restored = livewarden("restore", older, "--data", store.data)
    check("a backup of an older schema is restored", restored.returncode == 0, restored.stderr)
    service = Service(store.data, (), BINARY)
    check("and served", service.stop() == 0, "".join(service.said[-10:]))
    check("under the newest schema", newest > 1 and store.number("SELECT value FROM meta WHERE name = 'schema_version'") == newest)
    check("with all that it held", store.number("SELECT COUNT(*) FROM decision") >= decisions > 0)
    check_whole("brought forward", store)


def story(folder, server=None):
    kind = "PostgreSQL" if server else "SQLite"
    first, second = Store(folder / "first", server), Store(folder / "second", server)
    service = Service(first.data, first.settings(), BINARY)
    root = Client(service).take_up(service.admin["name"], service.admin["password"])
    alpha = root.post("/v1/people", {"name": "alpha-admin", "shown": "alpha", "role": "administrator", "body": "platform/alpha"})
    token = Client(service).take_up("alpha-admin", alpha["password"]).post("/v1/tokens", {"name": "events", "scopes": ["events:write"]})["token"]
    samr = root.post("/v1/people", {"name": "samr-admin", "shown": "samr", "role": "administrator", "body": "department/samr"})
    officer = Client(service).take_up("samr-admin", samr["password"]).post("/v1/people", {"name": "li", "shown": "Li", "role": "officer"})
    li = Client(service).take_up("li", officer["password"])
    batches = [lines[i:i + BATCH] for i in range(0, len(lines), BATCH)]

    half = len(batches) // 2
    for batch in batches[:half]:
        send(service, token, batch)
    wait_until("there is a case to confirm", lambda: li.get("/v1/cases?state=open")["items"])
    case_id = confirm_one(service, li)
    case = li.get(f"/v1/cases/{case_id}")
    before = done_by(first)
    acknowledged = sum(len(batch) for batch in batches[:half])

    def go_on():
        for batch in batches[half:-2]:
            send(service, token, batch)

    sender = threading.Thread(target=go_on)
    sender.start()
    backup = folder / "backup"
    made = livewarden("backup", "--config", first.config(), "--out", backup)
    sender.join()
    check(f"{kind}: a backup is made while the service runs", made.returncode == 0 and "unsealing.json" in made.stderr, made.stderr)
    for batch in batches[-2:]:
        send(service, token, batch)
    settle(first, len(expected))
    wanted = first.decisions()
    check(f"{kind}: the service ends well", service.stop() == 0, "".join(service.said[-10:]))
    check_whole(f"{kind}, the first", first)
    if made.returncode != 0:
        return

    verified = livewarden("evidence", "verify", backup / "evidence")
    check(f"{kind}: the backup's evidence verifies", verified.returncode == 0, verified.stdout + verified.stderr)
    sums = subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=backup, capture_output=True, text=True)
    check(f"{kind}: sha256sum finds it as it is told", sums.returncode == 0, sums.stdout + sums.stderr)
    restored = livewarden("restore", backup, "--config", second.config())
    check(f"{kind}: it is restored", restored.returncode == 0, restored.stderr)
    check_private(second.data)
    check(f"{kind}: the key that opens names is not in it", not (second.data / "names" / "unsealing.json").exists() and (second.data / "names" / "naming.json").exists())
    for sql, was, now in zip(DONE, before, done_by(second)):
        check(f"{kind}: nothing that was done before is missing: {sql}", was <= now, list(was - now)[:2])

    service = Service(second.data, second.settings(), BINARY)
    check(f"{kind}: it has its administrator", service.admin is None)
    password = "own-" + officer["password"][:24] + "-1"
    found = Client(service).log_in("li", password).get(f"/v1/cases/{case_id}")
    same = ("id", "state", "violation", "liable", "lead", "owner")
    check(f"{kind}: the case is as it was", case["state"] == "confirmed" and [found[name] for name in same] == [case[name] for name in same], found)
    check(f"{kind}: the service ends well again", service.stop() == 0, "".join(service.said[-10:]))
    told = livewarden("log", "stats", "--state", second.data / "state", "--json")
    held = json.loads(told.stdout)["accepted"] if told.returncode == 0 else told.stderr
    check(f"{kind}: all events that were acknowledged before are there", told.returncode == 0 and held >= acknowledged, f"{held} of {acknowledged}")
    last = json.loads(batches[half - 1][-1])
    found = livewarden("log", "find", "--state", second.data / "state", last["source"], last["id"])
    check(f"{kind}: the last of them, too", found.returncode == 0, found.stderr)

    service = Service(second.data, second.settings(), BINARY)
    for batch in batches:
        answer = send(service, token, batch)
        check(f"{kind}: what is sent again is taken", answer == {"accepted": len(batch), "rejected": []}, answer)
    settle(second, len(wanted))
    check(f"{kind}: the service ends well at last", service.stop() == 0, "".join(service.said[-10:]))
    now = second.decisions()
    check(f"{kind}: the same decisions, each once", sorted(now) == sorted(wanted), f"{len(now)} and {len(wanted)}: {[one for one in now if one not in set(wanted)][:1]}")
    check_whole(f"{kind}, the second", second)
    print(f"{kind}: {len(batches)} batches, {held} events in the backup's log, {acknowledged} acknowledged before it; {len(wanted)} decisions")

    # Of a service that stands still: into the data folder, under the time of the day.
    made = livewarden("backup", "--config", second.config())
    again = sorted((second.data / "backups").iterdir()) if made.returncode == 0 else []
    check(f"{kind}: a backup is made of a service that is stopped", len(again) == 1, made.stderr)
    made = livewarden("backup", "--config", second.config(), "--out", backup)
    check(f"{kind}: a backup does not replace another", made.returncode == 3 and "is not empty" in made.stderr, made.stderr)
    third = Store(folder / "third", server)
    if again:
        restored = livewarden("restore", again[0], "--config", third.config())
        check(f"{kind}: that is restored", restored.returncode == 0, restored.stderr)
        service = Service(third.data, third.settings(), BINARY)
        check(f"{kind}: and the service ends well", service.stop() == 0, "".join(service.said[-10:]))
        check(f"{kind}: with the same decisions", third.decisions() == second.decisions())
        check_whole(f"{kind}, the third", third)
    if not server:
        check_refusals(backup, folder)
        check_older(backup, folder)
        (third.data / "restoring").touch()
        refused = livewarden("serve", "--data", third.data)
        check("what was restored in part does not begin", refused.returncode == 3 and "was not restored whole" in refused.stderr, refused.stderr)


folder = pathlib.Path(tempfile.mkdtemp(prefix="backup-"))
os.chmod(folder, 0o755)
try:
    with (folder / "events").open("wb") as out:
        subprocess.run([BINARY, "simulate", "--scenario", ROOT / "scenarios/demo.yaml", "--seed", "9"], stdout=out, check=True)
    subprocess.run([BINARY, "run", "--input", folder / "events", "--decisions", folder / "expected"], check=True, capture_output=True)
    expected = (folder / "expected").read_text(encoding="utf-8").splitlines()
    lines = (folder / "events").read_bytes().splitlines(keepends=True)
    (folder / "sqlite").mkdir()
    story(folder / "sqlite")
    started = subprocess.run([ROOT / "scripts/postgres", "start", folder / "server", "fsync=off"], capture_output=True, text=True)
    if started.returncode == 0 and shutil.which("pg_dump") and shutil.which("psql"):
        (folder / "postgresql").mkdir()
        story(folder / "postgresql", started.stdout.strip())
    else:
        print("no PostgreSQL to go through it with: " + started.stderr.strip())
finally:
    subprocess.run([ROOT / "scripts/postgres", "kill", folder / "server"], capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)

print("\n".join(failures))
print("failed" if failures else "passed")
sys.exit(1 if failures else 0)
