"""fixture.py - start api_fixture, ask it, and hold its answers to docs/openapi.yaml."""
import http.client
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

try:
    import jsonschema
    import yaml
except ImportError as e:
    print(f"skipped: {e.name} is not installed (python3-yaml, python3-jsonschema)")
    sys.exit(77)

SITES = ("hanoi", "danang", "angiang")


def config(seats=3):
    """Three centres: a gateway, a UPS, a router, a PBX and so many seats each."""
    out = ["sites:"]
    for site in SITES:
        out += [f"  - id: {site}", f"    name: {'Đà Nẵng' if site == 'danang' else site}",
                "    timezone: Asia/Ho_Chi_Minh", "    minimum_seats: 2", "    power: [ups-1]",
                "    uplink: router-1", "    pbx: [pbx-1]", "    seats:"]
        for n in range(1, seats + 1):
            out.append(f'      - {{id: "{n:02}", workstation: ws-{n:02}, headset: ws-{n:02}-headset,'
                       f" phone: phone-{n:02}}}")
        out += ["    devices:", "      - {id: ups-1, class: ups, agent: gw}",
                "      - {id: router-1, class: network, agent: gw}",
                "      - {id: pbx-1, class: pbx, agent: gw}"]
        for n in range(1, seats + 1):
            out += [f"      - {{id: ws-{n:02}, class: workstation, agent: ws-{n:02}}}",
                    f"      - {{id: ws-{n:02}-headset, class: headset, agent: ws-{n:02}}}",
                    f"      - {{id: phone-{n:02}, class: phone, agent: gw}}"]
    out += ["services:",
            "  - {id: qms, name: QMS, class: service, agent: hanoi/gw, needed_for_seats: false}",
            "people:", "  - {id: lan, name: Lan, language: vi, email: lan@example.vn}",
            "  - {id: minh, name: Minh, language: en, email: minh@example.vn}",
            "oncall:",
            '  rotation: {people: [lan, minh], shift: 7d, starts: "2026-11-23T08:00+07:00"}',
            "  escalate: [{after: 0s, to: oncall}, {after: 5m, to: next}, {after: 10m, to: everyone}]"]
    return "\n".join(out) + "\n"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Fixture:
    """`with Fixture(folder) as f`: f.say("birth danang/gw"), f.get("/api/v1/status").json."""

    def __init__(self, programs, seats=3, options=()):
        self.programs = pathlib.Path(programs)
        self.folder = tempfile.TemporaryDirectory(prefix="lw-api-")
        self.path = pathlib.Path(self.folder.name)
        self.options = [str(o).replace("@", str(self.path)) for o in options]
        (self.path / "collector.yaml").write_text(config(seats), encoding="utf-8")
        self.seats = seats

    def __enter__(self):
        argv = [str(self.programs / "api_fixture"), "--config", str(self.path / "collector.yaml"),
                "--listen", "127.0.0.1:0", "--store", str(self.path / "linewatch.db")] + self.options
        with open(self.path / "log", "wb") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=log, text=True)
        word = self.process.stdout.readline().split()
        if len(word) != 2:
            raise SystemExit("api_fixture did not start:\n" + (self.path / "log").read_text())
        self.port = int(word[1])
        return self

    def restart(self):
        """The same folder, another process."""
        self.process.stdin.write("quit\n")
        self.process.stdin.close()
        assert self.process.wait(20) == 0
        return self.__enter__()

    def __exit__(self, kind, value, trace):
        try:
            self.process.stdin.write("quit\n")
            self.process.stdin.close()
            code = self.process.wait(20)
        except BrokenPipeError:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = "does not end"
        log = (self.path / "log").read_text(errors="replace")
        self.folder.cleanup()
        if kind is None and code != 0:
            raise SystemExit(f"api_fixture ended with {code}:\n{log[-3000:]}")
        if kind is not None:
            sys.stderr.write(log[-3000:])

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        if self.process.stdout.readline() != "ok\n":
            raise SystemExit("api_fixture is gone")

    def healthy(self):
        """Everything answers and everything is well."""
        for site in SITES:
            for agent in ["gw"] + [f"ws-{n:02}" for n in range(1, self.seats + 1)]:
                self.say(f"birth {site}/{agent}")
            self.say(f"report {site}/ups-1 ups.status=1 battery.charge_percent=100"
                     " battery.runtime_seconds=2400 input.voltage_volts=228.1")
            self.say(f"report {site}/router-1 sys.uptime_seconds=900000")
            self.say(f"report {site}/pbx-1 pbx.calls_active=2 sip.latency_ms=3")
            for n in range(1, self.seats + 1):
                self.say(f"report {site}/ws-{n:02} host.load1=0.2 host.memory_used_percent=?")
                self.say(f"report {site}/ws-{n:02}-headset headset.present=1")
                self.say(f"report {site}/phone-{n:02} sip.registered=1")
        self.say("report qms service.up=1 service.latency_ms=20")
        wait_for(lambda: self.get("/api/v1/status").json["hotline"]["state"] == "full",
                 "the hotline is full", 30)

    def ask(self, method, path, body=None, headers=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        c.request(method, path, body, headers)
        r = c.getresponse()
        a = Answer(r.status, r.headers, r.read())
        c.close()
        return a

    def get(self, path, **headers):
        return self.ask("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path, body, **headers):
        return self.ask("POST", path, body, {k.replace("_", "-"): v for k, v in headers.items()})

    def cut_power(self):
        """The mains fail at danang; returns the incident's number."""
        self.say("report danang/ups-1 ups.status=2 battery.charge_percent=88 input.voltage_volts=0")
        wait_for(lambda: self.get("/api/v1/incidents").json["incidents"], "an incident opens")
        return self.get("/api/v1/incidents").json["incidents"][0]["incident"]


def to_json_schema(node):
    """OpenAPI 3.0 says `nullable`, JSON schema says type null."""
    if isinstance(node, list):
        return [to_json_schema(x) for x in node]
    if not isinstance(node, dict):
        return node
    out = {k: to_json_schema(v) for k, v in node.items() if k != "nullable"}
    if node.get("nullable"):
        if "type" in out:
            out["type"] = [out["type"], "null"]
        else:
            out = {"anyOf": [out, {"type": "null"}]}
    return out


class Document:
    def __init__(self, root):
        with open(os.path.join(root, "docs/openapi.yaml"), encoding="utf-8") as f:
            self.raw = yaml.safe_load(f)
        self.doc = to_json_schema(self.raw)

    def operation(self, method, path):
        path = path.split("?")[0]
        best = None
        for pattern, item in self.doc["paths"].items():
            regex = "^" + re.sub(r"\\{\w+\\}", "(.+)", re.escape(pattern)) + "$"
            if re.match(regex, path) and (best is None or len(pattern) > len(best[0])):
                best = (pattern, item)
        if best is None or method.lower() not in best[1]:
            raise SystemExit(f"{method} {path} is not in the document")
        return best[1][method.lower()]

    def schema(self, method, path, status):
        responses = self.operation(method, path)["responses"]
        response = responses.get(str(status), responses.get("default"))
        if response is None:
            raise SystemExit(f"{method} {path}: {status} is not in the document")
        if "$ref" in response:
            response = self.doc["components"]["responses"][response["$ref"].split("/")[-1]]
        for kind, content in response.get("content", {}).items():
            if kind.endswith("json"):
                return content["schema"]
        return None

    def check(self, method, path, answer):
        schema = self.schema(method, path, answer.status)
        if schema is None:
            return
        whole = dict(schema)
        whole["components"] = self.doc["components"]
        errors = list(jsonschema.Draft7Validator(whole).iter_errors(answer.json))
        if errors:
            e = errors[0]
            raise SystemExit(f"{method} {path}: {answer.status}: {list(e.absolute_path)}: "
                             + e.message[:300])


def wait_for(what, name, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = what()
        if value:
            return value
        time.sleep(0.1)
    raise SystemExit(f"not within {seconds} s: {name}")
