"""Mixpeek's face of a key, for the test that holds all faces against one another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apikeys.models import ApiKey
from tests.apikeys.dialects.mixpeek.calling import EMAIL, Mixpeek, done


class Face:
    """Works with a management secret. Keys are found here by user and id."""

    def __init__(self, secret: str) -> None:
        self._mixpeek = Mixpeek(secret)

    def make(self, name: str) -> tuple[str, str]:
        made = self._mixpeek.made(name, user=EMAIL)
        return made["key_id"], made["key"]

    def read(self, public_id: str) -> str:
        found = self._found(public_id)
        assert found is not None
        return str(found["name"])

    def rename_or_describe(self, public_id: str, text: str) -> str:
        user = _user_of(public_id)
        done(self._mixpeek.update(public_id, user=user, description=text))
        return "description"

    def revoke(self, public_id: str) -> None:
        done(self._mixpeek.delete(public_id, user=_user_of(public_id)))

    def lists(self, public_id: str) -> bool:
        found = self._found(public_id)
        return found is not None and found["status"] == "active"

    def verify(self, secret: str) -> None:
        """It has no such call."""
        return None

    def _found(self, public_id: str) -> Mapping[str, Any] | None:
        answer = self._mixpeek.listed(_user_of(public_id))
        found = answer.body["results"] if answer.status == 200 else []
        return next((key for key in found if key["key_id"] == public_id), None)


def _user_of(public_id: str) -> str:
    """The subject of the key, be it deleted or not."""
    return str(ApiKey.objects.get(public_id=public_id).subject)
