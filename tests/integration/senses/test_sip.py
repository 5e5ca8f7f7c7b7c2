#!/usr/bin/env python3
"""kamailio over UDP, TCP and TLS, sipp as phones: any answer is life, the code tells of service;
registrations as the registrar shows them; slow, silent, provisional and odd peers."""
import os
import signal
import socket
import subprocess
import sys
import threading

import scenarios
from peers import PORT, SOON, Bench, wait_port

TLS_PORT, PHONE = PORT + 1, PORT + 10
MODULES = "/usr/lib/x86_64-linux-gnu/kamailio/modules/"

KAMAILIO = """#!KAMAILIO
debug=1
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
alias="pbx.test"
listen=udp:127.0.0.1:{port}
listen=tcp:127.0.0.1:{port}
{tls}
mpath="{modules}"
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
{tls_module}
modparam("registrar", "min_expires", 5)
request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (is_method("REGISTER")) {{ if (!save("location")) sl_reply_error(); exit; }}
    if (is_method("OPTIONS") && $rU == $null) {{ sl_send_reply("200", "Alive"); exit; }}
    if ($rU == "busybody") {{ sl_send_reply("503", "Too Much To Do"); exit; }}
    if ($rU == "secret") {{ sl_send_reply("403", "Forbidden"); exit; }}
    if (!lookup("location")) {{ sl_send_reply("404", "Not Found"); exit; }}
    t_relay();
}}
"""


def make_certificate(b, days):
    b.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
          "-keyout", b.path("key.pem"), "-out", b.path("cert.pem"), "-days", str(days), "-subj", "/CN=localhost",
          "-addext", "subjectAltName=DNS:localhost")
    os.chmod(b.path("key.pem"), 0o644)


def start_kamailio(b):
    tls = os.path.exists(MODULES + "tls.so")
    make_certificate(b, 20)
    b.write("tls.cfg", f"[server:default]\nmethod = TLSv1.2+\nverify_certificate = no\n"
                       f"private_key = {b.path('key.pem')}\ncertificate = {b.path('cert.pem')}\n")
    b.write("kamailio.cfg", KAMAILIO.format(
        port=PORT, modules=MODULES,
        tls=f"enable_tls=yes\nlisten=tls:127.0.0.1:{TLS_PORT}" if tls else "",
        tls_module=f'loadmodule "tls.so"\nmodparam("tls", "config", "{b.path("tls.cfg")}")' if tls else ""))
    p = b.start("kamailio", "-f", b.path("kamailio.cfg"), "-DD", "-E", "-m", "32", "-M", "8", "-w", b.dir,
                "-P", b.path("kam.pid"), "-Y", b.dir)
    if not wait_port(PORT, seconds=15):
        print(open(p.log, encoding="utf-8").read()[-2000:])
        sys.exit(1)
    return p, tls


def phone(b, port, xml, count=1):
    return b.start("sipp", "-sf", b.write(f"p{port}.xml", xml), "-i", "127.0.0.1", "-p", str(port), "-nostdin",
                   "-m", str(count), "-timeout", "30")


def serves(a, code, flag):
    return a["values"].get("sip.response_code") == code and a["values"].get("sip.serves") == flag


def check_kamailio(b, tls):
    for what, url in [("UDP", f"sip:127.0.0.1:{PORT}"), ("TCP", f"sip:127.0.0.1:{PORT};transport=tcp")]:
        a = b.probe(url)
        b.check(serves(a, 200, 1) and a["values"]["sip.latency_ms"] < 1000 and "kamailio" in str(a["evidence"]),
                f"kamailio over {what}", a)
    a = b.probe(f"sip:pbx.test:5060#proxy=127.0.0.1:{PORT}")
    b.check(serves(a, 200, 1), "a domain through its proxy", a)
    a = b.probe(f"sip:localhost:{PORT}")
    b.check(a["values"].get("sip.response_code", 0) >= 200, "a host by name", a)
    for user, code, flag in [("nobody", 404, 0), ("busybody", 503, 0), ("secret", 403, None)]:
        a = b.probe(f"sip:{user}@127.0.0.1:{PORT}")
        b.check(serves(a, code, flag) and a["status"] == 0, f"SIP {code} is life, sip.serves {flag}", a)
    if not tls:
        print("  not done: kamailio-tls-modules is missing")
        return
    a = b.probe(f"sips:localhost:{TLS_PORT}#ca={b.path('cert.pem')}")
    b.check(a["values"].get("sip.response_code", 0) >= 200 and a["values"].get("tls.days_left") in (19, 20),
            "TLS, trusted, with the certificate's days", a)
    a = b.probe(f"sips:localhost:{TLS_PORT}")
    b.check(a["status"] == 1 and "not trusted" in a.get("error", ""), "TLS, not trusted: says so", a)
    a = b.probe(f"sips:localhost:{TLS_PORT}#verify=no")
    b.check(a["values"].get("sip.response_code", 0) >= 200, "TLS without trust, if asked for", a)


