#!/usr/bin/env python3
"""generate.py OUT IN... - the catalogue as C rows, sorted by key: ROW("key", "vi", "en").

Refuses a key that stands twice, lacks a language, or whose two texts do not name the same {places}.
"""
import json
import re
import sys


def pairs(path):
    def no_twice(items):
        keys = [k for k, _ in items]
        for k in keys:
            if keys.count(k) > 1:
                sys.exit(f"{path}: {k}: stands twice")
        return dict(items)

    with open(path, encoding="utf-8") as f:
        return json.load(f, object_pairs_hook=no_twice)


def quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def main():
    out, rows = sys.argv[1], {}
    for path in sys.argv[2:]:
        for key, text in pairs(path).items():
            if key in rows:
                sys.exit(f"{path}: {key}: stands in two files")
            if set(text) != {"vi", "en"} or not all(text.values()):
                sys.exit(f"{path}: {key}: needs vi and en")
            if set(re.findall(r"{(\w+)}", text["vi"])) != set(re.findall(r"{(\w+)}", text["en"])):
                sys.exit(f"{path}: {key}: vi and en name different places")
            rows[key] = text
    with open(out, "w", encoding="utf-8") as f:
        for key in sorted(rows, key=lambda k: k.encode()):
            f.write(f"ROW({quote(key)}, {quote(rows[key]['vi'])}, {quote(rows[key]['en'])})\n")


main()
