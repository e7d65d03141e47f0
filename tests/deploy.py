#!/usr/bin/env python3
"""What stands in deploy/, as it stands there: the settings are good, the unit is one, and people work through the nginx.

    tests/deploy.py BINARY

Only names of files and ports are changed. Through nginx, over TLS, somebody logs in and gets a cookie for TLS alone, watches the stream
while an event comes in, and is turned away with what is too large or too often; the service learns the client's address and not what
the client says it is."""
import http.client
import json
import pathlib
import re
import shutil
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request

BINARY = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from livewarden_client import Client, Service  # noqa: E402

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
if not NGINX or not shutil.which("openssl"):
    print("skipped: nginx or openssl is not installed")
    sys.exit(77)
failures = []


def check(name, holds, detail=""):
    if not holds:
        failures.append(f"{name}: {str(detail)[:1500]}")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def replaced(text, *pairs):
    for old, new in pairs:
        check(f"deploy/ has {old}", old in text)
        text = text.replace(old, new)
    return text


def check_settings():
    checked = subprocess.run([BINARY, "serve", "--check", "--config", ROOT / "deploy/livewarden.yaml"], capture_output=True, text=True)
    check("the settings are good", checked.returncode == 0, checked.stderr)


def check_unit(folder):
    if not shutil.which("systemd-analyze"):
        return print("no systemd-analyze to look at the unit with")
    unit = folder / "livewarden.service"
    unit.write_text(replaced((ROOT / "deploy/livewarden.service").read_text(encoding="utf-8"), ("/usr/local/bin/livewarden", str(BINARY))), encoding="utf-8")
    verified = subprocess.run(["systemd-analyze", "verify", "--recursive-errors=no", unit], capture_output=True, text=True)
    check("the unit is one", verified.returncode == 0 and "livewarden.service" not in verified.stderr, verified.stderr)


class Front:
    """nginx, with deploy/nginx.conf between the service and a free port."""

    def __init__(self, folder, service):
        self.port, plain, certificate, key = free_port(), free_port(), folder / "certificate.pem", folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=live.example.org", "-addext", "subjectAltName=DNS:live.example.org",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True)
        site = replaced((ROOT / "deploy/nginx.conf").read_text(encoding="utf-8"),
                        ("server 127.0.0.1:8080;", f"server {service.url.removeprefix('http://')};"),
                        ("listen 80;", f"listen 127.0.0.1:{plain};"), ("listen [::]:80;", ""), ("listen 443 ", f"listen 127.0.0.1:{self.port} "), ("listen [::]:443 ssl http2;", ""),
                        ("/etc/ssl/livewarden/certificate.pem", str(certificate)), ("/etc/ssl/livewarden/key.pem", str(key)))
        (folder / "site.conf").write_text(site, encoding="utf-8")
        places = "".join(f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(f"daemon off;\nworker_processes 1;\npid {folder}/nginx.pid;\nerror_log stderr warn;\nevents {{}}\n"
                                           f"http {{\naccess_log off;\n{places}include {folder}/site.conf;\n}}\n", encoding="utf-8")
        tried = subprocess.run([NGINX, "-t", "-c", folder / "nginx.conf"], capture_output=True, text=True)
        check("nginx takes its configuration, without a warning", tried.returncode == 0 and "[warn]" not in tried.stderr, tried.stderr)
        self.context = ssl.create_default_context(cafile=certificate)
        self.process = subprocess.Popen([NGINX, "-c", folder / "nginx.conf"], stderr=subprocess.PIPE)
        self.plain = plain
        end = time.monotonic() + 20
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.05)

    def connect(self):
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        connection = http.client.HTTPConnection("live.example.org")
        connection.sock = self.context.wrap_socket(raw, server_hostname="live.example.org")
        return connection

    def ask(self, method, path, body=None, headers=()):
        connection = self.connect()
        connection.request(method, path, body, {"Content-Type": "application/json", **dict(headers)})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), text

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def event_of(name):
    return json.dumps({"specversion": "1.0", "id": name, "source": "/platforms/alpha", "type": "live.session.started", "time": "2026-06-01T20:00:00+08:00",
                       "data": {"platform": "alpha", "room": "r1", "session": "s1", "host": "h1", "operator": "op1"}}).encode() + b"\n"


