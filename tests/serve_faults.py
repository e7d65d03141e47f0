#!/usr/bin/env python3
"""`livewarden serve` while what it stands on fails: a full disk, a disk that stalls, PostgreSQL gone, a webhook's target that hangs, a
Kafka broker that is killed. Each time a simulated day comes in; nothing acknowledged may be lost, nothing doubled; the service says what
is wrong, stays alive, and goes on by itself. What cannot be had on this machine is skipped, and said.

    tests/serve_faults.py BINARY [FAULT…]"""
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from served_day import ROOT, Day, Poster, Store, administrator, check, check_store, failures, token_of, wait_for
from livewarden_client import Client, Refused, Service  # found by served_day

BINARY = pathlib.Path(sys.argv[1]).resolve()
folder = pathlib.Path(tempfile.mkdtemp(prefix="serve-faults-"))
folder.chmod(0o755)  # PostgreSQL's user has to reach its own
PLAIN = "pseudonyms: {off: true}"  # as `run` sees them


class Skipped(Exception):
    pass


def begin(data, *settings):
    service = Service(data, [PLAIN, *settings], BINARY)
    root = Client(service).take_up(service.admin["name"], service.admin["password"])
    return service, root, administrator(service, root, "platform/alpha")


def status(service, path):
    """What an answer says, whatever its status; the connection is its own."""
    try:
        return 200, Client(service).get(path)
    except Refused as refused:
        return refused.status, json.loads(refused.problem)


def waits_for(service, what):
    code, told = status(service, "/readyz")
    return code == 503 and any(what in one for one in told["waits_for"])


def is_ready(service):
    return status(service, "/readyz")[0] == 200


def said(service, text):
    return sum(text in line for line in service.said)


def is_settled(store, decisions):
    return store.one("SELECT COUNT(*) FROM decision") >= decisions and store.one("SELECT COUNT(*) FROM outbox") == 0


def end(name, service, store, day, data, events):
    wait_for(f"{name}: the desk has all decisions", lambda: is_settled(store, len(day.expected)))
    check(f"{name}: the service ends well", service.stop() == 0, "".join(service.said[-10:]))
    check_store(name, store, data, BINARY, day.expected, events)


def sent(service, token, batches):
    poster = Poster(lambda: service[0], token, batches)
    poster.start()
    return poster


# Full disk.

