"""The objects that routes are about, all in the one tenant that is asked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group

from apikeys.models import ApiKey, AuditEvent, Reservation, Tenant
from apikeys.operations import (
    Actor,
    Presentation,
    delete_key,
    disable_key,
    issue_key,
    reserve_credits,
    revise_tenant,
    verify,
)
from apikeys.operations.reveal import issue_for_page
from clients.domain.machines import machine_id
from clients.models import AccessKey, ServiceClient
from clients.operations import (
    create_client,
    create_machine,
    issue_m2m_token,
    request_access_key,
    revise_client,
)
from clients.operations.reveal import request_key_for_page
from clients.operations.signing import current_key
from tests.factories import StaffFactory

SYSTEM = Actor.system("tests")


@dataclass(frozen=True)
class Ticket:
    """A one-time page."""

    ticket: str
    pk: int = 0


@dataclass(frozen=True)
class Sender:
    """A machine, by the ids that Clerk's clients know."""

    public_id: str
    other_id: str
    token_id: str


@dataclass(frozen=True)
class TokenOf:
    """A token between machines."""

    public_id: str


@dataclass(frozen=True)
class LeaseOf:
    """A slot of a key that is taken."""

    public_id: str


@dataclass(frozen=True)
class Nobodys:
    """Stands where an object would, with names that none has."""

    public_id: str
    pk: int = 2**40

    @property
    def client(self) -> Nobodys:
        return self

    hex: str = "0" * 32
    number: int = 2**62
    name: str = "nobody's"
    subject: str = "nobody"
    ticket: str = "nobodys-ticket"
    other_id: str = f"mch_{'0' * 27}"


def _key(tenant: Tenant, **attributes: Any) -> ApiKey:
    return issue_key(SYSTEM, name="asked for", tenant=tenant.public_id, **attributes).key


def _disabled(tenant: Tenant) -> ApiKey:
    key = _key(tenant)
    return disable_key(SYSTEM, key.public_id)


def _deleted(tenant: Tenant) -> ApiKey:
    key = _key(tenant)
    delete_key(SYSTEM, key.public_id)
    return key


def _lease(tenant: Tenant) -> LeaseOf:
    issued = issue_key(SYSTEM, name="asked for", tenant=tenant.public_id, concurrent_requests=1)
    assert issued.secret is not None
    lease = verify(Presentation(issued.secret, lease_seconds=60)).lease
    assert lease is not None
    return LeaseOf(lease)


def _reservation(tenant: Tenant) -> Reservation:
    key = _key(tenant, credits=100)
    return reserve_credits(SYSTEM, key.public_id, {"credits": 10})


def _suspended(tenant: Tenant) -> Tenant:
    return revise_tenant(SYSTEM, tenant.public_id, status="suspended")


def _event(tenant: Tenant) -> AuditEvent:
    event = AuditEvent.objects.filter(tenant=tenant).first()
    assert event is not None
    return event


def _ticket(tenant: Tenant, user: Any) -> Ticket:
    """Of the person who asks; of a superuser when nobody is signed in."""
    owner = user or StaffFactory.create(is_superuser=True)
    made = issue_for_page(SYSTEM, owner.pk, name="asked for", tenant=tenant.public_id)
    return Ticket(str(made.ticket))


def _client(tenant: Tenant) -> ServiceClient:
    return create_client(SYSTEM, name="asked for", tenant=tenant.public_id)


def _access_key(tenant: Tenant) -> AccessKey:
    return request_access_key(SYSTEM, _client(tenant).public_id).key


def _disabled_client(tenant: Tenant) -> ServiceClient:
    return revise_client(SYSTEM, _client(tenant).public_id, enabled=False)


def _ticket_of_a_client(tenant: Tenant, user: Any) -> Ticket:
    owner = user or StaffFactory.create(is_superuser=True)
    made = request_key_for_page(SYSTEM, owner.pk, _client(tenant).public_id)
    return Ticket(str(made.ticket), made.key.pk)


def _sender(tenant: Tenant) -> Sender:
    """A machine that is scoped to another, with a token."""
    other = create_machine(SYSTEM, {"name": "asked for", "tenant": tenant.public_id}).client
    new = {"name": "asked for", "tenant": tenant.public_id}
    sender = create_machine(SYSTEM, new, scoped_to=[other.public_id]).client
    token = issue_m2m_token(SYSTEM, sender.public_id).token
    return Sender(machine_id(sender.public_id), machine_id(other.public_id), token.public_id)


THINGS: Mapping[str, Callable[[Tenant, Any], object]] = {
    "": lambda tenant, user: None,
    "key": lambda tenant, user: _key(tenant),
    "disabled key": lambda tenant, user: _disabled(tenant),
    "deleted key": lambda tenant, user: _deleted(tenant),
    "key with credits": lambda tenant, user: _key(tenant, credits=100),
    "lease": lambda tenant, user: _lease(tenant),
    "reservation": lambda tenant, user: _reservation(tenant),
    "recoverable key": lambda tenant, user: _key(tenant, recoverable=True),
    "tenant": lambda tenant, user: tenant,
    "suspended tenant": lambda tenant, user: _suspended(tenant),
    "event": lambda tenant, user: _event(tenant),
    "ticket": _ticket,
    "client": lambda tenant, user: _client(tenant),
    "access key": lambda tenant, user: _access_key(tenant),
    "disabled client": lambda tenant, user: _disabled_client(tenant),
    "ticket of a client": _ticket_of_a_client,
    "machine": lambda tenant, user: _sender(tenant),
    "token between machines": lambda tenant, user: TokenOf(_sender(tenant).token_id),
    "signing key": lambda tenant, user: current_key(),
    "user": lambda tenant, user: StaffFactory.create(),
    "group": lambda tenant, user: Group.objects.create(name=f"group {Group.objects.count()}"),
}
