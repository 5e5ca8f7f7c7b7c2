"""rig.py - a broker and a collector with many agents in its topology, for the intake's benches and
tests. Everything in one folder; every process is stopped at the end."""
import contextlib
import os
import shutil
import signal
import subprocess
import time

BROKER = shutil.which("mosquitto") or "/usr/sbin/mosquitto"


def topology(folder, agents, broker_port, http_port):
    lines = ["id: bench", f"broker: {{host: 127.0.0.1, port: {broker_port}}}",
             f"store: {{path: {folder}/store.db}}",
             f"http: {{listen: \"127.0.0.1:{http_port}\", anonymous: watcher}}", "sites:"]
    for site in range(min(10, agents)):
        lines += [f"  - id: site-{site}", f"    name: Site {site}",
                  "    timezone: Asia/Ho_Chi_Minh", "    devices:"]
        lines += [f"      - {{id: ups-{a}, class: ups, agent: a-{a}}}"
                  for a in range(site, agents, 10)]
    path = os.path.join(folder, "collector.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")
    return path


class Rig:
    def __init__(self, build, folder, port, agents):
        self.bin = os.path.join(build, "bin")
        self.folder, self.port, self.agents = folder, port, agents
        self.processes = []
        self.store = os.path.join(folder, "store.db")
        self.config = topology(folder, agents, port, port + 1)

    def start(self, name, argv):
        log = open(os.path.join(self.folder, name + ".log"), "ab")
        p = subprocess.Popen(argv, stdout=log, stderr=log)
        self.processes.append(p)
        return p

    def broker(self, queued=200000):
        conf = os.path.join(self.folder, "mosquitto.conf")
        with open(conf, "w", encoding="utf-8") as f:
            f.write(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n"
                    f"max_queued_messages {queued}\nmax_inflight_messages 200\nsys_interval 1\n"
                    "max_packet_size 65536\nset_tcp_nodelay true\n")
        p = self.start("mosquitto", [BROKER, "-c", conf])
        time.sleep(0.5)
        return p

    def collector(self):
        p = self.start("collector",
                       [os.path.join(self.bin, "linewatch-collector"), "--config", self.config])
        deadline = time.time() + 30
        while time.time() < deadline and p.poll() is None:
            with open(os.path.join(self.folder, "collector.log"), "rb") as f:
                if f.read().count(b"connected to the broker") >= self.n_collectors():
                    return p
            time.sleep(0.05)
        raise RuntimeError("the collector does not come up: " + self.log("collector"))

    def n_collectors(self):
        return sum(1 for p in self.processes if "linewatch-collector" in p.args[0])

    def log(self, name):
        with open(os.path.join(self.folder, name + ".log"), encoding="utf-8", errors="replace") as f:
            return f.read()[-2000:]

    def load(self, *args):
        return [os.path.join(self.bin, "linewatch-load"), "--port", str(self.port),
                "--agents", str(self.agents), *map(str, args)]

    def stop(self):
        for p in reversed(self.processes):
            if p.poll() is None:
                p.send_signal(signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    p.wait(10)
            if p.poll() is None:
                p.kill()
                p.wait()


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
