"""rig.py - a whole linewatch in a folder: broker with TLS and an ACL per principal, collector, the
centres' agents, simulated equipment, and a sink that takes the pages. For the demo, the fault
campaign and the benches; Python's standard library only.

Every process is a child that dies with this one, so that nothing stays behind.
"""
import ctypes
import http.server
import json
import os
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
NAMES = {"hanoi": "Hà Nội", "danang": "Đà Nẵng", "angiang": "An Giang"}
PLACES = {"hanoi": (21.03, 105.85), "danang": (16.05, 108.21), "angiang": (10.38, 105.43)}
COLLECTOR = "demo"
PEOPLE = [("lan", "Lan", "vi"), ("minh", "Minh", "en"), ("hoa", "Hoa", "vi")]


def test_port():
    """The first of the ports that this test has for itself (tests/integration/CMakeLists.txt)."""
    return int(os.environ.get("LW_TEST_PORT", "24300"))


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    os.setpgid(0, 0)  # Ctrl-C reaches this process alone, which then stops them in order


class Sink(http.server.ThreadingHTTPServer):
    """Takes the pages as a webhook gateway would, and writes them down."""
    daemon_threads = True

    def __init__(self, port, path):
        self.pages, self.path, self.lock = [], path, threading.Lock()
        super().__init__(("127.0.0.1", port), SinkHandler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def take(self, text, key):
        with self.lock:
            self.pages.append({"at": time.time(), "text": text, "key": key})
            with open(self.path, "a", encoding="utf-8") as f:
                f.write(json.dumps(self.pages[-1], ensure_ascii=False) + "\n")


class SinkHandler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.take(body.decode("utf-8", "replace"), self.headers.get("Idempotency-Key"))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass


class Rig:
    broker_hosts = ()  # addresses of the broker besides 127.0.0.1
    broker_usage = "serverAuth"  # what its certificate is for
    more_rules = ""  # of the collector's file
    broker_more = ""  # what the section `broker` of both programs has besides

    def __init__(self, folder, port, sites=3, seats=4, build="release", battery_speed=1,
                 interval="2s", truth_answers=False):
        self.folder, self.port, self.n_sites, self.seats = folder, port, sites, seats
        self.bin = os.path.join(ROOT, "build", build, "bin")
        self.battery_speed, self.interval = battery_speed, interval
        self.truth_answers = truth_answers
        self.processes = {}
        self.sink = None
        self.http_port, self.broker_port, self.sink_port = port, port + 1, port + 2
        self.wan_port, self.snmp_port = port + 10, port + 50
        self.broker_ports = [self.broker_port]
        self.url = f"http://127.0.0.1:{self.http_port}"
        os.makedirs(folder, exist_ok=True)
        lines = subprocess.run([self.program("linewatch-sim"), "list", *self.sim_shape()],
                               check=True, capture_output=True, text=True).stdout
        self.devices = [json.loads(line) for line in lines.splitlines()]
        self.sites = list(dict.fromkeys(d["site"] for d in self.devices))
        self.agents = [f"{s}/{a}" for s in self.sites
                       for a in ["gw"] + [f"ws-{i:02}" for i in range(1, seats + 1)]]

    # -- files ------------------------------------------------------------------------------

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def program(self, name):
        return os.path.join(self.bin, name)

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def sim_shape(self):
        return ["--sites", str(self.n_sites), "--seats", str(self.seats),
                "--port", str(self.snmp_port), "--own-ports"]

    def make_pki(self):
        """A CA, and a certificate for each principal; its common name is the principal."""
        os.makedirs(self.path("pki"), exist_ok=True)
        self.openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 "
                     "-addext basicConstraints=critical,CA:TRUE "
                     "-addext keyUsage=critical,keyCertSign,cRLSign -keyout ca.key -out ca.crt "
                     "-subj", "/CN=linewatch demo CA")
        self.certificate("broker", "localhost", f"extendedKeyUsage={self.broker_usage}\n"
                         "subjectAltName=DNS:localhost,IP:127.0.0.1" + "".join(
                             f",IP:{host}" for host in self.broker_hosts) + "\n")
        self.certificate("collector", "collector")
        for agent in self.agents:
            self.certificate(agent.replace("/", "-"), agent)

    def openssl(self, words, *more):
        subprocess.run(["openssl", *words.split(), *more], cwd=self.path("pki"), check=True,
                       env=self.environment("openssl"), stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def certificate(self, name, common_name, extensions="extendedKeyUsage=clientAuth\n"):
        self.write(f"pki/{name}.ext", extensions)
        self.openssl(f"req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key "
                     f"-out {name}.csr -subj", "/CN=" + common_name.replace("/", "\\/"))
        self.openssl(f"x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 "
                     f"-extfile {name}.ext -out {name}.crt")

    def broker_conf(self):
        with open(os.path.join(ROOT, "deploy/mosquitto/linewatch.conf"), encoding="utf-8") as f:
            text = f.read()
        text = text.replace("listener 8883", f"listener {self.broker_port} 127.0.0.1")
        text = text.replace("/etc/linewatch/pki/", self.path("pki") + "/")
        text = text.replace("/etc/mosquitto/linewatch.acl",
                            os.path.join(ROOT, "deploy/mosquitto/linewatch.acl"))
        if os.getuid() == 0:
            text += "user root\n"  # it reads keys that belong to root here
        return text + "log_dest stderr\n"

    def tls(self, name):
        return (f"  ca: {self.path('pki', 'ca.crt')}\n"
                f"  certificate: {self.path('pki', name + '.crt')}\n"
                f"  key: {self.path('pki', name + '.key')}\n")

    def of(self, site, device_class):
        return [d for d in self.devices if d["site"] == site and d["class"] == device_class]

    # -- processes --------------------------------------------------------------------------

    def environment(self, name):
        """What the process `name` finds in its environment."""
        return dict(os.environ, SNMP_PERSISTENT_DIR=self.path("snmp"), MIBS="", TZ="UTC")

    def enter(self, name):
        """Called in the child before its program starts."""
        die_with_parent()

    def uplinks(self, site):
        """Where the agents of a centre reach the broker, in the order in which they try."""
        return [f"127.0.0.1:{self.wan_port + k * self.n_sites + self.sites.index(site)}"
                for k in range(len(self.broker_ports))]

    def spawn(self, name, *command):
        log = open(self.path(name.replace("/", "-") + ".log"), "ab")
        self.processes[name] = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
            env=self.environment(name), preexec_fn=lambda: self.enter(name))
        log.close()
        return self.processes[name]

    def start_sim(self):
        self.spawn("sim", self.program("linewatch-sim"), "run", *self.sim_shape(),
                   "--socket", self.path("sim.sock"), "--truth", self.path("truth.jsonl"),
                   "--battery-speed", str(self.battery_speed),
                   "--wan-port", str(self.wan_port),
                   *[word for p in self.broker_ports for word in ("--broker-port", str(p))],
                   *(["--truth-answers"] if self.truth_answers else []))

    def write_broker(self):
        self.write("mosquitto.conf", self.broker_conf())

    def start_broker(self):
        self.spawn("broker", shutil.which("mosquitto") or "/usr/sbin/mosquitto",
                   "-c", self.path("mosquitto.conf"))

    def start_collector(self):
        self.spawn("collector", self.program("linewatch-collector"),
                   "--config", self.path("collector.yaml"))

    def start_agent(self, agent):
        self.spawn(agent, self.program("linewatch-agent"),
                   "--config", self.path("agents", agent.replace("/", "-") + ".yaml"))

    def write_files(self):
        self.make_pki()
        os.makedirs(self.path("store"), exist_ok=True)
        self.write_broker()
        self.write("collector.yaml", collector_yaml(self), 0o600)
        for agent in self.agents:
            self.write(f"agents/{agent.replace('/', '-')}.yaml", agent_yaml(self, agent), 0o600)

    def start(self):
        self.write_files()
        self.sink = Sink(self.sink_port, self.path("pages.jsonl"))
        self.start_sim()
        self.start_broker()
        self.start_collector()
        for agent in self.agents:
            self.start_agent(agent)

    def kill(self, name, sig=signal.SIGKILL):
        p = self.processes.pop(name, None)
        if p is not None and p.poll() is None:
            p.send_signal(sig)
            p.wait(20)

    def stop(self):
        """Agents first, so that they say goodbye to a collector that hears it; what did not end as
        it should is returned in words."""
        wrong = []
        rank = {"collector": 1, "broker": 2, "sim": 3}  # broker: or broker-1, broker-2 …
        for turn in range(4):
            names = [n for n in self.processes if rank.get(n.split("-")[0], 0) == turn]
            for name in names:
                self.processes[name].send_signal(self.farewell(name))
            for name in names:
                p = self.processes.pop(name)
                try:
                    p.wait(10)
                except subprocess.TimeoutExpired:
                    p.kill()
                    p.wait()
                if p.returncode not in (0, -signal.SIGTERM):
                    wrong.append(f"{name} ended with {p.returncode}")
        if self.sink is not None:
            self.sink.shutdown()
        return wrong

    def farewell(self, name):
        """The signal at which a process ends in order."""
        return signal.SIGTERM

    def dead(self):
        return [n for n, p in self.processes.items() if p.poll() is not None]

    def tail(self, name, lines=15):
        with open(self.path(name.replace("/", "-") + ".log"), encoding="utf-8",
                  errors="replace") as f:
            return "".join(f.readlines()[-lines:])

    # -- asking -----------------------------------------------------------------------------

    def api(self, path, timeout=5):
        return self.get(self.url + path, timeout)

    def get(self, url, timeout=5):
        try:
            with urllib.request.urlopen(url, timeout=timeout) as r:
                return json.load(r)
        except urllib.error.HTTPError as e:
            try:
                return json.load(e)
            except ValueError:
                return None
        except (OSError, ValueError):
            return None

    def post(self, path, body, timeout=5):
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as r:
                return json.load(r)
        except (OSError, ValueError):
            return None

    def cli(self, *words):
        env = dict(os.environ, LINEWATCH_URL=self.url, LC_ALL="C.UTF-8")
        return subprocess.run([self.program("linewatch"), *words], env=env, capture_output=True,
                              text=True, timeout=20)

    def ctl(self, *words):
        subprocess.run([self.program("linewatch-sim"), "ctl", "--socket", self.path("sim.sock"),
                        *words], check=True, stdout=subprocess.DEVNULL)

    def alarms(self):
        got = self.api("/api/v1/alarms")
        rows = got.get("alarms", []) if isinstance(got, dict) else []
        return {a["alarm"]: a for a in rows if a["state"] != "cleared"}

    def incidents(self, which="open"):
        got = self.api(f"/api/v1/incidents?state={which}")
        return got.get("incidents", []) if isinstance(got, dict) else []


