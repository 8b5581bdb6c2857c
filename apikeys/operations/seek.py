"""Find the key that a leaked secret belongs to, without keeping the secret anywhere."""

from __future__ import annotations

from datetime import datetime

from apikeys.conf import ring
from apikeys.domain import digests
from apikeys.domain.actors import Actor
from apikeys.domain.events import Action
from apikeys.domain.secret import Secret
from apikeys.models import ApiKey, KeySecret
from apikeys.operations import audit
from apikeys.operations.reaching import utc_now
from apikeys.operations.transactions import mutation


@mutation
def find_by_secret(actor: Actor, secret: Secret, *, now: datetime | None = None) -> ApiKey | None:
    """The key with this secret, also a retired, revoked or deleted one; None if there is none.

    A hit is audited: it says that someone holds a secret of this key.
    """
    known = [digest for _, digest in digests.candidates(ring(), secret)]
    row = KeySecret.objects.select_related("key__tenant").filter(digest__in=known).first()
    if row is None or actor.tenant_id not in (None, row.key.tenant.public_id):
        return None
    audit.record(actor, Action.SECRET_SOUGHT, row.key, now=now or utc_now())
    found: ApiKey = row.key
    return found
