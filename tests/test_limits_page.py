"""The examples of docs/limits.md work as they are written, one after the other."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from tests import bed
from tests.architecture.repository import ROOT
from tests.service import Service

BLANK = re.compile(r"^[A-Z]+=.*\n", re.MULTILINE)


@dataclass
class Reader:
    """Types one example after the other, with what earlier answers told filled in."""

    known: dict[str, str]
    lines: list[str]
    post: str = ""

    def next(self) -> Any:
        done = subprocess.run(
            ["bash", "-euc", f"{self.post}\n{self.lines.pop(0)}"],  # noqa: S607 - the reader's own shell
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", **self.known},
            check=True,
            capture_output=True,
            text=True,
        )
        return json.loads(done.stdout) if done.stdout.strip() else None


@pytest.fixture
def reader(service: Service) -> Reader:
    if not shutil.which("curl"):
        bed.missing("curl")
    page = (ROOT / "docs" / "limits.md").read_text()
    script = "".join(re.findall(r"```sh\n(.*?)```", page, re.DOTALL)).replace("\\\n", " ")
    post, *lines = [line for line in BLANK.sub("", script).splitlines() if line]
    return Reader({"HOST": service.url, "ROOT": service.root_key}, lines, post)


def test_the_examples_of_the_page_work(reader: Reader) -> None:
    key = reader.next()
    reader.known |= {"ID": key["id"], "SECRET": key["secret"], "TENANT": key["tenant"]}

    verdict = reader.next()
    limits = {it["name"]: (it["limit"], it["remaining"]) for it in verdict["limits"]}
    assert limits == {"minute": (3, 2), "credits": (100, 95), "concurrent": (1, 1)}

    reader.known["LEASE"] = reader.next()["lease"]
    assert reader.next() is None

    reader.known["RESERVATION"] = reader.next()["id"]
    settled = reader.next()
    assert (settled["reserved"], settled["settled"], settled["returned"]) == (40, 25, 15)

    # The service of the tests is everybody's: what is set for its tenant is taken back.
    change = reader.lines[0]
    assert reader.next()["default_limits"] == {"requests_per_day": 10000}
    reader.lines.append(change.replace('{"requests_per_day": 10000}', "{}"))
    assert reader.next()["default_limits"] == {}
    assert not reader.lines
