"""`Idempotency-Key`: the same request twice is one request (draft-ietf-httpapi-idempotency-key).

A claim is committed first, so that a second request sees the first still running. The work and
its completion are one transaction under that claim: a process that dies in between leaves a claim
which expires, and nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from apikeys.conf import ring, settings
from apikeys.domain.errors import IdempotencyConflict, IdempotencyInProgress
from apikeys.domain.ids import new_ticket
from apikeys.domain.sealing import Purpose, SealBroken, seal_secrets, unseal_secrets
from apikeys.domain.secret import Secret
from apikeys.models import IdempotentRequest
from apikeys.operations.reaching import utc_now
from apikeys.operations.transactions import mutation


@dataclass(frozen=True, slots=True)
class Request:
    """What makes two requests the same: caller, route and key; and what must then be equal."""

    caller: str
    route: str
    key: str
    body: object

    @property
    def fingerprint(self) -> str:
        canonical = json.dumps(self.body, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered: a body without secrets, and the secrets by member name."""

    status_code: int
    body: Any
    secrets: Mapping[str, Secret]
    replayed: bool = False
    secrets_gone: bool = False


def once(request: Request, work: Callable[[], Answer], *, now: datetime | None = None) -> Answer:
    """Do `work` unless it was done; then give the same answer again.

    An answer given again lacks its secrets when they have expired (`secrets_gone`). An error is
    not remembered.
    Raises `IdempotencyConflict`, `IdempotencyInProgress`, and whatever `work` raises.
    """
    now = now or utc_now()
    claim = _claim(request, now)
    if claim is None:
        return _replay(request, now)
    try:
        return _complete(request, claim, work, now)
    except Exception:
        _release(request, claim)
        raise


def _rows(request: Request) -> Any:
    return IdempotentRequest.objects.filter(
        caller=request.caller, route=request.route, idempotency_key=request.key
    )


@mutation
def _claim(request: Request, now: datetime) -> str | None:
    """A claim on the request, or None when it is completed. Raises when it cannot be had."""
    claim = new_ticket()
    _rows(request).filter(expires_at__lte=now).delete()
    try:
        with transaction.atomic():
            IdempotentRequest.objects.create(
                caller=request.caller,
                route=request.route,
                idempotency_key=request.key,
                fingerprint=request.fingerprint,
                claim=claim,
                claimed_at=now,
                expires_at=now + timedelta(seconds=settings.IDEMPOTENCY_SECONDS),
            )
        return claim
    except IntegrityError:
        return _take_over(request, claim, now)


def _take_over(request: Request, claim: str, now: datetime) -> str | None:
    """The claim of a request whose process died is free again when its lease is over."""
    row = _rows(request).select_for_update().first()
    if row is None:
        raise IdempotencyInProgress  # released this moment: the client may simply repeat
    if row.fingerprint != request.fingerprint:
        raise IdempotencyConflict
    if row.status_code is not None:
        return None
    if row.claimed_at > now - timedelta(seconds=settings.IDEMPOTENCY_LEASE_SECONDS):
        raise IdempotencyInProgress
    IdempotentRequest.objects.filter(pk=row.pk).update(claim=claim, claimed_at=now)
    return claim


@mutation
def _complete(request: Request, claim: str, work: Callable[[], Answer], now: datetime) -> Answer:
    answer = work()
    expire_at = now + timedelta(seconds=settings.IDEMPOTENCY_SECRET_SECONDS)
    completed = (
        _rows(request)
        .filter(claim=claim, status_code=None)
        .update(
            status_code=answer.status_code,
            answer=answer.body,
            sealed=seal_secrets(ring(), Purpose.IDEMPOTENCY, claim, answer.secrets)
            if answer.secrets
            else None,
            secrets_expire_at=expire_at if answer.secrets else None,
        )
    )
    if not completed:  # the lease ran out and another took over: undo the work
        raise IdempotencyInProgress
    return answer


@mutation
def _release(request: Request, claim: str) -> None:
    _rows(request).filter(claim=claim, status_code=None).delete()


def _replay(request: Request, now: datetime) -> Answer:
    row = _rows(request).get()
    found = _secrets(row, now)
    gone = row.secrets_expire_at is not None and not found
    return Answer(row.status_code, row.answer, found, replayed=True, secrets_gone=gone)


def _secrets(row: IdempotentRequest, now: datetime) -> dict[str, Secret]:
    if row.sealed is None or row.secrets_expire_at is None or row.secrets_expire_at <= now:
        return {}
    try:
        return unseal_secrets(ring(), Purpose.IDEMPOTENCY, row.claim, row.sealed)
    except SealBroken:
        return {}
