"""The audit trail as tests look at it: what came to it within a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from apikeys.models import AuditEvent, Tenant
from apikeys.operations.audit import verify_chain


class Told:
    """The one new event, after the block."""

    event: AuditEvent


@contextmanager
def one_event(action: str) -> Iterator[Told]:
    """Exactly one event, with this action, came to the trail, and its chain holds."""
    known, told = set(_pks()), Told()
    yield told
    new = list(AuditEvent.objects.exclude(pk__in=known))
    assert [event.action for event in new] == [action]
    told.event = new[0]
    assert list(verify_chain(Tenant.objects.get(pk=told.event.tenant_id))) == []


@contextmanager
def no_event() -> Iterator[None]:
    """Nothing came to the trail."""
    known = list(_pks())
    yield
    assert list(_pks()) == known


def _pks() -> Iterator[int]:
    return iter(AuditEvent.objects.order_by("pk").values_list("pk", flat=True))
