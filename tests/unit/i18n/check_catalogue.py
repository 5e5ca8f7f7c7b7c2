#!/usr/bin/env python3
"""check_catalogue.py ROOT - every key that a program names is in the catalogue, every key of the
catalogue is named by a program.

A string literal of the shape of a key ("cli.usage") names it; a literal that ends with a dot or an
underscore ("alarm.", "cli.esc_") names all keys that begin so. Literals are looked for in C and in TypeScript, tests left
out.
"""
import json
import pathlib
import re
import sys

LITERAL = re.compile(r"[\"'`]([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*\.?)[\"'`$]")
CALL = re.compile(r"\b(?:tr|t)\(\s*(?:[\w.>-]+\s*,\s*)?[\"'`]([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)[\"'`]")
TEMPLATE = re.compile(r"`([a-z][a-z0-9_]*\.)\$\{")


def sources(root):
    for top in ("agent", "collector", "common", "cli", "sim"):
        for path in (root / top).rglob("*"):
            if path.suffix in (".c", ".h", ".def", ".ts", ".tsx") and not {
                "node_modules",
                "dist",
                "build",
            } & set(path.parts):
                yield path


def main():
    root = pathlib.Path(sys.argv[1])
    keys, named, bad = {}, set(), 0
    for path in sorted((root / "i18n").glob("*.json")):
        for key in json.loads(path.read_text(encoding="utf-8")):
            keys[key] = path.name
    for path in sources(root):
        text = path.read_text(encoding="utf-8", errors="replace")
        named |= set(LITERAL.findall(text)) | set(TEMPLATE.findall(text))
        for key in CALL.findall(text):
            if key not in keys:
                print(f"{path.relative_to(root)}: {key}: not in the catalogue")
                bad += 1
    prefixes = tuple(n for n in named if n.endswith((".", "_")) and len(n) > 2)
    for key, where in sorted(keys.items()):
        if key not in named and not key.startswith(prefixes):
            print(f"i18n/{where}: {key}: nobody names it")
            bad += 1
    print(f"catalogue: {len(keys)} keys, {bad} faults")
    return 1 if bad or not keys else 0


sys.exit(main())
