#!/usr/bin/env python3
"""The simulated equipment answers net-snmp's own tools, obeys what it is told and writes down what
was true."""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "script", "lib"))
from rig import Rig, test_port  # noqa: E402

if not shutil.which("snmpget"):
    print("snmpget is not installed")
    sys.exit(77)

UPSMIB, APC = "1.3.6.1.2.1.33.1.", "1.3.6.1.4.1.318.1.1.1."
bad = []


def expect(ok, what):
    print(("ok    " if ok else "FAIL  ") + what)
    if not ok:
        bad.append(what)


def snmp(rig, device, oid, program="snmpget", version="-v2c", timeout="1"):
    d = next(d for d in rig.devices if d["id"] == device)
    p = subprocess.run([program, version, "-Oqvt", "-r0", "-t", timeout, "-c", d["community"],
                        f"{d['host']}:{d['port']}", oid], capture_output=True, text=True,
                       env=dict(os.environ, MIBS="", SNMP_PERSISTENT_DIR=rig.path("snmp")))
    return p.stdout.strip() if p.returncode == 0 else None


def probe(rig, device):
    d = next(d for d in rig.devices if d["id"] == device)
    p = subprocess.run([rig.program("linewatch-agent"), "probe",
                        f"snmp://{d['community']}@{d['host']}:{d['port']}", "--json"],
                       capture_output=True, text=True, timeout=20,
                       env=dict(os.environ, LINEWATCH_PROFILES=os.path.join(ROOT, "profiles")))
    try:
        return json.loads(p.stdout)
    except ValueError:
        return {"profile": p.stdout + p.stderr, "values": {}}


PROBES = [
    ("hanoi/ups-1", "ups-apc", "ups.status", "online"),
    ("danang/ups-1", "ups-rfc1628", "ups.status", "online"),
    ("hanoi/pbx-1", "pbx-kamailio", "pbx.registered_endpoints", 4),
    ("hanoi/router-1", "network-ifmib", "if.oper_up@wan", 1),
    ("hanoi/phone-01", "phone-poly", "sip.registered", 1),
    ("hanoi/ws-01-headset", "headset-linewatch", "headset.present", 1),
]


def main(rig):
    rig.start_sim()
    time.sleep(0.5)
    for device, profile, metric, value in PROBES:
        got = probe(rig, device)
        expect(got["profile"] == profile and got["values"].get(metric) == value,
               f"probe {device}: {got['profile']}, {metric} {got['values'].get(metric)}")
    expect(snmp(rig, "danang/ups-1", UPSMIB + "4.1.0") == "3", "RFC 1628: normal(3)")
    expect(snmp(rig, "hanoi/ups-1", APC + "4.1.1.0") == "2", "PowerNet: onLine(2)")
    expect(snmp(rig, "hanoi/ups-1", APC + "4.1.1.0", version="-v1") == "2", "the same over v1")
    walk = snmp(rig, "danang/ups-1", "1.3.6.1.2.1.33", "snmpbulkwalk")
    expect(walk is not None and len(walk.splitlines()) > 15, "a bulk walk of UPS-MIB ends")
    rig.ctl("cut-power", "danang")
    expect(snmp(rig, "danang/ups-1", UPSMIB + "4.1.0") == "5", "mains cut: battery(5)")
    expect(snmp(rig, "danang/ups-1", UPSMIB + "3.3.1.3.1") == "0", "mains cut: 0 V at the input")
    rig.ctl("lie", "danang/ups-1", "battery.charge_percent=255")
    expect(snmp(rig, "danang/ups-1", UPSMIB + "2.4.0") == "255", "a lie is told")
    rig.ctl("silence", "danang/ups-1")
    expect(snmp(rig, "danang/ups-1", UPSMIB + "4.1.0") is None, "a silent device says nothing")
    rig.ctl("speak", "danang/ups-1")
    rig.ctl("slow", "danang/ups-1", "700ms")
    start = time.time()
    expect(snmp(rig, "danang/ups-1", UPSMIB + "4.1.0", timeout="3") == "5" and
           0.65 < time.time() - start < 2, "a slow device answers late")
    p = subprocess.run([rig.program("linewatch-sim"), "ctl", "--socket", rig.path("sim.sock"),
                        "cut-power", "saigon"], capture_output=True, text=True)
    expect(p.returncode == 1 and "saigon" in p.stderr, "an unknown site is refused with a line")
    for _ in range(50):  # who asks and leaves before the answer
        with socket.socket(socket.AF_UNIX) as impatient:
            impatient.connect(rig.path("sim.sock"))
            impatient.sendall(b"status\n")
    time.sleep(0.3)
    expect(not rig.dead(), "peers that leave before the answer do not end it")
    expect(not rig.stop(), "it ends as it should")
    p = subprocess.run([rig.program("linewatch-sim"), "ctl", "--socket", rig.path("sim.sock"),
                        "status"], capture_output=True, text=True)
    expect(p.returncode == 3, "without a simulation, ctl says so")
    with open(rig.path("truth.jsonl"), encoding="utf-8") as f:
        truth = [json.loads(line) for line in f]
    expect(any(t.get("device") == "danang/ups-1" and t.get("value") == "on_battery" for t in truth),
           "the truth is written down")
    expect(not any(t.get("value") == 255 for t in truth), "a lie is not the truth")


with tempfile.TemporaryDirectory(prefix="lw-sim-") as folder:
    build = os.path.basename(os.path.dirname(sys.argv[1].rstrip("/"))) if len(sys.argv) > 1 else "dev"
    rig = Rig(folder, test_port(), build=build)
    try:
        main(rig)
    finally:
        rig.stop()
sys.exit(1 if bad else 0)
