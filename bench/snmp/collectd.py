#!/usr/bin/env python3
"""The same devices and objects polled by collectd's snmp plugin: one request a device and second, no
writer, its best case. Usage: collectd.py COLLECTD POLL_BENCH DEVICES SECONDS"""
import os
import shutil
import subprocess
import sys
import tempfile
import time

COLLECTD, BENCH, DEVICES, SECONDS = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
PLUGINS = os.path.join(os.path.dirname(COLLECTD), "../lib/collectd")
UPS = "1.3.6.1.2.1.33.1."
OBJECTS = ["1.3.6.1.2.1.1.3.0"] + [UPS + x for x in
           ["2.1.0", "2.2.0", "2.3.0", "2.4.0", "2.5.0", "2.7.0", "4.1.0", "4.2.0", "3.3.1.0",
            "7.3.0", "9.7.0"]]


def configuration(folder, port):
    values = " ".join(f'"{o}"' for o in OBJECTS)
    hosts = "".join(f"""  <Host "d{i}">
    Address "127.1.{i // 250}.{i % 250 + 1}:{port}"
    Version 2
    Community "public"
    Collect "ups"
    Interval 1
  </Host>
""" for i in range(DEVICES))
    with open(folder + "/types.db", "w", encoding="ascii") as f:
        f.write("lwups " + ", ".join(f"v{i}:GAUGE:U:U" for i in range(len(OBJECTS))) + "\n")
    with open(folder + "/collectd.conf", "w", encoding="ascii") as f:
        f.write(f"""BaseDir "{folder}"
PluginDir "{PLUGINS}"
PIDFile "{folder}/pid"
TypesDB "{folder}/types.db"
Interval 1
ReadThreads 5
LoadPlugin snmp
<Plugin snmp>
  <Data "ups">
    Type "lwups"
    Table false
    Values {values}
  </Data>
{hosts}</Plugin>
""")


def cpu_us(pid):
    with open(f"/proc/{pid}/schedstat", encoding="ascii"):
        pass
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as f:
            total += int(f.read().split()[0])
    return total / 1000


def requests(server):
    server.stdin.write("\n")
    server.stdin.flush()
    return int(server.stdout.readline())


def main():
    folder = tempfile.mkdtemp()
    server = subprocess.Popen([BENCH, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    configuration(folder, int(server.stdout.readline()))
    env = dict(os.environ, MIBS="", SNMP_PERSISTENT_DIR=folder)
    collectd = subprocess.Popen([COLLECTD, "-f", "-C", folder + "/collectd.conf"], env=env,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(5)
        cpu, polls = cpu_us(collectd.pid), requests(server)
        time.sleep(SECONDS)
        cpu, polls = cpu_us(collectd.pid) - cpu, requests(server) - polls
        if polls == 0:
            print("collectd asked nothing")
        else:
            print(f"{'collectd, one request a device':34} {cpu / polls:8.1f} us CPU a poll  "
                  f"{polls / SECONDS:.0f} polls a second of {DEVICES}")
    finally:
        collectd.terminate()
        collectd.wait(10)
        server.stdin.close()
        server.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


main()
