"""demo.py - brings up the rig and shows it, or checks it (script/demo has the options)."""
import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cluster import NODES, ClusterRig  # noqa: E402
from rig import Rig  # noqa: E402
from stored import Store  # noqa: E402

GREEN, RED, BOLD, PLAIN = ("\033[32m", "\033[31m", "\033[1m", "\033[0m") \
    if sys.stdout.isatty() else ("",) * 4


class Checks:
    """Named steps, each with its measured time; the first failure is remembered, all are run."""

    def __init__(self, rig):
        self.rig, self.passed, self.failed = rig, 0, 0

    def say(self, ok, what, detail=""):
        self.passed += ok
        self.failed += not ok
        mark = f"{GREEN}ok{PLAIN}  " if ok else f"{RED}FAIL{PLAIN}"
        print(f"{mark} {what:58} {detail}", flush=True)
        return ok

    def until(self, what, seconds, probe, since=None, limit=None):
        """Wait until probe() is true; the time counts from `since` and must be within `limit`."""
        start = since or time.time()
        value, end = None, time.time() + seconds
        while time.time() < end:
            value = probe()
            if value:
                break
            dead = self.rig.dead()
            if dead:
                return self.say(False, what, f"{dead[0]} ended:\n{self.rig.tail(dead[0])}")
            time.sleep(0.05)
        took = time.time() - start
        ok = bool(value) and (limit is None or took <= limit)
        bound = f" (limit {limit:g} s)" if limit else ""
        return self.say(ok, what, f"{took:6.2f} s{bound}" if value else f"not within {seconds} s")


def hotline(rig):
    status = rig.api("/api/v1/status")
    return status.get("hotline") if isinstance(status, dict) else None


def all_well(rig):
    h = hotline(rig)
    return bool(h) and h["seats_total"] > 0 and h["seats_ready"] == h["seats_total"]


def agents_seen(rig):
    status = rig.api("/api/v1/status")
    return isinstance(status, dict) and status.get("collector", {}).get("agents_seen") == \
        len(rig.agents)


def in_cli(rig, alarm):
    p = rig.cli("alarms", "--json")
    return alarm in p.stdout


def alarming(rig, since):
    """Pages of new or worse trouble, by their key: an incident's last word is not one."""
    out = {}
    for p in rig.sink.pages[since:]:
        page = json.loads(p["text"])
        if page.get("reason") in ("opened", "worse", "escalated"):
            out[p["key"]] = page
    return list(out.values())


def opened_since(rig, n_before):
    return [i for i in rig.incidents("all") if i["incident"] > n_before]


def newest_incident(rig):
    return max([i["incident"] for i in rig.incidents("all")] or [0])


def one_incident(c, what, before, roots, site):
    """Exactly one incident since `before`, at that site, with one of those roots."""
    mine = [i for i in opened_since(c.rig, before) if i["site"] == site]
    root = mine[0]["root"] if mine else None
    c.say(len(mine) == 1 and root in roots, what,
          f"{len(mine)} incident, root {root}" if len(mine) < 2 else
          "; ".join(i["root"] for i in mine))


def one_page(c, what, since, root, seconds=10):
    """One page since the sink held `since`, and no second one; it names the root."""
    end = time.time() + seconds
    while time.time() < end and not alarming(c.rig, since):
        time.sleep(0.1)
    time.sleep(1)
    pages = alarming(c.rig, since)
    named = [f"{p['entity']}/{p['code']}" for p in pages]
    c.say(len(pages) == 1 and root in (named[0], pages[0]["entity"]), what,
          f"{len(pages)} page, about {', '.join(named)}")


def check_mains(c, site="danang", held_s=0):
    rig, before, pages = c.rig, newest_incident(c.rig), len(c.rig.sink.pages)
    alarm = f"{site}/ups-1/on_battery"
    cut = time.time()
    rig.ctl("cut-power", site)
    c.until(f"mains cut at {site}: alarm in the API", 15, lambda: alarm in rig.alarms(), cut,
            5 + held_s)
    c.until(f"mains cut at {site}: alarm in the CLI", 15, lambda: in_cli(rig, alarm), cut, 6 + held_s)
    one_page(c, f"mains cut at {site}: one page", pages, alarm)
    one_incident(c, f"mains cut at {site}: one incident, the UPS its root", before, [alarm], site)
    back = time.time()
    rig.ctl("restore-power", site)
    c.until(f"mains back at {site}: alarm cleared", 30, lambda: alarm not in rig.alarms(), back)


