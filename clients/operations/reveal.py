"""One-time reveal: the secrets of an access key wait for the one staff member who asked for it.

The page stands at a place that names the key, so nothing else has to remember whose it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from apikeys.domain.actors import Actor
from apikeys.domain.errors import NotFound, RevealGone
from apikeys.domain.events import Action
from apikeys.domain.ids import new_ticket
from apikeys.domain.secret import Secret
from apikeys.models import SealedSecret
from apikeys.operations import audit, one_time
from apikeys.operations.reaching import utc_now
from apikeys.operations.transactions import mutation
from clients.models import AccessKey
from clients.operations.access_keys import request_access_key

_GONE = "This was already shown, or the page has expired. Delete the key, and request another."


@dataclass(frozen=True, slots=True)
class TicketedKey:
    """A key and the ticket of its page; None where the client brought the key."""

    key: AccessKey
    ticket: str | None


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """A page that can still be opened."""

    key: AccessKey
    ticket: str
    expires_at: datetime


@mutation
def request_key_for_page(
    actor: Actor,
    staff_id: int,
    client_id: str,
    *,
    public_key: object = None,
    now: datetime | None = None,
) -> TicketedKey:
    """Request an access key whose secrets wait on a one-time page of this staff member."""
    now = now or utc_now()
    made = request_access_key(actor, client_id, public_key=public_key, now=now)
    named = {"access_key": made.access_key, "client_secret": made.client_secret}
    secrets = {name: secret for name, secret in named.items() if secret is not None}
    if not secrets:
        return TicketedKey(made.key, None)
    ticket = new_ticket()
    one_time.put(_place(made.key, ticket), staff_id, secrets, now)
    return TicketedKey(made.key, ticket)


def peek_at_key(
    key: AccessKey, ticket: str, staff_id: int, *, now: datetime | None = None
) -> WaitingPage:
    """The page before it is opened. Raises `NotFound` for a stranger, `RevealGone` when over."""
    page = one_time.page_at(_place(key, ticket), staff_id)
    if not one_time.is_waiting(page, now or utc_now()) or key.revoked_at is not None:
        raise RevealGone(_GONE)
    return _waiting(key, page)


def open_key_once(
    actor: Actor, key: AccessKey, ticket: str, staff_id: int, *, now: datetime | None = None
) -> dict[str, Secret]:
    """Claim the page and give the secrets, by name. Raises `NotFound` or `RevealGone`.

    A refused attempt is audited: a page opened by someone else first is an alarm.
    """
    secrets = _claim(actor, key, ticket, staff_id, now or utc_now())
    if secrets is None:
        raise RevealGone(_GONE)
    return secrets


def waiting_pages(staff_id: int, *, now: datetime | None = None) -> list[WaitingPage]:
    """The pages that this staff member can still open, those that expire first in front."""
    pages = one_time.waiting(staff_id, now or utc_now()).filter(key=None)
    by_id = {page.place.partition(".")[0]: page for page in pages}
    keys = AccessKey.objects.active().filter(public_id__in=by_id)
    found = [_waiting(key, by_id[key.public_id]) for key in keys]
    return sorted(found, key=lambda page: page.expires_at)


@mutation
def _claim(
    actor: Actor, key: AccessKey, ticket: str, staff_id: int, now: datetime
) -> dict[str, Secret] | None:
    page = one_time.page_at(_place(key, ticket), staff_id)
    stands = AccessKey.objects.active().filter(pk=key.pk).exists()
    secrets = one_time.take(page, now) if stands else None
    told = Action.REVEAL_REFUSED if secrets is None else Action.SECRET_REVEALED
    audit.record(actor, told, key, now=now, changes={"client": key.client.public_id})
    return secrets


def _place(key: AccessKey, ticket: str) -> str:
    # A ticket is URL-safe, so it holds no dot, and the key of a place is what stands before one.
    return f"{key.public_id}.{ticket}"


def _waiting(key: AccessKey, page: SealedSecret) -> WaitingPage:
    if page.expires_at is None:
        raise NotFound
    return WaitingPage(key, page.place.partition(".")[2], page.expires_at)
