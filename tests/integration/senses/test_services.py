#!/usr/bin/env python3
"""nginx with a certificate that ends in 5 days, PostgreSQL, MariaDB, dnsmasq; closed, silent, slow
and endless peers."""
import os
import pwd
import shutil
import signal
import socketserver
import subprocess
import sys
import threading
import time

from peers import PORT, SOON, Bench, wait_port

HTTP, HTTPS, ODD, SILENT, BANNER, PG, MYSQL, DNS, CLOSED = range(PORT, PORT + 9)
POSTGRES = "/usr/lib/postgresql/15/bin/"


class Odd(socketserver.BaseRequestHandler):
    """Headers, then a body without end; `text` stands far inside it."""

    def handle(self):
        path = self.request.recv(1000).split()[1:2]
        try:
            self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
            for i in range(3000):
                if path == [b"/slow"]:
                    time.sleep(0.2)
                    self.request.sendall(b".")
                else:
                    self.request.sendall((b"x" * 4090 + b"needle") if i == 20 else b"x" * 4096)
        except OSError:
            pass


class Silent(socketserver.BaseRequestHandler):
    def handle(self):
        time.sleep(60)


class Banner(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            for part in (b"220 case", b"-db re", b"ady\r\n"):
                time.sleep(0.1)
                self.request.sendall(part)
            self.request.recv(10)
        except OSError:
            pass


def serve(port, handler):
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    socketserver.ThreadingTCPServer.daemon_threads = True
    server = socketserver.ThreadingTCPServer(("127.0.0.1", port), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def start_nginx(b):
    b.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
          "-keyout", b.path("key.pem"), "-out", b.path("cert.pem"), "-days", "5", "-subj", "/CN=localhost",
          "-addext", "subjectAltName=DNS:localhost")
    b.write("nginx.conf", f"""
daemon off; pid {b.path('nginx.pid')}; error_log stderr; worker_processes 1;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {b.dir}; proxy_temp_path {b.dir}; fastcgi_temp_path {b.dir};
  uwsgi_temp_path {b.dir}; scgi_temp_path {b.dir};
  server {{
    listen 127.0.0.1:{HTTP}; listen 127.0.0.1:{HTTPS} ssl;
    ssl_certificate {b.path('cert.pem')}; ssl_certificate_key {b.path('key.pem')};
    location = / {{ return 200 "Tổng đài 111 hoạt động\\n"; }}
    location = /gone {{ return 404; }}
    location = /broken {{ return 503 "sorry"; }}
    location = /moved {{ return 302 /; }}
    location = /local {{ return 302 file:///etc/passwd; }}
  }}
}}""")
    p = b.start("nginx", "-p", b.dir, "-c", b.path("nginx.conf"))
    if not wait_port(HTTP):
        sys.exit(open(p.log, encoding="utf-8").read())


def up(a, flag, status=None):
    v = a["values"]
    return v.get("service.up") == flag and (status is None or v.get("http.status_code") == status)


def check_http(b):
    base = f"http://127.0.0.1:{HTTP}"
    for what, url, flag, status in [
            ("200", "/", 1, 200), ("the expected text, in Vietnamese", "/#expect=ho%E1%BA%A1t%20%C4%91%E1%BB%99ng", 1, 200),
            ("a text that is not there", "/#expect=all%20well", 0, 200), ("404", "/gone", 0, 404),
            ("404, if that is what is wanted", "/gone#status=404", 1, 404), ("503", "/broken", 0, 503),
            ("a redirect is an answer", "/moved", 1, 302), ("a redirect followed", "/moved#follow=yes", 1, 200)]:
        a = b.probe(base + url)
        b.check(up(a, flag, status) and a["status"] == 0 and a["class"] == "service" and (flag or a.get("error")),
                what, a)
    a = b.probe(base + "/local#follow=yes")
    b.check(up(a, 0) and "root:" not in str(a), "a redirect to a file is not followed", a)
    for bad in ("/#status=20", "/#expect=", "/#expekt=x", "/#verify=maybe"):
        b.check((a := b.probe(base + bad))["status"] == 2 and a["error"], f"{bad} is refused", a)


def check_https(b):
    ca = f"ca={b.path('cert.pem')}"
    a = b.probe(f"https://localhost:{HTTPS}/#{ca}")
    b.check(up(a, 1, 200) and a["values"].get("tls.days_left") in (4, 5), "a certificate with 5 days left", a)
    a = b.probe(f"https://localhost:{HTTPS}/")
    b.check(up(a, 0) and a["reachable"] and a["values"].get("tls.days_left") in (4, 5) and "certificate" in a["error"],
            "a certificate that nobody trusts: down, its days known", a)
    a = b.probe(f"https://127.0.0.1:{HTTPS}/#{ca}")
    b.check(up(a, 0) and a["reachable"], "a certificate of another name: down", a)
    a = b.probe(f"https://127.0.0.1:{HTTPS}/#verify=no")
    b.check(up(a, 1, 200), "any certificate, if asked for", a)


def check_odd(b):
    servers = [serve(ODD, Odd), serve(SILENT, Silent), serve(BANNER, Banner)]
    a = b.probe(f"http://127.0.0.1:{ODD}/#expect=needle")
    b.check(a["took"] < SOON and not up(a, 1), "a body without end is cut", a)
    a = b.probe(f"http://127.0.0.1:{ODD}/slow")
    b.check(a["took"] < SOON and up(a, 0) and a["reachable"], "a body that trickles meets the deadline", a)
    a = b.probe(f"http://127.0.0.1:{SILENT}/")
    b.check(a["took"] < SOON and up(a, 0) and not a["reachable"], "a server that says nothing", a)
    a = b.probe(f"https://127.0.0.1:{HTTP}/")
    b.check(up(a, 0) and a["reachable"], "TLS to a server without it", a)
    shown = b.run(b.agent, "probe", f"https://127.0.0.1:{HTTP}/").stdout.decode()
    b.check("trouble: 127.0.0.1" in shown, "and people are told what the trouble is", shown)
    a = b.probe(f"http://127.0.0.1:{CLOSED}/")
    b.check(up(a, 0) and a["took"] < SOON and a["status"] == 1, "a closed port", a)
    a = b.probe("http://no-such-host.invalid/")
    b.check(up(a, 0) and not a["reachable"], "a name that does not resolve", a)
    for what, url, flag in [
            ("tcp open", f"tcp://127.0.0.1:{BANNER}", 1), ("tcp closed", f"tcp://127.0.0.1:{CLOSED}", 0),
            ("tcp banner in pieces", f"tcp://127.0.0.1:{BANNER}#expect=case-db%20ready", 1),
            ("tcp, another banner", f"tcp://127.0.0.1:{BANNER}#expect=never", 0),
            ("postgresql: silence", f"postgresql://127.0.0.1:{SILENT}", 0),
            ("postgresql: a web server", f"postgresql://127.0.0.1:{HTTP}", 0),
            ("mysql: another banner", f"mysql://127.0.0.1:{BANNER}", 0)]:
        a = b.probe(url)
        b.check(up(a, flag) and a["took"] < SOON, what, a)
    for s in servers:
        s.shutdown()


def check_postgres(b):
    if not os.path.exists(POSTGRES + "initdb"):
        print("  not done: postgresql-15 is missing")
        return
    who = pwd.getpwnam("postgres")
    os.mkdir(b.path("pg"))
    os.chown(b.path("pg"), who.pw_uid, who.pw_gid)
    as_pg = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
    b.run(*as_pg, POSTGRES + "initdb", "-D", b.path("pg/data"), "-A", "scram-sha-256", "-U", "lw", "--no-sync",
          "--pwfile", b.write("pw", "secret"), "--locale=C.UTF-8")
    p = b.start(*as_pg, POSTGRES + "postgres", "-D", b.path("pg/data"), "-c", f"port={PG}", "-c",
                "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={b.path('pg')}", "-c", "fsync=off",
                "-c", "max_connections=4", "-c", "superuser_reserved_connections=0")
    if not wait_port(PG):
        sys.exit(open(p.log, encoding="utf-8").read())
    b.until("PostgreSQL greets", lambda: (up(a := b.probe(f"postgresql://127.0.0.1:{PG}"), 1), a), 10)
    a = b.probe(f"postgresql://127.0.0.1:{PG}#user=lw")
    b.check(up(a, 1), "PostgreSQL asks a user for a password: it serves", a)
    a = b.probe(f"mysql://127.0.0.1:{PG}")
    b.check(up(a, 0), "PostgreSQL is no MySQL", a)
    os.kill(p.pid, signal.SIGSTOP)
    a = b.probe(f"postgresql://127.0.0.1:{PG}")
    b.check(up(a, 0) and a["took"] < SOON, "PostgreSQL that hangs", a)
    os.kill(p.pid, signal.SIGCONT)
    b.stop(p)
    a = b.probe(f"postgresql://127.0.0.1:{PG}")
    b.check(up(a, 0) and a["took"] < SOON, "PostgreSQL that is gone", a)


def check_mariadb(b):
    if not shutil.which("mariadbd"):
        print("  not done: mariadb-server-core is missing")
        return
    os.mkdir(b.path("my"))
    os.chmod(b.path("my"), 0o777)
    user = ["--user=nobody"] if os.geteuid() == 0 else []
    tables = "".join(open(f"/usr/share/mysql/{name}.sql", encoding="utf-8").read() for name in (
        "mysql_system_tables", "mysql_performance_tables", "mysql_system_tables_data"))
    b.run("mariadbd", "--no-defaults", f"--datadir={b.path('my')}", "--bootstrap", *user,
          input=f"CREATE DATABASE mysql;\nUSE mysql;\n{tables}".encode())
    p = b.start("mariadbd", "--no-defaults", f"--datadir={b.path('my')}", f"--port={MYSQL}", "--bind-address=127.0.0.1",
                f"--socket={b.path('my.sock')}", "--max-connect-errors=3", "--innodb-buffer-pool-size=8M", *user)
    if not wait_port(MYSQL, seconds=30):
        print(open(p.log, encoding="utf-8").read()[-1500:])
    ups = [up(a := b.probe(f"mysql://127.0.0.1:{MYSQL}"), 1) for _ in range(8)]
    b.check(all(ups) and "MariaDB" in str(a), "MariaDB greets, round after round", a)
    a = b.probe(f"postgresql://127.0.0.1:{MYSQL}")
    b.check(up(a, 0), "MariaDB is no PostgreSQL", a)


def check_dns(b):
    if not shutil.which("dnsmasq"):
        print("  not done: dnsmasq-base is missing")
        return
    b.start("dnsmasq", "-k", "-C", "/dev/null", "-p", str(DNS), "-a", "127.0.0.1", "--bind-interfaces", "-R", "-h",
            "--address=/qms.test/10.1.2.3", "--txt-record=note.test,Tổng đài", "--mx-host=test,mail.test,5",
            "--local=/test/", "--user=root")
    b.until("an address", lambda: (up(a := b.probe(f"dns://127.0.0.1:{DNS}/qms.test"), 1), a), 5)
    for what, url, flag in [
            ("the expected address", "/qms.test#expect=10.1.2.3", 1), ("another address", "/qms.test#expect=10.9.9.9", 0),
            ("no such name", "/nobody.test", 0), ("a text", "/note.test#type=TXT", 1),
            ("a mail exchanger", "/test#type=MX&expect=mail.test", 1), ("no such record", "/qms.test#type=MX", 0)]:
        a = b.probe(f"dns://127.0.0.1:{DNS}{url}")
        b.check(up(a, flag) and a["reachable"] and (flag or a.get("error")), f"dns: {what}", a)
    a = b.probe(f"dns://127.0.0.1:{CLOSED}/qms.test")
    b.check(up(a, 0) and not a["reachable"] and a["took"] < SOON, "dns: nobody there", a)


def main():
    with Bench(needs=["nginx", "openssl"]) as b:
        start_nginx(b)
        check_http(b)
        check_https(b)
        check_odd(b)
        try:
            check_postgres(b)
            check_mariadb(b)
        except subprocess.CalledProcessError as e:
            b.check(False, e.output.decode()[-800:])
        check_dns(b)
        return b.finish()


sys.exit(main())
