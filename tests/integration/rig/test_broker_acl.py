#!/usr/bin/env python3
"""The shipped configurations of mosquitto and of a NATS cluster let each principal do its own and
nothing else, through the simulated line of its site; a line that is cut carries nothing until it is
restored."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "script", "lib"))
from cluster import ClusterRig  # noqa: E402
from rig import Rig, test_port  # noqa: E402

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
    return [program, "-h", "127.0.0.1", "-p", str(port), "-V", rig.mqtt, "-q", "1",
            "--cafile", f"{pki}/ca.crt", "--cert", f"{pki}/{name}.crt", "--key", f"{pki}/{name}.key",
            *words]


def publish(rig, principal, topic, port=None, timeout=10):
    try:
        return subprocess.run(client(rig, "mosquitto_pub", principal, port or rig.broker_port,
                                     "-t", topic, "-m", "x"), capture_output=True,
                              timeout=timeout).returncode
    except subprocess.TimeoutExpired:
        return -1


def wait_for(rig):
    end = time.time() + 30
    while time.time() < end and \
            publish(rig, "collector", "linewatch/v1/danang/gw/control", timeout=5) != 0:
        time.sleep(0.3)


def stranger(rig):
    """Without a certificate of its own, but with a name."""
    return subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(rig.broker_port), "-u",
                           "collector", "-P", "x", "--cafile", rig.path("pki", "ca.crt"), "-t",
                           "linewatch/v1/danang/gw/control", "-m", "x"], capture_output=True,
                          timeout=20).returncode


def agent_says(rig, ca, name):
    """Why an agent with this CA file and this principal's key does not get in; None: it does."""
    pki = rig.path("pki")
    conf = rig.write("odd.yaml", f"name: danang/gw\nbroker: {{host: 127.0.0.1, port: {rig.broker_port}, "
                     f"ca: {ca}, certificate: {pki}/danang-gw.crt, key: {pki}/{name}.key}}\n"
                     f"journal: {{path: {rig.path('odd-journal')}}}\nworkstation: yes\nheadsets: no\n")
    log = rig.path("odd.log")
    with open(log, "w", encoding="utf-8") as f:
        p = subprocess.Popen([rig.program("linewatch-agent"), "--config", conf], stderr=f,
                             env=rig.environment("odd"))
    try:
        end = time.time() + 30
        while time.time() < end:
            with open(log, encoding="utf-8") as f:
                text = f.read()
            if "connected to the broker" in text:
                return None
            if "no connection to the broker" in text:
                return text.split('reason="')[1].split('"')[0]
            time.sleep(0.1)
        return "nothing within 30 s"
    finally:
        p.terminate()
        p.wait(20)


def tls_reasons(rig):
    other = rig.path("other")
    os.makedirs(other)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-subj", "/CN=another CA", "-keyout", f"{other}/ca.key", "-out",
                    f"{other}/ca.crt"], check=True, capture_output=True)
    ours = rig.path("pki", "ca.crt")
    expect(agent_says(rig, ours, "danang-gw") is None, "an agent comes in")
    why = agent_says(rig, f"{other}/ca.crt", "danang-gw")
    expect(why == "TLS: certificate verify failed", f"a broker of another CA is not trusted: {why}")
    why = agent_says(rig, ours, "collector")
    expect(why == "TLS: key values mismatch", f"a key of another certificate is told: {why}")


def main(rig):
    rig.make_pki()
    rig.write_broker()
    rig.start_sim()
    rig.start_broker()
    wait_for(rig)
    wan = int(rig.uplinks("danang")[0].split(":")[1])
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
    expect(stranger(rig) != 0, "nobody comes in without a certificate")
    expect(eavesdrop.communicate(timeout=15)[0] == "", "an agent hears nobody else")
    heard.terminate()
    topics = set(heard.communicate(timeout=5)[0].split())
    expect(topics == {"linewatch/v1/danang/gw/live"},
           f"nobody publishes under another's name ({', '.join(sorted(topics))})")


def run(kind, mqtt):
    build = os.path.basename(os.path.dirname(sys.argv[1].rstrip("/"))) if len(sys.argv) > 1 else "dev"
    with tempfile.TemporaryDirectory(prefix="lw-acl-") as folder:
        rig = kind(folder, test_port(), build=build)
        rig.mqtt = mqtt
        try:
            main(rig)
            if kind is Rig:
                tls_reasons(rig)
        finally:
            bad.extend(rig.stop())


print("mosquitto")
run(Rig, "5")
if shutil.which("nats-server") or os.path.exists("/usr/sbin/nats-server"):
    print("a cluster of nats-server")
    run(ClusterRig, "311")
else:
    print("nats-server is not installed: its configuration is not tried")
sys.exit(1 if bad else 0)
