#!/usr/bin/env python3
"""The broker's shipped configuration lets each principal do its own and nothing else, through the
simulated line of its site; a line that is cut carries nothing until it is restored."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "script", "lib"))
from rig import Rig  # noqa: E402

if not (shutil.which("mosquitto") or os.path.exists("/usr/sbin/mosquitto")) or \
        not shutil.which("mosquitto_sub"):
    print("mosquitto or its clients are not installed")
    sys.exit(77)

bad = []


def expect(ok, what):
    print(("ok    " if ok else "FAIL  ") + what)
    if not ok:
        bad.append(what)


def client(rig, program, principal, port, *words):
    pki = rig.path("pki")
    name = principal.replace("/", "-")
    return [program, "-h", "127.0.0.1", "-p", str(port), "-V", "5", "-q", "1",
            "--cafile", f"{pki}/ca.crt", "--cert", f"{pki}/{name}.crt", "--key", f"{pki}/{name}.key",
            *words]


def publish(rig, principal, topic, port=None, timeout=10):
    try:
        return subprocess.run(client(rig, "mosquitto_pub", principal, port or rig.broker_port,
                                     "-t", topic, "-m", "x"), capture_output=True,
                              timeout=timeout).returncode
    except subprocess.TimeoutExpired:
        return -1


def main(rig):
    rig.make_pki()
    rig.write("mosquitto.conf", rig.broker_conf())
    rig.start_sim()
    rig.start_broker()
    time.sleep(1)
    wan = rig.wan_port + rig.sites.index("danang")
    heard = subprocess.Popen(client(rig, "mosquitto_sub", "collector", rig.broker_port,
                                    "-t", "linewatch/v1/+/+/live", "-F", "%t"),
                             stdout=subprocess.PIPE, text=True)
    eavesdrop = subprocess.Popen(client(rig, "mosquitto_sub", "danang/ws-01", rig.broker_port,
                                        "-t", "#", "-F", "%t", "-W", "6"),
                                 stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    expect(publish(rig, "danang/gw", "linewatch/v1/danang/gw/live", wan) == 0,
           "an agent publishes under its own name through its site's line")
    publish(rig, "danang/gw", "linewatch/v1/hanoi/gw/live")
    publish(rig, "danang/gw", "linewatch/v1/danang/gw/control")
    rig.ctl("cut-wan", "danang")
    expect(publish(rig, "danang/gw", "linewatch/v1/danang/gw/live", wan, 2) != 0,
           "a line that is cut carries nothing")
    rig.ctl("restore-wan", "danang")
    expect(publish(rig, "danang/gw", "linewatch/v1/danang/gw/live", wan) == 0,
           "a line that is restored carries again")
    expect(eavesdrop.communicate(timeout=15)[0] == "", "an agent hears nobody else")
    heard.terminate()
    topics = set(heard.communicate(timeout=5)[0].split())
    expect(topics == {"linewatch/v1/danang/gw/live"},
           f"nobody publishes under another's name ({', '.join(sorted(topics))})")


with tempfile.TemporaryDirectory(prefix="lw-acl-") as folder:
    build = os.path.basename(os.path.dirname(sys.argv[1].rstrip("/"))) if len(sys.argv) > 1 else "dev"
    rig = Rig(folder, int(os.environ.get("LW_TEST_PORT", "24300")), build=build)
    try:
        main(rig)
    finally:
        bad += rig.stop()
sys.exit(1 if bad else 0)
