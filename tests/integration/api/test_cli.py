#!/usr/bin/env python3
"""`linewatch` against a collector: what it says, in both languages, as JSON, and how it exits."""
import contextlib
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

from fixture import Fixture, wait_for


def run(f, *words, url=None, code=0):
    argv = [str(f.programs / "linewatch"), "--url", url or f"http://127.0.0.1:{f.port}", *words]
    r = subprocess.run(argv, capture_output=True, text=True, timeout=30,
                       env={**os.environ, "TZ": "Asia/Ho_Chi_Minh"})
    if r.returncode != code:
        raise SystemExit(f"{words}: exit {r.returncode}, wanted {code}\n{r.stdout}{r.stderr}")
    return r.stdout if code != 2 else r.stderr


def calm(f):
    assert "CÓ THỂ NHẬN CUỘC GỌI" in run(f, "status", "--lang", "vi")
    text = run(f, "--lang=en", "status")
    assert "CALLS CAN BE ANSWERED" in text and "9 / 9 seats" in text and "No open incidents." in text, text
    j = json.loads(run(f, "status", "--json"))
    assert j["hotline"]["state"] == "full" and j["open_incidents"] == [], j
    assert json.loads(run(f, "alarms", "--json")) == {"alarms": []}
    assert len(json.loads(run(f, "devices", "--json"))["devices"]) == 37
    assert "228.1 V" in run(f, "devices", "danang/ups-1", "--lang", "en")
    ups = run(f, "devices", "danang/ups-1", "--lang", "vi")
    assert "Điện áp vào" in ups and "228,1 V" in ups and "chạy bằng điện lưới" in ups, ups
    assert "Lan" in run(f, "oncall", "--lang", "en")
    assert "điện thoại" in run(f, "devices", "--class", "phone", "--lang", "vi")


def until_seen(fd, words, seconds=10):
    """What comes from a terminal until it has said the words."""
    seen, end = b"", time.monotonic() + seconds
    while words.encode() not in seen:
        assert time.monotonic() < end, seen[-500:]
        if select.select([fd], [], [], 0.5)[0]:
            seen += os.read(fd, 65536)
    return seen


