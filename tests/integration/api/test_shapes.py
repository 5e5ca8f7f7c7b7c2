#!/usr/bin/env python3
"""Every endpoint answers as docs/openapi.yaml says: while all is well, in trouble, after people acted."""
import sys
import time

from fixture import Document, Fixture, wait_for

PATHS = """/healthz /readyz /api/v1/start /api/v1/status /api/v1/sites /api/v1/sites/danang /api/v1/seats
/api/v1/seats?site=danang /api/v1/devices /api/v1/devices?class=ups /api/v1/devices?site=hanoi&state=up
/api/v1/devices?agent=hanoi/gw /api/v1/devices/danang/ups-1 /api/v1/devices/danang%2Fups-1
/api/v1/devices/danang/ups-1/readings /api/v1/devices/danang%2Fups-1/readings /api/v1/devices/qms
/api/v1/readings /api/v1/readings?metric=battery.charge_percent /api/v1/alarms
/api/v1/alarms?severity=major /api/v1/incidents /api/v1/incidents?state=all
/api/v1/incidents?state=open&site=danang /api/v1/incidents?state=closed /api/v1/incidents?state=all&class=ups&from=2026-01-01T00:00:00Z
/api/v1/incidents?state=all&entity=danang/01&to=1795000000 /api/v1/incidents?class=seat /api/v1/maintenance
/api/v1/silences/preview?target=danang /api/v1/silences/preview?target=danang/01&code=missing
/api/v1/uptime?seat=danang/01&step=3600 /api/v1/uptime?seat=danang/01&step=month&from=2026-01-01T00:00:00Z
/api/v1/availability /api/v1/availability?entity=danang/ups-1&step=3600
/api/v1/availability?entity=danang&kind=site&step=month&from=2026-01-01T00:00:00Z
/api/v1/history?entity=danang/ups-1&metric=battery.charge_percent
/api/v1/history?entity=danang/ups-1&metric=battery.charge_percent&resolution=60
/api/v1/history?entity=danang/ups-1&metric=output.load_percent&from=2026-01-01T00:00:00Z
/api/v1/uptime /api/v1/uptime?only=sites /api/v1/uptime?only=classes&step=3600
/api/v1/uptime?step=month&from=2026-01-01T00:00:00Z /api/v1/availability?class=ups&step=3600 /api/v1/uptime?site=danang /api/v1/drills
/api/v1/log /api/v1/log?type=alarm&limit=5 /api/v1/oncall /api/v1/agents /api/v1/agents?site=danang
/api/v1/doctor /api/v1/search?q=nang /api/v1/search?q=ups-1 /api/v1/metrics /api/v1/session""".split()

WRONG = """400 /api/v1/devices?class=toaster
400 /api/v1/devices?limit=0
400 /api/v1/devices?limit=x
404 /api/v1/devices?site=atlantis
404 /api/v1/devices/danang/ups-9
404 /api/v1/sites/atlantis
404 /api/v1/incidents/99
404 /api/v1/incidents/x
400 /api/v1/incidents?state=odd
400 /api/v1/incidents?class=toaster
400 /api/v1/incidents?state=all&from=soon
400 /api/v1/silences/preview
404 /api/v1/silences/preview?target=nobody
400 /api/v1/silences/preview?target=danang&code=made_up
409 /api/v1/silences/preview?target=danang&code=dark
404 /api/v1/uptime?seat=danang/99
400 /api/v1/uptime?seat=danang/01&only=sites
400 /api/v1/history?entity=danang/ups-1
404 /api/v1/history?entity=x&metric=ups.status
400 /api/v1/history?entity=danang/ups-1&metric=sys.name
400 /api/v1/availability?entity=danang&step=1
400 /api/v1/availability?entity=danang&step=60&from=0
400 /api/v1/availability?from=2100-01-01T00:00:00Z
404 /api/v1/availability?entity=nobody
400 /api/v1/log?since=yesterday
400 /api/v1/uptime?month=2026-13
400 /api/v1/uptime?format=pdf
400 /api/v1/uptime?only=x
400 /api/v1/uptime?step=60&from=0
400 /api/v1/availability?class=toaster
400 /api/v1/search
403 /api/v1/audit""".split("\n")


