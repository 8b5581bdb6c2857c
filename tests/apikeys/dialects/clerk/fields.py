"""The fields of Clerk's API-key object, as its client declares them."""

from __future__ import annotations

from collections.abc import Mapping

_KEY = """
object id type subject name description claims scopes revoked revocation_reason expired
expiration created_by last_used_at created_at updated_at
"""


def _fields(text: str, *more: str) -> frozenset[str]:
    return frozenset((*text.split(), *more))


#: By the shape that documents them here.
MODELS: Mapping[str, frozenset[str]] = {"Key": _fields(_KEY), "IssuedKey": _fields(_KEY, "secret")}

WITHOUT_ATTRIBUTE: Mapping[str, str] = {
    "object": "always api_key: it tells the client which class this is",
    "type": "always api_key: the one type there is",
    "expired": "whether the expiration has passed; a status says more, and other things first",
    "secret": "the plaintext, which no attribute keeps",
}
