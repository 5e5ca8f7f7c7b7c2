#!/usr/bin/env python3
"""Each notifier against the real server it speaks to: aiosmtpd, Alertmanager, snmptrapd,
gammu-smsd with its dummy phone, a syslog socket, and an HTTP sink that fails in every way."""
import email, email.policy, http.server, json, os, shutil, signal, socket, ssl, subprocess, sys, tempfile, threading, time

DRIVER = sys.argv[1]
failures = []
skipped = []


def check(sentence, ok, seen=""):
    print(("ok   " if ok else "FAIL ") + sentence + ("" if ok else f" -- {seen}"))
    if not ok:
        failures.append(sentence)


def send(kind, to, **conf):
    p = subprocess.run([DRIVER, kind, to] + [f"{k}={v}" for k, v in conf.items()], capture_output=True, text=True, timeout=30)
    check(f"{kind}: the driver leaves nothing open", p.returncode in (0, 1), f"exit {p.returncode} {p.stderr[-300:]}")
    return p.stdout.strip()


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


class Sink(http.server.BaseHTTPRequestHandler):
    seen = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Sink.seen.append((self.path, dict(self.headers), body))
        if self.path == "/stall":
            time.sleep(5)
            return
        status = int(self.path.rsplit("/", 1)[1]) if self.path.rsplit("/", 1)[1].isdigit() else 200
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "7")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *a):
        pass


def test_http():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_address[1]}"
    check("webhook: 200 is taken", send("webhook", base + "/200").startswith("taken"))
    path, headers, body = Sink.seen[-1]
    check("webhook: the key goes along", headers.get("Idempotency-Key") == "page/7/opened/lan", headers)
    check("webhook: the body is JSON with the incident", json.loads(body)["incident"] == 7, body)
    check("webhook: 500 is tried again", send("webhook", base + "/500").startswith("temporary 0"))
    check("webhook: 429 says when", send("webhook", base + "/429").startswith("temporary 7000"))
    check("webhook: 404 is the end", send("webhook", base + "/404").startswith("permanent"))
    begun = time.monotonic()
    check("webhook: a stalling server ends in a time-out", send("webhook", base + "/stall", timeout_ms=800).startswith("temporary"))
    check("webhook: and in time", time.monotonic() - begun < 3)
    check("webhook: a closed port is tried again", send("webhook", f"http://127.0.0.1:{free_port()}/").startswith("temporary"))
    check("webhook: a file is not a web address", not send("webhook", "file:///etc/passwd").startswith("taken"))
    check("telegram: taken", send("telegram", "4242", url=base, secret="123:abc").startswith("taken"))
    path, headers, body = Sink.seen[-1]
    check("telegram: to the bot's address", path == "/bot123:abc/sendMessage" and json.loads(body)["chat_id"] == "4242", path)
    check("slack: taken", send("slack", base + "/hook").startswith("taken"))
    check("slack: has a text", "Mất điện lưới" in json.loads(Sink.seen[-1][2])["text"])
    check("zalo: taken", send("zalo", "84900000000", url=base + "/zalo", template_id="7", secret="tok").startswith("taken"))
    path, headers, body = Sink.seen[-1]
    check("zalo: token in its header, data in the template", headers.get("access_token") == "tok" and "template_data" in json.loads(body), headers)
    check("zalo: no value is over 400 characters", all(len(v) <= 400 for v in json.loads(body)["template_data"].values()))
    check("sms gateway: form body", send("sms_gateway", "+84 90", url=base + "/sms", body="to={to}&m={sms}",
                                         content_type="application/x-www-form-urlencoded").startswith("taken"))
    check("sms gateway: is escaped", Sink.seen[-1][2].startswith(b"to=%2B84%2090&m=111%20DA%20NANG"), Sink.seen[-1][2])
    server.shutdown()


def certificate(folder):
    key, crt = folder + "/key.pem", folder + "/crt.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key, "-out", crt],
                   check=True, capture_output=True)
    return key, crt


