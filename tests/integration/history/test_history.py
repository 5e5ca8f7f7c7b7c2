#!/usr/bin/env python3
"""test_history.py BUILD [--keep DIR] - real agents, a real broker and a collector live through faults;
then their history is exported and replayed, and archived and imported: the same alarms, incidents and
seconds come out each time, and a damaged archive makes nothing."""
import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "script", "lib"))
from rig import Rig, test_port  # noqa: E402

failures = []
OFF_S = 16.0  # how long a workstation's reading speaks for, at either end of what nobody heard


def check(what, ok, detail=""):
    print(("ok   " if ok else "FAIL ") + what + (f": {detail}" if detail and not ok else ""), flush=True)
    if not ok:
        failures.append(what)


def wait_for(what, ask, seconds=60):
    deadline = time.time() + seconds
    while time.time() < deadline:
        got = ask()
        if got:
            return got
        time.sleep(0.3)
    check(what, False, "did not happen")
    return None


def stamp(unix_s):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(unix_s)) + f".{int(unix_s * 1000) % 1000:03}Z"


def full(r):
    sites = (r.api("/api/v1/sites") or {}).get("sites", [])
    return bool(sites) and all(s["capacity"]["state"] == "full" for s in sites)


def settled(r, since, until):
    """The backlog has arrived and what was unknown is healed: the same for eight seconds."""
    seen, same = None, 0
    for _ in range(60):
        now = uptime(r, since, until)
        same, seen = (same + 1 if now == seen else 0), now
        if same == 4:
            return
        time.sleep(2)
    check("the history settles", False)


def live_through(r):
    """Faults of each kind, one after the other; (from, to) of the time they took."""
    wait_for("the centre is full", lambda: full(r))
    time.sleep(6)
    since = time.time()
    time.sleep(6)
    r.ctl("cut-power", "hanoi")
    wait_for("mains lost", lambda: "hanoi/ups-1/on_battery" in r.alarms())
    r.post("/api/v1/incidents/1/ack", {"by": "lan"})
    r.ctl("restore-power", "hanoi")
    wait_for("mains back", lambda: not r.alarms())
    r.ctl("unplug", "hanoi/ws-02-headset")
    wait_for("headset gone", lambda: "hanoi/ws-02-headset/missing" in r.alarms())
    r.ctl("crash-pbx", "hanoi")
    wait_for("dark", lambda: "hanoi/dark" in r.alarms())
    time.sleep(8)  # what is settled does not hang on a second
    r.ctl("restore-pbx", "hanoi")
    r.ctl("plug", "hanoi/ws-02-headset")
    wait_for("all is well", lambda: not r.alarms())
    r.kill("hanoi/ws-01", signal.SIGKILL)
    wait_for("agent lost", lambda: "hanoi/ws-01/lost" in r.alarms())
    r.start_agent("hanoi/ws-01")
    wait_for("agent back", lambda: not r.alarms())
    until = time.time()
    time.sleep(5)
    settled(r, since, until)
    return since, until


def uptime(r, since, until):
    got = r.api(f"/api/v1/uptime?from={stamp(since)}&to={stamp(until)}", 20)
    return {(u["kind"], u["id"]): u for u in got["uptime"]}


def traced(r, since, until, before):
    """Every second of everything has a stretch, and each stretch that is known a record."""
    got = r.api(f"/api/v1/uptime?trace=all&from={stamp(since)}&to={stamp(until)}", 20)
    wrong = []
    for u in got["uptime"]:
        if u["kind"] == "class":
            continue
        sums = dict.fromkeys(("up", "down", "planned", "unknown"), 0)
        at = got["from"]
        for s in u["stretches"]:
            sums[s["state"]] += s["until"] - s["from"]
            if abs(s["from"] - at) > 0.002 or (s["state"] != "unknown" and s["record"] == 0):
                wrong.append((u["id"], s))
            at = s["until"]
        wrong += [(u["id"], k) for k in sums if abs(sums[k] - before[u["kind"], u["id"]][k + "_s"]) > 0.01]
    check("each second is traced to its record", not wrong and abs(at - got["until"]) < 0.002, wrong[:3])


def events(r, kind, since, until):
    """(name, state) of what the store wrote down, in order."""
    import sqlite3
    db = sqlite3.connect(f"file:{r.path('store', 'linewatch.db')}?mode=ro", uri=True)
    rows = db.execute("SELECT text, body FROM record JOIN name ON name.id = entity WHERE span = 0 AND type = ? AND "
                      "wall_ms >= ? AND wall_ms < ? ORDER BY n", (kind, since * 1000, until * 1000)).fetchall()
    db.close()
    return [json.loads(body) for _, body in rows]


