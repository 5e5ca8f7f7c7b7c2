#!/usr/bin/env python3
"""test_stop.py BUILD [--cycles N] [--seed S] - the collector is asked to stop at random moments: while it
starts, connects, commits, pages, answers requests and feeds open walls, with a broker that is there,
that goes away, or that takes the connection and says nothing; and many times in the few milliseconds
in which its first connection is being made. Each time it ends by itself with 0, and what it leaves is a
whole store. Twelve cycles take half a minute; a hunt takes hundreds."""
import argparse
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "script", "lib"))
from rig import Rig, test_port  # noqa: E402

PATHS = ["/metrics", "/healthz", "/readyz", "/api/v1/devices", "/api/v1/sites", "/api/v1/seats",
         "/api/v1/alarms", "/api/v1/incidents", "/api/v1/availability", "/api/v1/oncall",
         "/api/v1/readings", "/api/v1/history?device=hanoi/ups-1&metric=battery.charge_percent", "/"]
STOP_S = 20


class Clients:
    """Walls that stay open, and requests of which some are only half sent or never read."""

    def __init__(self, port, chance):
        self.port, self.random, self.over, self.socks = port, chance, False, []
        self.threads = [threading.Thread(target=t, daemon=True)
                        for t in (self.walls, self.requests, self.requests)]
        for t in self.threads:
            t.start()

    def connect(self):
        s = socket.create_connection(("127.0.0.1", self.port), timeout=2)
        self.socks.append(s)
        return s

    def walls(self):
        while not self.over:
            try:
                self.connect().sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
            except OSError:
                pass
            time.sleep(0.05)

    def requests(self):
        while not self.over:
            try:
                s = self.connect()
                text = f"GET {self.random.choice(PATHS)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
                s.sendall(text[:self.random.choice([len(text), len(text), len(text), 9])])
                if self.random.random() < 0.7:
                    s.recv(65536)
                if self.random.random() < 0.5:
                    s.close()
            except OSError:
                time.sleep(0.02)

    def close(self):
        self.over = True
        for t in self.threads:
            t.join()
        for s in self.socks:
            s.close()


class Silent:
    """In the broker's place: takes the connection and never says a word."""

    def __init__(self, port):
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind(("127.0.0.1", port))
        self.sock.listen(64)

    def close(self):
        self.sock.close()


def text_of(rig, since):
    with open(rig.path("collector.log"), encoding="utf-8", errors="replace") as f:
        f.seek(since)
        return f.read()


def log_size(rig):
    try:
        return os.path.getsize(rig.path("collector.log"))
    except OSError:
        return 0


def verdict(p, text, broker):
    """"" or what was wrong with the end."""
    try:
        code = p.wait(STOP_S)
    except subprocess.TimeoutExpired:
        p.kill()
        p.wait()
        code = f"nothing for {STOP_S} s"
    early = "collector started" not in text() and code in (-signal.SIGTERM, -signal.SIGINT)
    if (code == 0 or early) and "Sanitizer" not in text() and "runtime error" not in text():
        return ""
    return f"ended with {code}, broker {broker}:\n{text()[-4000:]}"


def short(rig, chance):
    """A life that ends while its first connection is being made."""
    since = log_size(rig)
    rig.start_collector()
    p = rig.processes.pop("collector")
    deadline = time.time() + 10
    while "collector started" not in text_of(rig, since) and time.time() < deadline:
        time.sleep(0.001)
    time.sleep(chance.uniform(0, 0.012))
    p.terminate()
    return verdict(p, lambda: text_of(rig, since), "there")


def one(rig, chance, broker):
    """A life of the collector, with much going on."""
    silent = None
    if broker in ("gone", "silent"):
        rig.kill("broker", signal.SIGTERM)
    if broker == "silent":
        silent = Silent(rig.broker_port)
    since = log_size(rig)
    rig.start_collector()
    p = rig.processes.pop("collector")
    clients = Clients(rig.http_port, chance)
    time.sleep(chance.choice([chance.uniform(0, 0.15), chance.uniform(0, 1), chance.uniform(1, 3)]))
    if broker == "goes":
        rig.kill("broker", signal.SIGKILL)
        time.sleep(chance.uniform(0, 0.6))
    p.send_signal(chance.choice([signal.SIGTERM, signal.SIGINT]))
    wrong = verdict(p, lambda: text_of(rig, since), broker)
    clients.close()
    if silent is not None:
        silent.close()
    if broker != "there":
        rig.start_broker()
    return wrong


def main():
    p = argparse.ArgumentParser()
    p.add_argument("build")
    p.add_argument("--cycles", type=int, default=12)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--port", type=int, default=test_port())
    o = p.parse_args()
    chance = random.Random(o.seed)
    wrong = []
    with tempfile.TemporaryDirectory(prefix="lw-stop-") as folder:
        rig = Rig(folder, o.port, sites=1, seats=1,
                  build=os.path.relpath(o.build, os.path.join(ROOT, "build")), interval="1s")
        rig.start()
        time.sleep(2)
        rig.kill("collector", signal.SIGTERM)
        lives = [lambda: short(rig, chance)] * (o.cycles * 2)
        lives += [lambda: one(rig, chance, chance.choice(
            ["there", "there", "there", "goes", "gone", "silent"]))] * o.cycles
        for n, life in enumerate(lives):
            what = life()
            if what:
                wrong.append(what)
                print(f"FAIL life {n}: {what}", flush=True)
        store = sqlite3.connect(rig.path("store", "linewatch.db"))
        whole = store.execute("PRAGMA integrity_check").fetchone()[0]
        store.close()
        rig.stop()
    print(f"{len(lives)} lives, {len(wrong)} ended wrongly, the store is {whole}")
    return 1 if wrong or whole != "ok" else 0


if __name__ == "__main__":
    if not os.path.exists("/usr/sbin/mosquitto"):
        print("skipped: mosquitto is not installed")
        sys.exit(77)
    sys.exit(main())
