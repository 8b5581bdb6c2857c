"""The fields of Mixpeek's key models, as its client declares them."""

from __future__ import annotations

from collections.abc import Mapping

_KEY = """
key_id key_hash key_prefix key_type subscription_id is_internal internal_id organization_id
user_id name description permissions scopes rate_limit_override status expires_at last_used_at
created_at created_by revoked_at revoked_by allowed_origins principal_id
"""


def _fields(text: str, *more: str) -> frozenset[str]:
    return frozenset((*text.split(), *more))


#: By the shape that documents them here.
MODELS: Mapping[str, frozenset[str]] = {
    "APIKeyModel": _fields(_KEY),
    "APIKeyCreateResponse": _fields(_KEY, "key"),
}

WITHOUT_ATTRIBUTE: Mapping[str, str] = {
    "key_hash": "SHA-256 of the plaintext, out of a sealed fingerprint",
    "internal_id": "the tenant once more, who has one id here",
    "is_internal": "always false: no key here is the vendor's own",
    "key": "the plaintext, which no attribute keeps",
}
