#!/usr/bin/env python3
"""schedule.py - one schedule, in namespaces of its own: bring up, break, heal, judge.

Started by campaign.py through unshare(1). Prints one line of JSON at the end.
"""
import argparse
import json
import os
import signal
import sys
import time

from draw import HQ, Draw
from ground import Ground
from judge import Judge, missing_reports

READY_S, START_S, SETTLE_S, JUDGE_S = 30, 3.0, 120, 40
RESTART_S = 1.0  # as systemd would
FLUSH_S = 2.0    # what waited in memory is on disk so long after there is room again


class Story:
    """What was done, and when it was done in truth."""

    def __init__(self, agents):
        self.spans = {a: [] for a in agents}  # [from, until] of each agent's life
        self.blind = {a: [] for a in agents}  # [from, until] in which it was stopped
        self.times_full = 0  # the collector's disk
        self.may_lose = {}
        self.slow = {a: 0.0 for a in agents}

    def born(self, agent):
        self.spans[agent].append([time.time(), None])

    def died(self, agent):
        if self.spans[agent] and self.spans[agent][-1][1] is None:
            self.spans[agent][-1][1] = time.time()

    def watching(self, agent, until):
        """Stretches in which it was up and had had the time to begin."""
        out = []
        for a, b in self.spans[agent]:
            a, b = a + START_S, b - 2.0 if b else until
            for x, y in self.blind[agent]:
                if a < x < b:
                    out.append((a, x - 1))
                    a = (y or until) + 2
            out.append((a, b))
        return out

    def seen(self, agent, since, until):
        """Was [since, until] seen by the agent: all along, not at all, or something between?"""
        if any(a <= since - 9 and until + 9 <= b for a, b in self.watching(agent, until + 60)):
            return "all along"
        lives = [(a, b or until + 60) for a, b in self.spans[agent]]
        if all(until + 9 < a or b < since - 11 for a, b in lives):
            return "not at all"
        return "partly"

    def slack(self, agent):
        return self.slow[agent]


