"""Where and of what a result was taken."""

from __future__ import annotations

import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import django
import granian

from benchmarks.cores import CORES
from tests.service import REPOSITORY


def described() -> str:
    """One line: the day, the commit, the processor, versions."""
    return ", ".join(
        [
            f"{datetime.now(UTC):%Y-%m-%d}",
            f"commit {_commit()}",
            f"{len(CORES)} cores of {_processor()}",
            f"Linux {platform.release().partition('-')[0]}",
            f"Python {platform.python_version()}",
            f"Django {django.get_version()}",
            f"granian {granian.__version__}",
        ]
    )


def _commit() -> str:
    words = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
