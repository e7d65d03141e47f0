#!/usr/bin/env python3
"""`run` from Kafka and to Kafka, on a real broker: the decisions are those of `run` on files, byte for byte, each once, also
where the broker or the run is killed in the middle. Skipped where Kafka's packages cannot be had."""
import atexit
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

BINARY = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="kafka-test-"))
failures = []
count = 0
running = []


def broker(action, *arguments):
    return subprocess.run([ROOT / "scripts/kafka", action, FOLDER / "broker", *map(str, arguments)], stdout=subprocess.PIPE, text=True, timeout=300)


def clean():
    for process in running:
        if process.poll() is None:
            process.kill()
    broker("kill")
    shutil.rmtree(FOLDER, ignore_errors=True)


atexit.register(clean)
started = broker("start")
if started.returncode:
    print("kafka: skipped, no broker to test with (see above)")
    sys.exit(started.returncode)
ADDRESS = started.stdout.strip()


def check(name, holds, detail=""):
    global count
    count += 1
    if not holds:
        failures.append(f"{name}: {detail}"[:2000])


def topic(name, partitions=1):
    if broker("topic", name, partitions).returncode:
        sys.exit(f"kafka: the topic {name} cannot be made")


def produce(name, lines, partition=0, *options):
    subprocess.run(["kcat", "-P", "-b", ADDRESS, "-t", name, "-p", str(partition), *options], input="".join(lines).encode(), check=True, timeout=120)


def consume(name, form="%s\n", isolation="read_committed"):
    return subprocess.run(["kcat", "-C", "-b", ADDRESS, "-t", name, "-e", "-q", "-f", form, "-X", f"isolation.level={isolation}"],
                          capture_output=True, check=True, timeout=120).stdout


def start(*arguments):
    process = subprocess.Popen([BINARY, "run", *map(str, arguments)], stderr=subprocess.PIPE, text=True, cwd=FOLDER)
    running.append(process)
    return process


def run(*arguments):
    return subprocess.run([BINARY, "run", *map(str, arguments)], capture_output=True, text=True, timeout=240, cwd=FOLDER)


def url(name, parameters=""):
    return f"kafka://{ADDRESS}/{name}" + (f"?{parameters}" if parameters else "")


def wait_for(what, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.2)
    return False


with (FOLDER / "events").open("wb") as out:
    subprocess.run([BINARY, "simulate", "--scenario", ROOT / "scenarios/demo.yaml", "--seed", "7"], stdout=out, check=True)
events = (FOLDER / "events").read_text(encoding="utf-8").splitlines(keepends=True)
run("--input", FOLDER / "events", "--decisions", FOLDER / "expected")
expected = (FOLDER / "expected").read_bytes()
expected_lines = expected.splitlines(keepends=True)
check("there are decisions at all", len(expected_lines) > 100, len(expected_lines))

# One partition: the order of the file.
topic("one")
produce("one", events)
for name in ("a", "b", "c", "d"):
    topic(f"decisions-{name}")
result = run("--input", url("one", "group=a&until=end"), "--decisions", url("decisions-a"))
check("one partition to a topic: exit 0", result.returncode == 0, result.stderr)
check("one partition to a topic: the same bytes", consume("decisions-a") == expected, result.stderr)
told = consume("decisions-a", "%k\t%h\t%s\n").decode().splitlines()
rows = [row.split("\t", 2) for row in told]
check("the key is the subject", all(key == json.loads(value)["subject"] for key, _, value in rows))
check("the header n counts", [headers for _, headers, _ in rows] == [f"n={i},run=livewarden-a-decisions-a" for i in range(1, len(rows) + 1)], rows[:2])
result = run("--input", url("one", "group=a&until=end"), "--decisions", url("decisions-a"))
check("the group knows that all was read", result.returncode == 0 and "0 events" in result.stderr, result.stderr)
check("and nothing is decided twice", consume("decisions-a") == expected)
result = run("--input", url("one", "group=file&until=end"), "--decisions", FOLDER / "decisions")
check("one partition to a file: the same bytes", (FOLDER / "decisions").read_bytes() == expected, result.stderr)
result = run("--input", url("one", "group=file&until=end"), "--decisions", FOLDER / "decisions")
check("with a file too the group knows that all was read", "0 events" in result.stderr, result.stderr)
result = run("--input", url("one", "until=end"), "--lateness", "30s", "--decisions", FOLDER / "late")
run("--input", FOLDER / "events", "--lateness", "30s", "--decisions", FOLDER / "late-expected")
check("with lateness: the same bytes", (FOLDER / "late").read_bytes() == (FOLDER / "late-expected").read_bytes(), result.stderr)

