"""judge.py - the collector's history, availability and pages held against what really happened.

What really happened is known from two places: the simulator's log says what each device was, the
schedule says which agent was there to see it and how wrong each clock was. Tolerances:

  STATE_*  the same for up and down, which hold through a silence of 15 s
  LAG_S    a value in the history may be this much older than its time
  EARLY_S  and this much newer
  SEEN_S   what held this long, with its agent there, must be in the history
"""
import subprocess

from stored import Store
from truth import METRICS, Steps, Truth, doubled, invented, lost

WORDS = {"online": 1, "on_battery": 2, "low_battery": 3, "bypass": 4, "off": 5, "fault": 6}
LAG_S, EARLY_S, SEEN_S = 4.0, 1.5, 6.0
STATE_LAG_S, STATE_EARLY_S = 17.0, 8.0  # what was said last stands for 15 s of silence
BLIND_S = 22.0  # an agent that was away longer than that leaves unknown time
SLICE_S = 2


def missing_reports(path, may_lose):
    """(agent, in words); what an agent may have lost must be written down as a hole."""
    store = Store(path)
    try:
        return store.gaps() + [(a, what) for a, what in store.holes() if a not in may_lose]
    finally:
        store.close()


def during(steps, since, until):
    return steps.during(since, until) if steps is not None else {None}


class Device:
    """One device: what it was over time (up or down), and who watched it."""

    def __init__(self, ident, truth, agent):
        self.id, self.agent = ident, agent
        metric = next((m for m in ("sip.registered", "headset.present")
                       if (ident, m) in truth.state), None)
        value = truth.state.get((ident, metric))
        answers = truth.answers[ident]
        self.state = Steps()
        for at in sorted(set(answers.times + (value.times if value else []))):
            up = answers.during(at, at) == {True} and \
                (value is None or value.during(at, at) == {1} or value.during(at, at) == {True})
            self.state.add(at, "up" if up else "down")


class Judge:
    """`world`: the ground, `story`: what was done to it (schedule.Story)."""

    def __init__(self, world, story):
        self.world, self.story = world, story
        self.points = self.spans = self.slices = self.pages = 0
        self.truths = {s: Truth(world.path(f"truth-{s}.jsonl")) for s in world.sites}
        self.begin = max(t.begin for t in self.truths.values())

    def watcher(self, device):
        site, name = device.split("/")
        return f"{site}/ws-01" if name == "ws-01-headset" else f"{site}/gw"

    # -- readings -----------------------------------------------------------------------------

    def history(self, device, metric, until):
        got = self.world.api(f"/api/v1/history?entity={device}&metric={metric}"
                             f"&from={self.begin - 1200:.0f}&to={until + 1200:.0f}&resolution=0", 20)
        return list(zip(got["t"], got["min"])) if got and "t" in got else None

    def readings(self, until):
        bad = []
        for site, truth in self.truths.items():
            for (device, metric), steps in truth.state.items():
                if metric in METRICS and device.startswith(site + "/"):
                    bad += self.one_metric(device, metric, steps, truth, until)
        return bad

    def one_metric(self, device, metric, steps, truth, until):
        what, agent = f"{device} {metric}", self.watcher(device)
        points = self.history(device, metric, until)
        if not points:
            return [f"{what}: the history is empty" if points is not None else
                    f"{what}: no history"]
        self.points += len(points)
        values = Steps()
        values.times, values.values = steps.times, [WORDS.get(v, v) for v in steps.values]
        self.spans += len(values.spans(until))
        bad = [f"{what}: twice at {t:.3f}" for t in doubled(points)]
        bad += [f"{what}: {v} at {t:.1f} was never so" for t, v in
                invented(points, values, LAG_S + self.story.slack(agent), EARLY_S)]
        if agent not in self.story.may_lose:
            bad += [f"{what}: {v} from {a:.1f} to {b:.1f} is not in the history" for a, b, v in
                    lost(points, values, self.story.watching(agent, until),
                         truth.answers[device], until, SEEN_S)]
        return bad

    # -- availability -------------------------------------------------------------------------

    def devices(self):
        return [Device(i, truth, self.watcher(i)) for site, truth in self.truths.items()
                for i in truth.answers if i.startswith(site + "/")]

    def availability(self, until):
        devices, bad, at = self.devices(), {}, self.begin + 4
        while at + SLICE_S < until - 2:
            got = self.world.api(f"/api/v1/availability?from={at:.3f}&to={at + SLICE_S:.3f}"
                                 "&limit=1000", 20) or {}
            rows = {r["entity"]: r for r in got.get("availability", [])}
            for d in devices:
                wrong = self.one_slice(d, rows.get(d.id), at, at + SLICE_S)
                if wrong:
                    bad.setdefault((d.id, wrong), []).append(at)
            at += SLICE_S
        return [f"{d}: {wrong} at {', '.join(f'{t:.1f}' for t in times[:8])}"
                for (d, wrong), times in bad.items()]

    def one_slice(self, d, row, since, until):
        """None, or what is wrong with what the collector says of [since, until]."""
        if row is None:
            return "no availability"
        up, down, unknown = row["up_s"], row["down_s"], row["unknown_s"]
        if abs(up + down + unknown + row["planned_s"] - (until - since)) > 0.01:
            return "the seconds do not add up"
        self.slices += 1
        slack = self.story.slack(d.agent)
        was = during(d.state, since - STATE_LAG_S - slack, until + STATE_EARLY_S)
        if down > 0.1 and "down" not in was:
            return "down though it was up"
        if up > 0.1 and "up" not in was:
            return "up though it was down"
        seen = self.story.seen(d.agent, since, until)
        if unknown > 0.1 and seen == "all along" and len(was) == 1 and \
                d.agent not in self.story.may_lose:
            return "unknown though it was seen"
        if up + down > 0.1 and seen == "not at all":
            return "known though nobody saw it"
        return None

    # -- pages --------------------------------------------------------------------------------

    def all_pages(self):
        """Each incident that was told was told once: opened once to each person."""
        pages, bad, seen = self.world.pages(), [], {}
        self.pages = len(pages)
        for p in pages:
            if p.get("reason") == "opened":
                seen.setdefault((p.get("incident"), p.get("to")), set()).add(p["key"])
        bad += [f"incident {i}: opened {len(keys)} times to {to}: {sorted(keys)}"
                for (i, to), keys in seen.items() if len(keys) > 1]
        told = {i for i, _ in seen}
        for i in self.world.incidents("all"):
            if i.get("paged") and i["incident"] not in told:
                bad.append(f"incident {i['incident']} ({i['root']}): paged, and no page came")
        return bad

    def standing(self):
        """Alarms that nothing explains any more. What came and went more than once may be held up
        as flapping, and what a clock or this machine's load makes is not looked at."""
        looked_at = ("unreachable", "missing", "unregistered", "store_lagging")
        once = {d.id for d in self.devices()
                if sum(v == "down" for _, _, v in d.state.spans(d.state.times[-1] + 1)) <= 1}
        if self.story.times_full <= 1:
            once.add("collector")
        return [f"{a} still stands" for a in self.world.alarms()
                if a.rsplit("/", 1)[1] in looked_at and a.rsplit("/", 1)[0] in once]

    def chain(self):
        p = subprocess.run([self.world.program("linewatch"), "verify", "--store",
                            self.world.path("store", "linewatch.db")],
                           capture_output=True, text=True, timeout=60)
        return [] if p.returncode == 0 else [f"verify: {p.stdout.strip()} {p.stderr.strip()}"]
