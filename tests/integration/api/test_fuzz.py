#!/usr/bin/env python3
"""Nonsense, made from docs/openapi.yaml and without it: no 5xx, no hang, and the server stays well.

A seed may be given in LW_FUZZ_SEED; it is printed."""
import json
import os
import random
import socket
import sys
import urllib.parse

from fixture import Document, Fixture

ROUNDS = 1500
WORDS = ["danang", "danang/ups-1", "qms", "danang/01", "hanoi/gw", "1", "0", "-1", "99999999999999999999",
         "x" * 300, "%00", "../../etc/passwd", "ups.status", "battery.charge_percent#2", "đà nẵng",
         "2026-11-21T00:00:00Z", "1e308", "nan", "-", "", "month", "86400", "true", "🚑", "' or 1=1 --",
         "host.disk_used_percent@/", "\\", "\"", "open", "critical", "http.maintenance"]
BODIES = [None, "", "{", "[]", "null", "{}", '{"seconds": 60}', '{"seconds": -1}', '{"seconds": 1e99}',
          '{"text": "\\u0000"}', '{"text": 7}', '{"target": "danang", "until": "x"}', '{"by": []}',
          '{"a":' * 2000, '{"verdict": "useful"}', '{"user": "lan", "password": "x"}', "\xff\xfe",
          '{"target": "danang", "until": "2100-01-01T00:00:00Z", "reason": "' + "x" * 300 + '"}',
          '{"seconds": 60, "seconds": 61}', "x" * 70000]


def path_of(rng, pattern):
    while "{" in pattern:
        start, end = pattern.index("{"), pattern.index("}")
        word = rng.choice(WORDS)
        quoted = urllib.parse.quote(word, safe="/" if rng.random() < 0.5 else "")
        pattern = pattern[:start] + quoted + pattern[end + 1:]
    return pattern


def query_of(rng, operation, doc):
    out = []
    for p in operation.get("parameters", []):
        if "$ref" in p:
            p = doc["components"]["parameters"][p["$ref"].split("/")[-1]]
        if p["in"] == "query" and rng.random() < 0.6:
            out.append((p["name"], rng.choice(WORDS)))
    if rng.random() < 0.1:
        out.append(("lang", rng.choice(["vi", "en", "xx", ""])))
    return "?" + urllib.parse.urlencode(out) if out else ""


def from_document(f, d, rng):
    operations = [(m.upper(), p, o) for p, item in d.raw["paths"].items() for m, o in item.items()
                  if p != "/api/v1/events"]
    seen = {}
    for _ in range(ROUNDS):
        method, pattern, operation = rng.choice(operations)
        if rng.random() < 0.05:
            method = rng.choice(["GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD"])
        target = path_of(rng, pattern) + query_of(rng, operation, d.raw)
        body = rng.choice(BODIES) if method not in ("GET", "HEAD") else None
        a = f.ask(method, target, body.encode("latin-1", "ignore") if body else None,
                  {"Content-Type": "application/json"} if body else None)
        seen[a.status] = seen.get(a.status, 0) + 1
        if a.status >= 500:
            raise SystemExit(f"{method} {target} {body!r:.80}: {a.status} {a.body[:200]}")
        if a.body and "json" in a.headers.get("Content-Type", ""):
            json.loads(a.body)
    return seen


def raw(f, rng):
    """Bytes that are not HTTP, or only nearly."""
    good = b"GET /api/v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    for _ in range(200):
        data = bytearray(good)
        for _ in range(rng.randint(1, 12)):
            where = rng.randrange(len(data))
            kind = rng.random()
            if kind < 0.4:
                data[where] = rng.randrange(256)
            elif kind < 0.7:
                del data[where:where + rng.randint(1, 8)]
            else:
                data[where:where] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 64)))
            if not data:
                data = bytearray(b"\r\n")
        s = socket.create_connection(("127.0.0.1", f.port), 5)
        s.settimeout(0.05)
        try:
            s.sendall(bytes(data))
            answer = s.recv(4096)
            if answer.startswith(b"HTTP/1.1 5") and answer[9:12] not in (b"505", b"501"):
                raise SystemExit(f"{bytes(data)!r}: {answer[:200]!r}")
        except (TimeoutError, ConnectionError):
            pass
        s.close()


def main():
    seed = int(os.environ.get("LW_FUZZ_SEED", "0") or 0) or random.SystemRandom().randrange(1, 2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    d = Document(sys.argv[2])
    options = ["--anonymous", "admin", "--users", "@/users.db"]
    with Fixture(sys.argv[1], options=options) as f:
        f.healthy()
        f.cut_power()
        seen = from_document(f, d, rng)
        raw(f, rng)
        assert f.get("/healthz").status == 200
        assert f.get("/api/v1/status").status == 200
    print("answers by status:", dict(sorted(seen.items())))
    assert seen.get(200, 0) > 100 and seen.get(404, 0) > 50 and seen.get(400, 0) > 50, seen


main()
