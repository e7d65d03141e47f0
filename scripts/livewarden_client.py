"""The service's process and its API, for scripts and tests: start it, wait until it is ready, ask it."""
import json
import os
import pathlib
import subprocess
import threading
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Broken(Exception):
    pass


class Service:
    """The process on a data folder; `settings` are lines of its configuration."""

    def __init__(self, folder, settings=(), program=None):
        program = program or os.environ.get("LIVEWARDEN", str(ROOT / "build" / "release" / "livewarden"))
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        lines = [f"data: {json.dumps(str(folder))}", 'listen: ["127.0.0.1:0"]', "log: {level: info, format: json}", *settings]
        (folder / "livewarden.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.said, self.admin = [], None
        # Scenarios are of one day, whatever this one is.
        environment = {"LIVEWARDEN_LIMITS_AHEAD": "36500d", **os.environ}
        self.process = subprocess.Popen([program, "serve", "--config", folder / "livewarden.yaml"], stderr=subprocess.PIPE, text=True, env=environment)
        self.url = None
        self.ready = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()
        if not self.ready.wait(60) or self.process.poll() is not None:
            self.process.kill()
            raise Broken("the service is not ready: " + "".join(self.said[-20:]))

    def _listen(self):
        for line in self.process.stderr:
            self.said.append(line)
            try:
                told = json.loads(line)
            except ValueError:
                continue
            if told.get("what") == "server.listening":
                self.url = f"http://127.0.0.1:{told['port']}"
            if told.get("what") == "first-login":
                self.admin = json.loads(pathlib.Path(told["file"]).read_text(encoding="utf-8"))
            if self.url and told.get("what") == "service.ready":
                self.ready.set()
        self.process.wait()
        self.ready.set()  # it ended

    def stop(self):
        self.process.terminate()
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return -9

    def kill(self):
        self.process.kill()
        self.process.wait()


class Refused(Exception):
    def __init__(self, status, problem, retry_after=None):
        super().__init__(f"{status} {problem}")
        self.status, self.problem, self.retry_after = status, problem, retry_after


class Client:
    """Somebody who uses the API: with a session, a token, or as the public."""

    def __init__(self, service, token=None):
        self.service, self.token, self.cookie, self.csrf = service, token, None, None

    def ask(self, method, path, body=None, kind="application/json", raw=False):
        headers = {"Accept": "application/json"}
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
            headers["Content-Type"] = kind
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        if self.cookie:
            headers["Cookie"] = "livewarden=" + self.cookie
            headers["X-CSRF"] = self.csrf
        request = urllib.request.Request(self.service.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
                for name, value in answer.headers.items():
                    if name.lower() == "set-cookie" and value.startswith("livewarden="):
                        self.cookie = value.split(";")[0].split("=", 1)[1]
                return text if raw else json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            raise Refused(error.code, error.read().decode(errors="replace"), error.headers.get("Retry-After")) from None

    def get(self, path):
        return self.ask("GET", path)

    def post(self, path, body=None):
        return self.ask("POST", path, {} if body is None else body)

    def log_in(self, name, password):
        self.csrf = self.post("/v1/login", {"name": name, "password": password})["csrf"]
        return self

    # A first password is for setting an own one alone.
    def take_up(self, name, password):
        self.log_in(name, password)
        own = "own-" + password[:24] + "-1"
        self.post("/v1/me/password", {"old": password, "new": own})
        self.cookie = self.csrf = None
        return self.log_in(name, own)
