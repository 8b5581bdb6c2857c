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


@pytest.fixture
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
    assert answered["version"] == "5.0.2"
    return answered


def test_all_operations_work_and_a_refused_verify_is_one_that_it_has_a_type_for(
    told: dict[str, Any],
) -> None:
    made = told["created"]
    assert made["secret"] == told["secret"]
    assert told["listed"] == [made["id"]]
    without_secret = {name: value for name, value in made.items() if name != "secret"}
    assert told["read"] == without_secret
    assert told["updated"]["description"] == "changed"
    assert told["verified"]["id"] == made["id"]
    assert told["revoked"]["revoked"] is True
    assert told["deleted"] == {"id": made["id"], "object": "api_key", "deleted": True}
    assert told["refused"] == [404, "resource_not_found"]
