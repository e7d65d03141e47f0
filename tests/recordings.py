#!/usr/bin/env python3
"""audit counts what every recording holds: messages, gifts and amounts equal a count made here, by another road."""
import collections
import gzip
import html
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BINARY = sys.argv[1]
ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = pathlib.Path(os.environ.get("LW_SHARED_DATA", ROOT.parent / "shared" / "data"))
if (SHARED / "data").is_dir():
    SHARED = SHARED / "data"


def fen(coins):
    return (abs(coins) * 2 + 10) // 20 * (1 if coins >= 0 else -1)  # ten coins a fen, half away from zero


class Room:
    def __init__(self):
        self.events = self.chats = self.gifts = 0
        self.amount = None

    def gift(self, quantity, amount):
        self.gifts += quantity
        if amount is not None:
            self.amount = (self.amount or 0) + amount

    def figures(self):
        return {"events": self.events, "chats": self.chats, "gifts": self.gifts, "amount": self.amount}


def count_events(text):
    rooms = collections.defaultdict(Room)
    for line in text.split("\n"):
        if not line.strip():
            continue
        event = json.loads(line)
        data = event["data"]
        room = rooms[data.get("room") or event.get("subject", "")[5:]]
        room.events += 1
        room.chats += event["type"] == "live.chat.posted"
        if event["type"] == "live.gift.sent":
            room.gift(data.get("quantity", 1), data.get("amount"))
    return rooms


def count_xml(text):
    """Tags by pattern, not by an XML parser."""
    room = Room()
    room.events = len(re.findall(r"<BililiveRecorderRecordInfo\s", text))
    for name, inside in re.findall(r"<(d|gift|guard|sc)\s([^>]*)>", text):
        attributes = {key: html.unescape(value) for key, value in re.findall(r'(\w+)="([^"]*)"', inside)}
        raw = attributes.get("raw", "")
        raw = json.loads(raw) if raw.startswith("{") else {}
        room.events += 1
        if name == "d":
            room.chats += 1
        elif name == "sc":
            room.gift(1, int(attributes["price"]) * 100)
        elif name == "guard":
            count = int(attributes["count"])
            room.gift(count, fen(raw["price"] * count) if "price" in raw else None)
        else:
            count = int(attributes["giftcount"])
            paid = raw.get("total_coin", raw.get("price", 0) * count)
            room.gift(count, {"gold": fen(paid), "silver": 0}.get(raw.get("coin_type")))
    return {re.search(r'roomid="([^"]*)"', text)[1]: room}


def count_twitch(text):
    whole = json.loads(text)
    room = Room()
    room.events = 1 if whole.get("video", {}).get("created_at") else 0
    for comment in whole["comments"]:
        message = comment["message"]
        room.events += 1
        if (message.get("user_notice_params") or {}).get("msg_id"):
            room.gift(1, None)
            continue
        room.chats += 1
        if message.get("bits_spent"):
            room.events += 1
            room.gift(message["bits_spent"], None)
    return {str(whole["streamer"]["id"]): room}


def count(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".xml":
        return count_xml(text)
    return count_twitch(text) if text.lstrip().startswith("{") and '"comments"' in text[:4000] else count_events(text)


def audited(path, out):
    result = subprocess.run([BINARY, "audit", path, "--out", out, "--json"], capture_output=True, timeout=300)
    if result.returncode:
        return None, result.stderr.decode("utf-8", "replace")
    summary = json.loads(result.stdout)
    found = {}
    for room in summary["rooms"]:
        figures = found.setdefault(room["room"], {"chats": 0, "gifts": 0, "amount": None})
        figures["chats"] += room["chats"] or 0
        figures["gifts"] += room["gifts"]["count"] or 0
        if room["gifts"]["amount"] is not None:
            figures["amount"] = (figures["amount"] or 0) + room["gifts"]["amount"]
    return summary, found


paths = sorted(path for folder in (ROOT / "samples" / "recordings", SHARED / "bilibili-live") if folder.is_dir()
               for path in folder.iterdir() if path.suffix in (".xml", ".json", ".ndjson"))
failures = []
messages = 0
with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    for path in paths:
        expected = {room: figures.figures() for room, figures in count(path).items()}
        events = sum(figures.pop("events") for figures in expected.values())
        messages += sum(figures["chats"] for figures in expected.values())
        packed = folder / (path.name + ".anything")
        with gzip.open(packed, "wb") as out:
            out.write(path.read_bytes())
        for form in (path, packed):
            summary, found = audited(form, folder / "out")
            if summary is None:
                failures.append(f"{form.name}: {found}")
            elif summary["bad_events"] or summary["duplicate_events"] or summary["events"] != events:
                failures.append(f"{form.name}: {summary['events']} events of {events}, {summary['bad_events']} bad, {summary['duplicate_events']} repeated")
            elif found != expected:
                failures.append(f"{form.name}: found {found}, expected {expected}")
            elif not (folder / "out" / "report.html").stat().st_size:
                failures.append(f"{form.name}: no report")
        if shutil.which("zstd"):
            subprocess.run(["zstd", "-q", "-f", path, "-o", packed], check=True)
            if audited(packed, folder / "out")[1] != expected:
                failures.append(f"{path.name}: another result from zstd")

print("\n".join(failures) or f"{len(paths)} recordings, {messages} messages: all counts agree")
if not (SHARED / "bilibili-live").is_dir():
    print(f"the recordings under {SHARED} are not here: only the project's own were counted")
sys.exit(1 if failures else 0)
