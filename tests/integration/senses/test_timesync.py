#!/usr/bin/env python3
"""The clock as systemd-timesyncd sees it, over a D-Bus of the test: what it last heard becomes a reach.

Usage: test_timesync.py BIN_DIR DOUBLE. Nothing here touches the machine's clock or its own bus."""
import os
import sys
import time

from peers import SOON, Bench

NO_CHRONY = "chrony=127.0.0.1:9"
CASES = [  # age in s, poll in s, answers, stratum; reach and stratum that the agent reads
    ("its server answers every poll", (20, 32, 100, 2), 8, 3),
    ("it has just begun", (1, 32, 3, 2), 3, 3),
    ("three polls went unanswered", (10 + 3 * 64 + 5, 64, 100, 1), 5, 2),
    ("the server is dead", (10 + 8 * 64 + 5, 64, 100, 1), 0, None),
    ("nobody ever answered", (0, 32, 0, 0), 0, None),
]


def until_ready(p):
    for _ in range(100):
        with open(p.log, encoding="utf-8") as f:
            if "ready" in f.read():
                return True
        time.sleep(0.05)
    return False


def check_bus(b, url):
    a = b.probe(url)
    b.check(a["status"] == 0 and "clock.ntp_reach" not in a["values"] and "clock.synchronised" in a["values"]
            and a["took"] < SOON, "a bus without timesyncd: the kernel alone", a)
    for what, said, reach, stratum in CASES:
        p = b.start(sys.argv[2], f"unix:path={b.path('bus')}", *map(str, said))
        b.check(until_ready(p), f"{what}: timesyncd's double serves")
        a = b.probe(url)
        seen = (a["values"].get("clock.ntp_reach"), a["values"].get("clock.ntp_stratum"))
        b.check(seen == (reach, stratum) and "clock.synchronised" in a["values"] and a["took"] < SOON, what, a)
        b.stop(p)


def main():
    with Bench(needs=["dbus-daemon"]) as b:
        address = f"unix:path={b.path('bus')}"
        url = f"host:#{NO_CHRONY}&timesync={address}"
        a = b.probe(url)
        b.check(a["status"] == 0 and "clock.ntp_reach" not in a["values"] and a["took"] < SOON, "no bus at all", a)
        bus = b.start("dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={address}")
        for _ in range(100):
            if os.path.exists(b.path("bus")):
                break
            time.sleep(0.05)
        check_bus(b, url)
        bus.send_signal(19)  # it hangs
        a = b.probe(url)
        b.check(a["status"] == 0 and "clock.ntp_reach" not in a["values"] and a["took"] < SOON, "a bus that hangs", a)
        a = b.probe(f"host:#{NO_CHRONY}&timesync=nonsense")
        b.check(a["status"] == 0 and "clock.ntp_reach" not in a["values"], "an address that is none", a)
        return b.finish()


sys.exit(main())
