"""ground.py - a linewatch on machines of its own: a network namespace for headquarters (broker,
collector, gateway) and one for each centre (agents, simulated equipment), lines between them that
delay, lose and fall silent, small disks that fill up, clocks that are set wrong.

Runs inside `unshare --net --mount --pid`: everything that is made here - namespaces, interfaces,
mounts, processes - ends with the process that made it, whatever ended that.
"""
import ctypes
import glob
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "script", "lib"))
from draw import HQ  # noqa: E402
from rig import Rig, Sink, SinkHandler, agent_yaml, collector_yaml, die_with_parent  # noqa: E402

CLONE_NEWNET = 0x40000000
STORE_DISK, JOURNAL_DISK = "16m", "4m"
LIBC = ctypes.CDLL(None, use_errno=True)
WELL = "0 0 0 0 0"


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


class MoodyHandler(SinkHandler):
    """A gateway that takes pages, refuses them, or takes them and never answers."""

    def do_POST(self):
        mood = self.server.mood
        if mood == "hangs":
            time.sleep(2)
        if mood == "takes":
            super().do_POST()
        else:
            self.send_response(503)
            self.end_headers()


class Gateway(Sink):
    mood = "takes"

    def __init__(self, port, path):
        super().__init__(port, path)
        self.RequestHandlerClass = MoodyHandler


