#!/usr/bin/env python3
"""What is known of an incident and of a seat when it is over: whom it cost, when, and where it is found."""
import sys
import time

from fixture import Document, Fixture, wait_for

SEAT = "danang/01"


def numbers(f, query):
    return [i["incident"] for i in f.get("/api/v1/incidents?" + query).json["incidents"]]


def lose_a_seat(f):
    f.say("report danang/ws-01-headset headset.present=0")
    wait_for(lambda: f.get("/api/v1/incidents").json["incidents"], "an incident opens", 30)
    i = f.get("/api/v1/incidents").json["incidents"][0]
    assert i["root"] == "danang/ws-01-headset/missing" and i["seats"] == [SEAT], i
    return i["incident"]


def check_seats(f, d, n):
    one = f.get(f"/api/v1/incidents/{n}")
    d.check("GET", f"/api/v1/incidents/{n}", one)
    assert one.json["seats"] == [SEAT] and one.json["n_seats"] == 1, one.json
    listed = f.get("/api/v1/incidents?state=all").json["incidents"]
    assert [i["seats"] for i in listed if i["incident"] == n] == [[SEAT]], listed


def check_filters(f, n, began):
    for query in (f"entity={SEAT}", "entity=danang", "entity=danang/ws-01-headset", "class=headset",
                  "class=seat", f"from={began}", f"to={time.time()}", "site=danang&class=seat"):
        assert n in numbers(f, "state=all&" + query), query
    for query in ("entity=danang/02", "entity=hanoi", "class=ups", f"to={began - 60}",
                  f"from={time.time() + 60}", "site=hanoi"):
        assert numbers(f, "state=all&" + query) == [], query


def check_bars(f, began):
    rows = f.get(f"/api/v1/uptime?seat={SEAT}&step=60&from={began - 600}").json["uptime"]
    assert [(r["kind"], r["id"]) for r in rows] == [("seat", SEAT)], rows
    row = rows[0]
    assert row["down_s"] > 0 and row["up_s"] > 0 and row["outages"] == 1, row
    for part in ("up_s", "down_s", "planned_s", "unknown_s"):
        assert abs(sum(row["bars"][part]) - row[part]) < 0.01, row
    whole = f.get(f"/api/v1/uptime?site=danang&from={began - 600}").json["uptime"]
    same = [r for r in whole if r["kind"] == "seat" and r["id"] == SEAT][0]
    assert abs(same["down_s"] - row["down_s"]) < 0.01, (same, row)
    other = f.get(f"/api/v1/uptime?seat=danang/02&from={began}").json["uptime"][0]
    assert other["down_s"] == 0 and "bars" not in other, other
    assert f.get(f"/api/v1/uptime?seat={SEAT}&format=html").status == 200
    assert f.get(f"/api/v1/uptime?seat={SEAT}&format=csv").body.count(b"\r\n") == 2


def check_timeline(f, n):
    """The same alarm comes again once the incident is over: that is another's."""
    f.say("report danang/ws-01-headset headset.present=0")
    wait_for(lambda: f.get("/api/v1/alarms").json["alarms"], "the same alarm again")
    time.sleep(0.5)  # the store's commit
    over = f.get(f"/api/v1/incidents/{n}").json
    assert max(e["at"] for e in over["timeline"] if e["type"] == "alarm") <= over["closed_at"], over


def main():
    d = Document(sys.argv[2])
    with Fixture(sys.argv[1], options=["--anonymous", "technician"]) as f:
        began = time.time()
        f.healthy()
        n = lose_a_seat(f)
        f.say("report danang/ws-01-headset headset.present=1")
        wait_for(lambda: f.get(f"/api/v1/incidents/{n}").json["state"] == "closed", "it is over", 100)
        now = f.get("/api/v1/incidents").json["incidents"][0]
        assert now["seats"] == [], "the engine knows of no seat that it costs now"
        time.sleep(0.5)  # the store's commit
        check_seats(f, d, n)
        check_filters(f, n, began)
        check_bars(f, began)
        check_timeline(f, n)
        f.restart()
        check_seats(f, d, n)
    print("ok")


main()
