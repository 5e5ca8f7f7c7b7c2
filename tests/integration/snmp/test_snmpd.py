#!/usr/bin/env python3
"""The real snmpd, v1 to v3, read by `linewatch-agent probe`; real traps and informs heard.

Usage: test_snmpd.py LINEWATCH_AGENT TRAP_EAR"""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

AGENT, EAR = sys.argv[1], sys.argv[2]
failures = []
CONF = """agentAddress udp:127.0.0.1:{port}
rocommunity lw-public 127.0.0.1
createUser lwsha SHA-256 "authpass-1234" AES "privpass-1234"
createUser lw256 SHA-512 "authpass-1234" AES-256 "privpass-1234"
createUser lwold MD5 "authpass-1234" DES "privpass-1234"
createUser lwauth SHA "authpass-1234"
rouser lwsha priv
rouser lw256 priv
rouser lwold priv
rouser lwauth auth
sysName ups-lab
override .1.3.6.1.2.1.33.1.2.1.0 integer 2
override .1.3.6.1.2.1.33.1.4.1.0 integer 3
override .1.3.6.1.2.1.33.1.2.4.0 integer 97
"""


def check(name, ok, detail=""):
    print(f"{'ok  ' if ok else 'FAIL'} {name}{'' if ok else ': ' + str(detail)[:400]}")
    if not ok:
        failures.append(name)


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def probe(url, env):
    p = subprocess.run([AGENT, "probe", url, "--json"], capture_output=True, text=True, timeout=60,
                       env=env)
    try:
        return json.loads(p.stdout)
    except ValueError:
        return {"values": {}, "error": p.stderr, "reachable": False}


def wait_for(port, env):
    for _ in range(50):
        p = subprocess.run(["snmpget", "-v2c", "-c", "lw-public", "-t", "0.3", "-r", "0",
                            f"127.0.0.1:{port}", ".1.3.6.1.2.1.1.5.0"], capture_output=True, env=env)
        if p.returncode == 0:
            return True
        time.sleep(0.1)
    return False


def url_v3(port, user, d, auth, priv, auth_file="auth", priv_file="priv"):
    url = f"snmp3://{user}@127.0.0.1:{port}?auth={auth}&auth_password_file={d}/{auth_file}"
    return url + (f"&priv={priv}&priv_password_file={d}/{priv_file}" if priv else "")


def read_all(port, d, env):
    def good(got):
        return (got.get("class") == "ups" and got["values"].get("battery.charge_percent") == 97
                and got["values"].get("ups.status") == "online"
                and got["values"].get("sys.name") == "ups-lab")

    for version in ["1", "2c"]:
        got = probe(f"snmp://lw-public@127.0.0.1:{port}?version={version}", env)
        check(f"SNMP v{version}", good(got), got)
    for user, auth, priv in [("lwsha", "SHA-256", "AES"), ("lw256", "SHA-512", "AES-256"),
                             ("lwold", "MD5", "DES"), ("lwauth", "SHA", None)]:
        got = probe(url_v3(port, user, d, auth, priv), env)
        check(f"SNMP v3 {auth}/{priv}", good(got), got)
    cached = os.path.join(env["STATE_DIRECTORY"], f"snmp-engine-127.0.0.1-{port}")
    check("the engine id is kept on disk", os.path.exists(cached))
    with open(cached, "w", encoding="ascii") as f:
        f.write("80001f888001020304050607\n")
    got = probe(url_v3(port, "lwsha", d, "SHA-256", "AES"), env)
    check("a wrong engine id on disk heals itself", good(got), got)
    refusals = [
        (url_v3(port, "lwsha", d, "SHA-256", "AES", auth_file="wrong"), "authentication password"),
        (url_v3(port, "nobody", d, "SHA-256", "AES"), "user"),
        (url_v3(port, "lwsha", d, "SHA-256", None), "security level"),
        (url_v3(port, "lwsha", d, "SHA-256", "AES", priv_file="wrong"), "no answer"),
        (f"snmp://wrong@127.0.0.1:{port}", "no answer"),
    ]
    for url, words in refusals:
        got = probe(url, env)
        check(f"refused with a reason: {words}",
              not got["reachable"] and words in got.get("error", ""), got)


def reboot(port, d, env, start):
    """A restarted agent has other boots: the cached clock is out of its window, once."""
    got = probe(url_v3(port, "lwsha", d, "SHA-256", "AES"), env)
    check("after a restart of snmpd", got["values"].get("battery.charge_percent") == 97, got)


def hear(lines, proc, wanted, seconds=5):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        line = proc.stdout.readline()
        if line:
            lines.append(line.strip())
        if wanted in line:
            return True
    return False


