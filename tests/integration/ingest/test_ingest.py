#!/usr/bin/env python3
"""test_ingest.py BUILD - heartbeats of many agents through a real broker into the store, while the
collector is killed, and while the broker is: each report is in the store once, with its values."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "bench", "ingest"))
import rig  # noqa: E402

BUILD = sys.argv[1]
PORT = int(os.environ.get("LW_TEST_PORT", "26200"))
failures = []


def check(what, ok, detail=""):
    print(("ok   " if ok else "FAIL ") + what + (f": {detail}" if detail and not ok else ""))
    if not ok:
        failures.append(what)


def scenario(name, agents, reports, rate, trouble, queued=200000):
    with tempfile.TemporaryDirectory(prefix="lw-ingest-") as folder:
        r = rig.Rig(BUILD, folder, PORT, agents)
        try:
            r.broker(queued)
            collector = r.collector()
            load = subprocess.Popen(r.load("--reports", reports, "--rate", rate, "--store", r.store,
                                           "--for", 90), stdout=subprocess.PIPE, text=True)
            trouble(r, collector)
            out, _ = load.communicate(timeout=150)
            got = json.loads(out)
            check(f"{name}: everything is acknowledged", got["all_acknowledged"], out)
            check(f"{name}: everything is stored once",
                  got["in_store"] == agents * reports and got["doubled"] == 0, out)
            check(f"{name}: with its values", got["wrong"] == 0, out)
            check(f"{name}: it stops cleanly", stops_cleanly(r), r.log("collector"))
        finally:
            r.stop()


def stops_cleanly(r):
    p = [p for p in r.processes if "linewatch-collector" in p.args[0] and p.poll() is None][-1]
    p.send_signal(signal.SIGTERM)
    return p.wait(20) == 0


def nothing(r, collector):
    del r, collector


def kill_collector(r, collector):
    for _ in range(3):
        time.sleep(0.7)
        collector.send_signal(signal.SIGKILL)
        collector.wait()
        collector = r.collector()


def stall_collector(r, collector):
    """Longer than the broker keeps messages for it."""
    time.sleep(0.5)
    collector.send_signal(signal.SIGSTOP)
    time.sleep(2)
    collector.send_signal(signal.SIGCONT)
    deadline = time.time() + 15
    while "throws messages away" not in r.log("collector") and time.time() < deadline:
        time.sleep(0.2)
    check("the broker's losses are noticed", "throws messages away" in r.log("collector"),
          r.log("collector"))


def junk(r, collector):
    del collector
    for size in (0, 1, 1000, 60000):
        path = os.path.join(r.folder, "junk")
        with open(path, "wb") as f:
            f.write(os.urandom(size))
        for topic in ("linewatch/v1/site-0/a-0/live", "linewatch/v1/site-0/a-0/history",
                      "linewatch/v1/nobody/nowhere/live", "linewatch/v1/site-0/a-0/death"):
            subprocess.run(["mosquitto_pub", "-p", str(r.port), "-q", "1", "-t", topic, "-f", path],
                           check=True)
    time.sleep(0.5)
    with urllib.request.urlopen(f"http://127.0.0.1:{r.port + 1}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    counts = dict(line.rsplit(" ", 1) for line in text.splitlines() if line and line[0] != "#")
    check("junk is counted", float(counts["linewatch_quarantined_total"]) >= 8, text)
    look = subprocess.run([os.path.join(BUILD, "bin", "linewatch"), "doctor", "--quarantine", "--store", r.store,
                           "--json"], capture_output=True, text=True)
    rows = json.loads(look.stdout)["quarantine"]
    check("junk can be looked at", len(rows) >= 8 and {x["bytes"] for x in rows} >= {1, 1000, 60000} and
          any(x["topic"] == "linewatch/v1/site-0/a-0/live" and len(x["first"]) == 48 for x in rows), look.stdout)


if not os.path.exists(rig.BROKER):
    print("skipped: mosquitto is not installed")
    sys.exit(77)
scenario("quiet", 40, 50, 2000, nothing)
scenario("junk in between", 20, 60, 400, junk)
scenario("broker drops", 40, 100, 1500, stall_collector, queued=300)
scenario("collector killed", 40, 100, 1000, kill_collector)
sys.exit(1 if failures else 0)
