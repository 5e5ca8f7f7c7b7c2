#!/usr/bin/env python3
"""A collector that cannot start says why and ends, so that whoever supervises it can act."""
import os
import shutil
import socket
import sys
import tempfile

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "script", "lib"))
from rig import Rig, test_port  # noqa: E402


def main():
    folder = tempfile.mkdtemp(prefix="linewatch-start-")
    rig = Rig(folder, test_port(), sites=1, seats=1,
              build=os.path.basename(os.path.dirname(os.path.abspath(sys.argv[1]))))
    try:
        rig.write_files()
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", rig.http_port))
            taken.listen()
            rig.start_collector()
            code = rig.processes["collector"].wait(10)
        said = rig.tail("collector")
        assert code == 1 and "http.listen" in said, (code, said)
    finally:
        rig.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print("ok")


main()
