"""Which machine was measured, how busy was it, and how is a part of a benchmark run in a process of its own?"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app import processes


class BenchmarkFailed(Exception):
    """A part of the benchmark ended without its figures; the line says which."""


def described() -> dict[str, Any]:
    """The machine, and its load a minute ago."""
    cpu = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = information.read_text(encoding="utf-8").splitlines()
        cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), cpu)
    return {
        "system": platform.platform(),
        "cpu": cpu,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        if hasattr(os, "sysconf")
        else None,
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }


def part(module: str, *arguments: object, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run `python -m app.benchmarks.MODULE` and read the object that it prints; what else it says goes to stderr.

    :param environment: beside what this process has.
    :raises BenchmarkFailed: it did not end well.
    """
    process = processes.start(
        f"app.benchmarks.{module}", *map(str, arguments), environment=environment, stdout=subprocess.PIPE
    )
    printed, _ = process.communicate()
    if process.returncode:
        raise BenchmarkFailed(f"the part {module} of the benchmark ended with code {process.returncode}; see above")
    found: dict[str, Any] = json.loads(printed)
    return found