def traps(d, env):
    port = free_port()
    auth = f"auth=SHA-256&auth_password_file={d}/auth&priv=AES&priv_password_file={d}/priv"
    ear = subprocess.Popen([EAR, str(port), "snmp://lw-public@127.0.0.1",
                            f"snmp3://lwsha@127.0.0.1?{auth}"],
                           stdout=subprocess.PIPE, text=True, env=env)
    lines = []
    v3 = ["-v3", "-u", "lwsha", "-l", "authPriv", "-a", "SHA-256", "-A", "authpass-1234", "-x",
          "AES", "-X", "privpass-1234"]
    to = f"127.0.0.1:{port}"
    on_battery, mains = "1.3.6.1.2.1.33.2.1", "1.3.6.1.4.1.318"
    sends = [
        ("v2c trap", ["snmptrap", "-v2c", "-c", "lw-public", to, "", on_battery],
         "device=0 meaning=on_battery repeat=0 inform=0"),
        ("the same again", ["snmptrap", "-v2c", "-c", "lw-public", to, "", on_battery],
         "device=0 meaning=on_battery repeat=1"),
        ("v1 trap", ["snmptrap", "-v1", "-c", "lw-public", to, mains, "127.0.0.1", "6", "9", ""],
         "device=0 meaning=mains_back repeat=0"),
        ("v2c inform", ["snmpinform", "-v2c", "-c", "lw-public", "-r", "1", "-t", "2", to, "",
                        on_battery], "device=0 meaning=on_battery repeat=0 inform=1"),
        ("v3 trap", ["snmptrap", *v3, "-e", "0x8000000001020304", to, "", on_battery],
         "device=1 meaning=on_battery repeat=0 inform=0"),
        ("v3 inform", ["snmpinform", *v3, "-r", "1", "-t", "2", to, "", "1.3.6.1.6.3.1.1.5.1"],
         "device=1 meaning=cold_start repeat=0 inform=1"),
    ]
    try:
        check("the ear listens", hear(lines, ear, "listening"))
        for name, command, wanted in sends:
            p = subprocess.run(command, capture_output=True, text=True, timeout=20, env=env)
            check(f"{name} is sent and, where asked, answered", p.returncode == 0, p.stderr)
            check(f"{name} is heard", hear(lines, ear, wanted), lines)
        for command in [["snmptrap", "-v2c", "-c", "wrong", to, "", on_battery],
                        ["snmptrap", *v3[:-1], "wrongpass-1234", "-e", "0x8000000001020304", to, "",
                         on_battery]]:
            subprocess.run(command, capture_output=True, timeout=20, env=env)
        subprocess.run(["snmptrap", "-v2c", "-c", "lw-public", "--clientaddr=127.0.0.9", to, "",
                        on_battery], capture_output=True, timeout=20, env=env)
        time.sleep(0.5)
    finally:
        ear.terminate()
        rest = ear.communicate(timeout=10)[0]
    check("strangers and wrong keys are counted, not heard",
          "refused=2 " in rest and "unknown=1 " in rest and "meaning" not in rest, rest)


def main():
    if not all(shutil.which(x) for x in ["snmpd", "snmpget", "snmptrap", "snmpinform"]):
        print("skipped: snmpd and its tools are not installed")
        return 77
    d = tempfile.mkdtemp()
    port = free_port()
    env = dict(os.environ, MIBS="", SNMP_PERSISTENT_DIR=d + "/state", STATE_DIRECTORY=d + "/cache")
    for name in ["state", "cache"]:
        os.mkdir(f"{d}/{name}")
    for name, text in [("auth", "authpass-1234"), ("priv", "privpass-1234"),
                       ("wrong", "wrongpass-1234")]:
        with open(f"{d}/{name}", "w", encoding="ascii") as f:
            f.write(text + "\n")
    with open(d + "/snmpd.conf", "w", encoding="ascii") as f:
        f.write(CONF.format(port=port))

    def start():
        return subprocess.Popen(["snmpd", "-f", "-Lf", d + "/log", "-C", "-c", d + "/snmpd.conf",
                                 "-p", d + "/pid"], env=env, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    snmpd = start()
    try:
        if not wait_for(port, env):
            print("FAIL snmpd does not start:", open(d + "/log", encoding="utf-8").read()[-500:])
            return 1
        read_all(port, d, env)
        snmpd.terminate()
        snmpd.wait(10)
        snmpd = start()
        wait_for(port, env)
        reboot(port, d, env, start)
        traps(d, env)
    finally:
        snmpd.terminate()
        snmpd.wait(10)
        shutil.rmtree(d, ignore_errors=True)
    if failures:
        print(f"{len(failures)} failed")
    return 1 if failures else 0


sys.exit(main())
