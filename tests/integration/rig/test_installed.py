#!/usr/bin/env python3
"""test_installed.py BIN - the programs as a package installs them find their profiles and their page."""
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../script/lib"))
from rig import Rig, test_port  # noqa: E402

ENV = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


def page(url):
    until = time.monotonic() + 15
    while True:
        try:
            with urllib.request.urlopen(url) as answer:
                return answer.read()
        except urllib.error.URLError as e:
            if not isinstance(e.reason, ConnectionRefusedError) or time.monotonic() > until:
                raise
        time.sleep(0.1)


def main():
    build = os.path.dirname(os.path.abspath(sys.argv[1]))
    folder = tempfile.mkdtemp(prefix="linewatch-installed-")
    there = os.path.join(folder, "usr")
    rig = Rig(os.path.join(folder, "rig"), test_port(), sites=1, seats=1, build=os.path.basename(build))
    try:
        subprocess.run(["cmake", "--install", build, "--prefix", there], check=True,
                       stdout=subprocess.DEVNULL)
        asked = subprocess.run([os.path.join(there, "bin/linewatch-agent"), "probe",
                                "snmp://public@127.0.0.1:9"], env=ENV, capture_output=True, text=True)
        assert "no answer" in asked.stdout + asked.stderr, asked
        rig.write_files()
        rig.bin = os.path.join(there, "bin")
        rig.start_collector()
        assert b"<html" in page(f"http://127.0.0.1:{rig.http_port}/").lower()
    finally:
        rig.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print("ok")


main()
