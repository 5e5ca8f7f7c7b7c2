#!/usr/bin/env python3
"""campaign.py - many schedules of random faults on whole linewatches, several at a time, and the
histories held against the truth.

Each schedule is drawn from its seed (draw.py), runs in network, mount and process namespaces of its
own (ground.py, schedule.py) and is judged by judge.py. What is kept of a failed one is in its folder;
`--seed S --schedules 1` runs it again alone.
"""
import argparse
import collections
import datetime
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", ".."))
SKIP = 77
MOST_S = 600  # no schedule lasts longer


def own_namespaces():
    """The words before a command that gives it namespaces of its own."""
    user = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *user, "--net", "--mount", "--pid", "--fork", "--mount-proc",
            "--kill-child", "--"]


def cannot_run(build_folder):
    """Why there can be no campaign here, or None."""
    probe = "ip link set dev lo up && mount -t tmpfs none /mnt && test -c /dev/net/tun"
    p = subprocess.run([*own_namespaces(), "sh", "-c", probe], capture_output=True, text=True)
    if p.returncode != 0:
        return "namespaces cannot be made here (root or user namespaces, /dev/net/tun): " + \
            p.stderr.strip()
    for tool in ("chaos-wire", "libchaos-clock.so"):
        if not os.path.exists(os.path.join(build_folder, "tests", tool)):
            return f"{tool} is not built"
    if shutil.which("mosquitto") is None and not os.path.exists("/usr/sbin/mosquitto"):
        return "mosquitto is not installed"
    return None


class Running:
    def __init__(self, seed, a, pki):
        self.seed, self.began = seed, time.time()
        self.folder = tempfile.mkdtemp(prefix=f"linewatch-chaos-{seed}-")
        self.out = open(os.path.join(self.folder, "result.json"), "w+b")
        self.err = open(os.path.join(self.folder, "campaign.log"), "w+b")
        self.process = subprocess.Popen(
            [*own_namespaces(), sys.executable, os.path.join(HERE, "schedule.py"),
             "--seed", str(seed), "--seconds", str(a.seconds), "--folder", self.folder,
             "--pki", pki, "--build-folder", a.build_folder],
            stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err, start_new_session=True)

    def done(self):
        if self.process.poll() is None and time.time() - self.began > MOST_S:
            self.stop()
        return self.process.poll() is not None

    def stop(self):
        self.process.kill()  # the namespace's first process dies with it, and all others with that
        self.process.wait()

    def result(self):
        self.out.seek(0)
        self.err.seek(0)
        try:
            return json.loads(self.out.read())
        except ValueError:
            why = self.err.read().decode("utf-8", "replace").strip() or "it was stopped"
            return {"seed": self.seed, "bad": [f"no verdict: {why[-600:]}"], "kinds": {},
                    "counts": {}, "cpu_s": 0, "seconds": time.time() - self.began}
        finally:
            self.out.close()
            self.err.close()