def work_through(front, service, data):
    root = Client(service).take_up(service.admin["name"], service.admin["password"])
    alpha = root.post("/v1/people", {"name": "alpha-admin", "shown": "alpha", "role": "administrator", "body": "platform/alpha"})
    admin = Client(service).take_up("alpha-admin", alpha["password"])
    token = admin.post("/v1/tokens", {"name": "events", "scopes": ["events:write"]})["token"]
    password = "own-" + alpha["password"][:24] + "-1"

    # Reports are limited by address: not by what a client says that its address is.
    report = json.dumps({"platform": "alpha", "target": {"kind": "room", "id": "r1"}, "violation": "absolute-term", "text": "says that it is the first of all"}).encode()
    told = [front.ask("POST", "/v1/reports", report, headers)[0] for headers in ({}, {"X-Forwarded-For": "203.0.113.9"})]
    direct = urllib.request.Request(service.url + "/v1/reports", report, {"Content-Type": "application/json", "X-Forwarded-For": "203.0.113.9"})
    told.append(urllib.request.urlopen(direct, timeout=30).status)
    check("reports are taken", told == [201, 201, 201], told)
    with sqlite3.connect(f"file:{data}/desk.sqlite?mode=ro", uri=True) as db:
        reporters = [name for name, in db.execute("SELECT reporter FROM report ORDER BY id")]
    check("nginx tells the address that it sees", len(reporters) == 3 and reporters[0] == reporters[1] != reporters[2], reporters)

    status, headers, text = front.ask("POST", "/v1/login", json.dumps({"name": "alpha-admin", "password": password}).encode())
    check("somebody logs in", status == 200, (status, text))
    cookie = headers.get("Set-Cookie", "")
    check("the cookie is for TLS alone", "Secure" in cookie and "HttpOnly" in cookie, cookie)
    check("browsers are told to stay with TLS", "Strict-Transport-Security" in headers, headers)
    session = {"Cookie": cookie.split(";")[0], "X-CSRF": json.loads(text)["csrf"]}
    status, _, text = front.ask("GET", "/v1/me", headers=session)
    check("and is known from then on", status == 200 and json.loads(text)["name"] == "alpha-admin", (status, text))
    status, headers, text = front.ask("GET", "/")
    console = (ROOT / "console/dist/index.html").exists()
    check("the console is there", not console or status == 200 and b"<html" in text, (status, text[:200]))

    # The stream tells of an event while it is open: nothing on the way waits for more.
    connection = front.connect()
    connection.request("GET", "/v1/stream", headers={**session, "Accept": "text/event-stream"})
    answer = connection.getresponse()
    check("the stream opens", answer.status == 200 and answer.getheader("Content-Type", "").startswith("text/event-stream"), (answer.status, answer.getheaders()))
    check("it says at once that it is open", answer.readline().startswith(b":"))
    bearer = {"Authorization": "Bearer " + token, "Content-Type": "application/x-ndjson"}
    status, _, text = front.ask("POST", "/v1/events", event_of("e1"), bearer)
    check("events come in", status == 202 and json.loads(text)["accepted"] == 1, (status, text))
    line = b":"
    while line.strip() in (b"", b":") or not line.startswith(b"data:"):
        line = answer.readline()  # it ends with the connection's 30 seconds
        if not line:
            break
    check("the stream tells of the room", b"r1" in line, line)
    connection.close()

    # A batch that is larger than any other request may be.
    lines = b"".join(event_of(f"large-{number}") for number in range(8000))
    check("the batch is large", len(lines) > 1 << 20)
    status, _, text = front.ask("POST", "/v1/events", lines, bearer)
    check("a stream of events may be large", status == 202 and json.loads(text)["accepted"] == 8000, (status, text))

    for path, size, whose in (("/v1/people", (1 << 20) + 1, session), ("/v1/reports", (64 << 10) + 1, {}), ("/v1/login", (64 << 10) + 1, {})):
        status, headers, _ = front.ask("POST", path, b" " * size, whose)
        check(f"a body that is too large is refused: {path}", status == 413 and headers.get("Server") == "nginx", (status, headers))
    status, headers, _ = front.ask("POST", "/v1/reports", b" " * (64 << 10))
    check("one that is just not too large is the service's to judge", status in (400, 422) and headers.get("Content-Type") == "application/problem+json", (status, headers))

    # Nobody is counted where nothing is sent.
    seen = [front.ask("GET", "/v1/reports", headers=session)[0] for _ in range(30)]
    check("whoever reads is not held up", 429 not in seen, seen)
    seen = [front.ask("POST", "/v1/login", json.dumps({"name": f"nobody-{number}", "password": "x" * 12}).encode())[0] for number in range(40)]
    check("whoever tries many passwords is", seen.count(429) > 0 and set(seen) <= {401, 429}, seen)
    seen = [front.ask("POST", "/v1/reports", b"{}")[0] for _ in range(20)]
    check("and whoever reports too often", seen.count(429) > 0, seen)

    check("the metrics are not for the net", front.ask("GET", "/metrics")[0] == 404)
    check("the service is well", front.ask("GET", "/readyz")[0] == 200)
    connection = http.client.HTTPConnection("127.0.0.1", front.plain, timeout=30)
    connection.request("GET", "/v1/me", headers={"Host": "live.example.org"})
    answer = connection.getresponse()
    check("who comes without TLS is sent there", answer.status == 308 and answer.getheader("Location") == "https://live.example.org/v1/me", answer.getheaders())


folder = pathlib.Path(tempfile.mkdtemp(prefix="deploy-"))
folder.chmod(0o755)
service = front = None
try:
    check_settings()
    check_unit(folder)
    # As deploy/livewarden.yaml has it, but for the folder and the port.
    settings = (ROOT / "deploy/livewarden.yaml").read_text(encoding="utf-8")
    settings = re.sub(r"^(data|listen):.*\n", "", settings, flags=re.M)
    service = Service(folder / "data", [settings], BINARY)
    front = Front(folder, service)
    work_through(front, service, folder / "data")
    check("the service ends well", service.stop() == 0, "".join(service.said[-10:]))
finally:
    if front:
        front.stop()
    if service and service.process.poll() is None:
        service.kill()
    shutil.rmtree(folder, ignore_errors=True)

print("\n".join(failures))
print("failed" if failures else "passed")
sys.exit(1 if failures else 0)