def collector_yaml(rig):
    hosts = ", ".join(f"\"127.0.0.1:{port}\"" for port in rig.broker_ports)
    out = [f"id: {COLLECTOR}\nbroker:\n  hosts: [{hosts}]\n"
           + rig.broker_more + rig.tls("collector") +
           f"store:\n  path: {rig.path('store', 'linewatch.db')}\n"
           f"http:\n  listen: 127.0.0.1:{rig.http_port}\n  anonymous: technician\n"
           f"  users: {rig.path('store', 'users.db')}\n"
           f"pages:\n  url: {rig.url}\n"
           "sites:\n"]
    for site in rig.sites:
        out.append(site_yaml(rig, site))
    # One machine plays all workstations: its load and its clock are no news about a centre.
    out.append("rules:\n  - {code: high_load, class: workstation, hold: 1d}\n"
               "  - {code: clock_unsynchronised, class: workstation, hold: 1d}\n"
               + rig.more_rules)
    out.append("people:\n")
    for who, name, language in PEOPLE:
        out.append(f"  - {{id: {who}, name: {name}, language: {language}, "
                   f"webhook: \"http://127.0.0.1:{rig.sink_port}/{who}\"}}\n")
    out.append("oncall:\n  rotation: {people: [lan, minh, hoa], shift: 7d, "
               "starts: \"2026-11-16T08:00+07:00\"}\n"
               "  escalate: [{after: 0s, to: oncall}, {after: 5m, to: next}, "
               "{after: 10m, to: everyone}]\n"
               f"notifiers:\n  - {{id: hook, type: webhook, "
               f"url: \"http://127.0.0.1:{rig.sink_port}/\"}}\n")
    return "".join(out)