def check_all(f, d, when):
    for path in PATHS:
        a = f.get(path)
        if a.status != 200:
            raise SystemExit(f"{when}: {path}: {a.status} {a.body[:300]}")
        d.check("GET", path, a)
    for line in WRONG:
        status, path = line.split(" ")
        a = f.get(path)
        if a.status != int(status):
            raise SystemExit(f"{when}: {path}: {a.status}, wanted {status}: {a.body[:300]}")
        d.check("GET", path, a)
        assert a.headers["Content-Type"] == "application/problem+json", path
    print(f"{when}: {len(PATHS)} answers and {len(WRONG)} refusals as documented")


def check_values(f):
    ups = {r["metric"]: r for r in f.get("/api/v1/devices/danang/ups-1").json["readings"]}
    assert ups["ups.status"]["value"] == "online" and ups["ups.status"]["number"] == 1, ups
    assert ups["input.voltage_volts"]["value"] == 228.1, ups
    ws = f.get("/api/v1/devices/danang/ws-01/readings").json["readings"]
    memory = [r for r in ws if r["metric"] == "host.memory_used_percent"][0]
    assert memory["value"] is None and memory["quality"] == "unknown", memory
    assert memory["reason"] == "sentinel", memory
    hits = f.get("/api/v1/search?q=da%20nang").json["results"]
    assert {"kind": "site", "id": "danang", "name": "Đà Nẵng", "site": "danang"} in hits, hits
    hits = [h["id"] for h in f.get("/api/v1/search?q=ups%20da%20nang").json["results"]]
    assert hits == ["danang/ups-1"], hits
    status = f.get("/api/v1/status").json
    assert status["hotline"]["seats_ready"] == 9 and status["hotline"]["state"] == "full", status
    text = f.get("/metrics").body.decode()
    assert 'linewatch_battery_charge_percent{device="danang/ups-1",site="danang",class="ups"} 100' \
        in text
    assert 'linewatch_seats_ready{site="danang"} 3' in text
    assert "host_memory_used_percent" not in text, "an unknown value is not a number"


def check_pages(f):
    seen, path = [], "/api/v1/devices?limit=7"
    while path:
        page = f.get(path).json
        assert len(page["devices"]) <= 7
        seen += [x["id"] for x in page["devices"]]
        path = page["next"] and f"/api/v1/devices?limit=7&after={page['next']}"
    everything = [x["id"] for x in f.get("/api/v1/devices").json["devices"]]
    assert seen == everything and len(seen) == len(set(seen)) == 37, (len(seen), len(everything))


def check_headers(f):
    a = f.get("/api/v1/metrics", Accept_Encoding="gzip")
    assert a.headers["Content-Encoding"] == "gzip" and a.body[:2] == b"\x1f\x8b"
    etag = f.get("/api/v1/metrics").headers["ETag"]
    again = f.get("/api/v1/metrics", If_None_Match=etag)
    assert again.status == 304 and again.body == b"", again.status
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options"):
        assert a.headers[name], name
    assert "unsafe" not in a.headers["Content-Security-Policy"]
    vi = f.get("/api/v1/sites/x").json
    en = f.get("/api/v1/sites/x?lang=en").json
    assert vi["detail"] == vi["text"]["vi"] != en["detail"] == en["text"]["en"], (vi, en)
    page = f.get("/api/v1/uptime?format=html&lang=en")
    assert page.status == 200 and page.headers["Content-Type"].startswith("text/html"), page.status
    assert "script-src" not in page.headers["Content-Security-Policy"], "a report runs nothing"
    assert f.ask("HEAD", "/api/v1/status").status == 200
    assert f.ask("DELETE", "/api/v1/status").status == 405
    assert f.get("/no/such.file").status == 404


