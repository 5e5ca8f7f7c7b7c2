#!/usr/bin/env python3
"""The clock as a real chronyd sees it: a server that answers, then one that is dead.

Usage: test_clock.py BIN_DIR. Both chronyds leave the machine's clock alone (-x)."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

AGENT = os.path.join(sys.argv[1], "linewatch-agent")
CHRONYD = shutil.which("chronyd", path=os.environ.get("PATH", "") + ":/usr/sbin")
PORT = int(os.environ.get("LW_TEST_PORT", "20123"))
SERVER = "port {port}\ncmdport 0\nlocal stratum 5\nallow 127.0.0.1\nbindcmdaddress /\npidfile {d}/server.pid\n"
CLIENT = ("server 127.0.0.1 port {port} minpoll -3 maxpoll -3 iburst\nport 0\ncmdport {command}\n"
          "bindcmdaddress 127.0.0.1\nbindcmdaddress /\npidfile {d}/client.pid\n")
failures = []


def check(ok, name, detail=""):
    print(f"{'ok  ' if ok else 'FAIL'} {name}{'' if ok else ': ' + str(detail)}")
    if not ok:
        failures.append(name)


def start(d, name, text):
    path = os.path.join(d, name + ".conf")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.format(port=PORT, command=PORT + 200, d=d))
    log = open(os.path.join(d, name + ".log"), "w", encoding="utf-8")
    return subprocess.Popen([CHRONYD, "-x", "-d", "-u", "root", "-f", path], stdout=log, stderr=log)


def clock(port=PORT + 200):
    p = subprocess.run([AGENT, "probe", f"host:#chrony=127.0.0.1:{port}", "--json"],
                       capture_output=True, text=True, timeout=20)
    return json.loads(p.stdout)["values"] if p.stdout else {"error": p.stderr}


def until(wanted, seconds):
    v, end = {}, time.monotonic() + seconds
    while time.monotonic() < end:
        v = clock()
        if wanted(v):
            break
        time.sleep(0.3)
    return v


def main():
    if CHRONYD is None or os.geteuid() != 0:
        print("chronyd is not there, or we are not root")
        return 77
    d = tempfile.mkdtemp()
    peers = [start(d, "server", SERVER), start(d, "client", CLIENT)]
    try:
        v = until(lambda v: v.get("clock.ntp_reach") == 8, 30)
        check(v.get("clock.synchronised") == 1, "chronyd says that the clock is synchronised", v)
        check(v.get("clock.ntp_reach") == 8, "the server answered the last eight polls", v)
        check(v.get("clock.ntp_stratum") == 6, "one below the server", v)
        check(abs(v.get("clock.offset_ms", 1e9)) < 1000, "the offset is a small number", v)
        peers[0].kill()
        peers[0].wait()
        v = until(lambda v: v.get("clock.ntp_reach") == 0, 30)
        check(v.get("clock.ntp_reach") == 0, "a dead server shows as reach 0", v)
        peers[1].kill()
        peers[1].wait()
        v = clock()
        check("clock.ntp_reach" not in v and "clock.synchronised" in v, "without chronyd the kernel is asked", v)
        check("error" in clock("x"), "a port that is none is refused")
    finally:
        for p in peers:
            p.kill()
            p.wait()
        shutil.rmtree(d)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
