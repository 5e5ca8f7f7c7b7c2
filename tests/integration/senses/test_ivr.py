#!/usr/bin/env python3
"""sipp as voice response system: the right prompt, and each way to be wrong; what the fingerprint
stands: level, codec, start, noise. espeak-ng speaks, sox makes telephone sound of it."""
import shutil
import socket
import struct
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import scenarios
from peers import PORT, SOON, Bench, wait_port

RIGHT = "Xin chào. Đây là tổng đài quốc gia bảo vệ trẻ em. Vui lòng nhấn phím một để gặp tư vấn viên."
WRONG = "Thuê bao quý khách vừa gọi hiện không liên lạc được. Xin quý khách vui lòng gọi lại sau."


def speak(b, name, text, *effects, codec="al", speed=150, lead=0.0):
    """`name`.wav as spoken, `name`.al or .ul as telephone sound with the effects of sox."""
    wav = b.path(name + ".wav")
    b.run("espeak-ng", "-v", "vi", "-s", str(speed), "-w", wav, text)
    raw = b.path(f"{name}.{codec}")
    b.run("sox", wav, "-r", "8000", "-c", "1", "-t", codec, raw, *effects, "pad", str(lead), "0.5")
    return raw


def call(b, port, xml, options="", take=40):
    """One call to a sipp at `port`, which takes the nine after it and ten from 300 behind it as well."""
    name = b.write(f"s{port}.xml", xml)
    p = b.start("sipp", "-sf", name, "-i", "127.0.0.1", "-p", str(port), "-mp", str(port + 300),
                "-nostdin", "-m", "1", "-timeout", str(take))
    a = b.probe(f"ivr:900@127.0.0.1:{port}#prompt={b.path('right.fp')}{options}")
    try:
        a["peer"] = p.wait(8)
    except subprocess.TimeoutExpired:
        a["peer"] = "still there: no BYE or CANCEL came"
    return a


def calls(b, wanted):
    """The answers of many calls, (port, xml, options) each, a few at the same time."""
    with ThreadPoolExecutor(4) as lines:
        return list(lines.map(lambda c: call(b, *c), wanted))


def make_sounds(b):
    sounds = {
        "right": speak(b, "right", RIGHT),
        "quiet": speak(b, "quiet", RIGHT, "vol", "0.15", lead=1.3),
        "ulaw": speak(b, "ulaw", RIGHT, codec="ul", lead=0.37),
        "wrong": speak(b, "wrong", WRONG),
    }
    slow = b.path("slow.al")
    b.run("sox", b.path("right.wav"), "-r", "8000", "-c", "1", "-t", "al", slow, "speed", "0.5")
    stretched = b.path("stretched.al")
    b.run("sox", b.path("right.wav"), "-r", "8000", "-c", "1", "-t", "al", stretched, "tempo", "0.5")
    silence = b.path("silence.al")
    with open(silence, "wb") as f:
        f.write(b"\xd5" * 80000)
    out = subprocess.run([b.agent, "fingerprint", b.path("right.wav"), "-o", b.path("right.fp")],
                         check=False, stderr=subprocess.PIPE)
    b.check(out.returncode == 0, "the fingerprint is made", out.stderr.decode())
    return {**sounds, "slow": slow, "stretched": stretched, "silence": silence}


