#!/usr/bin/env python3
"""Evidence from outside: what `audit` writes verifies, what is altered does not, and where is told; a checker that is not ours, Go's
golang.org/x/mod, says the same of signature and proofs. Its part is skipped where Go or the module cannot be had."""
import base64
import hashlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

BINARY = str(pathlib.Path(sys.argv[1]).resolve())
ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(*args, **kwargs):
    return subprocess.run([BINARY, *map(str, args)], capture_output=True, text=True, **kwargs)


def verify(place, *args, code=0):
    result = run("evidence", "verify", place, *args)
    assert result.returncode == code, (place, args, result)
    return result.stdout + result.stderr


def audit(out, *args):
    result = run("audit", ROOT / "samples/sessions/demo.ndjson.zst", "--out", out, "--json", *args)
    assert result.returncode == 0, result
    return json.loads(result.stdout)


def what_audit_writes(folder):
    decisions = audit(folder / "out")["decisions"]
    assert decisions > 300, "the sample is to fill a tile"
    evidence = folder / "out/evidence"
    said = verify(evidence)
    assert f"{decisions} entries, {decisions} records" in said and "consistent in itself, signer unknown" in said, said
    kept = folder / "kept.vkey"
    shutil.copy(evidence / "vkey", kept)
    assert "signed by livewarden/audit+" in verify(evidence, "--key", kept)
    opened = [json.loads(line)["opened"] for line in (evidence / "opened.ndjson").read_text().splitlines()]
    assert opened == (folder / "out/decisions.ndjson").read_text().splitlines(), "the records are the decisions"
    # Again into the same folder: another key, and the same decisions.
    before = (folder / "out/decisions.ndjson").read_bytes()
    audit(folder / "out")
    verify(evidence)
    assert (folder / "out/decisions.ndjson").read_bytes() == before
    assert "another key" in verify(evidence, "--key", kept, code=1)
    # Signed by a key that lasts.
    for _ in range(2):
        audit(folder / "signed", "--evidence-key", folder / "audit.key")
        if not (folder / "lasting.vkey").exists():
            shutil.copy(folder / "signed/evidence/vkey", folder / "lasting.vkey")
        verify(folder / "signed/evidence", "--key", folder / "lasting.vkey")
    assert os.stat(folder / "audit.key").st_mode & 0o777 == 0o600
    return evidence, decisions


def what_is_told(folder, evidence):
    told = json.loads(run("evidence", "verify", evidence, "--json").stdout)
    assert told["ok"] and not told["signer_known"] and told["findings"] == [], told
    copy = folder / "copy"
    for name, at, expected in [("tile/entries/000", 500, "entry 3 "), ("tile/0/001.p", None, "hash "), ("checkpoint", 3, "checkpoint: "), ("opened.ndjson", 40, "line 1: ")]:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(evidence, copy)
        path = copy / name
        if path.is_dir():
            path = max(path.iterdir())
        raw = bytearray(path.read_bytes())
        raw[at or len(raw) - 1] ^= 4
        path.write_bytes(raw)
        said = verify(copy, code=1)
        assert str(path.relative_to(copy)) in said and expected in said, (name, said)
    (copy / "more").write_text("")
    assert "more: is not of the tree" in verify(copy, code=1)
    assert "holds no evidence" in verify(folder, code=2)
    assert f"they are in {evidence}" in verify(evidence.parent, code=2)
    assert verify(folder / "nowhere", code=2)
    assert "is no bundle" in verify(evidence / "opened.ndjson", code=2)
    assert "private" in verify(evidence, "--key", folder / "audit.key", code=2)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def root_of(index, size, entry, proof):
    """RFC 9162, 2.1.3.2, once more."""
    at, last, found = index, size - 1, sha256(b"\0", entry)
    for sibling in proof:
        if at % 2 or at == last:
            found = sha256(b"\1", sibling, found)
            while at and at % 2 == 0:
                at, last = at // 2, last // 2
        else:
            found = sha256(b"\1", found, sibling)
        at, last = at // 2, last // 2
    assert last == 0
    return found


def fill(store, decisions):
    """A store as the service leaves it: a case with two decisions, their events, the records of others between them."""
    def insert(table, **values):
        columns = [(row[1], 0 if row[2] != "TEXT" else "") for row in store.execute(f"PRAGMA table_info({table})")]
        store.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(columns))})", [values.get(name, otherwise) for name, otherwise in columns])

    count = 0

    def leaf(kind, ref, record):
        nonlocal count
        salt = os.urandom(16)
        commitment = "sha256:" + base64.b64encode(sha256(salt, record.encode())).decode()
        insert("leaf", n=count, kind=kind, ref=ref, at=1_764_000_000_000 + count, commitment=commitment, salt=base64.b64encode(salt).decode(), opened=record)
        count += 1

    insert("case_file", id=17, state="open")
    for number, line in enumerate(decisions[:600]):
        record = json.loads(line)
        in_case = number in (3, 300)
        if number == 300:  # rests on an event that is not there, of a name that would take a terminal over
            record["data"]["evidence"] = [record["data"]["trigger"], "/platforms/alpha#\u009b31m"]
            line = json.dumps(record, ensure_ascii=False)
        insert("decision", n=number + 1, id=record["id"], case_id=17 if in_case else 0, record=line)
        if in_case:
            leaf("event", record["data"]["trigger"], json.dumps({"line": "直播"}))
        leaf("decision", record["id"], line)
    store.commit()
    return count


