"""Many keys in little time: copies of one that was issued in the ordinary way."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from apikeys.conf import ring
from apikeys.domain import digests, minting
from apikeys.domain.actors import Actor
from apikeys.domain.ids import new_key_id, new_number
from apikeys.domain.sealing import Purpose, seal
from apikeys.domain.secret import Secret
from apikeys.models import AccessPolicy, ApiKey, KeySecret, UsageLimits, UsageTotals
from apikeys.operations import issue_key

BATCH = 2_000
COMPANIONS = (AccessPolicy, UsageLimits, UsageTotals)


def seed(count: int) -> list[str]:
    """Store `count` valid keys; their plaintexts."""
    template = issue_key(Actor.system("benchmark"), name="benchmark").key
    return [
        plaintext
        for start in range(0, count, BATCH)
        for plaintext in _store(template, min(BATCH, count - start))
    ]


def _store(template: ApiKey, count: int) -> Iterator[str]:
    keys = [_copy(template, public_id=new_key_id(), number=new_number()) for _ in range(count)]
    ApiKey.objects.bulk_create(keys)
    for model in COMPANIONS:
        row = model._default_manager.get(key=template)
        model._default_manager.bulk_create([_copy(row, key=key) for key in keys])
    secrets = [minting.mint(template.secret_prefix, template.environment) for _ in keys]
    KeySecret.objects.bulk_create(_secret_rows(template, keys, secrets))
    return (secret.reveal() for secret in secrets)


def _secret_rows(
    template: ApiKey, keys: Sequence[ApiKey], secrets: Sequence[Secret]
) -> Iterator[KeySecret]:
    current = KeySecret.objects.get(key=template)
    for key, secret in zip(keys, secrets, strict=True):
        sha256 = digests.fingerprint_of(secret)
        yield _copy(
            current,
            key=key,
            digest=digests.digest(ring().first, sha256),
            fingerprint=seal(ring(), Purpose.FINGERPRINT, key.public_id, sha256),
            prefix=minting.visible_prefix(secret.reveal()),
            hint=minting.hint(secret.reveal()),
        )


def _copy(row: Any, **changes: Any) -> Any:
    twin = copy.copy(row)
    twin._state = copy.copy(row._state)
    twin._state.adding, twin._state.fields_cache = True, {}
    twin.pk = None
    for name, value in changes.items():
        setattr(twin, name, value)
    return twin