# Three partitions: merged as three files are.
topic("three", 3)
parts = []
for partition in range(3):
    lines = [line for i, line in enumerate(events) if (i * 7919 >> 4) % 3 == partition]
    (FOLDER / f"part{partition}").write_text("".join(lines), encoding="utf-8")
    parts += ["--input", FOLDER / f"part{partition}"]
    produce("three", lines, partition)
run(*parts, "--decisions", FOLDER / "three-expected")
three_expected = (FOLDER / "three-expected").read_bytes()
topic("decisions-three", 3)
result = run("--input", url("three", "group=a&until=end"), "--decisions", FOLDER / "three-found")
check("three partitions: as three files, byte for byte", (FOLDER / "three-found").read_bytes() == three_expected, result.stderr)
result = run("--input", url("three", "group=a&until=end"), "--decisions", FOLDER / "again")
check("three partitions: the group knows that all was read", "0 events" in result.stderr, result.stderr)
run("--input", url("three", "until=end"), "--decisions", url("decisions-three"))
check("to three partitions: the same set", sorted(consume("decisions-three").splitlines(keepends=True)) == sorted(three_expected.splitlines(keepends=True)))
live = start("--input", url("three", "group=live"), "--decisions", url("decisions-b", "every=100ms"))
few = three_expected.splitlines(keepends=True)
check("three partitions without an end: the decisions come", wait_for(lambda: len(consume("decisions-b").splitlines()) > len(few) * 0.9, 30))
more = [line.replace('"id":"', '"id":"again-', 1) for line in events]
for partition in range(3):
    produce("three", more[partition::3][:100], partition)
check("and the run is alive", not wait_for(lambda: live.poll() is not None, 2))
live.kill()
check("what was there is caught up with in order", consume("decisions-b").startswith(three_expected[:len(b"".join(few[:int(len(few) * 0.9)]))]))

# What is no event.
topic("bad", 3)
produce("bad", events[:50], 1)
produce("bad", ["nonsense\n"], 1)
produce("bad", events[50:80], 1)
produce("bad", ["\n"], 2, "-Z", "-K", ":")
result = run("--input", url("bad", "group=a&until=end"), "--decisions", FOLDER / "bad-decisions", "--dead-letter", FOLDER / "dead")
letters = [json.loads(line) for line in (FOLDER / "dead").read_text(encoding="utf-8").splitlines()]
places = sorted((letter["file"], letter["line"], letter["raw"]) for letter in letters)
check("a bad record is put aside with partition and offset", places[:1] == [(url("bad") + "/1", 50, "nonsense")], f"{letters} {result.stderr}")
check("the rest is read", "80 events" in result.stderr and result.returncode == 0, result.stderr)

# A topic that is deleted while it is read: looked at in the end, for that takes a while to be sure of.
topic("gone", 2)
produce("gone", events[:50])
topic("decisions-gone")
gone = [start("--input", url("gone", f"group={i}"), "--decisions", place, "--dead-letter", FOLDER / f"gone-dead{i}")
        for i, place in enumerate([FOLDER / "gone-decisions", url("decisions-gone")])]
time.sleep(3)
broker("delete-topic", "gone")

# Wrong addresses.
result = run("--input", url("none", "until=end"), "--decisions", FOLDER / "x")
check("an unknown topic: exit 2 and its name", result.returncode == 2 and url("none") in result.stderr and "no such topic" in result.stderr, result.stderr)
result = run("--input", FOLDER / "events", "--decisions", url("none"))
check("an unknown topic for decisions: exit 3 and its name", result.returncode == 3 and "no such topic" in result.stderr, result.stderr)
result = run("--input", url("one", "until=noon"))
check("a wrong parameter: exit 2", result.returncode == 2 and "until=end" in result.stderr, result.stderr)
result = run("--input", url("one", "rdkafka.no.such.setting=1"))
check("a wrong setting: exit 2", result.returncode == 2 and "no.such.setting" in result.stderr, result.stderr)
nobody = start("--input", "kafka://127.0.0.1:1/one", "--decisions", FOLDER / "nobody", "--dead-letter", FOLDER / "nobody-dead")