def act(f, d, method, path, body, status):
    a = f.ask(method, path, body)
    if a.status != status:
        raise SystemExit(f"{method} {path}: {a.status}, wanted {status}: {a.body[:300]}")
    d.check(method, path, a)
    return a.json if a.body else None


def cut_power(f, d):
    n = f.cut_power()
    i = f.get(f"/api/v1/incidents/{n}").json
    assert i["root"] == "danang/ups-1/on_battery" and i["site"] == "danang", i
    start = f.get("/api/v1/start").json
    assert n in [x["incident"] for x in start["incidents"]] and start["session"]["role"], start
    parts = {x["id"]: x for s in start["status"]["sites"] for x in s["parts"]}
    assert parts["danang/ups-1"]["alarms"] == 1 and parts["danang/ups-1"]["role"] == "power", parts
    assert parts["hanoi/ups-1"]["alarms"] == 0 and parts["danang/router-1"]["role"] == "link", parts
    assert "Mất điện lưới" in i["reason"] and "ups-1" in i["why"]["en"], i
    en = f.get(f"/api/v1/incidents/{n}?lang=en").json["reason"]
    assert en == i["why"]["en"] != i["reason"] == i["why"]["vi"], (en, i["why"])
    assert f.get("/api/v1/incidents?lang=en").json["incidents"][0]["reason"] == en
    a = [x for x in f.get("/api/v1/alarms").json["alarms"] if x["code"] == "on_battery"][0]
    assert a["state"] == "raised" and a["incident"] == n, a
    scope = f.get("/api/v1/silences/preview?target=danang").json
    assert [x["alarm"] for x in scope["alarms"]] == ["danang/ups-1/on_battery"] and scope["n_alarms"] == 1, scope
    assert {"on_battery", "missing", "unreachable"} <= set(scope["codes"]) and "dark" in scope["never"], scope
    one = f.get("/api/v1/silences/preview?target=danang/ups-1").json
    wait_for(lambda: f.get("/api/v1/silences/preview?target=danang/ups-1").json["past"] == 1, "the log has it")
    assert one["things"] == 1 and "missing" not in one["codes"] and not one["never"], one
    none = f.get("/api/v1/silences/preview?target=danang/ups-1&code=overload").json
    assert none["n_alarms"] == 0 and none["past"] == 0 and none["codes"] == one["codes"], none
    check_all(f, d, "on battery")
    return n, a["id"]


