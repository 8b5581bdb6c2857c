"""The README's walk works as it is written."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import Any

import pytest

from tests import bed
from tests.architecture.repository import ROOT
from tests.service import Service

BLANKS = re.compile(r"^(HOST|ROOT|ID|SECRET)=.*\n", re.MULTILINE)


@pytest.fixture
def walk() -> list[str]:
    """The shell lines, without those that the reader fills in, up to and after the first key."""
    if not shutil.which("curl"):
        bed.missing("curl")
    script = "".join(re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL))
    assert len(BLANKS.findall(script)) == 4
    return [line for line in BLANKS.sub("", script).splitlines() if line]


def run(lines: list[str], **filled_in: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        ["bash", "-euc", "\n".join(lines)],  # noqa: S607 - the reader's own shell
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", **filled_in},
        check=True,
        capture_output=True,
        text=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_first_key_is_valid_until_it_is_revoked(service: Service, walk: list[str]) -> None:
    post, issue, *rest = walk
    facts = {"HOST": service.url, "ROOT": service.root_key}

    [key] = run([post, issue], **facts)
    before, revoked, after = run([post, *rest], **facts, ID=key["id"], SECRET=key["secret"])

    assert (before["valid"], before["code"]) == (True, "valid")
    assert revoked["status"] == "revoked"
    assert (after["valid"], after["code"]) == (False, "revoked")
