#!/usr/bin/env python3
"""Signing in: users, sessions, CSRF, roles, rate limit, kiosk tokens, the trusted proxy, TLS."""
import http.client
import pathlib
import ssl
import subprocess
import sys
import time

from fixture import Document, Fixture, wait_for

PASSWORD = "đường dây một một một"

def user(programs, db, *words, password=None):
    r = subprocess.run([str(pathlib.Path(programs) / "linewatch"), "--lang", "en", "user", "--db", db,
                        *words], input=password, capture_output=True, text=True, timeout=30)
    if r.returncode != 0:
        raise SystemExit(f"linewatch user {words}: {r.returncode} {r.stderr}")
    return r.stdout.strip().split("\n")[-1]

def login(f, **who):
    a = f.post("/api/v1/session", who)
    cookie = a.headers.get("Set-Cookie", "")
    return a, cookie.split(";")[0], cookie

def sessions(f, d, n):
    a, cookie, whole = login(f, user="lan", password=PASSWORD)
    d.check("POST", "/api/v1/session", a)
    assert a.status == 200 and a.json["role"] == "technician" and a.json["person"] == "lan", a.body
    assert "HttpOnly" in whole and "SameSite=Strict" in whole, whole
    csrf = a.json["csrf"]
    one = f"/api/v1/incidents/{n}"
    assert f.get("/api/v1/status", Cookie=cookie).status == 200
    assert f.get("/api/v1/session", Cookie=cookie).json["user"] == "lan"
    assert f.post(one + "/ack", {}, Cookie=cookie).status == 403, "without a CSRF token"
    assert f.post(one + "/ack", {}, Cookie=cookie, X_CSRF_Token="x").status == 403
    assert f.post(one + "/ack", {}, Cookie=cookie, X_CSRF_Token=csrf,
                  Origin="https://evil.example").status == 403
    assert f.post(one + "/ack", {}, Cookie=cookie, X_CSRF_Token=csrf,
                  Sec_Fetch_Site="cross-site").status == 403
    a = f.post(one + "/ack", {"by": "somebody else"}, Cookie=cookie, X_CSRF_Token=csrf)
    assert a.status == 200 and a.json["owner"] == "lan", "the signed-in user counts"
    assert f.get("/api/v1/audit", Cookie=cookie).status == 403, "a technician is no auditor"
    stream = http.client.HTTPConnection("127.0.0.1", f.port, timeout=10)
    stream.request("GET", "/api/v1/events", headers={"Cookie": cookie})
    events = stream.getresponse()
    assert events.readline().startswith(b"id: "), "it is followed"
    a = f.ask("DELETE", "/api/v1/session", headers={"Cookie": cookie, "X-CSRF-Token": csrf})
    assert a.status == 204, a.status
    end = time.monotonic() + 5
    while events.readline():
        assert time.monotonic() < end, "the stream ends with its session"
    assert f.get("/api/v1/status", Cookie=cookie).status == 401, "signed out"

def tokens(f, token, n):
    bearer = "Bearer " + token
    assert f.get("/api/v1/status", Authorization=bearer).status == 200
    assert f.post(f"/api/v1/incidents/{n}/ack", {}, Authorization=bearer).status == 403
    assert f.get("/api/v1/status", Authorization="Bearer nonsense").status == 401
    a, cookie, _ = login(f, token=token)
    assert a.status == 200 and a.json["role"] == "watcher", a.body
    assert f.get("/api/v1/status", Cookie=cookie).status == 200, "a kiosk's session"

def guessing(f):
    statuses = [login(f, user="lan", password="wrong password")[0].status for _ in range(7)]
    assert statuses[:5] == [401] * 5 and statuses[5:] == [429] * 2, statuses
    assert login(f, user="lan", password=PASSWORD)[0].status == 429, "not even the right one"

def auditing(f, d):
    a, cookie, _ = login(f, user="boss", password=PASSWORD)
    log = f.get("/api/v1/audit", Cookie=cookie)
    d.check("GET", "/api/v1/audit", log)
    deeds = [(x["user"], x["action"], x["result"]) for x in log.json["audit"]]
    for want in (("boss", "login", "ok"), ("lan", "ack", "ok"), ("lan", "logout", "ok"), ("wall", "forbidden", "refused")):
        assert want in deeds, (want, deeds)
    assert {x["peer"] for x in log.json["audit"] if x["action"] in ("login", "ack")} == {"127.0.0.1"}, log.json
    made = [x for x in log.json["audit"] if x["action"] == "user_add" and x["target"] == "lan"]
    assert made and made[0]["peer"] == "-", "who made the user, at the server"