def check_results(b, sounds):
    cases = [
        ("the right prompt", scenarios.ivr(sounds["right"]), "ok", "", 12),
        ("softer, later", scenarios.ivr(sounds["quiet"]), "ok", "", 12),
        ("mu-law", scenarios.ivr(sounds["ulaw"], codec=0), "ok", "", 12),
        ("another prompt", scenarios.ivr(sounds["wrong"]), "wrong_prompt", "", 20),
        ("half speed", scenarios.ivr(sounds["slow"]), "wrong_prompt", "", 20),
        ("half tempo", scenarios.ivr(sounds["stretched"]), "wrong_prompt", "", 20),
        ("silence", scenarios.ivr(sounds["silence"]), "silent", "&listen_ms=4000", 10),
        ("no media", scenarios.ivr(None), "one_way", "&listen_ms=3000", 10),
        ("busy", scenarios.refuses("486 Busy Here"), "busy", "", 4),
        ("congested", scenarios.refuses("503 Service Unavailable"), "no_answer", "", 4),
        ("rings and rings", scenarios.rings(), "no_answer", "&ring_ms=3000", 8),
    ]
    answers = calls(b, [(PORT + 10 * i, xml, options) for i, (_, xml, _, options, _) in enumerate(cases)])
    for (what, _, result, _, seconds), a in zip(cases, answers):
        v = a["values"]
        fine = v.get("ivr.result") == result and a["took"] < seconds + SOON and a["status"] == 0
        score = v.get("ivr.prompt_score_percent")
        b.check(fine, f"{what}: {result} (score {score}, {a['took']:.1f} s)", a)
        b.check(a["peer"] == 0, f"{what}: the call was ended in order", a["peer"])
        if result == "ok":
            b.check(v.get("ivr.rtp_loss_percent") == 0 and v.get("ivr.answer_ms", -1) >= 0,
                    f"{what}: answer time and loss", a)


class Menu(threading.Thread):
    """A menu on RTP: plays one sound until it hears `key` as a telephone event, then another."""

    def __init__(self, port, key, first, second):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.socket.settimeout(0.02)
        self.key, self.sounds = key, [open(f, "rb").read() for f in (first, second)]
        self.heard, self.events, self.ended = "", [], False

    def listen(self):
        """The digits, by RFC 4733: one event is one timestamp, told by its end bit."""
        try:
            data, self.peer = self.socket.recvfrom(2048)
        except TimeoutError:
            return
        if data[1] & 0x7f == 101 and data[13] & 0x80:
            stamp = data[4:8]
            if stamp not in self.events:
                self.events.append(stamp)
                self.heard += "0123456789*#"[data[12]]
        elif data[1] & 0x7f not in (8, 101):
            self.heard += "?"

    def run(self):
        self.peer, sound, at, seq = None, 0, 0, 0
        while not self.ended:
            self.listen()
            if sound == 0 and self.heard == self.key:
                sound, at = 1, 0
            if self.peer is None:
                continue
            payload = self.sounds[sound][at:at + 160]
            at = at + 160 if at + 320 <= len(self.sounds[sound]) else 0
            seq += 1
            self.socket.sendto(struct.pack("!BBHII", 0x80, 8, seq & 0xffff, seq * 160, 7) + payload, self.peer)
        self.socket.close()


def check_digits(b, sounds):
    cases = [("the menu's right branch", "&dtmf=1%23&dtmf_after_ms=1500", "ok", "1#"),
             ("the menu's wrong branch", "&dtmf=2&dtmf_after_ms=500", "wrong_prompt", "2"),
             ("no digit, the first prompt", "&listen_ms=6000", "wrong_prompt", "")]
    menus = [Menu(PORT + 495 + i, "1#", sounds["wrong"], sounds["right"]) for i in range(len(cases))]
    for menu in menus:
        menu.start()
    answers = calls(b, [(PORT + 120 + 10 * i, scenarios.elsewhere(PORT + 495 + i), options)
                        for i, (_, options, _, _) in enumerate(cases)])
    for (what, _, result, heard), menu, a in zip(cases, menus, answers):
        menu.ended = True
        menu.join()
        b.check(a["values"].get("ivr.result") == result and menu.heard == heard,
                f"{what}: {result}, digits '{menu.heard}' (score {a['values'].get('ivr.prompt_score_percent')})", a)


