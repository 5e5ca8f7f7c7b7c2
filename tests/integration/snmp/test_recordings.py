#!/usr/bin/env python3
"""Recordings of real devices, served by snmpsim and read by `linewatch-agent probe`, as a table.

Usage: test_recordings.py LINEWATCH_AGENT SOURCE_DIR
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
WANTED = 0.98


def folder():
    for f in [os.environ.get("LINEWATCH_DEVICES"), os.path.join(SOURCE, "../shared/devices"),
              os.path.join(SOURCE, "../../shared/devices")]:
        if f and glob.glob(f + "/*/*.expected.json"):
            return os.path.abspath(f)
    return None


def close(a, b):
    if isinstance(a, str) or isinstance(b, str):
        return str(a).strip() == str(b).strip()
    return abs(a - b) <= max(0.051, abs(b) * 0.005)


def private(entry):
    """Names of accounts hold phone numbers, which never travel: those labels are not ours."""
    return entry["metric"] == "sip.registered" and entry.get("instance", "").startswith("account")


def judge(got, want):
    right = wrong = missing = kept_back = 0
    notes = []
    for e in want["expected"]:
        suffix = f"#{e['line']}" if e.get("line", 1) > 1 else ""
        suffix = f"@{e['instance']}" if "instance" in e else suffix
        alternatives = [e["value"]] + [a["value"] for a in want.get("alternatives", [])
                                       if a["metric"] == e["metric"] and a.get("line") == e.get("line")]
        have = got["values"].get(e["metric"] + suffix)
        if private(e):
            kept_back += 1
        elif have is None:
            missing += 1
            notes.append(f"{e['metric']}{suffix} missing")
        elif any(close(have, a) for a in alternatives):
            right += 1
        else:
            wrong += 1
            notes.append(f"{e['metric']}{suffix} = {have}, wanted {e['value']}")
    falsely = 0
    for n in want.get("not_reported", []):
        name = n["metric"] + (f"#{n['line']}" if n.get("line", 1) > 1 else "")
        listed = any(e["metric"] == n["metric"] and e.get("line") == n.get("line")
                     for e in want["expected"] + want.get("alternatives", []))
        if n.get("raw") is not None and name in got["values"] and not listed:
            falsely += 1
            notes.append(f"{name} = {got['values'][name]}, but {n['reason']}")
    return right, wrong, missing, falsely, kept_back, notes


def serve(data, port):
    cache = tempfile.mkdtemp()
    os.chmod(cache, 0o777)
    user = ["--process-user=nobody", "--process-group=nogroup"] if os.getuid() == 0 else []
    return subprocess.Popen(["snmpsimd", f"--data-dir={data}", f"--cache-dir={cache}",
                             f"--agent-udpv4-endpoint=127.0.0.1:{port}", *user,
                             "--logging-method=null"], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL), cache


def probe(name, port):
    p = subprocess.run([AGENT, "probe", f"snmp://{name.replace('/', '%2F')}@127.0.0.1:{port}",
                        "--json"], capture_output=True, text=True, timeout=60)
    try:
        return json.loads(p.stdout)
    except ValueError:
        return {"values": {}, "class": "", "profile": ""}


def main():
    data = folder()
    if data is None or not shutil.which("snmpsimd"):
        print("skipped: no recordings (LINEWATCH_DEVICES) or no snmpsimd")
        return 77
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    sim, cache = serve(data, port)
    total = [0] * 5
    devices = known = 0
    print(f"{'recording':38} {'class':12} {'profile':22} right wrong missing falsely")
    try:
        paths = sorted(glob.glob(data + "/*/*.expected.json"))
        first = paths[0][len(data) + 1:-len(".expected.json")]
        for _ in range(60):
            if probe(first, port).get("reachable"):
                break
            time.sleep(0.5)
        for path in paths:
            name = path[len(data) + 1:-len(".expected.json")]
            with open(path, encoding="utf-8") as f:
                want = json.load(f)
            got = probe(name, port)
            *counts, notes = judge(got, want)
            total = [a + b for a, b in zip(total, counts)]
            devices += 1
            known += got["class"] == want["device_class"]
            print(f"{name:38} {got['class']:12} {got['profile']:22} {counts[0]:5} {counts[1]:5} "
                  f"{counts[2]:7} {counts[3]:7}")
            for n in notes:
                print("    " + n)
    finally:
        sim.terminate()
        sim.wait()
        shutil.rmtree(cache, ignore_errors=True)
    right, wrong, missing, falsely, kept_back = total
    asked = right + wrong + missing
    print(f"{right}/{asked} right, {wrong} wrong, {missing} missing, {falsely} falsely reported, "
          f"{kept_back} kept back for holding numbers, {known}/{devices} classes right")
    ok = right >= WANTED * asked and not wrong and not falsely and known == devices
    return 0 if ok else 1


sys.exit(main())
