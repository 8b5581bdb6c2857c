"""Clerk's face of a key, for the test that holds all faces against one another."""

from __future__ import annotations

from apikeys.models import ApiKey
from tests.apikeys.dialects.clerk.calling import Clerk, done, refused


class Face:
    """Works with a management secret."""

    def __init__(self, secret: str) -> None:
        self._clerk = Clerk(secret)

    def make(self, name: str) -> tuple[str, str]:
        made = self._clerk.made(name)
        return made["id"].replace("ak_", "key_"), made["secret"]

    def read(self, public_id: str) -> str:
        return str(done(self._clerk.get(_shown(public_id)))["name"])

    def rename_or_describe(self, public_id: str, text: str) -> str:
        done(self._clerk.update(_shown(public_id), description=text))
        return "description"

    def revoke(self, public_id: str) -> None:
        done(self._clerk.revoke(_shown(public_id)))

    def lists(self, public_id: str) -> bool:
        """Its list is of one subject."""
        subject = ApiKey.objects.get(public_id=public_id).subject
        page = done(self._clerk.page(subject=subject, limit=100))
        return _shown(public_id) in {key["id"] for key in page["data"]}

    def verify(self, secret: str) -> bool:
        answer = self._clerk.verify(secret)
        if answer.status == 200:
            return True
        assert refused(answer) == (404, "resource_not_found")
        return False


def _shown(public_id: str) -> str:
    return public_id.replace("key_", "ak_")
