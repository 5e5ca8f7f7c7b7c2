"""stored.py - what the collector wrote down about reports, read beside it."""
import sqlite3


def unpack_ranges(body):
    """Pairs of varints: the gap to the range before, and its length less one."""
    numbers, value, shift = [], 0, 0
    for byte in body or b"":
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(value)
            value, shift = 0, 0
    out, last = [], 0
    for gap, more in zip(numbers[::2], numbers[1::2]):
        out.append((last + gap, last + gap + more))
        last = out[-1][1]
    return out


class Store:
    def __init__(self, path):
        self.db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.names = dict(self.db.execute("SELECT id, text FROM name"))

    def holes(self):
        return [(self.names.get(a), f"hole {f}-{l} of boot {b:08x} written down")
                for a, b, f, l in self.db.execute("SELECT agent, boot, first, last FROM hole")]

    def gaps(self):
        """Reports missing between the first and the last of each boot."""
        out = []
        for agent, boot, body in self.db.execute("SELECT agent, boot, body FROM ranges"):
            ranges = unpack_ranges(body)
            if ranges and (len(ranges) > 1 or ranges[0][0] != 1):
                out.append((self.names.get(agent), f"boot {boot:08x} has only {ranges}"))
        return out

    def close(self):
        self.db.close()
