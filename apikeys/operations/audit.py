"""The audit trail: one event per mutation, in its transaction, chained per tenant.

Each event's MAC covers its columns and the MAC before, under the audit subkey of a ring entry:
who can write to the database but has no ring cannot edit, insert, drop or reorder events unseen.
A cut tail together with a forged head is only visible against a copy kept elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol

from django.db import DataError

from apikeys.conf import ring
from apikeys.domain.actors import Actor
from apikeys.domain.events import Action
from apikeys.domain.ids import new_event_id
from apikeys.domain.keyrings import KeyRing, Label, RootKey, subkey
from apikeys.models import AuditEvent, AuditHead, Tenant

# What is in these is the customer's own, a credential perhaps (in the address of a webhook) or
# about a person, and the trail is for ever: it tells that they changed.
_UNTOLD = frozenset({"alert_emails", "claims", "metadata", "webhook_url"})


class Subject(Protocol):
    """What an event is about: an object with an id, in a tenant."""

    AUDITED_AS: ClassVar[str]

    @property
    def public_id(self) -> Any: ...
    @property
    def tenant(self) -> Any: ...


def record(
    actor: Actor,
    action: Action,
    subject: Subject | Tenant,
    *,
    now: datetime,
    reason: str = "",
    changes: Mapping[str, object] | None = None,
) -> None:
    """Append one event to the chain of the subject's tenant. Call it inside the mutation."""
    tenant = subject if isinstance(subject, Tenant) else subject.tenant
    head = AuditHead.objects.select_for_update().get(tenant=tenant)
    event = AuditEvent(
        public_id=new_event_id(),
        tenant=tenant,
        sequence=head.sequence + 1,
        # In milliseconds, since `dumpdata` keeps no more: a loaded copy must pass the check too.
        at=now.replace(microsecond=now.microsecond // 1000 * 1000),
        action=action,
        actor_kind=actor.kind,
        actor_id=actor.id[:255],
        object_type=subject.AUDITED_AS,
        object_id=subject.public_id,
        reason=reason[:500],
        changes=_told(changes or {}),
        ip=actor.ip,
        request_id=actor.request_id,
        ring_id=ring().first.fingerprint,
        previous_mac=head.mac,
    )
    event.mac = _mac(ring().first, event)
    AuditEvent.objects.bulk_create([event])  # save() refuses, by design
    AuditHead.objects.filter(tenant=tenant).update(sequence=event.sequence, mac=event.mac)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in a chain: what, and at which number."""

    tenant_id: str
    sequence: int
    problem: str


def verify_chain(tenant: Tenant) -> Iterator[Finding]:
    """Walk a tenant's chain and yield what does not fit; nothing for an untouched one.

    The walk ends at a row with something in it that was never written there by this service.
    """
    keys, last = ring(), None
    chain = AuditEvent.objects.select_related("tenant").filter(tenant=tenant).order_by("sequence")
    try:
        for event in chain.iterator(2000):
            for problem in _problems(keys, event, last):
                yield Finding(tenant.public_id, event.sequence, problem)
            last = event
    except _UNREADABLE:
        yield Finding(
            tenant.public_id, _next_number(last), "it, or a row soon after, is unreadable"
        )
        return
    end = (last.sequence, last.mac) if last else (0, "")
    head = AuditHead.objects.filter(tenant=tenant).first()
    if head is None or (head.sequence, head.mac) != end:
        problem = "the chain does not end where its head says"
        yield Finding(tenant.public_id, _next_number(last), problem)


# What the drivers and Django raise over a JSON text or a time that is none.
_UNREADABLE = (AttributeError, TypeError, ValueError, DataError)


def _problems(keys: KeyRing, event: AuditEvent, last: AuditEvent | None) -> Iterator[str]:
    if event.sequence != _next_number(last):
        yield f"number {_next_number(last)} is missing"
    if event.previous_mac != (last.mac if last else ""):
        yield "it does not follow the event before it"
    if last is not None and event.pk < last.pk:
        # Lists are in this order, and rows are numbered as they are appended.
        yield "its row was moved"
    entry = keys.get(event.ring_id)
    if entry is None:
        yield f"it was signed under root key {event.ring_id}, which is not in the ring"
    elif not hmac.compare_digest(_mac(entry, event).encode(), event.mac.encode()):
        yield "its content was changed"


def _next_number(last: AuditEvent | None) -> int:
    return 1 if last is None else last.sequence + 1


def _mac(entry: RootKey, event: AuditEvent) -> str:
    columns = [
        event.previous_mac,
        event.tenant.public_id,
        event.sequence,
        event.public_id,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        str(event.action),
        event.actor_kind,
        event.actor_id,
        event.object_type,
        event.object_id,
        event.reason,
        event.changes,
        event.ip,
        event.request_id,
        event.ring_id,
    ]
    canonical = json.dumps(columns, sort_keys=True, separators=(",", ":"))
    return hmac.new(subkey(entry, Label.AUDIT), canonical.encode(), hashlib.sha256).hexdigest()


def _told(changes: Mapping[str, object]) -> dict[str, Any]:
    return {
        name: "changed" if name in _UNTOLD else _plain(value) for name, value in changes.items()
    }


def _plain(value: object) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case tuple() | list():
            return [_plain(item) for item in value]
        case None | bool() | int() | float() | str() | dict():
            return value
        case _:
            return getattr(value, "as_json", lambda: str(value))()