def behind_proxy(programs):
    options = ["--users", "@/users.db", "--proxy-from", "127.0.0.1", "--proxy-header",
               "X-Remote-User", "--proxy-role", "watcher"]
    with Fixture(programs, options=options) as f:
        user(programs, str(f.path / "users.db"), "add", "lan", "--role", "admin", password=PASSWORD)
        assert f.get("/api/v1/status").status == 401
        me = f.get("/api/v1/session", X_Remote_User="lan").json
        assert (me["user"], me["role"], me["via"]) == ("lan", "admin", "proxy"), me
        assert f.get("/api/v1/session", X_Remote_User="guest").json["role"] == "watcher"
        assert f.get("/api/v1/status", X_Remote_User="Not A Name").status == 401
        sso = {"X_Remote_User": "lan", "Host": "lw.vn:8443"}
        window = {"target": "danang", "until": "2100-01-01T00:00:00Z"}
        for origin, status in (("https://lw.vn:8443", 201), ("https://lw.vn", 403), ("https://evil.vn", 403)):
            assert f.post("/api/v1/maintenance", window, Origin=origin, **sso).status == status, origin
        wrong = {"user": "nobody", "password": "wrong password"}
        for i in range(6):
            wrong["user"] = f"nobody-{i}"
            last = f.post("/api/v1/session", wrong, X_Forwarded_For="192.0.2.1, 192.0.2.7").status
        assert last == 429, "one address behind the proxy tried too often"
        right = {"user": "lan", "password": PASSWORD}
        for proto, secure in (("https", True), ("http", False)):
            a = f.post("/api/v1/session", right, X_Forwarded_For="192.0.2.8", X_Forwarded_Proto=proto)
            assert a.status == 200, "another address is not hindered"
            assert ("; Secure" in a.headers["Set-Cookie"]) == secure, proto
    with Fixture(programs, options=[o.replace("127.0.0.1", "10.9.9.9") for o in options]) as f:
        assert f.get("/api/v1/status", X_Remote_User="lan").status == 401, "not from the proxy"
        a = f.post("/api/v1/session", {"user": "lan", "password": "x"}, X_Forwarded_Proto="https")
        assert "Secure" not in a.headers.get("Set-Cookie", ""), "only the proxy is believed"

def without_signing_in(programs):
    with Fixture(programs, options=["--anonymous", "technician"]) as f:
        window = {"target": "danang", "until": "2100-01-01T00:00:00Z"}
        for host in (f"127.0.0.1:{f.port}", f"localhost:{f.port}", "[::1]:8111"):
            assert f.post("/api/v1/maintenance", window, Host=host).status == 201, host
        for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80"):
            a = f.post("/api/v1/maintenance", window, Host=host, Origin="http://" + host)
            assert a.status == 403, (host, a.status)
            assert f.get("/api/v1/status", Host=host).status == 200


def with_tls(programs):
    with Fixture(programs) as f:
        folder = f.path
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(folder / "k.pem"), "-out",
                        str(folder / "c.pem"), "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        options = ["--anonymous", "watcher", "--cert", folder / "c.pem", "--key", folder / "k.pem"]
        with Fixture(programs, options=options) as g:
            context = ssl.create_default_context(cafile=str(folder / "c.pem"))
            c = http.client.HTTPSConnection("127.0.0.1", g.port, context=context, timeout=10)
            c.request("GET", "/api/v1/status")
            r = c.getresponse()
            assert r.status == 200 and r.read()
            c.close()

def main():
    programs = sys.argv[1]
    d = Document(sys.argv[2])
    with Fixture(programs, options=["--users", "@/users.db"]) as f:
        db = str(f.path / "users.db")
        user(programs, db, "add", "lan", "--role", "technician", password=PASSWORD)
        user(programs, db, "add", "boss", "--role", "admin", password=PASSWORD)
        token = user(programs, db, "token", "wall", "--role", "watcher")
        bearer = {"Authorization": "Bearer " + token}
        for path in ("/api/v1/status", "/metrics", "/api/v1/events", "/api/v1/audit"):
            a = f.get(path)
            assert a.status == 401, (path, a.status)
        assert f.get("/healthz").status == 200
        f.say("birth danang/gw")

        f.say("report danang/ups-1 ups.status=2")
        wait_for(lambda: f.ask("GET", "/api/v1/incidents", headers=bearer).json["incidents"],
                 "an incident opens")
        n = f.ask("GET", "/api/v1/incidents", headers=bearer).json["incidents"][0]["incident"]
        sessions(f, d, n)
        tokens(f, token, n)
        auditing(f, d)
        guessing(f)
    without_signing_in(programs)
    behind_proxy(programs)
    with_tls(programs)
    print("ok")

main()