def site_yaml(rig, site):
    out = [f"  - id: {site}\n    name: {NAMES.get(site, site)}\n"
           f"    timezone: Asia/Ho_Chi_Minh\n    minimum_seats: {min(2, rig.seats)}\n"
           "    power: [ups-1]\n    uplink: router-1\n    pbx: [pbx-1]\n"]
    if site in PLACES:
        out.append(f"    location: [{PLACES[site][0]}, {PLACES[site][1]}]\n")
    out.append("    seats:\n")
    for i in range(1, rig.seats + 1):
        out.append(f"      - {{id: \"{i:02}\", workstation: ws-{i:02}, "
                   f"headset: ws-{i:02}-headset, phone: phone-{i:02}}}\n")
    out.append("    devices:\n"
               "      - {id: ups-1, class: ups, agent: gw}\n"
               "      - {id: router-1, class: network, agent: gw, depends_on: [ups-1]}\n"
               "      - {id: pbx-1, class: pbx, agent: gw, depends_on: [ups-1]}\n")
    for i in range(1, rig.seats + 1):
        ws = f"ws-{i:02}"
        out.append(f"      - {{id: {ws}, class: workstation, agent: {ws}, depends_on: [ups-1]}}\n"
                   f"      - {{id: {ws}-headset, class: headset, agent: {ws}}}\n"
                   f"      - {{id: phone-{i:02}, class: phone, agent: gw, "
                   "depends_on: [pbx-1]}\n")
    return "".join(out)


def polled(rig, device):
    """One device of an agent's file."""
    name = device["id"].split("/")[1]
    return (f"  - {{id: {name}, class: {device['class']}, "
            f"url: \"snmp://{device['host']}:{device['port']}\", "
            f"community: {device['community']}, interval: {rig.interval}, timeout: 800ms}}\n")


def agent_yaml(rig, agent):
    site, name = agent.split("/")
    hosts = ", ".join(f"\"{host}\"" for host in rig.uplinks(site))
    gateway = name == "gw"
    out = [f"name: {agent}\ncollector: {COLLECTOR}\n"
           f"broker:\n  hosts: [{hosts}]\n" + rig.broker_more + rig.tls(agent.replace("/", "-")) +
           f"journal:\n  path: {rig.path('journal', site + '-' + name)}\n"
           f"profiles: {os.path.join(ROOT, 'profiles')}\n"
           f"workstation: {'no' if gateway else 'yes'}\nheadsets: no\n"
           "devices:\n"]
    if gateway:
        for kind in ("ups", "network", "pbx", "phone"):
            out += [polled(rig, d) for d in rig.of(site, kind)]
    else:
        out += [polled(rig, d) for d in rig.of(site, "headset")
                if d["id"] == f"{site}/{name}-headset"]
    return "".join(out)