def test_smtp(folder):
    try:
        from aiosmtpd.controller import Controller
        from aiosmtpd.smtp import AuthResult, SMTP
    except ImportError:
        # Debian's package serves Debian's python3; another python3 may come first in PATH.
        if os.path.exists("/usr/bin/python3") and sys.executable != "/usr/bin/python3" and "LW_SECOND" not in os.environ:
            os.environ["LW_SECOND"] = "1"
            os.execv("/usr/bin/python3", ["/usr/bin/python3"] + sys.argv)
        skipped.append("smtp: no aiosmtpd")
        return
    key, crt = certificate(folder)
    mails = []

    class Handler:
        async def handle_RCPT(self, server, session, envelope, address, options):
            if address.startswith("nobody"):
                return "550 no such user"
            if address.startswith("later"):
                return "451 try again later"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, server, session, envelope):
            mails.append((session.ssl is not None, session.authenticated, envelope.rcpt_tos, envelope.content))
            return "250 queued"

    def login(server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login == b"lw" and data.password == b"secret"))

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)

    class Starttls(Controller):
        def factory(self):
            return SMTP(self.handler, tls_context=context, require_starttls=True, authenticator=login, auth_required=True)

    c = Starttls(Handler(), hostname="127.0.0.1", port=free_port())
    c.start()
    url = f"smtp://127.0.0.1:{c.port}"
    conf = dict(url=url, **{"from": "lw@example.vn"}, user="lw", secret="secret", ca_file=crt)
    check("email: taken over STARTTLS with a login", send("email", "lan@example.vn", **conf).startswith("taken"))
    secure, known, to, content = mails[-1]
    m = email.message_from_bytes(content, policy=email.policy.default)
    check("email: encrypted and authenticated", secure and known)
    check("email: the subject keeps its diacritics", m["Subject"] == "Đà Nẵng: mất điện lưới lúc 02:10, đang chạy bằng pin UPS, còn khoảng 42 phút", m["Subject"])
    plain = m.get_body(("plain",)).get_content()
    check("email: the plain text is whole, dots and all", "\n.dòng bắt đầu bằng chấm" in plain.replace("\r", ""), plain)
    check("email: there is an HTML part", "<p>" in m.get_body(("html",)).get_content())
    check("email: Message-ID comes from the key", send("email", "lan@example.vn", **conf).startswith("taken") and
          email.message_from_bytes(mails[-1][3])["Message-ID"] == m["Message-ID"])
    check("email: an unknown recipient is the end", send("email", "nobody@example.vn", **conf).startswith("permanent"))
    check("email: a greylisted one is tried again", send("email", "later@example.vn", **conf).startswith("temporary"))
    check("email: a wrong password is not taken", not send("email", "lan@example.vn", **{**conf, "secret": "x"}).startswith("taken"))
    check("email: an unknown authority is not trusted", not send("email", "lan@example.vn", **{**conf, "ca_file": "/dev/null"}).startswith("taken"))
    before = len(mails)
    check("email: no header can be smuggled in by an address", not send("email", "lan@example.vn\r\nBcc: x@y", **conf).startswith("taken") and len(mails) == before)
    c.stop()
    plain_server = Controller(Handler(), hostname="127.0.0.1", port=free_port())
    plain_server.start()
    conf = dict(url=f"smtp://127.0.0.1:{plain_server.port}", **{"from": "lw@example.vn"})
    check("email: without TLS nothing is sent by default", not send("email", "lan@example.vn", **conf).startswith("taken"))
    check("email: tls none is obeyed", send("email", "lan@example.vn", tls="none", **conf).startswith("taken"))
    plain_server.stop()