def check_credentials(b, sounds):
    secret = b.write("secret", "open sesame\n", 0o600)
    a = call(b, PORT + 150, scenarios.asks_who(sounds["right"], "probe"), f"&user=probe&password_file={secret}")
    b.check(a["values"].get("ivr.result") == "ok" and a["peer"] == 0, "a PBX that wants to know who calls", a)
    a = call(b, PORT + 160, scenarios.refuses("407 Proxy Authentication Required", scenarios.CHALLENGE))
    b.check(a["values"].get("ivr.result") == "no_answer" and a["values"].get("sip.response_code") == 407,
            "without credentials: 407", a)
    a = b.probe(f"ivr:900@127.0.0.1:{PORT + 199}#user=probe")
    b.check(a["status"] == 2, "a user without a password is refused", a)


PROXY = """#!KAMAILIO
debug=1
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
alias="pbx.test"
listen=udp:127.0.0.1:{port}
listen=tcp:127.0.0.1:{port}
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    if (has_totag()) {{ if (loose_route()) t_relay(); else if (t_check_trans()) t_relay(); exit; }}
    if (is_method("ACK")) exit;
    remove_hf("Route");
    record_route();
    if ($rU != "900") {{ sl_send_reply("404", "No Such Number"); exit; }}
    $du = "sip:127.0.0.1:{ivr}";
    t_relay();
}}
"""


def check_proxy(b, sounds):
    """The call goes through a proxy that stays in it: BYE must find the way too."""
    if not shutil.which("kamailio"):
        print("  not done: kamailio is missing")
        return
    port, ivr = PORT + 170, PORT + 180
    b.write("proxy.cfg", PROXY.format(port=port, ivr=ivr))
    p = b.start("kamailio", "-f", b.path("proxy.cfg"), "-DD", "-E", "-m", "16", "-M", "8", "-w", b.dir, "-P",
                b.path("kam.pid"), "-Y", b.dir)
    if not wait_port(port, seconds=15):
        b.check(False, open(p.log, encoding="utf-8").read()[-800:])
        return
    ways = [("through a proxy", f"ivr:900@127.0.0.1:{port}"),
            ("through a proxy, TCP", f"ivr:900@127.0.0.1:{port};transport=tcp"),
            ("a domain through its proxy", f"ivr:900@pbx.test#proxy=127.0.0.1:{port}"),
            ("a host by name", f"ivr:900@localhost:{port}")]
    for what, url in ways:
        name = b.write("proxied.xml", scenarios.ivr(sounds["right"]))
        peer = b.start("sipp", "-sf", name, "-i", "127.0.0.1", "-p", str(ivr), "-mp", str(ivr + 300), "-nostdin",
                       "-m", "1", "-timeout", "30")
        a = b.probe(f"{url}{'&' if '#' in url else '#'}prompt={b.path('right.fp')}")
        try:
            ended = peer.wait(8)
        except subprocess.TimeoutExpired:
            ended = "still there"
            b.stop(peer)
        b.check(a["values"].get("ivr.result") == "ok" and ended == 0, f"{what}: ok, and hung up ({ended})", a)
    a = b.probe(f"ivr:901@127.0.0.1:{port}")
    b.check(a["values"].get("ivr.result") == "no_answer" and "404" in a["error"], "no such number", a)


def check_nobody(b):
    a = b.probe(f"ivr:900@127.0.0.1:{PORT + 199}")
    b.check(a["values"].get("ivr.result") == "no_answer" and a["status"] == 1 and a["took"] < SOON,
            "nobody there: no_answer, unreachable", a)
    a = b.probe(f"ivr:900@127.0.0.1:{PORT + 199}#prompt={b.path('right.wav')}")
    b.check(a["status"] == 2 and "fingerprint" in a.get("error", ""),
            "a sound file is no fingerprint, and the line says so", a)
    a = b.probe(f"ivr:127.0.0.1:{PORT + 199}")
    b.check(a["status"] == 2, "a call needs a number", a)


def main():
    with Bench(needs=["sipp", "espeak-ng", "sox"]) as b:
        sounds = make_sounds(b)
        check_results(b, sounds)
        check_digits(b, sounds)
        check_credentials(b, sounds)
        check_proxy(b, sounds)
        check_nobody(b)
        return b.finish()


sys.exit(main())
