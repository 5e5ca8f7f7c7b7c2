#!/usr/bin/env python3
"""A real SIP server behind a real snmpd: registrations are counted, users never asked for.

Usage: test_kamailio.py LINEWATCH_AGENT SOURCE_DIR"""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

AGENT, SOURCE = sys.argv[1], sys.argv[2]
HERE = os.path.dirname(os.path.abspath(__file__))


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def register(port, user):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        s.settimeout(2)
        mine = s.getsockname()[1]
        s.sendto((f"REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{mine};branch=z9hG4bK{user}\r\n"
                  f"Max-Forwards: 70\r\nFrom: <sip:{user}@127.0.0.1>;tag={user}\r\nTo: <sip:{user}@127.0.0.1>\r\n"
                  f"Call-ID: {user}@lw\r\nCSeq: 1 REGISTER\r\nContact: <sip:{user}@127.0.0.1:{mine}>\r\n"
                  "Expires: 300\r\nContent-Length: 0\r\n\r\n").encode(), ("127.0.0.1", port))
        try:
            return b" 200 " in s.recv(2000)
        except socket.timeout:
            return False


def probe(port):
    p = subprocess.run([AGENT, "probe", f"snmp://lw-public@127.0.0.1:{port}", "--json"],
                       capture_output=True, text=True, timeout=60)
    return json.loads(p.stdout)


def wait(test, seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if test():
            return True
        time.sleep(0.5)
    return False


def main():
    if not shutil.which("kamailio") or not shutil.which("snmpd"):
        print("skipped: kamailio or snmpd is not installed")
        return 77
    d = tempfile.mkdtemp()
    snmp_port, sip_port = free_port(), free_port()
    env = dict(os.environ, MIBS="", SNMP_PERSISTENT_DIR=d + "/state", SNMPCONFPATH=d)
    os.mkdir(d + "/state")
    with open(d + "/snmpd.conf", "w", encoding="ascii") as f:
        f.write(f"agentAddress udp:127.0.0.1:{snmp_port}\nmaster agentx\nagentXSocket unix:{d}/agentx.sock\n"
                "rocommunity lw-public 127.0.0.1\n")
    with open(d + "/snmpstats.conf", "w", encoding="ascii") as f:
        f.write(f"agentXSocket unix:{d}/agentx.sock\n")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    snmpd = subprocess.Popen(["snmpd", "-f", "-Lf", d + "/log", "-C", "-c", d + "/snmpd.conf"], env=env,
                             **quiet)
    time.sleep(1)
    with open(d + "/kamailio.log", "w", encoding="ascii") as log:
        kamailio = subprocess.Popen(["kamailio", "-f", HERE + "/kamailio.cfg", "-DD", "-E", "-m", "32", "-M",
                                     "8", "-w", d, "-P", d + "/pid", "-Y", d, "-l",
                                     f"udp:127.0.0.1:{sip_port}"], env=env, stdout=log, stderr=log)
    try:
        up = wait(lambda: probe(snmp_port)["class"] == "pbx", 40)
        print("ok   kamailio shows up as a PBX" if up else "FAIL kamailio never shows up")
        if not up:
            print(open(d + "/kamailio.log", encoding="utf-8", errors="replace").read()[-1500:])
            return 1
        done = [register(sip_port, u) for u in ["1001", "1002", "1003"]]
        counted = wait(lambda: probe(snmp_port)["values"].get("pbx.registered_endpoints") == 3, 20)
        got = probe(snmp_port)
        print(f"{'ok  ' if counted else 'FAIL'} three registrations are counted: "
              f"{got['values'].get('pbx.registered_endpoints')}, accepted {done}")
        silent = not any(u in json.dumps(got) for u in ["1001", "1002", "1003"])
        print(f"{'ok  ' if silent else 'FAIL'} no user is named")
        return 0 if counted and silent else 1
    finally:
        kamailio.terminate()
        kamailio.wait(15)
        snmpd.terminate()
        snmpd.wait(10)
        shutil.rmtree(d, ignore_errors=True)


sys.exit(main())
