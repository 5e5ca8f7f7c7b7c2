#!/usr/bin/env python3
"""campaign.py - random faults on a whole linewatch, and its history held against the truth.

Each schedule is drawn from its own seed: real agents, broker and collector are killed, stopped,
restarted and cut off in any order while the simulated equipment changes state. Then everything is
healed, and the collector's history must tell what really happened: no report missing, none twice,
no value that was not so, no change forgotten while somebody was there to see it.
"""
import argparse
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "script",
                                "lib"))
from rig import Rig  # noqa: E402
from truth import METRICS, Truth, doubled, invented, lost  # noqa: E402

WORDS = {"online": 1, "on_battery": 2, "low_battery": 3, "bypass": 4, "off": 5, "fault": 6}
POLL_S = 1.0
LAG_S = 4.0        # a value in the history may be this much older than its time
SEEN_AFTER_S = 6.0  # what held this long, with everybody there, must be in the history
START_S = 3.0      # an agent that was killed is there again after this


class Schedule:
    """One run: a rig, a list of faults in time, then healing and judgement."""

    def __init__(self, seed, folder, port, seconds, build):
        self.random, self.seed, self.seconds = random.Random(seed), seed, seconds
        self.rig = Rig(folder, port, sites=1, seats=1, build=build, interval=f"{POLL_S:g}s")
        self.alive, self.log = {}, []
        self.restarts = []  # (due, name) of what was killed
        self.points = self.changes = 0  # looked at

    # -- faults -----------------------------------------------------------------------------

    def begin(self, agent):
        self.rig.start_agent(agent)
        self.alive.setdefault(agent, []).append([time.time() + START_S, None])

    def kill(self, name):
        if name not in self.rig.processes:
            return
        if name in self.alive:
            self.alive[name][-1][1] = time.time() - 2.0  # what was not yet on disk may be lost
        self.rig.kill(name, signal.SIGKILL)
        self.restarts.append((time.time() + self.random.uniform(0.1, 4), name))

    def restart(self, name):
        if name == "broker":
            self.rig.start_broker()
        elif name == "collector":
            self.rig.start_collector()
        else:
            self.begin(name)

    def stall(self, name):
        p = self.rig.processes.get(name)
        if p is None:
            return
        p.send_signal(signal.SIGSTOP)
        time.sleep(self.random.uniform(0.2, 3))
        p.send_signal(signal.SIGCONT)

    def fault(self):
        site = self.rig.sites[0]
        kind = self.random.choice(
            ["kill agent", "kill agent", "kill broker", "kill collector", "stall broker",
             "stall collector", "cut-wan", "restore-wan", "cut-power", "restore-power",
             "cut-power", "restore-power", "crash-pbx", "restore-pbx", "unplug", "plug"])
        self.log.append((time.time(), kind))
        if kind == "kill agent":
            self.kill(self.random.choice(self.rig.agents))
        elif kind.startswith("kill"):
            self.kill(kind.split()[1])
        elif kind.startswith("stall"):
            self.stall(kind.split()[1])
        elif "plug" in kind:
            self.rig.ctl(kind, f"{site}/ws-01-headset")
        else:
            self.rig.ctl(kind, site)

    def run_faults(self):
        end = time.time() + self.seconds
        while time.time() < end:
            self.fault()
            pause = time.time() + self.random.expovariate(1 / 1.2)
            while time.time() < pause:
                self.restart_due()
                time.sleep(0.05)
        for _, name in self.restarts:
            self.restart(name)
        self.restarts = []
        self.rig.ctl("restore-wan", self.rig.sites[0])

    def restart_due(self):
        now = time.time()
        due = [n for at, n in self.restarts if at <= now]
        self.restarts = [(at, n) for at, n in self.restarts if at > now]
        for name in due:
            self.restart(name)

    # -- judgement --------------------------------------------------------------------------

    def gaps(self):
        """Reports that are missing between the first and the last of each boot, as the store has
        them, and holes it wrote down."""
        db = sqlite3.connect(f"file:{self.rig.path('store', 'linewatch.db')}?mode=ro", uri=True)
        try:
            names = dict(db.execute("SELECT id, text FROM name"))
            bad = [f"{names.get(a)}: hole {f}-{l} written down"
                   for a, _, f, l in db.execute("SELECT agent, boot, first, last FROM hole")]
            for agent, boot, body in db.execute("SELECT agent, boot, body FROM ranges"):
                ranges = unpack_ranges(body)
                if ranges and (len(ranges) > 1 or ranges[0][0] != 1):
                    bad.append(f"{names.get(agent)}: boot {boot:08x} has only {ranges}")
            return bad
        finally:
            db.close()

    def settle(self, seconds=40):
        """Wait until the backlog is there: no gap left, and every agent heard again."""
        end = time.time() + seconds
        bad = ["the collector did not answer"]
        while time.time() < end:
            status = self.rig.api("/api/v1/status") or {}
            if status.get("collector", {}).get("agents_seen") == len(self.rig.agents):
                bad = self.gaps()
                if not bad:
                    time.sleep(3 * POLL_S + 2)
                    return []
            time.sleep(0.5)
        return bad

    def history(self, device, metric, since, until):
        got = self.rig.api(f"/api/v1/history?entity={device}&metric={metric}"
                           f"&from={since:.0f}&to={until + 1:.0f}&resolution=0", 20)
        return list(zip(got["t"], got["min"])) if got and "t" in got else None

    def judge(self):
        bad = self.settle()
        if bad:
            return bad
        truth = Truth(self.rig.path("truth.jsonl"))
        end = time.time()
        for (device, metric), steps in truth.state.items():
            if metric not in METRICS:
                continue
            points = self.history(device, metric, truth.begin, end)
            if points is None:
                bad.append(f"{device} {metric}: no history")
                continue
            if not points:
                bad.append(f"{device} {metric}: the history is empty")
            steps.values = [WORDS.get(v, v) for v in steps.values]
            self.points += len(points)
            self.changes += len(steps.spans(end))
            agent = self.rig.sites[0] + ("/ws-01" if metric.startswith("headset") else "/gw")
            alive = [(a, b or end) for a, b in self.alive[agent]]
            what = f"{device} {metric}"
            bad += [f"{what}: {v} at {t:.1f} was never so" for t, v in
                    invented(points, steps, LAG_S)]
            bad += [f"{what}: {v} from {a:.1f} to {b:.1f} is not in the history" for a, b, v in
                    lost(points, steps, alive, truth.answers[device], end, SEEN_AFTER_S)]
            bad += [f"{what}: twice at {t:.3f}" for t in doubled(points)]
        return bad

    def run(self):
        self.rig.write_files()
        self.rig.start_sim()
        self.rig.start_broker()
        self.rig.start_collector()
        for agent in self.rig.agents:
            self.begin(agent)
        end = time.time() + 20
        while (self.rig.api("/readyz") or {}).get("status") != "ok":
            time.sleep(0.1)
            if time.time() > end:
                return ["the collector was not ready within 20 s: " + self.rig.tail("collector", 1)]
        time.sleep(5)
        self.run_faults()
        return self.judge()


