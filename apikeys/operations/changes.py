"""Telling every worker's cache of a change: written with it, published after the commit.

A process that dies in between leaves its message in the outbox, and the worker finishes it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial

from django.db import DatabaseError, transaction

from apikeys import metrics
from apikeys.domain.errors import RevocationPending
from apikeys.limiters.base import KEY, TENANT, EpochLost, LimiterDown
from apikeys.models import ApiKey, OutboxMessage, Tenant
from apikeys.operations.limiting import limiter
from apikeys.operations.reaching import utc_now

# What no message of the last hour changed is in nobody's cache any more.
KEPT = timedelta(hours=1)
_BATCH = 500

logger = logging.getLogger(__name__)


def key_changed(key: ApiKey, *, confirmed: bool = True) -> None:
    """To be called inside of the mutation, with the key as it was read under its lock.

    When the limiter cannot be told after the commit, and `confirmed` is wanted, the verb raises
    `RevocationPending`: the change stands, and takes effect everywhere a little later.
    """
    announce(KEY, key.public_id, key.version + 1, confirmed=confirmed)


def tenant_changed(tenant: Tenant) -> None:
    """The same for a tenant."""
    announce(TENANT, tenant.public_id, tenant.version + 1, confirmed=True)


def announce(kind: str, subject_id: str, version: int, *, confirmed: bool) -> None:
    message = OutboxMessage.objects.create(
        kind=kind, subject=subject_id, version=version, created_at=utc_now()
    )
    transaction.on_commit(partial(_publish, message, confirmed=confirmed))


def confirm(kind: str, subject_id: str) -> None:
    """Publish what is still pending of a subject; for verbs that find nothing left to do."""
    for message in OutboxMessage.objects.filter(kind=kind, subject=subject_id):
        transaction.on_commit(partial(_publish, message, confirmed=True))


def publish_at_once(kind: str, subject_id: str) -> None:
    """The same for verbs that end in an error, so that there is no commit to wait for."""
    for message in OutboxMessage.objects.filter(kind=kind, subject=subject_id):
        _publish(message, confirmed=True)


def publish_pending(now: datetime) -> int:
    """Finish what killed processes began; returns how many messages were dealt with."""
    done, held_up = 0, None
    for message in OutboxMessage.objects.order_by("pk")[:_BATCH]:
        if limiter().shared:
            try:
                _publish(message, confirmed=True)
                done += 1
            except RevocationPending as pending:
                held_up = pending  # by its shard perhaps; it must not hold up others
        elif message.created_at < now - KEPT:
            done += OutboxMessage.objects.filter(pk=message.pk).delete()[0]
    if held_up is not None:
        raise held_up
    return done


def _publish(message: OutboxMessage, *, confirmed: bool) -> None:
    try:
        limiter().publish(message.kind, message.subject, message.version)
    except (LimiterDown, EpochLost, OSError):
        logger.warning("a change is still to be published", extra={"job": "outbox"})
        if confirmed:
            raise RevocationPending from None
        return
    metrics.revocation_effective((utc_now() - message.created_at).total_seconds())
    if limiter().shared:
        _drop(message)


def _drop(message: OutboxMessage) -> None:
    try:
        OutboxMessage.objects.filter(pk=message.pk).delete()
    except DatabaseError:
        logger.warning("a published message stays for the worker", extra={"job": "outbox"})