# A run killed in the middle of a transaction: what it sent is seen by nobody, and the next run takes it back.
killed = start("--input", url("one", "group=c"), "--decisions", url("decisions-c", "every=50s"))
check("an open transaction holds decisions", wait_for(lambda: consume("decisions-c", isolation="read_uncommitted").count(b"\n") > 100))
killed.send_signal(signal.SIGKILL)
killed.wait()
check("read_committed sees nothing of it", consume("decisions-c") == b"")
result = run("--input", url("one", "group=c&until=end"), "--decisions", url("decisions-c"))
check("the next run decides all, each once", consume("decisions-c") == expected, result.stderr)

# The broker is killed in the middle of a run, with many small transactions.
topic("long")
many = [line.replace('"id":"', f'"id":"{copy}-', 1) for copy in range(5) for line in events]
produce("long", many)
(FOLDER / "long").write_text("".join(many), encoding="utf-8")
run("--input", FOLDER / "long", "--decisions", FOLDER / "long-expected")
slow = start("--input", url("long", "group=d&until=end"), "--decisions", url("decisions-d", "every=1ms"))
check("transactions are committed while it runs", wait_for(lambda: 10 < consume("decisions-d").count(b"\n")))
broker("kill")
check("the run is in its middle", slow.poll() is None)
time.sleep(2)
broker("restart")
said = slow.communicate(timeout=180)[1]
check("broker killed: the run goes on and ends well", slow.returncode == 0, said)
check("broker killed: nothing lost, nothing doubled", consume("decisions-d") == (FOLDER / "long-expected").read_bytes(), said)
check("broker killed: it was said", "no broker answers" in said and "a broker answers again" in said, said)

# A run with --state, topic to topic and topic to file, killed again and again: each decision once, the bytes of an undisturbed run.
topic("decisions-kept")
topic("decisions-kept-three", 3)
long_expected = (FOLDER / "long-expected").read_bytes()
run("--input", url("three", "until=end"), "--lateness", "20s", "--decisions", FOLDER / "three-late-expected")
three_late_expected = (FOLDER / "three-late-expected").read_bytes()


def kept(name, arguments, found, wanted, kills, seed=11):
    folder = FOLDER / f"state-{name}"
    arguments += ["--state", folder, "--snapshot-every", "20ms", "--dead-letter", FOLDER / f"dead-{name}"]
    dice = random.Random(seed)

    def written():
        return {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}

    done = 0
    for kill in range(kills):
        before = written() if folder.exists() else {}
        process = start(*arguments)
        # In turn: as soon as the state has changed (a fast machine has little left to do by then), and at any time.
        deadline = time.monotonic() + 60
        while kill % 2 == 0 and process.poll() is None and time.monotonic() < deadline:
            try:
                if folder.exists() and written() != before:
                    break
            except FileNotFoundError:  # a file went while it was looked at: a change too
                break
            time.sleep(0.002)
        try:
            process.wait(dice.uniform(0, 0.05) if kill % 2 == 0 else dice.uniform(0.1, 1.2))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            done += 1
        process.communicate()
        if process.returncode == 0:
            break
    check(f"{name}: was killed", done >= 1, done)
    last = run(*arguments)
    check(f"{name}: ends well", last.returncode == 0, last.stderr)
    check(f"{name}: nothing lost, nothing doubled", found() == wanted, f"{len(found())} bytes, not {len(wanted)}, after {done} kills; {last.stderr}")
    again = run(*arguments)
    check(f"{name}: the same again changes nothing", again.returncode == 0 and found() == wanted, again.stderr)


kept("topic-topic", ["--input", url("long", "group=kept&until=end"), "--decisions", url("decisions-kept", "every=20ms")],
     lambda: consume("decisions-kept"), long_expected, 8)
numbers = [int(row.split("n=")[1].split(",")[0]) for row in consume("decisions-kept", "%h\n").decode().splitlines()]
check("topic-topic: the header n goes on over all runs", numbers == list(range(1, len(numbers) + 1)), numbers[:5])
kept("topic-file", ["--input", url("long", "until=end"), "--decisions", FOLDER / "kept-file"],
     lambda: (FOLDER / "kept-file").read_bytes(), long_expected, 8)
