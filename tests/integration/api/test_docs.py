#!/usr/bin/env python3
"""The commands of docs/API.md work as they stand there: only the address and the access file are others."""
import os
import pathlib
import re
import subprocess
import sys

from fixture import Fixture

PASSWORD = "mot mot mot"


def main():
    programs, root = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    blocks = re.findall(r"^```sh\n(.*?)^```", (root / "docs/API.md").read_text(), re.M | re.S)
    assert len(blocks) == 2 and PASSWORD in blocks[1], blocks
    with Fixture(programs, options=["--users", "@/users.db"]) as f:
        db = str(f.path / "users.db")
        subprocess.run([programs / "linewatch", "user", "--db", db, "add", "lan", "--role", "technician"],
                       input=PASSWORD, check=True, text=True, capture_output=True)
        f.say("birth danang/gw")
        f.say("report danang/ups-1 ups.status=2 battery.charge_percent=88")
        text = re.sub(r"^export LINEWATCH_URL=\S+", f"export LINEWATCH_URL=http://127.0.0.1:{f.port}",
                      "".join(blocks), flags=re.M).replace("linewatch user ", f"linewatch user --db {db} ")
        opened = 'for i in $(seq 100); do curl -sf -H "Authorization: Bearer $TOKEN" ' \
                 '"$LINEWATCH_URL/api/v1/incidents/1" > /dev/null && break; sleep 0.1; done\n'
        text = text.replace("curl -sf -H \"Authorization: Bearer $TOKEN\" -d", opened +
                            "curl -sf -H \"Authorization: Bearer $TOKEN\" -d")
        r = subprocess.run(["bash", "-euc", text], cwd=f.path, text=True, capture_output=True, timeout=60,
                           env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"})
        assert r.returncode == 0, (r.returncode, r.stdout[-400:], r.stderr)
        for word in ('"status":"ok"', '"id":"danang"', "battery.charge_percent", "linewatch_seats_ready{",
                     '"owner":"shell"', "event: hello", "gọi điện lực"):
            assert word in r.stdout, (word, r.stdout)
    print("the commands of docs/API.md work")


main()
