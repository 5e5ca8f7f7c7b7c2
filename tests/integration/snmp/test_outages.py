#!/usr/bin/env python3
"""Recorded UPSes whose mains are cut, MIB by MIB: ups.status must say so, and say when it is late.

Usage: test_outages.py LINEWATCH_AGENT SOURCE_DIR
The recordings are not part of this repository: $LINEWATCH_DEVICES, or ../shared/devices."""
import glob
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

AGENT, SOURCE = sys.argv[1], sys.argv[2]
E = "1.3.6.1.4.1."
UPS = "1.3.6.1.2.1.33.1."
XUPS_LOW = "oid:" + E + "534.1.7.4"

# recording: what changes on battery, what more when the battery is low
CASES = {
    "orvaldi-ups": ({UPS + "4.1.0": 5, UPS + "2.2.0": 30, UPS + "3.3.1.3.1": 0}, {UPS + "2.1.0": 3}),
    "abbups_abbups": ({UPS + "4.1.0": 5, UPS + "3.3.1.3.1": 0, UPS + "3.3.1.3.2": 0,
                       UPS + "3.3.1.3.3": 0}, {UPS + "2.1.0": 3}),
    "apc_smx750": ({E + "318.1.1.1.4.1.1.0": 3}, {E + "318.1.1.1.2.1.1.0": 3}),
    "eaton-mgeups_5px": ({E + "705.1.7.3.0": 1}, {E + "705.1.5.14.0": 1}),
    "eaton-mgeups_9px": ({E + "705.1.7.3.0": 1}, {E + "705.1.5.14.0": 1}),
    "eatonups": ({E + "534.1.4.5.0": 5}, {E + "534.1.7.1.0": 1, E + "534.1.7.2.1.2.7": XUPS_LOW}),
    "cyberpower": ({E + "3808.1.1.1.4.1.1.0": 3}, {E + "3808.1.1.1.2.1.1.0": 3}),
    "netagent2_1": ({E + "935.1.1.1.4.1.1.0": 3}, {E + "935.1.1.1.2.1.1.0": 3}),
    "powerwalker": ({E + "935.10.1.1.2.1.0": 5}, {E + "935.10.1.1.3.1.0": 3}),
    "webpower-smart2": ({E + "2468.1.2.1.1.4.1.0": 5}, {E + "2468.1.2.1.1.2.1.0": 3}),
    "socomec-ups": ({E + "4555.1.1.7.1.2.1.0": 5, E + "4555.1.1.7.1.2.2.0": 9},
                    {E + "4555.1.1.7.1.2.1.0": 6}),
}


def folder():
    for f in [os.environ.get("LINEWATCH_DEVICES"), os.path.join(SOURCE, "../shared/devices"),
              os.path.join(SOURCE, "../../shared/devices")]:
        if f and glob.glob(f + "/ups/*.snmprec"):
            return os.path.abspath(f)
    return None


def key(oid):
    return tuple(int(x) for x in oid.split("."))


def write(source, target, changes):
    lines = {}
    with open(source, encoding="latin1") as f:
        for line in f:
            if not line.startswith("#"):
                oid, tag, value = line.rstrip("\n").split("|", 2)
                lines[oid] = (tag, value)
    for oid, value in changes.items():
        lines[oid] = ("6", value[4:]) if isinstance(value, str) else ("2", str(value))
    with open(target, "w", encoding="latin1") as f:
        for oid in sorted(lines, key=key):
            f.write(f"{oid}|{lines[oid][0]}|{lines[oid][1]}\n")


def probe(name, port):
    p = subprocess.run([AGENT, "probe", f"snmp://{name}@127.0.0.1:{port}", "--json"],
                       capture_output=True, text=True, timeout=60)
    try:
        return json.loads(p.stdout)
    except ValueError:
        return {"values": {}, "reachable": False}


def main():
    data = folder()
    if data is None or not shutil.which("snmpsimd"):
        print("skipped: no recordings (LINEWATCH_DEVICES) or no snmpsimd")
        return 77
    made, cache = tempfile.mkdtemp(), tempfile.mkdtemp()
    os.chmod(made, 0o755)
    os.chmod(cache, 0o777)
    for name, (on_battery, low) in CASES.items():
        write(f"{data}/ups/{name}.snmprec", f"{made}/{name}-ob.snmprec", on_battery)
        write(f"{data}/ups/{name}.snmprec", f"{made}/{name}-lb.snmprec", {**on_battery, **low})
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    user = ["--process-user=nobody", "--process-group=nogroup"] if os.getuid() == 0 else []
    sim = subprocess.Popen(["snmpsimd", f"--data-dir={made}", f"--cache-dir={cache}",
                            f"--agent-udpv4-endpoint=127.0.0.1:{port}", *user,
                            "--logging-method=null"], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
    bad = 0
    try:
        for _ in range(60):
            if probe("apc_smx750-ob", port).get("reachable"):
                break
            time.sleep(0.5)
        for name in CASES:
            for suffix, wanted in [("ob", "on_battery"), ("lb", "low_battery")]:
                got = probe(f"{name}-{suffix}", port)["values"].get("ups.status")
                bad += got != wanted
                print(f"{'ok  ' if got == wanted else 'FAIL'} {name}: {got}, wanted {wanted}")
    finally:
        sim.terminate()
        sim.wait()
        shutil.rmtree(made, ignore_errors=True)
        shutil.rmtree(cache, ignore_errors=True)
    return 1 if bad else 0


sys.exit(main())
