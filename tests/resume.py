#!/usr/bin/env python3
"""Runs with --state are killed with SIGKILL at random moments and started again until they end: decisions and dead letter are then
those of an undisturbed run, byte for byte, and so is the count of what came in. Several inputs, repeats, bad lines, late events.

  tests/resume.py build/release/livewarden [KILLS] [SEED]
"""
import gzip
import itertools
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

BINARY = sys.argv[1]
KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
RANDOM = random.Random(SEED)
print(f"resume: seed {SEED}")


def run(*args, **kwargs):
    return subprocess.run([BINARY, *map(str, args)], capture_output=True, text=True, **kwargs)


def make_inputs(work):
    events = run("simulate", "--scenario", "scenarios/demo.yaml", "--seed", 5).stdout.splitlines()
    # A repeat now and then, lines that are no events, some that come late.
    disturbed = []
    for i, line in enumerate(events):
        disturbed.append(line)
        if i % 97 == 5:
            disturbed.append(events[i - 3])
        if i % 211 == 7:
            disturbed.append('{"specversion":"1.0","id":')
        if i % 31 == 11:
            disturbed[-1], disturbed[-9] = disturbed[-9], disturbed[-1]
    whole = work / "events.ndjson"
    whole.write_text("\n".join(disturbed) + "\n")
    with gzip.open(work / "events.ndjson.gz", "wt") as packed:
        packed.write(whole.read_text())
    (work / "odd.ndjson").write_text("\n".join(disturbed[1::2]) + "\n")
    (work / "even.ndjson").write_text("\n".join(disturbed[::2]) + "\n")
    return [
        ("a file", [whole], []),
        ("gzip", [work / "events.ndjson.gz"], []),
        ("two files by time", [work / "odd.ndjson", work / "even.ndjson"], []),
        ("held back for a minute", [whole], ["--lateness", "1m"]),
        ("two threads", [whole], ["--threads", 2]),
        ("two threads, two files, held back", [work / "odd.ndjson", work / "even.ndjson"], ["--lateness", "1m", "--threads", 2]),
        ("standard input", ["-"], []),
    ]


def counts(text):
    """What a run says of itself at its end, without how long it took."""
    return text.splitlines()[-1].rsplit(";", 1)[0]


def args_of(inputs, options, out):
    args = ["run", "--decisions", out / "decisions.ndjson", *options]
    for path in inputs:
        args += ["--input", path]
    return args


