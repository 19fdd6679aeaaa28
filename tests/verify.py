"""Do the recorded results still come out? Every experiment's `standard` and its null world, the benchmarks, the README.

    python tests/verify.py            all of it: hours on two cores
    python tests/verify.py lora-vs-full peft-zoo
    python tests/verify.py --tables   only the README's tables, from what is recorded

Run it on a machine that does nothing else, from a commit without changes beside it: a result names the commit it is of.
What fails is said at the end, and the rest is done all the same.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
BENCHMARKS = ROOT / "docs" / "benchmarks"
_BLOCK = re.compile(r"(<!-- [a-z]+: begin \(python -m app ([^)]*)\) -->\n).*?(<!-- [a-z]+: end -->)", re.DOTALL)


def app(*words: str) -> tuple[int, str]:
    """Exit status and standard output of a command of the app."""
    done = subprocess.run([sys.executable, "-m", "app", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return done.returncode, done.stdout


def fill_tables() -> list[str]:
    """Put what the named commands print between the README's marks; the commands that failed."""
    failed = []

    def filled(block: re.Match[str]) -> str:
        status, printed = app(*block[2].split())
        if status:
            failed.append(block[2])
            return block[0]
        return f"{block[1]}{printed.strip()}\n{block[3]}"

    README.write_text(_BLOCK.sub(filled, README.read_text(encoding="utf-8")), encoding="utf-8")
    return failed


def verify(names: list[str]) -> list[str]:
    """Record the experiments of these names, by default all, and then the benchmarks too; what failed."""
    from core.registry import discover

    known = list(discover("core.experiments", "EXPERIMENT"))
    if unknown := set(names) - set(known):
        sys.exit(f"there is no experiment {min(unknown)!r}; choose from {', '.join(known)}")
    failed = []
    for name in names or known:
        for world in ((), ("--null",)):
            words = ("run", name, "--preset", "standard", "--record", *world)
            status, printed = app(*words)
            sys.stdout.write(f"{' '.join(words)}\n{printed}\n")
            if status:
                failed.append(" ".join(words))
    for name in () if names else ("catalog", "core"):
        status, printed = app("bench", name, "--json")
        if status:
            failed.append(f"bench {name}")
        else:
            record_file(name, json.loads(printed)["device"]).write_text(printed, encoding="utf-8")
    return failed


def record_file(name: str, device: dict[str, str]) -> Path:
    """Where a benchmark is kept: the core's in a file for each machine, that which it had before where there is one."""
    if name == "catalog":
        return BENCHMARKS / "catalog.json"
    for path in BENCHMARKS.glob(f"{name}-*.json"):
        if json.loads(path.read_text(encoding="utf-8"))["device"] == device:
            return path
    machine = re.sub(r"[^a-z0-9]+", "-", (device["gpu"] or device["cpu"]).lower()).strip("-")
    return BENCHMARKS / f"{name}-{machine}.json"


if __name__ == "__main__":
    os.environ.setdefault("TRENDLAB_HOME", str(ROOT / "data" / "verify"))
    sys.path.insert(0, str(ROOT))
    asked = sys.argv[1:]
    lost = [] if asked == ["--tables"] else verify(asked)
    lost += fill_tables()
    sys.exit(f"failed: {'; '.join(lost)}" if lost else 0)
