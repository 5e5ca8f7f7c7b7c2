#!/usr/bin/env python3
"""Server-sent events: they come at once, resume after a lost connection, and say when they cannot."""
import json
import socket
import sys
import time

from fixture import Fixture, wait_for


class Stream:
    """One EventSource: events as (type, id, data)."""

    def __init__(self, port, since=None):
        self.s = socket.create_connection(("127.0.0.1", port), 10)
        head = "GET /api/v1/events HTTP/1.1\r\nHost: x\r\n"
        if since is not None:
            head += f"Last-Event-ID: {since}\r\n"
        self.s.sendall((head + "\r\n").encode())
        self.buf = b""
        while b"\r\n\r\n" not in self.buf:
            self.fill(5)
        head, self.buf = self.buf.split(b"\r\n\r\n", 1)
        assert b"text/event-stream" in head, head
        self.text = b""

    def fill(self, seconds):
        self.s.settimeout(seconds)
        data = self.s.recv(65536)
        if not data:
            raise EOFError
        self.buf += data

    def dechunk(self):
        while b"\r\n" in self.buf:
            size, rest = self.buf.split(b"\r\n", 1)
            n = int(size, 16)
            if len(rest) < n + 2:
                return
            self.text += rest[:n]
            self.buf = rest[n + 2:]

    def next(self, seconds=5, skip=("heartbeat",)):
        end = time.monotonic() + seconds
        while True:
            while b"\n\n" in self.text:
                raw, self.text = self.text.split(b"\n\n", 1)
                f = dict(x.split(": ", 1) for x in raw.decode().split("\n"))
                if f["event"] not in skip:
                    return f["event"], int(f["id"]), json.loads(f["data"])
            if time.monotonic() > end:
                raise SystemExit("no event came")
            self.fill(max(0.1, end - time.monotonic()))
            self.dechunk()

    def until(self, kind, seconds=10):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            e = self.next(seconds)
            if e[0] == kind:
                return e
        raise SystemExit(f"no {kind} came")

    def close(self):
        self.s.close()


def main():
    with Fixture(sys.argv[1], options=["--anonymous", "technician"]) as f:
        s = Stream(f.port)
        assert s.next()[0] == "hello"
        beat = s.next(5, skip=())
        assert beat[0] == "heartbeat", beat
        f.healthy()
        capacity = s.until("capacity")
        state = s.until("state")
        assert {"entity", "kind", "state", "since"} <= set(state[2]), state
        s.close()
        s = Stream(f.port)
        s.next()
        start = time.monotonic()
        f.say("flip danang/ups-1")
        first = s.until("state")
        while (first[2]["entity"], first[2]["state"]) != ("danang/ups-1", "down"):
            first = s.until("state")
        delay = time.monotonic() - start
        assert delay < 5, f"a change took {delay:.3f} s"
        print(f"a change reached an open page in {delay * 1000:.1f} ms")

        n = f.cut_power()
        opened = s.until("incident")
        assert opened[2]["incident"] == n and opened[2]["change"] == "opened", opened
        f.post(f"/api/v1/incidents/{n}/note", {"text": "ghi chú"})
        assert s.until("note")[2]["data"]["text"] == "ghi chú"
        s.close()

        again = Stream(f.port, since=first[1])
        assert again.next()[0] == "hello"
        ids, kinds = [], set()
        while "note" not in kinds:
            e = again.next()
            ids.append(e[1])
            kinds.add(e[0])
        assert ids == sorted(ids) and ids[0] == first[1] + 1 and "incident" in kinds, (ids, kinds)
        again.close()
        print(f"resumed after {first[1]} without a gap")

        for since in (1, capacity[1] - 100000, 2**63, "nonsense"):
            s = Stream(f.port, since=since)
            want = "hello" if since == "nonsense" else "reset"
            got = s.next()
            assert got[0] == want, (since, got)
            s.close()

        slow = Stream(f.port)
        slow.next()
        for i in range(4500):
            f.say("flip danang/ups-1")
        late = Stream(f.port, since=first[1])
        assert late.next()[0] == "reset"
        late.close()
        slow.close()
        wait_for(lambda: b"linewatch_sse_clients 0\n" in f.get("/metrics").body,
                 "the server notices that nobody listens")
    print("ok")


if __name__ == "__main__":
    main()
