#!/usr/bin/env python3
"""What is deployed beside the collector fits it: the dashboard and the rules name metrics that there
are, the completion offers the commands that there are."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import yaml
from fixture import Fixture

COMPLETE = r"""
source "$1"; PATH="$2:$PATH"; export LINEWATCH_URL="$3"; shift 3
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _linewatch; printf '%s\n' "${COMPREPLY[@]}"
"""


def family(name, kind):
    """A metric of the registry as Prometheus calls it."""
    name = name.replace(".", "_")
    for end, base in (("_ms", "_seconds"), ("_kib", "_bytes"), ("_days_left", "_left_seconds")):
        name = re.sub(end + "$", base, name)
    return "linewatch_" + name + ("_total" if kind == "COUNTER" and not name.endswith("_total") else "")


def check_names(text):
    """As `promtool check metrics` wants them; promtool itself where it is installed."""
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)", text, re.M):
        assert (kind == "counter") == name.endswith("_total"), f"{name} is a {kind}"
        assert not re.search(r"_(ms|kib|minutes|hours|days)(_|$)", name), f"{name}: no base unit"
    if shutil.which("promtool"):
        r = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
        assert r.returncode == 0, r.stdout + r.stderr


def check_other_shells(root, programs, url):
    """fish offers what bash offers and zsh can read it, where they are installed."""
    folder = root / "deploy/completion"
    env = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "LINEWATCH_URL": url,
           "LINEWATCH_BASH_COMPLETION": str(folder / "linewatch.bash")}
    if shutil.which("fish"):
        script = f"source {folder}/linewatch.fish; complete -C 'linewatch st'; complete -C 'linewatch devices danang/u'"
        r = subprocess.run(["fish", "--no-config", "-c", script], env=env, capture_output=True, text=True)
        assert r.stdout.split() == ["status", "danang/ups-1"], r
    for name in ("linewatch.zsh", "linewatch.bash"):
        if shutil.which("zsh"):
            subprocess.run(["zsh", "-n", folder / name], check=True)


def names_in(text):
    return set(re.findall(r"\b((?:linewatch|process)_[a-z0-9_]+)", text))


def check_examples(root, programs):
    """The examples are right, once the files that they name are there."""
    for path in sorted((root / "deploy/examples").glob("*.yaml")):
        with tempfile.TemporaryDirectory() as there:
            text = path.read_text().replace("/etc/", there + "/")
            for name in re.findall(re.escape(there) + r"/[\w./-]+", text):
                os.makedirs(os.path.dirname(name), exist_ok=True)
                pathlib.Path(name).write_text("x\n")
            copy = pathlib.Path(there, "example.yaml")
            copy.write_text(text)
            program = programs / ("linewatch-collector" if path.stem == "collector" else "linewatch-agent")
            r = subprocess.run([program, "--config", copy, "--check"], capture_output=True, text=True)
            assert r.returncode == 0 and "configuration ok" in r.stdout, (path, r.stdout, r.stderr)
        print(f"{path.name} is right")


def main():
    root = pathlib.Path(sys.argv[2]).resolve()
    check_examples(root, pathlib.Path(sys.argv[1]).resolve())
    registry = re.findall(r'^METRIC\(\d+, \w+, "([^"]+)", (\w+)',
                          (root / "common/core/metrics.def").read_text(), re.M)
    readings = {family(*r) for r in registry}
    dashboard = json.loads((root / "deploy/grafana/linewatch.json").read_text())
    rules = yaml.safe_load((root / "deploy/prometheus/linewatch.rules.yml").read_text())
    exprs = [t["expr"] for p in dashboard["panels"] for t in p["targets"]]
    exprs += [r["expr"] for g in rules["groups"] for r in g["rules"]]
    with Fixture(sys.argv[1], options=["--anonymous", "watcher"]) as f:
        f.healthy()
        text = f.get("/metrics").body.decode()
        there = set(re.findall(r"^([a-z][a-z0-9_]+)[{ ]", text, re.M))
        for e in exprs:
            for name in names_in(e):
                assert name in there | readings, f"{name} is not in /metrics: {e}"
        types = re.findall(r"^# TYPE (\S+) ", text, re.M)
        assert len(types) == len(set(types)), "a family stands twice"
        check_names(text)
        for line in text.splitlines():
            assert line.startswith("#") or re.fullmatch(
                r'[a-z_][a-z0-9_]*(\{([a-z_]+="([^"\\]|\\.)*",?)*\})? (NaN|nan|[-+0-9.e]+)', line), line
        print(f"{len(exprs)} expressions, {len(types)} families")

        def complete(*words):
            r = subprocess.run(["bash", "-c", COMPLETE, "x", str(root / "deploy/completion/linewatch.bash"),
                                str(pathlib.Path(sys.argv[1]).resolve()), f"http://127.0.0.1:{f.port}",
                                "linewatch", *words], capture_output=True, text=True, timeout=20)
            return set(r.stdout.split())
        assert {"status", "user", "replay"} <= complete(""), complete("")
        assert complete("st") == {"status"}
        assert "danang/ups-1" in complete("devices", "danang/u")
        assert complete("--lang", "en", "alarms", "--severity", "ma") == {"major"}
        check_other_shells(root, pathlib.Path(sys.argv[1]).resolve(), f"http://127.0.0.1:{f.port}")
    print("ok")


main()
