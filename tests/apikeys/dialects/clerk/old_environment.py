"""A virtual environment with an older version of Clerk's client, kept between runs.

It stands below `.cache` under the hash of its lock and of the interpreter, so that a new lock makes
a new one. Of several processes that build it at once, the first to be ready wins.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.service import REPOSITORY

LOCK = REPOSITORY / "requirements" / "clerk-5.txt"
CLIENTS = REPOSITORY / ".cache" / "clients"


def interpreter() -> Path:
    """The environment's Python; built when it is not there."""
    made_of = LOCK.read_bytes() + sys.version.encode()
    place = CLIENTS / f"clerk-5-{hashlib.sha256(made_of).hexdigest()[:16]}"
    if not place.exists():
        _build(place)
    return place / "bin" / "python"


def _build(place: Path) -> None:
    """Next to its place, then moved there as a whole: what is there is complete."""
    CLIENTS.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix="building-", dir=CLIENTS))
    try:
        _fill(draft)
        try:
            os.rename(draft, place)
        except OSError:
            if not place.exists():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _fill(draft: Path) -> None:
    _run("-m", "venv", "--without-pip", str(draft))
    install = ("install", "--quiet", "--require-hashes", "-r", str(LOCK))
    _run("-m", "pip", "--python", str(draft / "bin" / "python"), *install)


def _run(*arguments: str) -> None:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