def replay_says_the_same(r, since, until, before):
    store = r.path("store", "linewatch.db")
    out = subprocess.run([r.program("linewatch"), "export", "--store", store, "--from", stamp(since), "--to",
                          stamp(until)], capture_output=True, text=True, check=True).stdout
    path = r.write("timeline.jsonl", out)
    got = subprocess.run([r.program("linewatch"), "replay", "--config", r.path("collector.yaml"), path],
                         capture_output=True, text=True)
    check("the timeline is replayed", got.returncode == 0 and got.stderr == "", got.stderr[:2000])
    r.write("trace.jsonl", got.stdout)
    lines = [json.loads(line) for line in got.stdout.splitlines()]
    real = sorted((e["alarm"], e["state"]) for e in events(r, "alarm", since, until))
    told = sorted((e["alarm"], e["state"]) for e in lines if e["type"] == "alarm")
    check("the same alarms", real == told, f"\n real {real}\n told {told}")
    real = list(dict.fromkeys((e["incident"], e["root"]) for e in events(r, "incident", since, until)))
    told = list(dict.fromkeys((e["incident"], e["root"]) for e in lines if e["type"] == "incident"))
    real, told = [root for _, root in real], [root for _, root in told]
    check("the same incidents", real == told, f"\n real {real}\n told {told}")
    totals = {e["entity"]: e for e in lines if e["type"] == "availability"}
    off = []
    for (kind, ident), u in before.items():
        t = totals.get(ident)
        if kind not in ("site", "device") or t is None:
            continue
        off += [(ident, k, u[k], t[k]) for k in ("up_s", "down_s", "planned_s", "unknown_s")
                if abs(u[k] - t[k]) > OFF_S]
    check("the same seconds, up and down", not off and len(totals) > 8, off)


def comes_back(r, since, until, before):
    """The archive into another store, and a collector on it."""
    store, archive, copy = r.path("store", "linewatch.db"), r.path("a.zst"), r.path("other", "linewatch.db")
    os.makedirs(r.path("other"), exist_ok=True)
    r.cli("export", "--store", store, "--archive", archive)
    check("what is no archive is refused", r.cli("import", "--store", copy, store).returncode == 1)
    with open(archive, "rb") as f:
        whole = f.read()
    for name, data in (("cut", whole[:len(whole) * 2 // 3]),
                       ("bent", whole[:1000] + bytes([whole[1000] ^ 1]) + whole[1001:])):
        r.write(name, "")
        with open(r.path(name), "wb") as f:
            f.write(data)
        bad = r.cli("import", "--store", copy, r.path(name), "--lang", "en")
        check(f"an archive that is {name} is refused with its place",
              bad.returncode == 1 and "line " in bad.stderr and not os.listdir(r.path("other")), bad.stderr)
    good = r.cli("import", "--store", copy, archive, "--json")
    check("the archive is imported", good.returncode == 0, good.stderr)
    check("into a store that is there it is not", r.cli("import", "--store", copy, archive).returncode == 2)
    one, two = (json.loads(r.cli("verify", "--store", s, "--json").stdout) for s in (store, copy))
    check("its chain and signatures hold", two["chain_whole"] and two["file_whole"] and one == two, (one, two))
    os.rename(store, store + ".old")
    for end in ("-wal", "-shm"):
        if os.path.exists(store + end):
            os.remove(store + end)
    os.rename(copy, store)
    for name in list(r.processes):
        if "/" in name:
            r.kill(name)
    r.start_collector()
    wait_for("a collector takes it", lambda: r.api("/api/v1/sites"))
    after = uptime(r, since, until)
    check("uptime is the same, with the same records behind it", after == before,
          [(k, before[k], after.get(k)) for k in before if before[k] != after.get(k)][:3])
    old = r.cli("verify", "--store", store)
    check("and it goes on", old.returncode == 0, old.stderr)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("build")
    p.add_argument("--keep")
    p.add_argument("--port", type=int, default=test_port())
    o = p.parse_args()
    with tempfile.TemporaryDirectory(prefix="lw-history-") as folder:
        r = Rig(o.keep or folder, o.port, sites=1, seats=2, interval="1s",
                build=os.path.relpath(o.build, os.path.join(ROOT, "build")))
        try:
            r.start()
            since, until = live_through(r)
            before = uptime(r, since, until)
            traced(r, since, until, before)
            r.kill("collector", signal.SIGTERM)
            replay_says_the_same(r, since, until, before)
            comes_back(r, since, until, before)
        finally:
            r.stop()
    return 1 if failures else 0


if __name__ == "__main__":
    if not os.path.exists("/usr/sbin/mosquitto"):
        print("skipped: mosquitto is not installed")
        sys.exit(77)
    sys.exit(main())