def check_headset(c):
    rig, pages = c.rig, len(c.rig.sink.pages)
    alarm, since = "danang/ws-02-headset/missing", time.time()
    rig.ctl("unplug", "danang/ws-02-headset")
    c.until("headset unplugged: alarm", 20, lambda: alarm in rig.alarms(), since, 15)
    c.until("headset unplugged: a seat less", 5,
            lambda: hotline(rig)["seats_ready"] == hotline(rig)["seats_total"] - 1)
    rig.ctl("plug", "danang/ws-02-headset")
    c.until("headset plugged: all seats ready", 30, lambda: all_well(rig))
    n = len(alarming(rig, pages))
    c.say(n == 0, "headset unplugged: nobody was paged", f"{n} pages")


def check_lie(c):
    rig = c.rig
    rig.ctl("lie", "angiang/ups-1", "battery.charge_percent=255")

    def refused():
        got = rig.api("/api/v1/devices/angiang/ups-1/readings")
        rows = {r["metric"]: r for r in (got or {}).get("readings", [])}
        r = rows.get("battery.charge_percent")
        return r and r["value"] is None and r["quality"] == "unknown"
    c.until("charge of 255 % told: unknown, not a number", 15, refused)
    rig.ctl("honest", "angiang/ups-1")


def check_drill(c):
    """A marked fault at the far end, through every link to the technician's answer."""
    rig, since = c.rig, time.time()
    drill = rig.post("/api/v1/drills", {"agent": "danang/gw"}) or {}

    def link(name):
        rows = (rig.api("/api/v1/drills") or {}).get("drills", [])
        held = {x["link"]: x["took_ms"] for x in rows[0]["links"]} if rows else {}
        return held.get(name) is not None
    c.until("drill from danang: a gateway has the message", 20, lambda: link("handed_over"), since, 5)
    rig.post(f"/api/v1/drills/{drill.get('drill', 0)}/ack", {"by": "lan"})
    c.until("drill from danang: confirmed", 5, lambda: link("acknowledged"), since)


def check_pbx_and_line(c):
    """Two independent faults at once: two incidents, each with its own root and one page."""
    rig, before, pages = c.rig, newest_incident(c.rig), len(c.rig.sink.pages)
    since = time.time()
    rig.ctl("crash-pbx", "hanoi")
    rig.ctl("cut-wan", "angiang")
    c.until("PBX crashed at hanoi: alarm", 25,
            lambda: [a for a in rig.alarms() if a.startswith("hanoi/pbx-1/")], since, 10)
    c.until("line to angiang cut: alarm", 40, lambda: "angiang/isolated" in rig.alarms(), since, 20)
    time.sleep(10)
    one_incident(c, "PBX crashed: one incident, the PBX its root", before,
                 ["hanoi/pbx-1/unreachable", "hanoi/pbx-1/no_answer"], "hanoi")
    one_incident(c, "line cut: one incident, the line its root", before, ["angiang/isolated"],
                 "angiang")
    named = sorted(p["entity"] for p in alarming(rig, pages))
    c.say(named == ["angiang", "hanoi/pbx-1"], "two faults: one page each",
          f"{len(named)} pages, about {', '.join(named)}")
    back = time.time()
    rig.ctl("restore-pbx", "hanoi")
    rig.ctl("restore-wan", "angiang")
    c.until("both restored: no alarm stands", 60, lambda: not rig.alarms(), back)
    c.until("both restored: all seats ready", 20, lambda: all_well(rig), back)


class Watch:
    """Every alarm that stands at any moment until `seen` is asked for."""

    def __init__(self, rig):
        self.rig, self.found, self.over = rig, set(), threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self):
        while not self.over.wait(0.2):
            self.found |= set(self.rig.alarms())

    def seen(self):
        self.over.set()
        self.thread.join()
        return self.found


HELD_S = 4  # a node holds a client's messages up while it waits for a leader that is dead
ELECTION_S = 20  # nodes miss a leader after 4 to 9 s, and try what they were asked for 4 s each


def check_node(c, k, site):
    """A node dies: who was on it goes on at the others, and nobody is called silent or paged. The
    mains at `site` are cut while it is dead, to see that what happens is still seen."""
    rig, before, pages = c.rig, newest_incident(c.rig), len(c.rig.sink.pages)
    name, agents = f"node {k + 1}", rig.agents_at(k)
    on_it = f"{len(agents)} agents" + (" and the collector" if rig.node_of("collector") == k else "")
    watch, since = Watch(rig), time.time()
    rig.kill(f"broker-{k + 1}")
    c.until(f"{name} killed: {on_it} on another", 60,
            lambda: rig.node_of("collector") != k and not rig.agents_at(k), since, ELECTION_S)
    check_mains(c, site, HELD_S)
    since = time.time()
    rig.start_node(k)
    c.until(f"{name} back: the cluster is whole", 60, rig.whole, since)
    wrong = sorted(a for a in watch.seen() if not a.startswith(f"{site}/ups-1/"))
    c.say(not wrong, f"{name} killed: nothing else was called wrong", ", ".join(wrong))
    incidents, told = len(opened_since(rig, before)), len(alarming(rig, pages))
    c.say(incidents == 1 and told == 1, f"{name} killed: no page but for the mains",
          f"{incidents} incident, {told} page")


