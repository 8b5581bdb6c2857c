"""Secrets found under an old entry of the ring move to the first, so that the old can go."""

from __future__ import annotations

import logging

from django.db import DatabaseError, transaction

from apikeys.conf import ring
from apikeys.domain import digests
from apikeys.domain.secret import Secret
from apikeys.models import KeySecret
from apikeys.operations.loading import Loaded

logger = logging.getLogger(__name__)


def freshen(loaded: Loaded, secret: Secret) -> None:
    """Store the digest under the first entry of the ring, if it is under another.

    A database that is busy or read-only leaves it to a later verify, or to `apikeys_rewrap`.
    """
    entry = ring().first
    if loaded.pepper_id == entry.fingerprint:
        return
    renewed = digests.digest(entry, digests.fingerprint_of(secret))
    try:
        with transaction.atomic():
            KeySecret.objects.filter(pk=loaded.secret, pepper_id=loaded.pepper_id).update(
                digest=renewed, pepper_id=entry.fingerprint
            )
    except DatabaseError as error:
        logger.warning("a digest stays as it is", extra={"error": type(error).__name__})
