#!/usr/bin/env python3
"""What a person may type wrong: each ends soon, with its status and a line that says what it is."""
import os
import subprocess
import sys

from peers import Bench

TEXTS = [  # arguments, exit status, what is said
    ([], 2, "linewatch-agent --config FILE"),
    (["--help"], 0, "linewatch-agent --config FILE"),
    (["frobnicate"], 2, "no such command: frobnicate"),
    (["--check"], 2, "--config FILE is missing"),
    (["--config", "good.yaml", "--check", "--once"], 2, "not both"),
    (["--config", "nowhere.yaml", "--check"], 1, "nowhere.yaml: No such file"),
    (["--config", ".", "--check"], 1, ".: Is a directory"),
    (["--config", "/dev/zero", "--check"], 1, "/dev/zero: File too large"),
    (["--config", "empty.yaml", "--check"], 1, "empty.yaml:1: the file is empty"),
    (["--config", "noise.yaml", "--check"], 1, "noise.yaml:1: this is not YAML"),
    (["--config", "fifo.yaml", "--check"], 1, "fifo.yaml:1: the file is empty"),
    (["--config", "bomb.yaml", "--check"], 1, "bomb.yaml:3: "),
    (["--config", "deep.yaml", "--check"], 1, "deep.yaml:1: nested too deeply"),
    (["--config", "many.yaml", "--check"], 1, "many.yaml:3: devices: has 4001 entries, more than 4000"),
    (["--config", "good.yaml", "--check"], 0, "configuration ok"),
    (["probe"], 2, "probe wants a URL"),
    (["probe", "a", "b"], 2, "not also: b"),
    (["probe", "--help"], 0, "linewatch-agent probe URL"),
    (["probe", "gopher://h"], 2, "nothing here speaks gopher://h"),
    (["probe", "snmp://h", "--profile", "nosuch"], 2, "no profile is called 'nosuch'"),
    (["probe", "http://h/", "--suggest"], 2, "must read snmp://"),
    (["probe", "snmp://x@127.0.0.1:9", "--suggest"], 1, "no answer within 4 s"),
    (["probe", "snmp://x@127.0.0.1:9#version=3"], 2, "version 3 is snmp3://"),
    (["probe", "snmp3://u@h#auth=SHA&auth_password_file=empty.yaml"], 2, "its first line is empty"),
    (["probe", "snmp3://u@h#auth=SHA&auth_password_file=/tmp"], 2, "Is a directory"),
    (["probe", "tcp://no-such-host.invalid:1"], 1, ["no such host", "cannot be looked up"]),
    (["probe", "host:/nonexistent"], 2, "is no folder"),
    (["probe", "host:#chron=1"], 2, "chron: no such option"),
    (["discover"], 2, "one range is wanted"),
    (["discover", "--help"], 0, "linewatch-agent discover RANGE"),
    (["discover", "10.0.0.1", "--port", "99999", "--yes"], 2, "--port wants 1 to 65535"),
    (["discover", "10.0.0.1", "--rate", "0", "--yes"], 2, "--rate wants 1 to 200"),
    (["discover", "10.0.0.1", "--community-file", "/tmp", "--yes"], 2, "/tmp: Is a directory"),
    (["discover", "127.0.0.1"], 2, "--yes is needed"),
    (["fingerprint", "noise.yaml"], 1, "noise.yaml: wants a WAV file"),
    (["fingerprint", "nowhere.wav"], 1, "nowhere.wav: No such file"),
]

NAME = "name: danang/gw\nbroker: {host: h}\n"


def bomb():
    """Ten levels of ten aliases each: 10 GB where somebody follows them all."""
    text, last = NAME + "x0: &x0 [l, l, l, l, l, l, l, l, l, l]\n", "x0"
    for i in range(1, 10):
        text += f"x{i}: &x{i} [{', '.join(['*' + last] * 10)}]\n"
        last = f"x{i}"
    return text


def main():
    with Bench() as b:
        b.write("good.yaml", NAME)
        b.write("empty.yaml", "")
        b.write("bomb.yaml", bomb())
        b.write("deep.yaml", "name: " + "[" * 100000)
        b.write("many.yaml", NAME + "devices:\n" + "".join(
            f"  - {{id: d{i}, url: \"link://h{i}\"}}\n" for i in range(4001)))
        with open(b.path("noise.yaml"), "wb") as f:
            f.write(bytes(range(255, 0, -1)) * 8)
        os.mkfifo(b.path("fifo.yaml"))
        for arguments, status, said in TEXTS:
            what = " ".join(arguments) or "nothing"
            try:
                p = subprocess.run([b.agent, *arguments], cwd=b.dir, stdin=subprocess.DEVNULL,
                                   capture_output=True, text=True, errors="replace", timeout=15,
                                   check=False)
            except subprocess.TimeoutExpired:
                b.check(False, f"{what} ends")
                continue
            text = p.stdout + p.stderr
            fine = p.returncode == status and any(
                s in text for s in (said if isinstance(said, list) else [said]))
            b.check(fine and "Sanitizer" not in text, what, [p.returncode, text[-300:]])
        return b.finish()


sys.exit(main())