class Campaign:
    def __init__(self, a):
        self.a, self.began = a, time.time()
        self.seeds = collections.deque(range(a.seed, a.seed + a.schedules))
        self.running, self.failed = [], []
        self.totals, self.kinds = collections.Counter(), collections.Counter()
        self.done = 0

    def take(self, r):
        got = r.result()
        self.done += 1
        self.kinds.update(got["kinds"])
        self.totals.update(got["counts"])
        self.totals["cpu_s"] += got["cpu_s"]
        self.totals["may_lose"] += bool(got.get("may_lose"))
        if not got["bad"]:
            shutil.rmtree(r.folder, ignore_errors=True)
        else:
            self.failed.append(got)
            print(f"seed {r.seed} FAILED: script/chaos --schedules 1 --seed {r.seed} "
                  f"--seconds {self.a.seconds:g}; kept in {r.folder}")
            for line in got["bad"][:10]:
                print(f"   {line}")
        self.progress(got)

    def progress(self, got):
        spent = time.time() - self.began
        left = spent / self.done * (self.a.schedules - self.done)
        print(f"{self.done}/{self.a.schedules} seed {got['seed']} "
              f"{'ok' if not got['bad'] else 'FAILED'}: {sum(got['kinds'].values())} faults, "
              f"{got['counts'].get('points', 0)} points, {got['seconds']:.0f} s, "
              f"{got['cpu_s']:.1f} s CPU; {self.done / spent * 60:.1f} a minute, "
              f"{left / 60:.0f} min left, {len(self.failed)} failed", flush=True)

    def run(self, pki):
        end = self.began + self.a.minutes * 60 if self.a.minutes else float("inf")
        try:
            while self.seeds or self.running:
                if time.time() > end:
                    self.seeds.clear()
                while self.seeds and len(self.running) < self.a.jobs:
                    self.running.append(Running(self.seeds.popleft(), self.a, pki))
                    time.sleep(0.3)  # starting is what costs most: not all at once
                for r in [r for r in self.running if r.done()]:
                    self.running.remove(r)
                    self.take(r)
                time.sleep(0.2)
        finally:
            for r in self.running:
                r.stop()
                r.result()
                shutil.rmtree(r.folder, ignore_errors=True)

    def table(self):
        """The result as a text to keep."""
        spent, a = time.time() - self.began, self.a
        t = self.totals
        kinds = "\n".join(f"| {k} | {n} |" for k, n in sorted(self.kinds.items()))
        failed = "".join(f"\n* seed {f['seed']}: {f['bad'][0]}" for f in self.failed) or " none"
        return f"""# The fault campaign

Written by `script/chaos --schedules {a.schedules} --seed {a.seed} --seconds {a.seconds:g} \
--jobs {a.jobs} --write FILE`.

| | |
|---|---|
| begun | {datetime.datetime.fromtimestamp(self.began, datetime.timezone.utc):%Y-%m-%d %H:%M} UTC |
| took | {spent / 60:.0f} min, {t['cpu_s'] / max(self.done, 1):.1f} s CPU a schedule |
| seeds | {a.seed} to {a.seed + self.done - 1} |
| schedules | {self.done} |
| passed | {self.done - len(self.failed)} |
| failed | {len(self.failed)} |
| faults | {sum(self.kinds.values())} |
| points of history compared | {t['points']} |
| stretches of truth looked for | {t['spans']} |
| slices of {2} s of availability compared | {t['slices']} |
| pages | {t['pages']} |
| schedules in which a journal was damaged or could not be written when its agent was killed | \
{t['may_lose']} |

| fault | times |
|---|---|
{kinds}

Failed:{failed}
"""


def make_pki(folder, build_folder):
    sys.path.insert(0, HERE)
    from ground import Ground
    Ground(folder, 2, build_folder).make_pki()
    return os.path.join(folder, "pki")


def options():
    p = argparse.ArgumentParser(prog="script/chaos")
    p.add_argument("--schedules", type=int, default=10)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--seconds", type=float, default=24, help="of faults in each schedule")
    p.add_argument("--jobs", type=int, default=4 * (os.cpu_count() or 1), help="at a time")
    p.add_argument("--minutes", type=float, help="begin no schedule after that")
    p.add_argument("--write", metavar="FILE", help="the result as a text to keep")
    p.add_argument("--build-folder", default=os.path.join(ROOT, "build", "release"))
    return p.parse_args()


def stop_on_signal(number, frame):
    raise KeyboardInterrupt


def main():
    a = options()
    a.build_folder = os.path.abspath(a.build_folder)
    why = cannot_run(a.build_folder)
    if why:
        print(f"chaos: skipped: {why}")
        return SKIP
    signal.signal(signal.SIGTERM, stop_on_signal)
    c, common = Campaign(a), tempfile.mkdtemp(prefix="linewatch-chaos-pki-")
    try:
        c.run(make_pki(common, a.build_folder))
    except KeyboardInterrupt:
        print("chaos: stopping", flush=True)
    finally:
        shutil.rmtree(common, ignore_errors=True)
    if a.write:
        with open(a.write, "w", encoding="utf-8") as f:
            f.write(c.table())
    print(f"{c.done} schedules from seed {a.seed}, {time.time() - c.began:.0f} s: "
          f"{c.done - len(c.failed)} passed, {len(c.failed)} failed, 0 skipped")
    return 1 if c.failed or c.done < a.schedules and not a.minutes else 0


if __name__ == "__main__":
    sys.exit(main())
