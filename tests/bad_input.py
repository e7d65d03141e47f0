#!/usr/bin/env python3
"""Bad input of every kind: a clear message and exit code each, no crash, and every good event still decided."""
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile

BINARY = sys.argv[1]
failures = []
count = 0


def good(i, **data):
    return json.dumps({"specversion": "1.0", "id": f"e{i}", "source": "/platforms/alpha", "type": "live.chat.posted",
                       "time": f"2026-06-01T10:{i // 60 % 60:02}:{i % 60:02}+08:00", "data": {"room": "8", "account": f"u{i}", "text": "你好", **data}}, ensure_ascii=False)


def run(*arguments, **options):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, timeout=300, **options)


def check(name, holds, result=None):
    global count
    count += 1
    if not holds:
        tail = (result.stderr.decode("utf-8", "replace")[-600:] + f" exit {result.returncode}") if result else ""
        failures.append(f"{name}: {tail}")


def audit(name, content, events, bad, exit_code=0, file="in.ndjson", said=None):
    """Audits a file with this content: so many good and bad events, this exit code, and the reason names this."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / file
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        result = run("audit", path, "--out", pathlib.Path(folder) / "out", "--json")
        check(f"{name}: exit code {exit_code}", result.returncode == exit_code, result)
        if exit_code:
            check(f"{name}: the message names the file", file.encode() in result.stderr, result)
            return
        try:
            summary = json.loads(result.stdout)
        except ValueError:
            check(f"{name}: JSON on standard output", False, result)
            return
        check(f"{name}: {events} good, found {summary['events']}", events is None or summary["events"] == events, result)
        check(f"{name}: {bad} bad, found {summary['bad_events']}", bad is None or summary["bad_events"] == bad, result)
        letters = [json.loads(line) for line in (pathlib.Path(folder) / "out/dead-letter.ndjson").read_text(encoding="utf-8").splitlines()]
        check(f"{name}: the dead letter holds each bad event", len(letters) == summary["bad_events"], result)
        check(f"{name}: each has line, reason and raw", all(isinstance(l["line"], int) and l["reason"] and "raw" in l for l in letters), result)
        if said:
            check(f"{name}: the reason says {said!r}, found {[l['reason'] for l in letters][:3]}", any(said in l["reason"] for l in letters), result)


def deep(n):
    return '{"list_value":{"values":[' * n + '{"int64_value":"1"}' + "]}}" * n


for levels, exit_code in (60, 0), (65, 2), (40000, 2):
    result = run("cel", "eval", "type(x) == list", "--var", "x=" + "[" * levels + "]" * levels)
    check(f"a variable {levels} deep: exit {exit_code}", result.returncode == exit_code and (exit_code == 0 or b"nested deeper than 64" in result.stderr), result)
result = run("cel", "eval", "x[0]", "--var", 'x=["' + "[" * 1000 + '"]')
check("brackets in a string are no depth", result.returncode == 0, result)
with tempfile.TemporaryDirectory() as folder:
    for levels, exit_code in (100, 0), (60000, 2):
        path = pathlib.Path(folder) / "deep.jsonl"
        path.write_text('{"expr":"type(x) == list","bindings":{"x":{"value":' + deep(levels) + "}}}\n")
        result = run("cel", "test", path)
        check(f"a binding {levels} deep: exit {exit_code}", result.returncode == exit_code and (exit_code == 0 or b"deep.jsonl:1: " in result.stderr and b"nested deeper" in result.stderr), result)

three = [good(1), good(2), good(3)]
audit("all good", "\n".join(three) + "\n", 3, 0)
audit("no end of the last line", "\n".join(three), 3, 0)
audit("truncated JSON", "\n".join([three[0], three[1][:60], three[2]]), 2, 1)
audit("not JSON", "\n".join([three[0], "hello", three[2]]), 2, 1)
audit("invalid UTF-8", b"\n".join([three[0].encode(), three[1].encode().replace(b"u2", b"u\xff2"), three[2].encode()]), 2, 1)
audit("past int64", "\n".join([three[0], good(2, amount=10**30), three[2]]), 2, 1, said="amount")
audit("wrong type", "\n".join([three[0], good(2, amount="12"), three[2]]), 2, 1, said="amount")
audit("a float where an integer belongs", "\n".join([three[0], good(2, quantity=1.5), three[2]]), 2, 1, said="quantity")
audit("bad JSON in an unknown field", "\n".join([three[0], three[1].replace('"room"', '"zz":tru,"room"'), three[2]]), 2, 1)
audit("no id", "\n".join([three[0], three[1].replace('"id": "e2", ', ""), three[2]]), 2, 1, said="id")
audit("no time", "\n".join([three[0], json.dumps({k: v for k, v in json.loads(three[1]).items() if k != "time"}), three[2]]), 2, 1, said="time")
audit("a malformed time", "\n".join([three[0], three[1].replace("2026-06-01T10", "2026-06-31T10"), three[2]]), 2, 1, said="time")
for name, fields in {"for ever": {"valid_until": "9999-12-31T23:59:59+08:00"}, "for ever, a date": {"valid_until": "9999-12-31"},
                     "before all time": {"registered_at": "0001-01-01T00:00:00Z", "birth_date": "1650-01-01"}, "a leap second": {"starts_at": "2016-12-31T23:59:60Z"},
                     "a number of any size": {"zz": 10**20}}.items():
    audit(name, "\n".join([three[0], good(2, **fields), three[2]]), 3, 0)
audit("a number beyond all doubles", "\n".join([three[0], three[1].replace('"room"', '"zz":1e999,"room"'), three[2]]), 3, 0)
audit("an event beyond all time", "\n".join([three[0], three[1].replace("2026-06-01T10", "9999-06-01T10"), three[2]]), 2, 1, said="1678 to 2261")
audit("more behind an event", "\n".join([three[0], three[1] + " x", three[2]]), 2, 1, said="more after the event on its line")
for source in "alpha", "/platforms/", "/platforms/a b", "/platforms/\\u001b[0m":
    audit(f"the source {source}", "\n".join([three[0], three[1].replace("/platforms/alpha", source), three[2]]), 2, 1, said="source: expected /platforms/{platform}")
audit("times out of order", "\n".join(reversed(three)), 3, 0)
audit("a repeated id", "\n".join(three + [three[0]]), 3, 0)
audit("deep nesting", "\n".join([three[0], good(2)[:-2] + ', "x": ' + "[" * 5000 + "]" * 5000 + "}}", three[2]]), 2, 1)
audit("a line over the limit", "\n".join([three[0], good(2, x="y" * (3 << 20)), three[2]]), 2, 1)
audit("an empty file", "", 0, 0)
audit("blank lines", "\n\n" + three[0] + "\n\n", 1, 0)
audit("gzip by content, not by name", gzip.compress("\n".join(three).encode()), 3, 0)
audit("truncated gzip", gzip.compress(("\n".join(good(i) for i in range(2000))).encode())[:-200], None, None)
xml_head = '<?xml version="1.0" encoding="utf-8"?>\n<i><BililiveRecorderRecordInfo roomid="6" name="n" start_time="2025-08-31T10:54:06+08:00"/>\n'
chat = '<d p="1.000,1,25,16777215,1756608847000,0,u1,0" user="u1">hi</d>\n'
audit("XML cut short", xml_head + chat + chat.replace("u1", "u2") + '<d p="3.0,1', None, None, file="in.xml")
bomb = '<?xml version="1.0"?>\n<!DOCTYPE i [<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(9)) + "]>\n<i>" + '<BililiveRecorderRecordInfo roomid="6" start_time="2025-08-31T10:54:06+08:00"/>' + "&j;" + chat + "</i>"
with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    (folder / "bomb.xml").write_text(bomb)
    result = run("audit", folder / "bomb.xml", "--out", folder / "out", "--json")
    check("XML with entity expansion: refused or put aside", result.returncode in (0, 2) and b"ntit" in result.stderr + (folder / "out/dead-letter.ndjson").read_bytes() if (folder / "out/dead-letter.ndjson").exists() else result.returncode == 2, result)
    (folder / "zeros.gz").write_bytes(gzip.compress(b"\0" * (200 << 20), 9))
    result = run("audit", folder / "zeros.gz", "--out", folder / "out", "--json")
    check("a bomb of zeros ends", result.returncode in (0, 2), result)

    for name, arguments in {"no such file": ["audit", folder / "none.ndjson"], "a directory": ["audit", folder],
                            "no such input": ["run", "--input", folder / "none.ndjson"], "a directory as input": ["run", "--input", folder]}.items():
        result = run(*arguments)
        check(f"{name}: exit 2 and says which", result.returncode == 2 and str(folder).encode() in result.stderr, result)
    for arguments in (["nonsense"], ["audit"], ["run"], ["audit", "--nonsense"]):
        check(f"wrong usage {arguments}: exit 2", run(*arguments).returncode == 2)

    events = folder / "in.ndjson"
    events.write_text("\n".join(three))
    pack = folder / "pack"
    pack.mkdir()
    (pack / "pack.yaml").write_text("pack: {id: p, version: 1.0.0}\nfeatures:\n  - {id: account.x, count: true, on: [live.chat.posted], where: event.amount + }\n")
    result = run("audit", events, "--pack", pack, "--out", folder / "out")
    check("a bad expression: exit 2 with file, line and caret", result.returncode == 2 and b"pack.yaml:3:" in result.stderr and b"^" in result.stderr, result)
    result = run("rules", "check", pack)
    check("rules check: exit 1 with file, line and caret", result.returncode == 1 and b"pack.yaml:3:" in result.stderr + result.stdout, result)
    result = run("run", "--input", events, "--decisions", "/dev/full")
    check("a full disk at the end of a small run", result.returncode in (0, 3), result)  # nothing decided, nothing written
    result = run("run", "--input", events, "--decisions", folder / "none/decisions.ndjson")
    check("an output folder that is not there", result.returncode in (2, 3) and b"none" in result.stderr, result)
    big = folder / "big.ndjson"
    with big.open("w") as out:
        out.write(three[0] + "\n{")
        for _ in range(64):
            out.write("x" * (1 << 20))
        out.write("\n" + three[1] + "\n")
    result = run("run", "--input", big, "--decisions", folder / "d", "--dead-letter", folder / "dl")
    check("a line of 64 MiB is put aside", result.returncode == 0 and len((folder / "dl").read_text().splitlines()) == 1, result)
    check("and is not kept whole", (folder / "dl").stat().st_size < 4 << 20)
    mapping = folder / "mapping.yaml"
    mapping.write_text("source: /platforms/shop\nforms:\n  - {form: a, columns: {id: id}, events: [{type: live.chat.posted, id: row.idd, time: row.id}]}\n")
    (folder / "rows.csv").write_text("id\n1\n")
    result = run("audit", folder / "rows.csv", "--format", mapping, "--out", folder / "out")
    check("a mapping with a mistake: exit 2 with file, line and caret", result.returncode == 2 and b"mapping.yaml:3:" in result.stderr and b"^" in result.stderr, result)
    mapping.write_text(mapping.read_text().replace("row.idd", "row.id"))
    result = run("audit", folder / "rows.csv", "--format", mapping, "--out", folder / "out", "--json")
    check("a row that is no event is put aside", result.returncode == 0 and json.loads(result.stdout)["bad_events"] == 1, result)
    mapping.write_text(mapping.read_text().replace("columns: {id: id}", "columns: {id: id, at: at}").replace("time: row.id", "time: row.at"))
    (folder / "rows.csv").write_bytes(b"id,at\n1,2026-06-01T10:00:00+08:00\n\xb6\xa9,2026-06-01T10:00:00+08:00\n3\n")
    result = run("audit", folder / "rows.csv", "--format", mapping, "--out", folder / "out", "--json")
    reasons = (folder / "out/dead-letter.ndjson").read_text()
    check("rows of another encoding and of too few cells are put aside",
          result.returncode == 0 and json.loads(result.stdout)["bad_events"] == 2 and "encoding: gb18030" in reasons and "1 cells under a header of 2" in reasons, result)
    mapping.write_text(mapping.read_text().replace("columns: {id: id, at: at}", "columns: {id: id}").replace("time: row.at", "time: row.id"))
    (folder / "rows.csv").write_text("other\n1\n")
    result = run("audit", folder / "rows.csv", "--format", mapping, "--out", folder / "out")
    check("an export of no form: exit 2 and says what is missing", result.returncode == 2 and b"the file has no column id" in result.stderr, result)
    (folder / "bad.ndjson").write_text("x\n" * 20000)
    result = run("run", "--input", folder / "bad.ndjson", "--format", "cloudevents", "--decisions", folder / "d", "--dead-letter", "/dev/full")
    check("a full disk under the dead letter: exit 3", result.returncode == 3 and b"/dev/full" in result.stderr, result)
    (folder / "key").write_text("k" * 32)
    unread = folder / "unread.ndjson"
    unread.write_text("\n".join([three[0], three[1].replace('"room"', '"zz":1e999,"room"'), three[2]]))
    result = run("run", "--input", unread, "--decisions", folder / "d", "--dead-letter", folder / "dl", "--pseudonym-key", folder / "key")
    letters = [json.loads(line)["reason"] for line in (folder / "dl").read_text().splitlines()]
    check("what pseudonyms cannot be put into is put aside", result.returncode == 0 and len(letters) == 1 and "cannot be replaced" in letters[0], result)
    (folder / "key").write_text("short")
    result = run("run", "--input", events, "--decisions", folder / "d", "--pseudonym-key", folder / "key")
    check("a short pseudonym key: exit 2", result.returncode == 2 and b"key" in result.stderr, result)
    if os.geteuid() != 0:
        events.chmod(0)
        check("no permission: exit 2", run("audit", events).returncode == 2)

print("\n".join(failures))
print(f"{count - len(failures)} passed, {len(failures)} failed")
sys.exit(1 if failures else 0)
