#!/usr/bin/env python3
"""The service killed again and again while events come in: nothing that was acknowledged is lost, nothing is doubled.

    tests/serve_kill.py BINARY [KILLS]

First one client sends a simulated day in batches and, after a kill, sends again what was not acknowledged: in the end the desk has the
decisions of `run` on the same events, byte for byte and each once, with one leaf for each. Then several do, of three platforms, while an
officer confirms cases and a platform is asked to act by a webhook: their events come in an order of their own, so that it is each
thing's number that is looked at."""
import http.client
import http.server
import json
import pathlib
import random
import shutil
import sys
import tempfile
import threading
import time

from served_day import Day, Poster, Store, administrator, check, check_store, failures, token_of, wait_for
from livewarden_client import Client, Refused, Service  # found by served_day

BINARY = pathlib.Path(sys.argv[1]).resolve()
KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
folder = pathlib.Path(tempfile.mkdtemp(prefix="serve-kill-"))
dice = random.Random(5)


class Hook(http.server.BaseHTTPRequestHandler):
    bodies = {}  # by webhook-id

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Hook.bodies.setdefault(self.headers["webhook-id"], set()).add(body)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def confirm_one(officer, confirmed):
    """An act that a kill may meet: afterwards it is done once or not at all."""
    try:
        for case in officer.get("/v1/cases?state=open&limit=5")["items"]:
            held = officer.post(f"/v1/cases/{case['id']}/claim", {"version": case["version"]})
            officer.post(f"/v1/cases/{case['id']}/confirm", {"version": held["version"], "text": "confirmed"})
            confirmed.add(case["id"])
            return
    except (Refused, OSError, http.client.HTTPException, ValueError):
        pass  # it was killed, or more came to the case meanwhile


def killed(name, days, copies, settings=(), hook=None):
    """`copies` clients for each day, which share its batches."""
    data = folder / name
    settings = ["pseudonyms: {off: true}", *settings]
    now = [Service(data, settings, BINARY)]
    root = Client(now[0]).take_up(now[0].admin["name"], now[0].admin["password"])
    posters = []
    for day in days:
        admin = administrator(now[0], root, "platform/" + day.platform)
        if hook:
            admin.post("/v1/hooks", {"url": hook + day.platform})
        token = token_of(admin)
        posters += [Poster(lambda: now[0], token, day.batches[i::copies]) for i in range(copies)]
    officer = administrator(now[0], root, "department/samr").post("/v1/people", {"name": "officer", "shown": "officer", "role": "officer"})
    officer = Client(now[0]).take_up("officer", officer["password"])
    confirmed, kills = set(), 0
    total = sum(len(day.batches) for day in days)
    kill_at = sorted(dice.sample(range(1, total - total // 5), KILLS))
    for poster in posters:
        poster.start()
    while any(poster.is_alive() for poster in posters):
        if hook:
            confirm_one(officer, confirmed)
        if kill_at and sum(poster.done for poster in posters) >= kill_at[0]:
            kill_at.pop(0)
            time.sleep(dice.uniform(0, 0.1))
            now[0].kill()
            kills += 1
            now[0] = officer.service = Service(data, settings, BINARY)
        time.sleep(0.005)
    store = Store(data / "desk.sqlite")
    if hook:
        wait_for("all that was asked of platforms was sent", lambda: store.one("SELECT COUNT(*) FROM intervention WHERE state = 'asked'") == 0, 300)
    wait_for("nothing waits for the engine any more", lambda: store.one("SELECT COUNT(*) FROM outbox") == 0)
    check(f"{name}: the service ends well", now[0].stop() == 0, "".join(now[0].said[-10:]))
    check_store(name, store, data, BINARY, days[0].expected if len(posters) == 1 else None, sum(day.events for day in days))
    print(f"{name}: {total} batches of {len(posters)} clients, {kills} kills, {store.one('SELECT COUNT(*) FROM decision')} decisions, {store.one('SELECT COUNT(*) FROM case_file')} cases,"
          f" {len(confirmed)} confirmed, {store.one('SELECT COUNT(*) FROM intervention')} interventions, {store.one('SELECT COUNT(*) FROM leaf')} leaves", flush=True)
    check(f"{name}: it was killed as often as it was to be", kills == KILLS, kills)
    if not hook:
        return
    check(f"{name}: cases were confirmed", confirmed)
    points = {case for case, in store.rows("SELECT case_id FROM credit_entry WHERE points < 0")}
    check(f"{name}: each confirmed case took points", confirmed <= points, confirmed - points)
    asked = {name: json.loads(record) for name, record in store.rows("SELECT id, record FROM intervention")}
    check(f"{name}: each intervention was sent under its own id", set(Hook.bodies) == set(asked), f"{len(Hook.bodies)} {len(asked)}")
    check(f"{name}: what was sent again is the same", all(len(bodies) == 1 for bodies in Hook.bodies.values()))
    check(f"{name}: what was sent is what is kept", all(json.loads(bodies.copy().pop()) == asked.get(id_) for id_, bodies in Hook.bodies.items()))


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
threading.Thread(target=server.serve_forever, daemon=True).start()
try:
    days = [Day(BINARY, folder, platform) for platform in ("alpha", "beta", "gamma")]
    killed("one", days[:1], 1)
    killed("several", days, 2, ["hooks: {private_addresses: true}"], f"http://127.0.0.1:{server.server_port}/")
finally:
    shutil.rmtree(folder, ignore_errors=True)

print("\n".join(failures))
print("failed" if failures else "passed")
sys.exit(1 if failures else 0)
