"""One-time reveal: the secret of a key waits for the one staff member who made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from apikeys.domain.actors import Actor
from apikeys.domain.errors import NotFound, RevealGone
from apikeys.domain.events import Action
from apikeys.domain.ids import new_ticket
from apikeys.domain.secret import Secret, Undisclosed
from apikeys.models import ApiKey, SealedSecret
from apikeys.operations import audit, one_time
from apikeys.operations.issue import issue_key
from apikeys.operations.reaching import utc_now
from apikeys.operations.revise import revise_key
from apikeys.operations.rotate import rotate_secret
from apikeys.operations.transactions import mutation

Secrets = Mapping[str, Secret]


@dataclass(frozen=True, slots=True)
class Ticketed:
    """A key and the ticket of the page that will show its secret; None if there is none."""

    key: ApiKey
    ticket: str | None


@mutation
def issue_for_page(
    actor: Actor,
    staff_id: int,
    attributes: Mapping[str, object] | None = None,
    /,
    *,
    now: datetime | None = None,
    **named: object,
) -> Ticketed:
    """Issue a key whose secrets wait on a one-time page of this staff member."""
    now = now or utc_now()
    given = Undisclosed({**(attributes or {}), **named})
    issued = issue_key(actor, given, now=now)
    waiting = _present(secret=issued.secret, client_secret=issued.client_secret)
    return Ticketed(issued.key, _seal(issued.key, staff_id, waiting, now))


@mutation
def rotate_for_page(
    actor: Actor, staff_id: int, key_id: str, *, now: datetime | None = None, **arguments: object
) -> Ticketed:
    """Rotate a key whose new secret waits on a one-time page of this staff member."""
    now = now or utc_now()
    rotated = rotate_secret(actor, key_id, now=now, **arguments)  # type: ignore[arg-type]  # checked there
    waiting = _present(secret=rotated.secret)
    return Ticketed(rotated.key, _seal(rotated.key, staff_id, waiting, now))


@mutation
def revise_for_page(
    actor: Actor, staff_id: int, key_id: str, *, now: datetime | None = None, **arguments: object
) -> Ticketed:
    """Change a key; a client secret that this makes waits on a one-time page."""
    now = now or utc_now()
    revised = revise_key(actor, key_id, now=now, **arguments)  # type: ignore[arg-type]  # checked there
    waiting = _present(client_secret=revised.client_secret)
    return Ticketed(revised.key, _seal(revised.key, staff_id, waiting, now))


def peek(ticket: str, staff_id: int, *, now: datetime | None = None) -> SealedSecret:
    """The page before it is opened. Raises `NotFound` for a stranger, `RevealGone` when over."""
    page, _ = _of_staff(ticket, staff_id)
    if not one_time.is_waiting(page, now or utc_now()):
        raise RevealGone
    return page


def open_once(
    actor: Actor, ticket: str, staff_id: int, *, now: datetime | None = None
) -> tuple[ApiKey, dict[str, Secret]]:
    """Claim the page and give its secrets, by name. Raises `NotFound` or `RevealGone`.

    A refused attempt is audited: a page opened by someone else first is an alarm.
    """
    key, secrets = _claim(actor, ticket, staff_id, now or utc_now())
    if secrets is None:
        raise RevealGone
    return key, secrets


@mutation
def _claim(
    actor: Actor, ticket: str, staff_id: int, now: datetime
) -> tuple[ApiKey, dict[str, Secret] | None]:
    page, key = _of_staff(ticket, staff_id)
    secrets = one_time.take(page, now)
    told = Action.REVEAL_REFUSED if secrets is None else Action.SECRET_REVEALED
    audit.record(actor, told, key, now=now)
    return key, secrets


def _of_staff(ticket: str, staff_id: int) -> tuple[SealedSecret, ApiKey]:
    page = one_time.page_at(ticket, staff_id)
    if page.key is None:  # of something else than a key
        raise NotFound
    return page, page.key


def _present(**secrets: Secret | None) -> dict[str, Secret]:
    return {name: secret for name, secret in secrets.items() if secret is not None}


def _seal(key: ApiKey, staff_id: int, secrets: Secrets, now: datetime) -> str | None:
    if not secrets:
        return None
    ticket = new_ticket()
    one_time.put(ticket, staff_id, secrets, now, key=key)
    return ticket