def missing(rig):
    store = Store(rig.path("store", "linewatch.db"))
    try:
        return store.gaps() + store.holes()
    finally:
        store.close()


def check_faults(c):
    check_mains(c)
    check_headset(c)
    check_lie(c)
    check_drill(c)
    check_pbx_and_line(c)


def check_nodes(c):
    rig = c.rig
    c.until("the cluster is whole", 30, rig.whole)
    nodes = {rig.node_of(a) for a in rig.agents}
    c.say(len(nodes) == NODES, "each centre is at a node of its own", f"{len(nodes)} nodes")
    check_mains(c)
    check_node(c, rig.node_of("collector"), "hanoi")
    others = [k for k in range(NODES) if k != rig.node_of("collector") and rig.agents_at(k)]
    check_node(c, others[-1], "angiang")
    since = time.time()
    c.until("every report of every agent is in the store", 60, lambda: not missing(rig), since)


def check(rig, checks):
    c = Checks(rig)
    start = time.time()
    print(f"demo: {len(rig.agents)} agents, {len(rig.devices)} simulated devices, {rig.folder}")
    if c.until("collector is ready", 20, lambda: (rig.api("/readyz") or {}).get("status") == "ok",
               start) and \
            c.until("every agent is seen", 30, lambda: agents_seen(rig), start) and \
            c.until("every seat is ready", 30, lambda: all_well(rig), start):
        p = rig.cli("status")
        c.say(p.returncode == 0, "`linewatch status` says all is well", f"exit {p.returncode}")
        checks(c)
    dirty = rig.stop()
    c.say(not dirty, "every process ended as it should", "; ".join(dirty))
    print(f"took {time.time() - start:.0f} s")
    print(f"{c.passed} passed, {c.failed} failed, 0 skipped")
    return 1 if c.failed else 0


def show(rig):
    print(f"""{BOLD}linewatch runs{PLAIN}: {', '.join(rig.sites)}, {len(rig.agents)} agents; \
Ctrl-C ends it and leaves nothing behind.

  the wall        {BOLD}{rig.url}/{PLAIN}
  command line    export LINEWATCH_URL={rig.url}
                  build/release/bin/linewatch status
  interface       curl {rig.url}/api/v1/sites        (docs/API.md; the demo asks nobody to sign in)
  cut the mains   build/release/bin/linewatch-sim ctl --socket {rig.path('sim.sock')} cut-power danang
  and back        build/release/bin/linewatch-sim ctl --socket {rig.path('sim.sock')} restore-power danang
  more of it      build/release/bin/linewatch-sim ctl --socket {rig.path('sim.sock')} help
  pages sent      tail -f {rig.path('pages.jsonl')}
  logs            {rig.folder}/*.log
""", flush=True)
    while True:
        dead = rig.dead()
        if dead:
            print(f"{dead[0]} ended:\n{rig.tail(dead[0])}")
            return 1
        time.sleep(1)


def stop_on_signal(number, frame):
    raise KeyboardInterrupt


def main():
    p = argparse.ArgumentParser(prog="script/demo")
    p.add_argument("--check", action="store_true")
    p.add_argument("--cluster", action="store_true", help="three nats-server nodes as the broker")
    p.add_argument("--keep", action="store_true", help="keep the folder with logs and store")
    p.add_argument("--port", type=int, default=int(os.environ.get("LW_DEMO_PORT", "24800")))
    p.add_argument("--folder")
    p.add_argument("--battery-speed", type=int, default=1)
    a = p.parse_args()
    folder = a.folder or tempfile.mkdtemp(prefix="linewatch-demo-")
    signal.signal(signal.SIGTERM, stop_on_signal)
    kind, checks = (ClusterRig, check_nodes) if a.cluster else (Rig, check_faults)
    rig = kind(folder, a.port, battery_speed=a.battery_speed)
    result = 1
    try:
        rig.start()
        result = check(rig, checks) if a.check else show(rig)
    except KeyboardInterrupt:
        print("\ndemo: stopping", flush=True)
        result = 0 if not a.check else 130
    finally:
        rig.stop()
        if a.keep or a.folder or (a.check and result != 0):
            print(f"demo: logs and store are kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return result


sys.exit(main())