def a_case_travels(folder, evidence_of_audit):
    data, bundle = folder / "data", folder / "case.json"
    data.mkdir()

    def export(*args, code=0):
        result = run("evidence", "export", "--data", data, "--out", bundle, *args)
        assert result.returncode == code, result
        return result.stderr

    assert "is not there" in export("--case", "17", code=2)
    (data / "desk.sqlite").touch()
    assert "evidence.key" in export("--case", "17", code=2)
    (data / "state").mkdir()  # where a service that runs holds a lock; without it nobody may write the tree
    shutil.copy(folder / "audit.key", data / "evidence.key")
    assert "its schema is of version 0" in export("--case", "17", code=2)
    with sqlite3.connect(data / "desk.sqlite") as store:
        schemas = sorted((ROOT / "src/store/schema").glob("schema_*.sql"))
        for schema in schemas:
            store.executescript(schema.read_text(encoding="utf-8"))
        store.execute("INSERT INTO meta VALUES ('schema_version', ?)", [len(schemas)])
    assert "no case 17" in export("--case", "17", code=2) and not bundle.exists()
    assert "one thing" in export(code=2) and "one thing" in export("--case", "17", "--decision", "x", code=2)
    with sqlite3.connect(data / "desk.sqlite") as store:
        count = fill(store, (evidence_of_audit.parent / "decisions.ndjson").read_text().splitlines())
    export("--case", "17")
    verify(data / "evidence", "--key", folder / "lasting.vkey")
    other_machine = folder / "other-machine"
    other_machine.mkdir()
    shutil.move(bundle, other_machine / "case.json")
    said = verify(other_machine / "case.json", "--key", folder / "lasting.vkey")
    assert f"about case 17; 4 records, each proven in a tree of {count} entries: 2 decision, 2 event" in said and "signed by" in said, said
    assert "not in it: " in said and "#?31m" in said and "\u009b" not in said, ascii(said)
    assert "signer unknown" in verify(other_machine / "case.json")
    raw = (other_machine / "case.json").read_text()
    for old, new in [("直播", "直插"), ('"case":17', '"case":18'), ('"kind\\":\\"event', '"kind\\":\\"evens')]:
        assert old in raw, old
        (folder / "forged.json").write_text(raw.replace(old, new))
        assert "seal: " in verify(folder / "forged.json", code=1)
    content = json.loads(raw)["bundle"]
    _, size, root = content["checkpoint"].split("\n")[:3]
    for leaf in content["leaves"]:
        entry = json.loads(leaf["entry"])
        assert entry["n"] == leaf["n"] and set(entry) == {"at", "commitment", "kind", "n"}
        assert base64.b64encode(root_of(leaf["n"], int(size), leaf["entry"].encode(), list(map(base64.b64decode, leaf["proof"])))).decode() == root
        assert entry["commitment"] == "sha256:" + base64.b64encode(sha256(base64.b64decode(leaf["salt"]), leaf["opened"].encode())).decode()
    # Its term is over: the proof is what stays.
    with sqlite3.connect(data / "desk.sqlite") as store:
        store.execute("UPDATE leaf SET salt = '', opened = '' WHERE kind = 'event'")
    export("--case", "17")
    assert "2 of them were deleted" in verify(bundle)


def go_agrees(folder, evidence, decisions):
    go = shutil.which("go")
    if not go:
        return "go is not installed"
    source = ROOT / "tests/evidence_go"
    environment = {**os.environ, "GOFLAGS": "-mod=readonly"}
    if subprocess.run([go, "mod", "download"], cwd=source, env=environment, capture_output=True, timeout=120).returncode != 0:
        return "golang.org/x/mod cannot be had"
    checker = str(folder / "checker")
    subprocess.run([go, "build", "-o", checker, "."], cwd=source, env=environment, check=True)
    key = (evidence / "vkey").read_text().strip()
    indexes = list(map(str, [0, 1, 255, 256, decisions // 2, decisions - 1]))

    def check(place, vkey=key):
        return subprocess.run([checker, str(place), vkey, *indexes], capture_output=True, text=True)

    good = check(evidence)
    assert good.returncode == 0 and f"{len(indexes)} entries of {decisions} proven" in good.stdout, good
    assert check(evidence, (folder / "lasting.vkey").read_text().strip()).returncode == 1, "another key"
    for name in ["checkpoint", "tile/entries/000", "tile/0/000"]:
        shutil.rmtree(folder / "copy", ignore_errors=True)
        shutil.copytree(evidence, folder / "copy")
        path = folder / "copy" / name
        raw = bytearray(path.read_bytes())
        raw[10] ^= 1
        path.write_bytes(raw)
        assert check(folder / "copy").returncode == 1, f"{name} was altered"
    return ""


with tempfile.TemporaryDirectory() as temporary:
    temporary = pathlib.Path(temporary)
    evidence, decisions = what_audit_writes(temporary)
    what_is_told(temporary, evidence)
    a_case_travels(temporary, evidence)
    skipped = go_agrees(temporary, evidence, decisions)
if skipped:
    print(f"evidence: {decisions} decisions verified; skipped the checker that is not ours: {skipped}")
    sys.exit(77)
print(f"evidence: {decisions} decisions, verified here and by golang.org/x/mod")
