#!/usr/bin/env python3
"""A run with --state on a full disk: it stops accepting and says so once, goes on when there is room, and its decisions are those of
an undisturbed run, also where it is killed while the disk is full. The log, the decisions and the snapshots each on a small disk
of their own. Needs to mount file systems in memory; skipped where it may not.

  tests/full_disk.py build/release/livewarden
"""
import atexit
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

BINARY = sys.argv[1]
FULL, ROOM = ": the disk is full", ": there is room again"


def run(*args):
    return subprocess.run([BINARY, *map(str, args)], capture_output=True, text=True, timeout=120)


class Disk:
    """A small file system in memory, with a file that takes all its room away."""

    def __init__(self, folder, megabytes):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.ballast = folder, folder / "ballast"
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], capture_output=True, text=True)
        if done.returncode:
            print(f"full_disk: skipped, no file system can be mounted: {done.stderr.strip()}")
            sys.exit(77)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.folder], check=True)

    def fill(self, leave=0):
        """So many megabytes stay free."""
        with self.ballast.open("ab", buffering=0) as out:
            free = os.statvfs(self.folder)
            while leave and free.f_bavail * free.f_bsize > leave << 20:
                out.write(b"x" * (1 << 20))
                free = os.statvfs(self.folder)
            if leave:
                return
            for size in (1 << 16, 4096):
                try:
                    while True:
                        out.write(b"x" * size)
                except OSError:
                    pass

    def make_room(self):
        self.ballast.unlink()


class Run:
    """A run that is fed line by line, and what it said so far."""

    def __init__(self, work, state, decisions):
        self.said_at = work / "said"
        self.said_to = self.said_at.open("wb")
        self.process = subprocess.Popen([BINARY, "run", "--input", "-", "--decisions", decisions, "--dead-letter", work / "dead", "--state", state,
                                         "--snapshot-every", "200ms"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self.said_to)
        atexit.register(self.process.kill)
        os.set_blocking(self.process.stdin.fileno(), False)

    def said(self):
        return self.said_at.read_text()

    def feed(self, data, seconds):
        """How much of it was taken in so many seconds without a break."""
        sent, last = 0, time.monotonic()
        while sent < len(data) and time.monotonic() - last < seconds and self.process.poll() is None:
            try:
                sent += os.write(self.process.stdin.fileno(), data[sent:sent + (1 << 16)])
                last = time.monotonic()
            except BlockingIOError:
                time.sleep(0.02)
        return sent

    def end(self):
        self.process.stdin.close()
        self.process.wait(60)
        return self.process.returncode

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def wait_for(what, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.05)
    return False


def full_while_it_runs(work, name, disk, state, decisions, place, events, want):
    """Half of the events, no room, the rest, room. `place` is what has to say so; snapshots stop no event."""
    one = Run(work, state, decisions)
    half = len(events) // 2
    assert one.feed(events[:half], 20) == half, one.said()
    time.sleep(0.3)
    disk.fill()
    taken = half + one.feed(events[half:], 2)
    assert wait_for(lambda: place + FULL in one.said()), f"{name}: nothing was said: {one.said()}"
    assert (taken == len(events)) == (place == "/snapshots"), f"{name}: {taken} of {len(events)} bytes were taken on a full disk"
    time.sleep(1.2)  # more than one try
    assert one.said().count(place + FULL) == 1, f"{name}: said more than once: {one.said()}"
    assert one.process.poll() is None, f"{name}: it ended: {one.said()}"
    disk.make_room()
    taken += one.feed(events[taken:], 20)
    assert taken == len(events), f"{name}: {taken} of {len(events)} bytes were taken: {one.said()}"
    assert one.end() == 0, f"{name}: {one.said()}"
    assert one.said().count(place + ROOM) == 1, f"{name}: {one.said()}"
    assert pathlib.Path(decisions).read_bytes() == want, f"{name}: other decisions"


def killed_while_full(work, name, disk, state, decisions, place, events, want):
    one = Run(work, state, decisions)
    half = len(events) // 2
    one.feed(events[:half], 20)
    time.sleep(0.3)
    disk.fill()
    one.feed(events[half:], 2)
    assert wait_for(lambda: place + FULL in one.said()), f"{name}: {one.said()}"
    one.kill()
    # Started while it is full still, it waits or says why it cannot begin; it breaks nothing.
    again = Run(work, state, decisions)
    time.sleep(1)
    if again.process.poll() is not None:
        assert again.process.returncode == 3 and "o space left" in again.said(), f"{name}: {again.process.returncode}: {again.said()}"
    again.kill()
    disk.make_room()
    last = Run(work, state, decisions)
    assert last.feed(events, 20) == len(events), last.said()
    assert last.end() == 0, f"{name}: {last.said()}"
    assert pathlib.Path(decisions).read_bytes() == want, f"{name}: other decisions after a kill"


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        lines = run("simulate", "--scenario", "scenarios/demo.yaml", "--seed", 6).stdout.splitlines()

        def made(megabytes):
            """So many of events, of several platforms, and the decisions on them."""
            copies = 1 + (megabytes << 20) // sum(len(line) + 1 for line in lines)
            events = "".join(line.replace('"/platforms/', f'"/platforms/{copy}-', 1) + "\n" for line in lines for copy in range(copies)).encode()
            (work / "events").write_bytes(events)
            plain = run("run", "--input", work / "events", "--decisions", work / "plain", "--dead-letter", work / "dead")
            assert plain.returncode == 0, plain.stderr
            want = (work / "plain").read_bytes()
            assert len(want) > 10_000
            return events, want

        # Half of the first is more than what may be on its way to the log, 20 MB.
        much, little = made(44), made(4)
        for case in (full_while_it_runs, killed_while_full):
            # RocksDB would set 70 MB aside for its log if it could, and goes on when 64 MB are free.
            with Disk(work / "disk", 200) as disk:
                disk.fill(leave=60)
                case(work, f"log, {case.__name__}", disk, work / "disk/state", work / "decisions", "/log", *much)
            with Disk(work / "disk", 40) as disk:
                case(work, f"decisions, {case.__name__}", disk, work / f"state-{case.__name__}", work / "disk/decisions", "/decisions", *little)
            with Disk(work / f"state-snapshots-{case.__name__}/snapshots", 80) as disk:
                case(work, f"snapshots, {case.__name__}", disk, disk.folder.parent, work / "decisions-s", "/snapshots", *little)
        print("full_disk: log, decisions and snapshots waited for room; decisions are those of undisturbed runs")


main()
