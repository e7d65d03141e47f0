#!/usr/bin/env python3
"""Evidence from outside: what `audit` writes verifies, what is altered does not, and where is told; a checker that is not ours, Go's
golang.org/x/mod, says the same of signature and proofs. Its part is skipped where Go or the module cannot be had."""
import json
import os
import pathlib
import shutil
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
    skipped = go_agrees(temporary, evidence, decisions)
if skipped:
    print(f"evidence: {decisions} decisions verified; skipped the checker that is not ours: {skipped}")
    sys.exit(77)
print(f"evidence: {decisions} decisions, verified here and by golang.org/x/mod")
