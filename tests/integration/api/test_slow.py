#!/usr/bin/env python3
"""Slow talkers are cut off and do not keep the others out; streams and quiet keep-alives stay."""
import socket
import sys
import time

from fixture import Fixture

PATIENCE_MS = 1500


def talker(port, head):
    s = socket.create_connection(("127.0.0.1", port), 5)
    s.sendall(head)
    s.setblocking(False)
    return s


def is_cut(s, byte):
    """A byte now and then is what keeps such a connection alive elsewhere."""
    try:
        s.sendall(byte)
        return s.recv(4096) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def until_cut(talkers, seconds):
    start = time.monotonic()
    while talkers and time.monotonic() - start < seconds:
        talkers = [s for s in talkers if not is_cut(s, b"x")]
        time.sleep(0.1)
    return len(talkers), time.monotonic() - start


def main():
    with Fixture(sys.argv[1], options=["--anonymous", "technician", "--patience", str(PATIENCE_MS),
                                       "--connections", "64"]) as f:
        stream = talker(f.port, b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        polite = socket.create_connection(("127.0.0.1", f.port), 5)
        ask = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        polite.sendall(ask)
        assert polite.recv(4096).startswith(b"HTTP/1.1 200"), "the first request of a keep-alive"

        heads = [talker(f.port, b"GET /api/v1/status HTTP/1.1\r\nX-Slow: ") for _ in range(40)]
        bodies = [talker(f.port, b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\n"
                                 b"Content-Length: 60000\r\n\r\n{") for _ in range(20)]
        left, took = until_cut(heads + bodies, 60)
        assert left == 0, f"{left} slow talkers are still connected"
        assert took < 20 * PATIENCE_MS / 1000, took
        assert f.get("/healthz").status == 200

        polite.sendall(ask)
        assert polite.recv(4096).startswith(b"HTTP/1.1 200"), "a quiet keep-alive was cut"
        assert not is_cut(stream, b""), "the stream was cut"
        text = f.get("/metrics").body.decode()
        cut = [line for line in text.split("\n") if line.startswith("linewatch_http_connections_cut_total ")]
        assert float(cut[0].split()[1]) >= 60, cut
    print(f"60 slow talkers were cut after {took:.1f} s; a stream and a keep-alive were not")


main()
