#!/usr/bin/env python3
"""demo_rig.py BUILD PORT - the demo's centres, agents, broker and collector for a test: prints
{"url": …} when they run, then obeys one line at a time: `ctl WORDS…` steers the simulator,
`stop NAME`, `go NAME` (SIGSTOP, SIGCONT) and `kill NAME` a process, `pages` prints the messages that
people got; answers `ok` or what was wrong.
Ends with its standard input."""
import json
import os
import shutil
import signal
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../script/lib"))
from rig import Rig  # noqa: E402


def obey(rig, words):
    if words[0] == "ctl":
        rig.ctl(*words[1:])
    elif words[0] == "stop":
        os.kill(rig.processes[words[1]].pid, signal.SIGSTOP)
    elif words[0] == "go":
        os.kill(rig.processes[words[1]].pid, signal.SIGCONT)
    elif words[0] == "pages":
        print(json.dumps(rig.sink.pages), flush=True)
    elif words[0] == "kill":
        rig.kill(words[1])
    elif words[0] == "start" and words[1] == "collector":
        rig.start_collector()
    else:
        raise ValueError(f"no such word: {words[0]}")


def main():
    folder = tempfile.mkdtemp(prefix="linewatch-browser-")
    rig = Rig(folder, int(sys.argv[2]), build=sys.argv[1])
    try:
        rig.start()
        print(json.dumps({"url": rig.url}), flush=True)
        for line in sys.stdin:
            try:
                obey(rig, line.split())
                print("ok", flush=True)
            except Exception as e:  # told to the test, which fails on it
                print(f"failed: {e}", flush=True)
    finally:
        for p in rig.processes.values():
            if p.poll() is None:
                p.send_signal(signal.SIGCONT)
        rig.stop()
        shutil.rmtree(folder, ignore_errors=True)


main()
