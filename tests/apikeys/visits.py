"""Requests to a view of a host project, with a key or without."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.test import RequestFactory

from apikeys.operations import Actor, issue_key


def key(**attributes: object) -> str:
    """The plaintext of a fresh key."""
    secret = issue_key(Actor.system(), {"name": "test", **attributes}).secret
    assert secret is not None
    return secret.reveal()


def get(secret: str | None = None, **headers: Any) -> HttpRequest:
    if secret is not None:
        headers["Authorization"] = f"Bearer {secret}"
    return RequestFactory().get("/words", headers=headers)
