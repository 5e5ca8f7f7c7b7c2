#!/usr/bin/env python3
"""What people planned outlives a restart, and so do sessions and the log; a stream from before it is
told to load everything anew."""
import sys
import time

from fixture import Fixture
from test_events import Stream


def soon(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def main():
    with Fixture(sys.argv[1], options=["--anonymous", "technician", "--users", "@/users.db"]) as f:
        f.healthy()
        n = f.cut_power()
        f.post(f"/api/v1/incidents/{n}/note", {"text": "before the restart"})
        kept = f.post("/api/v1/maintenance", {"target": "danang", "until": "2100-01-01T00:00:00Z",
                                              "reason": "đổi pin"}).json
        ended = f.post("/api/v1/maintenance", {"target": "hanoi", "until": "2100-01-01T00:00:00Z"}).json
        assert f.ask("DELETE", f"/api/v1/maintenance/{ended['id']}").status == 204
        other = "minh" if f.get("/api/v1/oncall").json["now"] == "lan" else "lan"
        f.post("/api/v1/oncall/swaps", {"person": other, "until": soon(3600), "reason": "ốm"})
        f.post("/api/v1/oncall/holidays", {"name": "Tết", "people": ["minh", "lan"], "from": soon(7200),
                                           "until": soon(99999), "shift_s": 7200})
        rota = f.get("/api/v1/oncall").json
        stream = Stream(f.port)
        last = stream.next()[1]
        stream.close()
        time.sleep(0.5)  # the store's commit
        f.restart()
        windows = f.get("/api/v1/maintenance").json["maintenance"]
        assert [w["id"] for w in windows] == [kept["id"]] and windows[0]["reason"] == "đổi pin", windows
        again = f.get("/api/v1/oncall").json
        assert again["now"] == other and len(again["swaps"]) == len(again["holidays"]) == 1, again
        for part in ("swaps", "holidays"):
            assert again[part] == rota[part], (again[part], rota[part])
        stream = Stream(f.port, since=last)
        assert stream.next()[0] == "reset"
        stream.close()
        old = f.get(f"/api/v1/incidents/{n}").json
        texts = [e["data"].get("text") for e in old["timeline"]]
        assert old["root"] == "danang/ups-1/on_battery" and "before the restart" in texts, old
        listed = f.get("/api/v1/incidents?state=all").json["incidents"]
        assert n in [i["incident"] for i in listed], listed
        assert f.ask("DELETE", f"/api/v1/maintenance/{kept['id']}").status == 204
    print("ok")


main()