def unpack_ranges(body):
    """Pairs of varints: the gap to the range before, and its length less one."""
    numbers, value, shift = [], 0, 0
    for byte in body or b"":
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(value)
            value, shift = 0, 0
    out, last = [], 0
    for gap, more in zip(numbers[::2], numbers[1::2]):
        out.append((last + gap, last + gap + more))
        last = out[-1][1]
    return out


def main():
    p = argparse.ArgumentParser(prog="script/chaos")
    p.add_argument("--schedules", type=int, default=10)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--seconds", type=float, default=15, help="of faults in each schedule")
    p.add_argument("--port", type=int, default=int(os.environ.get("LW_CHAOS_PORT", "24400")))
    p.add_argument("--build", default="release")
    a = p.parse_args()
    failed, started = 0, time.time()
    for i in range(a.schedules):
        folder = tempfile.mkdtemp(prefix="linewatch-chaos-")
        s = Schedule(a.seed + i, folder, a.port, a.seconds, a.build)
        try:
            bad = s.run()
        finally:
            s.rig.stop()
        print(f"schedule {i + 1}/{a.schedules} seed {a.seed + i}: {len(s.log)} faults, "
              f"{s.points} points, {s.changes} true spans: {'ok' if not bad else 'FAILED'}",
              flush=True)
        for line in bad[:12]:
            print(f"   {line}")
        if bad:
            failed += 1
            for at, what in s.log:
                print(f"   {at:.1f} {what}")
            print(f"   logs, store and truth are kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{a.schedules} schedules from seed {a.seed}, {time.time() - started:.0f} s: "
          f"{a.schedules - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
