"""A Python client of Clerk's that takes only 200 for a create, in an environment of its own."""

from __future__ import annotations

import json
import secrets
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.apikeys.dialects.clerk.old_environment import interpreter
from tests.service import Service

DRIVER = Path(__file__).with_name("old_client.py")


@pytest.fixture(scope="module")
def told(server: Service) -> dict[str, Any]:
    """What the client got, by operation."""
    asked = {
        "url": f"{server.url}/clerk/v1",
        "key": server.root_key,
        "subject": f"user_{secrets.token_hex(13)}0",
    }
    done = subprocess.run(
        [str(interpreter()), "-I", str(DRIVER)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=120,
        env={"NO_PROXY": "*"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answered: dict[str, Any] = json.loads(done.stdout)
    return answered


def test_all_eight_operations_work(told: dict[str, Any]) -> None:
    assert told["version"] == "5.0.2"
    made = told["created"]
    assert made["secret"] == told["secret"]
    assert told["listed"] == [made["id"]]
    without_secret = {name: value for name, value in made.items() if name != "secret"}
    assert told["read"] == without_secret
    assert told["updated"]["description"] == "changed"
    assert told["verified"]["id"] == made["id"]
    assert told["revoked"]["revoked"] is True
    assert told["deleted"] == {"id": made["id"], "object": "api_key", "deleted": True}
    # One that it has a type for.
    assert told["refused"] == [404, "resource_not_found"]