class Disk:
    """A small file system in memory, with a file that takes all its room away."""

    def __init__(self, at, megabytes):
        at.mkdir()
        self.at, self.ballast = at, at / "ballast"
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", at], capture_output=True, text=True)
        if done.returncode:
            raise Skipped(f"no file system can be mounted: {done.stderr.strip()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.at], check=True)

    def fill(self, leave=0):
        with self.ballast.open("ab", buffering=0) as out:
            try:
                for size in (1 << 20, 1 << 16, 4096):
                    while os.statvfs(self.at).f_bavail * os.statvfs(self.at).f_bsize > (leave << 20):
                        out.write(b"x" * size)
            except OSError:
                pass

    def make_room(self):
        self.ballast.unlink()


def full_disk(day, is_killed=False):
    name = "full disk, killed" if is_killed else "full disk"
    # RocksDB would set 70 MB aside for its log if it could, and goes on when 64 MB are free.
    with Disk(folder / name.replace(" ", "-"), 260) as disk:
        disk.fill(leave=60)
        service, root, admin = begin(disk.at / "data")
        token, half, now = token_of(admin), len(day.batches) // 2, [service]
        first = sent(now, token, day.batches[:half])
        first.join(60)
        disk.fill()
        rest = sent(now, token, day.batches[half:])
        wait_for(f"{name}: it is not ready, and says why", lambda: waits_for(service, "disk"))
        wait_for(f"{name}: what comes is refused", lambda: refused(service, token, day.batches[half + rest.done]))
        check(f"{name}: it lives", status(service, "/healthz")[0] == 200)
        check(f"{name}: it says so once", said(service, "the disk is full; no event is accepted") == 1, "".join(service.said[-5:]))
        check(f"{name}: it is not acknowledged", rest.is_alive())
        if is_killed:
            service.kill()
        disk.make_room()
        if is_killed:
            now[0] = service = Service(disk.at / "data", [PLAIN], BINARY)
        else:
            wait_for(f"{name}: it goes on", lambda: is_ready(service))
        rest.join(60)
        check(f"{name}: all is taken in the end", first.done + rest.done == len(day.batches))
        end(name, service, Store(disk.at / "data/desk.sqlite"), day, disk.at / "data", day.events)


def refused(service, token, batch):
    """503, and when to come again."""
    try:
        Client(service, token).ask("POST", "/v1/events", batch, "application/x-ndjson")
    except Refused as why:
        return why.status == 503 and why.retry_after
    except OSError:
        pass
    return False


# A disk that stalls.

STALLS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
// While the file is there, nothing gets to the disk for good.
static void stall(void) { while (access(getenv("STALLS"), F_OK) == 0) usleep(2000); }
int fsync(int fd) { stall(); return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd); }
int fdatasync(int fd) { stall(); return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd); }
"""


def slow_disk(day):
    (folder / "stalls.c").write_text(STALLS)
    made = subprocess.run(["cc", "-shared", "-fPIC", "-o", folder / "stalls.so", folder / "stalls.c", "-ldl"], capture_output=True, text=True) if shutil.which("cc") else None
    if not made or made.returncode:
        raise Skipped("no C compiler")
    stalls = folder / "stalls"
    os.environ.update({"LD_PRELOAD": str(folder / "stalls.so"), "STALLS": str(stalls)})
    try:
        service, root, admin = begin(folder / "slow")
    finally:
        del os.environ["LD_PRELOAD"]
    token, half = token_of(admin), len(day.batches) // 2
    reader = Client(service, token)
    sent([service], token, day.batches[:half]).join(60)
    stalls.touch()
    rest = sent([service], token, day.batches[half:])
    # What needs no disk is answered, again and again, though nothing can be acknowledged.
    for _ in range(20):
        check("slow disk: it lives", status(service, "/healthz")[0] == 200)
        check("slow disk: what is known is shown", reader.get("/v1/rooms")["items"])
    check("slow disk: what does not last is not acknowledged", rest.done == 0, rest.done)
    stalls.unlink()
    rest.join(60)
    check("slow disk: it is, once the disk is there again", rest.done == len(day.batches) - half, rest.done)
    end("slow disk", service, Store(folder / "slow/desk.sqlite"), day, folder / "slow", day.events)


# PostgreSQL gone and back.

def server(program, action, at):
    return subprocess.run([ROOT / "scripts" / program, action, at], stdout=subprocess.PIPE, text=True)


def postgresql_gone(day):
    started = server("postgres", "start", folder / "postgres")
    if started.returncode:
        raise Skipped("no PostgreSQL (see above)")
    try:
        store, data = started.stdout.strip(), folder / "with-postgresql"
        service, root, admin = begin(data, f"store: {store}")
        token, half = token_of(admin), len(day.batches) // 2
        first = sent([service], token, day.batches[:half])
        first.join(60)
        rest = sent([service], token, day.batches[half:])
        server("postgres", "kill", folder / "postgres")
        wait_for("PostgreSQL: who comes is told to come again", lambda: rest.refusals or not rest.is_alive())
        wait_for("PostgreSQL: it is not ready, and says why", lambda: waits_for(service, "store"))
        check("PostgreSQL: it lives", status(service, "/healthz")[0] == 200)
        code, _ = status(service, "/v1/published")
        check("PostgreSQL: what needs the store is away", code == 503, code)
        server("postgres", "restart", folder / "postgres")
        wait_for("PostgreSQL: it goes on", lambda: is_ready(service))
        rest.join(90)
        check("PostgreSQL: all is taken in the end", first.done + rest.done == len(day.batches))
        check("PostgreSQL: it says so once, and that it is back", said(service, "the desk's store cannot be written") == 1 and said(service, "can be written again") == 1,
              "".join(line for line in service.said if "note" in line)[-1500:])
        end("PostgreSQL", service, Store(store), day, data, day.events)
    finally:
        server("postgres", "kill", folder / "postgres")


# A webhook's target that hangs.

class Target(http.server.BaseHTTPRequestHandler):
    got, well, held = {"alpha": {}, "beta": {}}, threading.Event(), threading.Event()

    def do_POST(self):
        platform = self.path.strip("/")
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if platform == "alpha" and not Target.well.is_set():
            Target.held.set()
            Target.well.wait(120)
            return  # without an answer
        Target.got[platform].setdefault(self.headers["webhook-id"], set()).add(body)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def webhook_hangs(_):
    target = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Target)
    target.daemon_threads = True
    threading.Thread(target=target.serve_forever, daemon=True).start()
    alpha, beta = (Day(BINARY, folder, platform, 8000) for platform in ("alpha", "beta"))
    service, root, admin = begin(folder / "hooks", "hooks: {timeout: 1s, private_addresses: true}")
    other = administrator(service, root, "platform/beta")
    for of, who in (("alpha", admin), ("beta", other)):
        who.post("/v1/hooks", {"url": f"http://127.0.0.1:{target.server_port}/{of}"})
    posters = [sent([service], token_of(who), one.batches) for who, one in ((admin, alpha), (other, beta))]
    for poster in posters:
        poster.join(90)
    store = Store(folder / "hooks/desk.sqlite")
    decided = len(alpha.expected) + len(beta.expected)
    wait_for("a hook: the desk has all decisions", lambda: is_settled(store, decided))

    def asked(platform, condition="TRUE"):
        return {one for one, in store.rows(f"SELECT id FROM intervention WHERE platform = '{platform}' AND {condition}")}

    check("a hook: both are asked", asked("alpha") and asked("beta"))
    wait_for("a hook: the other platform gets all of its own", lambda: Target.got["beta"].keys() == asked("beta") and not asked("beta", "state = 'asked'"))
    check("a hook: the one that hangs was tried", Target.held.wait(30))
    wait_for("a hook: that it fails is said", lambda: said(service, "no answer within 1000 ms") == 1)
    check("a hook: nothing counts as sent that was not taken", not asked("alpha", "state <> 'asked'"))
    Target.well.set()
    wait_for("a hook: once it is well it gets all that it missed", lambda: not asked("alpha", "state = 'asked'"), 90)
    check("a hook: each under its id", Target.got["alpha"].keys() == asked("alpha"))
    check("a hook: what came again is the same", all(len(bodies) == 1 for of in Target.got.values() for bodies in of.values()))
    check("a hook: the service ends well", service.stop() == 0)
    check_store("a hook", store, folder / "hooks", BINARY, None, alpha.events + beta.events)
    target.shutdown()


# A Kafka broker that is killed and comes back.

def kafka_restarts(day):
    started = server("kafka", "start", folder / "kafka")
    if started.returncode:
        raise Skipped("no Kafka (see above)")
    try:
        address, half = started.stdout.strip(), len(day.batches) // 2
        for topic in ("in", "out"):
            subprocess.run([ROOT / "scripts/kafka", "topic", folder / "kafka", topic], check=True)
        service, *_ = begin(folder / "with-kafka", f'kafka: {{in: "kafka://{address}/in", out: "kafka://{address}/out"}}')
        store = Store(folder / "with-kafka/desk.sqlite")

        def produce(batches):
            subprocess.run(["kcat", "-P", "-b", address, "-t", "in"], input=b"".join(batches), check=True, timeout=60)

        def sent_out():
            told = store.rows("SELECT value FROM meta WHERE name LIKE 'kafka.decisions%'")
            return int(told[0][0]) if told else 0

        produce(day.batches[:half])
        wait_for("Kafka: what came first is decided and sent out", lambda: sent_out() > 0)
        server("kafka", "kill", folder / "kafka")
        wait_for("Kafka: that the broker is away is said", lambda: said(service, address) > 0)
        check("Kafka: it lives", is_ready(service))
        server("kafka", "restart", folder / "kafka")
        produce(day.batches[half:])
        wait_for("Kafka: the rest is decided", lambda: is_settled(store, len(day.expected)), 90)
        wait_for("Kafka: all is sent out", lambda: sent_out() == store.one("SELECT MAX(n) FROM decision"))
        out = subprocess.run(["kcat", "-C", "-b", address, "-t", "out", "-e", "-q"], stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode().splitlines()
        once = list(dict.fromkeys(out))
        check("Kafka: the topic has each decision, in their order", once == [record for record, in store.rows("SELECT record FROM decision ORDER BY n")], f"{len(out)} {len(once)}")
        end("Kafka", service, store, day, folder / "with-kafka", day.events)
    finally:
        server("kafka", "kill", folder / "kafka")


def main():
    all_of = {"full-disk": full_disk, "full-disk-killed": lambda day: full_disk(day, True), "slow-disk": slow_disk, "postgresql": postgresql_gone, "webhook": webhook_hangs,
              "kafka": kafka_restarts}
    skipped = 0
    try:
        day = Day(BINARY, folder)
        for name in sys.argv[2:] or all_of:
            begun = time.monotonic()
            try:
                all_of[name](day)
                print(f"{name}: {time.monotonic() - begun:.0f} s", flush=True)
            except Skipped as why:
                skipped += 1
                print(f"serve_faults: {name} skipped: {why}", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("\n".join(failures))
    print("failed" if failures else "passed")
    return 1 if failures else 77 if skipped == len(all_of) else 0


sys.exit(main())
