"""memcheck.py BUILD FOLDER - a whole small linewatch under valgrind (script/valgrind says how)."""
import glob
import os
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rig import Rig  # noqa: E402

PATIENCE_S = 120  # a program under valgrind is twenty to fifty times slower


class SlowRig(Rig):
    """Every program of ours runs under valgrind; what is asked of them is asked without."""

    def spawn(self, name, *command):
        if name != "broker":
            command = ("valgrind", *os.environ["LW_MEMCHECK"].split(), *command)
        return super().spawn(name, *command)


def wait(what, probe):
    start = time.time()
    while time.time() - start < PATIENCE_S:
        if probe():
            print(f"ok   {what:50} {time.time() - start:6.1f} s", flush=True)
            return True
        time.sleep(0.5)
    print(f"FAIL {what:50} not within {PATIENCE_S} s", flush=True)
    return False


def well(rig):
    s = rig.api("/api/v1/status", timeout=30)
    h = s.get("hotline") if isinstance(s, dict) else None
    return bool(h) and 0 < h["seats_total"] == h["seats_ready"]


def story(rig):
    ok = wait("all seats are ready", lambda: well(rig))
    rig.ctl("cut-power", "hanoi")
    ok &= wait("mains cut: the alarm", lambda: "hanoi/ups-1/on_battery" in rig.alarms())
    ok &= wait("mains cut: the page", lambda: len(rig.sink.pages) > 0)
    rig.ctl("restore-power", "hanoi")
    ok &= wait("mains back: cleared", lambda: "hanoi/ups-1/on_battery" not in rig.alarms())
    rig.kill("hanoi/ws-01")
    ok &= wait("agent killed: lost", lambda: any(a.endswith("/lost") for a in rig.alarms()))
    rig.start_agent("hanoi/ws-01")
    ok &= wait("agent back: all seats are ready", lambda: well(rig))
    for words in (["status"], ["alarms", "--json"], ["incidents"], ["uptime"], ["doctor"]):
        p = rig.cli(*words)
        if p.returncode not in (0, 1):
            print(f"FAIL linewatch {words[0]}: {p.returncode} {p.stderr}")
            ok = False
    return ok


def main():
    build, logs = sys.argv[1:3]
    folder = tempfile.mkdtemp(prefix="linewatch-memcheck-")
    rig = SlowRig(folder, int(os.environ.get("LW_DEMO_PORT", "23800")), sites=1, seats=1,
                  build=build, battery_speed=1)
    try:
        rig.start()
        ok = story(rig)
    finally:
        wrong = rig.stop()
    for path in sorted(glob.glob(os.path.join(folder, "*.log"))):
        name = os.path.basename(path)
        with open(path, encoding="utf-8", errors="replace") as f:
            told = [line for line in f if line.startswith("==")]
        if name == "broker.log":
            continue
        shutil.copy(path, os.path.join(logs, "programs-" + name))
        clean = not told
        print(f"{'ok  ' if clean else 'FAIL'} {name[:-4]:50} "
              f"{'clean' if clean else f'{len(told)} lines: {logs}/programs-{name}'}", flush=True)
        ok &= clean
    for line in wrong:
        print(f"FAIL {line}")
    shutil.rmtree(folder, ignore_errors=True)
    return 0 if ok and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
