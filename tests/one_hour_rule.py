#!/usr/bin/env python3
"""The one-hour brushing rule against a slow program that looks at all orders again at each one, on 50 random streams with
ties, late events and orders on the window's very edges; every second stream goes through the reorder buffer."""
import json
import pathlib
import random
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone

BINARY = sys.argv[1]
ZONE = timezone(timedelta(hours=8))
START = datetime(2026, 6, 1, 8, 0, tzinfo=ZONE)
HOUR = timedelta(hours=1)
LATENESS = timedelta(minutes=10)


def stream(seed):
    """Orders in the order of arrival: bursts by few buyers, gaps of exactly an hour, ties, and some far too late."""
    pick = random.Random(seed)
    at, orders = START, []
    for n in range(pick.randint(150, 500)):
        at += pick.choice([timedelta(0), timedelta(seconds=1), timedelta(seconds=pick.randint(1, 900)), timedelta(milliseconds=pick.randint(1, 999))])
        time = at
        if orders and pick.random() < 0.25:  # exactly an hour after an earlier one, or a hair less or more
            time = pick.choice(orders)["time"] + HOUR + pick.choice([timedelta(0), timedelta(microseconds=1), -timedelta(microseconds=1)])
        if pick.random() < 0.15:  # late: by a little, by up to the window, by more
            time -= timedelta(seconds=pick.choice([5, 600, 601, 3599, 3600, 3601, 9000]))
        orders.append({"id": f"e{n}", "time": time, "merchant": f"m{pick.randint(1, 3)}", "account": f"a{pick.randint(1, pick.choice([1, 2, 4]))}"})
    return orders


def released(orders):
    """As the buffer lets them go: by time, then id, once the newest seen is LATENESS ahead."""
    held, newest = [], START - timedelta(days=9)
    for order in orders:
        while held and min(held, key=lambda o: (o["time"], o["id"]))["time"] <= newest - LATENESS:
            yield held.pop(held.index(min(held, key=lambda o: (o["time"], o["id"]))))
        newest = max(newest, order["time"])
        held.append(order)
    yield from sorted(held, key=lambda o: (o["time"], o["id"]))


def expected(orders):
    found, seen, watermark = [], [], START - timedelta(days=9)
    for order in orders:
        watermark = max(watermark, order["time"])
        seen.append(order)
        window = [o for o in seen if o["merchant"] == order["merchant"] and watermark - HOUR < o["time"] <= watermark]
        buyers = {o["account"] for o in window}
        if buyers and len(window) >= 3 * len(buyers):
            found.append((order["merchant"], order["id"], len(window), len(buyers)))
    return found


def decided(orders, arguments):
    with tempfile.TemporaryDirectory() as folder:
        events, decisions = pathlib.Path(folder) / "events", pathlib.Path(folder) / "decisions"
        with events.open("w") as out:
            for order in orders:
                out.write(json.dumps({"specversion": "1.0", "id": order["id"], "source": "/platforms/alpha", "type": "live.order.placed", "time": order["time"].isoformat(),
                                      "data": {"order": order["id"], "merchant": order["merchant"], "account": order["account"], "amount": 100}}) + "\n")
        subprocess.run([BINARY, "run", "--pack", "tests/packs/one-hour", "--input", events, "--decisions", decisions, *arguments], check=True, capture_output=True)
        found = []
        for line in decisions.read_text().splitlines():
            data = json.loads(line)["data"]
            found.append((data["target"]["id"] if isinstance(data["target"], dict) else data["target"].split("/", 1)[1], data["trigger"].split("#")[1],
                          data["features"]["merchant.orders_1h"], data["features"]["merchant.buyers_1h"]))
        return found


fired = late = 0
for seed in range(50):
    orders = stream(seed)
    held_back = seed % 2 == 1
    want = expected(list(released(orders)) if held_back else orders)
    have = decided(orders, ["--lateness", "10m"] if held_back else [])
    if want != have:
        difference = [pair for pair in zip(want + [None] * len(have), have + [None] * len(want)) if pair[0] != pair[1]][:3]
        sys.exit(f"stream {seed}: {len(want)} expected, {len(have)} decided; first differences (expected, decided): {difference}")
    fired += len(want)
    late += sum(1 for a, b in zip(orders, orders[1:]) if b["time"] < a["time"])
if fired < 500 or late < 500:
    sys.exit(f"the streams try too little: {fired} decisions, {late} late orders")
print(f"50 streams, {late} orders out of order, {fired} decisions: the same as the slow program's, each with its figures")
