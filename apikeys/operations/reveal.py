"""One-time reveal: a secret that waits, sealed, for the one staff member who made it.

Looking never consumes. Opening is one conditional UPDATE that also blanks the seal, so of any
number of clicks at once exactly one sees the secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from apikeys.conf import ring, settings
from apikeys.domain.actors import Actor
from apikeys.domain.errors import NotFound, RevealGone
from apikeys.domain.events import Action
from apikeys.domain.ids import new_ticket
from apikeys.domain.sealing import Purpose, seal_secrets, unseal_secrets
from apikeys.domain.secret import Secret, Undisclosed
from apikeys.models import ApiKey, SealedSecret
from apikeys.operations import audit
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
    page = _of_staff(ticket, staff_id)
    if page.sealed is None or page.expires_at is None or page.expires_at <= (now or utc_now()):
        raise RevealGone
    return page


def open_once(
    actor: Actor, ticket: str, staff_id: int, *, now: datetime | None = None
) -> tuple[ApiKey, dict[str, Secret]]:
    """Claim the page and give its secrets, by name. Raises `NotFound` or `RevealGone`.

    A refused attempt is audited: a page opened by someone else first is an alarm.
    """
    opened = _claim(actor, ticket, staff_id, now or utc_now())
    if opened is None:
        raise RevealGone
    return opened


@mutation
def _claim(
    actor: Actor, ticket: str, staff_id: int, now: datetime
) -> tuple[ApiKey, dict[str, Secret]] | None:
    page = _of_staff(ticket, staff_id)
    sealed = page.sealed
    won = SealedSecret.objects.filter(
        pk=page.pk, opened_at=None, expires_at__gt=now, sealed__isnull=False
    ).update(sealed=None, opened_at=now)
    if not won or sealed is None or page.key is None:
        if page.key is not None:
            audit.record(actor, Action.REVEAL_REFUSED, page.key, now=now)
        return None
    audit.record(actor, Action.SECRET_REVEALED, page.key, now=now)
    return page.key, unseal_secrets(ring(), Purpose.REVEAL, ticket, sealed)


def _of_staff(ticket: str, staff_id: int) -> SealedSecret:
    page = (
        SealedSecret.objects.select_related("key__tenant")
        .filter(place=ticket, staff_id=staff_id, purpose=Purpose.REVEAL)
        .first()
    )
    if page is None:
        raise NotFound
    return page


def _present(**secrets: Secret | None) -> dict[str, Secret]:
    return {name: secret for name, secret in secrets.items() if secret is not None}


def _seal(key: ApiKey, staff_id: int, secrets: Secrets, now: datetime) -> str | None:
    if not secrets:
        return None
    ticket = new_ticket()
    SealedSecret.objects.create(
        purpose=Purpose.REVEAL,
        place=ticket,
        key=key,
        staff_id=staff_id,
        sealed=seal_secrets(ring(), Purpose.REVEAL, ticket, secrets),
        created_at=now,
        expires_at=now + timedelta(seconds=settings.REVEAL_SECONDS),
    )
    return ticket
