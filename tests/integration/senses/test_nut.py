#!/usr/bin/env python3
"""upsd with dummy-ups: OL, OB, LB, flags, a driver that stops, names, STARTTLS, a peer that talks
nonsense."""
import os
import pwd
import shutil
import signal
import socketserver
import sys
import threading
import time

from peers import PORT, SKIP, SOON, Bench, wait_port

ODD_PORT, TLS_PORT = PORT + 1, PORT + 2
VARIABLES = {
    "ups.status": "OL CHRG", "battery.charge": "100", "battery.runtime": "1800",
    "battery.voltage": "27.3", "input.voltage": "229.1", "output.voltage": "230.0",
    "ups.load": "23", "ups.mfr": "Santak", "ups.model": r'"C3K \"LCD\" \\ rev"', "ups.serial": "S1",
}


def write_ups(b, **changes):
    values = {**VARIABLES, **{k.replace("_", "."): v for k, v in changes.items()}}
    text = "".join(f"{k}: {v}\n" for k, v in values.items())
    tmp = b.write("ups1.tmp", text)
    os.replace(tmp, b.path("ups1.dev"))


def own(b, folder, mode):
    """The folder and its files, readable by the user that upsd becomes."""
    nut = pwd.getpwnam("nut")
    os.chown(b.path(folder), 0, nut.pw_gid)
    os.chmod(b.path(folder), 0o750)
    for name in os.listdir(b.path(folder)):
        os.chown(b.path(f"{folder}/{name}"), 0, nut.pw_gid)
        os.chmod(b.path(f"{folder}/{name}"), mode)


def start_upsd(b):
    for folder in ("etc", "state"):
        os.mkdir(b.path(folder))
    b.write("etc/ups.conf", f"[ups1]\n driver = dummy-ups\n port = {b.path('ups1.dev')}\n mode = dummy-once\n")
    b.write("etc/upsd.conf", f"LISTEN 127.0.0.1 {PORT}\nMAXAGE 6\n")
    b.write("etc/upsd.users", "[admin]\n password = adm\n actions = SET\n instcmds = ALL\n")
    b.write("etc/nut.conf", "MODE=netserver\n")
    own(b, "etc", 0o640)
    nut = pwd.getpwnam("nut")
    os.chown(b.path("state"), nut.pw_uid, nut.pw_gid)
    env = {"NUT_CONFPATH": b.path("etc"), "NUT_STATEPATH": b.path("state"),
           "NUT_ALTPIDPATH": b.path("state")}
    driver = b.start("/lib/nut/dummy-ups", "-F", "-a", "ups1", "-u", "nut", env=env)
    time.sleep(1)
    b.start("/lib/nut/upsd", "-F", "-u", "nut", env=env)
    return driver


class Odd(socketserver.BaseRequestHandler):
    """Not an upsd: endless lines, broken quotes, control characters, no END."""

    def handle(self):
        self.request.recv(100)
        try:
            for i in range(100000):
                self.request.sendall(b'VAR ups1 ups.status "OL\nVAR ups1 x%d "\x01"\n%s\n' % (i, b"y" * 3000))
        except OSError:
            pass


def check_states(b):
    url = f"nut://ups1@127.0.0.1:{PORT}"

    def status_is(word, **values):
        def look():
            a = b.probe(url)
            v = a["values"]
            return (v.get("ups.status") == word and all(v.get(k) == w for k, w in values.items()), a)
        return look

    b.until("OL CHRG is online, with its values", status_is("online", **{
        "battery.charge_percent": 100, "battery.runtime_seconds": 1800, "input.voltage_volts": 229.1,
        "output.load_percent": 23, "battery.replace_needed": 0}), 15)
    a = b.probe(url)
    told = b.run("upsc", f"ups1@127.0.0.1:{PORT}", "ups.model").stdout.decode().splitlines()[-1]
    b.check('"' in told and a.get("model") == told and a.get("vendor") == "Santak",
            "a quoted model reads as upsc reads it", a)
    b.check(a["class"] == "ups" and a["profile"] == "nut" and a["status"] == 0, "class and profile", a)
    write_ups(b, ups_status="OB DISCHRG", battery_charge="60")
    b.until("OB DISCHRG is on_battery", status_is("on_battery", **{"battery.charge_percent": 60}), 10)
    write_ups(b, ups_status="OB DISCHRG LB RB", battery_charge="8")
    b.until("OB LB RB is low_battery, replace", status_is("low_battery", **{"battery.replace_needed": 1}), 10)
    write_ups(b, ups_status="OL BYPASS OVER")
    b.until("BYPASS is bypass, OVER an alarm", status_is("bypass", **{"ups.alarms": 0x180}), 10)
    write_ups(b, ups_status="OL", battery_charge="255")
    b.until("charge 255 is unknown", lambda: (
        (a := b.probe(url))["unknown"].get("battery.charge_percent") == "out_of_range", a), 10)


