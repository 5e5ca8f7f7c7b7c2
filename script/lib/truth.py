"""truth.py - the simulator's log as step functions, and the collector's history held against it."""
import bisect
import datetime
import json

METRICS = {"ups.status": "ups", "sip.registered": "phone", "headset.present": "headset"}


def unix(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Steps:
    """A value over time: what was last set holds until the next."""

    def __init__(self):
        self.times, self.values = [], []

    def add(self, at, value):
        self.times.append(at)
        self.values.append(value)

    def spans(self, end):
        """(from, until, value), equal neighbours joined."""
        out = []
        for i, (at, v) in enumerate(zip(self.times, self.values)):
            until = self.times[i + 1] if i + 1 < len(self.times) else end
            if out and out[-1][2] == v:
                out[-1] = (out[-1][0], until, v)
            else:
                out.append((at, until, v))
        return out

    def during(self, since, until):
        """Every value it had between the two."""
        i = max(bisect.bisect_right(self.times, since) - 1, 0)
        j = bisect.bisect_right(self.times, until)
        return set(self.values[i:max(j, i + 1)])


class Truth:
    def __init__(self, path):
        self.state, self.answers, self.begin, self.end = {}, {}, None, None
        with open(path, encoding="utf-8") as f:
            for line in f:
                try:
                    self.take(json.loads(line))
                except ValueError:
                    pass  # the last line of a killed simulation

    def take(self, o):
        at = unix(o["at"])
        self.begin = self.begin or at
        self.end = at
        if o["type"] == "state":
            key = (o["device"], o["metric"])
            self.state.setdefault(key, Steps()).add(at, o["value"])
        elif o["type"] == "device":
            self.answers.setdefault(o["device"], Steps()).add(at, o["answers"])


def overlap(spans, since, until):
    """The longest stretch of [since, until] that lies in one of the spans."""
    best = (0, 0)
    for a, b in spans:
        lo, hi = max(a, since), min(b, until)
        if hi - lo > best[1] - best[0]:
            best = (lo, hi)
    return best


def invented(points, steps, lag, early=1.0):
    """Points of the history with a value that was not true from `lag` before to `early` after."""
    return [(t, v) for t, v in points
            if v is not None and v not in steps.during(t - lag, t + early)]


def lost(points, steps, alive, answers, end, seen_after):
    """Values that held, with device and agent there, long enough to be seen, and are not there."""
    missing = []
    for since, until, value in steps.spans(end):
        lo, hi = overlap(alive, since, until)
        there = [(a, b) for a, b, v in answers.spans(end) if v]
        lo, hi = overlap(there, lo, hi)
        if hi - lo < seen_after:
            continue
        if not any(v == value and lo - 1.0 <= t <= hi + seen_after for t, v in points):
            missing.append((lo, hi, value))
    return missing


def doubled(points):
    seen, twice = set(), []
    for t, _ in points:
        if t in seen:
            twice.append(t)
        seen.add(t)
    return twice
