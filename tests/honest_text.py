#!/usr/bin/env python3
"""Honest text stays honest: real reviews and copied chat, fed as chat and as speech, set off hardly any text rule.

Needs the shared data (LW_SHARED_DATA, default ../shared next to the checkout); skips, saying so, where it is absent.
A line counts once when any decision above `info` is triggered by it. Bar: 0.5 % of the lines of each corpus and form.
"""
import csv
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone

BAR = 0.005
ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("LW_SHARED_DATA", ROOT.parent / "shared")) / "data"
START = datetime(2026, 6, 1, 8, 0, tzinfo=timezone(timedelta(hours=8)))
# The same words are judged by the goods on air, so a corpus is spoken once over each of these.
CATEGORIES = ["home", "food.packaged", "cosmetics.ordinary", "drug.otc"]


def reviews():
    with gzip.open(DATA / "reviews" / "dev.csv.gz", "rt", encoding="utf-8-sig") as file:
        return [row["text"] for row in csv.DictReader(file)]


def pasta():
    lines = []
    for path in sorted((DATA / "twitch-pasta").glob("*.txt")):
        lines += [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return lines


def event(name, kind, at, **data):
    return {"specversion": "1.0", "id": name, "source": "/platforms/test", "type": f"live.{kind}",
            "time": at.isoformat(), "data": data}


def stream(lines, category):
    """Speech over goods of `category`; chat by a viewer where it is None. Each line has a room and a speaker of its own:
    a cool-down hides no second finding, and no rule that counts repeats may take the corpus for one person."""
    at = START
    for n, line in enumerate(lines):
        at += timedelta(seconds=1)
        where = {"room": f"r{n}", "session": f"s{n}"}
        yield event(f"start-{n}", "session.started", at, host=f"h{n}", operator=f"o{n}", **where)
        if category:
            yield event(f"list-{n}", "product.listed", at, product=f"p{n}", merchant=f"m{n}", category=category, amount=9900, **where)
            yield event(f"line-{n}", "speech.transcribed", at, host=f"h{n}", text=line, start_ms=0, end_ms=1000, confidence=0.95, **where)
        else:
            yield event(f"line-{n}", "chat.posted", at, account=f"a{n}", text=line, **where)
        yield event(f"end-{n}", "session.ended", at, host=f"h{n}", operator=f"o{n}", **where)


def fired(binary, lines, category, folder):
    source, decisions = folder / "in.ndjson", folder / "out.ndjson"
    with source.open("w", encoding="utf-8") as file:
        for item in stream(lines, category):
            file.write(json.dumps(item, ensure_ascii=False) + "\n")
    subprocess.run([binary, "run", "--input", source, "--decisions", decisions, "--pack", ROOT / "packs/cn-live-commerce",
                    "--dead-letter", folder / "dead.ndjson"], check=True, stdout=subprocess.DEVNULL)
    hit, rules = set(), {}
    with decisions.open(encoding="utf-8") as file:
        for text in file:
            data = json.loads(text)["data"]
            trigger = data["trigger"].rsplit("#", 1)[-1]
            if data["severity"] != "info" and trigger.startswith("line-"):
                hit.add(trigger)
                rules[data["rule"]] = rules.get(data["rule"], 0) + 1
    return hit, rules


def main():
    binary = sys.argv[1]
    missing = [name for name in ("reviews", "twitch-pasta") if not (DATA / name).is_dir()]
    if missing:
        print(f"skipped: {', '.join(missing)} not found under {DATA}; set LW_SHARED_DATA")
        return 77
    failed = False
    with tempfile.TemporaryDirectory() as name:
        for corpus, lines in (("reviews", reviews()), ("twitch-pasta", pasta())):
            for category in [None, *CATEGORIES]:
                hit, rules = fired(binary, lines, category, pathlib.Path(name))
                share = len(hit) / len(lines)
                failed |= share > BAR
                form = f"speech over {category}" if category else "chat"
                print(f"{corpus:13} {form:32} {len(hit):5} of {len(lines)} lines, {share:.3%}  {rules}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