def check_tls(b):
    if not shutil.which("certutil"):
        print("  not done: libnss3-tools is missing")
        return
    shutil.copytree(b.path("etc"), b.path("etc2"))
    os.mkdir(b.path("nss"))
    b.write("noise", "not a secret: a test's certificate lives a minute " * 4)
    b.run("certutil", "-N", "-d", b.path("nss"), "--empty-password")
    b.run("certutil", "-S", "-n", "upsd", "-s", "CN=localhost", "-x", "-t", "CTu,CTu,CTu", "-d", b.path("nss"), "-z",
          b.path("noise"), "-m", "1", "-v", "1", "--extSAN", "dns:localhost")
    b.write("ups-ca.pem", b.run("certutil", "-L", "-n", "upsd", "-a", "-d", b.path("nss")).stdout.decode())
    b.write("etc2/upsd.conf", f'LISTEN 127.0.0.1 {TLS_PORT}\nMAXAGE 6\nCERTPATH {b.path("nss")}\nCERTIDENT "upsd" ""\n')
    own(b, "etc2", 0o640)
    own(b, "nss", 0o640)
    p = b.start("/lib/nut/upsd", "-F", "-u", "nut", env={
        "NUT_CONFPATH": b.path("etc2"), "NUT_STATEPATH": b.path("state"), "NUT_ALTPIDPATH": b.path("state")})
    if not wait_port(TLS_PORT):
        b.check(False, open(p.log, encoding="utf-8").read())
        return
    base = f"nut://ups1@localhost:{TLS_PORT}?tls=yes"
    b.until("STARTTLS, trusted", lambda: (
        (a := b.probe(f"{base}&ca={b.path('ups-ca.pem')}"))["values"].get("ups.status") == "online"
        and "encrypted" in a["evidence"], a), 10)
    a = b.probe(base)
    b.check(a["status"] == 1 and "not trusted" in a["error"], "STARTTLS, not trusted: says so", a)
    a = b.probe(f"nut://ups1@127.0.0.1:{TLS_PORT}?tls=yes&ca={b.path('ups-ca.pem')}")
    b.check(a["status"] == 1 and "not trusted" in a["error"], "STARTTLS, another name: says so", a)
    a = b.probe(f"{base}&verify=no")
    b.check(a["values"].get("ups.status") == "online", "STARTTLS without trust, if asked for", a)
    b.stop(p)


def check_names(b):
    a = b.probe(f"nut://127.0.0.1:{PORT}")
    b.check(a["values"].get("ups.status") == "online", "the only UPS needs no name", a)
    a = b.probe(f"nut://other@127.0.0.1:{PORT}")
    b.check(a["status"] == 1 and "UNKNOWN-UPS" in a.get("error", ""), "a wrong name says so", a)
    a = b.probe(f"nut://ups1%0aLOGOUT@127.0.0.1:{PORT}")
    b.check(a["status"] == 2, "a name with a line end is refused", a)
    a = b.probe(f"nut://ups1@127.0.0.1:{PORT}?tls=yes&verify=no")
    b.check(a["status"] == 1 and "tls=no" in a.get("error", ""), "TLS where upsd has none says so", a)


def check_stale(b, driver):
    url = f"nut://ups1@127.0.0.1:{PORT}"
    os.killpg(driver.pid, signal.SIGSTOP)
    b.until("a stopped driver: stale, not online", lambda: (
        (a := b.probe(url))["unknown"].get("ups.status") == "stale" and a["status"] == 1
        and "DATA-STALE" in a["error"], a), 40)
    os.killpg(driver.pid, signal.SIGCONT)
    b.until("and back", lambda: ((a := b.probe(url))["values"].get("ups.status") == "online", a), 20)


def check_odd(b):
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    socketserver.ThreadingTCPServer.daemon_threads = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", ODD_PORT), Odd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        a = b.probe(f"nut://ups1@127.0.0.1:{ODD_PORT}")
        b.check(a["status"] == 1 and a["took"] < SOON and not a["values"], "nonsense without end ends", a)
        server.shutdown()
    a = b.probe(f"nut://ups1@127.0.0.1:{ODD_PORT}")
    b.check(a["status"] == 1 and a["took"] < SOON and a["unknown"] == {"ups.status": "unreachable"},
            "a closed port is told at once", a)


def main():
    if os.geteuid() != 0:
        print("skipped: upsd's user can be set by root only")
        return SKIP
    with Bench(needs=["upsc", "/lib/nut/upsd", "/lib/nut/dummy-ups"]) as b:
        write_ups(b)
        driver = start_upsd(b)
        if not wait_port(PORT):
            print(open(b.processes[-1].log, encoding="utf-8").read())
            return 1
        check_states(b)
        check_names(b)
        check_tls(b)
        check_stale(b, driver)
        check_odd(b)
        return b.finish()


sys.exit(main())