def check_registration(b):
    url = f"sip:1001@127.0.0.1:{PORT}#registrar=yes"
    a = b.probe(url)
    b.check(a["values"].get("sip.registered") == 0, "not registered yet", a)
    register = ('<?xml version="1.0" encoding="UTF-8" ?>\n<scenario name="register"><send retrans="500"><![CDATA[\n'
                "REGISTER sip:127.0.0.1 SIP/2.0\n"
                "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\nMax-Forwards: 70\n"
                f"From: <sip:1001@127.0.0.1:{PORT}>;tag=[call_number]\nTo: <sip:1001@127.0.0.1:{PORT}>\n"
                f"Call-ID: [call_id]\nCSeq: 1 REGISTER\nContact: <sip:1001@127.0.0.1:{PHONE}>\nExpires: 60\n"
                'Content-Length: 0\n\n]]></send><recv response="200"/></scenario>\n')
    b.run("sipp", f"127.0.0.1:{PORT}", "-sf", b.write("register.xml", register), "-i", "127.0.0.1", "-p",
          str(PHONE + 50), "-m", "1", "-nostdin", "-timeout", "10")
    a = b.probe(url)
    b.check(a["values"].get("sip.registered") == 1, "registered, as the registrar shows it", a)
    p = phone(b, PHONE, scenarios.options(agent="Desk phone 7"))
    a = b.probe(f"sip:1001@127.0.0.1:{PORT}")
    b.check(serves(a, 200, 1) and "Desk phone 7" in str(a["evidence"]), "the phone behind the PBX answers", a)
    p.wait(10)
    a = b.probe(url)
    b.check(a["values"].get("sip.registered") == 1, "asking has not changed the binding", a)


def check_odd(b):
    phone(b, PHONE + 1, scenarios.options(delay_ms=900))
    a = b.probe(f"sip:127.0.0.1:{PHONE + 1}")
    b.check(serves(a, 200, 1) and 850 < a["values"]["sip.latency_ms"] < 1500, "an answer after 900 ms", a)
    phone(b, PHONE + 2, scenarios.options(status="405 Method Not Allowed"))
    b.check(serves(a := b.probe(f"sip:127.0.0.1:{PHONE + 2}"), 405, 1), "405 to OPTIONS serves", a)
    phone(b, PHONE + 3, scenarios.options(delay_ms=60000, provisional="100 Trying"))
    a = b.probe(f"sip:127.0.0.1:{PHONE + 3}")
    b.check(a["status"] == 0 and a["took"] < SOON and "sip.response_code" not in a["values"]
            and "final" in a.get("error", ""), "100 and no more: alive, and no Timer F", a)
    a = b.probe(f"sip:127.0.0.1:{PHONE + 4}")
    b.check(a["status"] == 1 and a["took"] < SOON, "a closed UDP port: unreachable within its time-out", a)
    a = b.probe(f"sip:127.0.0.1:{PHONE + 4};transport=tcp")
    b.check(a["status"] == 1 and a["took"] < SOON and "refused" in a["error"], "a closed TCP port: at once", a)
    check_garbage(b)


def check_garbage(b):
    """A peer that answers, but not to us, not in SIP, and 60 KB long."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", PHONE + 5))
    s.settimeout(8)

    def answer():
        try:
            data, who = s.recvfrom(65536)
            other = data.replace(b"branch=z9hG4bK", b"branch=z9hG4bKnot").split(b"\r\n\r\n")[0]
            lines = [line for line in other.split(b"\r\n")[1:] if not line.startswith(b"Max-Forwards")]
            for packet in (b"\0\xff" * 30000, b"SIP/2.0 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"",
                           b"SIP/2.0 200 OK\r\n" + b"\r\n".join(lines) + b"\r\n\r\n"):
                s.sendto(packet, who)
        except OSError:
            pass

    t = threading.Thread(target=answer)
    t.start()
    a = b.probe(f"sip:127.0.0.1:{PHONE + 5}")
    t.join()
    s.close()
    b.check(a["status"] == 1 and not a["values"], "garbage and answers to others are not life", a)
    b.check(a["stderr"] == "", "and nobody can fill the log with it", a)


def check_hang(b, kamailio):
    os.killpg(kamailio.pid, signal.SIGSTOP)
    a = b.probe(f"sip:127.0.0.1:{PORT};transport=tcp")
    b.check(a["status"] == 1 and a["took"] < SOON, "a PBX that hangs: unreachable within its time-out", a)
    os.killpg(kamailio.pid, signal.SIGCONT)
    b.until("and back", lambda: (serves(a := b.probe(f"sip:127.0.0.1:{PORT}"), 200, 1), a), 15)


def main():
    with Bench(needs=["kamailio", "sipp", "openssl"]) as b:
        kamailio, tls = start_kamailio(b)
        try:
            check_kamailio(b, tls)
            check_registration(b)
            check_odd(b)
            check_hang(b, kamailio)
        except subprocess.TimeoutExpired as e:
            b.check(False, str(e))
        return b.finish()


sys.exit(main())
