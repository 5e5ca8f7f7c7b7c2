#!/usr/bin/env python3
"""The way there, in a network of its own: ICMP where the kernel allows it, TCP where not; loss made
by nftables, a cut, a gateway."""
import os
import re
import subprocess
import sys

from peers import SKIP, SOON, Bench

NEAR, FAR = "lwtnear", "lwtfar"
FIREWALL = "table inet lw {{\n chain in {{\n type filter hook input priority 0; policy accept;\n {rule}\n }}\n}}\n"


def ip(*args, ns=None, check=True):
    command = ["ip"] + (["-n", ns] if ns else []) + list(args)
    return subprocess.run(command, check=check, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def build():
    for ns in (NEAR, FAR):
        ip("netns", "add", ns)
        ip("link", "set", "dev", "lo", "up", ns=ns)
    ip("link", "add", "dev", "lwtn0", "type", "veth", "peer", "name", "lwtf0")
    for dev, ns, address in (("lwtn0", NEAR, 1), ("lwtf0", FAR, 2)):
        ip("link", "set", "dev", dev, "netns", ns)
        ip("addr", "add", f"10.78.9.{address}/24", "dev", dev, ns=ns)
        ip("addr", "add", f"fd78::{address}/64", "dev", dev, "nodad", ns=ns)
        ip("link", "set", "dev", dev, "up", ns=ns)
    ip("route", "add", "default", "via", "10.78.9.2", ns=NEAR)
    allow_ping(True)


def allow_ping(yes):
    subprocess.run(["ip", "netns", "exec", NEAR, "sh", "-c",
                    f"echo '{'0 2147483647' if yes else '1 0'}' > /proc/sys/net/ipv4/ping_group_range"], check=True)


def firewall(b, rule):
    b.run("ip", "netns", "exec", FAR, "nft", "flush", "ruleset")
    if rule:
        b.run("ip", "netns", "exec", FAR, "nft", FIREWALL.format(rule=rule))


def values(a):
    return (a["values"].get("link.up"), a["values"].get("link.loss_percent"), a["values"].get("link.rtt_ms"))


def check_ways(b):
    a = b.probe("link://10.78.9.2")
    up, loss, rtt = values(a)
    b.check(up == 1 and loss == 0 and 0 < rtt < 100 and a["profile"] == "icmp", "ICMP, nothing lost", a)
    a = b.probe("link://[fd78::2]")
    b.check(values(a)[:2] == (1, 0) and a["profile"] == "icmp", "ICMP over IPv6", a)
    a = b.probe("link://gateway")
    b.check(values(a)[:2] == (1, 0), "the gateway by that name", a)
    a = b.probe("tcping://10.78.9.2:9")
    b.check(values(a)[:2] == (1, 0) and a["profile"] == "tcping", "TCP: a refusal is an answer", a)
    allow_ping(False)
    a = b.probe("link://10.78.9.2:9")
    b.check(values(a)[:2] == (1, 0) and a["profile"] == "tcping", "no ping socket: TCP instead", a)
    a = b.probe("icmp://10.78.9.2")
    b.check(a["status"] == 1 and "ping_group_range" in a["error"], "no ping socket: icmp says what opens it", a)
    allow_ping(True)


def check_faults(b):
    firewall(b, "ip protocol icmp numgen inc mod 4 == 0 drop")
    a = b.probe("link://10.78.9.2#count=20&interval_ms=20")
    b.check(values(a)[:2] == (1, 25), "every fourth echo lost: 25 %", a)
    firewall(b, "ip protocol icmp drop")
    a = b.probe("link://10.78.9.2#count=4&interval_ms=50")
    b.check(values(a)[:2] == (0, 100) and a["status"] == 1 and a["took"] < SOON, "all lost: down", a)
    firewall(b, "tcp dport 9 drop")
    a = b.probe("tcping://10.78.9.2:9#count=3&interval_ms=50")
    b.check(values(a)[:2] == (0, 100) and a["took"] < SOON, "TCP without an answer: down", a)
    firewall(b, None)
    a = b.probe("link://10.78.9.77#count=3&interval_ms=50")
    b.check(values(a)[:2] == (0, 100), "nobody at that address: down", a)
    a = b.probe("link://10.78.9.2#count=99")
    b.check(a["status"] == 2 and re.search("1 to 32", a["error"]), "too many probes are refused", a)


def main():
    if os.geteuid() != 0:
        print("skipped: only root can make network namespaces")
        return SKIP
    with Bench(needs=["ip", "nft"]) as b:
        if ip("netns", "add", "lwttry", check=False).returncode != 0:
            print("skipped: no network namespaces here")
            return SKIP
        ip("netns", "del", "lwttry")
        b.agent = b.write("agent", f"#!/bin/sh\nexec ip netns exec {NEAR} {b.agent} \"$@\"\n", 0o755)
        try:
            build()
            check_ways(b)
            check_faults(b)
        finally:
            for ns in (NEAR, FAR):
                ip("netns", "del", ns, check=False)
        return b.finish()


sys.exit(main())