class Ground(Rig):
    broker_hosts = ("10.78.0.1", "10.78.1.1")

    def __init__(self, folder, sites, build_folder, broker_keeps=False):
        self.tools = os.path.join(build_folder, "tests")
        self.clocks, self.centres, self.wires, self.ballast = {}, {}, {}, {}
        self.broker_keeps = broker_keeps
        self.bin_folder = os.path.join(build_folder, "bin")
        super().__init__(folder, 24400, sites=sites, seats=1, interval="1s")

    def program(self, name):
        return os.path.join(self.bin_folder, name)

    # -- where a process runs -----------------------------------------------------------------

    def machine(self, name):
        return HQ if name in ("broker", "collector") else name

    def clock_file(self, machine):
        path = self.path("clocks", machine.replace("/", "-"))
        if machine not in self.clocks:
            os.makedirs(self.path("clocks"), exist_ok=True)
            self.set_clock(machine, 0)
        return path

    def set_clock(self, machine, off_ms):
        self.clocks[machine] = off_ms
        fd = os.open(self.path("clocks", machine.replace("/", "-")), os.O_RDWR | os.O_CREAT)
        os.pwrite(fd, struct.pack("<q", off_ms), 0)  # in place: the processes have it mapped
        os.close(fd)

    def environment(self, name):
        env = super().environment(name)
        if name == "collector" or "/" in name or name == "openssl":
            env["LD_PRELOAD"] = os.path.join(self.tools, "libchaos-clock.so")
            env["CHAOS_CLOCK"] = self.clock_file(name if name == "openssl" else self.machine(name))
        return env

    def enter(self, name):
        site = name.split("/")[0].removeprefix("sim-")
        if site in self.centres:
            fd = os.open(f"/proc/{self.centres[site].pid}/ns/net", os.O_RDONLY)
            if LIBC.setns(fd, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            os.close(fd)
        die_with_parent()

    # -- lines --------------------------------------------------------------------------------

    def uplinks(self, site):
        return [f"10.78.{self.sites.index(site)}.1:{self.broker_port}"]

    def make_lines(self):
        run("ip", "link", "set", "dev", "lo", "up")
        for i, site in enumerate(self.sites):
            self.centres[site] = subprocess.Popen(
                ["unshare", "--net", "sh", "-c", "ip link set dev lo up && echo up && exec sleep 86400"],
                stdout=subprocess.PIPE, preexec_fn=die_with_parent)
            if self.centres[site].stdout.readline() != b"up\n":
                raise OSError("a network namespace cannot be made")
            pid = str(self.centres[site].pid)
            wire = subprocess.Popen([os.path.join(self.tools, "chaos-wire"), f"wan{i}", pid],
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                    preexec_fn=die_with_parent)
            if wire.stdout.readline() != b"ready\n":
                raise OSError("a line between two namespaces cannot be made")
            self.wires[site] = wire
            here, there = f"10.78.{i}.1", f"10.78.{i}.2"
            run("ip", "addr", "add", here, "peer", there, "dev", f"wan{i}")
            run("ip", "link", "set", "dev", f"wan{i}", "up")
            for words in (("addr", "add", there, "peer", here, "dev", f"wan{i}"),
                          ("link", "set", "dev", f"wan{i}", "up")):
                run("nsenter", f"--net=/proc/{pid}/ns/net", "ip", *words)

    def set_line(self, site, how, *words):
        """well | cut up|down… | bad DELAY JITTER LOSS KBIT | unplugged"""
        ways = {"up": WELL, "down": WELL}
        if how == "cut":
            ways.update({w: "0 0 0 0 1" for w in words})
        elif how == "bad":
            ways = {w: " ".join(map(str, words)) + " 0" for w in ways}
        for way, what in ways.items():
            self.wires[site].stdin.write(f"{way} {what}\n".encode())
        self.wires[site].stdin.flush()
        interface = f"wan{self.sites.index(site)}"
        pid = self.centres[site].pid
        there = f"10.78.{self.sites.index(site)}"
        enter = ("nsenter", f"--net=/proc/{pid}/ns/net", "ip")
        run(*enter, "link", "set", "dev", interface, "down" if how == "unplugged" else "up")
        if how != "unplugged":
            run(*enter, "route", "replace", f"{there}.1", "dev", interface)

    # -- disks --------------------------------------------------------------------------------

    def disk(self, name):
        return self.path("store") if name == HQ else \
            self.path("journal", name.replace("/", "-"))

    def make_disks(self):
        for name in [HQ, *self.agents]:
            os.makedirs(self.disk(name), exist_ok=True)
            size = STORE_DISK if name == HQ else JOURNAL_DISK
            run("mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "none", self.disk(name))

    def fill(self, name):
        path = os.path.join(self.disk(name), "ballast")
        fd = os.open(path, os.O_WRONLY | os.O_CREAT)
        st = os.fstatvfs(fd)
        for blocks in (st.f_bfree, 64, 8, 1):  # somebody else may write at the same time
            for _ in range(8):
                try:
                    os.posix_fallocate(fd, os.fstat(fd).st_size, max(blocks, 1) * st.f_frsize)
                except OSError:
                    break
        os.close(fd)

    def empty(self, name):
        path = os.path.join(self.disk(name), "ballast")
        if os.path.exists(path):
            os.unlink(path)

    def set_writable(self, name, writable):
        run("mount", "-o", "remount,rw" if writable else "remount,ro", self.disk(name))

    def rot(self, agent, where):
        """One bit of one of its segments. True: there was one."""
        files = sorted(glob.glob(os.path.join(self.disk(agent), "*.lwj")))
        if not files:
            return False
        path = files[int(where * len(files))]
        size = os.path.getsize(path)
        if size == 0:
            return False
        at = int(where * 7919 * size) % size
        try:
            with open(path, "r+b") as f:
                f.seek(at)
                byte = f.read(1)
                f.seek(at)
                f.write(bytes([byte[0] ^ (1 << at % 8)]))
        except OSError:
            return False  # the disk is read-only just now
        return True

    def delete(self, agent, where):
        files = sorted(glob.glob(os.path.join(self.disk(agent), "*.lwj")))
        try:
            if files:
                os.unlink(files[int(where * len(files))])
        except OSError:
            return False
        return bool(files)

    # -- processes ----------------------------------------------------------------------------

    def start_sim(self):
        for site in self.sites:
            self.spawn(f"sim-{site}", self.program("linewatch-sim"), "run", *self.sim_shape(),
                       "--socket", self.path(f"{site}.sock"),
                       "--truth", self.path(f"truth-{site}.jsonl"))

    def ctl(self, *words):
        site = words[1].split("/")[0]
        subprocess.run([self.program("linewatch-sim"), "ctl", "--socket",
                        self.path(f"{site}.sock"), *words], check=True, stdout=subprocess.DEVNULL)

    def broker_conf(self):
        text = super().broker_conf().replace(f"{self.broker_port} 127.0.0.1",
                                             f"{self.broker_port}")
        if self.broker_keeps:
            text = text.replace("persistence false", "persistence true\n"
                                f"persistence_location {self.path('broker')}/\n"
                                "autosave_interval 1\n")
            os.makedirs(self.path("broker"), exist_ok=True)
        return text

    def forget_broker(self):
        for path in glob.glob(self.path("broker", "*")):
            os.unlink(path)

    def make_pki(self):
        """Valid since long, also for a machine whose clock is ten minutes behind."""
        self.clock_file("openssl")
        self.set_clock("openssl", -86_400_000)
        super().make_pki()

    def write_files(self):
        self.write("mosquitto.conf", self.broker_conf())
        self.write("collector.yaml", collector_yaml(self), 0o600)
        for agent in self.agents:
            self.write(f"agents/{agent.replace('/', '-')}.yaml", agent_yaml(self, agent), 0o600)

    def bring_up(self, pki):
        self.make_lines()
        self.make_disks()
        os.symlink(pki, self.path("pki"))
        self.write_files()
        self.sink = Gateway(self.sink_port, self.path("pages.jsonl"))
        self.start_sim()
        self.start_broker()
        self.start_collector()

    def begin(self, name):
        if name == "broker":
            self.start_broker()
        elif name == "collector":
            self.start_collector()
        else:
            self.start_agent(name)

    def signal(self, name, number):
        p = self.processes.get(name)
        if p is not None and p.poll() is None:
            p.send_signal(number)

    def freeze(self, name):
        self.signal(name, signal.SIGSTOP)

    def thaw(self, name):
        self.signal(name, signal.SIGCONT)

    def keep_disks(self):
        """Copies of the small disks, which vanish with us."""
        for name in [HQ, *self.agents]:
            self.empty(name)
            shutil.copytree(self.disk(name), self.disk(name) + ".kept", dirs_exist_ok=True)

    def pages(self):
        return [dict(json.loads(p["text"]), key=p["key"], taken=p["at"]) for p in self.sink.pages]