def people_act(f, d, n, alarm):
    one = f"/api/v1/incidents/{n}"
    acked = act(f, d, "POST", one + "/ack", {"by": "lan", "seconds": 600}, 200)
    assert acked["owner"] == "lan" and acked["owned_until"], acked
    assert act(f, d, "POST", one + "/take", {"by": "minh"}, 200)["owner"] == "minh"
    act(f, d, "POST", one + "/note", {"text": "đã gọi điện lực"}, 200)
    act(f, d, "POST", one + "/verdict", {"verdict": "useful"}, 200)
    act(f, d, "POST", one + "/verdict", {"verdict": "odd"}, 400)
    act(f, d, "POST", one + "/note", {"text": "x" * 501}, 400)
    act(f, d, "POST", one + "/note", "not json", 400)
    act(f, d, "POST", "/api/v1/incidents/99/ack", {}, 404)
    shelved = act(f, d, "POST", f"/api/v1/alarms/{alarm}/shelve", {"seconds": 600}, 200)
    assert shelved["state"] == "shelved", shelved
    quiet = f.get(one).json
    d.check("GET", one, f.get(one))
    assert quiet["shelved"] and quiet["severity"] == "major", quiet
    wait_for(lambda: "shelve" in [e["type"] for e in f.get(one).json["timeline"]],
             "the shelving in the incident's timeline")
    act(f, d, "POST", f"/api/v1/alarms/{alarm}/shelve", {}, 400)
    silences = "/api/v1/silences"
    assert [s["code"] for s in f.get(silences).json["silences"]] == ["on_battery"]
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 7200))
    scope = f.get(silences + "/preview?target=danang").json
    assert scope["n_alarms"] == 0, "what is shelved already is not hidden once more"
    s = act(f, d, "POST", silences, {"target": "danang", "until": soon, "reason": "tập huấn", "by": "lan"}, 201)
    assert s["active"] and s["code"] is None, s
    for body, status in (({"target": "nobody", "until": soon}, 404), ({"target": "danang"}, 400),
                         ({"target": "danang", "until": "2100-01-01T00:00:00Z"}, 400),
                         ({"target": "danang", "code": "made_up", "until": soon}, 400),
                         ({"target": "danang", "code": "dark", "until": soon}, 409)):
        act(f, d, "POST", silences, body, status)
    d.check("GET", silences, f.get(silences))
    assert f.get(one).json["shelved"] is True
    act(f, d, "DELETE", f"{silences}/{s['silence']}", None, 204)
    act(f, d, "DELETE", f"{silences}/{s['silence']}", None, 404)
    end = "2100-01-01T00:00:00Z"
    w = act(f, d, "POST", "/api/v1/maintenance",
            {"target": "danang/ups-1", "until": end, "reason": "đổi pin"}, 201)
    assert w["active"] and w["reason"] == "đổi pin", w
    act(f, d, "POST", "/api/v1/maintenance", {"target": "nobody", "until": end}, 404)
    act(f, d, "POST", "/api/v1/maintenance", {"target": "danang", "until": "2001-01-01T00:00:00Z"},
        400)
    assert len(f.get("/api/v1/maintenance").json["maintenance"]) == 1
    act(f, d, "DELETE", f"/api/v1/maintenance/{w['id']}", None, 204)
    act(f, d, "DELETE", f"/api/v1/maintenance/{w['id']}", None, 404)
    w = act(f, d, "POST", "/api/v1/maintenance", {"target": "hanoi/01", "until": end}, 201)
    wait_for(lambda: f.get("/api/v1/devices/hanoi/ws-01-headset").json["state"] == "planned",
             "a seat's parts are in maintenance with it")
    act(f, d, "DELETE", f"/api/v1/maintenance/{w['id']}", None, 204)
    time.sleep(0.5)  # the store's commit
    kinds = {e["type"] for e in f.get(one).json["timeline"]}
    assert {"alarm", "incident", "ack", "take", "note", "verdict"} <= kinds, kinds
    print("people acted, and the timeline says so")


