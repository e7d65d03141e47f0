"""A simulated day sent to `livewarden serve`, and what must be in its store afterwards, for tests that disturb it on the way."""
import http.client
import json
import pathlib
import sqlite3
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from livewarden_client import Client, Refused  # noqa: E402

BATCH = 400
failures = []


def check(name, holds, detail=""):
    if not holds:
        failures.append(f"{name}: {str(detail)[:1500]}")


def wait_for(what, holds, seconds=60):
    """Gives back what holds in the end."""
    end = time.monotonic() + seconds
    while True:
        found = holds()
        if found or time.monotonic() > end:
            check(f"within {seconds} s: {what}", found)
            return found
        time.sleep(0.05)


class Day:
    """Events of the demonstration's evening, or the first of them, and what `run` decides about them."""

    def __init__(self, binary, folder, platform="alpha", first=None):
        self.platform = platform
        made = subprocess.run([binary, "simulate", "--scenario", ROOT / "scenarios/demo.yaml", "--seed", "9"], stdout=subprocess.PIPE, check=True).stdout
        if platform != "alpha":
            made = made.replace(b'"/platforms/alpha', f'"/platforms/{platform}'.encode()).replace(b'"platform":"alpha"', f'"platform":"{platform}"'.encode())
        lines = made.splitlines(keepends=True)[:first]
        (folder / f"events-{platform}").write_bytes(b"".join(lines))
        subprocess.run([binary, "run", "--input", folder / f"events-{platform}", "--decisions", folder / f"expected-{platform}"], check=True, capture_output=True)
        self.expected = (folder / f"expected-{platform}").read_text(encoding="utf-8").splitlines()
        self.events = len(lines)
        self.batches = [b"".join(lines[i:i + BATCH]) for i in range(0, len(lines), BATCH)]


def administrator(service, root, body):
    name = body.replace("/", "-") + "-admin"
    return Client(service).take_up(name, root.post("/v1/people", {"name": name, "shown": name, "role": "administrator", "body": body})["password"])


def token_of(admin):
    return admin.post("/v1/tokens", {"name": "events", "scopes": ["events:write", "decide", "rooms:read"]})["token"]


class Poster(threading.Thread):
    """Sends batches in their order, each again until it is acknowledged. `service` gives the one that runs now."""

    def __init__(self, service, token, batches):
        super().__init__(daemon=True)
        self.service, self.token, self.batches = service, token, batches
        self.done, self.refusals, self.broken = 0, [], 0

    def run(self):
        while self.done < len(self.batches):
            batch = self.batches[self.done]
            try:
                answer = Client(self.service(), self.token).ask("POST", "/v1/events", batch, "application/x-ndjson")
                check("each batch is taken whole", answer == {"accepted": batch.count(b"\n"), "rejected": []}, answer)
                self.done += 1
            except Refused as refused:
                self.refusals.append(refused)
                check("who is refused is told when to come again", refused.status in (429, 503) and refused.retry_after, refused)
                time.sleep(0.2)
            except (OSError, http.client.HTTPException, ValueError):
                self.broken += 1
                time.sleep(0.05)


class Store:
    """What lies in the desk's database, by SQL of both kinds."""

    def __init__(self, place):
        self.place = str(place)

    def rows(self, sql):
        if self.place.startswith("postgresql:"):
            told = subprocess.run(["psql", "-X", "-A", "-t", "-R", "\x1e", "-F", "\x1f", "-c", sql, self.place], capture_output=True, text=True, check=True).stdout
            return [line.split("\x1f") for line in told.strip("\n").split("\x1e") if line]
        with sqlite3.connect(f"file:{self.place}?mode=ro", uri=True) as db:
            return db.execute(sql).fetchall()

    def one(self, sql):
        return int(self.rows(sql)[0][0])


def check_store(name, store, data, binary, expected=None, events=None):
    """Nothing lost, nothing doubled. `expected`: decisions, byte for byte; `events`: so many were acknowledged."""
    one = store.one

    def same(what, found, wanted):
        check(f"{name}: {what}", found == wanted, f"{found}, not {wanted}")

    rows = [(int(n), record) for n, record in store.rows("SELECT n, record FROM decision ORDER BY n")]
    same("decisions are numbered without a gap", [n for n, _ in rows], list(range(1, len(rows) + 1)))
    found = [json.dumps(json.loads(record), sort_keys=True) for _, record in rows]
    same("no decision is doubled", len(set(found)), len(found))
    if expected is not None:
        # What the desk tells the engine comes between, and may be decided about; the platforms' own events are judged as ever.
        wanted = {json.dumps(json.loads(line), sort_keys=True) for line in expected}
        missing, more = wanted - set(found), set(found) - wanted
        check(f"{name}: no decision is lost", not missing, f"{len(missing)} of {len(wanted)}: {list(missing)[:1]}")
        check(f"{name}: none is about other events", not more, f"{len(more)}: {list(more)[:1]}")
    for what, sql in (("one leaf for each decision", "SELECT COUNT(*) - (SELECT COUNT(*) FROM decision) FROM leaf WHERE kind = 'decision'"),
                      ("no leaf is doubled", "SELECT COUNT(*) FROM (SELECT 1 FROM leaf WHERE kind IN ('decision', 'event') GROUP BY kind, ref HAVING COUNT(*) > 1) AS doubled"),
                      ("leaves are numbered without a gap", "SELECT COUNT(*) - MAX(n) - 1 FROM leaf"),
                      ("one undecided case for each party, violation and broadcast",
                       "SELECT COUNT(*) FROM (SELECT 1 FROM case_file WHERE state IN ('open', 'claimed') GROUP BY platform, liable_kind, liable_id, violation, session HAVING COUNT(*) > 1) AS doubled"),
                      ("a case counts the decisions that it holds", "SELECT COUNT(*) FROM case_file c WHERE c.decisions <> (SELECT COUNT(*) FROM decision d WHERE d.case_id = c.id)"),
                      ("a case takes points once", "SELECT COUNT(*) FROM (SELECT 1 FROM credit_entry WHERE case_id <> 0 AND points < 0 GROUP BY case_id HAVING COUNT(*) > 1) AS doubled"),
                      ("one intervention for each decision, action and target",
                       "SELECT COUNT(*) FROM (SELECT 1 FROM intervention GROUP BY decision, case_id, action, target_kind, target_id, asked_by HAVING COUNT(*) > 1) AS doubled"),
                      ("interventions are numbered without a gap", "SELECT COUNT(*) - COALESCE(MAX(n), 0) FROM intervention"),
                      ("nothing waits for the engine", "SELECT COUNT(*) FROM outbox")):
        same(what, one(sql), 0)
    check(f"{name}: there are cases", one("SELECT COUNT(*) FROM case_file") > 0)
    if events is not None:
        stats = json.loads(subprocess.run([binary, "log", "stats", "--json", "--state", data / "state"], stdout=subprocess.PIPE, check=True).stdout)
        same("the log has each event that was acknowledged, and what the desk told, once", stats["accepted"], events + one("SELECT COALESCE(MAX(value), 0) FROM counter WHERE name = 'outbox'"))
    verified = subprocess.run([binary, "evidence", "verify", data / "evidence"], capture_output=True, text=True)
    check(f"{name}: the evidence verifies", verified.returncode == 0, verified.stdout + verified.stderr)
