#!/usr/bin/env python3
"""Packs are read again while a run goes on (SIGHUP): good ones judge from an event on, bad ones change nothing; packs in shadow
mode decide beside those in force what they would decide alone.

  tests/reload.py build/release/livewarden
"""
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

BINARY = sys.argv[1]
READ = "packs were read again"


def run(*args, **kwargs):
    done = subprocess.run([BINARY, *map(str, args)], capture_output=True, text=True, **kwargs)
    assert done.returncode == 0, done.stderr
    return done


def change(pack):
    """Another version, with another window for one kind of feature, another field, and another text."""
    text = (pack / "pack.yaml").read_text()
    (pack / "pack.yaml").write_text(text.replace("version: 1.0.0", "version: 1.0.1"))
    claims = (pack / "c-claims.yaml").read_text()
    assert "window: 10m" in claims
    (pack / "c-claims.yaml").write_text(claims.replace("window: 10m", "window: 20m"))


def decisions(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


class Fed:
    """A run that is fed line by line, and asked how far it is."""

    def __init__(self, folder, *options):
        self.said = open(folder / "said", "w+")
        args = ["run", "--input", "-", "--decisions", folder / "decisions.ndjson", "--dead-letter", folder / "dead.ndjson", *options]
        self.process = subprocess.Popen([BINARY, *map(str, args)], stdin=subprocess.PIPE, stderr=self.said)
        self.decisions = folder / "decisions.ndjson"

    def feed(self, lines):
        self.process.stdin.write("".join(lines).encode())
        self.process.stdin.flush()
        self.wait(self.decisions.exists, "it does not begin")


    def hang_up(self, answer):
        before = self.told().count(answer)
        self.process.send_signal(signal.SIGHUP)
        self.wait(lambda: self.told().count(answer) > before, f"it never said: {answer}")

    def wait(self, holds, otherwise):
        for _ in range(6000):
            if holds():
                return
            assert self.process.poll() is None, self.told()
            time.sleep(0.01)
        raise AssertionError(f"{otherwise}; it said: {self.told()}")

    def told(self):
        return pathlib.Path(self.said.name).read_text()

    def end(self):
        self.process.stdin.close()
        assert self.process.wait() == 0, self.told()


def changes(work, lines):
    """Good packs, bad packs, and the first ones again; with and without a state, on one thread and two."""
    for threads in (1, 2):
        folder = work / f"changes-{threads}"
        pack = folder / "pack"
        folder.mkdir()
        shutil.copytree("packs/cn-live-commerce", pack)
        fed = Fed(folder, "--pack", pack, "--state", folder / "state", "--threads", threads)
        third = len(lines) // 3
        fed.feed(lines[:third])
        (pack / "bad.yaml").write_text("rules: [")
        fed.hang_up("the packs in force stay as they are")
        assert "bad.yaml:1:9: not YAML" in fed.told(), fed.told()
        (pack / "bad.yaml").unlink()
        change(pack)
        fed.hang_up(READ)
        fed.feed(lines[third : 2 * third])
        fed.wait(lambda: "the packs are cn-live-commerce@1.0.1" in fed.told(), "the packs do not change")
        assert "features that begin anew" in fed.told(), fed.told()
        shutil.rmtree(pack)
        shutil.copytree("packs/cn-live-commerce", pack)
        fed.hang_up(READ)
        fed.feed(lines[2 * third :])
        fed.end()

        history = [json.loads(line) for line in (folder / "state" / "packs.ndjson").read_text().splitlines()]
        assert [entry["name"] for entry in history] == ["cn-live-commerce@1.0.0", "cn-live-commerce@1.0.1", "cn-live-commerce@1.0.0"], history
        assert 0 < history[1]["from"] <= 2 * third and history[1]["from"] < history[2]["from"] <= len(lines), history
        # Who starts with that history, and no signal, decides the same.
        again = work / f"again-{threads}"
        (again / "state" / "packs").mkdir(parents=True)
        shutil.copy(folder / "state" / "packs.ndjson", again / "state")
        for text in (folder / "state" / "packs").iterdir():
            shutil.copy(text, again / "state" / "packs")
        (again / "events.ndjson").write_text("".join(lines))
        run("run", "--input", again / "events.ndjson", "--decisions", again / "decisions.ndjson", "--pack", pack, "--state", again / "state")
        assert (again / "decisions.ndjson").read_bytes() == (folder / "decisions.ndjson").read_bytes(), "packs that change at the same events decide otherwise"
        kinds = {record["data"]["pack"] for record in decisions(folder / "decisions.ndjson")}
        assert kinds == {"cn-live-commerce@1.0.0", "cn-live-commerce@1.0.1"}, kinds


def field_of_its_own(work, lines):
    """Packs that know other fields read the events with them from the change on."""
    folder = work / "fields"
    pack = folder / "pack"
    folder.mkdir()
    shutil.copytree("packs/cn-live-commerce", pack)
    fed = Fed(folder, "--pack", pack)
    odd = '{"specversion":"1.0","id":"%s","source":"/platforms/t","type":"live.viewer.joined","time":"2030-01-01T00:00:0%d+08:00","data":{"room":"odd","account":"a","mood":"odd"}}\n'
    fed.feed([odd % ("before", 1)])
    (pack / "odd.yaml").write_text(
        """fields: [mood]
rules:
  - id: odd
    obligation: absolute-term
    violation: absolute-term
    title: {zh: 试, en: odd}
    duty: {zh: 不得, en: must not}
    on: [live.viewer.joined]
    when: event.mood == 'odd'
    target: account
    severity: low
    basis: [{instrument: 甲, article: "1", known: S, from: 2020-01-01}]
    lead: samr
    message: {zh: "{event.mood}", en: "{event.mood}"}
    tests:
      - {name: one, events: [{at: "10:00:00", type: live.viewer.joined, account: a, room: r, mood: odd}], expect: [{target: account/a}]}
      - {name: none, events: [{at: "10:00:00", type: live.viewer.joined, account: a, room: r}], expect: []}
"""
    )
    fed.hang_up(READ)
    fed.feed([odd % ("behind", 2)])
    fed.end()
    assert "the packs in force stay" not in fed.told(), fed.told()
    triggers = [record["data"]["trigger"] for record in decisions(folder / "decisions.ndjson") if record["data"]["rule"] == "odd"]
    assert triggers == ["/platforms/t#behind"], (triggers, fed.told())


def shadow(work, lines):
    events, pack = work / "events.ndjson", work / "shadow-pack"
    events.write_text("".join(lines))
    shutil.copytree("packs/cn-live-commerce", pack)
    change(pack)
    run("run", "--input", events, "--decisions", work / "alone.ndjson")
    run("run", "--input", events, "--decisions", work / "other.ndjson", "--pack", pack)
    for options in ([], ["--state", work / "shadow-state", "--threads", 2]):
        run("run", "--input", events, "--decisions", work / "both.ndjson", "--shadow-pack", pack, *options)
        lines_of = (work / "both.ndjson").read_text().splitlines(keepends=True)
        enforced = [line for line in lines_of if json.loads(line)["data"]["pack"] == "cn-live-commerce@1.0.0"]
        assert "".join(enforced) == (work / "alone.ndjson").read_text(), "packs in shadow mode change what is decided"
        would = [record for record in decisions(work / "both.ndjson") if record["data"]["pack"] == "cn-live-commerce@1.0.1"]
        alone = decisions(work / "other.ndjson")
        assert would and all(record["data"]["mode"] == "shadow" for record in would)
        for record in would + alone:
            del record["id"], record["data"]["mode"]
        assert would == alone, "packs in shadow mode decide otherwise than alone"


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        lines = run("simulate", "--scenario", "scenarios/demo.yaml", "--seed", 5).stdout.splitlines(keepends=True)[:9000]
        changes(work, lines)
        field_of_its_own(work, lines)
        shadow(work, lines)
        print("reload: packs change between two events, bad ones do not; shadow mode decides beside")


main()