def test_alertmanager(folder):
    program = shutil.which("prometheus-alertmanager")
    if program is None:
        skipped.append("alertmanager: not installed")
        return
    port = free_port()
    conf = folder + "/am.yml"
    open(conf, "w").write("route: {receiver: none}\nreceivers: [{name: none}]\n")
    p = subprocess.Popen([program, f"--config.file={conf}", f"--storage.path={folder}/am", f"--web.listen-address=127.0.0.1:{port}",
                          "--cluster.listen-address="], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        import urllib.request
        base = f"http://127.0.0.1:{port}"

        def alerts():
            return json.load(urllib.request.urlopen(base + "/api/v2/alerts", timeout=3))

        def up():
            try:
                return alerts() is not None
            except OSError:
                return False

        check("alertmanager: is up", wait_for(up, 20))
        check("alertmanager: takes an alarm", send("alertmanager", "", url=base).startswith("taken"))
        check("alertmanager: takes a clear", send("alertmanager", "", url=base, reason="cleared").startswith("taken"))
        check("alertmanager: a cleared alert is gone", wait_for(lambda: alerts() == [], 5), alerts())
    finally:
        p.terminate()
        p.wait()


def test_snmp_trap(folder):
    program = shutil.which("snmptrapd") or "/usr/sbin/snmptrapd"
    if not os.path.exists(program):
        skipped.append("snmp_trap: no snmptrapd")
        return
    port, log = free_port(socket.SOCK_DGRAM), folder + "/traps"
    conf = folder + "/snmptrapd.conf"
    open(conf, "w").write(f"snmpTrapdAddr udp:127.0.0.1:{port}\nauthCommunity log lw-public\nformat2 %V|%B|%P|%v\\n\n")
    p = subprocess.Popen([program, "-f", "-Lf", log, "-C", "-c", conf, "-On"], env={**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": folder + "/snmp"})
    try:
        wait_for(lambda: os.path.exists(log) and "snmptrapd" in open(log, errors="replace").read().lower() or False, 5)

        def arrived():
            send("snmp_trap", "", url=f"udp://127.0.0.1:{port}", community="lw-public")
            return "danang/ups-1" in open(log, errors="replace").read() if os.path.exists(log) else False

        check("snmp_trap: snmptrapd shows the alarm", wait_for(arrived, 5))
        text = open(log, errors="replace").read()
        check("snmp_trap: with code and severity", "on_battery" in text and "INTEGER: 4" in text, text[-400:])
        check("snmp_trap: a name in the target is refused", send("snmp_trap", "", url="udp://localhost:162").startswith("open url"))
    finally:
        p.terminate()
        p.wait()


def test_syslog():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        s.settimeout(5)
        check("syslog: sent", send("syslog", "", url=f"udp://127.0.0.1:{s.getsockname()[1]}").startswith("taken"))
        text = s.recv(4096).decode()
        check("syslog: RFC 5424 with the alarm's data", text.startswith("<131>1 20") and '[alarm resource="danang/ups-1" probableCause="on_battery"' in text, text)


def test_gammu(folder):
    if shutil.which("gammu-smsd-inject") is None or shutil.which("gammu-smsd") is None:
        skipped.append("gammu: not installed")
        return
    for d in ("inbox", "outbox", "sent", "error", "dummy/sms/0", "dummy/sms/1", "dummy/sms/2", "dummy/sms/3", "dummy/sms/4"):
        os.makedirs(f"{folder}/{d}", exist_ok=True)
    rc = folder + "/smsdrc"
    open(rc, "w").write(f"[gammu]\nmodel = dummy\nconnection = none\ndevice = {folder}/dummy\n\n[smsd]\nservice = files\nlogfile = {folder}/smsd.log\n"
                        f"inboxpath = {folder}/inbox/\noutboxpath = {folder}/outbox/\nsentsmspath = {folder}/sent/\nerrorsmspath = {folder}/error/\n")
    out = send("gammu", "+84900000000", config=rc)
    check("gammu: the daemon's queue takes it", out.startswith("taken"), out)
    queued = os.listdir(folder + "/outbox")
    check("gammu: one message to the number is queued", len(queued) == 1 and "84900000000" in queued[0], queued)
    check("gammu: an option is not a number", not send("gammu", "-rf", config=rc).startswith("taken"))
    p = subprocess.Popen([shutil.which("gammu-smsd"), "-c", rc], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        check("gammu: the daemon sends it by its (dummy) modem", wait_for(lambda: os.listdir(folder + "/sent") != [], 30),
              open(folder + "/smsd.log", errors="replace").read()[-500:] if os.path.exists(folder + "/smsd.log") else "")
    finally:
        p.terminate()
        p.wait()


with tempfile.TemporaryDirectory() as d:
    test_smtp(d)
    test_http()
    test_alertmanager(d)
    test_snmp_trap(d)
    test_syslog()
    test_gammu(d)
for s in skipped:
    print("skipped:", s)
print(f"{'FAILED' if failures else 'passed'}: {len(failures)} failures")
sys.exit(1 if failures else 0)