def change_rota(f, d):
    swaps, holidays = "/api/v1/oncall/swaps", "/api/v1/oncall/holidays"
    before = f.get("/api/v1/oncall").json["now"]
    other = "minh" if before == "lan" else "lan"
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 7200))
    week = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 7 * 86400))
    s = act(f, d, "POST", swaps, {"person": other, "until": soon, "reason": "ốm", "by": "lan"}, 201)
    now = f.get("/api/v1/oncall").json
    first = now["shifts"][0]
    assert now["now"] == first["person"] == other and s["by"] == "lan" and now["swaps"] == [s], now
    assert first["kind"] == "swap" and first["label"] == "ốm" and first["until"][:19] + "Z" == soon, first
    assert now["shifts"][1]["kind"] == "rotation" and now["shifts"][1]["person"] == before, now
    h = act(f, d, "POST", holidays, {"name": "Tết", "people": ["minh", "lan"], "from": soon, "until": week,
                                     "shift_s": 86400}, 201)
    shifts = f.get("/api/v1/oncall").json["shifts"]
    assert [x["person"] for x in shifts[1:4]] == ["minh", "lan", "minh"], shifts
    assert shifts[1]["kind"] == "holiday" and shifts[1]["label"] == "Tết", shifts
    d.check("GET", "/api/v1/oncall", f.get("/api/v1/oncall"))
    for path, body, status in ((swaps, {"person": "nobody", "until": soon}, 404),
                               (swaps, {"person": other}, 400),
                               (swaps, {"person": other, "until": "2001-01-01T00:00:00Z"}, 400),
                               (swaps, {"person": other, "until": "2100-01-01T00:00:00Z"}, 400),
                               (swaps, {"person": 7, "until": soon}, 400),
                               (holidays, {"name": "Tết", "people": [], "until": soon}, 400),
                               (holidays, {"name": "Tết", "people": ["lan", "x"], "until": soon}, 404),
                               (holidays, {"people": ["lan"], "until": soon}, 400),
                               (holidays, {"name": "Tết", "people": ["lan"], "until": soon,
                                           "shift_s": 1}, 400)):
        act(f, d, "POST", path, body, status)
    act(f, d, "DELETE", f"{holidays}/{s['id']}", None, 404)
    act(f, d, "DELETE", f"{swaps}/{s['id']}", None, 204)
    act(f, d, "DELETE", f"{swaps}/{s['id']}", None, 404)
    act(f, d, "DELETE", f"{holidays}/{h['id']}", None, 204)
    after = f.get("/api/v1/oncall").json
    assert after["now"] == before and not after["swaps"] and not after["holidays"], after
    time.sleep(0.5)  # the store's commit
    kinds = {e["type"] for e in f.get("/api/v1/log?limit=50").json["log"]}
    assert {"swap", "swap_end", "holiday", "holiday_end"} <= kinds, kinds
    print("the rota was changed and changed back, and the log says so")


def check_past(f):
    start = time.time() - 600
    rows = f.get(f"/api/v1/uptime?only=sites&from={start}").json["uptime"]
    assert [r["kind"] for r in rows] == ["hotline", "site", "site", "site"], rows
    assert rows[0]["up_s"] >= max(r["up_s"] for r in rows[1:]) - 0.01, rows
    row = f.get(f"/api/v1/availability?entity=danang/ups-1&step=60&from={start}").json["availability"][0]
    total = row["up_s"] + row["down_s"] + row["planned_s"] + row["unknown_s"]
    assert abs(total - 600) < 2 and row["up_s"] > 0 and row["unknown_s"] > 0, row
    assert abs(sum(row["bars"]["up_s"]) - row["up_s"]) < 0.01, row
    h = f.get("/api/v1/history?entity=danang/ups-1&metric=battery.charge_percent"
              f"&from={start}&resolution=0").json
    assert h["avg"][0] == 100 and 88 in h["avg"], h
    assert h["gaps"][0]["reason"] == "no_reading" and h["gaps"][0]["until"] <= h["t"][0], h
    assert len(h["gaps"]) == 1, h
    bad = f.get("/api/v1/history?entity=danang/ws-01&metric=host.memory_used_percent"
                f"&from={start}&resolution=0").json
    assert set(bad["avg"]) == {None}, bad
    assert "sentinel" in {g["reason"] for g in bad["gaps"]}, bad


def main():
    d = Document(sys.argv[2])
    with Fixture(sys.argv[1], options=["--anonymous", "technician"]) as f:
        check_all(f, d, "before the first word")
        f.healthy()
        check_all(f, d, "all is well")
        check_values(f)
        check_pages(f)
        check_headers(f)
        n, alarm = cut_power(f, d)
        people_act(f, d, n, alarm)
        change_rota(f, d)
        f.say("report danang/ups-1 ups.status=1 input.voltage_volts=228")
        wait_for(lambda: not f.get("/api/v1/alarms").json["alarms"], "the alarm clears", 30)
        check_all(f, d, "power is back")
        check_past(f)
    print("ok")


main()
