#!/usr/bin/env python3
"""The live service against its own document: Schemathesis makes requests of every operation, right ones and wrong ones, as an officer, an
administrator, a program and the public. No answer may be a server error, and none may be other than the document says.

    tests/api_schemathesis.py BINARY [EXAMPLES]"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import venv

BINARY = pathlib.Path(sys.argv[1]).resolve()
EXAMPLES = sys.argv[2] if len(sys.argv) > 2 else "3"
ROOT = pathlib.Path(__file__).resolve().parent.parent
VERSION = "4.32.5"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
sys.path.insert(0, str(ROOT / "scripts"))
from livewarden_client import Client, Service  # noqa: E402


def tool():
    """Schemathesis of that version, in a folder of the build; None if it cannot be had."""
    folder = ROOT / "build" / f"schemathesis-{VERSION}"
    program = folder / "bin" / "st"
    if not program.exists():
        venv.create(folder, with_pip=True)
        if subprocess.run([folder / "bin" / "pip", "install", "-q", f"schemathesis=={VERSION}"], capture_output=True).returncode:
            shutil.rmtree(folder, ignore_errors=True)
            return None
    return program


st = tool()
if st is None:
    print("api_schemathesis: skipped, Schemathesis cannot be had")
    sys.exit(77)
folder = pathlib.Path(tempfile.mkdtemp(prefix="api-"))
service = Service(folder / "data", ["pseudonyms: {off: true}"], BINARY)
failed = []
try:
    root = Client(service).take_up(service.admin["name"], service.admin["password"])

    def person(by, name, role, body=None):
        made = by.post("/v1/people", {"name": name, "shown": name, "role": role, **({"body": body} if body else {})})
        return Client(service).take_up(name, made["password"])

    samr_admin = person(root, "samr-admin", "administrator", "department/samr")
    officer, approver = person(samr_admin, "li", "officer"), person(samr_admin, "zhao", "approver")
    alpha_admin = person(root, "alpha-admin", "administrator", "platform/alpha")
    scopes = ["events:write", "decide", "rooms:read", "decisions:read", "parties:read", "credit:read", "cases:read", "interventions:read", "interventions:write", "rules:read"]
    token = alpha_admin.post("/v1/tokens", {"name": "all", "scopes": scopes})["token"]
    # Something to be found: a recorded broadcast.
    with (folder / "events").open("wb") as out:
        subprocess.run([BINARY, "simulate", "--scenario", ROOT / "scenarios/demo.yaml", "--seed", "3"], stdout=out, check=True)
    Client(service, token).ask("POST", "/v1/events", (folder / "events").read_bytes(), "application/x-ndjson")

    def as_session(client):
        return ["-H", f"Cookie: livewarden={client.cookie}", "-H", f"X-CSRF: {client.csrf}"]

    # What ends the caller's own session is asked by nobody but the last.
    quiet = ["--exclude-operation-id", "logout", "--exclude-operation-id", "changePassword", "--exclude-operation-id", "setTotp", "--exclude-operation-id", "changePerson",
             "--exclude-operation-id", "stream"]
    callers = {"officer": as_session(officer), "approver": as_session(approver), "administrator": as_session(samr_admin), "platform": as_session(alpha_admin),
               "program": ["-H", f"Authorization: Bearer {token}"], "public": []}
    for name, headers in callers.items():
        run = subprocess.run([st, "run", service.url + "/openapi.json", "--checks", CHECKS, "--max-examples", EXAMPLES, "--seed", "1", "--phases", "examples,fuzzing", "--mode", "all",
                              "--continue-on-failure", "--suppress-health-check", "all", "--request-timeout", "20", "--no-color", *quiet, *headers],
                             capture_output=True, text=True, cwd=folder, env={**os.environ, "COLUMNS": "160"})
        tail = run.stdout.strip().splitlines()[-12:]
        print(f"== {name}: exit {run.returncode}\n" + ("\n".join(tail) if run.returncode == 0 else run.stdout[-6000:] + run.stderr[-2000:]))
        if run.returncode != 0:
            failed.append(name)
    if service.stop() != 0:
        failed.append("the service did not end well")
finally:
    service.kill()
    shutil.rmtree(folder, ignore_errors=True)
print("failed: " + ", ".join(failed) if failed else "passed")
sys.exit(1 if failed else 0)
