"""Real peers for the senses' tests: each in a folder of its own, on loopback, ended by pid."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SKIP = 77
SOON = 20  # seconds: no time-out of a sense is as long, and no busy machine as slow
PORT = int(os.environ.get("LW_TEST_PORT", "23000"))  # the first of this test's own


class Bench:
    """A folder, the processes started in it, and the checks that failed."""

    def __init__(self, needs=()):
        for program in needs:
            if not (os.path.exists(program) or shutil.which(program)):
                print(f"skipped: no {program}")
                sys.exit(SKIP)
        if len(sys.argv) < 2:
            sys.exit("usage: test BIN_DIR")
        self.agent = os.path.join(os.path.abspath(sys.argv[1]), "linewatch-agent")
        self.dir = tempfile.mkdtemp(prefix="lwt", dir="/tmp")
        os.chmod(self.dir, 0o755)
        self.processes = []
        self.failed = 0
        self.checked = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for p in reversed(self.processes):
            self.stop(p)
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text, mode=0o644):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def start(self, *command, env=None, quiet=True):
        log = tempfile.NamedTemporaryFile("w", prefix="log", dir=self.dir, delete=False, encoding="utf-8")
        p = subprocess.Popen(command, cwd=self.dir, stdin=subprocess.DEVNULL, stdout=log,
                             stderr=subprocess.STDOUT if quiet else None,
                             env={**os.environ, **(env or {})}, start_new_session=True)
        p.log = log.name
        self.processes.append(p)
        return p

    def stop(self, p):
        for sig in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(p.pid, signal.SIGCONT)
                os.killpg(p.pid, sig)
                p.wait(3)
                return
            except ProcessLookupError:
                p.wait()
                return
            except subprocess.TimeoutExpired:
                continue

    def run(self, *command, **kw):
        return subprocess.run(command, cwd=self.dir, check=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kw)

    def probe(self, url, timeout=60):
        """One round of a sense as its JSON object, with the seconds that it took."""
        began = time.monotonic()
        out = subprocess.run([self.agent, "probe", url, "--json"], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, timeout=timeout, check=False)
        try:
            answer = json.loads(out.stdout)
        except ValueError:
            answer = {"values": {}, "unknown": {}, "evidence": [], "error": out.stderr.decode()}
        answer["status"] = out.returncode
        answer["took"] = time.monotonic() - began
        answer["stderr"] = out.stderr.decode(errors="replace")
        if b"Sanitizer" in out.stderr or b"runtime error" in out.stderr:
            self.check(False, f"{url}: {out.stderr.decode()}")
        return answer

    def check(self, fine, what, seen=None):
        self.checked += 1
        if fine:
            print(f"  ok    {what}")
        else:
            self.failed += 1
            print(f"  WRONG {what}" + (f": {json.dumps(seen, ensure_ascii=False)}" if seen else ""))

    def until(self, what, fn, seconds):
        """Calls fn until it is true; its last answer is shown where it never is."""
        end = time.monotonic() + seconds
        while True:
            fine, seen = fn()
            if fine or time.monotonic() > end:
                self.check(fine, what, seen)
                return fine
            time.sleep(0.3)

    def finish(self):
        print(f"{self.checked - self.failed} of {self.checked} checks right")
        return 1 if self.failed or not self.checked else 0


def wait_port(port, host="127.0.0.1", seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection((host, port), 0.5).close()
            return True
        except OSError:
            time.sleep(0.1)
    return False
