#!/usr/bin/env python3
"""The collector is killed (SIGKILL) between the decision and the end of the sending; started again, it
hands the page over once. One rig for each moment, all at the same time:

  no_gateway    the page waits in the store, nothing takes connections; killed when its row is there
  at_the_row    a gateway that takes everything; killed as soon as the row can be seen in the store
  no_answer     the gateway has the connection and says nothing
  half_request  the gateway has read the first bytes of the request
  unanswered    the gateway has the whole page, the collector is killed before it hears so
  mail_stalls   the mail server has the sender and says nothing to the recipient
  mail_unsaid   the mail server has the whole mail, the collector is killed before its 250

Where the gateway has the page already, the same one comes again and bears the same key: a gateway that
counts keys counts one. Everywhere else it arrives once."""
import multiprocessing
import os
import shutil
import signal
import socket
import sqlite3
import sys
import tempfile
import threading
import time

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "script", "lib"))
from rig import Rig, test_port  # noqa: E402

PAGE_S, QUIET_S = 60, 6  # until a page is there; and nothing more may come for so long


class Gateway:
    """Takes webhook pages. `wait_at` is where it stops and calls `reached`: "connect", "begin", "end",
    or None. What has been read as a whole is in `pages` as its Idempotency-Key."""

    def __init__(self, port):
        self.port, self.wait_at, self.reached, self.pages = port, None, None, []
        self.sock = None

    def open(self):
        self.sock = socket.create_server(("127.0.0.1", self.port), reuse_port=False)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            s, _ = self.sock.accept()
            threading.Thread(target=self.talk, args=(s,), daemon=True).start()

    def stop_here(self, place):
        if self.wait_at != place:
            return False
        self.wait_at = None
        self.reached()
        return True

    def talk(self, s):
        try:
            if self.stop_here("connect"):
                return
            text = s.recv(16)
            if not text or self.stop_here("begin"):
                return
            while b"\r\n\r\n" not in text:
                text += s.recv(65536)
            head, body = text.split(b"\r\n\r\n", 1)
            headers = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:])
            while len(body) < int(headers["content-length"]):
                body += s.recv(65536)
            self.pages.append(headers["idempotency-key"])
            if self.stop_here("end"):
                return
            s.sendall(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")
        except OSError:
            pass  # the collector was killed
        finally:
            s.close()


class Mail:
    """A mail server (aiosmtpd) with the same places: "recipient" and "end"."""

    def __init__(self, port):
        self.port, self.wait_at, self.reached, self.pages = port, None, None, []

    def open(self):
        from aiosmtpd.controller import Controller
        Controller(self, hostname="127.0.0.1", port=self.port).start()

    def stop_here(self, place):
        if self.wait_at != place:
            return
        self.wait_at = None
        self.reached()

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.stop_here("recipient")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        key = next(line for line in envelope.content.splitlines()
                   if line.lower().startswith(b"message-id:"))
        self.pages.append(key.decode().lower())
        self.stop_here("end")
        return "250 queued"


# name: (gateway, where it stops, how often the page may arrive)
MOMENTS = {
    "no_gateway": (Gateway, None, (1,)),
    "at_the_row": (Gateway, None, (1, 2)),
    "no_answer": (Gateway, "connect", (1,)),
    "half_request": (Gateway, "begin", (1,)),
    "unanswered": (Gateway, "end", (2,)),
    "mail_stalls": (Mail, "recipient", (1,)),
    "mail_unsaid": (Mail, "end", (2,)),
}


def wait_for(what, condition, seconds, pause=0.05):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(pause)


def row_is_there(rig):
    """A page that nobody has taken yet."""
    db = sqlite3.connect(f"file:{rig.path('store', 'linewatch.db')}?mode=ro", uri=True)
    try:
        return db.execute("SELECT count(*) FROM outbox WHERE key LIKE 'page/%'").fetchone()[0] > 0
    finally:
        db.close()


def use_mail(rig):
    with open(rig.path("collector.yaml"), encoding="utf-8") as f:
        text = f.read()
    hook = f"type: webhook, url: \"http://127.0.0.1:{rig.sink_port}/\""
    text = text.replace(hook, f"type: email, url: \"smtp://127.0.0.1:{rig.sink_port}\", "
                        "from: lw@example.vn, tls: none")
    for who in ("lan", "minh", "hoa"):
        text = text.replace(f"webhook: \"http://127.0.0.1:{rig.sink_port}/{who}\"",
                            f"email: {who}@example.vn")
    rig.write("collector.yaml", text, 0o600)


def start(rig):
    rig.start_sim()
    rig.start_broker()
    rig.start_collector()
    for agent in rig.agents:
        rig.start_agent(agent)

    def ready():
        status = rig.api("/api/v1/status") or {}
        return status.get("hotline", {}).get("seats_ready") == rig.seats
    wait_for("the seats are ready", ready, 60)


def one(name, port, build):
    kind, wait_at, arrivals = MOMENTS[name]
    folder = tempfile.mkdtemp(prefix=f"linewatch-once-{name}-")
    rig = Rig(folder, port, sites=1, seats=1, build=build)
    gateway, killed = kind(rig.sink_port), threading.Event()

    def kill():
        rig.processes["collector"].send_signal(signal.SIGKILL)
        rig.processes.pop("collector").wait(20)
        killed.set()

    gateway.wait_at, gateway.reached = wait_at, kill
    try:
        rig.write_files()
        if kind is Mail:
            use_mail(rig)
        if name != "no_gateway":
            gateway.open()
        start(rig)
        rig.ctl("cut-power", rig.sites[0])
        if wait_at is None:
            wait_for("the page is in the store", lambda: row_is_there(rig), PAGE_S, 0.001)
            kill()
        assert killed.wait(PAGE_S), "the page reached the gateway"
        before = list(gateway.pages)
        if name == "no_gateway":
            gateway.open()
        rig.start_collector()
        wait_for("the page comes after the restart", lambda: len(gateway.pages) >= min(arrivals),
                 PAGE_S)
        time.sleep(QUIET_S)
        pages = list(gateway.pages)
        assert len(pages) in arrivals, f"arrived {len(pages)} times: {pages}"
        assert len(set(pages)) == 1, f"more than one page: {pages}"
        assert len(rig.incidents()) == 1, rig.incidents()
        print(f"ok {name}: arrived {len(before)} + {len(pages) - len(before)}, one key", flush=True)
    except Exception:
        print(f"FAIL {name}\n{rig.tail('collector', 30)}", flush=True)
        raise
    finally:
        rig.stop()
        shutil.rmtree(folder, ignore_errors=True)


def need_aiosmtpd():
    """Debian's package serves Debian's python3; another python3 may come first in PATH."""
    try:
        import aiosmtpd  # noqa: F401
    except ImportError:
        if os.path.exists("/usr/bin/python3") and "LW_SECOND" not in os.environ:
            os.environ["LW_SECOND"] = "1"
            os.execv("/usr/bin/python3", ["/usr/bin/python3"] + sys.argv)
        print("skipped: no aiosmtpd")
        sys.exit(77)


def main():
    need_aiosmtpd()
    build = os.path.basename(os.path.dirname(os.path.abspath(sys.argv[1])))
    names = sys.argv[2:] or list(MOMENTS)
    children = [multiprocessing.Process(target=one, args=(name, test_port() + 70 * i, build))
                for i, name in enumerate(names)]
    for c in children:
        c.start()
    for c in children:
        c.join()
    sys.exit(any(c.exitcode != 0 for c in children))


main()
