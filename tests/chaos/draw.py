"""draw.py - a schedule of faults drawn from its seed. Pure: the same seed and length give the same
list on every machine.

A schedule is a list of steps (at, verb, *words) in order of time. What a fault takes (a process, a
line, a disk, a clock) is busy until it is given back, so that faults combine freely but never
contradict each other; at the end everything is given back.
"""
import random

HQ = "hq"  # the machine of broker and collector
LONG = 0.2  # of the faults outlast every patience of the programs
STEP_MS = 600_000  # a clock that is ten minutes wrong

# How often each kind is drawn, in parts of the sum.
KINDS = {
    "kill agent": 4, "kill broker": 3, "kill collector": 4, "kill several": 3,
    "stall agent": 1, "stall broker": 1, "stall collector": 1,
    "cut both ways": 3, "cut to the broker": 2, "cut from the broker": 2, "link down": 1,
    "bad line": 3, "slow line": 1,
    "full store": 2, "full journal": 2, "read-only store": 1, "read-only journal": 1,
    "clock of the collector": 1, "clock of an agent": 2,
    "rotten journal": 1, "deleted journal": 1,
    "gateway refuses": 1, "gateway hangs": 1,
}
EQUIPMENT = {"power": ("cut-power", "restore-power", None),
             "pbx": ("crash-pbx", "restore-pbx", None),
             "headset": ("unplug", "plug", "ws-01-headset"),
             "ups silent": ("silence", "speak", "ups-1"),
             "router silent": ("silence", "speak", "router-1")}


class Draw:
    def __init__(self, seed, seconds):
        self.r, self.seconds = random.Random(seed), seconds
        self.n_sites = 2 if self.r.random() < 0.3 else 1
        self.sites = ["hanoi", "danang"][:self.n_sites]
        self.agents = [f"{s}/{a}" for s in self.sites for a in ("gw", "ws-01")]
        self.broker_keeps = self.r.random() < 0.5  # does the broker write its sessions down?
        self.steps, self.kinds, self.busy = [], {}, {}
        self.equipment()
        self.faults()
        self.steps.sort(key=lambda s: s[0])

    def step(self, at, *words):
        self.steps.append((round(at, 3), *words))

    def free(self, at, *things):
        return all(self.busy.get(t, 0) <= at for t in things)

    def take(self, at, until, *things):
        for t in things:
            self.busy[t] = until + 0.3

    def span(self, at, least, most):
        d = self.r.uniform(14, 0.85 * self.seconds) if self.r.random() < LONG else \
            self.r.uniform(least, most)
        return min(at + d, self.seconds)

    def faults(self):
        at = 0.5
        while at < self.seconds - 1:
            kind = self.r.choices(list(KINDS), KINDS.values())[0]
            if getattr(self, kind.split()[0].replace("-", "_"))(at, kind):
                self.kinds[kind] = self.kinds.get(kind, 0) + 1
                at += self.r.expovariate(1 / 1.5)
            else:
                at += 0.2

    def equipment(self):
        for site in self.sites:
            for name, (off, on, device) in EQUIPMENT.items():
                target = f"{site}/{device}" if device else site
                at = self.r.expovariate(1 / 8)
                while at < self.seconds - 2:
                    back = min(at + self.r.uniform(2, 16), self.seconds)
                    self.step(at, "sim", off, target)
                    self.step(back, "sim", on, target)
                    at = back + self.r.expovariate(1 / 12)

    # -- one method for each first word of a kind: True, or False when what it needs is busy ---

    def down(self, name, at, until, forget=False):
        self.take(at, until, name)
        self.step(at, "kill", name)
        if forget:
            self.step((at + until) / 2, "forget", name)
        self.step(until, "start", name)

    def kill(self, at, kind):
        who = kind.split()[1]
        everyone = self.agents + ["broker", "collector"]
        if who == "several":
            names = self.r.sample(everyone, self.r.randint(2, len(everyone)))
        else:
            names = [self.r.choice(self.agents) if who == "agent" else who]
        until = [self.span(at, 0.1, 5) for _ in names]
        forget = self.r.random() < 0.5
        if not self.free(at, *names):
            return False
        for name, u in zip(names, until):
            self.down(name, at, u, forget and name == "broker")
        return True

    def stall(self, at, kind):
        who = kind.split()[1]
        name = self.r.choice(self.agents) if who == "agent" else who
        until = min(at + self.r.uniform(0.3, 4), self.seconds)
        if not self.free(at, name):
            return False
        self.take(at, until, name)
        self.step(at, "stop", name)
        self.step(until, "continue", name)
        return True

    def line(self, at, site, until, *how):
        if not self.free(at, f"line {site}"):
            return False
        self.take(at, until, f"line {site}")
        self.step(at, "line", site, *how)
        self.step(until, "line", site, "well")
        return True

    def cut(self, at, kind):
        ways = {"both": ("up", "down"), "to": ("up",), "from": ("down",)}[kind.split()[1]]
        return self.line(at, self.r.choice(self.sites), self.span(at, 0.5, 8), "cut", *ways)

    def link(self, at, kind):
        return self.line(at, self.r.choice(self.sites), self.span(at, 0.5, 8), "unplugged")

    def bad(self, at, kind):
        return self.line(at, self.r.choice(self.sites), self.span(at, 2, 10), "bad",
                         self.r.randint(5, 300), self.r.randint(0, 50), self.r.randint(0, 20), 0)

    def slow(self, at, kind):
        return self.line(at, self.r.choice(self.sites), self.span(at, 2, 10), "bad",
                         self.r.randint(5, 100), 0, 0, self.r.choice([32, 64, 128]))

    def disk_of(self, kind):
        """(disk, process that writes to it)"""
        if kind.endswith("store"):
            return HQ, "collector"
        agent = self.r.choice(self.agents)
        return agent, agent

    def full(self, at, kind):
        disk, _ = self.disk_of(kind)
        until = self.span(at, 1, 6)
        if not self.free(at, f"disk {disk}"):
            return False
        self.take(at, until, f"disk {disk}")
        self.step(at, "fill", disk)
        self.step(until, "empty", disk)
        return True

    def read_only(self, at, kind):
        disk, name = self.disk_of(kind)
        until = self.span(at, 1, 6)
        if not self.free(at, f"disk {disk}", name):
            return False
        self.take(at, until, f"disk {disk}", name)
        self.step(at, "kill", name)
        self.step(at + 0.05, "read-only", disk)
        self.step(at + 0.1, "start", name)
        self.step(until, "writable", disk)
        return True

    def clock(self, at, kind):
        machine = HQ if kind.endswith("collector") else self.r.choice(self.agents)
        until = self.span(at, 2, 8)
        off = self.r.choice([-STEP_MS, STEP_MS])
        stays = machine != HQ and self.r.random() < 0.5
        if not self.free(at, f"clock {machine}"):
            return False
        self.take(at, until, f"clock {machine}")
        self.step(at, "clock", machine, off)
        if not stays:
            self.step(until, "clock", machine, 0)
        return True

    def rotten(self, at, kind):
        self.step(at, "rot", self.r.choice(self.agents), self.r.random())
        return True

    def deleted(self, at, kind):
        self.step(at, "delete", self.r.choice(self.agents), self.r.random())
        return True

    def gateway(self, at, kind):
        until = self.span(at, 1, 8)
        if not self.free(at, "gateway"):
            return False
        self.take(at, until, "gateway")
        self.step(at, "gateway", kind.split()[1])
        self.step(until, "gateway", "takes")
        return True