kept("three-file", ["--input", url("three", "group=kept&until=end"), "--lateness", "20s", "--decisions", FOLDER / "kept-three"],
     lambda: (FOLDER / "kept-three").read_bytes(), three_late_expected, 4)
kept("three-topic", ["--input", url("three", "until=end"), "--lateness", "20s", "--decisions", url("decisions-kept-three", "every=5ms")],
     lambda: sorted(consume("decisions-kept-three").splitlines(keepends=True)), sorted(three_late_expected.splitlines(keepends=True)), 4)
# Another state writes to the same topic anew: its numbers are its own.
before = consume("decisions-kept").count(b"\n")
result = run("--input", url("one", "until=end"), "--decisions", url("decisions-kept", "transactional=livewarden-kept-decisions-kept"), "--state", FOLDER / "state-other")
check("another state decides for itself", consume("decisions-kept").count(b"\n") == before + len(expected_lines), result.stderr)
# Without an end: what comes after a kill is judged with what was known before it.
topic("growing")
topic("decisions-growing")
third = len(events) // 3
arguments = ["--input", url("growing", "group=grow"), "--decisions", url("decisions-growing", "every=50ms"), "--state", FOLDER / "state-growing", "--snapshot-every", "50ms"]
for part in range(3):
    growing = start(*arguments)
    produce("growing", events[part * third:(part + 1) * third if part < 2 else len(events)])
    wait_for(lambda: consume("decisions-growing").count(b"\n") > part * 5, 20)
    time.sleep(2)
    growing.send_signal(signal.SIGKILL)
    growing.communicate()
result = run("--input", url("growing", "group=grow&until=end"), *arguments[2:])
check("a growing topic: nothing lost, nothing doubled", consume("decisions-growing") == expected, result.stderr)

# The broker is away for longer than a transaction may stay open; events come before and after.
topic("later")
topic("decisions-later")
half = len(events) // 2
produce("later", events[:half])
waiting = start("--input", url("later", "group=a"), "--decisions", url("decisions-later", "every=2900ms&rdkafka.transaction.timeout.ms=3000"))
wait_for(lambda: consume("decisions-later", isolation="read_uncommitted").count(b"\n") > 50)
broker("kill")
time.sleep(6)
broker("restart")
produce("later", events[half:])
enough = wait_for(lambda: consume("decisions-later").count(b"\n") > len(expected_lines) * 0.8, 90)
time.sleep(4)
found = consume("decisions-later")
check("a long absence: the decisions come", enough and waiting.poll() is None, len(found.splitlines()))
check("a long absence: nothing lost, nothing doubled", expected.startswith(found), len(found))

# A second run with the same name shuts the first out.
second = start("--input", url("later", "group=a"), "--decisions", url("decisions-later"))
time.sleep(3)
produce("later", more)
said = waiting.communicate(timeout=60)[1] if wait_for(lambda: waiting.poll() is not None, 60) else "still runs"
check("the run that was shut out ends and says why", waiting.returncode == 3 and "another run writes" in said, said)
second.kill()

for run_of_gone in gone:
    said = run_of_gone.communicate(timeout=60)[1]
    check("a topic that is gone ends the run: exit 3 and why", run_of_gone.returncode == 3 and "the topic is gone" in said, said)

said = nobody.communicate(timeout=60)[1]
check("no broker: exit 2 and why", nobody.returncode == 2 and "no broker answers" in said, said)

# The parts that no command shows: positions, the last number.
program = BINARY.parent / "runtime_test"
if program.exists():
    for name, partitions in (("unit-events", 2), ("unit-decisions", 2)):
        topic(name, partitions)
    for partition in range(2):
        produce("unit-events", [line for i, line in enumerate(events[:100]) if i % 2 == partition], partition)
    result = subprocess.run([program, "--gtest_filter=KafkaBroker*"], env={**os.environ, "LW_KAFKA": ADDRESS}, capture_output=True, text=True, timeout=120)
    check("positions and numbers", result.returncode == 0, result.stdout[-1500:])

print("\n".join(failures))
print(f"{count - len(failures)} passed, {len(failures)} failed")
sys.exit(1 if failures else 0)