def watched(f):
    """A terminal that is watched is drawn over, never cleared; it gets its cursor back."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(str(f.programs / "linewatch"), ["linewatch", "--url", f"http://127.0.0.1:{f.port}",
                                                 "--lang", "en", "status", "--watch"])
    seen = b"".join(until_seen(fd, "9 / 9 seats") for _ in range(3))
    os.kill(pid, signal.SIGINT)
    seen += until_seen(fd, "\033[?25h")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert b"\033[2J" not in seen and seen.count(b"\033[H") >= 3, seen[:500]
    frames = seen.split(b"\033[H")[1:]
    assert all(b"\033[K\r\n" in x and b"\033[J" in x for x in frames[:-1]), frames[0]


def worst_first(f):
    """A newer warning stands below the older major one."""
    f.say("report danang/ws-01-headset headset.present=0")
    wait_for(lambda: "Headset unplugged" in run(f, "incidents", "--lang", "en"), "the headset")
    rows = run(f, "status", "--lang", "en", code=1).splitlines()
    at = {what: [i for i, r in enumerate(rows) if what in r][0] for what in ("Mains lost", "Headset unplugged")}
    assert at["Mains lost"] < at["Headset unplugged"], rows
    f.say("report danang/ws-01-headset headset.present=1")


def trouble(f):
    n = str(f.cut_power())
    text = run(f, "status", "--lang", "vi", code=1)
    assert "Mất điện lưới, đang chạy bằng pin UPS" in text and "chưa ai nhận" in text, text
    assert "danang/ups-1/on_battery" in run(f, "alarms", "--lang", "en")
    worst_first(f)
    assert "lan" in run(f, "ack", n, "--by", "lan", "--for", "2h", "--lang", "en")
    owners = {i["incident"]: i["owner"] for i in json.loads(run(f, "incidents", "--json"))["incidents"]}
    assert owners[int(n)] == "lan", owners
    run(f, "ack", "--take", n, "--by", "minh")
    run(f, "ack", "--note", "đã gọi điện lực", n)
    run(f, "ack", "--shelve", "4h", "danang/ups-1/on_battery")
    run(f, "ack", "--shelve", "4h", "danang/ups-1/made_up", code=2)
    wait_for(lambda: "đã gọi điện lực" in run(f, "incidents", n), "the note is in the timeline")
    assert "first: Call the power company" in run(f, "incidents", n, "--lang", "en")
    told = run(f, "incidents", n, "--lang", "vi")
    for words in ("lan đã xác nhận", "minh nhận xử lý", "tạm ẩn ups-1: Mất điện lưới, đang chạy bằng pin UPS, đến"):
        assert words in told, told
    assert "shelve" not in told and "raised" not in told, told
    for columns in (40, 80):
        narrow(f, columns, "incidents")


def narrow(f, columns, *words):
    """On a narrow terminal a row takes more lines; none is longer than the terminal, nothing is lost."""
    wide = run(f, *words, "--lang", "vi")
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.environ.update(TZ="Asia/Ho_Chi_Minh", NO_COLOR="1")
        os.execv(str(f.programs / "linewatch"), ["linewatch", "--url", f"http://127.0.0.1:{f.port}",
                                                 "--lang", "vi", *words])
    seen = b""
    with contextlib.suppress(OSError):  # EIO: the terminal's other end is closed
        while part := os.read(fd, 65536):
            seen += part
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    text = seen.decode().replace("\r", "")
    assert max(map(len, text.splitlines())) <= columns, text
    ages = re.compile(r"\d+ (giây|phút)")
    assert ages.sub("", text).split() == ages.sub("", wide).split(), text


def silencing(f):
    shelved = json.loads(run(f, "silence", "--json"))["silences"]
    assert [(s["target"], s["code"]) for s in shelved] == [("danang/ups-1", "on_battery")], shelved
    assert "mọi cảnh báo" not in run(f, "silence", "--lang", "vi")
    s = json.loads(run(f, "silence", "add", "hanoi/pbx-1", "--for", "2h", "--reason", "thay thẻ", "--by", "lan",
                       "--json"))
    assert s["active"] and s["by"] == "lan" and s["code"] is None, s
    assert "every alarm" in run(f, "silence", "--lang", "en")
    run(f, "silence", "add", "hanoi/pbx-1", "--code", "on_battery", "--for", "2h", code=2)
    run(f, "silence", "add", "nobody", "--for", "2h", code=2)
    run(f, "silence", "add", "hanoi/pbx-1", code=2)
    for n in [s["silence"], shelved[0]["silence"]]:
        run(f, "silence", "end", str(n))
        run(f, "silence", "end", str(n), code=2)
    assert "Nothing is silenced." in run(f, "silence", "--lang", "en")


def planning(f):
    assert "No maintenance." in run(f, "maintenance", "--lang", "en")
    w = json.loads(run(f, "maintenance", "add", "danang/ups-1", "--for", "2h", "--reason", "đổi pin",
                       "--json"))
    assert w["active"] and w["reason"] == "đổi pin", w
    assert "đang diễn ra" in run(f, "maintenance", "--lang", "vi")
    run(f, "maintenance", "end", w["id"])
    run(f, "maintenance", "end", w["id"], code=2)
    run(f, "maintenance", "add", "nobody", "--for", "2h", code=2)


def rota(f):
    before = json.loads(run(f, "oncall", "--json"))["now"]
    other = {"lan": "minh", "minh": "lan"}[before]
    s = json.loads(run(f, "oncall", "swap", other, "--for", "12h", "--reason", "ốm", "--json"))
    assert json.loads(run(f, "oncall", "--json"))["now"] == other, s
    assert "đổi ca: ốm" in run(f, "oncall", "--lang", "vi")
    h = json.loads(run(f, "oncall", "holiday", "Tết", "--people", "minh,lan", "--shift", "1d", "--from",
                       "2100-02-05T08:00", "--until", "2100-02-12T08:00", "--json"))
    assert h["people"] == ["minh", "lan"] and h["from"].startswith("2100-02-05T01:00"), h
    assert h["id"] in run(f, "oncall", "--lang", "en")
    run(f, "oncall", "cancel", h["id"])
    assert s["id"] in run(f, "oncall", "cancel", s["id"], "--lang", "en")
    run(f, "oncall", "cancel", s["id"], code=2)
    run(f, "oncall", "swap", "nobody", "--for", "12h", code=2)
    assert json.loads(run(f, "oncall", "--json"))["now"] == before


def misuse(f):
    for words in (["status", "--odd"], ["odd"], [], ["ack"], ["ack", "x"], ["alarms", "--severity", "odd"],
                  ["maintenance", "add", "danang"],
                  ["oncall", "swap", "lan"], ["oncall", "swap", "--for", "2h"], ["oncall", "odd"],
                  ["oncall", "holiday", "Tết", "--for", "7d"], ["oncall", "swap", "lan", "--for", "soon"], ["--lang", "fr", "status"], ["status", "--watch", "--json"]):
        assert run(f, *words, code=2), words
    assert "“--odd”" in run(f, "status", "--odd", code=2)
    assert "linewatch ack --take" in run(f, "ack", code=2), "what it wants stands below"
    for name in ("status", "ack", "user"):
        assert "linewatch " + name in run(f, name, "--help")
    run(f, "status", url="http://127.0.0.1:1", code=3)
    run(f, "status", "--json", url="http://127.0.0.1:1", code=3)


def bad_times(f):
    """Refused before anybody is asked: nothing listens there, and still it is not "cannot be reached"."""
    months = ["2026-13", "2026-00", "2026-1", "26-10", "2026-10-01", "2026-1x", "", "2999-01"]
    times = ["2026-02-30", "2026-13-01", "2026-10-01T25:00", "2026-10-01T08:00+25:00", "2026-10-01T08:00+07:00x",
             "yesterday", "2026-10", "", "2026-10-01T08:00 Asia/Ho_Chi_Minh", "-5"]
    spans = ["soon", "2", "-2h", "0m", "2h30m", "1e3s", " 2h", ""]
    wrong = [["uptime", "--month", m] for m in months]
    for t in times:
        wrong += [["uptime", "--from", t], ["uptime", "--from", "2026-01-01", "--to", t],
                  ["history", "danang/ups-1", "battery.charge_percent", "--from", t],
                  ["history", "danang/ups-1", "battery.charge_percent", "--to", t],
                  ["export", "--from", t], ["export", "--archive", "/nonexistent/a", "--to", t],
                  ["maintenance", "add", "danang/ups-1", "--from", t, "--for", "2h"],
                  ["maintenance", "add", "danang/ups-1", "--until", t],
                  ["oncall", "swap", "lan", "--until", t]]
    for s in spans:
        wrong += [["maintenance", "add", "danang/ups-1", "--for", s], ["oncall", "swap", "lan", "--for", s],
                  ["oncall", "holiday", "Tết", "--people", "lan", "--for", "7d", "--shift", s],
                  ["ack", "1", "--for", s], ["ack", "danang/ups-1/on_battery", "--shelve", s],
                  ["history", "danang/ups-1", "battery.charge_percent", "--step", s]]
    for n in ("x", "0", "-3", "1.5", "99999999"):
        wrong += [["user", "token", "wall", "--role", "watcher", "--days", n], ["enrol", "danang/gw", "--days", n]]
    for words in wrong:
        said = run(f, *words, "--lang", "en", url="http://127.0.0.1:1", code=2)
        assert said.startswith("linewatch: --"), (words, said)
    assert "không phải là tháng" in run(f, "uptime", "--month", "2026-13", "--lang", "vi", url="http://127.0.0.1:1", code=2)
    for words in (["uptime", "--from", "2026-10-02", "--to", "2026-10-01"], ["uptime", "--from", "2999-01-01"],
                  ["history", "danang/ups-1", "battery.charge_percent", "--from", "2026-10-02", "--to", "2026-10-01"],
                  ["maintenance", "add", "danang/ups-1", "--from", "2026-10-02", "--until", "2026-10-01"]):
        assert "behind the beginning" in run(f, *words, "--lang", "en", url="http://127.0.0.1:1", code=2), words
    run(f, "uptime", "--month", "2026-10", url="http://127.0.0.1:1", code=3)


def doctor(f):
    d = json.loads(run(f, "doctor", "--json"))
    assert d["ok"], d
    codes = {x["code"] for x in d["findings"]}
    assert "not_proven" in codes, codes
    f.say("broker down")
    assert "broker" in run(f, "doctor", "--lang", "en", code=1)
    f.say("broker up")
    f.say("own danang/gw agent.journal_write_errors=3 agent.journal_damaged_bytes=0 agent.journal_lost=2")
    found = {x["code"]: x["text"]["en"] for x in json.loads(run(f, "doctor", "--json"))["findings"]
             if x["entity"] == "danang/gw"}
    assert "3 times" in found["agent_disk"] and "lost 2" in found["agent_lost_reports"], found
    assert "agent_damage" not in found, "what is 0 is no finding"
    f.say("unreachable danang/pbx-1")
    d = json.loads(run(f, "doctor", "--json", code=1))
    assert ("device_unreachable", "danang/pbx-1") in {(x["code"], x["entity"]) for x in d["findings"]}, d


def main():
    with Fixture(pathlib.Path(sys.argv[1]), options=["--anonymous", "technician"]) as f:
        assert "mains" not in run(f, "status", "--lang", "en", code=1), "nobody knows yet"
        f.healthy()
        calm(f)
        watched(f)
        doctor(f)
        f.say("reachable danang/pbx-1")
        f.say("report danang/pbx-1 pbx.calls_active=2")
        trouble(f)
        silencing(f)
        planning(f)
        rota(f)
        misuse(f)
        bad_times(f)
    print("ok")


main()
