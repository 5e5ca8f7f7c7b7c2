"""A device made of a dict, which can misbehave on purpose. Speaks SNMPv1 and v2c over UDP."""
import socket
import threading
import time


def tlv(tag, content):
    n = len(content)
    if n < 128:
        length = bytes([n])
    elif n < 256:
        length = bytes([0x81, n])
    else:
        length = bytes([0x82, n >> 8, n & 255])
    return bytes([tag]) + length + content


def integer(v, tag=2):
    return tlv(tag, v.to_bytes(max(1, (v.bit_length() + 8) // 8), "big", signed=True))


def oid(text):
    parts = [int(x) for x in text.split(".")]
    out = bytearray([parts[0] * 40 + parts[1]])
    for v in parts[2:]:
        chunk = [v & 127]
        v >>= 7
        while v:
            chunk.insert(0, (v & 127) | 128)
            v >>= 7
        out += bytes(chunk)
    return tlv(6, bytes(out))


def take(data, at):
    tag, n, at = data[at], data[at + 1], at + 2
    if n & 0x80:
        k = n & 0x7F
        n = int.from_bytes(data[at:at + k], "big")
        at += k
    return tag, data[at:at + n], at + n


def read_oid(content):
    parts, v = [content[0] // 40, content[0] % 40], 0
    for b in content[1:]:
        v = v << 7 | (b & 127)
        if not b & 128:
            parts.append(v)
            v = 0
    return ".".join(map(str, parts))


def value(v):
    if isinstance(v, int):
        return integer(v)
    if isinstance(v, bytes):
        return v
    return tlv(4, v.encode())


MISSING = tlv(0x81, b"")


def key(text):
    return tuple(int(x) for x in text.split("."))


class Device:
    """objects: {oid: int, str or ready bytes}. `answer(device, request, reply)` may bend the reply:
    it returns a list of (delay, socket, bytes)."""

    def __init__(self, objects, answer=None, everything=None):
        self.objects = objects
        self.everything = everything
        self.answer = answer
        self.asked = []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.other.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.running = True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def close(self):
        self.running = False
        self.sock.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join(5)
        self.sock.close()
        self.other.close()

    def parse(self, data):
        _, message, _ = take(data, 0)
        _, version, at = take(message, 0)
        _, community, at = take(message, at)
        tag, pdu, _ = take(message, at)
        _, rid, at = take(pdu, 0)
        _, second, at = take(pdu, at)
        _, third, at = take(pdu, at)
        _, binds, _ = take(pdu, at)
        names, at = [], 0
        while at < len(binds):
            _, bind, at = take(binds, at)
            names.append(read_oid(take(bind, 0)[1]))
        return {"version": version[0], "community": community, "pdu": tag, "id": rid,
                "repetitions": int.from_bytes(third, "big"), "names": names}

    def next_of(self, name):
        later = sorted((k for k in self.objects if key(k) > key(name)), key=key)
        return later[0] if later else None

    def binds(self, rq):
        if rq["pdu"] == 0xA0:
            found = [(n, self.objects.get(n, self.everything)) for n in rq["names"]]
            return [tlv(0x30, oid(n) + (MISSING if v is None else value(v))) for n, v in found]
        out, name = [], rq["names"][0]
        for _ in range(rq["repetitions"] if rq["pdu"] == 0xA5 else 1):
            follower = self.next_of(name)
            if follower is None:
                out.append(tlv(0x30, oid(name) + tlv(0x82, b"")))
                break
            out.append(tlv(0x30, oid(follower) + value(self.objects[follower])))
            name = follower
        return out

    def reply(self, rq, binds=None, status=0, index=0, rid=None):
        body = tlv(2, rid or rq["id"]) + integer(status) + integer(index)
        body += tlv(0x30, b"".join(self.binds(rq) if binds is None else binds))
        return tlv(0x30, integer(rq["version"]) + tlv(4, rq["community"]) + tlv(0xA2, body))

    def run(self):
        while self.running:
            data, peer = self.sock.recvfrom(65536)
            if not data or not self.running:
                continue
            rq = self.parse(data)
            self.asked.append(rq)
            plan = self.answer(self, rq) if self.answer else [(0, self.sock, self.reply(rq))]
            for delay, sock, reply in plan:
                if delay:
                    threading.Timer(delay, self.send, (sock, reply, peer)).start()
                else:
                    self.send(sock, reply, peer)

    def send(self, sock, reply, peer):
        try:
            sock.sendto(reply, peer)
        except OSError:
            pass


def now():
    return time.monotonic()