def feed_of(inputs, work):
    return open(work / "events.ndjson", "rb") if inputs == ["-"] else subprocess.DEVNULL


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        cases = make_inputs(work)
        if KILLS < len(cases):  # the hardest ones
            cases = [case for case in cases if case[0] not in ("a file", "gzip", "two threads")]
        killed = 0
        for name, inputs, options in cases:
            plain, kept = work / "plain", work / "kept"
            for out in (plain, kept):
                subprocess.run(["rm", "-rf", out])
                out.mkdir()
            start = time.monotonic()
            want = run(*args_of(inputs, options, plain), stdin=feed_of(inputs, work))
            took = time.monotonic() - start
            assert want.returncode == 0, want.stderr
            args = args_of(inputs, options, kept) + ["--state", kept / "state", "--snapshot-every", "10ms"]
            kills = 0
            while kills < KILLS // len(cases) + 1:
                process = subprocess.Popen([BINARY, *map(str, args)], stdin=feed_of(inputs, work), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                try:
                    process.wait(RANDOM.uniform(0, 1.3) * took)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    kills += 1
                said = process.communicate()[1].decode()
                if process.returncode == 0:  # it was quicker: begin anew
                    if kills >= KILLS // len(cases):
                        break
                    check(name, plain, kept, want, said, inputs)
                    subprocess.run(["rm", "-rf", kept])
                    kept.mkdir()
                else:
                    assert process.returncode == -signal.SIGKILL, f"{name}: exit code {process.returncode}: {said}"
            killed += kills
            last = run(*args, stdin=feed_of(inputs, work))
            assert last.returncode == 0, last.stderr
            check(name, plain, kept, want, last.stderr, inputs)
            again = run(*args, stdin=feed_of(inputs, work))
            assert again.returncode == 0, again.stderr
            check(name + ", once more", plain, kept, want, again.stderr, inputs)
        damaged(work, plain, kept, args, want)
        if KILLS >= 20:  # tests/reload.py has the short form
            killed += packs_change(work)
        print(f"resume: killed {killed} times; decisions and dead letters are those of undisturbed runs")


def packs_change(work):
    """Two threads, snapshots, packs read again, and kills: as a run that nobody disturbed and whose packs change at the same events."""
    packs, kept, plain = work / "packs", work / "kept", work / "plain"
    for out in (packs, kept, plain):
        subprocess.run(["rm", "-rf", out])
        out.mkdir()
    for version in ("1.0.0", "1.0.1"):
        subprocess.run(["cp", "-r", "packs/cn-live-commerce", packs / version], check=True)
        for name, old, new in (("pack.yaml", "version: 1.0.0", f"version: {version}"), ("c-claims.yaml", "window: 10m", "window: 10m" if version == "1.0.0" else "window: 20m")):
            text = (packs / version / name).read_text()
            assert old in text
            (packs / version / name).write_text(text.replace(old, new))
    link = packs / "now"

    def choose(version):
        link.with_suffix(".new").symlink_to(packs / version)
        link.with_suffix(".new").rename(link)

    choose("1.0.0")
    events = work / "many.ndjson"
    with open(events, "wb") as out:
        simulated = subprocess.Popen([BINARY, "simulate", "--scenario", "scenarios/million.yaml", "--seed", "7"], stdout=subprocess.PIPE)
        out.writelines(itertools.islice(simulated.stdout, 900_000))
        simulated.kill()
        simulated.wait()
    options = ["--lateness", "1m", "--pack", link]
    args = args_of([events], options, kept) + ["--state", kept / "state", "--snapshot-every", "20ms", "--threads", "2"]
    kills = 0
    while kills <= KILLS // 7:
        process = subprocess.Popen([BINARY, *map(str, args)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        snapshots = list_of(kept / "state" / "snapshots")
        while process.poll() is None and list_of(kept / "state" / "snapshots") == snapshots:
            time.sleep(0.01)  # until it goes on
        for _ in range(RANDOM.randrange(1, 4)):
            time.sleep(RANDOM.uniform(0, 0.6))
            if process.poll() is None:
                choose("1.0.0" if link.readlink().name == "1.0.1" else "1.0.1")
                process.send_signal(signal.SIGHUP)
        time.sleep(RANDOM.uniform(0, 0.6))
        process.kill()
        said = process.communicate()[1].decode()
        assert process.returncode in (0, -signal.SIGKILL), f"packs that change: exit code {process.returncode}: {said}"
        kills += process.returncode != 0
        if process.returncode != 0 and kills <= KILLS // 7:
            continue
        last = run(*args)
        assert last.returncode == 0, last.stderr
        compare_packs(kept, plain, choose, args_of([events], options, plain))
        subprocess.run(["rm", "-rf", kept])
        kept.mkdir()
    return kills


def compare_packs(kept, plain, choose, args):
    history = (kept / "state" / "packs.ndjson").read_text().splitlines()
    subprocess.run(["rm", "-rf", plain])
    (plain / "state").mkdir(parents=True)
    for name in ("packs", "packs.ndjson"):
        subprocess.run(["cp", "-r", kept / "state" / name, plain / "state"], check=True)
    choose(json.loads(history[-1])["name"].split("@")[1])  # or what is given would be another change
    want = run(*args, "--state", plain / "state")
    assert want.returncode == 0, want.stderr
    assert (plain / "decisions.ndjson").read_bytes() == (kept / "decisions.ndjson").read_bytes(), f"decisions differ from those of an undisturbed run with the same changes of packs: {history}"
    print(f"resume: {len(history) - 1} changes of packs")


def list_of(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".part") if folder.exists() else []


def check(name, plain, kept, want, said, inputs):
    for file in ("decisions.ndjson", "dead-letter.ndjson"):
        a, b = (plain / file).read_bytes(), (kept / file).read_bytes()
        if inputs == ["-"] and file != "decisions.ndjson":
            continue  # what is sent again is told of again
        lines = [pair for pair in itertools.zip_longest(a.splitlines(), b.splitlines()) if pair[0] != pair[1]]
        assert a == b, f"{name}: {file} differs from that of an undisturbed run in {len(lines)} lines, first\n{lines[0][0]}\nbecame\n{lines[0][1]}"
    if inputs != ["-"]:
        assert counts(want.stderr) == counts(said), f"{name}: {counts(want.stderr)} became {counts(said)}"


def damaged(work, plain, kept, args, want):
    """A flipped bit in the newest snapshot: refused, said so, the one before it used."""
    snapshots = sorted((kept / "state" / "snapshots").iterdir())
    assert len(snapshots) >= 2, snapshots
    bytes_ = bytearray(snapshots[-1].read_bytes())
    bytes_[RANDOM.randrange(len(bytes_))] ^= 1 << RANDOM.randrange(8)
    snapshots[-1].write_bytes(bytes_)
    again = run(*args, stdin=feed_of(["-"], work))
    assert again.returncode == 0, again.stderr
    assert "the one before it is used" in again.stderr, again.stderr
    assert (plain / "decisions.ndjson").read_bytes() == (kept / "decisions.ndjson").read_bytes(), "a damaged snapshot changed decisions"
    for path in (kept / "state" / "snapshots").iterdir():
        path.write_bytes(path.read_bytes()[:-5])
    again = run(*args, stdin=feed_of(["-"], work))
    assert again.returncode == 0, again.stderr
    assert (plain / "decisions.ndjson").read_bytes() == (kept / "decisions.ndjson").read_bytes(), "the log alone gives other decisions"


main()
