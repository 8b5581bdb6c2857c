"""The face of a key that this dialect is, for tests across all of them."""

from __future__ import annotations

from apikeys.models import ApiKey
from tests.apikeys.dialects.playbook.speaking import KEYS, Speaker


class Face:
    """Keys as APIKey, for the holder of a management secret."""

    def __init__(self, secret: str) -> None:
        self._speaker = Speaker(secret)

    def make(self, name: str) -> tuple[str, str]:
        made = self._speaker.made(name=name)
        return ApiKey.objects.get(number=int(made["id"])).public_id, made["keyValue"]

    def read(self, public_id: str) -> str:
        return str(self._speaker.key(_number(public_id))["name"])

    def rename_or_describe(self, public_id: str, text: str) -> str:
        self._speaker.changed(str(_number(public_id)), name=text)
        return "name"

    def revoke(self, public_id: str) -> None:
        assert self._speaker.delete(f"{KEYS}/{_number(public_id)}").body == {"success": True}

    def lists(self, public_id: str) -> bool:
        number = str(_number(public_id))
        listed = self._speaker.get(f"{KEYS}/list", search=public_id).body["apiKeys"]
        return number in {key["id"] for key in listed}

    def verify(self, secret: str) -> None:
        return None


def _number(public_id: str) -> int:
    number: int = ApiKey.objects.get(public_id=public_id).number
    return number
