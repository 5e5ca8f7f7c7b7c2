"""cluster.py - the rig with three nats-server nodes for a broker, from deploy/nats as shipped. Each
centre reaches a node of its own first, the others when that is gone."""
import os
import re
import shutil
import signal
import subprocess

from rig import ROOT, Rig

NODES = 3
# What nats-server keeps for MQTT, each by a leader and its followers.
GROUPS = {"metadata", "$MQTT_sess", "$MQTT_msgs", "$MQTT_rmsgs"}
JOINED = re.compile(rb"connected to the broker .*broker=127\.0\.0\.1:(\d+)")


class ClusterRig(Rig):
    broker_usage = "serverAuth,clientAuth"
    # As docs/OPERATIONS.md wants them for a cluster.
    broker_more = "  at_most_once: yes\n"
    more_rules = ("  - {code: lost, class: broker, hold: 20s}\n"
                  "  - {code: lost, class: agent, hold: 12s}\n")

    def __init__(self, folder, port, **more):
        super().__init__(folder, port, **more)
        self.broker_ports = [port + 20 + k for k in range(NODES)]
        self.broker_port = self.broker_ports[0]
        self.route_ports = [port + 25 + k for k in range(NODES)]
        self.monitor_ports = [port + 30 + k for k in range(NODES)]

    def uplinks(self, site):
        mine = self.sites.index(site) % NODES
        all_of_them = super().uplinks(site)
        return all_of_them[mine:] + all_of_them[:mine]

    # -- files ------------------------------------------------------------------------------

    def node_conf(self, k):
        with open(os.path.join(ROOT, "deploy/nats/linewatch.conf"), encoding="utf-8") as f:
            text = f.read()
        for old, new in (("server_name: n1", f"server_name: n{k + 1}"),
                         ("127.0.0.1:4222", f"127.0.0.1:{self.port + 35 + k}"),
                         ("127.0.0.1:8222", f"127.0.0.1:{self.monitor_ports[k]}"),
                         ("/var/lib/nats", self.path("nats", str(k + 1))),
                         ("0.0.0.0:6222", f"127.0.0.1:{self.route_ports[k]}"),
                         ("0.0.0.0:8883", f"127.0.0.1:{self.broker_ports[k]}")):
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        for i, port in enumerate(self.route_ports):
            text = text.replace(f"n{i + 1}.example.vn:6222", f"127.0.0.1:{port}")
        return text.replace("/etc/linewatch/pki/", self.path("pki") + "/")

    def write_broker(self):
        for k in range(NODES):
            self.write(f"nats-{k + 1}.conf", self.node_conf(k))
        users = subprocess.run([os.path.join(ROOT, "deploy/nats/users"), *self.agents], check=True,
                               capture_output=True, text=True).stdout
        self.write("users.conf", users)

    # -- nodes ------------------------------------------------------------------------------

    def start_node(self, k):
        self.spawn(f"broker-{k + 1}", shutil.which("nats-server") or "/usr/sbin/nats-server",
                   "-c", self.path(f"nats-{k + 1}.conf"))

    def start_broker(self):
        for k in range(NODES):
            self.start_node(k)

    def farewell(self, name):
        return signal.SIGINT if name.startswith("broker") else super().farewell(name)

    def node_of(self, name):
        """The node that the collector or an agent joined last, from its log; None: none yet."""
        with open(self.path(name.replace("/", "-") + ".log"), "rb") as f:
            found = JOINED.findall(f.read())
        if not found:
            return None
        port = int(found[-1])
        return self.broker_ports.index(port) if port in self.broker_ports else \
            (port - self.wan_port) // self.n_sites

    def agents_at(self, k):
        return [a for a in self.agents if self.node_of(a) == k]

    def whole(self):
        """Of the metadata and of every stream, the leader knows that nobody lags behind it. (What a
        follower says of the others is out of date.)"""
        led = set()
        for k, port in enumerate(self.monitor_ports):
            seen = self.get(f"http://127.0.0.1:{port}/jsz?streams=true") or {}
            groups = {"metadata": seen.get("meta_cluster") or {}}
            for account in seen.get("account_details", []):
                groups.update((s["name"], s.get("cluster") or {}) for s in account["stream_detail"])
            led.update(name for name, group in groups.items()
                       if group.get("leader") == f"n{k + 1}" and all_current(group))
        return led >= GROUPS


def all_current(group):
    others = group.get("replicas", [])
    return len(others) == NODES - 1 and all(r.get("current") and not r.get("offline") for r in others)
