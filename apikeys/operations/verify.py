"""Verify a presented secret: find the key, decide. The way every request of a customer takes."""

from __future__ import annotations

import hmac
import logging
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Max, OuterRef, Subquery

from apikeys.conf import ring
from apikeys.domain import digests
from apikeys.domain.minting import is_malformed
from apikeys.domain.presentation import Presentation
from apikeys.domain.rules import decide
from apikeys.domain.scopes import ResourceScope
from apikeys.domain.secret import Secret
from apikeys.domain.terms import Policy, Terms
from apikeys.domain.verdict import Outcome, Verdict
from apikeys.models import AccessPolicy, KeyDetails, KeySecret
from apikeys.operations.reaching import utc_now

RETRY_SECONDS = 1  # what cannot be decided now may be decided in a moment

logger = logging.getLogger(__name__)


def verify(
    presentation: Presentation, *, tenant_id: str | None = None, now: datetime | None = None
) -> Verdict:
    """The verdict on one presentation. Never raises: what cannot be decided is `undetermined`.

    `tenant_id` is whose keys the asker may know of; None for all. A key of another tenant is
    answered like a key that does not exist.
    """
    try:
        terms = _find(presentation.secret, tenant_id)
        return decide(terms, presentation, now or utc_now())
    except Exception as error:
        logger.error("verify could not decide", extra={"error": type(error).__name__})
        return Verdict(Outcome.UNDETERMINED, retry_after=RETRY_SECONDS)


def client_secret_digests(secret: Secret) -> tuple[bytes, ...]:
    """What `Presentation.client_secret_digests` takes."""
    return tuple(digest for _, digest in digests.candidates(ring(), secret))


def _find(secret: Secret, tenant_id: str | None) -> Terms | None:
    if is_malformed(secret.reveal()):
        return None
    candidates = digests.candidates(ring(), secret)
    row = _rows().filter(digest__in=[digest for _, digest in candidates]).first()
    if row is None or not _is_one_of(row, candidates):
        return None
    if tenant_id is not None and row.key.tenant.public_id != tenant_id:
        return None
    _bring_up_to_date(row, secret)
    return terms_of(row)


def _rows() -> Any:
    siblings = KeySecret.objects.filter(key=OuterRef("key")).order_by()
    latest = siblings.values("key").annotate(latest=Max("retires_at")).values("latest")
    return KeySecret.objects.select_related(
        "key", "key__tenant", "key__policy", "key__details"
    ).annotate(rotating_until=Subquery(latest))


def _is_one_of(row: KeySecret, candidates: tuple[tuple[str, bytes], ...]) -> bool:
    known = bytes(row.digest)
    return any(hmac.compare_digest(known, digest) for _, digest in candidates)


def _bring_up_to_date(row: KeySecret, secret: Secret) -> None:
    """A secret found under an old entry of the ring moves to the first, so that the old can go.

    A database that is busy or read-only leaves it to a later verify, or to `apikeys_rewrap`.
    """
    entry = ring().first
    if row.pepper_id == entry.fingerprint:
        return
    renewed = digests.digest(entry, digests.fingerprint_of(secret))
    try:
        with transaction.atomic():
            KeySecret.objects.filter(pk=row.pk, pepper_id=row.pepper_id).update(
                digest=renewed, pepper_id=entry.fingerprint
            )
    except DatabaseError as error:
        logger.warning("a digest stays as it is", extra={"error": type(error).__name__})


def terms_of(row: Any) -> Terms:
    """The terms of the key as this secret of it meets them."""
    key = row.key
    details = getattr(key, "details", None) or KeyDetails()
    return Terms(
        key_id=key.public_id,
        tenant_id=key.tenant.public_id,
        tenant_active=key.tenant.is_active,
        name=key.name,
        subject=key.subject,
        key_type=key.key_type,
        environment=key.environment,
        scopes=tuple(key.scopes),
        permissions=tuple(key.permissions),
        resource_scopes=_resource_scopes(key.resource_scopes),
        claims=key.claims,
        metadata=key.metadata,
        tags=tuple(key.tags),
        hold=key.hold,
        revoked_at=key.revoked_at,
        deleted_at=key.deleted_at,
        expires_at=key.expires_at,
        rotating_until=row.rotating_until,
        secret_retires_at=row.retires_at,
        policy=_policy(key.policy),
        is_root=key.is_root,
        api_version=details.api_version,
        supported_features=tuple(details.supported_features),
        documentation_url=details.documentation_url,
        support_contact=details.support_contact,
    )


def _policy(row: AccessPolicy) -> Policy:
    return Policy(
        allowed_ips=_optional(row.allowed_ips),
        allowed_domains=_optional(row.allowed_domains),
        allowed_origins=_optional(row.allowed_origins),
        allowed_environments=_optional(row.allowed_environments),
        enforce_https=row.enforce_https,
        enforce_mutual_tls=row.enforce_mutual_tls,
        client_certificate_hash=row.client_certificate_hash,
        requires_signature=row.enforce_signing or row.require_request_signing,
        allowed_signature_algorithms=_optional(row.allowed_signature_algorithms),
        requires_client_secret=row.requires_client_secret,
        client_secret_digest=_bytes(row.client_secret_digest),
    )


def _bytes(column: bytes | memoryview[int] | None) -> bytes | None:
    return None if column is None else bytes(column)


def _optional(words: list[str] | None) -> tuple[str, ...] | None:
    return None if words is None else tuple(words)


def _resource_scopes(stored: list[dict[str, Any]] | None) -> tuple[ResourceScope, ...] | None:
    if stored is None:
        return None
    return tuple(
        ResourceScope(it["resource_type"], it["resource_id"], _optional(it.get("operations")))
        for it in stored
    )


def verify_for(
    caller: Presentation, presented: Presentation, now: datetime | None = None
) -> tuple[Verdict, Verdict | None]:
    """The verdict on who asks, and that on what was presented; None when the first is refused.

    The caller's own terms say whose keys it may know of.
    """
    now = now or utc_now()
    first = verify(caller, now=now)
    if not first.valid or first.terms is None:
        return first, None
    tenant_id = None if first.terms.is_root else first.terms.tenant_id
    return first, verify(presented, tenant_id=tenant_id, now=now)
