#!/usr/bin/env python3
"""Devices that answer wrongly, late, twice or too much, read by the real `linewatch-agent probe`.

Usage: test_hostile.py LINEWATCH_AGENT SOURCE_DIR"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fake import MISSING, Device, integer, key, now, oid, read_oid, take, tlv, value  # noqa: E402

AGENT, SOURCE = sys.argv[1], sys.argv[2]
failures = []

UPS = {
    "1.3.6.1.2.1.1.1.0": "a UPS", "1.3.6.1.2.1.1.2.0": oid("1.3.6.1.2.1.33"),
    "1.3.6.1.2.1.1.3.0": tlv(0x43, b"\x01\x00"), "1.3.6.1.2.1.1.5.0": "ups",
    "1.3.6.1.2.1.33.1.2.1.0": 2, "1.3.6.1.2.1.33.1.2.3.0": 40, "1.3.6.1.2.1.33.1.2.4.0": 100,
    "1.3.6.1.2.1.33.1.3.3.1.3.1": 230, "1.3.6.1.2.1.33.1.4.1.0": 3,
    "1.3.6.1.2.1.33.1.4.4.1.2.1": 229, "1.3.6.1.2.1.33.1.4.4.1.5.1": 20,
}
GOOD = {"battery.charge_percent": 100, "battery.runtime_seconds": 2400, "ups.status": "online",
        "input.voltage_volts": 230, "output.voltage_volts": 229, "output.load_percent": 20}


def probe(device, version="2c"):
    started = now()
    query = f"?version={version}" if version else ""
    p = subprocess.run([AGENT, "probe", f"snmp://public@127.0.0.1:{device.port}{query}", "--json"],
                       capture_output=True, text=True, timeout=60)
    took = now() - started
    try:
        return p.returncode, json.loads(p.stdout), took
    except ValueError:
        return p.returncode, {"values": {}, "error": p.stderr}, took


def check(name, ok, detail=""):
    print(f"{'ok  ' if ok else 'FAIL'} {name}{'' if ok else ': ' + str(detail)}")
    if not ok:
        failures.append(name)


def reads_all(got):
    return all(got["values"].get(k) == v for k, v in GOOD.items())


def case(name, answer, expect, objects=None, version="2c", everything=None):
    d = Device(objects or UPS, answer, everything)
    code, got, took = probe(d, version)
    check(name, expect(code, got, took), (code, got, round(took, 1)))
    d.close()
    return d


def late(seconds):
    return lambda d, rq: [(seconds, d.sock, d.reply(rq))]


def lose_first():
    seen = set()

    def answer(d, rq):
        if rq["id"] in seen:
            return [(0, d.sock, d.reply(rq))]
        seen.add(rq["id"])
        return []
    return answer


def too_big(limit):
    def answer(d, rq):
        if len(rq["names"]) > limit:
            return [(0, d.sock, d.reply(rq, binds=[], status=1))]
        return [(0, d.sock, d.reply(rq))]
    return answer


def v1_style(d, rq):
    """noSuchName for the first object that is not there, as SNMPv1 has it."""
    if rq["pdu"] != 0xA0:
        follower = d.next_of(rq["names"][0])
        if follower is None:
            return [(0, d.sock, d.reply(rq, binds=[], status=2, index=1))]
        return [(0, d.sock, d.reply(rq))]
    for i, n in enumerate(rq["names"]):
        if n not in d.objects:
            return [(0, d.sock, d.reply(rq, binds=[], status=2, index=i + 1))]
    return [(0, d.sock, d.reply(rq))]


def other_names(d, rq):
    binds = [tlv(0x30, oid("1.3.6.1.4.1.4242.1." + str(i)) + integer(77))
             for i, _ in enumerate(rq["names"])]
    return [(0, d.sock, d.reply(rq, binds=binds))]


def in_circles(d, rq):
    if rq["pdu"] == 0xA0:
        return [(0, d.sock, d.reply(rq))]
    return [(0, d.sock, d.reply(rq, binds=[tlv(0x30, oid(rq["names"][0] + ".1") + integer(1))] * 3))]


def garbage(d, rq):
    return [(0, d.sock, os.urandom(300)), (0, d.sock, b""), (0, d.sock, d.reply(rq)[:-3]),
            (0, d.sock, b"\x30\x84\xff\xff\xff\xff" + os.urandom(50))]


def only(version, then):
    return lambda d, rq: then(d, rq) if rq["version"] == version else []


def plain(d, rq):
    return [(0, d.sock, d.reply(rq))]


def version_one():
    """A card that drops what is not version 1, where nobody said so."""
    case("a v1-only card is found by itself", only(0, v1_style),
         lambda c, g, t: c == 0 and reads_all(g) and t < 200
         and any("version 1" in e for e in g["evidence"]), version=None)
    case("a slow v2c device is not taken for a v1 one", late(1.3),
         lambda c, g, t: c == 0 and reads_all(g) and not any("version 1" in e for e in g["evidence"]),
         version=None)
    case("a v2c device is asked in v2c only", only(1, plain),
         lambda c, g, t: c == 0 and reads_all(g) and t < 20, version=None)
    case("a version that was given is kept to", only(0, v1_style),
         lambda c, g, t: c == 1 and not g["values"], version="2c")
    d = Device(UPS, only(0, v1_style))
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "agent.yaml"), "w", encoding="utf-8") as f:
            f.write("name: danang/gw\nbroker: {host: 127.0.0.1, port: 1}\n"
                    f"journal: {{path: {folder}/journal}}\ndevices:\n"
                    f"  - {{id: ups-1, class: ups, url: 'snmp://127.0.0.1:{d.port}'}}\n")
        p = subprocess.run([AGENT, "--config", f.name, "--once"], capture_output=True, text=True, timeout=60)
        got = json.loads(p.stdout)["devices"]["danang/ups-1"] if p.stdout else {"values": {}}
        check("a configured device without a version is read", reads_all(got), p.stdout + p.stderr)
    p = subprocess.run([AGENT, "discover", "127.0.0.1", "--port", str(d.port), "--yes"],
                       capture_output=True, text=True, timeout=60)
    check("discover finds it too", "class: ups" in p.stdout and "version 1 only" in p.stdout, p.stdout)
    p = subprocess.run([AGENT, "probe", f"snmp://public@127.0.0.1:{d.port}", "--suggest"],
                       capture_output=True, text=True, timeout=60)
    check("a draft is written of it", p.returncode == 0 and "1.3.6.1.2.1.33" in p.stdout, p.stdout)
    d.close()


def commands():
    """probe --suggest and discover, over devices of our own."""
    roots = refused_roots()
    tables = {".".join(map(str, r)) + ".1.7.1": "0912345678" for r in roots}
    odd = {"1.3.6.1.4.1.4242.1.0": 2310, "1.3.6.1.4.1.4242.2.0": 'quote " and \\', **tables,
           "1.3.6.1.2.1.1.1.0": 'a "new" device', "1.3.6.1.2.1.1.2.0": oid("1.3.6.1.4.1.4242.9")}
    d = Device(odd)
    url = f"snmp://public@127.0.0.1:{d.port}"
    p = subprocess.run([AGENT, "probe", url, "--suggest"], capture_output=True, text=True, timeout=60)
    draft = p.stdout
    check("a draft is written", p.returncode == 0 and "1.3.6.1.4.1.4242.1.0" in draft, p.stderr)
    check("a draft holds no call tables", "0912345678" not in draft, draft)
    asked = [key(n) for rq in d.asked for n in rq["names"]]
    check("a draft's walk asks for nothing refused",
          not [n for n in asked for r in roots if n[:len(r)] == r])
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(os.path.join(SOURCE, "profiles/system.yaml"), folder)
        with open(os.path.join(folder, "my-device.yaml"), "w", encoding="utf-8") as f:
            f.write(draft.replace("  # - {metric: input.voltage_volts, oid: 1.3.6.1.4.1.4242.1.0",
                                  "  - {metric: input.voltage_volts, oid: 1.3.6.1.4.1.4242.1.0"))
        p = subprocess.run([AGENT, "probe", url, "--profile", "my-device", "--json"],
                           capture_output=True, text=True, timeout=60,
                           env=dict(os.environ, LINEWATCH_PROFILES=folder))
        ok = p.returncode == 0 and json.loads(p.stdout)["values"].get("input.voltage_volts") == 231
        check("a draft with a row uncommented reads the device", ok, p.stdout + p.stderr)
    d.close()
    d = Device(UPS)
    p = subprocess.run([AGENT, "discover", "127.0.0.1-3", "--port", str(d.port), "--yes"],
                       capture_output=True, text=True, timeout=60)
    check("discover writes down what answers",
          p.returncode == 0 and "class: ups" in p.stdout and "# 1 of 3 answered" in p.stdout, p.stdout)
    p = subprocess.run([AGENT, "discover", "10.0.0.0/8", "--yes"], capture_output=True, text=True,
                       timeout=60)
    check("discover refuses a range that is too large", p.returncode == 2 and "/20" in p.stderr)
    d.close()


def main():
    case("an honest device is read", None, lambda c, g, t: c == 0 and reads_all(g) and t < 20)
    case("900 ms late is not too late", late(0.9), lambda c, g, t: c == 0 and reads_all(g))
    case("a lost request is asked again after 1 s", lose_first(),
         lambda c, g, t: c == 0 and reads_all(g) and t > 0.9)
    case("an answer from another port is nobody's",
         lambda d, rq: [(0, d.other, d.reply(rq))], lambda c, g, t: c == 1 and not g["values"])
    case("an answer with another id is nobody's",
         lambda d, rq: [(0, d.sock, d.reply(rq, rid=b"\x01\x02\x03\x04"))],
         lambda c, g, t: c == 1 and not g["values"])
    case("another object than asked is no value", other_names,
         lambda c, g, t: not [k for k, v in g["values"].items() if v == 77])
    case("noSuchInstance everywhere is an unknown device",
         lambda d, rq: [(0, d.sock, d.reply(rq, binds=[tlv(0x30, oid(n) + MISSING)
                                                      for n in rq["names"]]))],
         lambda c, g, t: c == 0 and not g["values"] and g["class"] == "unknown")
    case("an answer that comes twice counts once",
         lambda d, rq: [(0, d.sock, d.reply(rq)), (0, d.sock, d.reply(rq))],
         lambda c, g, t: c == 0 and reads_all(g))
    case("after the time-out nothing is believed", late(30),
         lambda c, g, t: c == 1 and not g["values"] and 4 < t < 20)
    case("60 KB of text are cut", None,
         lambda c, g, t: c == 0 and reads_all(g) and len(g["values"]["sys.descr"]) < 300,
         dict(UPS, **{"1.3.6.1.2.1.1.1.0": "x" * 60000}))
    case("tooBig halves the request", too_big(5), lambda c, g, t: c == 0 and reads_all(g))
    case("SNMPv1 leaves out what is not there", v1_style,
         lambda c, g, t: c == 0 and reads_all(g), version="1")
    case("a walk in circles ends", in_circles, lambda c, g, t: c == 0 and reads_all(g))
    case("noise is survived", garbage, lambda c, g, t: c == 1)
    version_one()
    refused_on_the_wire()
    commands()
    if failures:
        print(f"{len(failures)} failed")
    return 1 if failures else 0


def refused_roots():
    text = open(os.path.join(SOURCE, "agent/core/refused.c"), encoding="utf-8").read()
    rows = re.findall(r"\{ \d+, \{ ([\d, \n\t]+) \} \}", text)
    return [tuple(int(x) for x in r.replace("\n", " ").split(",")) for r in rows]


def refused_on_the_wire():
    """A device that has everything, call tables included: none of those is asked for."""
    roots = refused_roots()
    tables = {".".join(map(str, r)) + ".1.7.1": "0912345678" for r in roots}
    for everything in ["1", 1]:
        for version in ["2c", "1"]:
            d = case(f"all of {everything!r} over v{version}: no table of calls is asked",
                     None, lambda c, g, t: "0912345678" not in json.dumps(g),
                     dict(UPS, **tables), version, everything)
            asked = [key(n) for rq in d.asked for n in rq["names"]]
            bad = [n for n in asked for r in roots if n[:len(r)] == r]
            check(f"{len(asked)} objects on the wire, none refused", asked and not bad, bad[:3])


sys.exit(main())