class Schedule:
    def __init__(self, a):
        self.draw = Draw(a.seed, a.seconds)
        self.world = Ground(a.folder, self.draw.n_sites, a.build_folder, self.draw.broker_keeps)
        self.story = Story(self.world.agents)
        self.pki = a.pki
        self.wanted = set()  # processes that are meant to run
        self.again = {}      # ended by itself: when it is started again
        self.bad, self.log = [], []
        self.damaged = {}    # agent: when its disk was last full or read-only
        self.counts = {}

    # -- processes ----------------------------------------------------------------------------

    def start(self, name):
        self.wanted.add(name)
        self.world.begin(name)
        if name in self.story.spans:
            self.story.born(name)

    def ended(self, name, code):
        """Nobody killed it: a crash is a failure, giving up on a full disk is not."""
        if name in self.story.spans:
            self.story.died(name)
        if code < 0 or (code != 0 and name.startswith("sim")):
            self.bad.append(f"{name} ended with {code}: {self.world.tail(name, 3).strip()}")
        self.note(f"{name} ended with {code}")
        self.again[name] = time.time() + RESTART_S

    def supervise(self):
        for name in self.world.dead():
            code = self.world.processes.pop(name).returncode
            self.ended(name, code)
        for name, at in list(self.again.items()):
            if time.time() >= at:
                del self.again[name]
                if name in self.wanted:
                    self.start(name)

    def note(self, what):
        self.log.append(f"{time.time():.2f} {what}")

    # -- one method for each verb of a step -----------------------------------------------------

    def do_kill(self, name):
        self.wanted.discard(name)
        self.again.pop(name, None)
        self.world.thaw(name)
        self.world.kill(name, signal.SIGKILL)
        if name in self.story.spans:
            self.story.died(name)
            if self.damaged.get(name, 0) > time.time() - FLUSH_S:
                self.story.may_lose[name] = "killed while its disk was full"

    def do_start(self, name):
        if name not in self.wanted:
            self.start(name)

    def do_forget(self, name):
        self.world.forget_broker()

    def do_stop(self, name):
        self.world.freeze(name)
        if name in self.story.blind:
            self.story.blind[name].append([time.time(), None])

    def do_continue(self, name):
        self.world.thaw(name)
        if name in self.story.blind and self.story.blind[name]:
            span = self.story.blind[name][-1]
            span[1] = time.time()
            self.story.slow[name] = max(self.story.slow[name], span[1] - span[0])

    def do_line(self, site, *how):
        self.world.set_line(site, *how)

    def do_fill(self, disk):
        self.damaged[disk] = float("inf")
        self.story.times_full += disk == HQ
        self.world.fill(disk)

    def do_empty(self, disk):
        self.damaged[disk] = time.time()
        self.world.empty(disk)

    def do_read_only(self, disk):
        self.damaged[disk] = float("inf")
        self.world.set_writable(disk, False)

    def do_writable(self, disk):
        self.damaged[disk] = time.time()
        self.world.set_writable(disk, True)

    def do_clock(self, machine, off_ms):
        self.world.set_clock(machine, off_ms)

    def do_rot(self, agent, where):
        if self.world.rot(agent, where):
            self.story.may_lose[agent] = "its journal was damaged"

    def do_delete(self, agent, where):
        if self.world.delete(agent, where):
            self.story.may_lose[agent] = "its journal was deleted"

    def do_gateway(self, mood):
        self.world.sink.mood = mood

    def do_sim(self, *words):
        self.world.ctl(*words)

    # -- the run --------------------------------------------------------------------------------

    def wait(self, until):
        while time.time() < until:
            self.supervise()
            time.sleep(min(0.1, max(until - time.time(), 0)))

    def bring_up(self):
        self.world.bring_up(self.pki)
        self.wanted |= {"broker", "collector"}
        for agent in self.world.agents:
            self.start(agent)
        end = time.time() + READY_S
        while time.time() < end:
            self.wait(time.time() + 0.3)
            if self.everybody():
                return
        self.bad.append("not everybody was there within "
                        f"{READY_S} s: {self.world.tail('collector', 1).strip()}")

    def everybody(self):
        status = self.world.api("/api/v1/status") or {}
        return status.get("collector", {}).get("agents_seen") == len(self.world.agents)

    def break_things(self):
        begin = time.time()
        for at, verb, *words in self.draw.steps:
            self.wait(begin + at)
            self.note(" ".join(map(str, [verb, *words])))
            try:
                getattr(self, "do_" + verb.replace("-", "_"))(*words)
            except Exception as e:
                raise RuntimeError(f"step {verb} {words}: {e}") from e

    def settle(self):
        """Until the backlog is there: no gap left, every agent heard, no alarm left."""
        end, bad = time.time() + SETTLE_S, ["nothing was looked at"]
        while time.time() < end:
            self.wait(time.time() + 1)
            if not self.everybody():
                bad = ["not every agent is heard"]
                continue
            gaps = missing_reports(self.world.path("store", "linewatch.db"), self.story.may_lose)
            bad = [f"{agent}: {what}" for agent, what in gaps]
            bad += Judge(self.world, self.story).standing()
            if not bad:
                return []
        return bad

    def judge(self):
        """Healing takes some seconds more; what is still wrong then is wrong."""
        end = time.time() + JUDGE_S
        until = time.time()
        while True:
            j = Judge(self.world, self.story)
            bad = j.readings(until) + j.availability(until) + j.all_pages()
            self.counts = {"points": j.points, "spans": j.spans, "slices": j.slices,
                           "pages": j.pages}
            if not bad or time.time() > end:
                return bad
            self.wait(time.time() + 4)

    def run(self):
        self.bring_up()
        if not self.bad:
            self.break_things()
            self.bad += self.settle()
        if not self.bad:
            self.bad += self.judge()
        self.bad += [f"at the end: {w}" for w in self.world.stop()]
        if not self.bad:
            self.bad += Judge(self.world, self.story).chain()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--seed", type=int, required=True)
    p.add_argument("--seconds", type=float, required=True)
    p.add_argument("--folder", required=True)
    p.add_argument("--pki", required=True)
    p.add_argument("--build-folder", required=True)
    a = p.parse_args()
    began = time.time()
    s = Schedule(a)
    try:
        s.run()
    except Exception as e:  # the judge's own trouble fails its schedule, not the campaign
        s.bad.append(f"{type(e).__name__}: {e}")
    finally:
        s.world.stop()
    if s.bad:
        s.world.keep_disks()
        s.world.write("steps.txt", "".join(line + "\n" for line in s.log))
        s.world.write("bad.txt", "".join(line + "\n" for line in s.bad))
    t = os.times()
    print(json.dumps({"seed": a.seed, "bad": s.bad, "kinds": s.draw.kinds, "counts": s.counts,
                      "may_lose": s.story.may_lose, "seconds": time.time() - began,
                      "cpu_s": t.user + t.system + t.children_user + t.children_system}))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
