#!/usr/bin/env python3
"""sipp as voice response system: the right prompt, and each way to be wrong; what the fingerprint
stands: level, codec, start, noise. espeak-ng speaks, sox makes telephone sound of it."""
import subprocess
import sys

import scenarios
from peers import Bench

PORT = 23170
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
    name = b.write(f"s{port}.xml", xml)
    p = b.start("sipp", "-sf", name, "-i", "127.0.0.1", "-p", str(port), "-mp", str(port + 300),
                "-nostdin", "-m", "1", "-timeout", str(take))
    a = b.probe(f"ivr:900@127.0.0.1:{port}#prompt={b.path('right.fp')}{options}")
    try:
        a["peer"] = p.wait(8)
    except subprocess.TimeoutExpired:
        a["peer"] = "still there: no BYE or CANCEL came"
    return a


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
    for i, (what, xml, result, options, seconds) in enumerate(cases):
        a = call(b, PORT + i, xml, options)
        v = a["values"]
        fine = v.get("ivr.result") == result and a["took"] < seconds and a["status"] == 0
        score = v.get("ivr.prompt_score_percent")
        b.check(fine, f"{what}: {result} (score {score}, {a['took']:.1f} s)", a)
        b.check(a["peer"] == 0, f"{what}: the call was ended in order", a["peer"])
        if result == "ok":
            b.check(v.get("ivr.rtp_loss_percent") == 0 and v.get("ivr.answer_ms", -1) >= 0,
                    f"{what}: answer time and loss", a)


def check_nobody(b):
    a = b.probe(f"ivr:900@127.0.0.1:{PORT + 99}")
    b.check(a["values"].get("ivr.result") == "no_answer" and a["status"] == 1 and a["took"] < 7,
            "nobody there: no_answer, unreachable", a)
    a = b.probe(f"ivr:900@127.0.0.1:{PORT + 99}#prompt={b.path('right.wav')}")
    b.check(a["status"] == 2 and "fingerprint" in a.get("error", ""),
            "a sound file is no fingerprint, and the line says so", a)
    a = b.probe(f"ivr:127.0.0.1:{PORT + 99}")
    b.check(a["status"] == 2, "a call needs a number", a)


def main():
    with Bench(needs=["sipp", "espeak-ng", "sox"]) as b:
        check_results(b, make_sounds(b))
        check_nobody(b)
        return b.finish()


sys.exit(main())
